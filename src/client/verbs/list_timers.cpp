// list-timers: the loaded timers by their next moment.
#include <algorithm>
#include <tuple>

#include "client/calls/exit_code.hpp"
#include "client/calls/next_elapse.hpp"
#include "client/calls/unit_list.hpp"
#include "client/text/format_property.hpp"
#include "client/text/print_table.hpp"
#include "client/verbs/activators.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/syntax/timestamp.hpp"

namespace sctl {

namespace {

struct TimerRow {
    std::string name, activates;
    uint64_t next = UINT64_MAX, last = 0; // microseconds since the epoch
};

std::string or_dash(std::string text) {
    return text.empty() ? "-" : text;
}

// As JSON a moment is its number, in the columns for what is left or passed as well.
Cell moment_cell(uint64_t usec, std::string text) {
    return {.text = or_dash(std::move(text)), .json = usec == UINT64_MAX ? "null" : cat(usec)};
}

} // namespace

int verb_list_timers(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto units = units_of_type(session, *manager, words, ".timer");
    if (!units) return exit_failure;
    auto now = current_moment();
    std::vector<TimerRow> timers;
    bool read = for_each_unit(*manager, *units, [&](const UnitInfo& unit, const Properties& timer) {
        timers.push_back({.name = unit.id,
                          .activates = joined_triggers(timer),
                          .next = next_elapse(timer, now),
                          .last = timer.number("LastTriggerUSec", 0)});
    });
    if (!read) return exit_failure;
    std::ranges::sort(timers, [](const TimerRow& a, const TimerRow& b) {
        return std::tie(a.next, a.name) < std::tie(b.next, b.name);
    });
    Table table({"NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES"});
    for (const auto& timer : timers) {
        auto text = [](uint64_t usec) {
            return is_set(usec) ? format_timestamp(span_from_usec(usec)) : "";
        };
        auto relative = [&](uint64_t usec) {
            return is_set(usec) ? format_timestamp_relative(span_from_usec(usec), now.realtime)
                                : "";
        };
        table.add({moment_cell(timer.next, text(timer.next)),
                   moment_cell(timer.next, relative(timer.next)),
                   moment_cell(timer.last, text(timer.last)),
                   moment_cell(timer.last, relative(timer.last)),
                   {timer.name},
                   {timer.activates}});
    }
    print_activators(session, table, "timers");
    return exit_ok;
}

} // namespace sctl
