// The table of systemctl's options: for the parser, and for --help.
#pragma once

#include <cerrno>
#include <span>
#include <string>

#include "client/request/client_request.hpp"
#include "options/option_table.hpp"

namespace sctl {

// In the order of --help.
[[nodiscard]] std::span<const OptionRow<ClientRequest>> option_rows();

// EINVAL with what is wrong with an option, as it is printed.
[[nodiscard]] inline Error option_refusal(std::string text) {
    return Error{EINVAL, std::move(text), {}};
}

} // namespace sctl
