#include "client/programs/programs.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/surroundings.hpp"
#include "client/programs/drinitctl.hpp"
#include "client/verbs/verb_table.hpp"
#include "options/option_table.hpp"

namespace sctl {

namespace {

using Arguments = std::vector<std::string>;

constexpr std::string_view no_logind = "Unit dbus-org.freedesktop.login1.service not found.";

int ignore_in_chroot() {
    log_info("Running in chroot, ignoring request.");
    return exit_ok;
}

int run_verb(ClientRequest request, Words words) {
    if (is_offline()) return ignore_in_chroot();
    request.arguments = std::move(words);
    Session session(std::move(request));
    int status = run_verb(session);
    return session.flush() && status == exit_ok ? exit_ok : exit_failure;
}

struct HaltRequest {
    ClientRequest client = {};
    std::string verb;
    bool help = false, wtmp_only = false, shows = false, warns_only = false, cancels = false;
};

template <const char* verb>
Result<void> set_verb(HaltRequest& request, const std::string&) {
    request.verb = verb;
    return {};
}
constexpr char halt_verb[] = "halt", poweroff_verb[] = "poweroff", reboot_verb[] = "reboot";

template <bool HaltRequest::*member>
Result<void> set_wish(HaltRequest& request, const std::string&) {
    request.*member = true;
    return {};
}

// -h powers off, unless -H was given.
Result<void> set_halt_or_poweroff(HaltRequest& request, const std::string&) {
    if (request.verb != halt_verb) request.verb = poweroff_verb;
    return {};
}

Result<void> force(HaltRequest& request, const std::string&) {
    ++request.client.force;
    return {};
}

Result<void> accept(HaltRequest&, const std::string&) {
    return {};
}

using enum OptionValue;

// halt(8): halt, poweroff and reboot.
constexpr OptionRow<HaltRequest> halt_options[] = {
    {"help", None, set_wish<&HaltRequest::help>, nullptr, true},
    {"halt", None, set_verb<halt_verb>},
    {"poweroff,p", None, set_verb<poweroff_verb>},
    {"reboot", None, set_verb<reboot_verb>},
    {"force,f", None, force},
    {"wtmp-only,w", None, set_wish<&HaltRequest::wtmp_only>},
    {"no-wtmp,d", None, accept},
    {"no-sync,n", None, accept},
    {"no-wall", None, accept},
    {",i", None, accept},
    {",h", None, accept},
};

// shutdown(8).
constexpr OptionRow<HaltRequest> shutdown_options[] = {
    {"help", None, set_wish<&HaltRequest::help>, nullptr, true},
    {"halt,H", None, set_verb<halt_verb>},
    {"poweroff,P", None, set_verb<poweroff_verb>},
    {",h", None, set_halt_or_poweroff},
    {"reboot,r", None, set_verb<reboot_verb>},
    {"show", None, set_wish<&HaltRequest::shows>},
    {"no-wall", None, accept},
    {",k", None, set_wish<&HaltRequest::warns_only>},
    {",c", None, set_wish<&HaltRequest::cancels>},
    {",a", None, accept},
    {",t", Required, accept},
    {",f", None, accept},
    {",F", None, accept},
};

constexpr OptionRow<HaltRequest> telinit_options[] = {
    {"help", None, set_wish<&HaltRequest::help>, nullptr, true},
    {"no-wall", None, accept},
};

int complain_of_arguments() {
    log_error("Too many arguments.");
    return exit_failure;
}

// A word that is no option is reboot's argument for the firmware.
int run_halt(std::string_view program, const Arguments& arguments) {
    HaltRequest request{.verb = std::string(program)};
    auto words = read_options(std::span<const OptionRow<HaltRequest>>(halt_options), arguments,
                              program, request);
    if (!words) {
        log_error(words.error().text);
        return exit_failure;
    }
    if (request.help) {
        log_info(program, " [--halt] [-p|--poweroff] [--reboot] [-f|--force]");
        return exit_ok;
    }
    if (words->size() > (program == "reboot" ? 1U : 0U)) return complain_of_arguments();
    if (request.wtmp_only) return exit_ok; // we keep no wtmp
    return run_verb(std::move(request.client), {request.verb});
}

// shutdown(8): "now", minutes from now, or a time of day; nothing for anything else.
std::optional<bool> parse_is_now(std::string_view when) {
    if (when == "now") return true;
    auto colon = when.find(':');
    if (colon == std::string_view::npos) {
        if (when.starts_with('+')) when.remove_prefix(1);
        auto minutes = parse_number<uint64_t>(when);
        return minutes ? std::optional(*minutes == 0) : std::nullopt;
    }
    auto hour = parse_number<unsigned>(when.substr(0, colon));
    auto minute = parse_number<unsigned>(when.substr(colon + 1));
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return false;
}

// Logind keeps what is scheduled, and there is none: nothing happens, and that is said in the words
// of systemd where logind is missing.
int refuse_schedule(std::string_view what) {
    if (is_offline()) return ignore_in_chroot();
    log_error(what, ": ", no_logind);
    return exit_failure;
}

int run_shutdown(const Arguments& arguments) {
    HaltRequest request{.verb = poweroff_verb};
    auto words = read_options(std::span<const OptionRow<HaltRequest>>(shutdown_options), arguments,
                              "shutdown", request);
    if (!words) {
        log_error(words.error().text);
        return exit_failure;
    }
    if (request.help) {
        log_info("shutdown [-H|-P|-r|-h|-k|-c] now");
        return exit_ok;
    }
    if (request.cancels)
        return refuse_schedule("Failed to talk to logind, shutdown hasn't been cancelled");
    auto is_now = words->empty() ? std::optional(false) : parse_is_now(words->front());
    if (!is_now) {
        log_error("Failed to parse time specification: ", words->front());
        return exit_failure;
    }
    if (request.shows) return refuse_schedule("Failed to query scheduled shutdown");
    if (!*is_now) return refuse_schedule("Failed to schedule shutdown");
    if (request.warns_only) return exit_ok;
    return run_verb({}, {request.verb});
}

int run_telinit(const Arguments& arguments) {
    static constexpr struct {
        std::string_view letters, verb, unit;
    } rows[] = {
        {"0", "poweroff", ""},
        {"6", "reboot", ""},
        {"1sS", "rescue", ""},
        {"2", "isolate", "multi-user.target"},
        {"3", "isolate", "multi-user.target"},
        {"4", "isolate", "multi-user.target"},
        {"5", "isolate", "graphical.target"},
        {"qQ", "daemon-reload", ""},
        {"uU", "daemon-reexec", ""},
    };
    HaltRequest request;
    auto words = read_options(std::span<const OptionRow<HaltRequest>>(telinit_options), arguments,
                              "telinit", request);
    if (!words) {
        log_error(words.error().text);
        return exit_failure;
    }
    if (request.help) {
        log_info("telinit [0|1|2|3|4|5|6|s|q|u]");
        return exit_ok;
    }
    if (words->size() > 1) return complain_of_arguments();
    for (const auto& argument : *words) {
        for (const auto& row : rows) {
            if (argument.size() != 1 || row.letters.find(argument) == std::string_view::npos)
                continue;
            Words verb = {std::string(row.verb)};
            if (!row.unit.empty()) verb.emplace_back(row.unit);
            return run_verb({}, std::move(verb));
        }
        log_error("Unknown command '", argument, "'.");
        return exit_failure;
    }
    log_error("telinit: required argument missing.");
    return exit_failure;
}

// The runlevel that the active targets stand for; we keep no utmp that would know the one before.
int run_runlevel() {
    static constexpr struct {
        std::string_view target;
        char level;
    } rows[] = {{"graphical.target", '5'}, {"multi-user.target", '3'}, {"rescue.target", 'S'}};
    Session session{ClientRequest{}};
    auto* manager = session.manager_if_any();
    for (const auto& row : rows) {
        auto state =
            manager ? get_active_state(*manager, row.target) : Result<std::string>(Error{});
        if (!state || *state != "active") continue;
        session.print("N ", row.level, "\n");
        return session.flush() ? exit_ok : exit_failure;
    }
    session.print("unknown\n");
    (void)session.flush();
    return exit_failure;
}

} // namespace

std::optional<int> run_program(std::string_view name, const std::vector<std::string>& arguments) {
    if (name == "halt" || name == "poweroff" || name == "reboot") return run_halt(name, arguments);
    if (name == "shutdown") return run_shutdown(arguments);
    if (name == "telinit") return run_telinit(arguments);
    if (name == "runlevel") return run_runlevel();
    if (name == "drinitctl") return run_drinitctl(arguments);
    return std::nullopt;
}

} // namespace sctl
