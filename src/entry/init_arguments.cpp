#include "entry/init_arguments.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/files.hpp"
#include "base/glob.hpp"
#include "base/text.hpp"
#include "entry/launch.hpp"
#include "entry/personality.hpp"
#include "entry/signal_rules.hpp"
#include "entry/wording.hpp"
#include "options/option_table.hpp"
#include "run/environment.hpp"
#include "unit/manager_config/boot_arguments.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/unit_name.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {

template <>
struct EnumText<EndWhen> {
    static constexpr auto words = std::to_array<std::string_view>({"any", "main", "all", "signal"});
};
template <>
struct EnumText<Forward> {
    static constexpr auto words =
        std::to_array<std::string_view>({"none", "child", "group", "session"});
};
template <>
struct EnumText<Last> {
    static constexpr auto words = std::to_array<std::string_view>(
        {"stop", "children", "session", "term-wait", "wait", "none"});
};

namespace {

// What was typed, before it meets the defaults.
struct InitArguments {
    InitRequest request;
    std::string like;
    std::vector<std::string> run_globs, units, rewrites;
    std::optional<EndWhen> end;
    std::optional<Forward> forward;
    std::optional<SignalSet> signals, more_signals;
    std::optional<Last> last;
    std::optional<Span> stop_timeout;
    SignalSet trapped;
    std::vector<std::string> trap_command;
    std::vector<int> success_statuses;
    int death_signal = 0;
    int verbosity = 0;
    bool no_sigint = false, any_pid = false, subreaper = false, warn_reap = false, help = false;
    bool now = false, all = false;
    std::string_view needs_command; // the last option that makes no sense without one
};

Error bad_value(std::string_view option, std::string_view value) {
    return Error{EINVAL, cat("--", option, "=", value, ": invalid value"), {}};
}

template <bool InitArguments::*member>
Result<void> set_flag(InitArguments& typed, const std::string&) {
    typed.*member = true;
    return {};
}

template <bool InitRequest::*member>
Result<void> set_wish(InitArguments& typed, const std::string&) {
    typed.request.*member = true;
    return {};
}

template <std::vector<std::string> InitArguments::*member>
Result<void> add_text(InitArguments& typed, const std::string& value) {
    (typed.*member).push_back(value);
    return {};
}

template <class Enum>
Result<void> take_enum(std::string_view option, const std::string& value, std::optional<Enum>& to) {
    to = from_text<Enum>(value);
    return to ? Result<void>{} : bad_value(option, value);
}

Result<void> be_verbose(InitArguments& typed, const std::string&) {
    ++typed.verbosity;
    return {};
}

Result<void> be_quiet(InitArguments& typed, const std::string&) {
    typed.verbosity = -1;
    typed.request.options.show_status = false;
    return {};
}

Result<void> take_signals(InitArguments& typed, const std::string& value) {
    // "+rt" alone adds to what is forwarded anyway.
    bool adds = value.starts_with('+');
    auto& set = adds ? typed.more_signals : typed.signals;
    if (!set) set.emplace();
    return parse_signal_set(value, *set);
}

Result<void> take_trap(InitArguments& typed, const std::string& value) {
    return parse_signal_set(value, typed.trapped);
}

Result<void> take_trap_command(InitArguments& typed, const std::string& value) {
    typed.trap_command.clear();
    for (auto word : split(value)) typed.trap_command.emplace_back(word);
    return {};
}

Result<void> take_success(InitArguments& typed, const std::string& value) {
    for (auto word : split(value, ", ")) {
        auto status = parse_number<int>(word);
        if (!status || *status < 0 || *status > 255) return bad_value("success-exit-status", value);
        typed.success_statuses.push_back(*status);
    }
    return {};
}

Result<void> take_instance(InitArguments& typed, const std::string& value) {
    if (!value.starts_with('/')) return Error{EINVAL, "--instance= needs an absolute path", {}};
    typed.request.options.instance = simplify_path(value);
    return {};
}

Result<void> take_grace(InitArguments& typed, const std::string& value) {
    auto span = parse_span(value);
    if (!span) return Error{EINVAL, cat("Failed to parse stop grace '", value, "'"), {}};
    typed.request.options.stop_grace = *span;
    return {};
}

Result<void> take_stop_timeout(InitArguments& typed, const std::string& value) {
    auto span = parse_span(value);
    if (!span) return bad_value("stop-timeout", value);
    typed.stop_timeout = *span;
    return {};
}

Result<void> take_show_status(InitArguments& typed, const std::string& value) {
    typed.request.options.show_status =
        value.empty() || value == "yes" || value == "1" || value == "true" || value == "on";
    return {};
}

// The engine's variables, or those of them whose names match, for services.
Result<void> take_passed_environment(InitArguments& typed, const std::string& value) {
    std::string pattern(value.empty() ? "*" : value);
    for (char** each = environ; *each; ++each) {
        if (is_passed_on(*each, pattern)) typed.request.options.environment.emplace_back(*each);
    }
    return {};
}

template <std::string PreparationPlan::*member>
Result<void> take_preparation(InitArguments& typed, const std::string& value) {
    PreparationPlan& plan = typed.request.preparation;
    plan.wanted = true;
    if (!value.empty()) plan.*member = value;
    return {};
}

Result<void> take_hooks_timeout(InitArguments& typed, const std::string& value) {
    auto span = parse_span(value);
    if (!span) return bad_value("hooks-timeout", value);
    typed.request.preparation.hooks_timeout = *span;
    return {};
}

Result<void> take_death_signal(InitArguments& typed, const std::string& value) {
    auto signal = parse_any_signal(value);
    if (!signal) return bad_value("pdeathsig", value);
    typed.death_signal = *signal;
    return {};
}

using enum OptionValue;

using InitRow = OptionRow<InitArguments>;

constexpr InitRow init_row_table[] = {
    {"help,h", None, set_flag<&InitArguments::help>, "Show this help"},
    {"verbose,v", None, be_verbose, "Say what happens around COMMAND; twice: all of it"},
    {"quiet,q", None, be_quiet, "Say nothing but errors"},
    {"stop-grace", Required, take_grace,
     "Time the engine gives between SIGTERM and SIGKILL: who is left gets SIGKILL before it ends "
     "($SYSTEMCTL_STOP_GRACE)",
     false, "SPAN"},
    {"pass-environment", Optional, take_passed_environment,
     "Services see these variables of ours, or all", false, "GLOB"},
    // systemctl3.py's: the loop alone, and an end with the last process.
    {"now", None, set_flag<&InitArguments::now>, "Start nothing, until a verb does"},
    {"all", None, set_flag<&InitArguments::all>,
     "End when no process is left, be it of UNITs or not"},
    {"ready-file", Required,
     [](InitArguments& typed, const std::string& value) -> Result<void> {
         typed.request.ready_file = value;
         return {};
     },
     "Make this file when all has been started", false, "PATH"},
    {"background", None,
     [](InitArguments& typed, const std::string&) -> Result<void> {
         typed.request.options.background = true;
         return {};
     },
     "Return when the manager is ready; without UNITs it boots nothing. Does nothing where one "
     "runs already"},
    {"instance", Required, take_instance, "A separate manager whose files lie below DIR", false,
     "DIR"},
    {"show-status", Optional, take_show_status, "A line for each unit that starts, fails or stops",
     false, "BOOL"},
    {"debug", None, set_wish<&InitRequest::debug>, "Say more about what happens"},
    // entrypoint's: each asks for the work of all.
    {"variables", Optional, take_preparation<&PreparationPlan::variables>,
     "Variables of templates, in YAML (/variables.yml)", false, "FILE"},
    {"templates", Optional, take_preparation<&PreparationPlan::templates>,
     "Make files of all templates below DIR (/templates), before anything starts; words of COMMAND "
     "are templates too",
     false, "DIR"},
    {"jinja", Optional, take_preparation<&PreparationPlan::jinja>,
     "Where include and the like look (/jinja)", false, "DIR"},
    {"output", Optional, take_preparation<&PreparationPlan::output>,
     "Write the files below DIR (/)", false, "DIR"},
    {"hooks", Optional, take_preparation<&PreparationPlan::hooks>,
     "Call the hooks in DIR (/entrypoint_hooks) before and after", false, "DIR"},
    {"hooks-timeout", Required, take_hooks_timeout,
     "How long each call of a hook may take (infinity)", false, "SPAN"},
    // Of commands, from here on.
    {"run", Required, add_text<&InitArguments::run_globs>,
     "Run each executable that matches, as NAME.service", false, "GLOB"},
    {"end", Required,
     [](InitArguments& typed, const std::string& value) {
         return take_enum("end", value, typed.end);
     },
     "End with any, main, or all of them, or by signal alone", false, "WHEN"},
    {"forward", Required,
     [](InitArguments& typed, const std::string& value) {
         return take_enum("forward", value, typed.forward);
     },
     "Who hears our signals: none, child, group, session", false, "WHO"},
    {"signals", Required, take_signals, "Which are forwarded: names, numbers, std, all, +rt", false,
     "LIST"},
    {"rewrite", Required, add_text<&InitArguments::rewrites>,
     "Forward another signal instead; none drops it", false, "SIG:SIG"},
    {"trap", Required, take_trap, "Do not forward these, but run that of --trap-run=", false,
     "SIG[,SIG]"},
    {"trap-run", Required, take_trap_command,
     "It gets the signal's number as argument, and as $SIGNAL_NUMBER", false, "COMMAND"},
    {"last", Required,
     [](InitArguments& typed, const std::string& value) {
         return take_enum("last", value, typed.last);
     },
     "Of the others at the end: stop, children, session, term-wait, wait, none", false, "WHAT"},
    {"stop-timeout", Required, take_stop_timeout, "How long they are waited for (90s, or infinity)",
     false, "SPAN"},
    {"success-exit-status", Required, take_success, "End with 0 where COMMAND ended with N", false,
     "N"},
    {"like", Required,
     [](InitArguments& typed, const std::string& value) -> Result<void> {
         typed.like = value;
         return {};
     },
     "As dumb-init, tini, docker-container-init, entrypoint, yasinit, drinit do", false, "INIT"},
    {"no-init", None, set_wish<&InitRequest::replaces_us>,
     "Become COMMAND instead of supervising it"},
    {"no-sigint", None, set_flag<&InitArguments::no_sigint>, "Do not react to SIGINT"},
    {"any-pid", None, set_flag<&InitArguments::any_pid>,
     "Run although not PID 1, under --like=docker-container-init"},
    {"subreaper", None, set_flag<&InitArguments::subreaper>,
     "Reap orphans although not PID 1, under --like=tini"},
    {"pdeathsig", Required, take_death_signal, "Get this signal when our parent ends", false,
     "SIG"},
    {"warn-reap", None, set_flag<&InitArguments::warn_reap>, "Tell of orphans that were reaped"},
};

constexpr std::span<const InitRow> init_rows(init_row_table);
constexpr auto rows_of_commands = init_rows.subspan(
    std::ranges::find(init_rows, std::string_view("run"), &InitRow::names) - init_rows.begin());

// Those of them that have a meaning without a command.
constexpr std::string_view also_of_units[] = {"run", "end", "like"};

std::string init_help() {
    constexpr size_t column = 26;
    return cat(
        "systemctl init [OPTIONS...] [UNIT...] [-- COMMAND [ARG...]]\n\n"
        "Boots default.target, or just the units named, or runs COMMAND (after the\n"
        "units), supervises them, and stops them in order at SIGTERM. COMMAND is\n"
        "main.service to all other verbs.\n\n",
        options_help(init_rows.first(init_rows.size() - rows_of_commands.size()), column),
        "\nCommands:\n", options_help(rows_of_commands, column));
}

// In the words that it has always had; getopt's are for programs that are systemd's.
Error complaint_of(const OptionProblem& problem) {
    using enum OptionProblem::Kind;
    std::string text;
    switch (problem.kind) {
        case UnwantedValue:
            text = cat("option '", problem.option, "' does not take any arguments");
            break;
        case MissingValue:
            text = cat("the required argument for option '", problem.option, "' is missing");
            break;
        default: text = cat("unrecognised option '", problem.option, "'");
    }
    return Error{EINVAL, std::move(text), {}};
}

Result<void> read_words(const std::vector<std::string>& arguments, InitArguments& typed) {
    auto names = names_of(init_rows);
    OptionReader reader(names, arguments, "systemctl init", {.may_be_shortened = false});
    auto note = [&](const InitRow& row) {
        bool is_of_commands = &row >= rows_of_commands.data();
        if (is_of_commands &&
            std::ranges::find(also_of_units, row.names) == std::end(also_of_units))
            typed.needs_command = row.names;
    };
    auto read = apply_options(init_rows, reader, typed, note);
    if (!read) return reader.problem() ? complaint_of(*reader.problem()) : read;
    auto& words = reader.words();
    auto dashes = reader.words_before_dashes();
    auto command = words.begin() + static_cast<ptrdiff_t>(dashes.value_or(words.size()));
    typed.units.assign(words.begin(), command);
    typed.request.command.assign(command, words.end());
    if (dashes && typed.request.command.empty()) return Error{EINVAL, "no command after '--'", {}};
    return {};
}

Result<void> take_units(const std::vector<std::string>& typed, ManagerOptions& options) {
    std::vector<std::string> units;
    for (const auto& text : typed)
        (is_boot_argument(text) ? options.boot_arguments : units).push_back(text);
    // systemctl3.py's word for what is booted anyway.
    if (units == std::vector<std::string>{"default"}) return {};
    for (const auto& text : units) {
        // Else it would be the mount of this path.
        if (text.find('/') != text.npos && is_program(text))
            return Error{EINVAL, cat("Is ", text, " a command? Put -- before it"), {}};
        auto name = UnitName::mangle(text == "default" ? "default.target" : text);
        if (!name) return name.error();
        options.units.push_back(name->str());
    }
    return {};
}

Result<void> take_run_files(const InitArguments& typed, InitRequest& request) {
    for (const auto& pattern : typed.run_globs) {
        if (!pattern.starts_with('/')) return Error{EINVAL, "--run= needs an absolute path", {}};
        for (auto& path : matching_paths(pattern)) {
            if (access(path.c_str(), X_OK) == 0) request.run_files.push_back(std::move(path));
        }
    }
    return {};
}

// The policy of another init, and what it does with a request like this.
Result<void> be_like(std::string_view name, InitRequest& request) {
    const Personality* init = find_personality(name);
    if (!init) return Error{EINVAL, cat("--like=", name, ": no such init"), {}};
    request.policy = init->policy();
    request.policy.wording = own_wording;
    request.policy.says_on_stdout = false;
    request.policy.verbosity = 0;
    if (request.has_show && request.command.empty() && request.run_files.empty()) {
        if (!init->without_command)
            return Error{EINVAL, cat("--like=", name, " needs a command"), {}};
        init->without_command(request);
    }
    request.preparation.wanted |= init->prepares;
    return {};
}

// What was typed over what is the default here.
Result<void> make_policy(const InitArguments& typed, InitRequest& request) {
    bool has_units = !request.options.units.empty();
    InitPolicy& policy = request.policy;
    policy = default_policy(!request.command.empty(), !typed.run_globs.empty(), has_units);
    if (!typed.like.empty()) {
        if (auto taken = be_like(typed.like, request); !taken) return taken;
    }
    if (typed.end) policy.end = *typed.end;
    if (typed.forward) policy.forward = *typed.forward;
    if (typed.forward && typed.like.empty() && policy.signals.empty())
        policy.signals = default_policy(true, false, false).signals;
    if (typed.signals) policy.signals = *typed.signals;
    if (typed.more_signals) policy.signals |= *typed.more_signals;
    if (typed.last) policy.last = *typed.last;
    if (typed.stop_timeout) policy.stop_timeout = *typed.stop_timeout;
    policy.trapped = typed.trapped;
    policy.trap_command = typed.trap_command;
    policy.success_statuses = typed.success_statuses;
    policy.death_signal = typed.death_signal;
    policy.verbosity += typed.verbosity;
    policy.ignores_sigint |= typed.no_sigint;
    policy.must_be_first &= !typed.any_pid;
    policy.subreaper |= typed.subreaper;
    policy.warns_of_orphans |= typed.warn_reap;
    for (const auto& rewrite : typed.rewrites) {
        if (auto taken = parse_rewrite(rewrite, policy); !taken) return taken;
    }
    if (policy.forward == Forward::Session && policy.suspends_itself)
        stop_for_terminal_stops(policy);
    return {};
}

// What an image can say instead of an option. A lone command looks at no file for it.
bool image_asks_for_preparation(bool has_commands) {
    const char* asked = getenv("SYSTEMCTL_TEMPLATES");
    if (asked) return *asked != '\0' && std::string_view(asked) != "0";
    return !has_commands && access("/etc/sctl/templates", F_OK) == 0;
}

Result<void> finish(InitArguments& typed) {
    InitRequest& request = typed.request;
    if (auto taken = take_units(typed.units, request.options); !taken) return taken;
    if (auto taken = take_run_files(typed, request); !taken) return taken;
    bool has_units = !request.options.units.empty();
    bool has_commands = !request.command.empty() || !typed.run_globs.empty();
    request.preparation.wanted |= image_asks_for_preparation(has_commands);
    request.has_show = has_commands || (!typed.like.empty() && !has_units);
    if (!request.has_show && !typed.needs_command.empty()) {
        return Error{EINVAL, cat("--", typed.needs_command, "= needs a command"), {}};
    }
    if (!request.has_show && typed.end) {
        if (*typed.end == EndWhen::Main) return Error{EINVAL, "--end=main needs a command", {}};
        request.options.units_end = *typed.end == EndWhen::Any   ? UnitsEnd::Any
                                    : *typed.end == EndWhen::All ? UnitsEnd::All
                                                                 : UnitsEnd::Never;
    }
    if (typed.all && has_commands) return Error{EINVAL, "--all is for units", {}};
    if (typed.all) {
        request.ends_alone = true;
        if (!typed.end) request.options.units_end = UnitsEnd::Never;
    }
    if (typed.now && has_commands) return Error{EINVAL, "--now runs no command", {}};
    if (typed.now) {
        request.boots_nothing = true;
        request.options.units.clear();
    }
    if (request.options.background && request.has_show) {
        return Error{EINVAL, "--background is for units", {}};
    }
    if (request.replaces_us && (request.command.empty() || has_units || !typed.run_globs.empty())) {
        return Error{EINVAL, "--no-init is for a command alone", {}};
    }
    return make_policy(typed, request);
}

} // namespace

InitPolicy default_policy(bool has_command, bool has_run_files, bool has_units) {
    InitPolicy policy;
    policy.wording = own_wording;
    policy.subreaper = true;
    policy.suspends_itself = true;
    policy.signals = SignalSet::standard();
    policy.signals |= SignalSet::real_time();
    if (has_run_files && !has_command) {
        policy.end = EndWhen::Any;
        policy.forward = Forward::None;
    }
    if (has_units) policy.last = Last::Stop;
    return policy;
}

ParsedRequest parse_init_arguments(const std::vector<std::string>& arguments) {
    InitArguments typed;
    const char* grace = getenv("SYSTEMCTL_STOP_GRACE");
    auto read = grace ? take_grace(typed, grace) : Result<void>{};
    if (read) read = read_words(arguments, typed);
    ParsedRequest parsed;
    if (read && typed.help) {
        parsed.ends = EXIT_SUCCESS;
        parsed.out = init_help();
        return parsed;
    }
    if (read) read = finish(typed);
    if (!read) {
        parsed.ends = EXIT_FAILURE;
        parsed.err = cat("systemctl init: ", read.error().text, "\n");
    }
    parsed.request = std::move(typed.request);
    return parsed;
}

} // namespace sctl
