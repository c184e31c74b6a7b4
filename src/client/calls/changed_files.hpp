// Unit files that have changed on disk since the manager has read them.
#pragma once

#include <string_view>

#include "client/calls/session.hpp"
#include "wire/client_connection.hpp"

namespace sctl {

// Whether the unit's files have changed since they were loaded; false where that is not known.
[[nodiscard]] bool needs_daemon_reload(ClientConnection& manager, std::string_view name);
void warn_needs_daemon_reload(const Session& session, std::string_view name);

} // namespace sctl
