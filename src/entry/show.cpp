#include "entry/show.hpp"

#include <algorithm>
#include <csignal>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr Span patience_after_kill = 1s; // what even SIGKILL does not end goes with the namespace
constexpr int by_signal = 128;

bool was_killed(const ExitInfo& exit) {
    return exit.code == CLD_KILLED || exit.code == CLD_DUMPED;
}

} // namespace

Show::Show(const InitPolicy& policy, std::vector<Performer> performers, bool has_units)
    : policy_(policy), performers_(std::move(performers)), has_units_(has_units) {}

// --- what happens --------------------------------------------------------------------------------

void Show::started(size_t index, pid_t pid) {
    Performer& performer = performers_[index];
    performer.state = Performer::State::Running;
    performer.pid = pid;
    performer.set_aside = false;
}

void Show::not_started(size_t index, int error, const std::string& program) {
    Performer& performer = performers_[index];
    act(show_action::Tell{Note::ExecFailed, 0, error, 0, program});
    bool missing = error == ENOENT || error == ENOTDIR;
    performer.exit = {CLD_EXITED,
                      missing ? policy_.not_found_status : policy_.not_executable_status};
    bool never_ran = performer.pid == 0;
    ended(performer);
    // Whatever is waited for otherwise, there is nothing to wait with.
    if (phase_ == Phase::Running && performer.is_command && never_ran) begin_end(0);
}

void Show::exited(pid_t pid, ExitInfo exit, bool by_verb) {
    if (phase_ == Phase::Over) return;
    act(show_action::Tell{Note::Reaped, pid, exit.status, was_killed(exit)});
    auto found = std::ranges::find_if(performers_, [&](const Performer& performer) {
        return performer.state == Performer::State::Running && performer.pid == pid;
    });
    if (found == performers_.end()) {
        if (policy_.warns_of_orphans) act(show_action::Tell{Note::OrphanReaped, pid});
        return;
    }
    act(show_action::Tell{Note::CommandEnded, pid, exit.status, was_killed(exit), found->name});
    found->exit = exit;
    found->set_aside = by_verb;
    ended(*found);
}

void Show::ended(Performer& performer) {
    performer.state = Performer::State::Ended;
    int status = status_of(performer.exit);
    if (status != 0 && !first_failure_) first_failure_ = status;
    if (phase_ == Phase::Running) {
        if (is_at_its_end() && !policy_.reaps_before_end) begin_end(asked_to_stop_);
    } else if (phase_ == Phase::Ending && !has_units_ && policy_.last == Last::Children &&
               !any_running()) {
        finish();
    }
}

void Show::received(int signal) {
    if (phase_ == Phase::Over) return;
    tell(Note::Received, signal);
    auto decision = decide(policy_, hand_offs_, signal);
    using What = SignalDecision::What;
    bool first = phase_ == Phase::Running || asked_to_stop_ == 0;
    if (decision.asks_to_stop && first) asked_to_stop_ = signal;
    // Whoever is ending has been told; a second TERM changes nothing.
    if (phase_ != Phase::Running) return;
    switch (decision.what) {
        case What::Nothing: return;
        case What::HandOff: return tell(Note::HandOffIgnored, signal);
        case What::Trap: return act(show_action::RunTrap{signal});
        case What::End: return begin_end(signal);
        case What::Drop: tell(Note::Translated, signal, 0); return tell(Note::NotForwarded, 0);
        case What::Forward: return forward(decision, signal);
    }
}

void Show::forward(const SignalDecision& decision, int received) {
    if (decision.signal != received) tell(Note::Translated, received, decision.signal);
    if (has_units_ && decision.asks_to_stop) {
        phase_ = Phase::Ending;
        return act(show_action::StopUnits{decision.signal});
    }
    for (size_t i = 0; i < performers_.size(); ++i) {
        if (performers_[i].state == Performer::State::Running)
            act(show_action::Send{i, decision.target, decision.signal});
    }
    tell(Note::Forwarded, decision.signal);
    if (decision.suspends) {
        tell(Note::Suspending);
        act(show_action::SuspendSelf{});
    }
    bool nothing_to_wait_for = decision.asks_to_stop && policy_.term_ends && !any_running();
    if (nothing_to_wait_for) begin_end(received);
}

void Show::reaped_all(bool has_children) {
    if (phase_ == Phase::Over) return;
    tell(Note::NothingToReap, has_children);
    if (phase_ == Phase::Running && policy_.reaps_before_end && is_at_its_end())
        begin_end(asked_to_stop_);
}

void Show::alone() {
    if (phase_ == Phase::Ending) finish();
}

void Show::out_of_time() {
    if (phase_ != Phase::Ending) return;
    std::string pids;
    for (const auto& performer : performers_) {
        if (performer.state == Performer::State::Running)
            pids += cat(pids.empty() ? "" : " ", performer.pid);
    }
    if (killed_) return finish();
    act(show_action::Tell{Note::StopTimedOut, 0, 0, 0, pids});
    if (policy_.timeout_status) {
        forced_status_ = policy_.timeout_status;
        return finish();
    }
    killed_ = true;
    act(show_action::KillAwaited{});
    act(show_action::ArmClock{patience_after_kill});
}

void Show::all_started() {
    if (phase_ == Phase::Running && is_at_its_end()) begin_end(0);
}

void Show::give_up(int status) {
    if (phase_ != Phase::Running) return;
    forced_status_ = status;
    begin_end(0);
}

// --- the end -------------------------------------------------------------------------------------

bool Show::any_running() const {
    return std::ranges::any_of(
        performers_, [](const auto& each) { return each.state == Performer::State::Running; });
}

bool Show::is_at_its_end() const {
    auto has_ended = [](const Performer& each) {
        return each.state == Performer::State::Ended && !each.set_aside;
    };
    if (performers_.empty()) return policy_.end != EndWhen::Signal;
    bool all = std::ranges::all_of(performers_, has_ended);
    if (asked_to_stop_ != 0 && policy_.term_ends && !any_running()) return true;
    switch (policy_.end) {
        case EndWhen::Any: return std::ranges::any_of(performers_, has_ended);
        case EndWhen::Main: {
            auto main = std::ranges::find_if(performers_, &Performer::is_command);
            return main != performers_.end() ? has_ended(*main) : all;
        }
        case EndWhen::All: return all;
        case EndWhen::Signal: return false;
    }
    return false;
}

void Show::begin_end(int signal) {
    phase_ = Phase::Ending;
    tell(Note::Stopping, signal);
    if (has_units_) return act(show_action::StopUnits{0});
    bool waits = policy_.stop_timeout.count() > 0;
    switch (policy_.last) {
        case Last::Stop:
        case Last::Session:
            end_sessions();
            if (waits) act(show_action::AwaitSessions{});
            break;
        case Last::Children:
            end_children();
            if (phase_ == Phase::Over) return;
            break;
        case Last::TermWait: act(show_action::EndEveryone{}); [[fallthrough]];
        case Last::Wait:
            if (waits) act(show_action::AwaitEveryone{});
            break;
        case Last::None: waits = false; break;
    }
    if (!waits) return finish();
    if (policy_.stop_timeout != infinity) act(show_action::ArmClock{policy_.stop_timeout});
}

void Show::end_sessions() {
    int signal = SIGTERM;
    if (policy_.rewrites_last_term) {
        int rewritten = policy_.rewrite[SIGTERM];
        if (rewritten != InitPolicy::as_it_is) {
            tell(Note::Translated, SIGTERM, rewritten);
            signal = rewritten;
        }
        if (signal == 0) return tell(Note::NotForwarded, 0);
    }
    // Without a wait the group is told and we are gone; an init that waits looks who is there.
    if (policy_.stop_timeout.count() > 0) act(show_action::EndSessions{});
    for (size_t i = 0; policy_.stop_timeout.count() == 0 && i < performers_.size(); ++i) {
        act(show_action::Send{
            i, policy_.forward == Forward::Child ? SignalTarget::Child : SignalTarget::Group,
            signal});
    }
    tell(Note::Forwarded, signal);
}

void Show::end_children() {
    if (!any_running()) return finish();
    for (size_t i = 0; i < performers_.size(); ++i) {
        if (performers_[i].state == Performer::State::Running)
            act(show_action::Send{i, SignalTarget::Child, SIGTERM});
    }
}

void Show::finish() {
    if (phase_ == Phase::Over) return;
    phase_ = Phase::Over;
    tell(Note::Goodbye, status());
    act(show_action::Finish{});
}

int Show::status_of(const ExitInfo& exit) const {
    int status = exit.status;
    if (was_killed(exit)) status = policy_.killed_status.value_or(by_signal + exit.status);
    return std::ranges::find(policy_.success_statuses, status) != policy_.success_statuses.end()
               ? 0
               : status;
}

int Show::status() const {
    if (forced_status_) return *forced_status_;
    auto main = std::ranges::find_if(performers_, &Performer::is_command);
    if (main == performers_.end()) return first_failure_.value_or(0);
    // What a signal ended before it began counts as killed by it.
    if (main->state != Performer::State::Ended)
        return asked_to_stop_ != 0 ? by_signal + asked_to_stop_ : 0;
    return status_of(main->exit);
}

} // namespace sctl
