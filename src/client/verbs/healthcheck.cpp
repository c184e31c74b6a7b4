#include "client/verbs/healthcheck.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/verbs/verb_table.hpp"
#include "options/option_table.hpp"
#include "os/run_program.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {
namespace {

constexpr int healthy = 0, unhealthy = 1;
constexpr std::string_view command_unit = "main.service"; // of an init with a command
constexpr std::string_view healthcheck_usage =
    "systemctl healthcheck [--restart] [--timeout=SPAN] [--instance=DIR]\n                      "
    "[UNIT...] [-- PROBE "
    "[ARG...]]\n";

struct HealthWish {
    std::vector<std::string> units, probe;
    std::string instance;
    Span timeout = 10s;
    bool restart = false;
    bool quiet = false;
    bool help = false;
};

// What the alarm may have to end: a signal handler has no other way to know it.
volatile int probe_group = 0;

void give_up(int) {
    constexpr std::string_view reason = "unhealthy: no answer within the timeout\n";
    [[maybe_unused]] auto written = write(STDOUT_FILENO, reason.data(), reason.size());
    if (probe_group > 0) kill(-probe_group, SIGKILL);
    _exit(unhealthy);
}

void arm_alarm(Span timeout) {
    if (timeout == infinity || timeout.count() <= 0) return;
    signal(SIGALRM, give_up);
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarms, nullptr);
    itimerval when{};
    when.it_value.tv_sec = timeout / 1s;
    when.it_value.tv_usec = (timeout % 1s).count();
    setitimer(ITIMER_REAL, &when, nullptr);
}

template <bool HealthWish::*member>
Result<void> set_health_wish(HealthWish& wish, const std::string&) {
    wish.*member = true;
    return {};
}

Result<void> set_health_timeout(HealthWish& wish, const std::string& value) {
    auto span = parse_span(value);
    if (!span) return Error{EINVAL, cat("systemctl healthcheck: bad timeout '", value, "'"), {}};
    wish.timeout = *span;
    return {};
}

Result<void> set_health_instance(HealthWish& wish, const std::string& value) {
    wish.instance = value;
    return {};
}

constexpr OptionRow<HealthWish> health_options[] = {
    {"restart", OptionValue::None, set_health_wish<&HealthWish::restart>},
    {"timeout", OptionValue::Required, set_health_timeout},
    {"instance", OptionValue::Required, set_health_instance},
    {"quiet,q", OptionValue::None, set_health_wish<&HealthWish::quiet>},
    {"help,h", OptionValue::None, set_health_wish<&HealthWish::help>, nullptr, true},
};

// Words before "--" are units, those after it the probe.
Result<HealthWish> read_health_wish(const std::vector<std::string>& arguments) {
    std::span<const OptionRow<HealthWish>> rows(health_options);
    auto names = names_of(rows);
    OptionReader reader(names, arguments, "systemctl healthcheck");
    HealthWish wish;
    auto read = apply_options(rows, reader, wish, [](const auto&) {});
    if (!read) return read.error();
    auto& words = reader.words();
    auto probe =
        words.begin() + static_cast<ptrdiff_t>(reader.words_before_dashes().value_or(words.size()));
    wish.units.assign(words.begin(), probe);
    wish.probe.assign(probe, words.end());
    return wish;
}

ClientRequest request_for(const HealthWish& wish) {
    ClientRequest request;
    request.instance = wish.instance;
    request.quiet = true;
    return request;
}

// Its unit is a file that the init has made.
bool runs_around_command(ClientConnection& manager) {
    auto file = get_text(manager, unit_object_path(command_unit), unit_interface, "FragmentPath");
    return file && file->ends_with(cat("/run/systemd/transient/", command_unit));
}

// Why they are not healthy; "" where they are.
std::string trouble_of_units(const HealthWish& wish) {
    Session session(request_for(wish));
    auto* manager = session.manager_if_any();
    if (!manager) return "no manager answers";
    auto units = wish.units;
    if (units.empty()) {
        auto state = get_text(*manager, manager_path, manager_interface, "SystemState");
        if (!state) return words_of(state.error());
        if (*state != "running") return cat("the system is ", *state);
        if (runs_around_command(*manager)) units.emplace_back(command_unit);
    }
    for (const auto& typed : units) {
        std::string name = mangle_or_complain(session, typed);
        auto state = name.empty() ? Result<std::string>(Error{EINVAL, {}, {}})
                                  : get_active_state(*manager, name);
        if (!state) return cat(typed, ": ", words_of(state.error()));
        if (*state != "active" && *state != "reloading") return cat(name, " is ", *state);
    }
    return {};
}

void restart(const HealthWish& wish) {
    ClientRequest request = request_for(wish);
    request.arguments = {"restart"};
    request.block = false;
    for (const auto& unit : wish.units) request.arguments.push_back(unit);
    if (wish.units.empty()) request.arguments.emplace_back(command_unit);
    Session session(std::move(request));
    (void)run_verb(session);
}

} // namespace

int verb_healthcheck(Session& session, const Words& words) {
    Words arguments(words.begin() + 1, words.end());
    if (!session.request.instance.empty())
        arguments.insert(arguments.begin(), cat("--instance=", session.request.instance));
    return run_healthcheck(arguments);
}

int run_healthcheck(const std::vector<std::string>& arguments) {
    auto read = read_health_wish(arguments);
    if (!read) {
        log_error(read.error().text);
        return unhealthy;
    }
    const HealthWish& wish = *read;
    if (wish.help) {
        print(healthcheck_usage);
        return healthy;
    }
    arm_alarm(wish.timeout);
    // A probe alone needs no manager.
    bool asks_manager = !wish.units.empty() || wish.probe.empty();
    std::string trouble = asks_manager ? trouble_of_units(wish) : std::string();
    if (trouble.empty() && !wish.probe.empty()) {
        auto status = run_program(wish.probe, {.assignments = {}, .group = &probe_group});
        if (!status)
            trouble = status.error().text;
        else if (*status != 0)
            trouble = cat(wish.probe.front(), " ended with status ", *status);
    }
    if (trouble.empty()) return healthy;
    auto line = cat("unhealthy: ", trouble, "\n");
    if (!wish.quiet) print(line);
    if (wish.restart) restart(wish);
    return unhealthy;
}

} // namespace sctl
