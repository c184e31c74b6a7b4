#include "manager/manager_environment.hpp"

#include <algorithm>
#include <utility>

#include "run/environment.hpp"
#include "unit/syntax/environment.hpp"

namespace sctl {

ManagerEnvironment::ManagerEnvironment(const ManagerOptions& options)
    : usual_(default_environment(options.root())), passed_(options.environment) {
    // Debian's init scripts call systemctl, and so wait for themselves, under any parent but PID 1.
    if (!options.is_pid1) usual_.emplace_back("SYSTEMCTL_SKIP_REDIRECT=1");
    set_configured({});
}

void ManagerEnvironment::set_configured(const std::vector<std::string>& assignments) {
    Environment environment(usual_);
    environment.merge(assignments);
    environment.merge(passed_);
    own_ = environment.assignments();
    std::ranges::sort(own_); // as systemd shows them
    set_clients(std::move(clients_));
}

void ManagerEnvironment::set_clients(std::vector<std::string> assignments) {
    Environment environment(own_);
    environment.merge(assignments);
    clients_ = std::move(assignments);
    all_ = environment.assignments();
}

} // namespace sctl
