// The one table of directives: a row for each that systemd 252 knows in the sections we read, and
// for what later ones know besides. It serves the parser (what to do with a value), `show` (the
// property, its D-Bus signature and how to read it back) and docs/compat.md (how far it is
// supported). To support a directive is a row here, a test, and a line in that document.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "unit/config.hpp"
#include "unit/ini_reader.hpp"
#include "unit/specifiers.hpp"

namespace sctl {

enum class Support : uint8_t {
    Same,      // acts as systemd's does
    Different, // acts, but not in all as systemd's: docs/compat.md says how
    Accepted,  // read, shown, and without effect where we run, as in systemd without the kernel
               // feature
    Absent,    // known and not acted on: named in one warning when the unit starts
    Protection // absent, and a unit that asks for it is less protected than it believes
};

// What a row's parser works on. It writes to `unit` and warns through the sink, naming file:line.
struct Setting {
    LoadedUnit& unit;
    const SpecifierContext& specifiers;
    std::string_view section; // as written
    std::string_view key;
    std::string_view value; // trimmed; empty resets
    std::string_view path;  // of the file that says so
    unsigned line;
    const WarningSink& warn;

    // Warns "PATH:LINE: TEXT" in systemd's manner.
    void warning(std::string_view text) const;
};

struct Directive {
    std::string_view section; // "Unit", "Service", "Install"; of exec and kill settings too
    std::string_view name; // "" for a further property of another row's directive, as LimitCPUSoft
    Support support;
    // Reads the value; a bad one is a warning and leaves the setting as it was, except where
    // systemd refuses the unit (an Exec line that cannot be parsed): then load_state becomes
    // BadSetting. Null where there is nothing to read: not acted on, or of [Install].
    void (*parse)(Setting&);
    std::string_view property;  // D-Bus name; "" where the directive shows as none
    std::string_view signature; // of the property, "" likewise
    PropertyValue (*get)(
        const LoadedUnit&); // null for those the bus composes itself (ExecStart, ...)
    // Of an absent one: a value that asks for nothing, as an empty one and a false boolean do.
    std::string_view neutral;
};

[[nodiscard]] std::span<const Directive> directives();
// The row for KEY written in [SECTION] of a unit of this type; nullptr for one systemd does not
// know.
[[nodiscard]] const Directive* find_directive(UnitType type, std::string_view section,
                                              std::string_view key);

// What `show` tells of a property that is not acted on.
void show_as(LoadedUnit& unit, std::string_view property, PropertyValue value);
// Notes, for the warning at the start, that another setting implies this directive, which is not
// acted on.
void note_unmet_wish(LoadedUnit& unit, std::string_view directive);

} // namespace sctl
