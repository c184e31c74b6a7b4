// Manager's part that knows units: it loads them with all they refer to, and puts what they depend
// on into the graph.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "manager/manager.hpp"
#include "manager/service_environment.hpp"
#include "manager/service_runner.hpp"
#include "unit/dependencies.hpp"
#include "unit/embedded_units.hpp"
#include "unit/loader.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

Dependency dependency_of(DependencyKey key) {
    switch (key) {
        case DependencyKey::Requires: return Dependency::Requires;
        case DependencyKey::Requisite: return Dependency::Requisite;
        case DependencyKey::Wants: return Dependency::Wants;
        case DependencyKey::BindsTo: return Dependency::BindsTo;
        case DependencyKey::PartOf: return Dependency::PartOf;
        case DependencyKey::Upholds: return Dependency::Upholds;
        case DependencyKey::Conflicts: return Dependency::Conflicts;
        case DependencyKey::Before: return Dependency::Before;
        case DependencyKey::After: return Dependency::After;
        case DependencyKey::OnSuccess: return Dependency::OnSuccess;
        case DependencyKey::OnFailure: return Dependency::OnFailure;
        case DependencyKey::PropagatesReloadTo: return Dependency::PropagatesReloadTo;
        case DependencyKey::ReloadPropagatedFrom: return Dependency::ReloadPropagatedFrom;
        case DependencyKey::PropagatesStopTo: return Dependency::PropagatesStopTo;
        case DependencyKey::StopPropagatedFrom: return Dependency::StopPropagatedFrom;
        case DependencyKey::JoinsNamespaceOf: return Dependency::JoinsNamespaceOf;
    }
    return Dependency::References;
}

// Systemd's own services at the end of a shutdown call systemctl to end PID 1 at once: we end by
// the target that wants them, and an administrator's own does what it says.
bool only_ends_us(const LoadedUnit& unit) {
    const std::string& name = unit.id.str();
    bool named = name == "systemd-halt.service" || name == "systemd-kexec.service";
    return named && unit.service && !unit.fragment_path.starts_with("/etc/");
}

} // namespace

Unit* Manager::find(std::string_view name) {
    auto found = ids_.find(std::string(name));
    return found == ids_.end() ? nullptr : &unit(found->second);
}

Result<Unit*> Manager::load(std::string_view name) {
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

// A unit that something refers to, its files still to be read.
UnitId Manager::stub(const UnitName& name) {
    if (auto known = ids_.find(name.str()); known != ids_.end()) return known->second;
    UnitId id;
    if (free_ids_.empty()) {
        id = UnitId{static_cast<uint32_t>(units_.size())};
        units_.emplace_back();
    } else {
        id = free_ids_.back();
        free_ids_.pop_back();
    }
    auto unit = std::make_unique<Unit>();
    unit->id = id;
    unit->loaded.id = name;
    unit->loaded.names = {name};
    ids_.emplace(name.str(), id);
    units_[static_cast<size_t>(id)] = std::move(unit);
    to_load_.push_back(id);
    return id;
}

void Manager::load_queued() {
    std::vector<UnitId> loaded;
    while (!to_load_.empty()) {
        UnitId id = to_load_.front();
        to_load_.pop_front();
        if (!exists(id)) continue;
        read_files(unit(id));
        loaded.push_back(id);
    }
    // What depends on the settings of both ends waits until both are known.
    for (UnitId id : loaded) {
        if (exists(id)) order_targets(id);
    }
}

// A target comes after what it pulls in (systemd.target(5), "Default Dependencies"). Asks the graph
// for what the files say, so both units must have been put into it.
void Manager::order_targets(UnitId id) {
    std::vector<std::pair<UnitId, UnitId>> pairs; // target and member
    graph_.for_each(id, Atom::DefaultTargetDependencies,
                    [&](UnitId target) { pairs.emplace_back(target, id); });
    graph_.for_each(id, Atom::AddDefaultTargetDependencyQueue,
                    [&](UnitId member) { pairs.emplace_back(id, member); });
    for (auto [target, member] : pairs) {
        if (!may_wait_for(unit(target).loaded, unit(member).loaded)) continue;
        // Who writes the opposite order means it; the files of one of them may say so only now.
        if (graph_.has(target, Dependency::Before, member))
            graph_.remove(target, Dependency::After, member, Origin::Default);
        else
            graph_.add(target, Dependency::After, member, Origin::Default);
    }
}

void Manager::read_files(Unit& unit) {
    LoadedUnit loaded = load_unit(*index_, unit.name(), facts_, warn_);
    // An alias: what was asked for is another unit's name.
    if (loaded.id != unit.name()) {
        auto other = ids_.find(loaded.id.str());
        if (other != ids_.end() && other->second != unit.id)
            return merge_into(this->unit(other->second), unit);
        ids_[loaded.id.str()] = unit.id;
    }
    unit.loaded = std::move(loaded);
    if (only_ends_us(unit.loaded)) {
        unit.loaded.service->exec[static_cast<size_t>(ServiceExecCommand::Start)].clear();
    }
    // A service whose file is gone lives on without its commands until it has stopped.
    if (unit.service && !unit.loaded.service)
        unit.loaded.service = std::make_unique<ServiceConfig>();
    for (const UnitName& name : unit.loaded.names) ids_.try_emplace(name.str(), unit.id);
    bool is_service = unit.loaded.service != nullptr;
    if (is_service && !unit.service) {
        unit.service = std::make_unique<ServiceRuntime>();
        auto transient = transients_.find(unit.name().str());
        if (transient != transients_.end()) ++unit.holds;
        unit.service->owner = transient != transients_.end()
                                  ? transient->second.owner
                                  : tracker_.add_owner(unit.name().str());
        owners_[unit.service->owner] = unit.id;
    }
    switch (unit.loaded.load_state) {
        case LoadState::Loaded: unit.skipped = skipped_.reason(unit.loaded).has_value(); break;
        case LoadState::NotFound: unit.skipped = skipped_.may_be_missing(unit.name()); break;
        default: unit.skipped = false;
    }
    link_dependencies(unit);
    for (auto* observer : observers_) observer->unit_new(unit);
}

void Manager::add_transient(const std::string& name, std::string_view text,
                            ProcessStarter starter) {
    transients_.emplace(name, Transient{std::move(starter), tracker_.add_owner(name)});
    std::string directory = options_.root().at("/run/systemd/transient");
    auto made = make_directories(directory);
    auto written = made ? write_file_atomically(cat(directory, "/", name), text) : made;
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
        graph_.add(id, dependency_of(dependency.key), other);
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
        if (unit && (*unit)->active == ActiveState::Inactive)
            set_active(**unit, ActiveState::Active, false, false);
    }
    flush_changes();
}

// `alias` turned out to be another name of `unit`: what pointed at it points there from now on.
void Manager::merge_into(Unit& unit, Unit& alias) {
    std::vector<std::pair<Dependency, UnitId>> edges;
    graph_.for_each(alias.id,
                    [&](Dependency kind, UnitId other) { edges.emplace_back(kind, other); });
    for (auto [kind, other] : edges) graph_.add(other, inverse(kind), unit.id, Origin::File);
    unit.holds += alias.holds;
    UnitId gone = alias.id;
    for (auto& [name, id] : ids_) {
        if (id == gone) id = unit.id;
    }
    graph_.remove_all(gone);
    units_[static_cast<size_t>(gone)].reset();
    free_ids_.push_back(gone);
}

// To be followed by load_queued().
void Manager::load_again(UnitId id) {
    graph_.for_each(id, [&](Dependency, UnitId other) { may_be_garbage(other); });
    graph_.remove_declared(id);
    to_load_.push_back(id);
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

} // namespace sctl
