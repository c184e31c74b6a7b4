// What services get beside their own environment: ours, with what clients have set over it
// (`systemctl set-environment`).
#pragma once

#include <string>
#include <vector>

#include "manager/manager_options.hpp"

namespace sctl {

class ManagerEnvironment {
  public:
    explicit ManagerEnvironment(const ManagerOptions& options);

    [[nodiscard]] const std::vector<std::string>& assignments() const noexcept { return all_; }
    [[nodiscard]] const std::vector<std::string>& of_clients() const noexcept { return clients_; }
    void set_clients(std::vector<std::string> assignments);
    // DefaultEnvironment=, over our own and below what the command line passes on.
    void set_configured(const std::vector<std::string>& assignments);

  private:
    std::vector<std::string> usual_, passed_, own_, clients_, all_;
};

} // namespace sctl
