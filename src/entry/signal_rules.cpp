#include "entry/signal_rules.hpp"

#include <algorithm>
#include <cctype>
#include <csignal>

#include "base/text.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

bool is_terminal_stop(int signal) {
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

SignalTarget target_of(const InitPolicy& policy, int signal) {
    if (policy.forward == Forward::Child) return SignalTarget::Child;
    if (policy.only_term_to_group && signal != SIGTERM) return SignalTarget::Child;
    return SignalTarget::Group;
}

} // namespace

SignalSet SignalSet::standard() noexcept {
    SignalSet set;
    for (int signal = 1; signal <= 31; ++signal) set.add(signal);
    for (int signal : {SIGKILL, SIGSTOP, SIGCHLD}) set.remove(signal);
    return set;
}

SignalSet SignalSet::real_time() noexcept {
    SignalSet set;
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) set.add(signal);
    return set;
}

SignalDecision decide(const InitPolicy& policy, SignalSet& hand_offs, int signal) {
    using What = SignalDecision::What;
    SignalDecision decision{.signal = signal};
    bool stops = signal == SIGTERM || signal == SIGINT;
    if (hand_offs.contains(signal)) {
        hand_offs.remove(signal);
        decision.what = What::HandOff;
    } else if (policy.trapped.contains(signal)) {
        decision.what = What::Trap;
    } else if (signal == SIGINT && policy.ignores_sigint) {
        decision.what = What::Nothing;
    } else if (policy.forward == Forward::None) {
        if (stops) decision.what = What::End;
        decision.asks_to_stop = stops;
    } else if (policy.signals.contains(signal)) {
        int rewritten = policy.rewrite[static_cast<size_t>(signal)];
        if (rewritten != InitPolicy::as_it_is) decision.signal = rewritten;
        decision.what = decision.signal == 0 ? What::Drop : What::Forward;
        decision.target = target_of(policy, decision.signal);
        decision.suspends = policy.suspends_itself && is_terminal_stop(signal);
        decision.asks_to_stop = stops && decision.what == What::Forward;
    }
    return decision;
}

void stop_for_terminal_stops(InitPolicy& policy) {
    for (int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) {
        auto& rewritten = policy.rewrite[static_cast<size_t>(signal)];
        if (rewritten == InitPolicy::as_it_is) rewritten = SIGSTOP;
    }
}

Result<int> parse_any_signal(std::string_view text) {
    std::string upper(text);
    std::ranges::transform(upper, upper.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    auto signal = parse_signal(upper);
    if (!signal || *signal < 1 || *signal > 64)
        return Error{EINVAL, cat("'", text, "' is no signal"), {}};
    return *signal;
}

Result<void> parse_signal_set(std::string_view text, SignalSet& set) {
    for (auto word : split(text, ", ")) {
        if (word == "std" || word == "all") set |= SignalSet::standard();
        if (word == "all" || word == "+rt") set |= SignalSet::real_time();
        if (word == "std" || word == "all" || word == "+rt") continue;
        auto signal = parse_any_signal(word);
        if (!signal) return signal.error();
        set.add(*signal);
    }
    return {};
}

Result<void> parse_rewrite(std::string_view text, InitPolicy& policy) {
    auto colon = text.find(':');
    if (colon == text.npos) return Error{EINVAL, cat("'", text, "' is not SIGNAL:SIGNAL"), {}};
    auto from = parse_any_signal(text.substr(0, colon));
    if (!from) return from.error();
    auto name = text.substr(colon + 1);
    if (name == "0" || equal_ignoring_case(name, "none")) {
        policy.rewrite[static_cast<size_t>(*from)] = 0;
        return {};
    }
    auto to = parse_any_signal(name);
    if (!to) return to.error();
    policy.rewrite[static_cast<size_t>(*from)] = static_cast<int8_t>(*to);
    return {};
}

} // namespace sctl
