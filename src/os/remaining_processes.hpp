// The processes that are to end before we do: those of the commands' sessions and groups, or all.
// Each is signalled so that no other process that got its number meanwhile can be hit.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace sctl {

// All that run and have to do with us: everyone in the namespace for PID 1, else those below us.
// Without ourselves and `except`.
[[nodiscard]] std::vector<pid_t> everyone_else(const std::set<pid_t>& except);
// Those of them that are in a session or group led by one of `leaders`, or are one.
[[nodiscard]] std::vector<pid_t> members_of(const std::set<pid_t>& leaders,
                                            const std::set<pid_t>& except);

void signal_one(pid_t pid, int signal) noexcept;
// "PID 7 (cat)", for messages.
[[nodiscard]] std::string describe_process(pid_t pid);

// How much of an engine's grace may pass before those that are left get SIGKILL from us: a tenth of
// it, at least 100 ms and at most a second, remains for their end and ours.
[[nodiscard]] constexpr Span time_before_sigkill(Span grace) {
    return std::max(Span(0), grace - std::clamp<Span>(grace / 10, 100ms, 1s));
}

// Whether any child is left, ended ones that are not reaped counted; `except` are none.
[[nodiscard]] bool has_children_but(const std::set<pid_t>& except);

} // namespace sctl
