// Conditions and asserts (systemd.unit(5), "Conditions and Asserts"): looked at each time a unit is
// to start. All without "|" must hold, and one of those with it, where there are any. They are
// tested in order up to the first that fails.
//
// What is asked of the file system is asked through `root`, by stat and by reading files of /proc
// and /sys: nothing here waits. A test that cannot be made counts as failed, before "!" is applied.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "unit/config.hpp"
#include "unit/facts.hpp"

namespace sctl {

// As the properties Conditions= and Asserts= carry it.
enum class ConditionResult : int8_t { Failed = -1, Untested = 0, Succeeded = 1 };

struct ConditionVerdict {
    bool met = true;
    std::vector<ConditionResult> results; // one for each condition
    // Where not met, the rest of "X was skipped because ...": "of an unmet condition check
    // (ConditionPathExists=!/x)", or "no trigger condition checks were met".
    std::string reason;
};

// `list` is "Condition" or "Assert", for the reason.
[[nodiscard]] ConditionVerdict check_all(std::span<const Condition> conditions, const Facts& facts,
                                         const Root& root, std::string_view list = "Condition");

// Whether the condition's statement is true: "!" is not looked at.
[[nodiscard]] bool condition_holds(const Condition& condition, const Facts& facts,
                                   const Root& root);

// The part of it that looks at files: ConditionPath*=, ConditionFile*=, ConditionDirectory*= and
// ConditionNeedsUpdate=; nothing for the other types.
[[nodiscard]] std::optional<bool> path_condition_holds(ConditionType type, const std::string& path,
                                                       const Root& root);

} // namespace sctl
