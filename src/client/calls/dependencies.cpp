#include "client/calls/dependencies.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/properties.hpp"

namespace sctl {

namespace {

// The order is that of the properties in systemd's reply.
std::vector<std::string> dependency_properties(const ClientRequest& request) {
    if (request.after) return {"After"};
    if (request.before) return {"Before"};
    if (!request.dependency_properties.empty()) return request.dependency_properties;
    return {"Requires", "Requisite", "Wants", "BindsTo", "Upholds", "ConsistsOf"};
}

} // namespace

Result<std::vector<std::string>> get_dependencies(ClientConnection& manager,
                                                  const ClientRequest& request,
                                                  const std::string& name) {
    auto reply = get_all_properties(manager, unit_object_path(name));
    if (!reply) return reply.error();
    Properties unit(*std::move(reply));
    std::vector<std::string> names;
    for (const auto& property : dependency_properties(request)) {
        for (auto& other : unit.texts(property)) {
            if (!contains(names, other)) names.push_back(std::move(other));
        }
    }
    return names;
}

bool add_dependencies(const ClientRequest& request, ClientConnection& manager,
                      std::vector<std::string>& names) {
    if (!request.with_dependencies) return true;
    std::vector<std::string> all;
    for (auto& name : names) {
        auto dependencies = get_dependencies(manager, request, name);
        if (!dependencies) {
            log_error("Failed to get unit dependencies: ", words_of(dependencies.error()));
            return false;
        }
        all.push_back(std::move(name));
        for (auto& each : *dependencies) {
            if (!contains(all, each)) all.push_back(std::move(each));
        }
    }
    names = std::move(all);
    return true;
}

} // namespace sctl
