// The table of systemctl's options: for the parser, and for --help.
#pragma once

#include "client/request/client_request.hpp"
#include "options/option_table.hpp"

namespace sctl {

[[nodiscard]] std::span<const OptionRow<ClientRequest>> option_rows();

} // namespace sctl
