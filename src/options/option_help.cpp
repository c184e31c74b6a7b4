#include "base/text.hpp"
#include "options/option_table.hpp"

namespace sctl {

namespace {

constexpr size_t columns_of_terminal = 80;

// The text from `column` on, in lines that begin and end within a terminal's.
std::string wrap(std::string_view text, size_t column) {
    std::string out;
    size_t at = column;
    for (auto word : split(text)) {
        if (at > column && at + 1 + word.size() > columns_of_terminal) {
            out += cat("\n", std::string(column, ' '));
            at = column;
        } else if (at > column) {
            out += ' ';
            ++at;
        }
        out += word;
        at += word.size();
    }
    return out;
}

} // namespace

std::string help_line(std::string name, std::string_view help, size_t column) {
    std::string gap = name.size() < column ? std::string(column - name.size(), ' ')
                                           : cat("\n", std::string(column, ' '));
    return cat(name, gap, wrap(help, column), "\n");
}

std::string option_title(const OptionName& option, std::string_view value_name) {
    std::string_view names = option.names;
    auto long_name = names.substr(0, names.find(','));
    auto letter = names.substr(names.rfind(',') + 1);
    std::string out = letter.size() == 1 ? cat("  -", letter, " ") : "     ";
    if (!long_name.empty()) out += cat("--", long_name);
    if (option.value == OptionValue::Required) out += cat(long_name.empty() ? "" : "=", value_name);
    if (option.value == OptionValue::Optional) out += cat("[=", value_name, "]");
    return out;
}

} // namespace sctl
