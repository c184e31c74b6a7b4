// The settings that may be changed while a unit is loaded (`systemctl set-property`,
// SetUnitProperties()): what concerns resources, and the description. A kind of value knows both
// ways of it side by side: what a person writes as the property's value, and the value as the lines
// that a drop-in has. A setting's row (directives.hpp) names its kind and, once, its bounds:
//
//     "100M" ──parse──► uint64_t 104857600 ──(wire)──► ──lines──► "MemoryMax=104857600"
//
// The client parses and the manager writes lines; neither trusts the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/property_value.hpp"
#include "base/result.hpp"

namespace sctl {

struct Directive;

using SettableValue = Result<PropertyValue>;
using SettableLines = Result<std::string>;

struct SettableKind {
    // The Error's code says what is wrong: EINVAL, ERANGE, or 0 where systemctl has no words for
    // it. A weight is held to the bounds here; of an amount the manager says that it is outside.
    SettableValue (*parse)(const Directive& row, std::string_view text);
    // Without the last line's end. `value` holds the row's type. EINVAL with the text for a client
    // where it makes no sense: outside of the bounds, or more than one line of a unit file.
    SettableLines (*lines)(const Directive& row, const PropertyValue& value);
    // Of a unit file, where several lines make one list: what came before joins what a line says,
    // in systemd's order; null before the first line.
    void (*add)(PropertyValue& value, const PropertyValue* before) = nullptr;
    // Of a loaded unit whose list is set: what was in force joins what is said now, in systemd's
    // order. Null where what is said takes the place of what was. An empty list takes all back.
    void (*join)(PropertyValue& value, const PropertyValue* before) = nullptr;
    // The drop-in has what is said now alone, and not all that is in force then.
    bool writes_news = false;
    // The words of which a text is one, parted by blanks.
    std::string_view words = {};
    // What systemd says of a bad value in a unit file, "%" being the value.
    std::string_view complaint = {};
    // Has a twin, NAME"Scale" of type "u", that says a part of all there is; UINT32_MAX is all.
    bool has_scale = false;
    // The drop-in is named after the setting; else after the property.
    bool key_names_file = false;
};

// As small as it can be: each row of directives() has one.
struct Settable {
    static constexpr uint32_t no_most = UINT32_MAX;

    const SettableKind* kind = nullptr; // null: cannot be changed while the unit is loaded
    uint32_t least = 0, most = no_most; // of a number

    [[nodiscard]] constexpr bool holds(uint64_t number) const {
        return number >= least && (most == no_most || number <= most);
    }
};

// The warning of a value in a unit file that is none, or is outside of the bounds.
[[nodiscard]] std::string settable_complaint(const Directive& row, std::string_view value);
// Of a part of all as D-Bus has it: in ten thousand.
[[nodiscard]] uint64_t permyriad_of_scale(uint32_t scale);

// numbers.cpp
extern const SettableKind settable_flag;           // "b"
extern const SettableKind settable_weight;         // "t"; none is UINT64_MAX
extern const SettableKind settable_weight_or_idle; // the same, and 0 is "idle"
extern const SettableKind settable_shares;         // a weight by its older names
extern const SettableKind settable_block_weight;
extern const SettableKind settable_amount;     // "t", bytes; none is UINT64_MAX
extern const SettableKind settable_protection; // "t", bytes; none is 0
extern const SettableKind settable_count;      // "t"; none is UINT64_MAX
extern const SettableKind settable_share;      // "u" of UINT32_MAX
extern const SettableKind settable_quota;      // "t", time of a processor in a second
extern const SettableKind settable_period;     // "t"
// lists.cpp
extern const SettableKind settable_device_policy;  // "s", one of a few words
extern const SettableKind settable_oom_mode;       // likewise
extern const SettableKind settable_oom_preference; // likewise
extern const SettableKind settable_description;    // "s"
extern const SettableKind settable_controllers;    // "as"
extern const SettableKind settable_number_set;     // "ay"
extern const SettableKind settable_device_rules;   // "a(ss)"
extern const SettableKind settable_device_weights; // "a(st)"
extern const SettableKind settable_device_amounts; // "a(st)", with suffixes of thousands
extern const SettableKind settable_device_spans;   // "a(st)"
// network.cpp
extern const SettableKind settable_addresses;  // "a(iayu)"
extern const SettableKind settable_port_rules; // "a(iiqq)"
extern const SettableKind settable_interfaces; // "(bas)"

} // namespace sctl
