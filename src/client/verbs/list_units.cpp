// list-units: the loaded units in columns.
#include <algorithm>

#include "base/log.hpp"
#include "client/calls/dependencies.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/unit_list.hpp"
#include "client/calls/unit_names.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/print_table.hpp"
#include "client/text/unit_order.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

void add_row_of(Table& table, const ClientRequest& request, const UnitInfo& unit) {
    bool is_loaded_badly = unit.load_state == "error" || unit.load_state == "not-found" ||
                           unit.load_state == "bad-setting" || unit.load_state == "masked";
    bool has_failed = unit.active_state == "failed";
    std::string_view mark_color, load_color, active_color;
    if (!request.plain && is_loaded_badly) {
        mark_color = color_yellow();
        load_color = color_red;
    } else if (!request.plain && has_failed) {
        mark_color = active_color = color_red;
    }
    bool marked = !mark_color.empty();
    // systemctl 252 underlines of such a unit what is coloured, and what never is.
    auto add = [&](std::string_view text, std::string_view color) {
        table.add_cell(text, {color, true, !marked || !color.empty()});
    };
    table.add_cell(marked ? glyph(Glyph::BlackCircle) : " ", {mark_color, true});
    add(unit.id, active_color);
    add(unit.load_state, load_color);
    add(unit.active_state, active_color);
    add(unit.sub_state, active_color);
    table.add_cell(unit.job_id ? unit.job_type : std::string_view());
    table.add_cell(unit.description);
}

void print_hints(Session& session, size_t count, bool has_jobs) {
    const auto& request = session.request;
    if (count > 0) {
        session.print(
            "\nLOAD   = Reflects whether the unit definition was properly loaded.\n"
            "ACTIVE = The high-level unit activation state, i.e. generalization of SUB.\n"
            "SUB    = The low-level unit activation state, values depend on unit type.\n");
        if (has_jobs) session.print("JOB    = Pending job for the unit.\n\n");
    }
    bool shows_inactive =
        request.all || std::ranges::find(request.states, "inactive") != request.states.end();
    if (!shows_inactive && !request.states.empty()) {
        session.print(count, " loaded units listed.\n");
        return;
    }
    session.print(in_color(count_color(count), cat(count, " loaded units listed.")));
    if (!shows_inactive) {
        session.print(" ",
                      in_color(color_grey(), "Pass --all to see loaded but inactive units, too."));
    }
    session.print(
        "\n",
        in_color(color_grey(), "To show all installed unit files use 'systemctl list-unit-files'."),
        "\n");
}

} // namespace

int print_unit_list(Session& session, const std::vector<UnitInfo>& units) {
    const auto& request = session.request;
    std::vector<std::string_view> names;
    names.reserve(units.size());
    for (const auto& unit : units) names.push_back(unit.id);
    auto order = unit_order(names);

    Table table({"", "UNIT", "LOAD", "ACTIVE", "SUB", "JOB", "DESCRIPTION"});
    bool has_jobs = false;
    for (size_t i = 0; i < order.size(); ++i) {
        const auto& unit = units[order[i]];
        has_jobs = has_jobs || unit.job_id > 0;
        add_row_of(table, request, unit);
        if (i + 1 < order.size() && !same_type(unit.id, names[order[i + 1]])) table.underline();
    }
    if (request.plain) table.hide(0);
    if (!has_jobs) table.hide(5);
    print_table(session, table);
    if (request.legend) print_hints(session, table.rows(), has_jobs);
    return exit_ok;
}

int verb_list_units(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    Words patterns(words.empty() ? words.end() : words.begin() + 1, words.end());
    if (session.request.with_dependencies) {
        auto expanded = expand_unit_names(session, *manager, patterns);
        if (!expanded || !add_dependencies(session.request, *manager, expanded->names))
            return exit_failure;
        patterns = std::move(expanded->names);
    }
    auto units = list_units(*manager, session.request, patterns);
    if (!units) {
        log_error("Failed to list units: ", words_of(units.error()));
        return exit_failure;
    }
    return print_unit_list(session, *units);
}

} // namespace sctl
