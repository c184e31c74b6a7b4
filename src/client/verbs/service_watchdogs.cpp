// service-watchdogs: whether the manager minds services that do not report in time.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/verbs/verb_table.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {

namespace {

Result<Message> set_service_watchdogs(ClientConnection& manager, bool wanted) {
    Message call = method_call(manager_path, properties_interface, "Set");
    Writer body;
    body.string(manager_interface).string("ServiceWatchdogs").open_variant("b").boolean(wanted);
    body.close_variant();
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

} // namespace

int verb_service_watchdogs(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    if (words.size() == 1) {
        auto value = get_boolean(*manager, manager_path, manager_interface, "ServiceWatchdogs");
        if (value)
            session.print(*value ? "yes\n" : "no\n");
        else
            log_error("Failed to get service-watchdog state: ", words_of(value.error()));
        return value ? exit_ok : exit_failure;
    }
    auto wanted = parse_boolean(words[1]);
    if (!wanted) {
        log_error("Failed to parse service-watchdogs argument: Invalid argument");
        return exit_failure;
    }
    auto reply = set_service_watchdogs(*manager, *wanted);
    if (reply) return exit_ok;
    log_error("Failed to set service-watchdog state: ", words_of(reply.error()));
    return exit_failure;
}

} // namespace sctl
