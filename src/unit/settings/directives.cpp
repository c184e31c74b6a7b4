#include "unit/settings/directives.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include "unit/settings/directive_rows.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

constexpr std::span<const Directive> (*common_tables[])() = {
    unit_rows,       condition_rows, install_rows,     exec_rows, limit_rows,    directory_rows,
    credential_rows, stdio_rows,     absent_exec_rows, kill_rows, resource_rows,
};

// A row with the beginning of what it is sorted by, as a number that sorts likewise: most
// comparisons need no more.
struct Sortable {
    uint64_t head;
    const Directive* row;
};
uint64_t head_of(std::string_view text) {
    uint64_t head = 0;
    for (size_t i = 0; i < sizeof head; ++i)
        head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
    return head;
}

std::vector<const Directive*> sorted(std::vector<Sortable> all,
                                     bool (*comes_before)(const Directive&, const Directive&)) {
    std::ranges::sort(all, [&](const Sortable& x, const Sortable& y) {
        return x.head != y.head ? x.head < y.head : comes_before(*x.row, *y.row);
    });
    std::vector<const Directive*> rows;
    rows.reserve(all.size());
    for (const auto& each : all) rows.push_back(each.row);
    return rows;
}

// By name for directives_named; the rows without one come first.
std::vector<const Directive*> sorted_rows() {
    std::vector<Sortable> all;
    auto add = [&](std::span<const Directive> rows) {
        all.reserve(all.size() + rows.size());
        for (const Directive& row : rows) all.push_back({head_of(row.name), &row});
    };
    for (const auto& rows : common_tables) add(rows());
    for (const UnitKind& kind : unit_kinds()) {
        if (kind.settings) add(kind.settings());
    }
    return sorted(std::move(all), [](const Directive& x, const Directive& y) {
        if (int difference = x.name.compare(y.name)) return difference < 0;
        return std::tie(x.section, x.kind, x.property) < std::tie(y.section, y.kind, y.property);
    });
}

const std::vector<const Directive*>& all_rows() {
    static const std::vector<const Directive*> rows = sorted_rows();
    return rows;
}

} // namespace

DirectiveList directives() {
    return DirectiveList(all_rows());
}

DirectiveList directives_named(std::string_view name) {
    auto name_of = [](const Directive* row) { return row->name; };
    const auto& rows = all_rows();
    return DirectiveList({std::ranges::lower_bound(rows, name, {}, name_of),
                          std::ranges::upper_bound(rows, name, {}, name_of)});
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
    for (const Directive& row : directives_named(key)) {
        if (section_of(row, kind) == section) return &row;
    }
    return nullptr;
}

const Directive* directive_of(std::string_view property) {
    static const auto by_property = [] {
        std::vector<Sortable> rows;
        for (const Directive& row : directives()) {
            if (!row.property.empty()) rows.push_back({head_of(row.property), &row});
        }
        return sorted(std::move(rows), [](const Directive& x, const Directive& y) {
            return x.property < y.property;
        });
    }();
    auto found = std::ranges::lower_bound(by_property, property, {}, &Directive::property);
    return found == by_property.end() || (*found)->property != property ? nullptr : *found;
}

void note_unmet_wish(LoadedUnit& unit, std::string_view directive) {
    const UnitKind& kind = kind_of(unit);
    const auto* row = find_directive(kind, kind.section, directive);
    if (!row || (row->support != Support::Absent && row->support != Support::Protection)) return;
    auto& list = unit.absent_directives;
    if (std::ranges::find(list, row) == list.end()) list.push_back(row);
}

} // namespace sctl
