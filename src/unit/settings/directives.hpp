// The one table of directives: a row for each that systemd 252 knows in the sections we read, and
// for what later ones know besides. It serves the parser (what to do with a value), `show` (the
// property, its D-Bus signature and how to read it back) and docs/compat.md (how far it is
// supported). To support a directive is a row, a test, and a line in that document. The rows of
// what kinds have in common lie beside this file, those of a kind's own in the kind's folder.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "unit/config.hpp"
#include "unit/settings/settable/kind.hpp"
#include "unit/settings/setting_text.hpp"
#include "unit/syntax/specifiers.hpp"
#include "unit/values/value_format.hpp"

namespace sctl {

enum class Support : uint8_t {
    Same,      // acts as systemd's does
    Different, // acts, but not in all as systemd's: docs/compat.md says how
    Accepted,  // read, shown, and without effect where we run, as in systemd without the kernel
               // feature
    Absent,    // known and not acted on: named in one warning when the unit starts
    Protection // absent, and a unit that asks for it is less protected than it believes
};

// Where a directive is written: in [Unit], in [Install], or in the section of its unit's kind,
// where what kinds have in common (Exec, Kill, Resources) stands beside what is the kind's own.
enum class Section : uint8_t { Unit, Install, Exec, Kill, Resources, Own };

struct Directive;
struct UnitKind;

// What a row's parser works on. It writes to `unit` and warns through the sink, naming file:line.
struct Setting : SettingText {
    LoadedUnit& unit;
    const Directive& directive;
    const SpecifierContext& specifiers;
};

struct Directive {
    std::string_view name; // "" for a further property of another row's directive, as LimitCPUSoft
    Support support;
    // Reads the value; a bad one is a warning and leaves the setting as it was, except where
    // systemd refuses the unit (an Exec line that cannot be parsed): then load_state becomes
    // BadSetting. Null where there is nothing to read: not acted on, or of [Install].
    void (*parse)(Setting&) = nullptr;
    std::string_view property{};  // D-Bus name; "" where the directive shows as none
    std::string_view signature{}; // of the property, "" likewise
    // The property's value where nothing is kept as written; null for the default of its type, and
    // for those that the bus composes itself (ExecStart, ...).
    PropertyValue (*get)(const LoadedUnit&) = nullptr;
    // Of an absent one: a value that asks for nothing, as an empty one and a false boolean do.
    std::string_view neutral{};
    Settable settable{}; // how it is changed while the unit is loaded
    ValueFormat format = ValueFormat::ByType;
    bool may_change = false; // the property is no constant of D-Bus, as none of a resource is
    // Said of the table that the row stands in, with in_section or own_of (directive_rows.hpp).
    Section section = Section::Own;
    UnitType kind{}; // of a kind's own
};

// Rows for a range-based for: each is a `const Directive&`, where its table has it.
class DirectiveList {
  public:
    class Iterator {
      public:
        explicit Iterator(const Directive* const* at) : at_(at) {}
        const Directive& operator*() const { return **at_; }
        Iterator& operator++() { return ++at_, *this; }
        bool operator==(const Iterator&) const = default;

      private:
        const Directive* const* at_;
    };
    explicit DirectiveList(std::span<const Directive* const> rows) : rows_(rows) {}
    [[nodiscard]] Iterator begin() const { return Iterator(rows_.data()); }
    [[nodiscard]] Iterator end() const { return Iterator(rows_.data() + rows_.size()); }

  private:
    std::span<const Directive* const> rows_;
};

// All, by name; those of one name.
[[nodiscard]] DirectiveList directives();
[[nodiscard]] DirectiveList directives_named(std::string_view name);
// The section of a unit file of this kind in which the directive is written: "Unit", "Service",
// "Slice"; "" where the kind has no such settings.
[[nodiscard]] std::string_view section_of(const Directive& directive, const UnitKind& kind);
// The row for KEY written in [SECTION] of a unit of this kind; nullptr for one systemd does not
// know.
[[nodiscard]] const Directive* find_directive(const UnitKind& kind, std::string_view section,
                                              std::string_view key);
// The value of the directive's property; nothing for the default of its type.
[[nodiscard]] std::optional<PropertyValue> value_of(const Directive& directive,
                                                    const LoadedUnit& unit);
// The row that has the property; nullptr for none.
[[nodiscard]] const Directive* directive_of(std::string_view property);

// The row of a property that can be set of a loaded unit of this kind, and how it is to be sent.
struct SettableProperty {
    const Directive* directive = nullptr; // null for none
    std::string_view signature;
};
[[nodiscard]] SettableProperty find_settable_property(const UnitKind& kind,
                                                      std::string_view property);
// The same for KEY of KEY=VALUE; nullptr for none.
[[nodiscard]] const Directive* find_settable(const UnitKind& kind, std::string_view key);
// The property that is sent for such a value: the setting's, or its twin NAME"Scale".
[[nodiscard]] std::string settable_name(const Directive& directive, const PropertyValue& value);
// The drop-in that says a value, and the one that says its twin ("" for none).
[[nodiscard]] std::string settable_file(const Directive& directive, const PropertyValue& value);
[[nodiscard]] std::string settable_twin_file(const Directive& directive,
                                             const PropertyValue& value);

// What `show` tells of a property that is not acted on.
void show_as(LoadedUnit& unit, std::string_view property, PropertyValue value);
// Notes, for the warning at the start, that another setting implies this directive, which is not
// acted on.
void note_unmet_wish(LoadedUnit& unit, std::string_view directive);

} // namespace sctl
