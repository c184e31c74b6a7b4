// The properties that can be set: what the manager logs, and whether services' watchdogs count.
// Those of a hardware watchdog exist, and refuse: a container has none.
#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "unit/manager_config/manager_keys.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

using namespace interface_name;

// "" is the level that is configured.
Result<void> set_log_level_by_name(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    if (name.empty()) {
        call.manager.set_log_level(std::nullopt);
        return {};
    }
    auto level = parse_log_level(name);
    if (!level) return error_named(bus_error::invalid_args, cat("Invalid log level '", name, "'"));
    call.manager.set_log_level(static_cast<LogLevel>(*level));
    return {};
}

Result<void> set_log_target_by_name(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    if (name.empty() || is_our_log_target(name)) return {};
    if (!is_log_target(name))
        return error_named(bus_error::invalid_args, cat("Invalid log target '", name, "'"));
    return error_named(bus_error::not_supported,
                       cat("This manager logs to the console alone, not to '", name, "'."));
}

Result<void> set_service_watchdogs(MethodCall& call) {
    bool wanted = false;
    if (auto read = call.in.read(wanted); !read) return read;
    call.manager.service_watchdogs() = wanted;
    return {};
}

Result<void> refuse_watchdog(MethodCall&) {
    return error_named(bus_error::not_supported,
                       "A container has no hardware watchdog to set a time for.");
}

constexpr WritableProperty writable_rows[] = {
    {manager, "LogLevel", "s", set_log_level_by_name},
    {manager, "LogTarget", "s", set_log_target_by_name},
    {manager, "RuntimeWatchdogUSec", "t", refuse_watchdog},
    {manager, "RuntimeWatchdogPreUSec", "t", refuse_watchdog},
    {manager, "RuntimeWatchdogPreGovernor", "s", refuse_watchdog},
    {manager, "RebootWatchdogUSec", "t", refuse_watchdog},
    {manager, "KExecWatchdogUSec", "t", refuse_watchdog},
    {manager, "ServiceWatchdogs", "b", set_service_watchdogs},
    {log_control, "LogLevel", "s", set_log_level_by_name},
    {log_control, "LogTarget", "s", set_log_target_by_name},
};

} // namespace

const WritableProperty* find_writable(std::string_view interface, std::string_view name) {
    auto found = std::ranges::find_if(writable_rows, [&](const WritableProperty& row) {
        return row.interface == interface && row.name == name;
    });
    return found == std::end(writable_rows) ? nullptr : &*found;
}

} // namespace sctl
