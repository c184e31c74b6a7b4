// What the manager says a unit depends on, or who depends on it, as --reverse, --after and --before
// choose.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "client/calls/session.hpp"
#include "wire/client_connection.hpp"

namespace sctl {

// In the manager's order, each once.
Result<std::vector<std::string>> get_dependencies(ClientConnection& manager,
                                                  const ClientRequest& request,
                                                  const std::string& name);

// --with-dependencies: puts behind each of the units those that it depends on itself. False where
// the manager fails, which has been said then; without the option it does nothing.
[[nodiscard]] bool add_dependencies(const ClientRequest& request, ClientConnection& manager,
                                    std::vector<std::string>& names);

} // namespace sctl
