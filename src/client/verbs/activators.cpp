#include "client/verbs/activators.hpp"

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_list.hpp"
#include "client/calls/unit_names.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/print_table.hpp"

namespace sctl {

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

std::string joined_triggers(const Properties& unit) {
    std::string text;
    for (const auto& name : unit.texts("Triggers")) text += cat(text.empty() ? "" : " ", name);
    return text;
}

bool is_set(uint64_t usec) {
    return usec != 0 && usec != UINT64_MAX;
}

Cell or_null(std::string text) {
    if (text.empty()) return {.text = "-", .json = "null"};
    return {.text = std::move(text)};
}

void print_activators(Session& session, const Table& table, std::string_view what) {
    const auto& request = session.request;
    print_table(session, table);
    if (!request.legend) return;
    session.print(
        "\n", in_color(count_color(table.rows()), cat(table.rows(), " ", what, " listed.")), "\n");
    if (!request.all) {
        session.print("Pass --all to see loaded but inactive ", what, ", too.\n");
    }
}

} // namespace sctl
