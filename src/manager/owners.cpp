#include "manager/owners.hpp"

#include "os/process.hpp"

namespace sctl {

OwnerId Owners::add(const Unit& unit) {
    auto transient = transients_.find(unit.name().str());
    OwnerId owner = transient != transients_.end() ? transient->second.owner
                                                   : processes_.add_owner(unit.name().str());
    owners_[owner] = unit.id;
    return owner;
}

void Owners::release(const Unit& unit) {
    processes_.release(unit.run->owner());
    owners_.erase(unit.run->owner());
}

Unit* Owners::unit_of(OwnerId owner) {
    auto found = owners_.find(owner);
    return found == owners_.end() ? nullptr : &units_.unit(found->second);
}

std::string Owners::name_of(const LogSender& sender) {
    auto stat = processes_.stat(sender.pid);
    bool is_there = stat && stat->start_ticks == sender.start_ticks;
    OwnerId owner = is_there ? processes_.owner_of(sender.pid) : no_owner;
    if (owner == no_owner) owner = processes_.owner_by_mark(sender.tag, sender.control_group);
    const Unit* unit = unit_of(owner);
    return unit ? unit->name().str() : std::string();
}

void Owners::own_helper(pid_t pid) {
    if (own_processes_ == no_owner) own_processes_ = processes_.add_owner("init.scope");
    processes_.note_process(pid, own_processes_);
}

Unit* Owners::unit_of_ended(pid_t pid) {
    auto known = known_.find(pid);
    if (known == known_.end()) return unit_of(processes_.owner_of_ended(pid));
    return units_.exists(known->second) ? &units_.unit(known->second) : nullptr;
}

void Owners::add_transient(const std::string& name, ProcessStarter starter) {
    transients_.emplace(name, Transient{std::move(starter), processes_.add_owner(name)});
}

const ProcessStarter* Owners::starter_of(const Unit& unit) const {
    auto transient = transients_.find(unit.name().str());
    return transient == transients_.end() ? nullptr : &transient->second.starter;
}

} // namespace sctl
