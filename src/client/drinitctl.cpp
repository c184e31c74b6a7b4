#include "client/drinitctl.hpp"

#include <unistd.h>

#include <optional>
#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"
#include "client/child.hpp"
#include "client/exit_code.hpp"
#include "client/verbs.hpp"
#include "unit/signal_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view usage =
    "Usage: drinitctl -c COMMAND [-r 'PROGRAM [ARG...]'] | -s SIGNAL\n\n"
    "  -c 1  Stop the application and start it again (cycle).\n"
    "  -c 2  Start it (up).\n"
    "  -c 3  Stop it (down).\n"
    "  -s    Send this signal to its processes.\n"
    "  -r    Run this before down or after up.\n"
    "  -f    Accepted; drinit is found by its socket.\n"
    "  -h    Show this help.\n";

struct Wish {
    std::string command, signal;
    std::vector<std::string> script;
    bool help = false;
};

// "-c3", "-c 3". Nothing where an option is unknown or lacks its value.
std::optional<Wish> read_arguments(const std::vector<std::string>& arguments) {
    Wish wish;
    for (size_t i = 0; i < arguments.size(); ++i) {
        std::string_view word = arguments[i];
        if (word == "-h" || word == "--help") {
            wish.help = true;
            continue;
        }
        if (word.size() < 2 || word[0] != '-') return std::nullopt;
        bool separate = word.size() == 2;
        if (separate && ++i >= arguments.size()) return std::nullopt;
        std::string value(separate ? std::string_view(arguments[i]) : word.substr(2));
        switch (word[1]) {
            case 'c': wish.command = value; break;
            case 's': wish.signal = value; break;
            case 'r':
                for (auto part : split(value)) wish.script.emplace_back(part);
                break;
            case 'f': break;
            default: return std::nullopt;
        }
    }
    if (wish.command.empty() == wish.signal.empty() && !wish.help) return std::nullopt;
    return wish;
}

int run_verb_on_main(std::string_view verb, int signal = 0) {
    Options options;
    options.arguments = {std::string(verb), "main.service"};
    options.signal = signal;
    Session session(std::move(options));
    int status = run_verb(session);
    return session.flush() ? status : exit_failure;
}

} // namespace

int run_drinitctl(const std::vector<std::string>& arguments) {
    auto wish = read_arguments(arguments);
    if (!wish || wish->help) {
        [[maybe_unused]] auto written =
            write(wish ? STDOUT_FILENO : STDERR_FILENO, usage.data(), usage.size());
        return wish ? exit_ok : exit_failure;
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
    int before = !starts && !wish->script.empty() ? run_child_program(wish->script) : exit_ok;
    if (before != exit_ok) return before;
    int status = run_verb_on_main(starts ? "start" : "stop");
    if (status == exit_ok && starts && !wish->script.empty())
        return run_child_program(wish->script);
    return status;
}

} // namespace sctl
