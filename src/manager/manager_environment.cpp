#include "manager/manager_environment.hpp"

#include <utility>

#include "run/environment.hpp"
#include "unit/syntax/environment.hpp"

namespace sctl {

ManagerEnvironment::ManagerEnvironment(const ManagerOptions& options)
    : own_(default_environment(options.root())) {
    // Debian's init scripts call systemctl, and so wait for themselves, under any parent but PID 1.
    if (!options.is_pid1) own_.emplace_back("SYSTEMCTL_SKIP_REDIRECT=1");
    Environment environment(own_);
    environment.merge(options.environment);
    own_ = all_ = environment.assignments();
}

void ManagerEnvironment::set_clients(std::vector<std::string> assignments) {
    Environment environment(own_);
    environment.merge(assignments);
    clients_ = std::move(assignments);
    all_ = environment.assignments();
}

} // namespace sctl
