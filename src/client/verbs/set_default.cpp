// set-default: the link that says which target is booted.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/files/unit_files.hpp"
#include "client/verbs/link_changes.hpp"
#include "client/verbs/verb_table.hpp"
#include "install/messages.hpp"

namespace sctl {

int verb_set_default(Session& session, const Words& words) {
    auto name = mangle_or_complain(session, words[1], ".target", "Failed to mangle unit name");
    if (name.empty()) return exit_failure;
    if (works_on_files(session)) {
        if (!root_is_there(session)) return exit_failure;
        UnitFiles files(session);
        auto outcome = set_default_target(files.place(), name);
        tell_changes(session, outcome, "set default");
        return install_exit_status(outcome);
    }
    Message call = method_call(manager_path, manager_interface, "SetDefaultTarget");
    Writer body;
    body.string(name).boolean(true);
    (void)body.finish(call).has_value();
    auto reply = session.manager()->call(std::move(call));
    if (!reply) {
        log_error("Failed to set default target: ", words_of(reply.error()));
        return exit_failure;
    }
    Reader in(*reply);
    tell_changes(session, read_changes(in), "set default");
    return reload_after_changes(session) ? exit_ok : exit_failure;
}

} // namespace sctl
