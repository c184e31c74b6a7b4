// What kinds of units there are (systemd.unit(5)), a row each: all that a kind has and others lack
// is a field here, so that a new one is its row, the folder with its settings, and its machine in
// state/.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "unit/config.hpp"
#include "unit/ini_reader.hpp"

namespace sctl {

// Settings that kinds have in common.
enum class UnitPart : uint8_t {
    Exec = 1,      // systemd.exec(5)
    Kill = 2,      // systemd.kill(5)
    Resources = 4, // systemd.resource-control(5)
};

// Under which names a file of the kind may also be known (Alias=, symbolic links).
enum class AliasRule : uint8_t { None, Plain, Templates };

struct Directive;

struct UnitKind {
    UnitType type;
    std::string_view suffix;  // of its units' names, "service"
    std::string_view section; // of its own settings, "Service"; a shared one is written there, too
    std::string_view interface; // org.freedesktop.systemd1(5)
    uint8_t parts = 0;          // UnitPart
    AliasRule aliases = AliasRule::None;
    // The directives that are its own, in directives()' form; null where there are none.
    std::span<const Directive> (*settings)() = nullptr;
    bool is_run = false;           // by this program; units of other kinds are loaded, no more
    bool is_embedded = false;      // units of this kind lie in this program
    bool stays_on_isolate = false; // IgnoreOnIsolate= where it is not written
    bool needs_no_file = false;    // any name is loaded
    bool may_be_missing = false; // elsewhere the system makes such units: whoever needs one goes on
    bool can_delegate = false;   // Delegate=
    bool can_start = true;       // by hand
    bool can_stop = true;
    bool limits_starts = false;              // StartLimitIntervalSec= holds
    std::string_view active_word = "active"; // SubState of one that is, of a kind without more
    std::string_view started = "Started ", stopped = "Stopped "; // how the log's lines begin
    // Whether a start is all that the unit does: its line is "Finished ".
    bool (*ends_with_start)(const LoadedUnit& unit) = nullptr;
    // Of one that starts another unit: the setting that names it, and the one by which it starts an
    // instance for each connection instead. They are all that is read while the kind is not run.
    std::string_view trigger_setting{}, instances_setting{};
    // Called as a unit is loaded, in this order; null where there is nothing to do.
    void (*describe)(LoadedUnit& unit) = nullptr; // what its name alone says
    void (*begin)(LoadedUnit& unit) = nullptr;    // before its files are read
    void (*resolve)(LoadedUnit& unit) = nullptr;  // settings that follow from others
    // Dependencies that its settings imply, and those of DefaultDependencies=yes.
    void (*imply)(LoadedUnit& unit, bool user_manager) = nullptr;
    void (*add_defaults)(LoadedUnit& unit, bool user_manager) = nullptr;
    // False, after a warning, where the settings make no sense together.
    bool (*check)(const LoadedUnit& unit, const WarningSink& warn) = nullptr;

    [[nodiscard]] constexpr bool has(UnitPart part) const {
        return (parts & static_cast<uint8_t>(part)) != 0;
    }
};

[[nodiscard]] std::span<const UnitKind> unit_kinds(); // by UnitType
// One kind more, before any unit is loaded, of the type that is the next number: for the test that
// holds us to this, that a kind is its row. A second one is a mistake.
void add_unit_kind(const UnitKind& kind);
[[nodiscard]] const UnitKind& kind_of(UnitType type);
[[nodiscard]] inline const UnitKind& kind_of(const LoadedUnit& unit) {
    return kind_of(unit.id.type());
}
// Null where there is no such section of a kind's own.
[[nodiscard]] const UnitKind* kind_with_section(std::string_view section);

} // namespace sctl
