// How a manager was asked to run: the options of `systemctl init`, in values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"

namespace sctl {

// When `init UNIT...` ends by itself: when none of them runs any more, when one does not, or never.
enum class UnitsEnd : uint8_t { All, Any, Never };

struct ManagerOptions {
    std::string instance;  // --instance=DIR: all paths lie below it; empty for the machine's
    std::string run_place; // instead of /run/systemd, where that cannot be written to
    std::vector<std::string> units; // boot just these; empty: default.target
    UnitsEnd units_end = UnitsEnd::All;
    // Of the engine, between SIGTERM and SIGKILL: --stop-grace=, $SYSTEMCTL_STOP_GRACE. Nothing:
    // unknown.
    std::optional<Span> stop_grace;
    std::string notify_socket;            // $NOTIFY_SOCKET of an outer manager; empty for none
    std::vector<std::string> environment; // --pass-environment: for services, beside the usual
    bool is_pid1 = false;
    bool background = false; // launched by a verb for what it asks: boots nothing but `units`
    // On the console a line for each unit that starts or stops, too, and how much is logged;
    // nothing: as configured.
    std::optional<bool> show_status;
    std::optional<LogLevel> log_level;
    std::vector<std::string> boot_arguments; // "systemd.NAME=VALUE", over the configuration's files

    // Where our own /run, /var/log and unit directories lie.
    [[nodiscard]] Root root() const { return {instance.empty() ? "/" : instance, run_place}; }
};

} // namespace sctl
