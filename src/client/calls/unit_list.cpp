#include "client/calls/unit_list.hpp"

#include "base/text.hpp"
#include "client/calls/manager_calls.hpp"

namespace sctl {

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

namespace {

Result<std::vector<UnitInfo>> read_units(const Message& reply, const ClientRequest& request) {
    std::vector<UnitInfo> units;
    Reader in(reply);
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        UnitInfo& unit = units.emplace_back();
        (void)in.enter_struct().has_value();
        (void)in
            .read(unit.id, unit.description, unit.load_state, unit.active_state, unit.sub_state,
                  unit.following, unit.path, unit.job_id, unit.job_type, unit.job_path)
            .has_value();
        (void)in.exit_struct().has_value();
        if (!is_listed(request, unit)) units.pop_back();
    }
    if (auto status = in.status(); !status) return status.error();
    return units;
}

} // namespace

Result<std::vector<UnitInfo>> list_units(ClientConnection& manager, const ClientRequest& request,
                                         const std::vector<std::string>& patterns) {
    Message call = method_call(manager_path, manager_interface, "ListUnitsByPatterns");
    Writer body;
    body.strings(request.states).strings(patterns);
    if (auto finished = body.finish(call); !finished) return finished.error();
    auto reply = manager.call(std::move(call));
    if (!reply) return reply.error();
    return read_units(*reply, request);
}

} // namespace sctl
