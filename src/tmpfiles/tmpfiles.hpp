// The program systemd-tmpfiles(8): reads the lines of tmpfiles.d(5) and carries them out. It may
// wait for slow disks: at boot the manager runs it as a process of its own.
#pragma once

namespace sctl {

// Returns the exit status: 65 after a syntax error, 73 where something could not be done, else 1 or
// 0, as systemd's.
int run_tmpfiles(int count, char** arguments);

// What the embedded systemd-tmpfiles-setup.service runs: as a child of PID 1 all that is done at
// boot. Under a manager that is not PID 1 nothing has booted, and files that somebody may be using
// (all of /tmp, with systemd's tmp.conf) are not removed: there it only creates.
int run_tmpfiles_setup();

} // namespace sctl
