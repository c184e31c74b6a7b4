#include "state/path/path.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

constexpr std::string_view path_state_words[] = {"dead", "waiting", "running", "failed"};
constexpr std::string_view path_result_words[] = {"success", "resources", "start-limit-hit",
                                                  "unit-start-limit-hit", "trigger-limit-hit"};

// One step, on a status of its own until it is over.
class PathStep {
  public:
    PathStep(const PathConfig& config, const StepContext& context, PathStatus& status,
             std::vector<UnitAction>& actions, Cause& cause)
        : config_(config), context_(context), status_(status), actions_(actions), cause_(cause) {}

    void on(const event::StartRequested&);
    void on(const event::StopRequested&);
    void on(const event::StartLimitHit&) { die(PathResult::StartLimitHit, ""); }
    void on(const event::ResetFailed&);
    void on(const event::PathsSeen& seen);
    void on(const event::PathChanged& changed);
    void on(const event::TriggeredChanged&);
    void on(const event::TriggerRefused& refused) { die(PathResult::Resources, refused.text); }
    void on(const event::SettingsRead&);
    template <class Other>
    void on(const Other&) {}

  private:
    [[nodiscard]] bool is_at_work() const {
        return context_.triggered && context_.triggered->active != ActiveState::Inactive &&
               context_.triggered->active != ActiveState::Failed;
    }
    // A file that is made is written and closed in the moments that follow: that is one change.
    [[nodiscard]] bool is_well_at_work() const {
        constexpr Span burst = 100ms;
        return is_at_work() &&
               context_.triggered->inactive_exit.monotonic + burst <= context_.now.monotonic;
    }
    void set_state(PathState state);
    void look(bool is_first, bool after_run);
    void run(const std::string& path);
    void die(PathResult result, std::string_view why);
    void log(LogLevel level, std::string_view text) {
        actions_.push_back(action::Log{static_cast<int>(level), std::string(text)});
    }

    const PathConfig& config_;
    const StepContext& context_;
    PathStatus& status_;
    std::vector<UnitAction>& actions_;
    Cause& cause_;
};

void PathStep::set_state(PathState state) {
    auto before = std::exchange(status_.state, state);
    if (active_state(state) != ActiveState::Active && active_state(before) == ActiveState::Active)
        actions_.push_back(action::UnwatchPaths{});
    actions_.push_back(action::StateChanged{.from = active_state(before),
                                            .to = active_state(state),
                                            .sub_from = to_string(before),
                                            .sub_to = to_string(state)});
}

void PathStep::on(const event::StartRequested&) {
    if (active_state(status_.state) == ActiveState::Active) return;
    status_.result = PathResult::Success;
    status_.changed_meanwhile.clear();
    status_.is_second_run = false;
    look(true, false);
}

void PathStep::on(const event::StopRequested&) {
    if (active_state(status_.state) == ActiveState::Active) die(PathResult::Success, "");
}

void PathStep::on(const event::ResetFailed&) {
    status_.result = PathResult::Success;
    status_.trigger_limit.reset();
    if (status_.state == PathState::Failed) set_state(PathState::Dead);
}

// Watches, and asks what is there: PathsSeen.
void PathStep::look(bool is_first, bool after_run) {
    actions_.push_back(action::WatchPaths{is_first, after_run});
}

void PathStep::on(const event::PathsSeen& seen) {
    if (!seen.problem.empty())
        return die(PathResult::Resources, cat("Failed to enter waiting state: ", seen.problem));
    if (is_at_work()) {
        if (status_.state != PathState::Running) set_state(PathState::Running);
    } else if (!seen.path.empty()) {
        run(seen.path);
    } else if (status_.state != PathState::Waiting) {
        set_state(PathState::Waiting);
    }
}

// What comes before its unit has begun is what that will see.
void PathStep::on(const event::PathChanged& changed) {
    if (status_.state == PathState::Running) {
        if (changed.is_change && is_well_at_work() && !status_.is_second_run)
            status_.changed_meanwhile = changed.path;
    } else if (status_.state == PathState::Waiting) {
        status_.is_second_run = false;
        run(changed.path);
    }
}

void PathStep::on(const event::TriggeredChanged&) {
    if (active_state(status_.state) != ActiveState::Active || !context_.triggered) return;
    if (context_.triggered->start_limit_hit) return die(PathResult::UnitStartLimitHit, "");
    if (context_.triggered->has_job) return;
    if (status_.state == PathState::Waiting && is_at_work()) {
        set_state(PathState::Running);
    } else if (status_.state == PathState::Running && !is_at_work()) {
        auto changed = std::exchange(status_.changed_meanwhile, {});
        status_.is_second_run = !changed.empty();
        if (!changed.empty()) return run(changed);
        look(false, true);
    }
}

void PathStep::on(const event::SettingsRead&) {
    if (active_state(status_.state) != ActiveState::Active) return;
    if (!context_.triggered) return die(PathResult::Resources, "Unit to trigger vanished.");
    if (status_.state == PathState::Waiting) look(false, true);
}

void PathStep::run(const std::string& path) {
    if (context_.stop_job_pending) return;
    if (!status_.trigger_limit)
        status_.trigger_limit.emplace(config_.trigger_limit_interval, config_.trigger_limit_burst);
    if (!status_.trigger_limit->allow(context_.now.monotonic)) {
        log(LogLevel::Warning, "Trigger limit hit, refusing further activation.");
        return die(PathResult::TriggerLimitHit, "");
    }
    set_state(PathState::Running);
    action::StartTriggered start;
    start.details = {cat("TRIGGER_PATH=", path)};
    actions_.push_back(std::move(start));
}

void PathStep::die(PathResult result, std::string_view why) {
    if (!why.empty()) log(LogLevel::Warning, why);
    if (status_.result == PathResult::Success) status_.result = result;
    bool failed = status_.result != PathResult::Success;
    if (failed) {
        cause_.text = std::string(why.empty() ? to_string(status_.result) : why);
        log(LogLevel::Warning, cat("Failed with result '", to_string(status_.result), "'."));
    } else {
        log(LogLevel::Info, "Deactivated successfully.");
    }
    set_state(failed ? PathState::Failed : PathState::Dead);
}

} // namespace

std::string_view to_string(PathState state) {
    return path_state_words[static_cast<size_t>(state)];
}
std::string_view to_string(PathResult result) {
    return path_result_words[static_cast<size_t>(result)];
}
ActiveState active_state(PathState state) {
    constexpr ActiveState states[] = {ActiveState::Inactive, ActiveState::Active,
                                      ActiveState::Active, ActiveState::Failed};
    return states[static_cast<size_t>(state)];
}

Phase PathMachine::phase() const {
    return active_state(status_.state) == ActiveState::Active ? Phase::Up : Phase::Down;
}

void PathMachine::step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
                       std::vector<UnitAction>& actions, Cause& cause) {
    PathStatus next = status_;
    PathStep step(*path_config(unit), context, next, actions, cause);
    std::visit([&](const auto& what) { step.on(what); }, event);
    status_ = std::move(next);
}

} // namespace sctl
