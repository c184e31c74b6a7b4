// A transaction: the job that is asked for together with all that it brings along, made consistent
// before anything is queued. Either the whole of it is queued (job_queue.hpp) or nothing.
//
//   pull in → drop what would do harm (Fail) → drop what is done already → drop what no job pulls
//   in any more → break ordering cycles → merge the jobs of each unit → compare with what is queued
//
// A job "matters" if the one asked for fails without it: one that does not is what gets dropped
// where two contradict each other or an ordering cycle must be broken. Words, error names and the
// lines in the log are systemd's. Time and memory are linear in the dependencies that are followed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "graph/dependency.hpp"
#include "graph/job.hpp"
#include "unit/active_state.hpp"
#include "unit/config.hpp"

namespace sctl {

// What is asked of a unit; a unit without a name is none.
struct UnitSummary {
    std::string_view name;
    LoadState load_state = LoadState::Loaded;
    const Error* load_error = nullptr; // for LoadState::Error
    ActiveState active_state = ActiveState::Inactive;
    bool can_start = true;
    bool can_stop = true;
    bool can_reload = false;
    bool perpetual = false; // cannot be stopped, as the root slice
    bool refuse_manual_start = false;
    bool refuse_manual_stop = false;
    bool allow_isolate = false;
    bool ignore_on_isolate = false;
    // We leave it out: it gets no job by a dependency, and no unit's requirement of it fails.
    bool skipped = false;
};

// The units, as the manager has them. Nothing here loads a unit.
class UnitStates {
  public:
    virtual ~UnitStates() = default;
    // Places of units, some of which may be empty, and the unit that has one.
    [[nodiscard]] virtual uint32_t unit_count() const = 0;
    [[nodiscard]] virtual UnitId unit_in(uint32_t place) const { return unit_at(place, 0); }
    // The name must live as long as the unit.
    [[nodiscard]] virtual UnitSummary summary(UnitId unit) const = 0;
    // The job that is queued for it, Nop apart; else null.
    [[nodiscard]] virtual const Job* job(UnitId unit) const = 0;
    // A line about these units, in which they are named.
    virtual void tell(LogLevel level, const std::vector<UnitId>& /*units*/,
                      std::string_view text) const {
        log_text(level, text);
    }
};

struct Transaction {
    struct Entry {
        UnitId unit;
        JobType type;
        bool ignore_order = false;
    };
    std::vector<Entry> jobs; // one for a unit; the one that was asked for comes first
    JobMode mode = JobMode::Replace;
    std::vector<UnitId> dropped; // to break ordering cycles: "Ordering cycle found, skipping X"
};

// `type` may be any; TryRestart and the like are collapsed first.
[[nodiscard]] Result<Transaction> build_transaction(const DependencyGraph& graph,
                                                    const UnitStates& view, JobType type,
                                                    UnitId unit, JobMode mode);

// Whether a person may ask for this: RefuseManualStart= and RefuseManualStop= hold, and a unit that
// was never loaded cannot be stopped. Comes before build_transaction for requests from outside.
[[nodiscard]] Result<void> check_manual_request(const UnitStates& view, JobType type, UnitId unit);

// The Error for a unit that cannot be started since its files are missing or wrong.
[[nodiscard]] Result<void> check_load_state(const UnitSummary& unit);

} // namespace sctl
