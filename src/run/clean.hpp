// What `systemctl clean` may remove of a unit: the directories of its *Directory= settings, of the
// types that are asked for (systemctl(1), clean). The removal itself is a process of the service.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/unit.hpp"

namespace sctl {

// "runtime", "state", ...: the words of --what= and of CanClean.
[[nodiscard]] std::string_view to_string(DirectoryType type);
[[nodiscard]] std::optional<DirectoryType> directory_type_from(std::string_view text);

// The types that the unit has any directories of.
[[nodiscard]] std::vector<DirectoryType> cleanable_types(const Unit& unit);
// All that is to be removed, the links to it and what DynamicUser= may have left included.
[[nodiscard]] std::vector<std::string> paths_to_clean(const ExecConfig& config,
                                                      const std::vector<DirectoryType>& types);

} // namespace sctl
