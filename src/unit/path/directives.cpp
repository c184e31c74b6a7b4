#include "unit/path/path_config.hpp"
#include "unit/path/path_kind.hpp"
#include "unit/settings/directive_rows.hpp"

namespace sctl {
namespace {

using enum Support;
using P = PathConfig;

// Each line is one more; an empty one takes back those of all conditions.
template <PathCondition Condition>
void read_place(Setting& setting, std::vector<PathPlace>& out) {
    if (setting.value.empty()) return out.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    if (auto path = checked_path(setting, *text)) out.push_back({Condition, std::move(*path)});
}
template <PathCondition Condition>
constexpr Directive place() {
    return row<&P::places, read_place<Condition>>(to_text(Condition), Same);
}

PropertyValue paths(const LoadedUnit& unit) {
    StringPairs pairs;
    for (const auto& place : part_of<P>(unit).places)
        pairs.emplace_back(to_text(place.condition), place.path);
    return pairs;
}

constexpr Directive path_directives[] = {
    place<PathCondition::Exists>(),
    place<PathCondition::ExistsGlob>(),
    place<PathCondition::Changed>(),
    place<PathCondition::Modified>(),
    place<PathCondition::DirectoryNotEmpty>(),
    {"", Same, nullptr, "Paths", "a(ss)", paths},
    {"Unit", Same, read_trigger},
    row<&P::make_directory>("MakeDirectory", Same, "MakeDirectory", "b"),
    row<&P::directory_mode, read_mode>("DirectoryMode", Same, "DirectoryMode", "u"),
    row<&P::trigger_limit_interval>("TriggerLimitIntervalSec", Same, "TriggerLimitIntervalUSec",
                                    "t"),
    row<&P::trigger_limit_burst>("TriggerLimitBurst", Same, "TriggerLimitBurst", "u"),
};

} // namespace

std::span<const Directive> path_settings() {
    return own_of<path_directives, UnitType::Path>;
}

} // namespace sctl
