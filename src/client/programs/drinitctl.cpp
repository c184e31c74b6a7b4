#include "client/programs/drinitctl.hpp"

#include <unistd.h>

#include <optional>
#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"
#include "client/calls/exit_code.hpp"
#include "client/verbs/verb_table.hpp"
#include "options/option_table.hpp"
#include "os/run_program.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view drinitctl_usage =
    "Usage: drinitctl -c COMMAND [-r 'PROGRAM [ARG...]'] | -s SIGNAL\n\n"
    "  -c 1  Stop the application and start it again (cycle).\n"
    "  -c 2  Start it (up).\n"
    "  -c 3  Stop it (down).\n"
    "  -s    Send this signal to its processes.\n"
    "  -r    Run this before down or after up.\n"
    "  -f    Accepted; drinit is found by its socket.\n"
    "  -h    Show this help.\n";

struct DrinitctlWish {
    std::string command, signal;
    std::vector<std::string> script;
    bool help = false;
};

constexpr OptionRow<DrinitctlWish> drinitctl_options[] = {
    {",c", OptionValue::Required,
     [](DrinitctlWish& wish, const std::string& value) -> Result<void> {
         wish.command = value;
         return {};
     }},
    {",s", OptionValue::Required,
     [](DrinitctlWish& wish, const std::string& value) -> Result<void> {
         wish.signal = value;
         return {};
     }},
    {",r", OptionValue::Required,
     [](DrinitctlWish& wish, const std::string& value) -> Result<void> {
         for (auto part : split(value)) wish.script.emplace_back(part);
         return {};
     }},
    {",f", OptionValue::Required,
     [](DrinitctlWish&, const std::string&) -> Result<void> { return {}; }},
    {",h", OptionValue::None,
     [](DrinitctlWish& wish, const std::string&) -> Result<void> {
         wish.help = true;
         return {};
     }},
};

// Nothing where an option is unknown or lacks its value.
std::optional<DrinitctlWish> read_drinitctl_wish(const std::vector<std::string>& arguments) {
    std::span<const OptionRow<DrinitctlWish>> rows(drinitctl_options);
    auto names = names_of(rows);
    OptionReader reader(names, arguments, "drinitctl",
                        {.first_word_ends = true, .long_names = false});
    DrinitctlWish wish;
    bool is_read = apply_options(rows, reader, wish, [](const auto&) {}).has_value();
    if (!is_read || !reader.words().empty()) return std::nullopt;
    if (wish.command.empty() == wish.signal.empty() && !wish.help) return std::nullopt;
    return wish;
}

int run_verb_on_main(std::string_view verb, int signal = 0) {
    ClientRequest request;
    request.arguments = {std::string(verb), "main.service"};
    request.signal = signal;
    Session session(std::move(request));
    int status = run_verb(session);
    return session.flush() ? status : exit_failure;
}

int run_script(const std::vector<std::string>& script) {
    if (script.empty()) return exit_ok;
    // The document of the original names a script of the working directory.
    auto status = run_program(script, {.assignments = {}, .also_here = true});
    if (status) return *status;
    log_error("drinitctl: ", status.error().text);
    return 127;
}

} // namespace

int run_drinitctl(const std::vector<std::string>& arguments) {
    auto wish = read_drinitctl_wish(arguments);
    if (!wish || wish->help) {
        [[maybe_unused]] auto written = write(wish ? STDOUT_FILENO : STDERR_FILENO,
                                              drinitctl_usage.data(), drinitctl_usage.size());
        // Of a container that consists of it, which no application can have failed.
        constexpr int misused_as_first = 2;
        return wish ? exit_ok : getpid() == 1 ? misused_as_first : exit_failure;
    }
    if (!wish->signal.empty()) {
        auto signal = parse_signal(wish->signal);
        if (!signal) log_error("drinitctl: unknown signal ", wish->signal);
        return signal ? run_verb_on_main("kill", *signal) : exit_failure;
    }
    if (wish->command == "1") return run_verb_on_main("restart");
    bool starts = wish->command == "2";
    if (!starts && wish->command != "3") {
        log_error("drinitctl: unknown command ", wish->command);
        return exit_failure;
    }
    // As the original's, it does not keep the application from being stopped.
    int before = starts ? exit_ok : run_script(wish->script);
    int status = run_verb_on_main(starts ? "start" : "stop");
    if (status != exit_ok) return status;
    return starts ? run_script(wish->script) : before;
}

} // namespace sctl
