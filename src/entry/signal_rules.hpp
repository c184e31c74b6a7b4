// What becomes of a signal that is sent to us, as a function of the policy: to whom it is forwarded
// and as what, or that it is trapped, ends the whole, or is dropped.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "entry/policy.hpp"

namespace sctl {

enum class SignalTarget : uint8_t { Child, Group };

struct SignalDecision {
    enum class What : uint8_t { Nothing, Forward, Drop, HandOff, Trap, End } what = What::Nothing;
    int signal = 0; // forwarded: after rewriting
    SignalTarget target = SignalTarget::Child;
    bool suspends = false; // we stop ourselves afterwards
    bool asks_to_stop = false;
    bool operator==(const SignalDecision&) const = default;
};

// `hand_offs`: signals that giving the terminal away has caused; the first of each is not for us.
[[nodiscard]] SignalDecision decide(const InitPolicy& policy, SignalSet& hand_offs, int signal);

// TSTP, TTIN and TTOU reach a session without a parent in it as STOP only: the kernel drops the
// others for it. Those that the policy rewrites already stay as they are.
void stop_for_terminal_stops(InitPolicy& policy);

// "std", "all", "+rt", or names and numbers by comma or blank; EINVAL for what is none.
[[nodiscard]] Result<void> parse_signal_set(std::string_view text, SignalSet& set);
// "SIG:SIG"; the second may be "none" or 0.
[[nodiscard]] Result<void> parse_rewrite(std::string_view text, InitPolicy& policy);
// As parse_signal(), in any case, and within 1 to 64.
[[nodiscard]] Result<int> parse_any_signal(std::string_view text);

} // namespace sctl
