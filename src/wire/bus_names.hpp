// The syntax of D-Bus names and type signatures (D-Bus specification, "Type System" and "Valid
// Names"), and the escaping by which unit names become parts of object paths. All pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sctl {

// "/", or parts of [A-Za-z0-9_] that each follow one slash.
[[nodiscard]] bool is_valid_object_path(std::string_view path);
// "a.b": at least two parts, none of which begins with a digit. Error names follow the same rule.
[[nodiscard]] bool is_valid_interface_name(std::string_view name);
[[nodiscard]] bool is_valid_member_name(std::string_view name);
// A well-known name ("org.freedesktop.systemd1") or a unique one (":1.7").
[[nodiscard]] bool is_valid_bus_name(std::string_view name);

// Whether a dict entry may stand alone: it may only where it is an array's element.
enum class DictEntry { Refused, Allowed };

// How many characters at the start of `signature` make one complete type ("a{sv}" of "a{sv}uu");
// 0 where none does. Arrays nest to 32, structs and dict entries together to 32.
[[nodiscard]] size_t complete_type_length(std::string_view signature,
                                          DictEntry dict_entry = DictEntry::Refused);
// Any number of complete types, 255 characters at most.
[[nodiscard]] bool is_valid_signature(std::string_view signature);
[[nodiscard]] bool is_single_complete_type(std::string_view signature);

// The boundary on which a value of this type begins: 1, 2, 4 or 8.
[[nodiscard]] size_t alignment_of(char type);
// The size of a value whose type has one (`y`, `u`, `x`, ...), 0 for strings and containers.
[[nodiscard]] size_t fixed_size_of(char type);

// As systemd does for the objects of units: "foo.service" becomes "foo_2eservice", "" becomes "_".
[[nodiscard]] std::string object_path_escape(std::string_view text);
// The opposite; a `_` that no two hexadecimal digits follow stands for itself.
[[nodiscard]] std::string object_path_unescape(std::string_view label);
// "/org/freedesktop/systemd1/unit/NAME", NAME escaped. Asking this object loads the unit.
[[nodiscard]] std::string unit_object_path(std::string_view name);

} // namespace sctl
