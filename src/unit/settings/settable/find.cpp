#include <algorithm>

#include "base/text.hpp"
#include "unit/settings/directives.hpp"
#include "unit/settings/settable/lines.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

constexpr std::string_view scale_suffix = "Scale";

bool may_be_set(const Directive& row, const UnitKind& kind) {
    return row.settable.kind && !section_of(row, kind).empty();
}

bool is_scale(const Directive& row, const PropertyValue& value) {
    return row.settable.kind->has_scale && std::holds_alternative<uint32_t>(value);
}

} // namespace

const Directive* find_settable(const UnitKind& kind, std::string_view key) {
    for (const Directive& row : directives_named(key)) {
        if (may_be_set(row, kind)) return &row;
    }
    return nullptr;
}

SettableProperty find_settable_property(const UnitKind& kind, std::string_view property) {
    for (const Directive& row : directives()) {
        if (!may_be_set(row, kind) || !property.starts_with(row.property)) continue;
        auto rest = property.substr(row.property.size());
        if (rest.empty()) return {&row, row.signature};
        if (rest == scale_suffix && row.settable.kind->has_scale) return {&row, "u"};
    }
    return {};
}

std::string settable_complaint(const Directive& row, std::string_view value) {
    auto words = row.settable.kind->complaint;
    if (words.empty()) return cat("Unable to parse ", row.name, "= assignment, ignoring: ", value);
    auto place = words.find('%');
    return cat(words.substr(0, place), value, words.substr(place + 1));
}

SettableLines lines_of_list(const Directive& row, std::span<const SettableLines> texts) {
    std::string lines = cat(row.name, "=\n");
    for (const auto& text : texts) {
        if (!text) return text;
        if (!text->empty()) lines += cat(row.name, "=", *text, "\n");
    }
    return lines;
}

std::string settable_name(const Directive& directive, const PropertyValue& value) {
    return cat(directive.property, is_scale(directive, value) ? scale_suffix : "");
}

std::string settable_file(const Directive& directive, const PropertyValue& value) {
    return directive.settable.kind->key_names_file ? std::string(directive.name)
                                                   : settable_name(directive, value);
}

std::string settable_twin_file(const Directive& directive, const PropertyValue& value) {
    if (!directive.settable.kind->has_scale) return {};
    return cat(directive.property, is_scale(directive, value) ? "" : scale_suffix);
}

} // namespace sctl
