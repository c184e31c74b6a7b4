// set-property: changes what a unit may use while it runs.
#include <algorithm>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/property_assignment.hpp"
#include "client/calls/unit_names.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

Result<Message> set_properties(const Session& session, ClientConnection& manager,
                               const std::string& name, const Words& assignments) {
    Message call = method_call(manager_path, manager_interface, "SetUnitProperties");
    Writer body;
    body.string(name).boolean(session.request.runtime).open_array("(sv)");
    for (const auto& assignment : assignments) {
        if (auto appended = append_assignment(body, name, assignment); !appended)
            return appended.error();
    }
    body.close_array();
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

} // namespace

int verb_set_property(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto expanded = expand_unit_names(session, *manager, {words[1]});
    if (!expanded) return exit_failure;
    Words assignments(words.begin() + 2, words.end());
    int status = exit_ok;
    for (const auto& name : expanded->names) {
        auto reply = set_properties(session, *manager, name, assignments);
        if (reply) continue;
        // One without a D-Bus name is our own refusal, and is all there is to say.
        const Error& error = reply.error();
        if (error.name.empty() && error.code == EINVAL) {
            log_error(error.text);
            return exit_failure;
        }
        log_error("Failed to set unit properties on ", name, ": ", words_of(error));
        status = exit_failure;
    }
    return status;
}

} // namespace sctl
