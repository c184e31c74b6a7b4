// What a template may die of: an exception of Python's or Jinja2's, by its class and message.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sctl::jinja {

struct PythonError {
    std::string type; // "TypeError", "UndefinedError", "TemplateSyntaxError", ...
    std::string message;
};

[[noreturn]] void raise(std::string_view type, std::string message);
[[noreturn]] void type_error(std::string message);
[[noreturn]] void value_error(std::string message);

} // namespace sctl::jinja
