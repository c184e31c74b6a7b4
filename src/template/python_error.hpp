// What a template may die of: an exception of Python's or Jinja2's, by its class and message.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sctl::jinja {

// A line of a template that was being rendered.
struct TemplateLine {
    std::string name;     // empty for a text that has none
    std::string filename; // empty likewise
    int line = 0;
};

struct PythonError {
    std::string type; // "TypeError", "UndefinedError", "TemplateSyntaxError", ...
    std::string message;
    std::vector<TemplateLine> lines = {}; // where it was, the innermost first
};

[[noreturn]] void raise(std::string_view type, std::string message);
[[noreturn]] void type_error(std::string message);
[[noreturn]] void value_error(std::string message);

} // namespace sctl::jinja
