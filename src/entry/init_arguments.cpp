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
#include "manager/service_environment.hpp"
#include "unit/enum_text.hpp"
#include "unit/time_span.hpp"
#include "unit/unit_name.hpp"

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

constexpr std::string_view init_usage =
    "systemctl init [OPTIONS...] [UNIT...] [-- COMMAND [ARG...]]\n\n"
    "Boots default.target, or just the units named, or runs COMMAND (after the\n"
    "units), supervises them, and stops them in order at SIGTERM. COMMAND is\n"
    "main.service to all other verbs.\n\n"
    "  -h --help               Show this help\n"
    "  -v --verbose            Say what happens around COMMAND; twice: all of it\n"
    "  -q --quiet              Say nothing but errors\n"
    "     --stop-grace=SPAN    Time the engine gives between SIGTERM and SIGKILL:\n"
    "                          who is left gets SIGKILL before it ends\n"
    "                          ($SYSTEMCTL_STOP_GRACE)\n"
    "     --pass-environment[=GLOB]\n"
    "                          Services see these variables of ours, or all\n"
    "     --now                Start nothing, until a verb does\n"
    "     --all                End when no process is left, be it of UNITs or not\n"
    "     --ready-file=PATH    Make this file when all has been started\n"
    "     --background         Return when the manager is ready; without UNITs it\n"
    "                          boots nothing. Does nothing where one runs already\n"
    "     --instance=DIR       A separate manager whose files lie below DIR\n"
    "     --show-status=BOOL   A line for each unit that starts, fails or stops\n"
    "     --debug              Say more about what happens\n\n"
    "Commands:\n"
    "     --run=GLOB           Run each executable that matches, as NAME.service\n"
    "     --end=WHEN           End with any, main, or all of them, or by signal alone\n"
    "     --forward=WHO        Who hears our signals: none, child, group, session\n"
    "     --signals=LIST       Which are forwarded: names, numbers, std, all, +rt\n"
    "     --rewrite=SIG:SIG    Forward another signal instead; none drops it\n"
    "     --trap=SIG[,SIG]     Do not forward these, but run that of --trap-run=\n"
    "     --trap-run=COMMAND   It gets the signal's number as argument, and as\n"
    "                          $SIGNAL_NUMBER\n"
    "     --last=WHAT          Of the others at the end: stop, children, session,\n"
    "                          term-wait, wait, none\n"
    "     --stop-timeout=SPAN  How long they are waited for (90s, or infinity)\n"
    "     --success-exit-status=N\n"
    "                          End with 0 where COMMAND ended with N\n"
    "     --like=INIT          As dumb-init, tini, docker-container-init, entrypoint,\n"
    "                          yasinit, drinit do\n"
    "     --no-init            Become COMMAND instead of supervising it\n"
    "     --no-sigint          Do not react to SIGINT\n"
    "     --any-pid            Run although not PID 1, under\n"
    "                          --like=docker-container-init\n"
    "     --subreaper          Reap orphans although not PID 1, under --like=tini\n"
    "     --pdeathsig=SIG      Get this signal when our parent ends\n"
    "     --warn-reap          Tell of orphans that were reaped\n";

// What was typed, before it meets the defaults.
struct Typed {
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

template <class Enum>
Result<void> take_enum(std::string_view option, std::string_view value, std::optional<Enum>& to) {
    to = from_text<Enum>(value);
    return to ? Result<void>{} : bad_value(option, value);
}

Result<void> take_span(std::string_view option, std::string_view value, std::optional<Span>& to) {
    auto span = parse_span(value);
    if (!span) return bad_value(option, value);
    to = *span;
    return {};
}

Result<void> take_signals(std::string_view value, Typed& typed) {
    // "+rt" alone adds to what is forwarded anyway.
    bool adds = value.starts_with('+');
    auto& set = adds ? typed.more_signals : typed.signals;
    if (!set) set.emplace();
    return parse_signal_set(value, *set);
}

Result<void> take_success(std::string_view value, Typed& typed) {
    for (auto word : split(value, ", ")) {
        auto status = parse_number<int>(word);
        if (!status || *status < 0 || *status > 255) return bad_value("success-exit-status", value);
        typed.success_statuses.push_back(*status);
    }
    return {};
}

Result<void> take_instance(std::string_view value, Typed& typed) {
    if (!value.starts_with('/')) return Error{EINVAL, "--instance= needs an absolute path", {}};
    typed.request.options.instance = simplify_path(std::string(value));
    return {};
}

Result<void> take_grace(std::string_view value, Typed& typed) {
    auto span = parse_span(value);
    if (!span) return Error{EINVAL, cat("Failed to parse stop grace '", value, "'"), {}};
    typed.request.options.stop_grace = *span;
    return {};
}

Result<void> take_show_status(std::string_view value, Typed& typed) {
    typed.request.options.show_status =
        value.empty() || value == "yes" || value == "1" || value == "true" || value == "on";
    return {};
}

// The engine's variables, or those of them whose names match, for services.
Result<void> take_passed_environment(std::string_view value, Typed& typed) {
    std::string pattern(value.empty() ? "*" : value);
    for (char** each = environ; *each; ++each) {
        if (is_passed_on(*each, pattern)) typed.request.options.environment.emplace_back(*each);
    }
    return {};
}

Result<void> refuse_template(std::string_view, Typed&) {
    return Error{EOPNOTSUPP, std::string(no_templates), {}};
}

Result<void> take_death_signal(std::string_view value, Typed& typed) {
    auto signal = parse_any_signal(value);
    if (!signal) return bad_value("pdeathsig", value);
    typed.death_signal = *signal;
    return {};
}

enum class Value : uint8_t { None, Required, Optional };
struct Option {
    std::string_view name;
    char letter;
    Value value;
    bool needs_command;
    Result<void> (*take)(std::string_view value, Typed& typed);
};
using Ok = Result<void>;

constexpr Option options[] = {
    {"help", 'h', Value::None, false,
     [](std::string_view, Typed& t) {
         t.help = true;
         return Ok{};
     }},
    {"verbose", 'v', Value::None, false,
     [](std::string_view, Typed& t) {
         ++t.verbosity;
         return Ok{};
     }},
    {"quiet", 'q', Value::None, false,
     [](std::string_view, Typed& t) {
         t.verbosity = -1;
         t.request.options.show_status = false;
         return Ok{};
     }},
    {"debug", 0, Value::None, false,
     [](std::string_view, Typed& t) {
         t.request.debug = true;
         return Ok{};
     }},
    {"background", 0, Value::None, false,
     [](std::string_view, Typed& t) {
         t.request.options.background = true;
         return Ok{};
     }},
    // systemctl3.py's: the loop alone, and an end with the last process.
    {"now", 0, Value::None, false,
     [](std::string_view, Typed& t) {
         t.now = true;
         return Ok{};
     }},
    {"all", 0, Value::None, false,
     [](std::string_view, Typed& t) {
         t.all = true;
         return Ok{};
     }},
    {"stop-grace", 0, Value::Required, false, take_grace},
    {"instance", 0, Value::Required, false, take_instance},
    {"show-status", 0, Value::Optional, false, take_show_status},
    {"pass-environment", 0, Value::Optional, false, take_passed_environment},
    {"ready-file", 0, Value::Required, false,
     [](std::string_view v, Typed& t) {
         t.request.ready_file = v;
         return Ok{};
     }},
    {"like", 0, Value::Required, false,
     [](std::string_view v, Typed& t) {
         t.like = v;
         return Ok{};
     }},
    {"run", 0, Value::Required, false,
     [](std::string_view v, Typed& t) {
         t.run_globs.emplace_back(v);
         return Ok{};
     }},
    {"end", 0, Value::Required, false,
     [](std::string_view v, Typed& t) { return take_enum("end", v, t.end); }},
    {"forward", 0, Value::Required, true,
     [](std::string_view v, Typed& t) { return take_enum("forward", v, t.forward); }},
    {"signals", 0, Value::Required, true, take_signals},
    {"last", 0, Value::Required, true,
     [](std::string_view v, Typed& t) { return take_enum("last", v, t.last); }},
    {"stop-timeout", 0, Value::Required, true,
     [](std::string_view v, Typed& t) { return take_span("stop-timeout", v, t.stop_timeout); }},
    {"rewrite", 0, Value::Required, true,
     [](std::string_view v, Typed& t) {
         t.rewrites.emplace_back(v);
         return Ok{};
     }},
    {"trap", 0, Value::Required, true,
     [](std::string_view v, Typed& t) { return parse_signal_set(v, t.trapped); }},
    {"trap-run", 0, Value::Required, true,
     [](std::string_view v, Typed& t) {
         t.trap_command.clear();
         for (auto word : split(v)) t.trap_command.emplace_back(word);
         return Ok{};
     }},
    {"success-exit-status", 0, Value::Required, true, take_success},
    {"no-init", 0, Value::None, true,
     [](std::string_view, Typed& t) {
         t.request.replaces_us = true;
         return Ok{};
     }},
    {"no-sigint", 0, Value::None, true,
     [](std::string_view, Typed& t) {
         t.no_sigint = true;
         return Ok{};
     }},
    {"any-pid", 0, Value::None, true,
     [](std::string_view, Typed& t) {
         t.any_pid = true;
         return Ok{};
     }},
    {"subreaper", 0, Value::None, true,
     [](std::string_view, Typed& t) {
         t.subreaper = true;
         return Ok{};
     }},
    {"pdeathsig", 0, Value::Required, true, take_death_signal},
    {"warn-reap", 0, Value::None, true,
     [](std::string_view, Typed& t) {
         t.warn_reap = true;
         return Ok{};
     }},
    {"variables", 0, Value::Optional, false, refuse_template},
    {"templates", 0, Value::Optional, false, refuse_template},
    {"jinja", 0, Value::Optional, false, refuse_template},
    {"output", 0, Value::Optional, false, refuse_template},
    {"hooks", 0, Value::Optional, false, refuse_template},
};

Result<void> take_option(const Option& option, std::string_view value, Typed& typed) {
    if (option.needs_command) typed.needs_command = option.name;
    return option.take(value, typed);
}

// "--name", "--name=value" or "--name value"; `next` is moved over a value of its own.
Result<void> take_long(std::string_view word, const std::vector<std::string>& arguments,
                       size_t& next, Typed& typed) {
    auto equals = word.find('=');
    auto name = word.substr(0, equals);
    auto found = std::ranges::find(options, name, &Option::name);
    if (found == std::end(options))
        return Error{EINVAL, cat("unrecognised option '--", name, "'"), {}};
    bool has_value = equals != word.npos;
    std::string_view value = has_value ? word.substr(equals + 1) : std::string_view();
    if (has_value && found->value == Value::None) {
        return Error{EINVAL, cat("option '--", name, "' does not take any arguments"), {}};
    }
    if (!has_value && found->value == Value::Required) {
        if (next >= arguments.size())
            return Error{
                EINVAL, cat("the required argument for option '--", name, "' is missing"), {}};
        value = arguments[next++];
    }
    return take_option(*found, value, typed);
}

Result<void> take_letters(std::string_view letters, Typed& typed) {
    for (char letter : letters) {
        auto found = std::ranges::find(options, letter, &Option::letter);
        if (letter == '\0' || found == std::end(options))
            return Error{EINVAL, cat("unrecognised option '-", letter, "'"), {}};
        if (auto taken = take_option(*found, {}, typed); !taken) return taken;
    }
    return {};
}

Result<void> read_words(const std::vector<std::string>& arguments, Typed& typed) {
    size_t next = 0;
    while (next < arguments.size()) {
        std::string_view word = arguments[next++];
        if (word == "--") {
            typed.request.command.assign(arguments.begin() + static_cast<ptrdiff_t>(next),
                                         arguments.end());
            if (typed.request.command.empty()) return Error{EINVAL, "no command after '--'", {}};
            return {};
        }
        auto taken = Result<void>{};
        if (word.starts_with("--"))
            taken = take_long(word.substr(2), arguments, next, typed);
        else if (word.size() > 1 && word.starts_with('-'))
            taken = take_letters(word.substr(1), typed);
        else
            typed.units.emplace_back(word);
        if (!taken) return taken;
    }
    return {};
}

Result<void> take_units(const std::vector<std::string>& typed, ManagerOptions& options) {
    // systemctl3.py's word for what is booted anyway.
    if (typed == std::vector<std::string>{"default"}) return {};
    for (const auto& text : typed) {
        // Else it would be the mount of this path.
        if (text.find('/') != text.npos && is_program(text))
            return Error{EINVAL, cat("Is ", text, " a command? Put -- before it"), {}};
        auto name = UnitName::mangle(text == "default" ? "default.target" : text);
        if (!name) return name.error();
        options.units.push_back(name->str());
    }
    return {};
}

Result<void> take_run_files(const Typed& typed, InitRequest& request) {
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
    auto objection = init->objection ? init->objection(request) : std::string();
    if (!objection.empty()) return Error{EOPNOTSUPP, std::move(objection), {}};
    return {};
}

// What was typed over what is the default here.
Result<void> make_policy(const Typed& typed, InitRequest& request) {
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

Result<void> finish(Typed& typed) {
    InitRequest& request = typed.request;
    if (auto taken = take_units(typed.units, request.options); !taken) return taken;
    if (auto taken = take_run_files(typed, request); !taken) return taken;
    bool has_units = !request.options.units.empty();
    bool has_commands = !request.command.empty() || !typed.run_globs.empty();
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
    Typed typed;
    const char* grace = getenv("SYSTEMCTL_STOP_GRACE");
    auto read = grace ? take_grace(grace, typed) : Result<void>{};
    if (read) read = read_words(arguments, typed);
    ParsedRequest parsed;
    if (read && typed.help) {
        parsed.ends = EXIT_SUCCESS;
        parsed.out = init_usage;
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
