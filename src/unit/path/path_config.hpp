// [Path], typed (systemd.path(5)): what a path unit has settings of that no other kind of unit has.
// Which unit it starts is a dependency, Triggers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "unit/config.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {

enum class PathCondition : uint8_t { Exists, ExistsGlob, Changed, Modified, DirectoryNotEmpty };

struct PathPlace {
    PathCondition condition = PathCondition::Exists;
    std::string path; // absolute, simple
    bool operator==(const PathPlace&) const = default;
};

struct PathConfig final : OwnConfig {
    std::vector<PathPlace> places;
    bool make_directory = false;
    mode_t directory_mode = 0755;
    // As resolved: 200 in 2 s where nothing is written.
    Span trigger_limit_interval = infinity;
    unsigned trigger_limit_burst = UINT32_MAX;
};

// Of a path unit that is loaded; else null.
[[nodiscard]] const PathConfig* path_config(const LoadedUnit& unit);

SCTL_ENUM_TEXT(PathCondition, DirectoryNotEmpty, "", "PathExists", "PathExistsGlob", "PathChanged",
               "PathModified", "DirectoryNotEmpty");

} // namespace sctl
