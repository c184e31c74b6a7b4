// Who this container is, set up by PID 1 as systemd does it before it starts anything: the name of
// its engine, its machine id, its host name, and the credentials that were passed to it. What may
// not be written is gone without; nothing here fails a boot.
#pragma once

#include <optional>
#include <string>

#include "base/files.hpp"

namespace sctl {

// All of it, in the right order; `root` is the machine's. For PID 1, after prepare_run().
void set_up_identity(const Root& root);

// The parts of set_up_identity().
//
// $container becomes /run/systemd/container, where programs other than PID 1 can read it; without
// the variable the file goes: it came with the image. Also for a manager that is not PID 1, with
// PID 1's environment.
void write_container_name(const Root& root);
// Gives an /etc/machine-id that is missing, empty or "uninitialized" an id: that of D-Bus, else
// $container_uuid, else a random one. Where it cannot be written, /run/machine-id has one for this
// boot, and is mounted over the file if we may. A missing or "uninitialized" one makes it the first
// boot (ConditionFirstBoot=).
void set_up_machine_id(const Root& root);
// The name in the text of /etc/hostname (hostname(5)); nothing where none is valid.
[[nodiscard]] std::optional<std::string> host_name_in(std::string_view text);
// Sets the host name to that of /etc/hostname, but never that of the machine itself.
void set_up_host_name(const Root& root);
// $CREDENTIALS_DIRECTORY can be found as /run/credentials/@system.
void import_credentials(const Root& root);

} // namespace sctl
