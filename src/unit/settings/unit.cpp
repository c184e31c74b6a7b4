#include <cerrno>
#include <cstring>

#include "unit/dependencies.hpp"
#include "unit/settings/directive_rows.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {
namespace {

using enum Support;

constexpr bool warns_of_itself(Dependency key) {
    using enum Dependency;
    return key == After || key == Before || key == Conflicts || key == OnFailure ||
           key == OnSuccess;
}

// Dependencies add up: an empty assignment resets nothing.
template <Dependency Key>
void read_dependencies(Setting& setting) {
    const auto& id = setting.unit.id.str();
    for (auto word : split(setting.value)) {
        auto name = expanded(setting, word);
        if (!name) continue;
        if (!add_dependency(setting.unit, Key, *name))
            setting.warning(
                cat("Failed to add dependency on ", *name, ", ignoring: ", strerror(EINVAL)));
        else if (warns_of_itself(Key) && dependency_name(setting.unit, *name) == setting.unit.id)
            setting.warn(cat(id, ": Dependency ", setting.key, "=", id, " is dropped."));
    }
}

template <Dependency Key>
void read_old_dependencies(Setting& setting) {
    setting.warning(cat("Unit dependency type ", setting.key, "= is obsolete, replacing by ",
                        to_string(Key), "=, please update your unit file"));
    read_dependencies<Key>(setting);
}

template <Dependency Key>
constexpr Directive dependency(std::string_view name) {
    bool alias = name != to_string(Key);
    return {name, Same, read_dependencies<Key>, alias ? "" : name, alias ? "" : "as"};
}

bool is_documentation_url(std::string_view url) {
    for (auto scheme : {"http://", "https://", "file:/", "info:", "man:"})
        if (url.starts_with(scheme) && url.size() > strlen(scheme)) return true;
    return false;
}

void read_documentation(Setting& setting, std::vector<std::string>& out) {
    if (setting.value.empty()) return out.clear();
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .keep_escapes = true})) {
        auto url = expanded(setting, *word);
        if (!url) continue;
        if (is_documentation_url(*url))
            out.push_back(std::move(*url));
        else
            setting.warning(cat("Invalid URL, ignoring: ", *url));
    }
}

void read_requires_mounts_for(Setting& setting, std::vector<std::string>& out) {
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true})) {
        auto text = expanded(setting, *word);
        if (!text) continue;
        if (auto path = checked_path(setting, *text)) out.push_back(std::move(*path));
    }
}

void read_job_mode_isolate(Setting& setting, JobMode& out) {
    auto isolate = parse_boolean(setting.value);
    if (!isolate) return setting.warning(cat("Failed to parse boolean, ignoring: ", setting.value));
    setting.warn("OnFailureIsolate is deprecated. Please use OnFailureJobMode= instead");
    out = *isolate ? JobMode::Isolate : JobMode::Replace;
}

// Zero means no limit, as it does for all of systemd's older time limits.
std::optional<Span> read_job_timeout_span(Setting& setting) {
    auto value = parse_span(setting.value);
    if (!value)
        setting.warning(
            cat("Failed to parse ", setting.key, "= parameter, ignoring: ", setting.value));
    else if (*value == Span{})
        return infinity;
    return value ? std::optional(*value) : std::nullopt;
}
void read_job_timeout(Setting& setting, Span& out) {
    if (auto value = read_job_timeout_span(setting)) out = *value;
}
void read_job_running_timeout(Setting& setting, std::optional<Span>& out) {
    if (auto value = read_job_timeout_span(setting)) out = *value;
}
PropertyValue job_running_timeout(const LoadedUnit& unit) {
    return to_usec(unit.unit.job_running_timeout.value_or(unit.unit.job_timeout));
}

void read_exit_status(Setting& setting, std::optional<int>& out) {
    if (setting.value.empty()) return out.reset();
    if (auto value = parse_integer<uint8_t>(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse exit status '", setting.value,
                            "', ignoring: ", strerror(value.error().code)));
}

PropertyValue description(const LoadedUnit& unit) {
    return unit.unit.description.empty() ? unit.id.str() : unit.unit.description;
}

using enum Dependency;

constexpr Directive unit_directives[] = {
    settable(row<&UnitConfig::description, by_type, description>("Description", Same, "Description",
                                                                 "s"),
             {&settable_description}),
    row<&UnitConfig::documentation, read_documentation>("Documentation", Same, "Documentation",
                                                        "as"),
    row<&UnitConfig::source_path, read_path>("SourcePath", Same, "SourcePath", "s"),
    dependency<Requires>("Requires"),
    dependency<Requisite>("Requisite"),
    dependency<Wants>("Wants"),
    dependency<BindsTo>("BindsTo"),
    dependency<BindsTo>("BindTo"),
    dependency<Upholds>("Upholds"),
    dependency<Conflicts>("Conflicts"),
    dependency<Before>("Before"),
    dependency<After>("After"),
    dependency<OnSuccess>("OnSuccess"),
    dependency<OnFailure>("OnFailure"),
    dependency<PropagatesReloadTo>("PropagatesReloadTo"),
    dependency<PropagatesReloadTo>("PropagateReloadTo"),
    dependency<ReloadPropagatedFrom>("ReloadPropagatedFrom"),
    dependency<ReloadPropagatedFrom>("PropagateReloadFrom"),
    dependency<PropagatesStopTo>("PropagatesStopTo"),
    dependency<StopPropagatedFrom>("StopPropagatedFrom"),
    dependency<PartOf>("PartOf"),
    {"JoinsNamespaceOf", Accepted, read_dependencies<JoinsNamespaceOf>, "JoinsNamespaceOf", "as"},
    {"RequiresOverridable", Same, read_old_dependencies<Requires>},
    {"RequisiteOverridable", Same, read_old_dependencies<Requisite>},
    row<&UnitConfig::requires_mounts_for, read_requires_mounts_for>("RequiresMountsFor", Same,
                                                                    "RequiresMountsFor", "as"),
    row<&UnitConfig::stop_when_unneeded>("StopWhenUnneeded", Same, "StopWhenUnneeded", "b"),
    row<&UnitConfig::refuse_manual_start>("RefuseManualStart", Same, "RefuseManualStart", "b"),
    row<&UnitConfig::refuse_manual_stop>("RefuseManualStop", Same, "RefuseManualStop", "b"),
    row<&UnitConfig::allow_isolate>("AllowIsolate", Same, "AllowIsolate", "b"),
    row<&UnitConfig::default_dependencies>("DefaultDependencies", Same, "DefaultDependencies", "b"),
    row<&UnitConfig::on_success_job_mode>("OnSuccessJobMode", Same, "OnSuccessJobMode", "s"),
    row<&UnitConfig::on_failure_job_mode>("OnFailureJobMode", Same, "OnFailureJobMode", "s"),
    row<&UnitConfig::on_failure_job_mode, read_job_mode_isolate>("OnFailureIsolate", Same),
    row<&UnitConfig::ignore_on_isolate>("IgnoreOnIsolate", Same, "IgnoreOnIsolate", "b"),
    row<&UnitConfig::job_timeout, read_job_timeout>("JobTimeoutSec", Same, "JobTimeoutUSec", "t"),
    row<&UnitConfig::job_running_timeout, read_job_running_timeout, job_running_timeout>(
        "JobRunningTimeoutSec", Same, "JobRunningTimeoutUSec", "t"),
    row<&UnitConfig::job_timeout_action, read_emergency_action>("JobTimeoutAction", Same,
                                                                "JobTimeoutAction", "s"),
    row<&UnitConfig::job_timeout_reboot_argument>("JobTimeoutRebootArgument", Accepted,
                                                  "JobTimeoutRebootArgument", "s"),
    row<&UnitConfig::start_limit_interval>("StartLimitIntervalSec", Same, "StartLimitIntervalUSec",
                                           "t"),
    row<&UnitConfig::start_limit_interval>("StartLimitInterval", Same),
    row<&UnitConfig::start_limit_burst>("StartLimitBurst", Same, "StartLimitBurst", "u"),
    row<&UnitConfig::start_limit_action, read_emergency_action>("StartLimitAction", Same,
                                                                "StartLimitAction", "s"),
    row<&UnitConfig::failure_action, read_emergency_action>("FailureAction", Same, "FailureAction",
                                                            "s"),
    row<&UnitConfig::success_action, read_emergency_action>("SuccessAction", Same, "SuccessAction",
                                                            "s"),
    formatted(row<&UnitConfig::failure_action_exit_status, read_exit_status>(
                  "FailureActionExitStatus", Same, "FailureActionExitStatus", "i"),
              ValueFormat::ExitStatus),
    formatted(row<&UnitConfig::success_action_exit_status, read_exit_status>(
                  "SuccessActionExitStatus", Same, "SuccessActionExitStatus", "i"),
              ValueFormat::ExitStatus),
    row<&UnitConfig::reboot_argument>("RebootArgument", Accepted, "RebootArgument", "s"),
    row<&UnitConfig::collect_mode>("CollectMode", Same, "CollectMode", "s"),
    // Since systemd 253.
    {"WantsMountsFor", Accepted},
    {"SurviveFinalKillSignal", Accepted},
};

} // namespace

std::span<const Directive> unit_rows() {
    return in_section<unit_directives, Section::Unit>;
}

} // namespace sctl
