// How the unit is doing, since when, and what starts it.
#include "client/calls/manager_calls.hpp"
#include "client/calls/next_elapse.hpp"
#include "client/status/status_sections.hpp"
#include "client/text/format_property.hpp"
#include "client/text/glyphs.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {

namespace {

void add_duration(StatusPage& page) {
    auto enter = page.unit.number("ActiveEnterTimestamp", 0);
    auto exit = page.unit.number("ActiveExitTimestamp", 0);
    bool ended =
        page.active != "active" && page.active != "reloading" && page.active != "activating";
    if (ended && enter > 0 && exit > enter) {
        page.print("   Duration: ", format_span(span_from_usec(exit - enter), 1ms), "\n");
    }
    auto limit = page.unit.number("RuntimeMaxUSec", unset_number);
    if ((page.active == "active" || page.active == "reloading") && limit != unset_number &&
        limit > 0 && enter > 0) {
        auto until = span_from_usec(enter + limit);
        page.print("      Until: ", format_timestamp(until), "; ",
                   format_timestamp_relative(until, current_moment().realtime), "\n");
    }
}

void add_active(StatusPage& page) {
    auto sub_state = page.text_of("SubState");
    std::string state =
        sub_state == page.active ? page.active : cat(page.active, " (", sub_state, ")");
    page.print("     Active: ", page.colored(state_color(page.active), state));
    auto result = page.text_of("Result");
    if (!result.empty() && result != "success") page.print(" (Result: ", result, ")");
    std::string_view since = "ActiveExitTimestamp";
    if (page.active == "active" || page.active == "reloading")
        since = "ActiveEnterTimestamp";
    else if (page.active == "inactive" || page.active == "failed")
        since = "InactiveEnterTimestamp";
    else if (page.active == "activating")
        since = "InactiveExitTimestamp";
    if (page.is_set(since)) page.print(" since ", page.moment(since));
    page.print('\n');
    add_duration(page);
}

// Other units with their states; what a unit triggers has the same mark in any state.
void add_states(StatusPage& page, std::string_view title, std::string_view property, bool marks) {
    bool first = true;
    for (const auto& name : page.texts_of(property)) {
        auto state = get_active_state(page.manager, name).value_or("");
        auto mark = marks ? state_glyph(state) : glyph(Glyph::BlackCircle);
        page.print(first ? title : status_indent, page.colored(state_color(state), mark), " ", name,
                   "\n");
        first = false;
    }
}

void add_triggers(StatusPage& page) {
    add_states(page, "TriggeredBy: ", "TriggeredBy", true);
    if (page.id.ends_with(".timer")) {
        auto now = current_moment();
        auto next = next_elapse(page.unit, now);
        page.print("    Trigger: ");
        if (next == UINT64_MAX)
            page.print("n/a\n");
        else
            page.print(format_timestamp(span_from_usec(next)), "; ",
                       format_timestamp_relative(span_from_usec(next), now.realtime), "\n");
    }
    add_states(page, "   Triggers: ", "Triggers", false);
}

} // namespace

void add_activity(StatusPage& page) {
    add_active(page);
    add_triggers(page);
}

} // namespace sctl
