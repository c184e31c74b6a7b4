// preset-all: enables and disables all unit files as presets say.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/files/unit_files.hpp"
#include "client/verbs/link_changes.hpp"
#include "client/verbs/verb_table.hpp"
#include "install/messages.hpp"

namespace sctl {

int verb_preset_all(Session& session, const Words&) {
    const auto& request = session.request;
    if (works_on_files(session)) {
        if (!root_is_there(session)) return exit_failure;
        UnitFiles files(session);
        auto outcome = preset_all(files.place(), preset_mode(request), install_flags(request));
        tell_changes(session, outcome, "preset");
        return install_exit_status(outcome);
    }
    Message call = method_call(manager_path, manager_interface, "PresetAllUnitFiles");
    Writer body;
    body.string(request.preset_mode.empty() ? "full" : request.preset_mode);
    body.boolean(request.runtime).boolean(request.force > 0);
    (void)body.finish(call).has_value();
    auto reply = session.manager()->call(std::move(call));
    if (!reply) {
        log_error("Failed to preset all units: ", words_of(reply.error()));
        return exit_failure;
    }
    Reader in(*reply);
    tell_changes(session, read_changes(in), "preset");
    return reload_after_changes(session) ? exit_ok : exit_failure;
}

} // namespace sctl
