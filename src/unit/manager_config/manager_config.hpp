// What systemd-system.conf(5) configures, typed, with systemd's defaults: of all units, where they
// do not say otherwise, and of the manager itself. One value that loader and manager read, and that
// is made anew at each reload; manager_keys.hpp has the table of keys that fill it in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/property_value.hpp"
#include "unit/config.hpp"

namespace sctl {

struct UnitDefaults {
    Span timeout_start = 90s, timeout_stop = 90s;
    std::optional<Span> timeout_abort; // nothing: as timeout_stop
    Span device_timeout = 90s;
    Span restart_sec = 100ms;
    Span timer_accuracy = 60s;
    Span start_limit_interval = 10s;
    unsigned start_limit_burst = 5;
    ExecOutput std_output = ExecOutput::Journal;
    ExecOutput std_error = ExecOutput::Inherit;
    std::vector<ResourceLimit> limits;
    std::optional<int> oom_score_adjust;
    // Of directives that are only shown (accounting, TasksMax=, OOMPolicy=), by property.
    std::vector<std::pair<std::string_view, PropertyValue>> shown;

    bool operator==(const UnitDefaults&) const = default;
    // Of `shown`; null where nothing is configured.
    [[nodiscard]] const PropertyValue* shown_value(std::string_view property) const;
};

// How the manager's messages name a unit.
enum class StatusUnitFormat : uint8_t { Name, Description, Combined };

// What was asked for and is not done: a key, or "systemd.NAME" of the command line.
struct UnmetWish {
    std::string_view name; // of a row
    bool protects;         // the services, if it were done
};

struct ManagerConfig {
    UnitDefaults units;
    std::vector<std::string> environment;         // of services
    std::vector<std::string> manager_environment; // of our own process
    std::optional<int> log_level;                 // as syslog(3) counts
    bool log_time = false, log_color = false;     // on the console
    std::optional<bool> show_status;
    StatusUnitFormat status_unit_format = StatusUnitFormat::Combined; // Debian's
    EmergencyAction ctrl_alt_del_burst_action = EmergencyAction::None;
    CpuSet cpu_affinity; // empty: as it is
    uint64_t capability_bounding_set = UINT64_MAX;
    bool no_new_privileges = false;
    std::optional<uint64_t> timer_slack; // nanoseconds
    // Of the command line alone.
    std::optional<bool> service_watchdogs;
    std::string default_unit;     // in the place of default.target; empty for that
    std::vector<UnmetWish> unmet; // in the order in which they were read
    bool incomplete = false; // a file could not be read for a reason of the moment, is_momentary()

    // Notes whether the latest that was said under this name is such a wish.
    void note_wish(std::string_view name, bool is_unmet, bool protects = false);
};

// The one line that tells of `unmet`; "" where there is nothing.
[[nodiscard]] std::string unmet_wishes(const ManagerConfig& config);

} // namespace sctl
