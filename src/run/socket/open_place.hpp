// Opens what a socket unit listens to (systemd.socket(5)), and takes it away. Nothing here waits
// for anybody: all descriptors are non-blocking.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "unit/socket/socket_config.hpp"

namespace sctl {

// Takes what goes wrong and is no reason to fail.
using SocketWarning = std::function<void(std::string_view)>;

// Error's text is systemd's line, but for the errno value's own.
[[nodiscard]] Result<UniqueFd> open_place(const SocketConfig& config, const ListenPlace& place,
                                          const Root& root, const SocketWarning& warn);
// Also of a connection.
void set_socket_options(const SocketConfig& config, int fd, const SocketWarning& warn);
// Symlinks= of the one node, which has been made.
void make_symlinks(const SocketConfig& config, const Root& root, const SocketWarning& warn);
// RemoveOnStop=: the node and the links to it.
void remove_place(const ListenPlace& place, const Root& root);
// What waits there is taken and thrown away: connections, datagrams, what is in a pipe.
void flush_place(const ListenPlace& place, int fd);

} // namespace sctl
