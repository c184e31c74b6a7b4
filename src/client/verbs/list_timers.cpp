// list-timers, list-sockets and list-automounts: what starts other units, and when or where.
#include <algorithm>
#include <functional>
#include <tuple>

#include "base/log.hpp"
#include "client/calls/calls.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/properties.hpp"
#include "client/calls/surroundings.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/print_table.hpp"
#include "client/text/property_lines.hpp"
#include "client/verbs/verb_table.hpp"
#include "unit/time_span.hpp"
#include "unit/timestamp.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

using namespace std::chrono_literals;

namespace {

struct Activator {
    std::string name, activates;
    uint64_t next = UINT64_MAX, last = 0; // of a timer, microseconds since the epoch
    std::string listen, type;             // of a socket: one row for each address
};

// The units of one type as list-units would list them; nothing where that failed, which was said.
std::optional<std::vector<UnitInfo>> units_of_type(Session& session, ClientConnection& manager,
                                                   const Words& words, std::string_view suffix) {
    Words patterns;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        auto name = mangle_or_complain(session, *word, suffix);
        if (name.empty()) {
            log_error("Failed to expand names: ", words_of(Error{EINVAL, {}, {}}));
            return std::nullopt;
        }
        patterns.push_back(std::move(name));
    }
    auto units = list_units(manager, session.request, patterns);
    if (!units) {
        log_error("Failed to list units: ", words_of(units.error()));
        return std::nullopt;
    }
    std::erase_if(*units, [&](const UnitInfo& unit) { return !unit.id.ends_with(suffix); });
    return *std::move(units);
}

std::string joined_triggers(const Properties& unit) {
    std::string text;
    for (const auto& name : unit.texts("Triggers")) text += cat(text.empty() ? "" : " ", name);
    return text;
}

bool is_set(uint64_t moment) {
    return moment != 0 && moment != UINT64_MAX;
}

// A timer may know its next moment by either clock: the earlier one counts.
uint64_t next_elapse(const Properties& timer, const Moment& now) {
    auto monotonic = timer.number("NextElapseUSecMonotonic", 0);
    auto realtime = timer.number("NextElapseUSecRealtime", UINT64_MAX);
    if (!is_set(monotonic)) return is_set(realtime) ? realtime : UINT64_MAX;
    auto converted = to_usec(now.realtime) + monotonic - to_usec(now.monotonic);
    return is_set(realtime) ? std::min(converted, realtime) : converted;
}

std::string or_dash(std::string text) {
    return text.empty() ? "-" : text;
}

Cell or_null(std::string text) {
    if (text.empty()) return {.text = "-", .json = "null"};
    return {.text = std::move(text)};
}

// As JSON a moment is its number, in the columns for what is left or passed as well.
Cell moment_cell(uint64_t usec, std::string text) {
    return {.text = or_dash(std::move(text)), .json = usec == UINT64_MAX ? "null" : cat(usec)};
}

void print_rows(Session& session, const Table& table, std::string_view what) {
    const auto& request = session.request;
    print_table(session, table);
    if (!request.legend) return;
    session.print(
        "\n", in_color(count_color(table.rows()), cat(table.rows(), " ", what, " listed.")), "\n");
    if (!request.all) {
        session.print("Pass --all to see loaded but inactive ", what, ", too.\n");
    }
}

// The properties of each unit, put into rows by `add`.
bool for_each_unit(ClientConnection& manager, const std::vector<UnitInfo>& units,
                   const std::function<void(const UnitInfo&, const Properties&)>& add) {
    for (const auto& unit : units) {
        auto reply = get_all_properties(manager, unit.path);
        if (!reply) {
            log_error("Failed to get properties: ", words_of(reply.error()));
            return false;
        }
        add(unit, Properties(*std::move(reply)));
    }
    return true;
}

// (type, address) of a(ss).
std::vector<std::pair<std::string, std::string>> read_listen(const Properties& socket) {
    std::vector<std::pair<std::string, std::string>> addresses;
    auto in = socket.value("Listen", "a(ss)");
    if (!in) return addresses;
    (void)in->enter_array().has_value();
    while (!in->at_end()) {
        auto& [type, address] = addresses.emplace_back();
        (void)in->enter_struct().has_value();
        (void)in->read(type, address).has_value();
        (void)in->exit_struct().has_value();
    }
    return addresses;
}

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

int verb_list_timers(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto units = units_of_type(session, *manager, words, ".timer");
    if (!units) return exit_failure;
    auto now = current_moment();
    std::vector<Activator> timers;
    bool read = for_each_unit(*manager, *units, [&](const UnitInfo& unit, const Properties& timer) {
        timers.push_back({.name = unit.id,
                          .activates = joined_triggers(timer),
                          .next = next_elapse(timer, now),
                          .last = timer.number("LastTriggerUSec", 0),
                          .listen = {},
                          .type = {}});
    });
    if (!read) return exit_failure;
    std::ranges::sort(timers, [](const Activator& a, const Activator& b) {
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
    print_rows(session, table, "timers");
    return exit_ok;
}

int verb_list_sockets(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto units = units_of_type(session, *manager, words, ".socket");
    if (!units) return exit_failure;
    std::vector<Activator> sockets;
    bool read =
        for_each_unit(*manager, *units, [&](const UnitInfo& unit, const Properties& socket) {
            for (const auto& [type, address] : read_listen(socket)) {
                sockets.push_back({.name = unit.id,
                                   .activates = joined_triggers(socket),
                                   .listen = address,
                                   .type = type});
            }
        });
    if (!read) return exit_failure;
    std::ranges::sort(sockets, [](const Activator& a, const Activator& b) {
        return std::tie(a.listen, a.type, a.name) < std::tie(b.listen, b.type, b.name);
    });
    Table table({"LISTEN", "TYPE", "UNIT", "ACTIVATES"});
    for (const auto& socket : sockets) {
        table.add(
            {{socket.listen}, or_null(socket.type), {socket.name}, or_null(socket.activates)});
    }
    if (!session.request.show_types) table.hide(1);
    print_rows(session, table, "sockets");
    return exit_ok;
}

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
    print_rows(session, table, "automounts");
    return exit_ok;
}

} // namespace sctl
