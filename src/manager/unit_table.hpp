// The units in memory, by id, by place and by name; and the queues of units that wait for the end
// of a turn. It reads no files and knows no jobs.
//
// An id names one unit for good. The place in it is used again by another unit, whose id then has
// the next generation: to look up an id that was kept for too long finds nobody.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "run/unit.hpp"

namespace sctl {

class UnitTable;

// Units with which something is still to be done, each once. There is always room for all units, so
// that to add one needs no memory; a unit that goes leaves its queues.
class UnitQueue {
  public:
    // `mark` says of a unit that it is in this queue; `table` outlives it.
    UnitQueue(UnitTable& table, bool Unit::*mark);
    ~UnitQueue();
    UnitQueue(const UnitQueue&) = delete;
    UnitQueue& operator=(const UnitQueue&) = delete;

    // False where it is in it already.
    bool add(Unit& unit) noexcept;
    void remove(Unit& unit) noexcept;
    void clear() noexcept;
    [[nodiscard]] bool empty() const noexcept { return ids_.empty(); }
    [[nodiscard]] Unit& last() const;
    [[nodiscard]] auto begin() const noexcept { return ids_.begin(); }
    [[nodiscard]] auto end() const noexcept { return ids_.end(); }

    // Hands each that is in it now to `act`, which may add anew, also the same, and lets none go.
    template <class Act>
    void take_each(Act&& act);

  private:
    friend class UnitTable;

    UnitTable& table_;
    bool Unit::*mark_;
    std::vector<UnitId> ids_;
};

class UnitTable {
    struct NameHash {
        using is_transparent = void;
        size_t operator()(std::string_view name) const noexcept {
            return std::hash<std::string_view>()(name);
        }
    };

  public:
    UnitTable() = default;
    UnitTable(const UnitTable&) = delete;
    UnitTable& operator=(const UnitTable&) = delete;

    // By name or alias; null where there is none.
    [[nodiscard]] Unit* find(std::string_view name) const;
    [[nodiscard]] bool exists(UnitId id) const noexcept {
        uint32_t place = place_of(id);
        return place < units_.size() && units_[place] && units_[place]->id == id;
    }
    // A unit that is there: of an id that has been kept, exists() is asked first.
    [[nodiscard]] Unit& unit(UnitId id) { return const_cast<Unit&>(std::as_const(*this).unit(id)); }
    [[nodiscard]] const Unit& unit(UnitId id) const;
    // By place; entries may be null.
    [[nodiscard]] const std::vector<std::unique_ptr<Unit>>& all() const noexcept { return units_; }

    // A unit of a name that nobody has. All or nothing where memory is short.
    Unit& add(const UnitName& name);
    // The unit of that name, which is `unit` from now on where it was nobody's.
    UnitId claim_name(const std::string& name, UnitId unit);
    // What `from` is called and who holds it are `to`'s from now on.
    void merge(Unit& from, Unit& to);
    // Who has what was held of the unit: itself, or the one that it was merged into; else null.
    [[nodiscard]] Unit* heir_of(UnitId id);
    // Each unit goes by its id's name alone, until its files are read anew.
    void forget_aliases();

    // What let_go() needs memory for.
    void make_room_to_let_go() {
        if (gone_.size() == gone_.capacity()) gone_.reserve(2 * gone_.size() + 8);
    }
    // From here on its id is nobody's. Who is at work on it may look at it until drop_gone().
    void let_go(Unit& unit) noexcept;
    void drop_gone() noexcept { gone_.clear(); }

    // To be told of every change of a unit's `active`.
    void count_change(ActiveState before, ActiveState now) noexcept;
    [[nodiscard]] long failed_count() const noexcept { return failed_count_; }
    // Those that are deactivating.
    [[nodiscard]] long stopping_count() const noexcept { return stopping_count_; }

  private:
    friend class UnitQueue;

    std::vector<std::unique_ptr<Unit>> units_; // by place
    std::vector<UnitId> free_ids_;             // of places without a unit: the next one's
    std::vector<std::unique_ptr<Unit>> gone_;  // in this turn
    // By every name and alias; looked up by views of them.
    std::unordered_map<std::string, UnitId, NameHash, std::equal_to<>> ids_;
    std::unordered_map<UnitId, UnitId> heirs_; // of units that were held and merged into others
    std::vector<UnitQueue*> queues_;
    long failed_count_ = 0;
    long stopping_count_ = 0;
};

template <class Act>
void UnitQueue::take_each(Act&& act) {
    size_t count = ids_.size();
    for (size_t i = 0; i < count; ++i) {
        Unit& unit = table_.unit(ids_[i]);
        unit.*mark_ = false;
        act(unit);
    }
    ids_.erase(ids_.begin(), ids_.begin() + static_cast<ptrdiff_t>(count));
}

} // namespace sctl
