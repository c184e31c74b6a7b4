// A job: what a unit has been asked to become, and the rules by which two jobs of one unit are
// merged, dropped, or found to contradict each other.
//
// At most one job is queued for a unit (one more of type Nop, which does nothing and exists so that
// somebody can wait for it). TryRestart, TryReload and ReloadOrStart are what people ask for: they
// become one of the others, by the unit's state, before they enter a transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "graph/dependency.hpp"
#include "unit/active_state.hpp"
#include "unit/job_mode.hpp"

namespace sctl {

using JobId = uint32_t; // counted from 1; 0 stands for no job

enum class JobType : uint8_t {
    Start,
    VerifyActive,
    Stop,
    Reload,
    Restart,
    Nop,
    TryRestart,
    TryReload,
    ReloadOrStart,
};
enum class JobResult : uint8_t {
    Done,
    Canceled,
    Timeout,
    Failed,
    Dependency,
    Skipped,
    Invalid,
    Assert,
    Unsupported,
    Collected,
    Once,
};
enum class JobState : uint8_t { Waiting, Running };

// Spelled as on the wire and on the command line: "verify-active".
[[nodiscard]] std::string_view to_string(JobType type);
[[nodiscard]] std::string_view to_string(JobResult result);
[[nodiscard]] std::string_view to_string(JobState state);
[[nodiscard]] std::optional<JobType> job_type_from(std::string_view name);

// Why a job did not end well: the unit where it began, which may be several dependencies away, and
// what happened there in words.
struct JobCause {
    UnitId unit = no_unit;
    std::string text;
};

struct Job {
    JobId id = 0;
    UnitId unit = no_unit;
    JobType type = JobType::Nop;
    JobState state = JobState::Waiting;
    JobResult result = JobResult::Done; // once it has ended
    bool irreversible = false;          // only a job that does not contradict it may join it
    bool ignore_order = false;          // runs whatever its neighbours do
    JobCause cause;                     // once it has ended other than Done
};

// The type that does the work of both, not yet collapsed; nothing where they contradict each other.
[[nodiscard]] std::optional<JobType> merged(JobType a, JobType b);
[[nodiscard]] bool is_conflicting(JobType a, JobType b);
// Whether `a` does all that `b` would.
[[nodiscard]] bool is_superset(JobType a, JobType b);
// Whether a unit in this state is already what the job would make of it.
[[nodiscard]] bool is_redundant(JobType type, ActiveState state);
// What TryRestart, TryReload and ReloadOrStart come to for a unit in this state.
[[nodiscard]] JobType collapsed(JobType type, ActiveState state);
// Both in one: what a transaction does with two jobs of a unit.
[[nodiscard]] std::optional<JobType> merged_and_collapsed(JobType a, JobType b, ActiveState state);
// For the `reload-or-` verbs: what is asked for of a unit that can reload.
[[nodiscard]] JobType reload_if_possible(JobType type);

// Which of two jobs goes first where the unit of `first` is ordered Before= the unit of `second`:
// negative: `first`, positive: `second`, zero: they do not care. What stops goes before what
// starts, and of two that stop the one that was started later goes first. Not for jobs that ignore
// the order.
[[nodiscard]] int compare_ordered(JobType first, JobType second);

// What a unit's new state does to the job it has.
struct JobVerdict {
    std::optional<JobResult> result; // the job has ended so
    bool unexpected = false;         // the job did not ask for this: dependencies act on it
};
[[nodiscard]] JobVerdict judge(JobType type, JobState state, ActiveState now, bool reload_failed);

} // namespace sctl
