#include "graph/job.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sctl {

namespace {

constexpr auto type_names = std::to_array<std::string_view>({
    "start",
    "verify-active",
    "stop",
    "reload",
    "restart",
    "nop",
    "try-restart",
    "try-reload",
    "reload-or-start",
});
static_assert(type_names.size() == static_cast<size_t>(JobType::ReloadOrStart) + 1);

constexpr auto result_names = std::to_array<std::string_view>({
    "done",
    "canceled",
    "timeout",
    "failed",
    "dependency",
    "skipped",
    "invalid",
    "assert",
    "unsupported",
    "collected",
    "once",
});
static_assert(result_names.size() == static_cast<size_t>(JobResult::Once) + 1);

} // namespace

std::string_view to_string(JobType type) {
    return type_names[static_cast<size_t>(type)];
}
std::string_view to_string(JobResult result) {
    return result_names[static_cast<size_t>(result)];
}
std::string_view to_string(JobState state) {
    return state == JobState::Waiting ? "waiting" : "running";
}
std::optional<JobType> job_type_from(std::string_view name) {
    auto found = std::ranges::find(type_names, name);
    if (found == type_names.end()) return std::nullopt;
    return static_cast<JobType>(found - type_names.begin());
}

std::optional<JobType> merged(JobType a, JobType b) {
    using enum JobType;
    if (a == b) return a;
    if (a > Restart || b > Restart || a == Stop || b == Stop) return std::nullopt;
    if (a == Restart || b == Restart) return Restart;
    if (a != Reload && b != Reload) return Start; // with VerifyActive
    return a == Start || b == Start ? ReloadOrStart : Reload;
}

bool is_conflicting(JobType a, JobType b) {
    return a != JobType::Nop && b != JobType::Nop && !merged(a, b);
}

bool is_superset(JobType a, JobType b) {
    if (b == JobType::Nop) return true;
    return a != JobType::Nop && merged(a, b) == a;
}

bool is_redundant(JobType type, ActiveState state) {
    switch (type) {
        case JobType::Start:
        case JobType::VerifyActive: return is_active_or_reloading(state);
        case JobType::Stop: return is_inactive_or_failed(state);
        case JobType::Reload: return state == ActiveState::Reloading;
        // Also of a unit that is still coming up: it may have read what has changed since.
        case JobType::Restart: return false;
        case JobType::Nop: return true;
        case JobType::TryRestart:
        case JobType::TryReload:
        case JobType::ReloadOrStart: return false;
    }
    return false;
}

JobType collapsed(JobType type, ActiveState state) {
    switch (type) {
        case JobType::TryRestart:
            return is_active_or_activating(state) ? JobType::Restart : JobType::Nop;
        case JobType::TryReload:
            return is_active_or_reloading(state) ? JobType::Reload : JobType::Nop;
        case JobType::ReloadOrStart:
            return is_active_or_reloading(state) ? JobType::Reload : JobType::Start;
        case JobType::Start:
        case JobType::VerifyActive:
        case JobType::Stop:
        case JobType::Reload:
        case JobType::Restart:
        case JobType::Nop: return type;
    }
    return type;
}

std::optional<JobType> merged_and_collapsed(JobType a, JobType b, ActiveState state) {
    auto both = merged(a, b);
    if (both) both = collapsed(*both, state);
    return both;
}

JobType reload_if_possible(JobType type) {
    if (type == JobType::Restart) return JobType::ReloadOrStart;
    if (type == JobType::TryRestart) return JobType::TryReload;
    return type;
}

int compare_ordered(JobType first, JobType second) {
    if (first == JobType::Nop || second == JobType::Nop) return 0;
    // A restart begins with a stop; once stopped it is made a start.
    return second == JobType::Stop || second == JobType::Restart ? 1 : -1;
}

JobVerdict judge(JobType type, JobState state, ActiveState now, bool reload_failed) {
    bool running = state == JobState::Running;
    JobResult at_rest = now == ActiveState::Failed ? JobResult::Failed : JobResult::Done;
    switch (type) {
        case JobType::Start:
        case JobType::VerifyActive:
            if (is_active_or_reloading(now)) return {JobResult::Done, false};
            if (!running || now == ActiveState::Activating) return {};
            if (is_inactive_or_failed(now)) return {at_rest, true};
            return {std::nullopt, true};
        case JobType::Reload:
        case JobType::TryReload:
        case JobType::ReloadOrStart:
            if (!running) return {};
            if (now == ActiveState::Active)
                return {reload_failed ? JobResult::Failed : JobResult::Done, false};
            if (now == ActiveState::Activating || now == ActiveState::Reloading) return {};
            if (is_inactive_or_failed(now)) return {at_rest, true};
            return {std::nullopt, true};
        case JobType::Stop:
        case JobType::Restart:
        case JobType::TryRestart:
            if (is_inactive_or_failed(now)) return {JobResult::Done, false};
            if (running && now != ActiveState::Deactivating) return {JobResult::Failed, true};
            return {};
        case JobType::Nop: return {};
    }
    return {};
}

} // namespace sctl
