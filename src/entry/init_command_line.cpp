#include "entry/init_command_line.hpp"

#include <algorithm>

namespace sctl {

Result<void> read_command_line(std::span<const InitOption> options, OptionRules rules, int argc,
                               char** argv, InitCommandLine& line) {
    auto names = names_of(options);
    OptionReader reader(names, {argv + std::min(argc, 1), argv + argc}, line.program, rules);
    auto applied = apply_options(options, reader, line, [](const auto&) {});
    line.problem = reader.problem();
    line.parsed.request.command = std::move(reader.words());
    line.parsed.request.has_show = true;
    return applied;
}

Result<void> say_more(InitCommandLine& line, const std::string&) {
    ++line.policy().verbosity;
    return {};
}

Result<void> accept_option(InitCommandLine&, const std::string&) {
    return {};
}

} // namespace sctl
