// What /proc tells about PID 1 to a process that is another one: whether there is an init that
// manages units, or comes to it, and what the container's engine has given to it. Below a Root, for
// tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"

namespace sctl {

// The other inits that our program is under their names.
inline constexpr std::string_view init_programs[] = {
    "dumb-init", "tini", "docker-container-init", "entrypoint", "yasinit", "drinit",
};

// Whether these words after our program's name ask for our init: `init` in the place of the verb,
// systemctl3.py's options -1 and --init in any, as PID 1 nothing at all or `default`.
[[nodiscard]] bool ask_for_init(const std::vector<std::string>& words, bool is_pid1);
// Those of them that are left for the init to read.
[[nodiscard]] std::vector<std::string> words_for_init(std::vector<std::string> words);

// PID 1 is systemd, or our program as an init, also while it has not opened its socket yet. Not so:
// a client of ours that a container was started with (`RUN systemctl start web`).
[[nodiscard]] bool pid1_is_manager(const Root& root);
// The second of these: what does not listen yet will do so at once.
[[nodiscard]] bool pid1_is_our_init(const Root& root);

// Whether PID 1 is root's or our own user's, in all its user ids. Another's could have written what
// is read of it, as its environment, to make us do what he may not.
[[nodiscard]] bool pid1_is_trusted(const Root& root);

// The variables that PID 1 was started with, without those that are about it as somebody's service
// (NOTIFY_SOCKET, ...). Empty where it may not be read, or is not to be trusted.
[[nodiscard]] std::vector<std::string> pid1_environment(const Root& root);

} // namespace sctl
