// add-wants and add-requires: links in the .wants and .requires directories of a target.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/files/unit_files.hpp"
#include "client/verbs/link_changes.hpp"
#include "client/verbs/verb_table.hpp"
#include "install/messages.hpp"

namespace sctl {

int verb_add_dependency(Session& session, const Words& words) {
    auto target = mangle_or_complain(session, words[1], ".target", "Failed to mangle unit name");
    if (target.empty()) return exit_failure;
    Words names;
    for (auto word = words.begin() + 2; word != words.end(); ++word) {
        names.push_back(mangle_file_name(session, *word));
        if (names.back().empty()) return exit_failure;
    }
    bool wants = words.front() == "add-wants";
    if (works_on_files(session)) {
        if (!root_is_there(session)) return exit_failure;
        UnitFiles files(session);
        auto outcome = add_dependency(files.place(), names, target,
                                      wants ? AddedDependency::Wants : AddedDependency::Requires,
                                      install_flags(session.request));
        tell_changes(session, outcome, "add dependency on");
        return install_exit_status(outcome);
    }
    Message call = method_call(manager_path, manager_interface, "AddDependencyUnitFiles");
    Writer body;
    body.strings(names).string(target).string(wants ? "Wants" : "Requires");
    body.boolean(session.request.runtime).boolean(session.request.force > 0);
    (void)body.finish(call).has_value();
    auto reply = session.manager()->call(std::move(call));
    if (!reply) {
        log_error("Failed to add dependency: ", words_of(reply.error()));
        return exit_failure;
    }
    Reader in(*reply);
    tell_changes(session, read_changes(in), words.front());
    return reload_after_changes(session) ? exit_ok : exit_failure;
}

} // namespace sctl
