#include "state/timer/timer.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "unit/syntax/timestamp.hpp"
#include "unit/values/siphash.hpp"

namespace sctl {
namespace {

constexpr std::string_view state_words[] = {"dead", "waiting", "running", "elapsed", "failed"};
constexpr std::string_view result_words[] = {"success", "resources", "start-limit-hit"};

bool counts_once(TimerBase base) {
    return base == TimerBase::Active || base == TimerBase::Boot || base == TimerBase::Startup;
}
bool counts_from_unit(TimerBase base) {
    return base == TimerBase::UnitActive || base == TimerBase::UnitInactive;
}

// One step, on a status of its own until it is over.
class TimerStep {
  public:
    TimerStep(const LoadedUnit& unit, const TimerConfig& config, const StepContext& context,
              TimerStatus& status, std::vector<UnitAction>& actions, Cause& cause)
        : unit_(unit),
          config_(config),
          context_(context),
          status_(status),
          actions_(actions),
          cause_(cause) {}

    void on(const event::StartRequested&);
    void on(const event::StampRead& stamp);
    void on(const event::StopRequested&);
    void on(const event::StartLimitHit&) { die(TimerResult::StartLimitHit, ""); }
    void on(const event::ResetFailed&);
    void on(const event::Elapsed&);
    void on(const event::TriggeredChanged&);
    void on(const event::TriggerRefused& refused) { die(TimerResult::Resources, refused.text); }
    void on(const event::ClockChanged&);
    void on(const event::TimezoneChanged&);
    void on(const event::SettingsRead&);
    void on(const event::CleanRequested& request);
    template <class Other>
    void on(const Other&) {}

  private:
    void set_state(TimerState state);
    void wait(bool clock_changed = false);
    void run();
    void die(TimerResult result, std::string_view why);
    [[nodiscard]] std::optional<Span> next_of(const TimerValue& value) const;
    [[nodiscard]] std::optional<Span> base_of(TimerBase base) const;
    [[nodiscard]] Span delayed(Span moment) const;
    void log(LogLevel level, std::string_view text) {
        actions_.push_back(action::Log{static_cast<int>(level), std::string(text)});
    }

    const LoadedUnit& unit_;
    const TimerConfig& config_;
    const StepContext& context_;
    TimerStatus& status_;
    std::vector<UnitAction>& actions_;
    Cause& cause_;
};

void TimerStep::set_state(TimerState state) {
    auto before = std::exchange(status_.state, state);
    if (state != TimerState::Waiting) {
        status_.next_realtime = status_.next_monotonic = infinity;
        if (before == TimerState::Waiting) actions_.push_back(action::CancelElapse{});
    }
    actions_.push_back(action::StateChanged{.from = active_state(before),
                                            .to = active_state(state),
                                            .sub_from = to_string(before),
                                            .sub_to = to_string(state)});
}

void TimerStep::on(const event::StartRequested&) {
    if (active_state(status_.state) == ActiveState::Active) return;
    status_.started = context_.now;
    status_.last_trigger = {};
    status_.result = TimerResult::Success;
    for (size_t i = 0; i < status_.values.size(); ++i)
        if (config_.values[i].base == TimerBase::Active) status_.values[i].is_spent = false;
    if (config_.persistent)
        actions_.push_back(action::ReadStamp{});
    else
        wait();
}

void TimerStep::on(const event::StampRead& stamp) {
    if (active_state(status_.state) == ActiveState::Active) return;
    if (stamp.realtime && *stamp.realtime < context_.now.realtime)
        status_.last_trigger.realtime = *stamp.realtime;
    else if (stamp.realtime)
        log(LogLevel::Warning, cat("Not using persistent file timestamp ",
                                   format_timestamp(*stamp.realtime), " as it is in the future."));
    wait();
}

void TimerStep::on(const event::StopRequested&) {
    if (active_state(status_.state) == ActiveState::Active) die(TimerResult::Success, "");
}

void TimerStep::on(const event::ResetFailed&) {
    status_.result = TimerResult::Success;
    if (status_.state == TimerState::Failed) set_state(TimerState::Dead);
}

void TimerStep::on(const event::Elapsed&) {
    if (status_.state == TimerState::Waiting) run();
}

void TimerStep::on(const event::TriggeredChanged&) {
    if (!context_.triggered) return;
    for (size_t i = 0; i < status_.values.size(); ++i)
        if (counts_from_unit(config_.values[i].base)) status_.values[i].is_spent = false;
    bool is_down = context_.triggered->active == ActiveState::Inactive ||
                   context_.triggered->active == ActiveState::Failed;
    bool waits = status_.state == TimerState::Waiting || status_.state == TimerState::Elapsed;
    // A job that has just been queued has not brought the unit up yet.
    bool ended = status_.state == TimerState::Running && is_down && !context_.triggered->has_job;
    if (waits || ended) wait();
}

// Where the clock was set back, what it has seen of the future is to come again.
void TimerStep::on(const event::ClockChanged&) {
    if (status_.state != TimerState::Waiting) return;
    status_.last_trigger.realtime = std::min(status_.last_trigger.realtime, context_.now.realtime);
    if (config_.on_clock_change)
        run();
    else
        wait(true);
}

void TimerStep::on(const event::TimezoneChanged&) {
    if (status_.state != TimerState::Waiting) return;
    if (config_.on_timezone_change)
        run();
    else
        wait();
}

void TimerStep::on(const event::SettingsRead&) {
    bool waits = status_.state == TimerState::Waiting || status_.state == TimerState::Elapsed;
    if (waits) wait();
}

void TimerStep::on(const event::CleanRequested& request) {
    actions_.push_back(action::RemoveFiles{request.paths});
}

// Nothing where that moment has not come yet.
std::optional<Span> TimerStep::base_of(TimerBase base) const {
    const auto& unit = *context_.triggered;
    Span moment{};
    switch (base) {
        case TimerBase::Active: return status_.started.monotonic;
        // The machine may have run for long before its container did.
        case TimerBase::Boot:
        case TimerBase::Startup: return context_.manager_start.monotonic;
        case TimerBase::UnitActive: moment = unit.inactive_exit.monotonic; break;
        case TimerBase::UnitInactive: moment = unit.inactive_enter.monotonic; break;
        case TimerBase::Calendar: return std::nullopt;
    }
    moment = std::max(moment, status_.last_trigger.monotonic);
    return moment > Span{} ? std::optional(moment) : std::nullopt;
}

std::optional<Span> TimerStep::next_of(const TimerValue& value) const {
    if (!value.calendar) {
        auto base = base_of(value.base);
        return base ? std::optional(add_saturating(*base, value.span)) : std::nullopt;
    }
    auto after = status_.last_trigger.realtime > Span{} ? status_.last_trigger.realtime
                                                        : status_.started.realtime;
    auto next = next_elapse(*value.calendar, after, known_time_zones());
    if (!next) return std::nullopt;
    // What was missed before the manager began is due then, so that a delay spreads it over the
    // time after that.
    Span uptime = context_.now.monotonic - context_.manager_start.monotonic;
    return std::max(*next, context_.now.realtime - uptime);
}

Span TimerStep::delayed(Span moment) const {
    auto most = static_cast<uint64_t>(config_.randomized_delay.count());
    if (most == 0 || moment == infinity) return moment;
    uint64_t number = context_.random();
    if (config_.fixed_random_delay) {
        SipKey key{};
        for (size_t i = 0; i < sizeof context_.machine_hash; ++i)
            key[i] = static_cast<uint8_t>(context_.machine_hash >> (8 * i));
        number = siphash24(unit_.id.str(), key);
    }
    return add_saturating(moment, Span(static_cast<int64_t>(number % most)));
}

// Looks for the next moment of each expression, and waits for the first.
void TimerStep::wait(bool clock_changed) {
    if (!context_.triggered) return die(TimerResult::Resources, "Unit to trigger vanished.");
    Span realtime = infinity, monotonic = infinity;
    bool is_around = false, waits_for_any = false;
    for (size_t i = 0; i < status_.values.size(); ++i) {
        const TimerValue& value = config_.values[i];
        auto& known = status_.values[i];
        if (known.is_spent) continue;
        is_around |= counts_from_unit(value.base);
        auto next = next_of(value);
        if (!next) continue;
        known.next = *next;
        bool is_over = status_.last_trigger.set() && !clock_changed &&
                       *next <= context_.now.monotonic && counts_once(value.base);
        if (is_over) {
            known.is_spent = true;
            continue;
        }
        auto& first = value.calendar ? realtime : monotonic;
        first = std::min(first, *next);
        waits_for_any = true;
    }
    if (!waits_for_any && !config_.on_clock_change && !config_.on_timezone_change) {
        bool stays = config_.remain_after_elapse || is_around;
        return stays ? set_state(TimerState::Elapsed) : die(TimerResult::Success, "");
    }
    set_state(TimerState::Waiting);
    status_.next_realtime = delayed(realtime);
    status_.next_monotonic = delayed(monotonic);
    actions_.push_back(action::ArmElapse{.realtime = status_.next_realtime,
                                         .monotonic = status_.next_monotonic,
                                         .accuracy = config_.accuracy});
}

void TimerStep::run() {
    if (context_.stop_job_pending) return;
    status_.last_trigger = context_.now;
    if (config_.persistent) actions_.push_back(action::WriteStamp{context_.now.realtime});
    set_state(TimerState::Running);
    actions_.push_back(action::StartTriggered{
        {cat("TRIGGER_TIMER_REALTIME_USEC=", context_.now.realtime.count()),
         cat("TRIGGER_TIMER_MONOTONIC_USEC=", context_.now.monotonic.count())}});
}

void TimerStep::die(TimerResult result, std::string_view why) {
    if (!why.empty()) log(LogLevel::Warning, why);
    if (status_.result == TimerResult::Success) status_.result = result;
    bool failed = status_.result != TimerResult::Success;
    if (failed) {
        cause_.text = why.empty() ? std::string(to_string(status_.result)) : std::string(why);
        log(LogLevel::Warning, cat("Failed with result '", to_string(status_.result), "'."));
    } else {
        log(LogLevel::Info, "Deactivated successfully.");
    }
    set_state(failed ? TimerState::Failed : TimerState::Dead);
}

} // namespace

std::string_view to_string(TimerState state) {
    return state_words[static_cast<size_t>(state)];
}
std::string_view to_string(TimerResult result) {
    return result_words[static_cast<size_t>(result)];
}
ActiveState active_state(TimerState state) {
    constexpr ActiveState states[] = {ActiveState::Inactive, ActiveState::Active,
                                      ActiveState::Active, ActiveState::Active,
                                      ActiveState::Failed};
    return states[static_cast<size_t>(state)];
}

Phase TimerMachine::phase() const {
    return active_state(status_.state) == ActiveState::Active ? Phase::Up : Phase::Down;
}

void TimerMachine::step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
                        std::vector<UnitAction>& actions, Cause& cause) {
    const TimerConfig& config = *timer_config(unit);
    TimerStatus next = status_;
    bool is_known = known_ == config.values;
    // What its files say anew has not elapsed; the rest has got as far as it had.
    std::vector<TimerValue> values = is_known ? std::vector<TimerValue>() : config.values;
    if (!is_known) {
        next.values.assign(values.size(), {});
        for (size_t i = 0; i < values.size(); ++i) {
            auto before = std::ranges::find(known_, values[i]);
            if (before != known_.end())
                next.values[i] = status_.values[static_cast<size_t>(before - known_.begin())];
        }
    }
    TimerStep step(unit, config, context, next, actions, cause);
    std::visit([&](const auto& what) { step.on(what); }, event);
    if (!is_known) known_ = std::move(values);
    status_ = std::move(next);
}

} // namespace sctl
