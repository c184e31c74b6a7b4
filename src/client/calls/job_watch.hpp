// Waits for jobs that were queued, and says in systemctl's words what became of them.
#pragma once

#include <set>
#include <string>

#include "client/calls/session.hpp"

namespace sctl {

class JobWatch {
  public:
    // The object path that StartUnit and its like return.
    void add(std::string job) { jobs_.insert(std::move(job)); }
    // Until all have been removed. False where one has failed, which has been said unless --quiet,
    // or the manager went away.
    bool wait(Session& session, ClientConnection& manager);

  private:
    std::set<std::string> jobs_;
};

} // namespace sctl
