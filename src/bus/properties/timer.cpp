// org.freedesktop.systemd1.Timer: what only timers have.
#include "bus/properties/kinds.hpp"
#include "bus/properties/property_rows.hpp"
#include "run/timer/timer_run.hpp"

namespace sctl {
namespace {

using enum Changes;

const TimerStatus& timer_status_of(const BusObject& o) {
    static const TimerStatus never_ran;
    const auto* status = timer_status(*o.unit);
    return status ? *status : never_ran;
}
template <auto Get>
void of_timer(const BusObject& o, Writer& out) {
    put(out, Get(timer_status_of(o)));
}

// One that does not wait for anything on a clock shows what is not set on that clock.
uint64_t next_realtime(const TimerStatus& status) {
    return status.next_realtime == infinity ? 0 : to_usec(status.next_realtime);
}
uint64_t next_monotonic(const TimerStatus& status) {
    return to_usec(status.state == TimerState::Waiting ? status.next_monotonic : infinity);
}

// "OnBootUSec", what is written and when that is next.
void write_values(const BusObject& o, bool calendar, Writer& out) {
    out.open_array(calendar ? "(sst)" : "(stt)");
    const auto* config = timer_config(o.unit->loaded);
    const auto& known = timer_status_of(o).values;
    for (size_t i = 0; config && i < config->values.size(); ++i) {
        const auto& value = config->values[i];
        if ((value.calendar != nullptr) != calendar) continue;
        Span next = i < known.size() ? known[i].next : Span{};
        auto name = to_text(value.base);
        out.open_struct();
        if (calendar)
            out.string(name).string(value.calendar_text);
        else
            out.string(cat(name.substr(0, name.size() - 3), "USec")).uint64(to_usec(value.span));
        out.uint64(to_usec(next)).close_struct();
    }
    out.close_array();
}
template <bool Calendar>
void values(const BusObject& o, Writer& out) {
    write_values(o, Calendar, out);
}

constexpr Property timer_rows[] = {
    {"Unit", "s", Never, of_object<triggered_name>},
    {"TimersMonotonic", "a(stt)", Invalidated, values<false>},
    {"TimersCalendar", "a(sst)", Invalidated, values<true>},
    {"NextElapseUSecRealtime", "t", Announced, of_timer<next_realtime>},
    {"NextElapseUSecMonotonic", "t", Announced, of_timer<next_monotonic>},
    moment("LastTriggerUSec", Announced,
           [](const BusObject& o) { return timer_status_of(o).last_trigger; }),
    {"Result", "s", Announced, of_timer<[](const TimerStatus& s) { return to_string(s.result); }>},
};

constexpr std::string_view timer_order =
    "Unit TimersMonotonic TimersCalendar OnClockChange OnTimezoneChange NextElapseUSecRealtime "
    "NextElapseUSecMonotonic LastTriggerUSec LastTriggerUSecMonotonic Result AccuracyUSec "
    "RandomizedDelayUSec FixedRandomDelay Persistent WakeSystem RemainAfterElapse";

} // namespace

std::string triggered_name(const BusObject& o) {
    auto edges = o.manager.graph().edges(o.unit->id, Dependency::Triggers);
    if (edges.empty()) return {};
    UnitId id = o.manager.graph().unit_of(edges.front());
    return o.manager.exists(id) ? o.manager.unit(id).name().str() : std::string();
}

KindProperties timer_properties() {
    return {timer_rows, timer_order};
}

} // namespace sctl
