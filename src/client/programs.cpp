#include "client/programs.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "client/calls.hpp"
#include "client/drinitctl.hpp"
#include "client/exit_code.hpp"
#include "client/surroundings.hpp"
#include "client/verbs.hpp"

namespace sctl {

namespace {

using Arguments = std::vector<std::string>;

int run_verb(Options options, Words words) {
    if (is_offline()) {
        if (!options.quiet) log_info("Running in chroot, ignoring request.");
        return exit_ok;
    }
    options.arguments = std::move(words);
    Session session(std::move(options));
    int status = run_verb(session);
    return session.flush() ? status : exit_failure;
}

int refuse(std::string_view program, const std::string& option) {
    if (option.starts_with("--"))
        log_error(program, ": unrecognized option '", option, "'");
    else
        log_error(program, ": invalid option -- '", option.substr(1, 1), "'");
    return exit_failure;
}

struct HaltOption {
    std::string_view long_name;
    char letter; // 0: none
    enum class Does { Help, Halt, PowerOff, Reboot, Force, WtmpOnly, Nothing } does;
};

constexpr HaltOption halt_options[] = {
    {"help", 0, HaltOption::Does::Help},           {"halt", 0, HaltOption::Does::Halt},
    {"poweroff", 'p', HaltOption::Does::PowerOff}, {"reboot", 0, HaltOption::Does::Reboot},
    {"force", 'f', HaltOption::Does::Force},       {"wtmp-only", 'w', HaltOption::Does::WtmpOnly},
    {"no-wtmp", 'd', HaltOption::Does::Nothing},   {"no-sync", 'n', HaltOption::Does::Nothing},
    {"no-wall", 0, HaltOption::Does::Nothing},
};

// The options of one argument: a long one, or letters in a bundle. Nothing where one is unknown.
std::optional<std::vector<HaltOption::Does>> read_halt_options(const std::string& argument) {
    std::vector<HaltOption::Does> out;
    if (argument.starts_with("--")) {
        for (const auto& option : halt_options) {
            if (argument.substr(2) == option.long_name) return std::vector{option.does};
        }
        return std::nullopt;
    }
    for (char letter : std::string_view(argument).substr(1)) {
        auto found = std::ranges::find(halt_options, letter, &HaltOption::letter);
        if (found == std::end(halt_options)) return std::nullopt;
        out.push_back(found->does);
    }
    return out;
}

// halt, poweroff, reboot.
int run_halt(std::string_view program, const Arguments& arguments) {
    using Does = HaltOption::Does;
    Options options;
    std::string verb(program);
    for (const auto& argument : arguments) {
        if (argument.size() < 2 || argument.front() != '-')
            continue; // reboot's argument for the firmware
        auto found = read_halt_options(argument);
        if (!found) return refuse(program, argument);
        for (auto does : *found) {
            if (does == Does::Halt)
                verb = "halt";
            else if (does == Does::PowerOff)
                verb = "poweroff";
            else if (does == Does::Reboot)
                verb = "reboot";
            else if (does == Does::Force)
                ++options.force;
            else if (does == Does::WtmpOnly)
                return exit_ok; // we keep no wtmp
            else if (does == Does::Help) {
                log_info(program, " [--halt] [-p|--poweroff] [--reboot] [-f|--force]");
                return exit_ok;
            }
        }
    }
    return run_verb(std::move(options), {verb});
}

int run_shutdown(const Arguments& arguments) {
    std::string verb = "poweroff";
    std::string when;
    for (const auto& argument : arguments) {
        if (argument == "--reboot")
            verb = "reboot";
        else if (argument == "--halt")
            verb = "halt";
        else if (argument == "--poweroff")
            verb = "poweroff";
        else if (argument == "--show") {
            log_error("No scheduled shutdown.");
            return exit_failure;
        } else if (argument == "--no-wall")
            continue;
        else if (argument == "--help") {
            log_info("shutdown [-H|-P|-r|-h|-k|-c] [now]");
            return exit_ok;
        } else if (argument.size() > 1 && argument.front() == '-') {
            for (char letter : std::string_view(argument).substr(1)) {
                if (letter == 'r')
                    verb = "reboot";
                else if (letter == 'H')
                    verb = "halt";
                else if (letter == 'P' || letter == 'h')
                    verb = "poweroff";
                else if (letter == 'k' || letter == 'c')
                    return exit_ok; // a warning only; cancelling: nothing waits
                else if (letter != 'f' && letter != 'F' && letter != 'a' && letter != 't') {
                    return refuse("shutdown", argument);
                }
            }
        } else if (when.empty()) {
            when = argument;
        }
    }
    if (when != "now" && when != "+0") {
        log_warning("A shutdown cannot be scheduled here, proceeding with immediate shutdown.");
    }
    return run_verb({}, {verb});
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
    for (const auto& argument : arguments) {
        if (argument == "--no-wall") continue;
        if (argument.starts_with("-")) return refuse("telinit", argument);
        for (const auto& row : rows) {
            if (argument.size() != 1 || row.letters.find(argument) == std::string_view::npos)
                continue;
            Words words = {std::string(row.verb)};
            if (!row.unit.empty()) words.emplace_back(row.unit);
            return run_verb({}, words);
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
    Session session{Options{}};
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
