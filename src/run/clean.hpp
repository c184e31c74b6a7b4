// What `systemctl clean` may remove of a unit: the directories of its *Directory= settings, of the
// types that are asked for (systemctl(1), clean). The removal itself is a process of the service.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "unit/config.hpp"

namespace sctl {

struct Unit;

// "runtime", "state", ...: the words of --what= and of CanClean.
[[nodiscard]] std::string_view to_string(DirectoryType type);
[[nodiscard]] std::optional<DirectoryType> directory_type_from(std::string_view text);

// The types of which the unit has anything.
[[nodiscard]] std::vector<DirectoryType> cleanable_types(const Unit& unit);
// All that is to be removed for them.
[[nodiscard]] std::vector<std::string> paths_to_clean(const Unit& unit,
                                                      const std::vector<DirectoryType>& types);
// Of a unit with such settings: its directories, the links to them and what DynamicUser= may have
// left included.
[[nodiscard]] std::vector<std::string> paths_to_clean(const ExecConfig& config, DirectoryType type);

} // namespace sctl
