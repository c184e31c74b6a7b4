// `start --wait`: waits until units that were started have ended.
#pragma once

#include <string>
#include <vector>

#include "client/session.hpp"

namespace sctl {

class UnitWatch {
  public:
    // Asks the manager for signals, before the first add(). False, and said, where it refuses.
    bool subscribe(ClientConnection& manager);
    void add(std::string name) { names_.push_back(std::move(name)); }
    // To be called when the units' jobs are done: until all are inactive or failed and have no job.
    // False where one has failed or the manager went away.
    bool wait(ClientConnection& manager);

  private:
    std::vector<std::string> names_;
};

} // namespace sctl
