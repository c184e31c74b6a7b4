#include "bus/objects/object.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "base/text.hpp"
#include "bus/errors.hpp"
#include "unit/unit_kind.hpp"
#include "wire/bus_names.hpp"

namespace sctl {
namespace {

// The part of `path` below `directory`; nothing where it does not lie right there.
std::optional<std::string_view> label_in(std::string_view directory, std::string_view path) {
    if (!path.starts_with(directory) || path.size() <= directory.size() + 1) return std::nullopt;
    path.remove_prefix(directory.size());
    if (path.front() != '/' || path.find('/', 1) != path.npos) return std::nullopt;
    return path.substr(1);
}

// The way down to the manager, its own path not counted.
bool is_node(std::string_view path) {
    return path == "/" || path == unit_directory || path == job_directory ||
           (path.size() < manager_path.size() && manager_path.starts_with(path) &&
            manager_path[path.size()] == '/');
}

Result<Unit*> find_unit(Manager& manager, std::string_view label) {
    std::string name = object_path_unescape(label);
    bool is_id = name.size() == 32 && name.find_first_not_of(hex_digits) == name.npos;
    if (is_id) {
        for (const auto& unit : manager.units()) {
            if (unit && to_hex(unit->invocation_id) == name) return unit.get();
        }
        return error_named(bus_error::no_unit_for_invocation_id,
                           cat("No unit with the specified invocation ID ", name, " known."));
    }
    auto parsed = UnitName::parse(name);
    if (!parsed || parsed->is_template()) {
        return error_named(
            bus_error::invalid_args,
            cat("Unit name ", name, " is neither a valid invocation ID nor unit name."));
    }
    return manager.load(name);
}

} // namespace

Result<BusObject> find_object(Manager& manager, const BusRecord& record, std::string_view path) {
    using Kind = BusObject::Kind;
    if (path == manager_path) return BusObject{Kind::Manager, manager, record};
    if (path == log_control_path) return BusObject{Kind::LogControl, manager, record};
    if (auto label = label_in(unit_directory, path)) {
        auto unit = find_unit(manager, *label);
        if (!unit) return unit.error();
        return BusObject{Kind::Unit, manager, record, *unit};
    }
    if (auto label = label_in(job_directory, path)) {
        auto id = parse_number<JobId>(*label);
        const Job* job = id ? manager.jobs().find(*id) : nullptr;
        if (job) return BusObject{Kind::Job, manager, record, nullptr, job};
    }
    if (is_node(path)) return BusObject{Kind::Node, manager, record};
    return no_such_object(path);
}

Error no_such_object(std::string_view path) {
    return error_named(bus_error::unknown_object, cat("Unknown object '", path, "'."));
}

std::vector<std::string> child_nodes(const Manager& manager, std::string_view path) {
    std::vector<std::string> names;
    if (path == unit_directory) {
        for (const auto& unit : manager.units()) {
            if (unit) names.push_back(object_path_escape(unit->name().str()));
        }
    } else if (path == job_directory) {
        manager.jobs().for_each([&](const Job& job) { names.push_back(cat(job.id)); });
    } else if (path == manager_path) {
        names = {"job", "unit"};
    } else if (is_node(path)) {
        for (auto object : {log_control_path, manager_path}) {
            auto rest = object.substr(path == "/" ? 1 : path.size() + 1);
            std::string name(rest.substr(0, rest.find('/')));
            if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
        }
    }
    std::ranges::sort(names);
    return names;
}

std::vector<std::string_view> interfaces_of(const BusObject& object) {
    std::vector<std::string_view> names = {interface_name::peer, interface_name::introspectable,
                                           interface_name::properties};
    switch (object.kind) {
        case BusObject::Kind::Node: break;
        case BusObject::Kind::Manager: names.push_back(interface_name::manager); break;
        case BusObject::Kind::Unit:
            names.insert(names.end(), {kind_of(object.unit->type()).interface, interface_name::unit,
                                       interface_name::own_unit});
            break;
        case BusObject::Kind::Job: names.push_back(interface_name::job); break;
        case BusObject::Kind::LogControl: names.push_back(interface_name::log_control); break;
    }
    return names;
}

std::string job_object_path(JobId id) {
    return cat(job_directory, '/', id);
}

} // namespace sctl
