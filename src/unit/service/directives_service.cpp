#include <algorithm>
#include <cstring>

#include "unit/directive_rows.hpp"
#include "unit/exit_status.hpp"
#include "unit/service/service_config.hpp"
#include "unit/signal_name.hpp"
#include "unit/time_span.hpp"

namespace sctl {
namespace {

using enum Support;
using S = ServiceConfig;

void read_type(Setting& setting, ServiceType& out) {
    auto type = from_text<ServiceType>(setting.value);
    if (!type) return setting.warning(cat(EnumText<ServiceType>::complaint, setting.value));
    out = *type;
    edit_part<ServiceConfig>(setting.unit).type_set = true;
}
// A unit that is not loaded shows none.
PropertyValue type(const LoadedUnit& unit) {
    const auto* service = service_config(unit);
    return std::string(service ? to_text(service->type) : "");
}

void read_pid_file(Setting& setting, std::string& out) {
    if (setting.value.empty()) return out.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    if (!text->starts_with('/')) {
        auto run = expanded(setting, "%t");
        *text = cat(run ? *run : "/run", '/', *text);
    }
    auto path = checked_path(setting, *text);
    // systemd gives up on the whole file here, and so on the unit.
    if (!path) {
        setting.unit.load_state = LoadState::Error;
        return;
    }
    constexpr std::string_view legacy = "/var/run/";
    if (path->starts_with(legacy)) {
        auto modern = cat("/run/", std::string_view(*path).substr(legacy.size()));
        setting.warning(
            cat(setting.key, "= references a path below legacy directory /var/run/, updating ",
                *path, " \u2192 ", modern, "; please update the unit file accordingly."));
        *path = std::move(modern);
    }
    out = std::move(*path);
}

// "org.example.Name": at least two parts of letters, digits, "_" and "-", none with a digit first.
bool is_bus_name(std::string_view name) {
    if (name.empty() || name.size() > 255 || name.front() == '.' || name.back() == '.')
        return false;
    bool begins = true;
    size_t parts = 1;
    for (char c : name) {
        bool digit = c >= '0' && c <= '9';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
        if (begins ? !letter : !letter && !digit && c != '.') return false;
        begins = c == '.';
        parts += begins;
    }
    return parts > 1;
}

void read_bus_name(Setting& setting, std::string& out) {
    auto name = expanded(setting, setting.value, "");
    if (!name) return;
    if (is_bus_name(*name))
        out = std::move(*name);
    else
        setting.warning(cat("Invalid bus name, ignoring: ", *name));
}

// Limits of time where 0 has always meant none.
std::optional<Span> read_time_limit(Setting& setting, std::string_view complaint) {
    auto span = parse_span(setting.value);
    if (!span)
        setting.warning(cat(complaint, setting.value));
    else if (*span == Span{})
        return infinity;
    return span ? std::optional(*span) : std::nullopt;
}
std::optional<Span> read_start_limit(Setting& setting) {
    return read_time_limit(setting,
                           cat("Failed to parse ", setting.key, "= parameter, ignoring: "));
}
void read_timeout_start(Setting& setting, Span& out) {
    auto span = read_start_limit(setting);
    if (!span) return;
    out = *span;
    edit_part<ServiceConfig>(setting.unit).timeout_start_set = true;
}
void read_timeout_stop(Setting& setting, Span& out) {
    if (auto span = read_time_limit(setting, "Failed to parse time value, ignoring: ")) out = *span;
}
// TimeoutSec=, which is both.
void read_timeout(Setting& setting, Span& start) {
    auto span = read_start_limit(setting);
    if (!span) return;
    start = *span;
    auto& service = edit_part<ServiceConfig>(setting.unit);
    service.timeout_start_set = true;
    service.timeout_stop = *span;
}
void read_timeout_abort(Setting& setting, std::optional<Span>& out) {
    if (setting.value.empty()) return out.reset();
    if (auto span = parse_span(setting.value))
        out = *span;
    else
        setting.warning(cat("Failed to parse TimeoutAbortSec= setting, ignoring: ", setting.value));
}
PropertyValue timeout_abort(const LoadedUnit& unit) {
    const auto& service = part_of<ServiceConfig>(unit);
    return to_usec(service.timeout_abort.value_or(service.timeout_stop));
}

void insert_sorted(std::vector<uint8_t>& set, int value) {
    auto at = std::lower_bound(set.begin(), set.end(), value);
    if (at == set.end() || *at != value) set.insert(at, static_cast<uint8_t>(value));
}

// Numbers are exit statuses; names may be of either kind.
void read_exit_statuses(Setting& setting, ExitStatusSet& out) {
    if (setting.value.empty()) {
        out = {};
        return;
    }
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {})) {
        if (auto status = parse_exit_status(*word))
            insert_sorted(out.statuses, *status);
        else if (auto signal = parse_signal(*word))
            insert_sorted(out.signals, *signal);
        else
            setting.warning(cat("Failed to parse value, ignoring: ", *word));
    }
}

template <ServiceExecCommand Which>
void read_commands(Setting& setting) {
    auto& commands = edit_part<ServiceConfig>(setting.unit).exec[static_cast<size_t>(Which)];
    if (setting.value.empty()) return commands.clear();
    auto line = parse_exec_commands(setting.value, [&](std::string_view word) {
        return expand_specifiers(word, setting.specifiers);
    });
    if (!line) return refuse(setting, line.error().text);
    for (const auto& text : line->warnings) setting.warning(text);
    std::move(line->commands.begin(), line->commands.end(), std::back_inserter(commands));
}
template <ServiceExecCommand Which>
constexpr Directive command() {
    return {"Service",      to_text(Which),   Same,    read_commands<Which>,
            to_text(Which), "a(sasbttttuii)", nullptr, ""};
}

void read_sockets(Setting& setting, std::vector<std::string>& out) {
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {})) {
        auto name = expanded(setting, *word);
        if (!name) continue;
        auto unit = UnitName::parse(*name);
        if (!name->ends_with(".socket"))
            setting.warning(cat("Unit must be of type socket, ignoring: ", *name));
        else if (!unit)
            setting.warning(
                cat("Failed to add dependency on ", *name, ", ignoring: ", strerror(EINVAL)));
        else
            out.push_back(std::move(*name));
    }
}

constexpr Directive service_directives[] = {
    row<&S::type, read_type, type>("Service", "Type", Same, "Type", "s"),
    row<&S::exit_type>("Service", "ExitType", Same, "ExitType", "s"),
    row<&S::restart>("Service", "Restart", Same, "Restart", "s"),
    row<&S::pid_file, read_pid_file>("Service", "PIDFile", Same, "PIDFile", "s"),
    row<&S::notify_access>("Service", "NotifyAccess", Same, "NotifyAccess", "s"),
    row<&S::restart_sec>("Service", "RestartSec", Same, "RestartUSec", "t"),
    row<&S::timeout_start, read_timeout>("Service", "TimeoutSec", Same),
    row<&S::timeout_start, read_timeout_start>("Service", "TimeoutStartSec", Same,
                                               "TimeoutStartUSec", "t"),
    row<&S::timeout_stop, read_timeout_stop>("Service", "TimeoutStopSec", Same, "TimeoutStopUSec",
                                             "t"),
    row<&S::timeout_abort, read_timeout_abort, timeout_abort>("Service", "TimeoutAbortSec", Same,
                                                              "TimeoutAbortUSec", "t"),
    row<&S::timeout_start_failure_mode>("Service", "TimeoutStartFailureMode", Same,
                                        "TimeoutStartFailureMode", "s"),
    row<&S::timeout_stop_failure_mode>("Service", "TimeoutStopFailureMode", Same,
                                       "TimeoutStopFailureMode", "s"),
    row<&S::runtime_max>("Service", "RuntimeMaxSec", Same, "RuntimeMaxUSec", "t"),
    row<&S::runtime_randomized_extra>("Service", "RuntimeRandomizedExtraSec", Same,
                                      "RuntimeRandomizedExtraUSec", "t"),
    // WatchdogUSec tells the running watchdog, which the service itself may change.
    {"Service", "WatchdogSec", Same, row<&S::watchdog>("", "", Same).parse, "WatchdogUSec", "t",
     nullptr, ""},
    row<&S::root_directory_start_only>("Service", "RootDirectoryStartOnly", Same,
                                       "RootDirectoryStartOnly", "b"),
    row<&S::permissions_start_only>("Service", "PermissionsStartOnly", Same),
    row<&S::remain_after_exit>("Service", "RemainAfterExit", Same, "RemainAfterExit", "b"),
    row<&S::guess_main_pid>("Service", "GuessMainPID", Same, "GuessMainPID", "b"),
    row<&S::restart_prevent_exit_status, read_exit_statuses>(
        "Service", "RestartPreventExitStatus", Same, "RestartPreventExitStatus", "(aiai)"),
    row<&S::restart_force_exit_status, read_exit_statuses>(
        "Service", "RestartForceExitStatus", Same, "RestartForceExitStatus", "(aiai)"),
    row<&S::success_exit_status, read_exit_statuses>("Service", "SuccessExitStatus", Same,
                                                     "SuccessExitStatus", "(aiai)"),
    row<&S::bus_name, read_bus_name>("Service", "BusName", Different, "BusName", "s"),
    row<&S::file_descriptor_store_max>("Service", "FileDescriptorStoreMax", Absent,
                                       "FileDescriptorStoreMax", "u"),
    row<&S::non_blocking>("Service", "NonBlocking", Accepted, "NonBlocking", "b"),
    row<&S::sockets, read_sockets>("Service", "Sockets", Accepted),
    command<ServiceExecCommand::Condition>(),
    command<ServiceExecCommand::StartPre>(),
    command<ServiceExecCommand::Start>(),
    command<ServiceExecCommand::StartPost>(),
    command<ServiceExecCommand::Reload>(),
    command<ServiceExecCommand::Stop>(),
    command<ServiceExecCommand::StopPost>(),
};

} // namespace

std::span<const Directive> service_rows() {
    return service_directives;
}

} // namespace sctl
