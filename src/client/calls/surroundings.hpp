// Where systemctl runs: in a chroot, without an init system of systemd's kind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/request/client_request.hpp"

namespace sctl {

// $SYSTEMD_OFFLINE, or else whether our root directory is another than PID 1's.
[[nodiscard]] bool is_offline();
[[nodiscard]] bool is_in_chroot();
// The machine's own manager is meant, and /run/systemd/system is missing: sd_booted(3).
[[nodiscard]] bool is_local_and_not_booted(const ClientRequest& request);
// Where else than in /run/systemd the machine's manager may be: those of PID 1's user, and of ours.
[[nodiscard]] std::vector<std::string> other_run_places();

} // namespace sctl
