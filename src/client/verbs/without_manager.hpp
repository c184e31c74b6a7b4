// What verbs do where no manager runs, but could: where PID 1 is something else, as a shell, sleep
// or a container engine's own init. A verb that needs one launches it in the background, once for
// all; one that only asks for what runs, or ends it, answers as a manager does that runs nothing;
// verbs on unit files do not care.
#pragma once

#include "client/calls/session.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

// Runs the verb, or its answer where nothing runs.
int run_with_or_without_manager(Session& session, const Verb& verb, const Words& words);

} // namespace sctl
