#include "unit/settings/directive_rows.hpp"

namespace sctl {
namespace {

using enum Support;
using K = KillConfig;

void read_kill_mode(Setting& setting, KillConfig::Mode& out) {
    if (setting.value.empty()) {
        out = KillConfig::Mode::ControlGroup;
        return;
    }
    read_value(setting, out);
    if (setting.value == "none")
        setting.warning(
            "Unit uses KillMode=none. This is unsafe, as it disables systemd's process lifecycle "
            "management for the service. Please update the service to use a safer KillMode=, such "
            "as "
            "'mixed' or 'control-group'. Support for KillMode=none is deprecated and will "
            "eventually "
            "be removed.");
}

PropertyValue restart_kill_signal(const LoadedUnit& unit) {
    const auto& kill = *unit.kill;
    return int32_t{kill.restart_kill_signal ? kill.restart_kill_signal : kill.kill_signal};
}

constexpr Directive kill_directives[] = {
    row<&K::kill_mode, read_kill_mode>("KillMode", Same, "KillMode", "s"),
    row<&K::kill_signal, read_signal>("KillSignal", Same, "KillSignal", "i"),
    row<&K::restart_kill_signal, read_signal, restart_kill_signal>("RestartKillSignal", Same,
                                                                   "RestartKillSignal", "i"),
    row<&K::final_kill_signal, read_signal>("FinalKillSignal", Same, "FinalKillSignal", "i"),
    row<&K::watchdog_signal, read_signal>("WatchdogSignal", Same, "WatchdogSignal", "i"),
    row<&K::send_sigkill>("SendSIGKILL", Same, "SendSIGKILL", "b"),
    row<&K::send_sighup>("SendSIGHUP", Same, "SendSIGHUP", "b"),
};

} // namespace

std::span<const Directive> kill_rows() {
    return in_section<kill_directives, Section::Kill>;
}

} // namespace sctl
