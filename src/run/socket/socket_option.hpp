// Options of sockets that systemd.socket(5) has settings for, a row each.
#pragma once

#include "run/socket/open_place.hpp"

namespace sctl {

// An errno value where the socket must not be bound without; 0 where it may be.
[[nodiscard]] int set_options_before_bind(const SocketConfig& config, int family, int fd,
                                          const SocketWarning& warn);

} // namespace sctl
