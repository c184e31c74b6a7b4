// value.name as Python itself knows it: methods and attributes of each type.
#pragma once

#include <span>
#include <string_view>

#include "template/callable.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// getattr(): Missing where there is none.
[[nodiscard]] Value python_attribute(const Value& value, std::string_view name);
// AttributeError in Python's words.
[[noreturn]] void fail_attribute(const Value& value, std::string_view name);
// AttributeError, LookupError and TypeError, which templates take for "there is none".
[[nodiscard]] bool is_lookup_error(const PythonError& error);

// Methods by type.
[[nodiscard]] const NativeRow* find_str_method(std::string_view name);
[[nodiscard]] const NativeRow* find_bytes_method(std::string_view name);
[[nodiscard]] const NativeRow* find_list_method(std::string_view name);
[[nodiscard]] const NativeRow* find_tuple_method(std::string_view name);
[[nodiscard]] const NativeRow* find_range_method(std::string_view name);
[[nodiscard]] const NativeRow* find_dict_method(std::string_view name);
[[nodiscard]] const NativeRow* find_set_method(std::string_view name);
[[nodiscard]] const NativeRow* find_number_method(const Value& value, std::string_view name);
[[nodiscard]] const NativeRow* find_date_method(const Value& value, std::string_view name);

} // namespace sctl::jinja
