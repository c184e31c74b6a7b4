// journalctl(1) over our own log files: -u, -n, -f, -p, -o, --since and the like; what only a
// binary journal can do is not there. It asks no manager.
#pragma once

namespace sctl {

// main() of the program `journalctl`: returns its exit status.
int run_journalctl(int argc, char** argv);

} // namespace sctl
