// Manager's part that knows units: it loads them with all they refer to, and puts what they depend
// on into the graph.
#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "manager/manager.hpp"
#include "run/environment.hpp"
#include "run/service/service_run.hpp"
#include "state/passive.hpp"
#include "unit/dependencies.hpp"
#include "unit/embedded_units.hpp"
#include "unit/loader.hpp"
#include "unit/unit_kind.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

// Systemd's own services at the end of a shutdown call systemctl to end PID 1 at once: we end by
// the target that wants them, and an administrator's own does what it says.
bool only_ends_us(const LoadedUnit& unit) {
    const std::string& name = unit.id.str();
    bool named = name == "systemd-halt.service" || name == "systemd-kexec.service";
    return named && service_config(unit) && !unit.fragment_path.starts_with("/etc/");
}

} // namespace

// To reach another unit by an id that is out of date would be worse than to fail what was to be
// done.
const Unit& Manager::unit(UnitId id) const {
    if (!exists(id)) throw std::out_of_range("a unit that has gone");
    return *units_[place_of(id)];
}

Unit* Manager::find(std::string_view name) {
    auto found = ids_.find(std::string(name));
    return found == ids_.end() ? nullptr : &unit(found->second);
}

Result<Unit*> Manager::load(std::string_view name) {
    if (!to_load_.empty()) load_queued(); // what memory was short for before
    if (Unit* known = find(name)) complete(known->id);
    if (Unit* known = find(name); known && known->loaded.load_state != LoadState::NotFound)
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
    if (!find(name)) {
        may_be_garbage(stub(*parsed));
        load_queued();
    }
    // Not what it was before: it may have turned out to be another unit's alias.
    return find(name);
}

// What has changed on disk since the last look is seen where systemd sees it: for units that were
// not there.
void Manager::find_late_units() {
    if (!index_->changed()) return;
    rescan_for_missing();
    load_queued();
}

// To be followed by load_queued().
void Manager::rescan_for_missing() {
    rescan();
    for (const auto& unit : units_)
        if (unit && unit->loaded.load_state == LoadState::NotFound) load_again(unit->id);
}

// A unit that something refers to, its files still to be read. All or nothing where memory is
// short.
UnitId Manager::stub(const UnitName& name) {
    if (auto known = ids_.find(name.str()); known != ids_.end()) return known->second;
    if (free_ids_.empty()) {
        units_.emplace_back();
        free_ids_.reserve(units_.capacity());
        free_ids_.push_back(unit_at(static_cast<uint32_t>(units_.size() - 1), 0));
    }
    for (auto* list : {&changed_, &to_examine_, &open_, &maybe_garbage_})
        list->reserve(units_.capacity());
    UnitId id = free_ids_.back();
    auto unit = std::make_unique<Unit>();
    unit->id = id;
    unit->loaded.id = name;
    unit->loaded.names = {name};
    to_load_.push_back(id);
    ids_.emplace(name.str(), id);
    free_ids_.pop_back();
    units_[place_of(id)] = std::move(unit);
    return id;
}

// Where memory is short, what has not been read stays in the queue, and is read at the end of the
// turn or when somebody asks for a unit.
void Manager::load_queued() {
    if (!to_load_.empty()) schedule_turn();
    while (!to_load_.empty()) {
        UnitId id = to_load_.front();
        try {
            if (exists(id)) read_anew(unit(id));
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
        if (exists(to_order_.front())) order_targets(to_order_.front());
        to_order_.pop_front();
    }
}

// A target comes after what it pulls in (systemd.target(5), "Default Dependencies"). Asks the graph
// for what the files say, so both units must have been put into it.
void Manager::order_targets(UnitId id) {
    std::vector<std::pair<UnitId, UnitId>> pairs; // target and member
    graph_.for_each(id, Atom::DefaultTargetDependencies,
                    [&](UnitId target) { pairs.emplace_back(target, id); });
    graph_.for_each(id, Atom::AddDefaultTargetDependencyQueue, [&](UnitId member) {
        if (graph_.has(member, Atom::DefaultTargetDependencies, id)) pairs.emplace_back(id, member);
    });
    for (auto [target, member] : pairs) {
        if (!may_wait_for(unit(target).loaded, unit(member).loaded)) continue;
        // Who writes the opposite order means it; the files of one of them may say so only now.
        if (graph_.has(target, Dependency::Before, member))
            graph_.remove(target, Dependency::After, member, Origin::Default);
        else
            graph_.add(target, Dependency::After, member, Origin::Default);
    }
}

void Manager::read_anew(Unit& unit) {
    to_order_.push_back(unit.id);
    graph_.remove_declared(unit.id);
    read_files(unit);
}

void Manager::read_files(Unit& unit) {
    LoadedUnit loaded =
        load_unit(*index_, unit.name(), facts_, [this, &unit](std::string_view text) {
            output_.manager_line(LogLevel::Warning, unit.name().str(), text);
        });
    // An alias: what was asked for is another unit's name.
    Unit* other = loaded.id != unit.name() ? find(loaded.id.str()) : nullptr;
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
    unit.loaded = std::move(loaded);
    if (only_ends_us(unit.loaded)) {
        service_config(unit.loaded)->exec[static_cast<size_t>(ServiceExecCommand::Start)].clear();
    }
    // A service whose file is gone lives on without its commands until it has stopped.
    if (unit.run && !unit.loaded.own) unit.loaded.own = std::make_unique<ServiceConfig>();
    take_names(unit);
    if (service_config(unit.loaded) && !unit.run) make_runtime(unit);
    if (unit.loaded.load_state == LoadState::Loaded && !unit.machine)
        unit.machine = std::make_unique<PassiveMachine>(kind_of(unit.loaded).active_word);
    switch (unit.loaded.load_state) {
        case LoadState::Loaded: unit.skipped = skipped_.reason(unit.loaded).has_value(); break;
        case LoadState::NotFound: unit.skipped = skipped_.may_be_missing(unit.name()); break;
        default: unit.skipped = false;
    }
    link_dependencies(unit);
    tell_observers([&](ManagerObserver& observer) { observer.unit_new(unit); });
}

void Manager::make_runtime(Unit& unit) {
    auto transient = transients_.find(unit.name().str());
    if (transient != transients_.end()) ++unit.holds;
    OwnerId owner = transient != transients_.end() ? transient->second.owner
                                                   : tracker_.add_owner(unit.name().str());
    auto run = std::make_unique<ServiceRun>(unit, means_, owner);
    unit.machine = std::make_unique<ServiceMachine>();
    owners_[owner] = unit.id;
    unit.run = std::move(run);
}

void Manager::add_transient(const std::string& name, std::string_view text,
                            ProcessStarter starter) {
    transients_.emplace(name, Transient{std::move(starter), tracker_.add_owner(name)});
    std::string directory = options_.root().at("/run/systemd/transient");
    auto written = try_twice([&] {
        auto made = make_directories(directory);
        return made ? write_file_atomically(cat(directory, "/", name), text) : made;
    });
    if (!written) log_warning("Failed to make ", name, ": ", written.error().text);
}

const ProcessStarter* Manager::starter_of(const Unit& unit) const {
    auto transient = transients_.find(unit.name().str());
    return transient == transients_.end() ? nullptr : &transient->second.starter;
}

void Manager::link_dependencies(Unit& unit) {
    UnitId id = unit.id;
    auto written = std::exchange(unit.loaded.unit.dependencies, {});
    for (const WrittenDependency& dependency : written) {
        auto name = UnitName::parse(dependency.name);
        if (!name || name->is_template()) continue;
        UnitId other = stub(*name);
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

// They were there before the first unit file was read.
void Manager::begin_perpetual_units() {
    for (const auto& perpetual : perpetual_units()) {
        auto unit = load(perpetual.name);
        if (unit) handle((*unit)->id, event::StartRequested{});
    }
    flush_changes();
}

// As in systemd, what runs, or has a job, does not become another unit.
bool Manager::may_be_merged(const Unit& unit) {
    return unit.is_inactive_or_failed() && unit.job == 0;
}

// `alias` turned out to be another name of `unit`: what pointed at it points there from now on.
void Manager::merge_into(Unit& unit, Unit& alias) {
    std::vector<std::pair<Dependency, UnitId>> edges;
    graph_.for_each(alias.id,
                    [&](Dependency kind, UnitId other) { edges.emplace_back(kind, other); });
    for (auto [kind, other] : edges) graph_.add(other, inverse(kind), unit.id, Origin::File);
    release(alias);
    unit.holds += alias.holds;
    for (auto& [name, id] : ids_) {
        if (id == alias.id) id = unit.id;
    }
    let_go(alias.id);
}

// Both are in use: the alias goes on under its own name. Its file is the other's already, so it
// cannot be started; when it has ended it is merged.
void Manager::merge_later(Unit& unit, LoadedUnit& loaded) {
    log_unit(
        unit, LogLevel::Warning,
        cat("Is an alias of ", loaded.id.str(), " now, but in use: not merged before it ends."));
    if (std::ranges::find(unmerged_, unit.id) == unmerged_.end()) unmerged_.push_back(unit.id);
    loaded.id = unit.name();
    loaded.names = {unit.name()};
    fail_loading(loaded, EEXIST);
}

void Manager::merge_what_ended() {
    for (size_t i = 0; i < unmerged_.size();) {
        UnitId id = unmerged_[i];
        bool waits = exists(id) && !may_be_merged(unit(id));
        if (waits) {
            ++i;
            continue;
        }
        if (exists(id)) to_load_.push_back(id);
        unmerged_.erase(unmerged_.begin() + static_cast<ptrdiff_t>(i));
    }
    if (!to_load_.empty() || !to_order_.empty()) load_queued();
}

// A name of this unit may be that of one in memory that was read before the alias was made.
void Manager::take_names(Unit& unit) {
    for (const UnitName& name : unit.loaded.names) {
        auto [known, is_new] = ids_.try_emplace(name.str(), unit.id);
        if (is_new || known->second == unit.id) continue;
        Unit& other = this->unit(known->second);
        if (other.loaded.load_state == LoadState::NotFound && may_be_merged(other))
            merge_into(unit, other);
    }
}

// What could not be read for a reason of the moment is read when it matters the next time.
void Manager::complete(UnitId id) {
    if (!unit(id).loaded.incomplete) return;
    load_again(id);
    load_queued();
}

// To be followed by load_queued().
void Manager::load_again(UnitId id) {
    to_load_.push_back(id);
    graph_.for_each(id, [&](Dependency, UnitId other) { may_be_garbage(other); });
    graph_.remove_declared(id);
}

bool Manager::needs_reload(const Unit& unit) const {
    return unit.loaded.load_state == LoadState::Loaded && index_->needs_reload(unit.loaded);
}

void Manager::read_again(UnitId id) {
    rescan_for_missing();
    load_again(id);
    load_queued();
    if (exists(id)) mark_changed(id);
}

// What may need memory comes before the rest of a removal.
void Manager::release(const Unit& unit) {
    gone_.reserve(gone_.size() + 1);
    if (!unit.run) return;
    tracker_.release(unit.run->owner());
    owners_.erase(unit.run->owner());
}

// From here on its id is nobody's.
void Manager::let_go(UnitId id) noexcept {
    auto& place = units_[place_of(id)];
    graph_.remove_all(id);
    start_failed_.erase(id);
    gone_.push_back(std::move(place));
    free_ids_.push_back(unit_at(place_of(id), generation_of(id) + 1));
    schedule_turn();
}

} // namespace sctl
