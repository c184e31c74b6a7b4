#include "client/calls/calls.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "unit/unit_name.hpp"
#include "wire/bus_names.hpp"

namespace sctl {

Result<Message> call_manager_with_list(ClientConnection& manager, std::string_view member,
                                       const std::vector<std::string>& list) {
    Message call = method_call(manager_path, manager_interface, member);
    Writer body;
    body.strings(list);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

Result<Message> get_property(ClientConnection& manager, std::string_view path,
                             std::string_view interface, std::string_view property) {
    Message call = method_call(path, properties_interface, "Get");
    Writer body;
    body.string(interface).string(property);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

Result<std::string> get_text(ClientConnection& manager, std::string_view path,
                             std::string_view interface, std::string_view property) {
    auto reply = get_property(manager, path, interface, property);
    if (!reply) return reply.error();
    Reader in(*reply);
    (void)in.enter_variant().has_value();
    auto text = in.any_text();
    if (!text) return text.error();
    return std::string(*text);
}

Result<std::vector<std::string>> get_texts(ClientConnection& manager, std::string_view path,
                                           std::string_view interface, std::string_view property) {
    auto reply = get_property(manager, path, interface, property);
    if (!reply) return reply.error();
    Reader in(*reply);
    (void)in.enter_variant().has_value();
    return in.strings();
}

Result<bool> get_boolean(ClientConnection& manager, std::string_view path,
                         std::string_view interface, std::string_view property) {
    auto reply = get_property(manager, path, interface, property);
    if (!reply) return reply.error();
    Reader in(*reply);
    (void)in.enter_variant().has_value();
    return in.boolean();
}

namespace {

Result<Message> string_call(std::string_view path, std::string_view interface,
                            std::string_view member, std::string_view argument) {
    Message call = method_call(path, interface, member);
    Writer body;
    body.string(argument);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return call;
}

} // namespace

Result<Message> get_all_properties(ClientConnection& manager, std::string_view path) {
    auto call = string_call(path, properties_interface, "GetAll", "");
    return call ? manager.call(*std::move(call)) : call;
}

void AskAhead::reach(size_t index) {
    constexpr size_t units_ahead = 8;
    if (units_.size() < 2) return;
    for (; asked_ < units_.size() && asked_ <= index + units_ahead; ++asked_) {
        const auto& unit = units_[asked_];
        auto all = string_call(unit_object_path(unit), properties_interface, "GetAll", "");
        auto processes = string_call(manager_path, manager_interface, "GetUnitProcesses", unit);
        if (all) manager_.prefetch(*std::move(all));
        if (processes && with_processes_) manager_.prefetch(*std::move(processes));
    }
}

namespace {

Result<std::string> get_loaded_unit(ClientConnection& manager, std::string_view name) {
    auto reply = call_manager(manager, "GetUnit", name);
    if (!reply) return reply.error();
    Reader in(*reply);
    auto path = in.object_path();
    if (!path) return path.error();
    return std::string(*path);
}

} // namespace

Result<std::string> get_active_state(ClientConnection& manager, std::string_view name) {
    return get_text(manager, unit_object_path(name), unit_interface, "ActiveState");
}

bool needs_daemon_reload(ClientConnection& manager, std::string_view name) {
    auto path = get_loaded_unit(manager, name);
    return path && get_boolean(manager, *path, unit_interface, "NeedDaemonReload").value_or(false);
}

void warn_needs_daemon_reload(const Session& session, std::string_view name) {
    log_warning("Warning: The unit file, source configuration file or drop-ins of ", name,
                " changed on disk. Run 'systemctl", session.scope_option(),
                " daemon-reload' to reload units.");
}

namespace {

Result<std::vector<UnitInfo>> read_units(const Message& reply) {
    std::vector<UnitInfo> units;
    Reader in(reply);
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        UnitInfo unit;
        (void)in.enter_struct().has_value();
        (void)in
            .read(unit.id, unit.description, unit.load_state, unit.active_state, unit.sub_state,
                  unit.following, unit.path, unit.job_id, unit.job_type, unit.job_path)
            .has_value();
        (void)in.exit_struct().has_value();
        units.push_back(std::move(unit));
    }
    if (auto status = in.status(); !status) return status.error();
    return units;
}

} // namespace

// The manager filters by patterns and states only.
bool is_listed(const ClientRequest& request, const UnitInfo& unit) {
    if (!request.types.empty()) {
        auto dot = unit.id.rfind('.');
        if (dot == std::string::npos || !contains(request.types, unit.id.substr(dot + 1)))
            return false;
    }
    if (request.all) return true;
    // Followers (several device units of one device) are shown once, by whom they follow.
    if (!unit.following.empty()) return false;
    return !request.states.empty() || unit.active_state != "inactive" || unit.job_id > 0;
}

Result<std::vector<UnitInfo>> list_units(ClientConnection& manager, const ClientRequest& request,
                                         const std::vector<std::string>& patterns) {
    Message call = method_call(manager_path, manager_interface, "ListUnitsByPatterns");
    Writer body;
    body.strings(request.states).strings(patterns);
    if (auto finished = body.finish(call); !finished) return finished.error();
    auto reply = manager.call(std::move(call));
    if (!reply) return reply.error();
    auto units = read_units(*reply);
    if (units)
        std::erase_if(*units, [&](const UnitInfo& unit) { return !is_listed(request, unit); });
    return units;
}

std::string mangle_or_complain(const Session& session, std::string_view typed,
                               std::string_view suffix, std::string_view complaint) {
    auto name = unit_name_mangle(typed, true, suffix);
    if (!name) {
        log_error(complaint, ": ", words_of(Error{EINVAL, {}, {}}));
        return {};
    }
    // What was added behind the name, or the name of a path's unit, needs no mention.
    if (!session.request.quiet && !name->starts_with(typed) && !typed.starts_with('/')) {
        std::string_view escaped = *name;
        if (escaped.ends_with(suffix) && !typed.ends_with(suffix))
            escaped.remove_suffix(suffix.size());
        log_info("Invalid unit name \"", typed, "\" escaped as \"", escaped,
                 "\" (maybe you should use systemd-escape?).");
    }
    return *std::move(name);
}

namespace {

std::optional<ExpandedNames> expand(Session& session, ClientConnection& manager,
                                    const std::vector<std::string>& typed, std::string_view suffix,
                                    const ClientRequest& request) {
    ExpandedNames expanded;
    std::vector<std::string> patterns;
    for (const auto& each : typed) {
        auto name = mangle_or_complain(session, each, suffix);
        if (name.empty()) {
            log_error("Failed to expand names: ", words_of(Error{EINVAL, {}, {}}));
            return std::nullopt;
        }
        (is_glob(name) ? patterns : expanded.names).push_back(std::move(name));
    }
    if (patterns.empty()) return expanded;
    auto units = list_units(manager, request, patterns);
    if (!units) {
        log_error("Failed to list units: ", words_of(units.error()));
        return std::nullopt;
    }
    for (auto& unit : *units) expanded.names.push_back(std::move(unit.id));
    expanded.had_patterns = true;
    return expanded;
}

} // namespace

std::optional<ExpandedNames> expand_unit_names(Session& session, ClientConnection& manager,
                                               const std::vector<std::string>& typed,
                                               std::string_view suffix) {
    return expand(session, manager, typed, suffix, session.request);
}

std::optional<ExpandedNames> expand_all_unit_names(Session& session, ClientConnection& manager,
                                                   const std::vector<std::string>& typed) {
    ClientRequest request = session.request;
    if (request.states.empty()) request.all = true;
    return expand(session, manager, typed, ".service", request);
}

} // namespace sctl
