#include "unit/directives.hpp"

#include <algorithm>
#include <tuple>

#include "unit/directive_rows.hpp"

namespace sctl {
namespace {

std::vector<Directive> join_rows() {
    std::vector<Directive> all;
    for (auto part : {unit_rows(), condition_rows(), install_rows(), service_rows(), exec_rows(),
                      credential_rows(), stdio_rows(), kill_rows(), idle_rows(), later_rows()})
        all.insert(all.end(), part.begin(), part.end());
    // Sorted for find_directive; the rows without a name come first.
    std::sort(all.begin(), all.end(), [](const Directive& a, const Directive& b) {
        return std::tie(a.section, a.name, a.property) < std::tie(b.section, b.name, b.property);
    });
    return all;
}

} // namespace

std::span<const Directive> directives() {
    static const std::vector<Directive> rows = join_rows();
    return rows;
}

const Directive* find_directive(UnitType type, std::string_view section, std::string_view key) {
    if (key.empty() || (section == "Service" && type != UnitType::Service)) return nullptr;
    auto rows = directives();
    auto wanted = std::tie(section, key);
    auto at = std::lower_bound(rows.begin(), rows.end(), wanted,
                               [](const Directive& row, const auto& name) {
                                   return std::tie(row.section, row.name) < name;
                               });
    return at != rows.end() && std::tie(at->section, at->name) == wanted ? &*at : nullptr;
}

void note_unmet_wish(LoadedUnit& unit, std::string_view directive) {
    const auto* row = find_directive(UnitType::Service, "Service", directive);
    if (!row || (row->support != Support::Absent && row->support != Support::Protection)) return;
    auto index = static_cast<uint16_t>(row - directives().data());
    auto& list = unit.absent_directives;
    if (std::ranges::find(list, index) == list.end()) list.push_back(index);
}

} // namespace sctl
