// Where unit files are looked for, and where the verbs on files write: the directories of
// systemd.unit(5), "Unit File Load Path". All are absolute paths as seen inside a Root.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sctl {

struct SearchPath {
    std::vector<std::string> directories; // the first one that has a file wins

    // Directories of the list by their use. Empty where there is none (a user without run-time
    // directory). With $SYSTEMD_UNIT_PATH they need not be in the list.
    std::string persistent_config;  // enable, mask, edit
    std::string runtime_config;     // the same with --runtime
    std::string persistent_control; // set-property
    std::string runtime_control;
    std::string transient;
    std::string generator_early;
    std::string generator;
    std::string generator_late;

    // Whether only we write to `directory`: a change there means nothing on disk has moved on.
    [[nodiscard]] bool is_ours(std::string_view directory) const;
};

// The value of an environment variable; nothing where it is not set.
using Variables = std::function<std::optional<std::string>(const char* name)>;
// Of this process.
[[nodiscard]] std::optional<std::string> environment_variable(const char* name);

// Of the system's manager. `below` is put before each directory: --instance=DIR.
// $SYSTEMD_UNIT_PATH (colon-separated) replaces the list, or comes before it if it ends in a colon.
[[nodiscard]] SearchPath system_search_path(const Variables& variables = environment_variable,
                                            std::string_view below = {});
// Of a user's manager, from $HOME, $XDG_RUNTIME_DIR and the other XDG variables.
[[nodiscard]] SearchPath user_search_path(const Variables& variables = environment_variable);

// $XDG_CONFIG_HOME, or what it is where that is not set; "" for a user without a home.
[[nodiscard]] std::string user_config_directory(const Variables& variables);

} // namespace sctl
