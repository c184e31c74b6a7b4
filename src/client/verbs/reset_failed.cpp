// reset-failed: of units, or of all.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

int verb_reset_failed(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    if (words.size() == 1) {
        auto reply = call_manager(*manager, "ResetFailed");
        if (reply) return exit_ok;
        log_error("Failed to execute operation: ", words_of(reply.error()));
        return exit_failure;
    }
    auto expanded = expand_unit_names(session, *manager, {words.begin() + 1, words.end()});
    if (!expanded) return exit_failure;
    int status = exit_ok;
    for (const auto& name : expanded->names) {
        auto reply = call_manager(*manager, "ResetFailedUnit", name);
        if (reply) continue;
        log_error("Failed to reset failed state of unit ", name, ": ", words_of(reply.error()));
        status = exit_failure;
    }
    return status;
}

} // namespace sctl
