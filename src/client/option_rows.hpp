// The table of systemctl's options: for the parser, and for --help.
#pragma once

#include <string>
#include <vector>

#include "client/options.hpp"

namespace sctl {

enum class OptionArgument { None, Required };

struct OptionRow {
    const char* names; // "quiet,q", or ",P" for one without a long name
    OptionArgument argument;
    Result<void> (*apply)(Options& options, const std::string& argument);
    const char* help; // nullptr: taken, but not worth a line
};

[[nodiscard]] const std::vector<OptionRow>& option_rows();

} // namespace sctl
