// [Timer], typed (systemd.timer(5)): what a timer has settings of that no other kind of unit has.
// Which unit it starts is a dependency, Triggers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "unit/config.hpp"
#include "unit/values/calendar.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {

enum class TimerBase : uint8_t { Active, Boot, Startup, UnitActive, UnitInactive, Calendar };

// One of the expressions by which a timer elapses.
struct TimerValue {
    TimerBase base = TimerBase::Active;
    Span span{};                                  // after the base
    std::shared_ptr<const CalendarSpec> calendar; // of TimerBase::Calendar, else null
    std::string calendar_text;                    // its normal form

    bool operator==(const TimerValue& other) const {
        return base == other.base && span == other.span && calendar_text == other.calendar_text;
    }
};

struct TimerConfig final : OwnConfig {
    std::vector<TimerValue> values;
    Span accuracy = 60s;
    Span randomized_delay{};
    bool fixed_random_delay = false;
    bool on_clock_change = false;
    bool on_timezone_change = false;
    bool persistent = false;
    bool wake_system = false;
    bool remain_after_elapse = true;

    [[nodiscard]] bool has_calendar() const;
};

// Of a timer that is loaded; else null.
[[nodiscard]] const TimerConfig* timer_config(const LoadedUnit& unit);
// Where Persistent= keeps when it was triggered last: the time of this file.
[[nodiscard]] std::string timer_stamp_path(const LoadedUnit& unit);

SCTL_ENUM_TEXT(TimerBase, Calendar, "", "OnActiveSec", "OnBootSec", "OnStartupSec",
               "OnUnitActiveSec", "OnUnitInactiveSec", "OnCalendar");

} // namespace sctl
