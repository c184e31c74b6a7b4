// One command line of ExecStart= and its like: the special prefixes, the program, its arguments
// (systemd.service(5), "Command Lines"). Parsing splits words, takes the prefixes and undoes the
// quoting; specifiers are expanded per word; variables are left for expand_command at start time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "unit/syntax/environment.hpp"

namespace sctl {

struct ExecCommand {
    std::string path; // absolute, or a bare name that is looked up in PATH at start
    std::vector<std::string> arguments;    // argv[0] first
    bool ignore_failure = false;           // "-"
    bool no_environment_expansion = false; // ":"
    // "+", "!" and "!!" exclude each other.
    enum class Privilege : unsigned char {
        Normal,
        Full,
        NoSetuid,
        Ambient
    } privilege = Privilege::Normal;

    bool operator==(const ExecCommand&) const = default;
};

// The commands of one line. Warnings are in systemd's words; the caller puts file and line before
// them, and the setting is good nevertheless.
struct ExecCommandLine {
    // Several where ";" separates them; none where all is ignored.
    std::vector<ExecCommand> commands;
    std::vector<std::string> warnings;
};

// Expands the specifiers of one word.
using WordExpander = std::function<Result<std::string>(std::string_view)>;

// `text` is not empty: an empty assignment resets the list, which is the caller's to do. ENOEXEC
// for a line with which systemd refuses the unit (LoadState=bad-setting); with the prefix "-" the
// same is a warning only.
[[nodiscard]] Result<ExecCommandLine> parse_exec_commands(std::string_view text,
                                                          const WordExpander& expand);

// The arguments, argv[0] first, as the process gets them: variables replaced unless ":" was given.
[[nodiscard]] std::vector<std::string> expand_command(const ExecCommand& command,
                                                      const Environment& environment);

} // namespace sctl
