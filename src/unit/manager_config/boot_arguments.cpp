#include "unit/manager_config/boot_arguments.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/text.hpp"
#include "unit/manager_config/manager_keys.hpp"
#include "unit/syntax/environment.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/unit_name.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {
namespace {

constexpr std::string_view prefix = "systemd.";

struct Argument {
    std::string_view name;  // of the row
    std::string_view key;   // as it was written
    std::string_view value; // "" without one, too
    bool has_value;         // has a "="
    ManagerConfig& config;
    const WarningSink& warn;

    // What systemd says of a bad value.
    void refuse(std::string_view what, std::string_view after, const Error& error) const {
        warn(cat(what, value, after, strerror(error.code)));
    }
};

enum class ValueNeed : uint8_t { Required, Optional };

struct ArgumentRow {
    std::string_view name;
    ValueNeed value;
    void (*apply)(const Argument&);
};

Result<bool> flag(const Argument& argument) {
    return argument.has_value ? parse_boolean(argument.value) : Result<bool>(true);
}

void take_unit(const Argument& argument) {
    auto name = UnitName::parse(argument.value);
    if (name && !name->is_template())
        argument.config.default_unit = name->str();
    else
        argument.warn(
            cat("Unit name specified on systemd.unit= is not valid, ignoring: ", argument.value));
}

void take_show_status(const Argument& argument) {
    auto shows = argument.has_value ? parse_show_status(argument.value) : Result<bool>(true);
    if (shows)
        argument.config.show_status = *shows;
    else
        argument.refuse("Failed to parse show status switch ", ", ignoring: ", shows.error());
}

void take_status_unit_format(const Argument& argument) {
    auto format = parse_status_unit_format(argument.value);
    if (format)
        argument.config.status_unit_format = *format;
    else
        argument.refuse(cat("Failed to parse ", argument.key, "="), ", ignoring: ", format.error());
}

void take_service_watchdogs(const Argument& argument) {
    auto wanted = flag(argument);
    if (wanted)
        argument.config.service_watchdogs = *wanted;
    else
        argument.refuse("Failed to parse service watchdog switch ", ", ignoring: ", wanted.error());
}

template <ExecOutput UnitDefaults::*Stream>
void take_output(const Argument& argument) {
    auto output = from_text<ExecOutput>(argument.value);
    constexpr bool is_output = Stream == &UnitDefaults::std_output;
    if (!output)
        return argument.refuse(is_output ? "Failed to parse default standard output switch "
                                         : "Failed to parse default standard error switch ",
                               ", ignoring: ", {EINVAL, {}, {}});
    bool is_had = can_be_default(*output);
    argument.config.note_wish(argument.name, !is_had);
    if (is_had) argument.config.units.*Stream = *output;
}

void take_assignment(const Argument& argument) {
    if (!environment_assignment_is_valid(argument.value))
        return argument.warn(
            cat("Environment variable assignment '", argument.value, "' is not valid. Ignoring."));
    Environment environment(argument.config.environment);
    environment.set(argument.value);
    argument.config.environment = environment.assignments();
}

void take_timeout_start(const Argument& argument) {
    auto timeout = parse_span_zero_is_infinity(argument.value);
    if (timeout)
        argument.config.units.timeout_start = *timeout;
    else
        argument.refuse("Failed to parse default start timeout '",
                        "', ignoring: ", timeout.error());
}

void take_log_level(const Argument& argument) {
    auto level = parse_log_level(argument.value);
    if (level)
        argument.config.log_level = *level;
    else
        argument.warn(cat("Failed to parse log level '", argument.value, "'. Ignoring."));
}

void take_log_target(const Argument& argument) {
    if (!is_log_target(argument.value))
        return argument.warn(cat("Failed to parse log target '", argument.value, "'. Ignoring."));
    argument.config.note_wish("LogTarget", !is_our_log_target(argument.value));
}

// Nothing, after a warning, for a bad one.
std::optional<bool> checked_flag(const Argument& argument) {
    auto asks = flag(argument);
    if (asks) return *asks;
    std::string what(argument.name.substr(prefix.size()));
    std::ranges::replace(what, '_', ' ');
    if (what.starts_with("log "))
        argument.warn(cat("Failed to parse ", what, " setting '", argument.value, "'. Ignoring."));
    else
        argument.refuse(cat("Failed to parse ", what, " switch "), ", ignoring: ", asks.error());
    return std::nullopt;
}

template <bool ManagerConfig::*Member>
void take_flag(const Argument& argument) {
    if (auto wanted = checked_flag(argument)) argument.config.*Member = *wanted;
}
// What is known and not acted on.
void note_flag(const Argument& argument) {
    if (auto asks = checked_flag(argument)) argument.config.note_wish(argument.name, *asks);
}
void note_value(const Argument& argument) {
    argument.config.note_wish(argument.name, true);
}

constexpr ArgumentRow argument_rows[] = {
    {"systemd.unit", ValueNeed::Required, take_unit},
    {"systemd.show_status", ValueNeed::Optional, take_show_status},
    {"systemd.status_unit_format", ValueNeed::Required, take_status_unit_format},
    {"systemd.service_watchdogs", ValueNeed::Optional, take_service_watchdogs},
    {"systemd.default_standard_output", ValueNeed::Required,
     take_output<&UnitDefaults::std_output>},
    {"systemd.default_standard_error", ValueNeed::Required, take_output<&UnitDefaults::std_error>},
    {"systemd.setenv", ValueNeed::Required, take_assignment},
    {"systemd.default_timeout_start_sec", ValueNeed::Required, take_timeout_start},
    {"systemd.log_level", ValueNeed::Required, take_log_level},
    {"systemd.log_target", ValueNeed::Required, take_log_target},
    {"systemd.log_color", ValueNeed::Optional, take_flag<&ManagerConfig::log_color>},
    {"systemd.log_location", ValueNeed::Optional, note_flag},
    {"systemd.log_time", ValueNeed::Optional, take_flag<&ManagerConfig::log_time>},
    {"systemd.log_tid", ValueNeed::Optional, note_flag},
    {"systemd.confirm_spawn", ValueNeed::Optional, note_flag},
    {"systemd.crash_shell", ValueNeed::Optional, note_flag},
    {"systemd.crash_reboot", ValueNeed::Optional, note_flag},
    {"systemd.machine_id", ValueNeed::Required, note_value},
    {"systemd.set_credential", ValueNeed::Required, note_value},
};

// Of two names of arguments: "-" and "_" are the same.
bool is_same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](char x, char y) { return (x == '-' ? '_' : x) == (y == '-' ? '_' : y); });
}

} // namespace

bool is_boot_argument(std::string_view word) {
    return word.starts_with(prefix) && word.size() > prefix.size();
}

void apply_boot_argument(std::string_view word, ManagerConfig& config, const WarningSink& warn) {
    auto equals = word.find('=');
    bool has_value = equals != word.npos;
    auto key = word.substr(0, equals),
         value = has_value ? word.substr(equals + 1) : key.substr(0, 0);
    auto found = std::ranges::find_if(
        argument_rows, [&](const ArgumentRow& row) { return is_same_name(row.name, key); });
    if (found == std::end(argument_rows)) return;
    if (found->value == ValueNeed::Required && !has_value)
        return warn(cat("Missing argument for ", key, "= kernel command line switch, ignoring."));
    found->apply({found->name, key, value, has_value, config, warn});
}

} // namespace sctl
