// What unit files say of whether units are enabled, and presets of whether they should be: found
// when it is first asked for, and remembered until the unit files are read anew, as systemd does.
// The search path is read once for all units that are asked for in a burst, within 20 ms.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "install/install.hpp"
#include "manager/manager.hpp"

namespace sctl {

class UnitFileMemo {
  public:
    explicit UnitFileMemo(Manager& manager);
    ~UnitFileMemo();
    UnitFileMemo(const UnitFileMemo&) = delete;
    UnitFileMemo& operator=(const UnitFileMemo&) = delete;

    struct Answer {
        std::string_view state; // "" where it cannot be told
        bool preset_enables = true;
    };
    [[nodiscard]] Answer ask(const Unit& unit);
    // To be called when the unit files were read anew, or links to them have changed.
    void forget();
    // The unit has been forgotten itself.
    void forget(const UnitName& unit) { answers_.erase(unit.str()); }

  private:
    struct Snapshot; // of the search path
    void take_snapshot(Span lasts);
    void drop_snapshot();

    Manager& manager_;
    std::unordered_map<std::string, Answer> answers_; // by unit
    std::unique_ptr<Snapshot> snapshot_;
    OwnedTimer drop_;
};

} // namespace sctl
