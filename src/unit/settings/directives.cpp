#include "unit/settings/directives.hpp"

#include <algorithm>
#include <tuple>

#include "unit/settings/directive_rows.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

struct DirectiveTable {
    Section section;
    std::span<const Directive> (*rows)();
};
constexpr DirectiveTable common_tables[] = {
    {Section::Unit, unit_rows},          {Section::Unit, condition_rows},
    {Section::Install, install_rows},    {Section::Exec, exec_rows},
    {Section::Exec, limit_rows},         {Section::Exec, directory_rows},
    {Section::Exec, credential_rows},    {Section::Exec, stdio_rows},
    {Section::Exec, absent_exec_rows},   {Section::Kill, kill_rows},
    {Section::Resources, resource_rows},
};

std::vector<Directive> join_rows() {
    std::vector<Directive> all;
    auto add = [&](std::span<const Directive> rows, Section section, UnitType kind) {
        for (Directive row : rows) {
            row.section = section;
            row.kind = kind;
            all.push_back(row);
        }
    };
    for (const auto& table : common_tables) add(table.rows(), table.section, {});
    for (const UnitKind& kind : unit_kinds()) {
        if (kind.settings) add(kind.settings(), Section::Own, kind.type);
    }
    // By name for find_directive; the rows without one come first.
    std::ranges::sort(all, {}, [](const Directive& row) {
        return std::tuple(row.name, row.section, row.kind, row.property);
    });
    return all;
}

} // namespace

std::span<const Directive> directives() {
    static const std::vector<Directive> rows = join_rows();
    return rows;
}

std::string_view section_of(const Directive& directive, const UnitKind& kind) {
    auto own_if = [&](bool has) { return has ? kind.section : std::string_view(); };
    switch (directive.section) {
        case Section::Unit: return "Unit";
        case Section::Install: return "Install";
        case Section::Exec: return own_if(kind.has(UnitPart::Exec));
        case Section::Kill: return own_if(kind.has(UnitPart::Kill));
        case Section::Resources: return own_if(kind.has(UnitPart::Resources));
        case Section::Own: return own_if(directive.kind == kind.type);
    }
    return {};
}

const Directive* find_directive(const UnitKind& kind, std::string_view section,
                                std::string_view key) {
    if (key.empty() || section.empty()) return nullptr;
    for (const Directive& row : std::ranges::equal_range(directives(), key, {}, &Directive::name)) {
        if (section_of(row, kind) == section) return &row;
    }
    return nullptr;
}

const Directive* directive_of(std::string_view property) {
    static const auto by_property = [] {
        std::vector<const Directive*> rows;
        for (const Directive& row : directives()) {
            if (!row.property.empty()) rows.push_back(&row);
        }
        std::ranges::sort(rows, {}, &Directive::property);
        return rows;
    }();
    auto found = std::ranges::lower_bound(by_property, property, {}, &Directive::property);
    return found == by_property.end() || (*found)->property != property ? nullptr : *found;
}

void note_unmet_wish(LoadedUnit& unit, std::string_view directive) {
    const UnitKind& kind = kind_of(unit);
    const auto* row = find_directive(kind, kind.section, directive);
    if (!row || (row->support != Support::Absent && row->support != Support::Protection)) return;
    auto index = static_cast<uint16_t>(row - directives().data());
    auto& list = unit.absent_directives;
    if (std::ranges::find(list, index) == list.end()) list.push_back(index);
}

} // namespace sctl
