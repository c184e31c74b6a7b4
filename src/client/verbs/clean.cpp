// clean: has units remove the directories that their settings name. freeze and thaw, which are
// asked for in the same way.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/calls/unit_watch.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

// Keeps the unit in memory until we have read how it went. systemd counts references by senders,
// which a connection without a bus has none of: there the unit is kept by nobody, and is read anew.
Result<void> refer_to(ClientConnection& manager, const std::string& name) {
    auto reply = call_manager(manager, "RefUnit", name);
    bool counts = reply || !reply.error().name.ends_with(".InvalidArgs");
    return reply || !counts ? Result<void>{} : reply.error();
}

Result<Message> ask_to_clean(const Session& session, ClientConnection& manager,
                             std::string_view verb, const std::string& name) {
    if (verb == "freeze") return call_manager(manager, "FreezeUnit", name);
    if (verb == "thaw") return call_manager(manager, "ThawUnit", name);
    const auto& what = session.request.clean_what;
    Message call = method_call(manager_path, manager_interface, "CleanUnit");
    Writer body;
    body.string(name).strings(what.empty() ? Words{"cache", "runtime"} : what);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

} // namespace

int verb_clean(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto expanded = expand_unit_names(session, *manager, {words.begin() + 1, words.end()});
    if (!expanded) return exit_failure;
    const auto& verb = words.front();
    bool waits = verb == "clean" && session.request.block;
    UnitWatch cleaned(UnitWatch::Until::Cleaned);
    if (waits && !cleaned.subscribe(*manager)) return exit_failure;
    int status = exit_ok;
    for (const auto& name : expanded->names) {
        auto referred = waits ? refer_to(*manager, name) : Result<void>{};
        if (!referred) {
            log_error("Failed to add reference to unit ", name, ": ", words_of(referred.error()));
            status = exit_failure;
            continue;
        }
        auto asked = ask_to_clean(session, *manager, verb, name);
        if (!asked) {
            log_error("Failed to ", verb, " unit ", name, ": ", words_of(asked.error()));
            status = exit_failure;
        } else if (waits) {
            cleaned.add(name);
        }
    }
    if (waits && !cleaned.wait(*manager)) status = exit_failure;
    return status;
}

} // namespace sctl
