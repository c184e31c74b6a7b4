// One command line of ExecStart= and its like: the special prefixes, the program, its arguments
// (systemd.service(5), "Command Lines"). Parsing splits words, takes the prefixes and undoes the
// quoting; specifiers are expanded per word; variables are left for expand_command at start time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sctl {

struct ExecCommand {
    std::string path;                   // absolute, or a bare name that is looked up in PATH at start
    std::vector<std::string> arguments; // argv[0] first
    bool ignore_failure = false;        // "-"
    bool no_environment_expansion = false; // ":"
    // "+", "!" and "!!" exclude each other.
    enum class Privilege : unsigned char { Normal, Full, NoSetuid, Ambient } privilege = Privilege::Normal;

    bool operator==(const ExecCommand&) const = default;
};

} // namespace sctl
