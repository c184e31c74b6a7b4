// The program systemd-sysusers(8): makes the users and groups of sysusers.d(5) in the account files
// of a root, under the lock that passwd(1) and the like take. It may wait for that lock: at boot
// the manager runs it as a process of its own. Only the files are looked at, never a name service.
#pragma once

namespace sctl {

// Returns the exit status, 0 or 1.
int run_sysusers(int count, char** arguments);

} // namespace sctl
