// The one table of keys of system.conf and user.conf, section [Manager]: a row for each that
// systemd 252 knows. It serves the reader, and docs/compat.md, which a test holds to it.
#pragma once

#include <span>
#include <string_view>

#include "unit/facts.hpp"
#include "unit/manager_config/manager_config.hpp"
#include "unit/settings/directives.hpp"
#include "unit/settings/setting_text.hpp"

namespace sctl {

struct ManagerKey;

// What a row's reader works on.
struct ManagerSetting : SettingText {
    ManagerConfig& config;
    const ManagerKey& row;
    const Facts& facts; // for specifiers
};

struct ManagerKey {
    std::string_view name;
    Support support; // an absent one that asks for something is named in one line at the start
    void (*read)(ManagerSetting&);
    // Of one that is not acted on: false, after a warning, where the value is none.
    bool (*check)(const ManagerSetting&) = nullptr;
};

[[nodiscard]] std::span<const ManagerKey> manager_keys();
// Null for one that systemd does not know.
[[nodiscard]] const ManagerKey* find_manager_key(std::string_view name);

// Words of keys that the command line says as well; EINVAL for others.
[[nodiscard]] Result<bool> parse_show_status(std::string_view text);
[[nodiscard]] Result<StatusUnitFormat> parse_status_unit_format(std::string_view text);
// systemd's targets of its log. What the manager says goes where its standard error goes, and with
// its services' lines to the log files: "console", whatever else is wanted; "auto" leaves it to us.
[[nodiscard]] bool is_log_target(std::string_view word);
[[nodiscard]] bool is_our_log_target(std::string_view word);
// Terminals are the container's.
[[nodiscard]] bool can_be_default(ExecOutput output);

} // namespace sctl
