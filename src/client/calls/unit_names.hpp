// Units as they are named on a command line: "nginx", "getty@*", "/dev/sda".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/calls/session.hpp"
#include "wire/client_connection.hpp"

namespace sctl {

struct ExpandedNames {
    std::vector<std::string> names;
    bool had_patterns = false;
};
// Names as typed made whole ("nginx" with `suffix`), patterns replaced by the loaded units that
// match. Nothing where one is no name, which has been said then.
std::optional<ExpandedNames> expand_unit_names(Session& session, ClientConnection& manager,
                                               const std::vector<std::string>& typed,
                                               std::string_view suffix = ".service");
// The same, with patterns also for what is inactive where no state was asked for.
std::optional<ExpandedNames> expand_all_unit_names(Session& session, ClientConnection& manager,
                                                   const std::vector<std::string>& typed);
// One name as typed, made whole; mentions it where something was escaped. Empty: refused aloud,
// `complaint` first.
[[nodiscard]] std::string mangle_or_complain(const Session& session, std::string_view typed,
                                             std::string_view suffix = ".service",
                                             std::string_view complaint = "Failed to mangle name");

} // namespace sctl
