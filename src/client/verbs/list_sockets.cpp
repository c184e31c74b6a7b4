// list-sockets: where sockets listen, by address.
#include <algorithm>
#include <tuple>

#include "client/calls/exit_code.hpp"
#include "client/calls/unit_list.hpp"
#include "client/verbs/activators.hpp"

namespace sctl {

namespace {

// One for each address.
struct SocketRow {
    std::string name, activates, listen, type;
};

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

} // namespace

int verb_list_sockets(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto units = units_of_type(session, *manager, words, ".socket");
    if (!units) return exit_failure;
    std::vector<SocketRow> sockets;
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
    std::ranges::sort(sockets, [](const SocketRow& a, const SocketRow& b) {
        return std::tie(a.listen, a.type, a.name) < std::tie(b.listen, b.type, b.name);
    });
    Table table({"LISTEN", "TYPE", "UNIT", "ACTIVATES"});
    for (const auto& socket : sockets) {
        table.add(
            {{socket.listen}, or_null(socket.type), {socket.name}, or_null(socket.activates)});
    }
    if (!session.request.show_types) table.hide(1);
    print_activators(session, table, "sockets");
    return exit_ok;
}

} // namespace sctl
