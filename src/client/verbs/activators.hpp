// What list-timers, list-sockets and list-automounts share: units that start others.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/calls/properties.hpp"
#include "client/calls/unit_list.hpp"
#include "client/text/table.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

// The units of one type as list-units would list them; nothing where that failed, which was said.
std::optional<std::vector<UnitInfo>> units_of_type(Session& session, ClientConnection& manager,
                                                   const Words& words, std::string_view suffix);
// The properties of each unit, put into rows by `add`. False where the manager failed, which was
// said.
bool for_each_unit(ClientConnection& manager, const std::vector<UnitInfo>& units,
                   const std::function<void(const UnitInfo&, const Properties&)>& add);
// What the unit starts.
[[nodiscard]] std::string joined_triggers(const Properties& unit);
// Of a moment or a span in microseconds.
[[nodiscard]] bool is_set(uint64_t usec);
// "-" for no text, null as JSON.
[[nodiscard]] Cell or_null(std::string text);
void print_activators(Session& session, const Table& table, std::string_view what);

} // namespace sctl
