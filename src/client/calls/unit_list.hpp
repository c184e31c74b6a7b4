// The units that the manager has loaded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "client/request/client_request.hpp"
#include "wire/client_connection.hpp"

namespace sctl {

struct UnitInfo {
    std::string id, description, load_state, active_state, sub_state, following, path;
    uint32_t job_id = 0;
    std::string job_type, job_path;
};
// The loaded units that match one of the patterns (all where there are none), and the states and
// types of the options; as list-units shows them, unsorted.
Result<std::vector<UnitInfo>> list_units(ClientConnection& manager, const ClientRequest& request,
                                         const std::vector<std::string>& patterns);

// Whether list-units shows the unit, by types and states of the options.
[[nodiscard]] bool is_listed(const ClientRequest& request, const UnitInfo& unit);
} // namespace sctl
