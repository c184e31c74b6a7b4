#include "unit/timer/timer_kind.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "unit/dependencies.hpp"
#include "unit/timer/timer_config.hpp"

namespace sctl {
namespace {

constexpr std::string_view stamps = "/var/lib/systemd/timers";

} // namespace

bool TimerConfig::has_calendar() const {
    return std::ranges::any_of(values,
                               [](const TimerValue& value) { return value.calendar != nullptr; });
}

const TimerConfig* timer_config(const LoadedUnit& unit) {
    return own_config<TimerConfig>(unit);
}

std::string timer_stamp_path(const LoadedUnit& unit) {
    return cat(stamps, "/stamp-", unit.id.str());
}

void begin_timer(LoadedUnit& unit, const UnitDefaults& defaults) {
    auto timer = std::make_unique<TimerConfig>();
    timer->accuracy = defaults.timer_accuracy;
    unit.own = std::move(timer);
}

void imply_of_timer(LoadedUnit& unit, bool user_manager) {
    add_default_trigger(unit);
    if (!user_manager && timer_config(unit)->persistent)
        unit.unit.requires_mounts_for.emplace_back(stamps);
}

void add_timer_defaults(LoadedUnit& unit, bool user_manager) {
    add_early_defaults(unit, "timers.target", user_manager);
    if (user_manager || !timer_config(unit)->has_calendar()) return;
    add_dependency(unit, Dependency::After, UnitName::of_ours("time-sync.target"));
    add_dependency(unit, Dependency::After, UnitName::of_ours("time-set.target"));
}

bool check_timer(const LoadedUnit& unit, const WarningSink& warn) {
    const auto& timer = *timer_config(unit);
    if (!timer.values.empty() || timer.on_clock_change || timer.on_timezone_change) return true;
    warn(cat(unit.id.str(), ": Timer unit lacks value setting. Refusing."));
    return false;
}

} // namespace sctl
