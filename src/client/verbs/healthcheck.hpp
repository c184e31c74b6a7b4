// systemctl healthcheck [--restart] [--timeout=SPAN] [UNIT...] [-- PROBE [ARG...]]: for Docker's
// HEALTHCHECK and Kubernetes' exec probes, whose statuses are 0 and 1 alone. Healthy: all UNITs are
// active, or without any the system runs with none failed; and PROBE, if given, ends with 0. The
// reason of a 1 is one line on stdout. It never launches a manager, and never takes longer than its
// timeout.
#pragma once

#include <string>
#include <vector>

namespace sctl {

// `arguments` begin after "healthcheck". Returns 0 or 1.
int run_healthcheck(const std::vector<std::string>& arguments);

} // namespace sctl
