// list-automounts: the loaded automounts by path.
#include <algorithm>
#include <tuple>

#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_list.hpp"
#include "client/text/format_property.hpp"
#include "client/verbs/activators.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

namespace {

struct Automount {
    std::string name, where, what;
    uint64_t idle = 0; // TimeoutIdleSec=, in microseconds
    bool mounted = false;
};

// What is mounted there is the mount unit's to say.
Automount automount_of(ClientConnection& manager, const UnitInfo& unit,
                       const Properties& properties) {
    Automount automount{.name = unit.id,
                        .where = properties.text("Where"),
                        .what = {},
                        .idle = properties.number("TimeoutIdleUSec", 0)};
    auto name = UnitName::parse(unit.id);
    // Its name tells it as well, and a manager that runs no automounts may know no more.
    if (automount.where.empty() && name)
        automount.where = unit_name_to_path(*name).value_or(std::string());
    auto mount = unit_name_from_path(automount.where, UnitType::Mount);
    if (!mount) return automount;
    auto reply = get_all_properties(manager, unit_object_path(mount->str()));
    if (!reply) return automount;
    Properties of_mount(*std::move(reply));
    automount.what = of_mount.text("What");
    automount.mounted = of_mount.text("ActiveState") == "active";
    return automount;
}

} // namespace

int verb_list_automounts(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto units = units_of_type(session, *manager, words, ".automount");
    if (!units) return exit_failure;
    std::vector<Automount> automounts;
    bool read =
        for_each_unit(*manager, *units, [&](const UnitInfo& unit, const Properties& properties) {
            automounts.push_back(automount_of(*manager, unit, properties));
        });
    if (!read) return exit_failure;
    std::ranges::sort(automounts, [](const Automount& a, const Automount& b) {
        return std::tie(a.where, a.what, a.name) < std::tie(b.where, b.what, b.name);
    });
    Table table({"WHAT", "WHERE", "MOUNTED", "IDLE TIMEOUT", "UNIT"});
    for (const auto& each : automounts) {
        auto idle = is_set(each.idle) ? format_span(span_from_usec(each.idle), 1ms) : "0";
        table.add({or_null(each.what),
                   {each.where},
                   {.text = each.mounted ? "yes" : "no", .json = each.mounted ? "true" : "false"},
                   {.text = idle, .json = cat(each.idle)},
                   {each.name}});
    }
    print_activators(session, table, "automounts");
    return exit_ok;
}

} // namespace sctl
