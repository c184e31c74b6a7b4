#include "unit/settings/written_rows.hpp"

#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {

PropertyValue no_words(const LoadedUnit&) {
    return std::vector<std::string>{};
}

const PropertyValue* written_value(const LoadedUnit& unit, std::string_view property) {
    auto found = std::ranges::find(unit.written_only, property,
                                   &std::pair<std::string_view, PropertyValue>::first);
    return found == unit.written_only.end() ? nullptr : &found->second;
}

void forget_written(LoadedUnit& unit, std::string_view property) {
    std::erase_if(unit.written_only, [&](const auto& each) { return each.first == property; });
}

void show_as(LoadedUnit& unit, std::string_view property, PropertyValue value) {
    forget_written(unit, property);
    unit.written_only.emplace_back(property, std::move(value));
}

std::optional<PropertyValue> value_of(const Directive& directive, const LoadedUnit& unit) {
    if (const auto* value = written_value(unit, directive.property)) return *value;
    if (directive.get) return directive.get(unit);
    return std::nullopt;
}

void keep(Setting& setting, PropertyValue value) {
    show_as(setting.unit, setting.directive.property, std::move(value));
}

void keep_settable(Setting& setting) {
    const Directive& row = setting.directive;
    if (setting.value.empty()) return forget_written(setting.unit, row.property);
    const SettableKind& kind = *row.settable.kind;
    auto value = kind.parse(row, setting.value);
    if (!value || !kind.lines(row, *value))
        return setting.warning(settable_complaint(row, setting.value));
    if (kind.add) kind.add(*value, written_value(setting.unit, row.property));
    keep(setting, std::move(*value));
}

void keep_flag(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    bool value = false;
    auto parsed = parse_boolean(setting.value);
    if (!parsed) return read_value(setting, value); // which warns
    keep(setting, *parsed);
}

void keep_text(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    if (auto value = expanded(setting, setting.value)) keep(setting, std::move(*value));
}

void keep_words(Setting& setting) {
    auto property = setting.directive.property;
    if (setting.value.empty()) return forget_written(setting.unit, property);
    std::vector<std::string> list;
    if (const auto* before = written_value(setting.unit, property))
        list = std::get<std::vector<std::string>>(*before);
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true})) {
        if (auto value = expanded(setting, *word)) list.push_back(std::move(*value));
    }
    keep(setting, std::move(list));
}

void keep_span(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    Span value{};
    auto parsed = parse_span(setting.value);
    if (!parsed) return read_value(setting, value); // which warns
    keep(setting, to_usec(*parsed));
}

void keep_choice(Setting& setting, std::string_view choices) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto words = split(choices, " ");
    std::string value(setting.value);
    bool known = std::ranges::find(words, value) != words.end();
    if (auto flag = parse_boolean(value); flag && !known) {
        value = *flag ? "yes" : "no";
        known = std::ranges::find(words, value) != words.end();
    }
    if (!known)
        return setting.warning(
            cat("Failed to parse ", setting.key, "= value, ignoring: ", setting.value));
    keep(setting, std::move(value));
}

} // namespace sctl
