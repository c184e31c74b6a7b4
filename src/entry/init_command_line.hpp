// The command line of an init that we are by name: options by a table of that program's, and the
// command behind them.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "entry/request.hpp"
#include "options/option_table.hpp"

namespace sctl {

struct InitCommandLine {
    ParsedRequest parsed;
    std::string program;                  // as it was called
    std::optional<OptionProblem> problem; // with the options as such, not with a value

    [[nodiscard]] InitPolicy& policy() noexcept { return parsed.request.policy; }
};

using InitOption = OptionRow<InitCommandLine>;

// An error is in getopt's words, or a row's. A row that ends has said how, in `parsed`.
[[nodiscard]] Result<void> read_command_line(std::span<const InitOption> options, OptionRules rules,
                                             int argc, char** argv, InitCommandLine& line);

// What rows do.
template <Forward whom>
Result<void> forward_to(InitCommandLine& line, const std::string&) {
    line.policy().forward = whom;
    return {};
}
template <bool InitPolicy::*member, bool value = true>
Result<void> set_policy(InitCommandLine& line, const std::string&) {
    line.policy().*member = value;
    return {};
}
template <Last what>
Result<void> end_others(InitCommandLine& line, const std::string&) {
    line.policy().last = what;
    return {};
}
Result<void> say_more(InitCommandLine& line, const std::string& value);
Result<void> accept_option(InitCommandLine& line, const std::string& value);

} // namespace sctl
