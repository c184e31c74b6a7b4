#include "manager/unit_store.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/text.hpp"
#include "manager/unit_log.hpp"
#include "state/passive.hpp"
#include "unit/dependencies.hpp"
#include "unit/loader.hpp"
#include "unit/manager_config/take_defaults.hpp"
#include "unit/unit_kind.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

std::unique_ptr<UnitMachine> new_machine_of(const UnitKind& kind) {
    if (kind.machine) return kind.machine();
    return std::make_unique<PassiveMachine>(kind.active_word);
}

} // namespace

UnitStore::UnitStore(const Parts& parts, std::function<void(Unit&)> make_run)
    : units_(parts.units),
      graph_(parts.graph),
      files_(parts.files),
      owners_(parts.owners),
      observers_(parts.observers),
      garbage_(parts.garbage),
      turn_(parts.turn),
      output_(parts.output),
      facts_(parts.facts),
      defaults_(parts.defaults),
      make_run_(std::move(make_run)) {}

Result<Unit*> UnitStore::load(std::string_view name) {
    if (!to_load_.empty()) load_queued(); // what memory was short for before
    if (Unit* known = units_.find(name)) complete(known->id);
    if (Unit* known = units_.find(name); known && known->loaded.load_state != LoadState::NotFound)
        return known;
    auto parsed = UnitName::parse(name);
    if (!parsed) {
        return Error{EINVAL, cat("Unit name ", name, " is not valid."),
                     "org.freedesktop.DBus.Error.InvalidArgs"};
    }
    if (parsed->is_template()) {
        return Error{EINVAL, cat("Unit name ", name, " is missing the instance name."),
                     "org.freedesktop.DBus.Error.InvalidArgs"};
    }
    find_late_units();
    if (!units_.find(name)) {
        garbage_.suspect(units_.unit(stub(*parsed)));
        load_queued();
    }
    // Not what it was before: it may have turned out to be another unit's alias.
    return units_.find(name);
}

// What has changed on disk since the last look is seen where systemd sees it: for units that were
// not there.
void UnitStore::find_late_units() {
    if (!files_.changed()) return;
    look_for_missing();
    load_queued();
}

// To be followed by load_queued().
void UnitStore::look_for_missing() {
    files_.scan();
    if (!has_missing()) return;
    for (UnitId id : missing_) load_again(id);
}

// Whether any unit that is known has no files. Those that have gone or found theirs are taken off.
bool UnitStore::has_missing() {
    std::erase_if(missing_, [this](UnitId id) {
        return !units_.exists(id) || units_.unit(id).loaded.load_state != LoadState::NotFound;
    });
    return !missing_.empty();
}

// Where memory is short, what has not been read stays in the queue, and is read at the end of the
// turn or when somebody asks for a unit.
void UnitStore::load_queued() {
    if (!to_load_.empty()) turn_.schedule();
    while (!to_load_.empty()) {
        UnitId id = to_load_.front();
        try {
            if (units_.exists(id)) read_anew(units_.unit(id));
        } catch (const std::bad_alloc&) {
            throw;
        } catch (...) {
            to_load_.pop_front(); // a bug: it would fail again
            throw;
        }
        to_load_.pop_front();
    }
    // What depends on the settings of both ends waits until both are known.
    while (!to_order_.empty()) {
        if (units_.exists(to_order_.front())) order_targets(to_order_.front());
        to_order_.pop_front();
    }
}

// A unit that something refers to, its files still to be read.
UnitId UnitStore::stub(const UnitName& name) {
    if (const Unit* known = units_.find(name.str())) return known->id;
    to_load_.push_back(no_unit); // of nobody, where there is no memory for the unit itself
    return to_load_.back() = units_.add(name).id;
}

// A target comes after what it pulls in (systemd.target(5), "Default Dependencies"). Asks the graph
// for what the files say, so both units must have been put into it.
void UnitStore::order_targets(UnitId id) {
    std::vector<std::pair<UnitId, UnitId>> pairs; // target and member
    graph_.for_each(id, Atom::DefaultTargetDependencies,
                    [&](UnitId target) { pairs.emplace_back(target, id); });
    graph_.for_each(id, Atom::AddDefaultTargetDependencyQueue, [&](UnitId member) {
        if (graph_.has(member, Atom::DefaultTargetDependencies, id)) pairs.emplace_back(id, member);
    });
    for (auto [target, member] : pairs) {
        if (!may_wait_for(units_.unit(target).loaded, units_.unit(member).loaded)) continue;
        // Who writes the opposite order means it; the files of one of them may say so only now.
        if (graph_.has(target, Dependency::Before, member))
            graph_.remove(target, Dependency::After, member, Origin::Default);
        else
            graph_.add(target, Dependency::After, member, Origin::Default);
    }
}

void UnitStore::read_anew(Unit& unit) {
    to_order_.push_back(unit.id);
    graph_.remove_declared(unit.id);
    read_files(unit);
}

void UnitStore::read_files(Unit& unit) {
    LoadedUnit loaded = load_unit(
        files_.index(), unit.name(), facts_, defaults_, [this, &unit](std::string_view text) {
            output_.manager_line(LogLevel::Warning, unit.name().str(), text);
        });
    // An alias: what was asked for is another unit's name.
    Unit* other = loaded.id != unit.name() ? units_.find(loaded.id.str()) : nullptr;
    if (other && other->id != unit.id) {
        if (may_be_merged(unit)) return merge_into(*other, unit);
        if (may_be_merged(*other))
            merge_into(unit, *other);
        else
            merge_later(unit, loaded);
    }
    // Until its files can be read it goes on with what they said before.
    if (loaded.incomplete && !loaded.own && unit.loaded.own) {
        loaded.exec = std::move(unit.loaded.exec);
        loaded.kill = std::move(unit.loaded.kill);
        loaded.own = std::move(unit.loaded.own);
    }
    if (loaded.load_state == LoadState::NotFound && unit.loaded.load_state != LoadState::NotFound)
        missing_.push_back(unit.id);
    unit.loaded = std::move(loaded);
    const UnitKind& kind = kind_of(unit.loaded);
    if (kind.deviate) kind.deviate(unit.loaded);
    // What runs and whose file is gone lives on with nothing written until it has stopped.
    if (unit.run && !unit.loaded.own) begin_settings(unit.loaded, defaults_);
    if (unit.run) unit.run->settings_changed();
    take_names(unit);
    bool has_settings = unit.loaded.load_state == LoadState::Loaded || unit.loaded.own;
    if (has_settings && !unit.machine) {
        auto machine = new_machine_of(kind);
        if (kind.run) make_run_(unit);
        unit.machine = std::move(machine);
    }
    switch (unit.loaded.load_state) {
        case LoadState::Loaded:
            unit.skipped = files_.skipped().reason(unit.loaded).has_value();
            break;
        case LoadState::NotFound:
            unit.skipped = files_.skipped().may_be_missing(unit.name());
            break;
        default: unit.skipped = false;
    }
    link_dependencies(unit);
    observers_.tell([&](ManagerObserver& observer) { observer.unit_new(unit); });
}

void UnitStore::link_dependencies(Unit& unit) {
    UnitId id = unit.id;
    auto written = std::exchange(unit.loaded.unit.dependencies, {});
    for (const WrittenDependency& dependency : written) {
        if (dependency.name.is_template()) continue;
        UnitId other = stub(dependency.name);
        graph_.add(id, dependency.kind, other);
    }
    if (unit.loaded.slice.empty()) return;
    bool complete = unit.loaded.load_state == LoadState::Loaded;
    auto slice = UnitName::parse(unit.loaded.slice);
    if (!slice) return;
    UnitId other = stub(*slice);
    graph_.add(id, Dependency::InSlice, other, Origin::Implicit);
    if (!complete) return;
    graph_.add(id, Dependency::Requires, other, Origin::Implicit);
    graph_.add(id, Dependency::After, other, Origin::Implicit);
}

// As in systemd, what runs, or has a job, does not become another unit.
bool UnitStore::may_be_merged(const Unit& unit) {
    return unit.is_inactive_or_failed() && unit.job == 0;
}

// `alias` turned out to be another name of `unit`: what pointed at it points there from now on.
void UnitStore::merge_into(Unit& unit, Unit& alias) {
    std::vector<std::pair<Dependency, UnitId>> edges;
    graph_.for_each(alias.id,
                    [&](Dependency kind, UnitId other) { edges.emplace_back(kind, other); });
    for (auto [kind, other] : edges) graph_.add(other, inverse(kind), unit.id, Origin::File);
    units_.make_room_to_let_go();
    if (alias.run) owners_.release(alias);
    units_.merge(alias, unit);
    let_go(alias);
}

// Both are in use: the alias goes on under its own name. Its file is the other's already, so it
// cannot be started; when it has ended it is merged.
void UnitStore::merge_later(Unit& unit, LoadedUnit& loaded) {
    log_unit(
        output_, unit, LogLevel::Warning,
        cat("Is an alias of ", loaded.id.str(), " now, but in use: not merged before it ends."));
    if (std::ranges::find(unmerged_, unit.id) == unmerged_.end()) unmerged_.push_back(unit.id);
    loaded.id = unit.name();
    loaded.names = {unit.name()};
    fail_loading(loaded, EEXIST);
}

void UnitStore::merge_what_ended() {
    for (size_t i = 0; i < unmerged_.size();) {
        UnitId id = unmerged_[i];
        bool waits = units_.exists(id) && !may_be_merged(units_.unit(id));
        if (waits) {
            ++i;
            continue;
        }
        if (units_.exists(id)) to_load_.push_back(id);
        unmerged_.erase(unmerged_.begin() + static_cast<ptrdiff_t>(i));
    }
    if (!to_load_.empty() || !to_order_.empty()) load_queued();
}

// A name of this unit may be that of one in memory that was read before the alias was made.
void UnitStore::take_names(Unit& unit) {
    for (const UnitName& name : unit.loaded.names) {
        UnitId whose = units_.claim_name(name.str(), unit.id);
        if (whose == unit.id) continue;
        Unit& other = units_.unit(whose);
        if (other.loaded.load_state == LoadState::NotFound && may_be_merged(other))
            merge_into(unit, other);
    }
}

void UnitStore::complete(UnitId id) {
    if (!units_.unit(id).loaded.incomplete) return;
    load_again(id);
    load_queued();
}

// To be followed by load_queued().
void UnitStore::load_again(UnitId id) {
    to_load_.push_back(id);
    graph_.for_each(id, [&](Dependency, UnitId other) { garbage_.suspect(units_.unit(other)); });
    graph_.remove_declared(id);
}

bool UnitStore::needs_reload(const Unit& unit) const {
    return unit.loaded.load_state == LoadState::Loaded && files_.index().needs_reload(unit.loaded);
}

UnitId UnitStore::find_late(UnitId id) {
    if (!has_missing()) return id;
    std::string name = units_.unit(id).name().str();
    find_late_units();
    const Unit* found = units_.find(name);
    return found ? found->id : id;
}

void UnitStore::read_again(UnitId id) {
    look_for_missing();
    load_again(id);
    load_queued();
    if (units_.exists(id)) observers_.mark_changed(units_.unit(id));
}

void UnitStore::read_all_again() {
    for (const auto& unit : units_.all())
        if (unit) to_load_.push_back(unit->id);
    units_.forget_aliases();
    for (const auto& unit : units_.all())
        if (unit) graph_.remove_declared(unit->id);
    run_insistently("reading unit files", [this] { load_queued(); });
    for (const auto& unit : units_.all()) {
        if (!unit) continue;
        observers_.mark_changed(*unit);
        garbage_.suspect(*unit);
    }
}

void UnitStore::give_back(UnitId id) noexcept {
    Unit* unit = units_.heir_of(id);
    if (!unit) return;
    --unit->holds;
    garbage_.suspect(*unit);
}

void UnitStore::collect_garbage() {
    units_.drop_gone();
    garbage_.collect([this](Unit& unit) { remove(unit); });
}

void UnitStore::remove(Unit& unit) {
    units_.make_room_to_let_go();
    if (unit.run) owners_.release(unit);
    let_go(unit);
    observers_.tell([&](ManagerObserver& observer) { observer.unit_removed(unit.name()); });
}

// From here on its id is nobody's.
void UnitStore::let_go(Unit& unit) noexcept {
    graph_.remove_all(unit.id);
    units_.let_go(unit);
    turn_.schedule();
}

} // namespace sctl
