// systemctl's command line: reads it, talks to a manager on its private socket, prints what
// systemd's own systemctl prints. It serves a real systemd just as well, so it uses systemd's
// interfaces alone.
//
//   argv -> ClientRequest -> a row of the table of verbs -> its function -> text on stdout, an exit
//   status
#pragma once

namespace sctl {

// Runs the program under the name argv[0]: systemctl, or halt, poweroff, reboot, shutdown, telinit
// and runlevel. Returns the exit status. Throws only what cannot be planned for (std::bad_alloc).
int run_client(int argc, char** argv);

} // namespace sctl
