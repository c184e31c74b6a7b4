#include <algorithm>
#include <cstring>

#include "base/files.hpp"
#include "unit/service/service_config.hpp"
#include "unit/service/service_kind.hpp"
#include "unit/settings/directive_rows.hpp"
#include "unit/settings/written_rows.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/exit_status.hpp"
#include "unit/values/signal_name.hpp"

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
// TimeoutSec=, which is both.
void read_timeout(Setting& setting, Span& start) {
    auto span = read_start_limit(setting);
    if (!span) return;
    start = *span;
    auto& service = edit_part<ServiceConfig>(setting.unit);
    service.timeout_start_set = true;
    service.timeout_stop = *span;
}
PropertyValue timeout_abort(const LoadedUnit& unit) {
    const auto& service = part_of<ServiceConfig>(unit);
    return to_usec(service.timeout_abort.value_or(service.timeout_stop));
}

// A unit that is not loaded shows none.
PropertyValue oom_policy(const LoadedUnit& unit) {
    if (!unit.own) return std::string();
    const auto* delegated = written_value(unit, "Delegate");
    return std::string(delegated && std::get<bool>(*delegated) ? "continue" : "stop");
}

void insert_sorted(std::vector<uint8_t>& set, int value) {
    auto at = std::lower_bound(set.begin(), set.end(), value);
    if (at == set.end() || *at != value) set.insert(at, static_cast<uint8_t>(value));
}

// Numbers are exit statuses; names may be of either kind.
void read_exit_statuses(Setting& setting, Sparse<ExitStatusSet>& set) {
    if (setting.value.empty()) {
        set = {};
        return;
    }
    ExitStatusSet& out = set.edit();
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

template <Sparse<ExitStatusSet> S::*Set>
PropertyValue exit_statuses(const LoadedUnit& unit) {
    const ExitStatusSet& set = *(part_of<S>(unit).*Set);
    return StatusesAndSignals{{set.statuses.begin(), set.statuses.end()},
                              {set.signals.begin(), set.signals.end()}};
}

template <ServiceExecCommand Which>
void read_commands(Setting& setting) {
    read_value(setting, edit_part<ServiceConfig>(setting.unit).exec[static_cast<size_t>(Which)]);
}
template <ServiceExecCommand Which>
constexpr Directive command() {
    return {to_text(Which), Same, read_commands<Which>, to_text(Which), "a(sasbttttuii)"};
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

// "PATH[:NAME[:OPTION,OPTION]]"
std::optional<OpenFile> parse_open_file(std::string_view text) {
    OpenFile file;
    std::string_view parts[3];
    for (auto& part : parts) {
        auto colon = text.find(':');
        part = text.substr(0, colon);
        text = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    }
    file.path = parts[0];
    file.name = parts[1].empty() ? base_name(file.path) : parts[1];
    for (auto option : split(parts[2], ",")) {
        if (option == "read-only")
            file.read_only = true;
        else if (option == "append")
            file.append = true;
        else if (option == "truncate")
            file.truncate = true;
        else if (option == "graceful")
            file.graceful = true;
        else
            return std::nullopt;
    }
    bool contradicts =
        (file.read_only && (file.append || file.truncate)) || (file.append && file.truncate);
    if (contradicts || !is_normalized_absolute(file.path)) return std::nullopt;
    return file;
}

void read_open_file(Setting& setting, std::vector<OpenFile>& out) {
    if (setting.value.empty()) return out.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    if (auto file = parse_open_file(*text))
        out.push_back(std::move(*file));
    else
        setting.warning(cat("Failed to parse OpenFile= setting, ignoring: ", setting.value));
}

// TimeoutStopSec= changes it as well.
constexpr Directive changing(Directive row) {
    row.may_change = true;
    return row;
}

constexpr Directive service_directives[] = {
    row<&S::type, read_type, type>("Type", Same, "Type", "s"),
    row<&S::exit_type>("ExitType", Same, "ExitType", "s"),
    row<&S::restart>("Restart", Same, "Restart", "s"),
    row<&S::pid_file, read_pid_file>("PIDFile", Same, "PIDFile", "s"),
    row<&S::notify_access>("NotifyAccess", Same, "NotifyAccess", "s"),
    row<&S::restart_sec>("RestartSec", Same, "RestartUSec", "t"),
    row<&S::timeout_start, read_timeout>("TimeoutSec", Same),
    row<&S::timeout_start, read_timeout_start>("TimeoutStartSec", Same, "TimeoutStartUSec", "t"),
    row<&S::timeout_stop, read_time_or_never>("TimeoutStopSec", Same, "TimeoutStopUSec", "t"),
    changing(row<&S::timeout_abort, read_timeout_abort, timeout_abort>("TimeoutAbortSec", Same,
                                                                       "TimeoutAbortUSec", "t")),
    row<&S::timeout_start_failure_mode>("TimeoutStartFailureMode", Same, "TimeoutStartFailureMode",
                                        "s"),
    row<&S::timeout_stop_failure_mode>("TimeoutStopFailureMode", Same, "TimeoutStopFailureMode",
                                       "s"),
    row<&S::runtime_max>("RuntimeMaxSec", Same, "RuntimeMaxUSec", "t"),
    row<&S::runtime_randomized_extra>("RuntimeRandomizedExtraSec", Same,
                                      "RuntimeRandomizedExtraUSec", "t"),
    // WatchdogUSec tells the running watchdog, which the service itself may change.
    {"WatchdogSec", Same, read_into<&S::watchdog>, "WatchdogUSec", "t"},
    row<&S::root_directory_start_only>("RootDirectoryStartOnly", Same, "RootDirectoryStartOnly",
                                       "b"),
    row<&S::permissions_start_only>("PermissionsStartOnly", Same),
    row<&S::remain_after_exit>("RemainAfterExit", Same, "RemainAfterExit", "b"),
    row<&S::guess_main_pid>("GuessMainPID", Same, "GuessMainPID", "b"),
    row<&S::restart_prevent_exit_status, read_exit_statuses,
        exit_statuses<&S::restart_prevent_exit_status>>("RestartPreventExitStatus", Same,
                                                        "RestartPreventExitStatus", "(aiai)"),
    row<&S::restart_force_exit_status, read_exit_statuses,
        exit_statuses<&S::restart_force_exit_status>>("RestartForceExitStatus", Same,
                                                      "RestartForceExitStatus", "(aiai)"),
    row<&S::success_exit_status, read_exit_statuses, exit_statuses<&S::success_exit_status>>(
        "SuccessExitStatus", Same, "SuccessExitStatus", "(aiai)"),
    row<&S::bus_name, read_bus_name>("BusName", Different, "BusName", "s"),
    row<&S::file_descriptor_store_max>("FileDescriptorStoreMax", Same, "FileDescriptorStoreMax",
                                       "u"),
    row<&S::non_blocking>("NonBlocking", Same), // a property of systemd.exec(5)'s
    row<&S::sockets, read_sockets>("Sockets", Same),
    command<ServiceExecCommand::Condition>(),
    command<ServiceExecCommand::StartPre>(),
    command<ServiceExecCommand::Start>(),
    command<ServiceExecCommand::StartPost>(),
    command<ServiceExecCommand::Reload>(),
    command<ServiceExecCommand::Stop>(),
    command<ServiceExecCommand::StopPost>(),
    choice_row<"continue stop kill">("OOMPolicy", Accepted, oom_policy),
    text_row("USBFunctionDescriptors", Absent),
    text_row("USBFunctionStrings", Absent),
    // Since systemd 253; D-Bus shows none of them, as it is 252's.
    row<&S::reload_signal, read_signal>("ReloadSignal", Same),
    row<&S::restart_steps>("RestartSteps", Same),
    row<&S::restart_max_delay>("RestartMaxDelaySec", Same),
    row<&S::restart_mode>("RestartMode", Same),
    row<&S::open_files, read_open_file>("OpenFile", Same),
    {"FileDescriptorStorePreserve", Accepted},
    {"RefreshOnReload", Accepted},
    // Of [Unit], where these stood before systemd 229; they still work here.
    row<&UnitConfig::start_limit_interval>("StartLimitInterval", Same),
    row<&UnitConfig::start_limit_burst>("StartLimitBurst", Same),
    row<&UnitConfig::start_limit_action, read_emergency_action>("StartLimitAction", Same),
    row<&UnitConfig::failure_action, read_emergency_action>("FailureAction", Same),
    row<&UnitConfig::reboot_argument>("RebootArgument", Accepted),
};

} // namespace

std::span<const Directive> service_settings() {
    return own_of<service_directives, UnitType::Service>;
}

} // namespace sctl
