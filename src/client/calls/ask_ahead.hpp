// Asking for many units' properties without waiting for each answer.
#pragma once

#include <string>
#include <vector>

#include "wire/client_connection.hpp"

namespace sctl {

// Asks for the properties of units, and for their processes, some units ahead of the one that is
// shown: get_all_properties() and the like then find the answers there.
class AskAhead {
  public:
    // `manager` outlives it.
    AskAhead(ClientConnection& manager, std::vector<std::string> units, bool with_processes)
        : manager_(manager), units_(std::move(units)), with_processes_(with_processes) {}
    // Before units[index] is asked for.
    void reach(size_t index);

  private:
    ClientConnection& manager_;
    std::vector<std::string> units_;
    bool with_processes_;
    size_t asked_ = 0;
};

} // namespace sctl
