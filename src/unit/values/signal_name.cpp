#include "unit/values/signal_name.hpp"

#include <csignal>

#include "base/text.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

// By number; x86, arm and nearly all others agree (signal(7)).
constexpr std::string_view names[] = {
    "",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
    "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
    "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS",
};
static_assert(std::size(names) == SIGSYS + 1);

// What follows "RTMIN" or "RTMAX": nothing, or `sign` and a number of real-time signals.
Result<int> offset_from(std::string_view text, char sign) {
    if (text.empty()) return 0;
    Error error{EINVAL, cat("Not a real-time signal: ", text), {}};
    if (text.front() != sign) return error;
    auto digits = text.substr(1);
    if (digits.empty() || digits.front() < '0' || digits.front() > '9') return error;
    return parse_integer<int>(digits, 0, SIGRTMAX - SIGRTMIN);
}

} // namespace

Result<int> parse_signal(std::string_view text) {
    auto number = parse_integer<int>(text, 1, SIGRTMAX);
    if (number || number.error().code == ERANGE) return number;
    auto name = text;
    if (name.starts_with("SIG")) name.remove_prefix(3);
    for (size_t i = 1; i < std::size(names); ++i) {
        if (names[i] == name) return static_cast<int>(i);
    }
    if (name.starts_with("RTMIN")) {
        auto offset = offset_from(name.substr(5), '+');
        if (!offset) return offset;
        return SIGRTMIN + *offset;
    }
    if (name.starts_with("RTMAX")) {
        auto offset = offset_from(name.substr(5), '-');
        if (!offset) return offset;
        return SIGRTMAX - *offset;
    }
    return Error{EINVAL, cat("Not a signal: ", text), {}};
}

std::string signal_name(int signal) {
    if (signal > 0 && static_cast<size_t>(signal) < std::size(names))
        return std::string(names[static_cast<size_t>(signal)]);
    if (signal < SIGRTMIN || signal > SIGRTMAX) return cat(signal);
    return cat("RTMIN+", signal - SIGRTMIN);
}

} // namespace sctl
