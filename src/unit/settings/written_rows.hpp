// Rows of settings that are not acted on. What is written for them is kept with the unit
// (LoadedUnit::written_only), so that `show` tells it as systemd does; `get` of such a row is what
// a unit shows that says nothing. Only directives*.cpp include this.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "unit/settings/directive_rows.hpp"

namespace sctl {

// A text as a template argument.
template <size_t Size>
struct Text {
    char characters[Size];
    consteval Text(const char (&text)[Size]) { std::copy_n(text, Size, characters); }
};

// Shows always the same.
template <auto Value>
[[nodiscard]] PropertyValue fixed(const LoadedUnit&) {
    return Value;
}
template <Text Value>
[[nodiscard]] PropertyValue fixed_text(const LoadedUnit&) {
    return std::string(Value.characters);
}
[[nodiscard]] PropertyValue no_words(const LoadedUnit& unit);

// What is written for a property; null for nothing.
[[nodiscard]] const PropertyValue* written_value(const LoadedUnit& unit, std::string_view property);
void forget_written(LoadedUnit& unit, std::string_view property);
// Of the directive that is read; an empty value forgets what was written before.
void keep(Setting& setting, PropertyValue value);
// As the row's settable kind reads it, and within its bounds.
void keep_settable(Setting& setting);
void keep_flag(Setting& setting);
void keep_text(Setting& setting);  // specifiers expanded
void keep_words(Setting& setting); // later lines add more
void keep_span(Setting& setting);
// `choices` are words with a blank between; "yes" and "no" among them also as other booleans.
void keep_choice(Setting& setting, std::string_view choices);

[[nodiscard]] constexpr Directive flag_row(std::string_view name, Support support) {
    return {name, support, keep_flag, name, "b", fixed<false>};
}
[[nodiscard]] constexpr Directive text_row(std::string_view name, Support support) {
    return {name, support, keep_text, name, "s", fixed_text<"">};
}
[[nodiscard]] constexpr Directive words_row(std::string_view name, Support support) {
    return {name, support, keep_words, name, "as", no_words};
}
template <Text Choices>
[[nodiscard]] constexpr Directive choice_row(std::string_view name, Support support,
                                             PropertyValue (*initial)(const LoadedUnit&),
                                             std::string_view neutral = "") {
    auto read = [](Setting& setting) { keep_choice(setting, Choices.characters); };
    return {name, support, read, name, "s", initial, neutral};
}

} // namespace sctl
