// Waits until units have got where they were sent: for `start --wait`, until they have ended; for
// `clean`, until they are cleaned.
#pragma once

#include <string>
#include <vector>

#include "client/calls/properties.hpp"
#include "client/calls/session.hpp"

namespace sctl {

class UnitWatch {
  public:
    enum class Until { Ended, Cleaned };
    explicit UnitWatch(Until until = Until::Ended) : until_(until) {}

    // Asks the manager for signals, before the first add(). False, and said, where it refuses.
    bool subscribe(ClientConnection& manager);
    void add(std::string name) { names_.push_back(std::move(name)); }
    // Ended: to be called when the units' jobs are done; until all are inactive or failed and have
    // no job. Cleaned: until none is under maintenance. False where it did not go well with one, or
    // the manager went away.
    bool wait(ClientConnection& manager);

  private:
    [[nodiscard]] bool is_there(const Properties& unit) const;
    [[nodiscard]] bool went_well(const Properties& unit) const;

    Until until_;
    std::vector<std::string> names_;
};

} // namespace sctl
