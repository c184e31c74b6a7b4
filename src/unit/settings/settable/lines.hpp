// What kinds of settable values have in common; only files of this folder include it.
#pragma once

#include <cerrno>
#include <span>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "unit/settings/directives.hpp"
#include "unit/settings/settable/kind.hpp"

namespace sctl {

[[nodiscard]] inline Error refused(std::string text) {
    return Error{EINVAL, std::move(text), {}};
}
// What people wrote, without more words.
[[nodiscard]] inline Error unreadable(int code) {
    return Error{code, {}, {}};
}
[[nodiscard]] inline Error outside_bounds(std::string_view property) {
    return refused(cat("Value specified in ", property, " is out of range"));
}
[[nodiscard]] inline std::string assignment(const Directive& row, std::string_view value) {
    return cat(row.name, "=", value);
}
[[nodiscard]] inline bool is_one_word(std::string_view text) {
    return !text.empty() && text.find_first_of(" \t\n\r") == std::string_view::npos;
}
[[nodiscard]] inline Error bad_word(const Directive& row) {
    return refused(cat("Invalid argument to ", row.property));
}

template <class T>
void append_to(std::vector<T>& out, const std::vector<T>& more) {
    out.insert(out.end(), more.begin(), more.end());
}

// A list as a whole: an empty assignment comes first, and the entries' texts follow, each made by
// `text`; "" is none. systemd ends such a drop-in with an empty line.
[[nodiscard]] SettableLines lines_of_list(const Directive& row,
                                          std::span<const SettableLines> texts);
template <class List, class Text>
[[nodiscard]] SettableLines lines_of(const Directive& row, const PropertyValue& value,
                                     Text&& text) {
    std::vector<SettableLines> texts;
    for (const auto& entry : std::get<List>(value)) texts.push_back(text(entry));
    return lines_of_list(row, texts);
}

} // namespace sctl
