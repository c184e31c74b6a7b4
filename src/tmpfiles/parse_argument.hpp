// The last field of a line of tmpfiles.d(5), and the age-by part of the age: what each type of line
// makes of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tmpfiles/item.hpp"
#include "tmpfiles/parse_line.hpp"

namespace sctl {

enum class ArgumentUse : uint8_t { None, Optional, Required };
enum class ArgumentProblem : uint8_t { None, Syntax, Other };

struct ArgumentRule {
    ArgumentUse use;
    std::string_view what;      // "WHAT requires argument."
    std::string_view no_base64; // what it is that "~" cannot be for; empty: it can
    bool is_text = false;       // with C escapes and specifiers, to be written or followed
    // Puts the argument into the item, in its parsed form.
    ArgumentProblem (*read)(Item&, const AclNames&, std::vector<LineMessage>&) = nullptr;
};
[[nodiscard]] const ArgumentRule& argument_rule(ItemType type);

// "aAm": which times count, lower case for files, upper case for directories. False for a letter
// that is none.
[[nodiscard]] bool parse_age_by(std::string_view text, Item& item);

} // namespace sctl
