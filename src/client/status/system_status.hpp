// `status` without arguments: the machine as a whole.
#pragma once

#include <string>

#include "client/calls/properties.hpp"
#include "client/calls/session.hpp"

namespace sctl {

// `properties` are the manager's own; the processes are asked of it.
[[nodiscard]] std::string system_status_text(const Session& session, ClientConnection& manager,
                                             const Properties& properties);

} // namespace sctl
