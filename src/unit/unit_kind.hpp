// What kinds of units there are (systemd.unit(5)), a row each: all that a kind has and others lack
// is a field here, and nobody asks of which kind a unit is. The rows stand in kinds/, above all
// that they name; who reads them sees this header alone. A row names parts of higher rooms (a
// machine, a run, properties) by functions whose types are only declared here, as it names hooks of
// this one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "unit/config.hpp"
#include "unit/syntax/ini_reader.hpp"

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
struct Facts;          // unit/facts.hpp
struct KindProperties; // bus/properties/property.hpp
struct RunMeans;       // run/host.hpp
struct Unit;           // run/unit.hpp
struct UnitDefaults;   // unit/manager_config/manager_config.hpp
class UnitMachine;     // state/unit_machine.hpp
class UnitRun;         // run/unit_run.hpp

// How the log's lines on starts and stops begin.
struct JobWords {
    std::string_view starting = "Starting ", started = "Started ";
    std::string_view start_failed = "Failed to start ", start_timed_out = "Timed out starting ";
    std::string_view stopping = "Stopping ", stopped = "Stopped ";
    std::string_view stop_failed = "Stopped (with error) ", stop_timed_out = "Timed out stopping ";
};

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
    bool can_reload = false;             // whatever the unit's settings
    bool can_transient = false;          // StartTransientUnit() makes such units
    bool only_transient = false;         // and no file does
    bool limits_starts = false;          // StartLimitIntervalSec= holds
    bool after_members = false;          // ordered after what it pulls in (systemd.target(5))
    bool slice_is_in_name = false;       // its own name says where it lies, not Slice=
    bool same_process_group = false;     // its commands stay in that of the manager
    std::string_view keyring = "shared"; // KeyringMode= where it is not written
    // Where StandardOutput= is not written, the manager's default is filled in as the unit is
    // loaded; others have it from the beginning.
    bool resolves_output = false;
    std::string_view active_word = "active"; // SubState of one that is, of a kind without more
    JobWords words{};
    // Whether a start is all that the unit does: its line is "Finished ".
    bool (*ends_with_start)(const LoadedUnit& unit) = nullptr;
    // Of one that starts another unit: which one, where its dependencies alone do not say so; ""
    // for none.
    std::string_view (*triggered)(const LoadedUnit& unit) = nullptr;
    bool triggers = false; // it is told what becomes of the unit that it starts
    // Called as a unit is loaded, in this order; null where there is nothing to do.
    void (*describe)(LoadedUnit& unit) = nullptr; // what its name alone says
    // Before its files are read.
    void (*begin)(LoadedUnit& unit, const UnitDefaults& defaults) = nullptr;
    // Then: what the machine has of it already; true where that is so, and it needs no file.
    bool (*look)(LoadedUnit& unit, const Facts& facts) = nullptr;
    // After its files: settings that follow from others.
    void (*resolve)(LoadedUnit& unit, const UnitDefaults& defaults) = nullptr;
    // Dependencies that its settings imply, and those of DefaultDependencies=yes.
    void (*imply)(LoadedUnit& unit, bool user_manager) = nullptr;
    void (*add_defaults)(LoadedUnit& unit, bool user_manager) = nullptr;
    // False, after a warning, where the settings make no sense together.
    bool (*check)(const LoadedUnit& unit, const WarningSink& warn) = nullptr;
    // Where this manager does otherwise than the files say.
    void (*deviate)(LoadedUnit& unit) = nullptr;
    // What decides over a unit's life; null: PassiveMachine, which only is or is not.
    std::unique_ptr<UnitMachine> (*machine)() = nullptr;
    // What carries out the machine's actions; null where it has none but to be or not to be. The
    // last is the OwnerId of its processes.
    std::unique_ptr<UnitRun> (*run)(Unit&, RunMeans&, uint32_t owner) = nullptr;
    // Of its D-Bus interface; null: none of its own.
    KindProperties (*properties)() = nullptr;

    [[nodiscard]] constexpr bool has(UnitPart part) const {
        return (parts & static_cast<uint8_t>(part)) != 0;
    }
    // What systemctl kill can be asked for.
    [[nodiscard]] constexpr bool can_be_killed() const { return is_run && has(UnitPart::Kill); }
    // Whether this program starts processes for such units.
    [[nodiscard]] constexpr bool runs_commands() const { return is_run && has(UnitPart::Exec); }
    // Whether its units only are or are not: their SubState says no more than their ActiveState.
    [[nodiscard]] constexpr bool is_passive() const { return is_run && !machine; }
    // A control group for processes of other units: a slice, a scope.
    [[nodiscard]] constexpr bool only_groups() const {
        return has(UnitPart::Resources) && !has(UnitPart::Exec);
    }
};

// The rows by UnitType, and room for the one that a test adds. Defined in kinds/kinds.cpp; there
// before any constructor runs.
struct UnitKindTable {
    std::array<UnitKind, unit_type_count + 1> rows{};
    size_t count = 0;
};
extern constinit UnitKindTable unit_kind_table;

[[nodiscard]] std::span<const UnitKind> unit_kinds(); // by UnitType
// One kind more, before any unit is loaded, of the type that is the next number: for the test that
// holds us to this, that a kind is its row. A second one is a mistake.
void add_unit_kind(const UnitKind& kind);
[[nodiscard]] const UnitKind& kind_of(UnitType type);
// Of one without a name, whose values are those of nothing written: a service.
[[nodiscard]] inline const UnitKind& kind_of(const LoadedUnit& unit) {
    return kind_of(unit.id.empty() ? UnitType{} : unit.id.type());
}
// Null where there is no such section of a kind's own.
[[nodiscard]] const UnitKind* kind_with_section(std::string_view section);

} // namespace sctl
