// cancel: jobs that are queued, or all of them.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

int verb_cancel(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    if (words.size() == 1) {
        auto reply = call_manager(*manager, "ClearJobs");
        if (reply) return exit_ok;
        log_error("Failed to execute operation: ", words_of(reply.error()));
        return exit_failure;
    }
    int status = exit_ok;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        auto id = parse_number<uint32_t>(*word);
        if (!id) {
            log_error("Failed to parse job id \"", *word, "\": Invalid argument");
            return exit_failure;
        }
        auto reply = call_manager_with_number(*manager, "CancelJob", *id);
        if (reply) continue;
        log_error("Failed to cancel job ", *id, ": ", words_of(reply.error()));
        status = exit_failure;
    }
    return status;
}

} // namespace sctl
