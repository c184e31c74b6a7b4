// Specifiers: "%n", "%i" and their like in settings (systemd.unit(5), "Specifiers"). A letter or
// digit that is none, or one that cannot be resolved here, is an error, and the setting is ignored;
// before any other character the percent sign stays. Differs from systemd: %c, %r and %R, long
// deprecated and not documented, stay as they are written.
#pragma once

#include <climits>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "unit/facts.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

struct SpecifierContext {
    const UnitName& unit;
    const Facts& facts; // both outlive the context
    // Where the unit's own file really is, links followed; empty: %y and %Y are errors.
    std::string fragment_path = {};
    // [Install] of a template: stands for the instance that the template does not have.
    std::string default_instance = {};
};

enum class SpecifierSet : uint8_t {
    All,
    // Those whose value may stand in a unit name: all that [Install] and dependencies know.
    Name,
};

// The longest text that may result; beyond it ENAMETOOLONG.
inline constexpr size_t specifier_limit_text = 1u << 20;
inline constexpr size_t specifier_limit_path = PATH_MAX - 1;
inline constexpr size_t specifier_limit_name = 255;

[[nodiscard]] Result<std::string> expand_specifiers(std::string_view text,
                                                    const SpecifierContext& context,
                                                    SpecifierSet set = SpecifierSet::All,
                                                    size_t limit = specifier_limit_text);

// The same without a unit, for configuration of the machine (tmpfiles.d(5), sysusers.d(5)): those
// of `letters`, none of which may concern a unit, are known.
[[nodiscard]] Result<std::string> expand_machine_specifiers(std::string_view text,
                                                            const Facts& facts,
                                                            std::string_view letters,
                                                            size_t limit = specifier_limit_text);

// "%" doubled, so that expansion gives `text` back.
[[nodiscard]] std::string escape_specifiers(std::string_view text);

} // namespace sctl
