// The sections of a unit's `status`, in their order on the page. Each prints nothing where it has
// nothing to say.
#pragma once

#include "client/status/status_page.hpp"

namespace sctl {

void add_header(StatusPage& page);
void add_activity(StatusPage& page);
void add_conditions(StatusPage& page);
// Where it is, where it says more about itself, where it listens.
void add_places(StatusPage& page);
// Commands that ran and ended, and the pids of the main and the control process.
void add_processes(StatusPage& page);
// What the service says of itself.
void add_notes(StatusPage& page);
void add_resources(StatusPage& page);
// All processes, as a tree.
void add_control_group(StatusPage& page);
void add_log(StatusPage& page);

} // namespace sctl
