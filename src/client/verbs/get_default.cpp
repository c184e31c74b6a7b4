// get-default: which target is booted, by its link.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/files/unit_files.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

int verb_get_default(Session& session, const Words&) {
    if (!root_is_there(session, "Failed to get default target")) return exit_failure;
    UnitFiles files(session);
    auto target = default_target(files.place());
    if (!target) {
        log_error("Failed to get default target: ", words_of(target.error()));
        return exit_failure;
    }
    session.print(*target, "\n");
    return exit_ok;
}

} // namespace sctl
