// The row of each kind of unit (unit/unit_kind.hpp).
#include <algorithm>

#include "base/text.hpp"
#include "bus/properties/kinds.hpp"
#include "run/mount/mount_run.hpp"
#include "run/path/path_run.hpp"
#include "run/service/service_run.hpp"
#include "run/socket/socket_run.hpp"
#include "run/timer/timer_run.hpp"
#include "state/mount/mount.hpp"
#include "state/path/path.hpp"
#include "state/service/service.hpp"
#include "state/socket/socket.hpp"
#include "state/timer/timer.hpp"
#include "unit/dependencies.hpp"
#include "unit/mount/mount_kind.hpp"
#include "unit/path/path_kind.hpp"
#include "unit/service/service_kind.hpp"
#include "unit/socket/socket_kind.hpp"
#include "unit/timer/timer_kind.hpp"
#include "unit/unit_kind.hpp"

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
}

void begin_device(LoadedUnit& unit, const UnitDefaults& defaults) {
    unit.unit.job_running_timeout = defaults.device_timeout;
}

// What is stopped when the system is (systemd.target(5) and systemd.slice(5), "Default
// Dependencies").
void add_shutdown(LoadedUnit& unit, bool) {
    auto shutdown = UnitName::of_ours("shutdown.target");
    if (unit.id == shutdown) return;
    add_dependency(unit, Dependency::Conflicts, shutdown);
    add_dependency(unit, Dependency::Before, std::move(shutdown));
}

// Those of the kind itself as well.
template <void (*Defaults)(LoadedUnit&, bool)>
void with_shutdown(LoadedUnit& unit, bool user_manager) {
    Defaults(unit, user_manager);
    add_shutdown(unit, user_manager);
}

template <class Machine>
std::unique_ptr<UnitMachine> new_machine() {
    return std::make_unique<Machine>();
}
template <class Run>
std::unique_ptr<UnitRun> new_run(Unit& unit, RunMeans& means, OwnerId owner) {
    return std::make_unique<Run>(unit, means, owner);
}

constexpr JobWords mount_words = {.starting = "Mounting ",
                                  .started = "Mounted ",
                                  .start_failed = "Failed to mount ",
                                  .start_timed_out = "Timed out mounting ",
                                  .stopping = "Unmounting ",
                                  .stopped = "Unmounted ",
                                  .stop_failed = "Failed unmounting ",
                                  .stop_timed_out = "Timed out unmounting "};

constexpr UnitKind rows[] = {
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
     .can_transient = true,
     .limits_starts = true,
     .keyring = "private",
     .resolves_output = true,
     .ends_with_start = is_oneshot,
     .begin = begin_service,
     .resolve = resolve_service,
     .imply = imply_of_service,
     .add_defaults = with_shutdown<add_service_defaults>,
     .check = check_service,
     .deviate = spare_halting_services,
     .machine = new_machine<ServiceMachine>,
     .run = new_run<ServiceRun>,
     .properties = service_properties},
    {.type = UnitType::Mount,
     .suffix = "mount",
     .section = "Mount",
     .interface = "org.freedesktop.systemd1.Mount",
     .parts = processes,
     .settings = mount_settings,
     .is_run = true,
     .stays_on_isolate = true,
     .can_reload = true,
     .can_transient = true,
     .limits_starts = true,
     .same_process_group = true,
     .words = mount_words,
     .begin = begin_mount,
     .look = look_for_mount,
     .resolve = resolve_mount,
     .imply = imply_of_mount,
     .add_defaults = add_mount_defaults,
     .check = check_mount,
     .machine = new_machine<MountMachine>,
     .run = new_run<MountRun>,
     .properties = mount_properties},
    {.type = UnitType::Swap,
     .suffix = "swap",
     .section = "Swap",
     .interface = "org.freedesktop.systemd1.Swap",
     .parts = processes,
     .stays_on_isolate = true,
     .may_be_missing = true,
     .can_stop = false,
     .properties = swap_properties},
    {.type = UnitType::Socket,
     .suffix = "socket",
     .section = "Socket",
     .interface = "org.freedesktop.systemd1.Socket",
     .parts = processes,
     .aliases = AliasRule::Templates,
     .settings = socket_settings,
     .is_run = true,
     .can_transient = true,
     .limits_starts = true,
     .words = {.started = "Listening on ", .stopped = "Closed "},
     .triggered = triggered_by_socket,
     .triggers = true,
     .begin = begin_socket,
     .resolve = resolve_socket,
     .imply = imply_of_socket,
     .add_defaults = with_shutdown<add_socket_defaults>,
     .check = check_socket,
     .machine = new_machine<SocketMachine>,
     .run = new_run<SocketRun>,
     .properties = socket_properties},
    {.type = UnitType::Target,
     .suffix = "target",
     .section = "Target",
     .interface = "org.freedesktop.systemd1.Target",
     .aliases = AliasRule::Templates,
     .is_run = true,
     .is_embedded = true,
     .after_members = true,
     .words = {.started = "Reached target ", .stopped = "Stopped target "},
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
     .describe = describe_device,
     .begin = begin_device,
     .properties = device_properties},
    {.type = UnitType::Automount,
     .suffix = "automount",
     .section = "Automount",
     .interface = "org.freedesktop.systemd1.Automount",
     .stays_on_isolate = true,
     .can_stop = false,
     .can_transient = true,
     .properties = automount_properties},
    {.type = UnitType::Timer,
     .suffix = "timer",
     .section = "Timer",
     .interface = "org.freedesktop.systemd1.Timer",
     .aliases = AliasRule::Templates,
     .settings = timer_settings,
     .is_run = true,
     .can_transient = true,
     .limits_starts = true,
     .triggers = true,
     .begin = begin_timer,
     .imply = imply_of_timer,
     .add_defaults = with_shutdown<add_timer_defaults>,
     .check = check_timer,
     .machine = new_machine<TimerMachine>,
     .run = new_run<TimerRun>,
     .properties = timer_properties},
    {.type = UnitType::Path,
     .suffix = "path",
     .section = "Path",
     .interface = "org.freedesktop.systemd1.Path",
     .aliases = AliasRule::Templates,
     .settings = path_settings,
     .is_run = true,
     .can_transient = true,
     .limits_starts = true,
     .triggers = true,
     .begin = begin_path,
     .resolve = resolve_path,
     .imply = imply_of_path,
     .add_defaults = with_shutdown<add_path_defaults>,
     .check = check_path,
     .machine = new_machine<PathMachine>,
     .run = new_run<PathRun>,
     .properties = path_properties},
    {.type = UnitType::Slice,
     .suffix = "slice",
     .section = "Slice",
     .interface = "org.freedesktop.systemd1.Slice",
     .parts = resource_part,
     .is_run = true,
     .stays_on_isolate = true,
     .needs_no_file = true,
     .may_be_missing = true,
     .can_transient = true,
     .slice_is_in_name = true,
     .words = {.started = "Created slice ", .stopped = "Removed slice "},
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
     .can_transient = true,
     .only_transient = true,
     .active_word = "running",
     .properties = scope_properties},
};

constexpr bool rows_are_in_order() {
    for (size_t i = 0; i < std::size(rows); ++i) {
        if (static_cast<size_t>(rows[i].type) != i) return false;
    }
    return std::size(rows) == unit_type_count;
}
static_assert(rows_are_in_order(), "a row for each UnitType, in its order");

constexpr UnitKindTable make_table() {
    UnitKindTable table;
    std::ranges::copy(rows, table.rows.begin());
    table.count = std::size(rows);
    return table;
}

} // namespace

constinit UnitKindTable unit_kind_table = make_table();

} // namespace sctl
