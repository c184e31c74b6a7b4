#include "entry/command_life.hpp"

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

CommandLife::CommandLife(const InitPolicy& policy, std::vector<EntryCommand> commands,
                         bool has_units)
    : policy_(policy), commands_(std::move(commands)), has_units_(has_units) {}

// --- what happens --------------------------------------------------------------------------------

void CommandLife::started(size_t index, pid_t pid) {
    EntryCommand& command = commands_[index];
    command.state = EntryCommand::State::Running;
    command.pid = pid;
    command.set_aside = false;
}

void CommandLife::not_started(size_t index, int error, const std::string& program) {
    EntryCommand& command = commands_[index];
    act(life_action::Tell{Note::ExecFailed, 0, error, 0, program});
    bool missing = error == ENOENT || error == ENOTDIR;
    command.exit = {CLD_EXITED, missing ? policy_.not_found_status : policy_.not_executable_status};
    bool never_ran = command.pid == 0;
    ended(command);
    // Whatever is waited for otherwise, there is nothing to wait with.
    if (phase_ == Phase::Running && command.is_command && never_ran) begin_end(0);
}

void CommandLife::exited(pid_t pid, ExitInfo exit, bool by_verb) {
    if (phase_ == Phase::Over) return;
    act(life_action::Tell{Note::Reaped, pid, exit.status, was_killed(exit)});
    auto found = std::ranges::find_if(commands_, [&](const EntryCommand& command) {
        return command.state == EntryCommand::State::Running && command.pid == pid;
    });
    if (found == commands_.end()) {
        if (policy_.warns_of_orphans) act(life_action::Tell{Note::OrphanReaped, pid});
        return;
    }
    act(life_action::Tell{Note::CommandEnded, pid, exit.status, was_killed(exit), found->name});
    found->exit = exit;
    found->set_aside = by_verb;
    ended(*found);
}

void CommandLife::ended(EntryCommand& command) {
    command.state = EntryCommand::State::Ended;
    int status = status_of(command.exit);
    if (status != 0 && !first_failure_) first_failure_ = status;
    if (phase_ == Phase::Running) {
        if (is_at_its_end() && !policy_.reaps_before_end) begin_end(asked_to_stop_);
    } else if (phase_ == Phase::Ending && !has_units_ && policy_.last == Last::Children &&
               !any_running()) {
        finish();
    }
}

void CommandLife::received(int signal) {
    if (phase_ == Phase::Over) return;
    tell(Note::Received, signal);
    auto decision = decide(policy_, hand_offs_, signal);
    using What = SignalDecision::What;
    bool first = phase_ == Phase::Running || asked_to_stop_ == 0;
    if (decision.asks_to_stop && first) asked_to_stop_ = signal;
    // All that run have had their TERM; a second one changes nothing.
    if (phase_ != Phase::Running) return;
    switch (decision.what) {
        case What::Nothing: return;
        case What::HandOff: return tell(Note::HandOffIgnored, signal);
        case What::Trap: return act(life_action::RunTrap{signal});
        case What::End: return begin_end(signal);
        case What::Drop: tell(Note::Translated, signal, 0); return tell(Note::NotForwarded, 0);
        case What::Forward: return forward(decision, signal);
    }
}

void CommandLife::forward(const SignalDecision& decision, int received) {
    if (decision.signal != received) tell(Note::Translated, received, decision.signal);
    if (has_units_ && decision.asks_to_stop) {
        phase_ = Phase::Ending;
        return act(life_action::StopUnits{decision.signal});
    }
    for (size_t i = 0; i < commands_.size(); ++i) {
        if (commands_[i].state == EntryCommand::State::Running)
            act(life_action::Send{i, decision.target, decision.signal});
    }
    tell(Note::Forwarded, decision.signal);
    if (decision.suspends) {
        tell(Note::Suspending);
        act(life_action::SuspendSelf{});
    }
    bool nothing_to_wait_for = decision.asks_to_stop && policy_.term_ends && !any_running();
    if (nothing_to_wait_for) begin_end(received);
}

void CommandLife::reaped_all(bool has_children) {
    if (phase_ == Phase::Over) return;
    tell(Note::NothingToReap, has_children);
    if (phase_ == Phase::Running && policy_.reaps_before_end && is_at_its_end())
        begin_end(asked_to_stop_);
}

void CommandLife::alone() {
    if (phase_ == Phase::Ending) finish();
}

void CommandLife::out_of_time() {
    if (phase_ != Phase::Ending) return;
    std::string pids;
    for (const auto& command : commands_) {
        if (command.state == EntryCommand::State::Running)
            pids += cat(pids.empty() ? "" : " ", command.pid);
    }
    if (killed_) return finish();
    act(life_action::Tell{Note::StopTimedOut, 0, 0, 0, pids});
    if (policy_.timeout_status) {
        forced_status_ = policy_.timeout_status;
        return finish();
    }
    killed_ = true;
    act(life_action::KillAwaited{});
    act(life_action::ArmClock{patience_after_kill});
}

void CommandLife::all_started() {
    if (phase_ == Phase::Running && is_at_its_end()) begin_end(0);
}

void CommandLife::give_up(int status) {
    if (phase_ != Phase::Running) return;
    forced_status_ = status;
    begin_end(0);
}

// --- the end -------------------------------------------------------------------------------------

bool CommandLife::any_running() const {
    return std::ranges::any_of(
        commands_, [](const auto& each) { return each.state == EntryCommand::State::Running; });
}

bool CommandLife::is_at_its_end() const {
    auto has_ended = [](const EntryCommand& each) {
        return each.state == EntryCommand::State::Ended && !each.set_aside;
    };
    if (commands_.empty()) return policy_.end != EndWhen::Signal;
    bool all = std::ranges::all_of(commands_, has_ended);
    if (asked_to_stop_ != 0 && policy_.term_ends && !any_running()) return true;
    switch (policy_.end) {
        case EndWhen::Any: return std::ranges::any_of(commands_, has_ended);
        case EndWhen::Main: {
            auto main = std::ranges::find_if(commands_, &EntryCommand::is_command);
            return main != commands_.end() ? has_ended(*main) : all;
        }
        case EndWhen::All: return all;
        case EndWhen::Signal: return false;
    }
    return false;
}

void CommandLife::begin_end(int signal) {
    phase_ = Phase::Ending;
    tell(Note::Stopping, signal);
    if (has_units_) return act(life_action::StopUnits{0});
    bool waits = policy_.stop_timeout.count() > 0;
    switch (policy_.last) {
        case Last::Stop:
        case Last::Session:
            end_sessions();
            if (waits) act(life_action::AwaitSessions{});
            break;
        case Last::Children:
            end_children();
            if (phase_ == Phase::Over) return;
            break;
        case Last::TermWait: act(life_action::EndEveryone{}); [[fallthrough]];
        case Last::Wait:
            if (waits) act(life_action::AwaitEveryone{});
            break;
        case Last::None: waits = false; break;
    }
    if (!waits) return finish();
    if (policy_.stop_timeout != infinity) act(life_action::ArmClock{policy_.stop_timeout});
}

void CommandLife::end_sessions() {
    int signal = SIGTERM;
    if (policy_.rewrites_last_term) {
        int rewritten = policy_.rewrite[SIGTERM];
        if (rewritten != InitPolicy::as_it_is) {
            tell(Note::Translated, SIGTERM, rewritten);
            signal = rewritten;
        }
        if (signal == 0) return tell(Note::NotForwarded, 0);
    }
    // An init that does not wait signals the group and ends; one that waits looks who is left.
    if (policy_.stop_timeout.count() > 0) act(life_action::EndSessions{});
    for (size_t i = 0; policy_.stop_timeout.count() == 0 && i < commands_.size(); ++i) {
        act(life_action::Send{
            i, policy_.forward == Forward::Child ? SignalTarget::Child : SignalTarget::Group,
            signal});
    }
    tell(Note::Forwarded, signal);
}

void CommandLife::end_children() {
    if (!any_running()) return finish();
    for (size_t i = 0; i < commands_.size(); ++i) {
        if (commands_[i].state == EntryCommand::State::Running)
            act(life_action::Send{i, SignalTarget::Child, SIGTERM});
    }
}

void CommandLife::finish() {
    if (phase_ == Phase::Over) return;
    phase_ = Phase::Over;
    tell(Note::Goodbye, status());
    act(life_action::Finish{});
}

int CommandLife::status_of(const ExitInfo& exit) const {
    int status = exit.status;
    if (was_killed(exit)) status = policy_.killed_status.value_or(by_signal + exit.status);
    return std::ranges::find(policy_.success_statuses, status) != policy_.success_statuses.end()
               ? 0
               : status;
}

int CommandLife::status() const {
    if (forced_status_) return *forced_status_;
    auto main = std::ranges::find_if(commands_, &EntryCommand::is_command);
    if (main == commands_.end()) return first_failure_.value_or(0);
    // What a signal ended before it began counts as killed by it.
    if (main->state != EntryCommand::State::Ended)
        return asked_to_stop_ != 0 ? by_signal + asked_to_stop_ : 0;
    return status_of(main->exit);
}

} // namespace sctl
