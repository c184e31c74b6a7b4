#include "unit/settings/directive_rows.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/timer/timer_config.hpp"
#include "unit/timer/timer_kind.hpp"

namespace sctl {
namespace {

using enum Support;
using T = TimerConfig;

void read_calendar(Setting& setting, std::string_view text, TimerValue& value) {
    auto spec = parse_calendar(text, known_time_zones());
    if (!spec)
        return setting.warning(cat("Failed to parse calendar specification, ignoring: ", text));
    value.calendar_text = format_calendar(*spec);
    value.calendar = std::make_shared<const CalendarSpec>(*std::move(spec));
}

// Each line is one more; an empty one takes back those of all bases.
template <TimerBase Base>
void read_timer(Setting& setting, std::vector<TimerValue>& out) {
    if (setting.value.empty()) return out.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    TimerValue value{.base = Base, .span = {}, .calendar = {}, .calendar_text = {}};
    if (Base == TimerBase::Calendar) {
        read_calendar(setting, *text, value);
        if (!value.calendar) return;
    } else if (auto span = parse_span(*text)) {
        value.span = *span;
    } else {
        return setting.warning(cat("Failed to parse timer value, ignoring: ", *text));
    }
    out.push_back(std::move(value));
}
template <TimerBase Base>
constexpr Directive timer() {
    return row<&T::values, read_timer<Base>>(to_text(Base), Same);
}

constexpr Directive timer_directives[] = {
    timer<TimerBase::Calendar>(),
    timer<TimerBase::Active>(),
    timer<TimerBase::Boot>(),
    timer<TimerBase::Startup>(),
    timer<TimerBase::UnitActive>(),
    timer<TimerBase::UnitInactive>(),
    row<&T::on_clock_change>("OnClockChange", Same, "OnClockChange", "b"),
    row<&T::on_timezone_change>("OnTimezoneChange", Same, "OnTimezoneChange", "b"),
    row<&T::persistent>("Persistent", Same, "Persistent", "b"),
    row<&T::wake_system>("WakeSystem", Accepted, "WakeSystem", "b"),
    row<&T::remain_after_elapse>("RemainAfterElapse", Same, "RemainAfterElapse", "b"),
    row<&T::fixed_random_delay>("FixedRandomDelay", Same, "FixedRandomDelay", "b"),
    row<&T::accuracy>("AccuracySec", Same, "AccuracyUSec", "t"),
    row<&T::randomized_delay>("RandomizedDelaySec", Same, "RandomizedDelayUSec", "t"),
    {"Unit", Same, read_trigger},
};

} // namespace

std::span<const Directive> timer_settings() {
    return own_of<timer_directives, UnitType::Timer>;
}

} // namespace sctl
