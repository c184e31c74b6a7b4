// Keeps a unit in memory that nothing else needs (garbage.hpp): for a peer that will ask what
// became of it.
#pragma once

#include <utility>

#include "graph/dependency.hpp"

namespace sctl {

class Manager;

class UnitHold {
  public:
    // `manager` outlives it.
    UnitHold(Manager& manager, UnitId unit);
    ~UnitHold();
    UnitHold(UnitHold&& other) noexcept
        : manager_(std::exchange(other.manager_, nullptr)), unit_(other.unit_) {}
    UnitHold& operator=(UnitHold&&) = delete;

  private:
    Manager* manager_;
    UnitId unit_;
};

} // namespace sctl
