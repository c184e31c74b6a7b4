// enable, disable, reenable, preset, mask, unmask, link and revert: links to unit files.
#include <algorithm>
#include <array>

#include "base/files.hpp"
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/files/sysv.hpp"
#include "client/files/unit_files.hpp"
#include "client/request/typed_path.hpp"
#include "client/verbs/link_changes.hpp"
#include "client/verbs/verb_table.hpp"
#include "client/verbs/without_manager.hpp"
#include "install/messages.hpp"

namespace sctl {

namespace {

struct FileVerb {
    std::string_view name;
    std::string_view method; // of the manager
    bool sends_runtime, sends_force;
    bool tells_info;          // whether the reply begins with carries_install_info
    bool wants_info;          // and the verb says so where there is none
    std::string_view and_now; // what --now does besides
};

constexpr auto file_verbs = std::to_array<FileVerb>({
    {"enable", "EnableUnitFiles", true, true, true, true, "start"},
    {"disable", "DisableUnitFiles", true, false, false, false, "stop"},
    {"reenable", "ReenableUnitFiles", true, true, true, true, ""},
    {"preset", "PresetUnitFiles", true, true, true, false, ""},
    {"mask", "MaskUnitFiles", true, true, false, false, "stop"},
    {"unmask", "UnmaskUnitFiles", true, false, false, false, ""},
    {"link", "LinkUnitFiles", true, true, false, false, ""},
    {"revert", "RevertUnitFiles", false, false, false, false, ""},
});

InstallOutcome work(const FileVerb& verb, const ClientRequest& request, const InstallPlace& place,
                    const Words& names) {
    auto flags = install_flags(request);
    if (verb.name == "enable") return enable_units(place, names, flags);
    if (verb.name == "disable") return disable_units(place, names, flags);
    if (verb.name == "reenable") return reenable_units(place, names, flags);
    if (verb.name == "preset") return preset_units(place, names, preset_mode(request), flags);
    if (verb.name == "mask") return mask_units(place, names, flags);
    if (verb.name == "unmask") return unmask_units(place, names, flags);
    if (verb.name == "link") return link_units(place, names, flags);
    return revert_units(place, names);
}

// What a verb on files has come to: nothing where it failed, which has been said.
struct Done {
    bool carries_install_info = true;
};

std::optional<Done> work_on_files(Session& session, const FileVerb& verb, const Words& names) {
    if (!root_is_there(session)) return std::nullopt;
    UnitFiles files(session);
    auto outcome = work(verb, session.request, files.place(), names);
    tell_changes(session, outcome, verb.name);
    if (install_exit_status(outcome) != 0) return std::nullopt;
    return Done{!verb.wants_info || outcome.carries_install_info};
}

Result<Message> ask(ClientConnection& manager, const FileVerb& verb, const ClientRequest& request,
                    const Words& names) {
    bool with_mode = verb.name == "preset" && preset_mode(request) != PresetMode::Full;
    Message call = method_call(manager_path, manager_interface,
                               with_mode ? "PresetUnitFilesWithMode" : verb.method);
    Writer body;
    body.strings(names);
    if (with_mode) body.string(request.preset_mode);
    if (verb.sends_runtime) body.boolean(request.runtime);
    if (verb.sends_force) body.boolean(request.force > 0);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

std::optional<Done> work_by_manager(Session& session, const FileVerb& verb, const Words& names) {
    auto* manager = session.manager();
    if (!manager) return std::nullopt;
    auto reply = ask(*manager, verb, session.request, names);
    if (!reply) {
        log_error("Failed to ", verb.name, " unit: ", words_of(reply.error()));
        return std::nullopt;
    }
    Done done;
    Reader in(*reply);
    if (verb.tells_info) {
        auto carries = in.boolean();
        done.carries_install_info = !verb.wants_info || carries.value_or(true);
    }
    tell_changes(session, read_changes(in), verb.name);
    if (!reload_after_changes(session)) return std::nullopt;
    return done;
}

// Names as typed made whole; a path stays one, made absolute. Empty: refused aloud.
Words whole_names(const Session& session, const FileVerb& verb, const Words& words) {
    Words names;
    bool had_path = false;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        bool is_path = word->find('/') != std::string::npos;
        if (!is_path && !word->empty() && verb.name == "link") {
            log_error(
                "Link argument must contain at least one directory separator.\n"
                "If you intended to link a file in the current directory, try ./",
                mangle_or_complain(session, *word), " instead.");
            return {};
        }
        if (is_path && verb.name == "disable") {
            had_path = true;
            names.emplace_back(base_name(*word));
        } else if (is_path) {
            auto path = absolute_path(*word);
            if (!path) {
                log_error("Failed to make path absolute: ", words_of(path.error()));
                return {};
            }
            names.push_back(*std::move(path));
        } else {
            auto name = mangle_file_name(session, *word);
            if (name.empty()) return {};
            names.push_back(std::move(name));
        }
    }
    if (had_path) {
        log_warning("Warning: Can't execute ", verb.name,
                    " on the unit file path. Proceeding with the unit name.");
    }
    return names;
}

// mask works without a unit file; a name mistyped is worth a word.
void mention_unknown(const Session& session, const Words& names) {
    UnitFiles files(session);
    for (const auto& name : names) {
        auto state = unit_file_state(files.place(), name);
        if (!state && state.error().code == ENOENT) {
            log_info("Unit ", name, " does not exist, proceeding anyway.");
        }
    }
}

} // namespace

int verb_enable(Session& session, const Words& words) {
    const auto& request = session.request;
    const auto* verb = std::ranges::find(file_verbs, words.front(), &FileVerb::name);
    auto names = whole_names(session, *verb, words);
    if (names.empty()) return exit_failure;
    bool masks = verb->name == "mask" || verb->name == "unmask";
    bool on_files = works_on_files(session);
    if (masks && !request.quiet && !on_files) mention_unknown(session, names);

    auto handed = hand_to_sysv_install(session, verb->name, names);
    if (handed == SysvOutcome::Failed) return exit_failure;
    // Where all were scripts there is nothing left to do but to tell the manager.
    if (names.empty()) return on_files || reload_after_changes(session) ? exit_ok : exit_failure;

    auto done =
        on_files ? work_on_files(session, *verb, names) : work_by_manager(session, *verb, names);
    if (!done) return exit_failure;
    if (!done->carries_install_info && !request.quiet && request.warn) {
        log_info(no_install_info_text());
    }
    if (!request.now || verb->and_now.empty()) return exit_ok;
    Words also = {std::string(verb->and_now)};
    for (const auto& name : names) also.emplace_back(base_name(name));
    return run_with_or_without_manager(session, *find_verb(verb->and_now), also);
}

} // namespace sctl
