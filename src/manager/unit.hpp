// A unit at run time: what its files say (LoadedUnit), where its life has got to, and when that
// changed. Units are named by UnitId across events; a reference lives for one event at most.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "graph/dependency.hpp"
#include "graph/job.hpp"
#include "os/event_loop.hpp"
#include "os/service_output.hpp"
#include "os/spawn.hpp"
#include "os/tracker.hpp"
#include "state/service.hpp"
#include "state/start_limit.hpp"
#include "unit/condition.hpp"
#include "unit/config.hpp"

namespace sctl {

// A process of a service that the manager itself started.
struct ServiceProcess {
    pid_t pid = 0;
    UniqueFd pidfd;
    UniqueFd status_pipe; // readable when exec succeeded (EOF) or a step failed
    WatchHandle status_watch{};
    ServiceOutput::StreamId stream = 0;
};

// What only services have: kept apart, so that targets stay small.
struct ServiceRuntime {
    ServiceStatus status;
    OwnerId owner{};
    ServiceProcess main, control;
    TimerId timer{}, watchdog_timer{}, restart_timer{};
    // Runs of the commands by list and index, for ExecStart= and the like in `show`.
    std::map<std::pair<ServiceExecCommand, size_t>, ExecRecord> records;
    std::vector<std::string> made_directories; // RuntimeDirectory=, removed at the end
    WatchHandle pid_file_watch{};
    UniqueFd pid_file_inotify;
    bool warned_absent = false;
};

struct Unit {
    UnitId id = no_unit;
    LoadedUnit loaded;
    bool skipped = false;     // makes no sense in a container, or a type that is not built
    std::unique_ptr<ServiceRuntime> service;
    bool target_active = false; // of the types that only are or are not

    ActiveState active = ActiveState::Inactive;
    Moment state_change, inactive_exit, active_enter, active_exit, inactive_enter;
    Moment condition_time, assert_time;
    bool condition_result = false, assert_result = false;
    std::array<uint8_t, 16> invocation_id{};
    std::optional<StartLimit> start_limit;
    Cause cause;              // why it failed last; empty text where it did not
    uint32_t job = 0;         // id of its job, 0 for none
    uint32_t users = 0;       // reasons to keep it loaded: dependencies on it, open requests

    [[nodiscard]] const UnitName& name() const noexcept { return loaded.id; }
    [[nodiscard]] UnitType type() const { return loaded.id.type(); }
    // As `show -p SubState` prints it.
    [[nodiscard]] std::string_view sub_state() const;
    // Description=, or the id where there is none.
    [[nodiscard]] const std::string& description() const;
    [[nodiscard]] bool is_inactive_or_failed() const noexcept {
        return active == ActiveState::Inactive || active == ActiveState::Failed;
    }
    [[nodiscard]] bool is_active_or_activating() const noexcept {
        return active == ActiveState::Active || active == ActiveState::Activating ||
               active == ActiveState::Reloading;
    }
};

} // namespace sctl
