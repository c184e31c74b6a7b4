// Brings units into memory with all they refer to, puts what their files say of each other into the
// graph, and forgets whom nobody needs.
//
//   load(name) ──► stub ──► queue ──► files are read ──► names are taken, dependencies linked
//                   ▲                                          │
//                   └────────── whom they refer to ◄───────────┘
//
// A name may turn out to be another unit's. As in systemd, a unit is merged into the other only
// while it is inactive and has no job; else it goes on by itself, with LoadState=error, and is
// merged when it has ended.
//
// Where memory is short, what has not been read stays in the queue, and is read at the end of the
// turn or when somebody asks for a unit.
#pragma once

#include <deque>
#include <functional>
#include <string_view>
#include <vector>

#include "graph/dependency.hpp"
#include "manager/garbage.hpp"
#include "manager/known_unit_files.hpp"
#include "manager/next_turn.hpp"
#include "manager/observers.hpp"
#include "manager/owners.hpp"
#include "manager/unit_table.hpp"
#include "unit/facts.hpp"
#include "unit/manager_config/manager_config.hpp"

namespace sctl {

class UnitStore {
  public:
    struct Parts {
        UnitTable& units;
        DependencyGraph& graph;
        KnownUnitFiles& files;
        Owners& owners;
        Observers& observers;
        Garbage& garbage;
        NextTurn& turn;
        ServiceOutput& output;
        const Facts& facts;
        const UnitDefaults& defaults;
    };
    // `make_run` gives a unit whose kind has one its run.
    UnitStore(const Parts& parts, std::function<void(Unit&)> make_run);
    UnitStore(const UnitStore&) = delete;
    UnitStore& operator=(const UnitStore&) = delete;

    // The unit of that name or alias, from its files if need be. A unit without files is loaded
    // too, as not-found; an Error (InvalidArgs) is for what is no name of a unit.
    Result<Unit*> load(std::string_view name);
    // While it lives, late files are looked for once.
    [[nodiscard]] KnownUnitFiles::OneLook look_once() { return KnownUnitFiles::OneLook(files_); }
    // What could not be read for a reason of the moment is read when it matters the next time.
    void complete(UnitId id);
    // Files that came late may give what the unit pulls in, or make it another's alias: the unit
    // that goes by its name then.
    [[nodiscard]] UnitId find_late(UnitId id);
    // One unit's files, after the manager itself has added to them.
    void read_again(UnitId id);
    // All of them, as daemon-reload does: aliases are found anew; the units keep their ids, their
    // state and their processes. A unit that memory is short for is read a moment later.
    void read_all_again();
    // What was to be read before, and aliases of other units that have ended.
    void merge_what_ended();
    // Keeps it in memory until it is given back as often, whatever it is merged into.
    void hold(UnitId id) { ++units_.unit(id).holds; }
    void give_back(UnitId id) noexcept;
    // Forgets whom nobody needs: where nobody is at work on a unit.
    void collect_garbage();
    // Whether the unit's files changed since they were read.
    [[nodiscard]] bool needs_reload(const Unit& unit) const;

  private:
    UnitId stub(const UnitName& name);
    void find_late_units();
    [[nodiscard]] bool has_missing();
    void look_for_missing();
    void load_again(UnitId id);
    void load_queued();
    void order_targets(UnitId id);
    void read_anew(Unit& unit);
    void read_files(Unit& unit);
    void link_dependencies(Unit& unit);
    void take_names(Unit& unit);
    [[nodiscard]] static bool may_be_merged(const Unit& unit);
    void merge_into(Unit& unit, Unit& alias);
    void merge_later(Unit& unit, LoadedUnit& loaded);
    void remove(Unit& unit);
    void let_go(Unit& unit) noexcept;

    UnitTable& units_;
    DependencyGraph& graph_;
    KnownUnitFiles& files_;
    Owners& owners_;
    Observers& observers_;
    Garbage& garbage_;
    NextTurn& turn_;
    ServiceOutput& output_;
    const Facts& facts_;
    const UnitDefaults& defaults_;
    std::function<void(Unit&)> make_run_;
    std::deque<UnitId> to_load_;
    std::deque<UnitId> to_order_;  // loaded, and their targets' order still to be looked at
    std::vector<UnitId> missing_;  // had no files when they were last looked for
    std::vector<UnitId> unmerged_; // aliases of other units, once they have ended
};

} // namespace sctl
