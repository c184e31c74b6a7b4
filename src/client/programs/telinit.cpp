// telinit and runlevel: runlevels, as the targets that stand for them.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/programs/halt_request.hpp"

namespace sctl {

namespace {

using enum OptionValue;

constexpr OptionRow<HaltRequest> telinit_options[] = {
    {"help", None, set_wish<&HaltRequest::help>, nullptr, true},
    {"no-wall", None, ignore_option},
};

} // namespace

int run_telinit(const std::vector<std::string>& arguments) {
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
            return run_as_verb({}, std::move(verb));
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

} // namespace sctl
