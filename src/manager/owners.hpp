// Which unit a process belongs to. The tracker tells processes apart by owners, which are numbers;
// here each number has its unit.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <unordered_map>

#include "manager/unit_table.hpp"
#include "os/service_output.hpp"
#include "run/host.hpp"

namespace sctl {

class Owners {
  public:
    Owners(Processes& processes, UnitTable& units) : processes_(processes), units_(units) {}
    Owners(const Owners&) = delete;
    Owners& operator=(const Owners&) = delete;

    // The owner of the unit's processes from now on.
    OwnerId add(const Unit& unit);
    // The unit, which has an owner, goes.
    void release(const Unit& unit);

    // Null for nobody's.
    [[nodiscard]] Unit* unit_of(OwnerId owner);
    [[nodiscard]] Unit* unit_of_process(pid_t pid) { return unit_of(processes_.owner_of(pid)); }
    // Whose line it is; "" for nobody's. Of a sender that has ended since only what was seen of it
    // is left.
    [[nodiscard]] std::string name_of(const LogSender& sender);

    // `pid` is the unit's main or control process: its exit needs no search for an owner.
    void own_process(pid_t pid, UnitId unit) { known_[pid] = unit; }
    // A helper of the manager itself, which belongs to no unit.
    void own_helper(pid_t pid);
    // Of a process that is still a zombie.
    [[nodiscard]] Unit* unit_of_ended(pid_t pid);
    // The process is about to be reaped.
    void disown(pid_t pid) noexcept { known_.erase(pid); }

    // A unit that is not loaded yet, whose main process `starter` starts. These are the tracker's
    // first owners.
    void add_transient(const std::string& name, ProcessStarter starter);
    // Null for a unit that its settings start.
    [[nodiscard]] const ProcessStarter* starter_of(const Unit& unit) const;

  private:
    struct Transient {
        ProcessStarter starter;
        OwnerId owner;
    };

    Processes& processes_;
    UnitTable& units_;
    std::unordered_map<OwnerId, UnitId> owners_;
    std::unordered_map<pid_t, UnitId> known_;
    std::map<std::string, Transient> transients_; // by the name of the unit
    OwnerId own_processes_ = no_owner;            // of the manager itself
};

} // namespace sctl
