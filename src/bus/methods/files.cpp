// Methods on unit files: what room install does, in the words of D-Bus. None of them changes a unit
// in memory: the next call of Reload does.
#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "bus/objects/unit_file_memo.hpp"
#include "bus/objects/unit_file_place.hpp"
#include "install/install.hpp"
#include "install/messages.hpp"
#include "install/unit_file_states.hpp"

namespace sctl {
namespace {

using namespace interface_name;

// a(sss): what was done, to which path, with which source.
void write_changes(const InstallOutcome& outcome, Writer& out) {
    out.open_array("(sss)");
    for (const InstallChange& change : outcome.changes) {
        if (change.kind == InstallChange::Kind::Failed) continue;
        out.open_struct().string(to_string(change.kind)).string(change.path).string(change.source);
        out.close_struct();
    }
    out.close_array();
}

bool has_modified(const InstallOutcome& outcome) {
    return std::ranges::any_of(outcome.changes, [](const InstallChange& change) {
        return change.kind == InstallChange::Kind::Symlink ||
               change.kind == InstallChange::Kind::Unlink;
    });
}

enum class Answer : bool { Changes, InfoAndChanges };

Result<void> answer(MethodCall& call, const InstallOutcome& outcome,
                    Answer kind = Answer::Changes) {
    if (has_modified(outcome)) {
        call.record.unit_files->forget();
        call.server.broadcast(signal_message(manager_path, manager, "UnitFilesChanged"),
                              Audience::Subscribers);
    }
    if (auto error = install_bus_error(outcome)) return *error;
    if (kind == Answer::InfoAndChanges) call.out.boolean(outcome.carries_install_info);
    write_changes(outcome, call.out);
    return {};
}

// --- arguments -----------------------------------------------------------------------------------

enum class Booleans : uint8_t { None, Runtime, RuntimeAndForce };

// The arguments that nearly all of these methods end with.
Result<InstallFlags> read_flags(MethodCall& call, Booleans which) {
    InstallFlags flags;
    if (which == Booleans::None) return flags;
    if (auto read = call.in.read(flags.runtime); !read) return read.error();
    if (which == Booleans::Runtime) return flags;
    if (auto read = call.in.read(flags.force); !read) return read.error();
    return flags;
}

// org.freedesktop.systemd1(5), EnableUnitFilesWithFlags(): 1 is runtime, 2 is force.
Result<InstallFlags> read_flag_bits(MethodCall& call) {
    uint64_t bits = 0;
    if (auto read = call.in.read(bits); !read) return read.error();
    if (bits & ~uint64_t{3}) {
        return error_named(bus_error::invalid_args, "Invalid flags parameter");
    }
    return InstallFlags{.runtime = (bits & 1) != 0, .force = (bits & 2) != 0};
}

using Verb = InstallOutcome (*)(const InstallPlace&, UnitNames, InstallFlags);

Result<void> run(MethodCall& call, Verb verb, const Words& names, const Result<InstallFlags>& flags,
                 Answer kind) {
    if (!flags) return flags.error();
    return answer(call, verb(unit_file_place(call.manager), names, *flags), kind);
}

template <Verb Do, Booleans Which, Answer Kind = Answer::Changes>
Result<void> verb(MethodCall& call) {
    auto names = call.in.strings();
    if (!names) return names.error();
    return run(call, Do, *names, read_flags(call, Which), Kind);
}

template <Verb Do, Answer Kind>
Result<void> verb_with_flags(MethodCall& call) {
    auto names = call.in.strings();
    if (!names) return names.error();
    return run(call, Do, *names, read_flag_bits(call), Kind);
}

InstallOutcome revert(const InstallPlace& place, UnitNames names, InstallFlags) {
    return revert_units(place, names);
}

// --- presets
// ---------------------------------------------------------------------------------------

// "" is "full".
Result<PresetMode> read_preset_mode(MethodCall& call) {
    std::string_view text;
    if (auto read = call.in.read(text); !read) return read.error();
    if (text.empty() || text == "full") return PresetMode::Full;
    if (text == "enable-only") return PresetMode::EnableOnly;
    if (text == "disable-only") return PresetMode::DisableOnly;
    return errno_error("preset mode", EINVAL);
}

Result<void> preset(MethodCall& call, const Words& names, PresetMode mode) {
    auto flags = read_flags(call, Booleans::RuntimeAndForce);
    if (!flags) return flags.error();
    return answer(call, preset_units(unit_file_place(call.manager), names, mode, *flags),
                  Answer::InfoAndChanges);
}

Result<void> preset_full(MethodCall& call) {
    auto names = call.in.strings();
    if (!names) return names.error();
    return preset(call, *names, PresetMode::Full);
}

Result<void> preset_with_mode(MethodCall& call) {
    auto names = call.in.strings();
    if (!names) return names.error();
    auto mode = read_preset_mode(call);
    if (!mode) return mode.error();
    return preset(call, *names, *mode);
}

Result<void> preset_every(MethodCall& call) {
    auto mode = read_preset_mode(call);
    if (!mode) return mode.error();
    auto flags = read_flags(call, Booleans::RuntimeAndForce);
    if (!flags) return flags.error();
    return answer(call, preset_all(unit_file_place(call.manager), *mode, *flags));
}

// --- the rest
// --------------------------------------------------------------------------------------

Result<void> add_dependencies(MethodCall& call) {
    auto names = call.in.strings();
    if (!names) return names.error();
    std::string_view target, type;
    if (auto read = call.in.read(target, type); !read) return read;
    if (type != "Wants" && type != "Requires") return errno_error("dependency type", EINVAL);
    auto flags = read_flags(call, Booleans::RuntimeAndForce);
    if (!flags) return flags.error();
    auto kind = type == "Wants" ? AddedDependency::Wants : AddedDependency::Requires;
    return answer(call,
                  add_dependency(unit_file_place(call.manager), *names, target, kind, *flags));
}

Result<void> set_default(MethodCall& call) {
    std::string_view name;
    InstallFlags flags;
    if (auto read = call.in.read(name, flags.force); !read) return read;
    return answer(call, set_default_target(unit_file_place(call.manager), name, flags));
}

// The client puts before it what it was asked for, so that systemd says no more than strerror().
Error without_subject(const Error& error) {
    return error.code == 0 ? error : Error{error.code, strerror(error.code), error.name};
}

Result<void> get_default(MethodCall& call) {
    auto name = default_target(unit_file_place(call.manager));
    if (!name) return without_subject(name.error());
    call.out.string(*name);
    return {};
}

Result<void> get_state(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    auto state = unit_file_state(unit_file_place(call.manager), name);
    if (!state) return without_subject(state.error());
    call.out.string(to_string(*state));
    return {};
}

// The links that a disable would remove.
Result<void> get_links(MethodCall& call) {
    std::string_view name;
    InstallFlags flags{.dry_run = true};
    if (auto read = call.in.read(name, flags.runtime); !read) return read;
    Words names = {std::string(name)};
    auto outcome = disable_units(unit_file_place(call.manager), names, flags);
    // A unit without a file has no links.
    auto error = install_bus_error(outcome);
    if (error && error->name != bus_error::no_such_unit) return *error;
    call.out.open_array("s");
    for (const auto& change : outcome.changes) {
        if (change.kind == InstallChange::Kind::Unlink) call.out.string(change.path);
    }
    call.out.close_array();
    return {};
}

Result<void> write_unit_files(MethodCall& call, const Words& states, const Words& patterns) {
    auto place = unit_file_place(call.manager);
    call.out.open_array("(ss)");
    for (const auto& file : UnitFileStates(place).all()) {
        std::string_view state = to_string(file.state);
        bool wanted = patterns.empty() || std::ranges::any_of(patterns, [&](const auto& pattern) {
                          return matches_glob(pattern, file.name);
                      });
        if (!wanted || (!states.empty() && std::ranges::find(states, state) == states.end()))
            continue;
        call.out.open_struct().string(file.path).string(state).close_struct();
    }
    call.out.close_array();
    return {};
}

Result<void> list_files(MethodCall& call) {
    return write_unit_files(call, {}, {});
}

Result<void> list_files_by_patterns(MethodCall& call) {
    auto states = call.in.strings();
    if (!states) return states.error();
    auto patterns = call.in.strings();
    if (!patterns) return patterns.error();
    return write_unit_files(call, *states, *patterns);
}

constexpr auto with_info = Answer::InfoAndChanges;
using enum Booleans;

constexpr Method files_rows[] = {
    {manager, "EnableUnitFiles", "asbb", "ba(sss)", Access::Trusted,
     verb<enable_units, RuntimeAndForce, with_info>,
     "files runtime force carries_install_info changes"},
    {manager, "EnableUnitFilesWithFlags", "ast", "ba(sss)", Access::Trusted,
     verb_with_flags<enable_units, with_info>, "files flags carries_install_info changes"},
    {manager, "DisableUnitFiles", "asb", "a(sss)", Access::Trusted, verb<disable_units, Runtime>,
     "files runtime changes"},
    {manager, "DisableUnitFilesWithFlags", "ast", "a(sss)", Access::Trusted,
     verb_with_flags<disable_units, Answer::Changes>, "files flags changes"},
    {manager, "ReenableUnitFiles", "asbb", "ba(sss)", Access::Trusted,
     verb<reenable_units, RuntimeAndForce, with_info>,
     "files runtime force carries_install_info changes"},
    {manager, "MaskUnitFiles", "asbb", "a(sss)", Access::Trusted, verb<mask_units, RuntimeAndForce>,
     "files runtime force changes"},
    {manager, "UnmaskUnitFiles", "asb", "a(sss)", Access::Trusted, verb<unmask_units, Runtime>,
     "files runtime changes"},
    {manager, "LinkUnitFiles", "asbb", "a(sss)", Access::Trusted, verb<link_units, RuntimeAndForce>,
     "files runtime force changes"},
    {manager, "RevertUnitFiles", "as", "a(sss)", Access::Trusted, verb<revert, None>,
     "files changes"},
    {manager, "PresetUnitFiles", "asbb", "ba(sss)", Access::Trusted, preset_full,
     "files runtime force carries_install_info changes"},
    {manager, "PresetUnitFilesWithMode", "assbb", "ba(sss)", Access::Trusted, preset_with_mode,
     "files mode runtime force carries_install_info changes"},
    {manager, "PresetAllUnitFiles", "sbb", "a(sss)", Access::Trusted, preset_every,
     "mode runtime force changes"},
    {manager, "AddDependencyUnitFiles", "asssbb", "a(sss)", Access::Trusted, add_dependencies,
     "files target type runtime force changes"},
    {manager, "SetDefaultTarget", "sb", "a(sss)", Access::Trusted, set_default,
     "name force changes"},
    {manager, "GetDefaultTarget", "", "s", Access::Anyone, get_default, "name"},
    {manager, "GetUnitFileState", "s", "s", Access::Anyone, get_state, "file state"},
    {manager, "GetUnitFileLinks", "sb", "as", Access::Anyone, get_links, "name runtime links"},
    {manager, "ListUnitFiles", "", "a(ss)", Access::Anyone, list_files, "unit_files"},
    {manager, "ListUnitFilesByPatterns", "asas", "a(ss)", Access::Anyone, list_files_by_patterns,
     "states patterns unit_files"},
};

} // namespace

std::span<const Method> file_methods() {
    return files_rows;
}

} // namespace sctl
