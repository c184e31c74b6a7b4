// What a template may die of: an exception of Python's or Jinja2's, by its class and message.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "template/memory.hpp"

namespace sctl::jinja {

// A line of a template that was being rendered.
struct TemplateLine {
    String name;     // empty for a text that has none
    String filename; // empty likewise
    int line = 0;
};

struct PythonError {
    String type; // "TypeError", "UndefinedError", "TemplateSyntaxError", ...
    String message;
    Vector<TemplateLine> lines = {}; // where it was, the innermost first
};

// A part of a message: text or a whole number.
class MessagePart {
  public:
    MessagePart(std::string_view text)
        : text_(text.data()), size_(static_cast<int64_t>(text.size())) {}
    MessagePart(const String& text) : MessagePart(std::string_view(text)) {}
    MessagePart(const std::string& text) : MessagePart(std::string_view(text)) {}
    MessagePart(const char* text) : MessagePart(std::string_view(text)) {}
    MessagePart(const char& letter) : text_(&letter), size_(1) {}
    template <std::integral T>
    requires(!std::same_as<T, char>) MessagePart(T number)
        : text_(nullptr), size_(static_cast<int64_t>(number)) {}
    void append_to(String& out) const;

  private:
    const char* text_; // null for a number
    int64_t size_;     // or the number
};
using Message = std::initializer_list<MessagePart>;

// The parts one after the other.
[[nodiscard]] String join_parts(Message parts);
template <class... Parts>
[[nodiscard]] String joined(const Parts&... parts) {
    return join_parts({MessagePart(parts)...});
}

[[noreturn]] void raise(std::string_view type, Message message);
[[noreturn]] void raise(std::string_view type, std::string_view message);
[[noreturn]] void type_error(Message message);
[[noreturn]] void type_error(std::string_view message);
[[noreturn]] void value_error(Message message);
[[noreturn]] void value_error(std::string_view message);

} // namespace sctl::jinja
