#include "manager/unit_table.hpp"

#include <algorithm>
#include <stdexcept>

namespace sctl {

UnitQueue::UnitQueue(UnitTable& table, bool Unit::*mark) : table_(table), mark_(mark) {
    table_.queues_.push_back(this);
}

UnitQueue::~UnitQueue() {
    std::erase(table_.queues_, this);
}

bool UnitQueue::add(Unit& unit) noexcept {
    if (std::exchange(unit.*mark_, true)) return false;
    ids_.push_back(unit.id);
    return true;
}

void UnitQueue::remove(Unit& unit) noexcept {
    if (!std::exchange(unit.*mark_, false)) return;
    // What is taken out is mostly what came last.
    auto found = std::find(ids_.rbegin(), ids_.rend(), unit.id);
    if (found != ids_.rend()) ids_.erase(std::next(found).base());
}

void UnitQueue::clear() noexcept {
    for (UnitId id : ids_) table_.unit(id).*mark_ = false;
    ids_.clear();
}

Unit& UnitQueue::last() const {
    return table_.unit(ids_.back());
}

Unit* UnitTable::find(std::string_view name) const {
    auto found = ids_.find(name);
    bool is_there = found != ids_.end() && exists(found->second);
    return is_there ? units_[place_of(found->second)].get() : nullptr;
}

// To reach another unit by an id that is out of date would be worse than to fail what was to be
// done.
const Unit& UnitTable::unit(UnitId id) const {
    if (!exists(id)) throw std::out_of_range("a unit that has gone");
    return *units_[place_of(id)];
}

Unit& UnitTable::add(const UnitName& name) {
    if (free_ids_.empty()) {
        units_.emplace_back();
        free_ids_.reserve(units_.capacity());
        free_ids_.push_back(unit_at(static_cast<uint32_t>(units_.size() - 1), 0));
    }
    for (auto* queue : queues_) queue->ids_.reserve(units_.capacity());
    UnitId id = free_ids_.back();
    auto unit = std::make_unique<Unit>();
    unit->id = id;
    unit->loaded.id = name;
    unit->loaded.names = {name};
    ids_.insert_or_assign(name.str(), id);
    free_ids_.pop_back();
    auto& place = units_[place_of(id)];
    place = std::move(unit);
    return *place;
}

UnitId UnitTable::claim_name(const std::string& name, UnitId unit) {
    UnitId& known = ids_.try_emplace(name, unit).first->second;
    if (!exists(known)) known = unit;
    return known;
}

void UnitTable::merge(Unit& from, Unit& to) {
    if (from.holds > 0) heirs_.insert_or_assign(from.id, to.id);
    for (const auto& [name, id] : ids_) {
        if (id != from.id) continue;
        auto alias = UnitName::parse(name);
        auto& names = to.loaded.names;
        if (alias && std::ranges::find(names, *alias) == names.end()) names.push_back(*alias);
    }
    for (auto& [name, id] : ids_)
        if (id == from.id) id = to.id;
    for (auto& [merged, heir] : heirs_)
        if (heir == from.id) heir = to.id;
    to.holds += std::exchange(from.holds, 0);
}

Unit* UnitTable::heir_of(UnitId id) {
    if (auto merged = heirs_.find(id); merged != heirs_.end()) id = merged->second;
    return exists(id) ? units_[place_of(id)].get() : nullptr;
}

void UnitTable::forget_aliases() {
    decltype(ids_) ids;
    for (const auto& unit : units_)
        if (unit) ids[unit->name().str()] = unit->id;
    ids_ = std::move(ids);
}

void UnitTable::let_go(Unit& unit) noexcept {
    for (auto* queue : queues_) queue->remove(unit);
    for (const UnitName& name : unit.loaded.names) {
        auto known = ids_.find(name.str());
        if (known != ids_.end() && known->second == unit.id) ids_.erase(known);
    }
    std::erase_if(heirs_, [&](const auto& entry) { return entry.second == unit.id; });
    count_change(unit.active, ActiveState::Inactive);
    UnitId id = unit.id;
    gone_.push_back(std::move(units_[place_of(id)]));
    free_ids_.push_back(unit_at(place_of(id), generation_of(id) + 1));
}

void UnitTable::count_change(ActiveState before, ActiveState now) noexcept {
    auto difference = [&](ActiveState state) { return (now == state) - (before == state); };
    failed_count_ += difference(ActiveState::Failed);
    stopping_count_ += difference(ActiveState::Deactivating);
}

} // namespace sctl
