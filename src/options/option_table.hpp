// A program's options as a table: each row says how the option is called, what it takes, what it
// does to the program's request, and its line of --help.
#pragma once

#include "options/option_reader.hpp"

namespace sctl {

template <class Request>
struct OptionRow {
    const char* names; // as OptionName's
    OptionValue value = OptionValue::None;
    // `value` is empty where none was typed.
    Result<void> (*apply)(Request& request, const std::string& value);
    const char* help = nullptr; // nullptr: taken, but not worth a line
    bool ends = false;          // nothing after it is looked at: --help, --version
    const char* value_name = "ARG";
    // Whether the next word is the value of an option that none was given to: "-n 20". Of an
    // optional value only.
    bool (*takes)(const std::string& next_word) = nullptr;
};

// A line of --help: "  -t --type=ARG    Only units of these types". The name has a line of its own
// where it is as long as `column`.
[[nodiscard]] std::string help_line(std::string name, std::string_view help, size_t column);
// "  -t --type=ARG"
[[nodiscard]] std::string option_title(const OptionName& option, std::string_view value_name);

// The options part of --help.
template <class Request>
std::string options_help(std::span<const OptionRow<Request>> rows, size_t column = 28) {
    std::string text;
    for (const auto& row : rows) {
        if (!row.help) continue;
        text += help_line(option_title({row.names, row.value}, row.value_name), row.help, column);
    }
    return text;
}

template <class Request>
std::vector<OptionName> names_of(std::span<const OptionRow<Request>> rows) {
    std::vector<OptionName> names;
    for (const auto& row : rows) names.push_back({row.names, row.value});
    return names;
}

// Applies what was typed in its order, up to the first that cannot be. `reader` has the names of
// the rows, and what is no option afterwards. An error is the reader's, which has a problem then,
// or a row's. `seen` is called with the row of each option before that is applied.
template <class Request, class Seen>
Result<void> apply_options(std::span<const OptionRow<Request>> rows, OptionReader& reader,
                           Request& request, Seen seen) {
    while (true) {
        auto typed = reader.next();
        if (!typed) return typed.error();
        if (!*typed) return {};
        const OptionRow<Request>& row = rows[(*typed)->row];
        auto& value = (*typed)->value;
        const std::string* next = row.takes && !value ? reader.following_word() : nullptr;
        if (next && row.takes(*next)) value = reader.take_word();
        seen(row);
        auto applied = row.apply(request, value.value_or(std::string()));
        if (!applied) return applied.error();
        if (!row.ends) continue;
        reader.words().clear();
        return {};
    }
}

// The same for a program with getopt's rules and words; returns what is no option.
template <class Request>
Result<std::vector<std::string>> read_options(std::span<const OptionRow<Request>> rows,
                                              std::vector<std::string> arguments,
                                              std::string_view program, Request& request) {
    auto names = names_of(rows);
    OptionReader reader(names, std::move(arguments), program);
    auto applied = apply_options(rows, reader, request, [](const auto&) {});
    if (!applied) return applied.error();
    return std::move(reader.words());
}

} // namespace sctl
