#include "unit/unit_kind.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/text.hpp"
#include "unit/dependencies.hpp"
#include "unit/service/service_kind.hpp"

namespace sctl {
namespace {

constexpr uint8_t exec_part = static_cast<uint8_t>(UnitPart::Exec);
constexpr uint8_t kill_part = static_cast<uint8_t>(UnitPart::Kill);
constexpr uint8_t resource_part = static_cast<uint8_t>(UnitPart::Resources);
constexpr uint8_t processes = exec_part | kill_part | resource_part; // of what runs commands

std::string path_of(const UnitName& name) {
    auto path = unit_name_to_path(name);
    return path ? *path : name.str();
}

void describe_slice(LoadedUnit& unit) {
    unit.unit.description = cat("Slice ", path_of(unit.id));
}

void describe_device(LoadedUnit& unit) {
    unit.unit.description = path_of(unit.id);
    unit.unit.job_running_timeout = 90s;
}

// What is stopped when the system is (systemd.target(5) and systemd.slice(5), "Default
// Dependencies").
void add_shutdown(LoadedUnit& unit, bool) {
    constexpr std::string_view shutdown = "shutdown.target";
    if (unit.id.str() == shutdown) return;
    add_dependency(unit, Dependency::Conflicts, shutdown);
    add_dependency(unit, Dependency::Before, shutdown);
}

void add_service_and_shutdown(LoadedUnit& unit, bool user_manager) {
    add_service_defaults(unit, user_manager);
    add_shutdown(unit, user_manager);
}

constexpr UnitKind kinds[] = {
    {.type = UnitType::Service,
     .suffix = "service",
     .section = "Service",
     .interface = "org.freedesktop.systemd1.Service",
     .parts = processes,
     .aliases = AliasRule::Templates,
     .settings = service_settings,
     .is_run = true,
     .is_embedded = true,
     .can_delegate = true,
     .limits_starts = true,
     .ends_with_start = is_oneshot,
     .begin = begin_service,
     .resolve = resolve_service,
     .imply = imply_of_service,
     .add_defaults = add_service_and_shutdown,
     .check = check_service},
    {.type = UnitType::Mount,
     .suffix = "mount",
     .section = "Mount",
     .interface = "org.freedesktop.systemd1.Mount",
     .parts = processes,
     .stays_on_isolate = true,
     .may_be_missing = true,
     .active_word = "mounted"},
    {.type = UnitType::Swap,
     .suffix = "swap",
     .section = "Swap",
     .interface = "org.freedesktop.systemd1.Swap",
     .parts = processes,
     .stays_on_isolate = true,
     .may_be_missing = true,
     .can_stop = false},
    {.type = UnitType::Socket,
     .suffix = "socket",
     .section = "Socket",
     .interface = "org.freedesktop.systemd1.Socket",
     .parts = processes,
     .aliases = AliasRule::Templates,
     .trigger_setting = "Service",
     .instances_setting = "Accept"},
    {.type = UnitType::Target,
     .suffix = "target",
     .section = "Target",
     .interface = "org.freedesktop.systemd1.Target",
     .aliases = AliasRule::Templates,
     .is_run = true,
     .is_embedded = true,
     .started = "Reached target ",
     .stopped = "Stopped target ",
     .add_defaults = add_shutdown},
    {.type = UnitType::Device,
     .suffix = "device",
     .section = "Device",
     .interface = "org.freedesktop.systemd1.Device",
     .aliases = AliasRule::Plain,
     .stays_on_isolate = true,
     .needs_no_file = true,
     .may_be_missing = true,
     .can_start = false,
     .can_stop = false,
     .describe = describe_device},
    {.type = UnitType::Automount,
     .suffix = "automount",
     .section = "Automount",
     .interface = "org.freedesktop.systemd1.Automount",
     .stays_on_isolate = true,
     .can_stop = false},
    {.type = UnitType::Timer,
     .suffix = "timer",
     .section = "Timer",
     .interface = "org.freedesktop.systemd1.Timer",
     .aliases = AliasRule::Templates,
     .trigger_setting = "Unit"},
    {.type = UnitType::Path,
     .suffix = "path",
     .section = "Path",
     .interface = "org.freedesktop.systemd1.Path",
     .aliases = AliasRule::Templates,
     .trigger_setting = "Unit"},
    {.type = UnitType::Slice,
     .suffix = "slice",
     .section = "Slice",
     .interface = "org.freedesktop.systemd1.Slice",
     .parts = resource_part,
     .is_run = true,
     .stays_on_isolate = true,
     .needs_no_file = true,
     .may_be_missing = true,
     .started = "Created slice ",
     .stopped = "Removed slice ",
     .describe = describe_slice,
     .add_defaults = add_shutdown},
    {.type = UnitType::Scope,
     .suffix = "scope",
     .section = "Scope",
     .interface = "org.freedesktop.systemd1.Scope",
     .parts = kill_part | resource_part,
     .stays_on_isolate = true,
     .may_be_missing = true,
     .can_delegate = true,
     .can_start = false,
     .active_word = "running"},
};

constexpr bool kinds_are_in_order() {
    for (size_t i = 0; i < std::size(kinds); ++i) {
        if (static_cast<size_t>(kinds[i].type) != i) return false;
    }
    return std::size(kinds) == unit_type_count;
}
static_assert(kinds_are_in_order(), "a row for each UnitType, in its order");

// The rows, and room for the one that a test adds.
struct KindList {
    std::array<UnitKind, std::size(kinds) + 1> rows{};
    size_t count = std::size(kinds);
    constexpr KindList() { std::ranges::copy(kinds, rows.begin()); }
};
constinit KindList kind_list;

} // namespace

std::span<const UnitKind> unit_kinds() {
    return {kind_list.rows.data(), kind_list.count};
}

void add_unit_kind(const UnitKind& kind) {
    assert(kind_list.count < kind_list.rows.size() &&
           static_cast<size_t>(kind.type) == kind_list.count);
    kind_list.rows[kind_list.count++] = kind;
}

const UnitKind& kind_of(UnitType type) {
    return kind_list.rows[static_cast<size_t>(type)];
}

const UnitKind* kind_with_section(std::string_view section) {
    auto rows = unit_kinds();
    auto found = std::ranges::find(rows, section, &UnitKind::section);
    return found == rows.end() ? nullptr : &*found;
}

} // namespace sctl
