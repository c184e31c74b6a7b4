// JSON as systemd prints it, byte for byte: strings are escaped as little as JSON allows, "pretty"
// is indented by tabs, and colours stand inside the quotes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sctl {

// What -o asks for: json, json-pretty, json-sse (server-sent events), json-seq (RFC 7464).
enum class JsonOutput : uint8_t { None, Line, Pretty, Sse, Seq };

// None for modes that are not JSON.
[[nodiscard]] JsonOutput json_output_from(std::string_view mode);

struct JsonStyle {
    JsonOutput output = JsonOutput::Line;
    bool colors = false;
};

// A name and a value, which is JSON already.
using JsonMember = std::pair<std::string_view, std::string>;

// In quotes. What is no control character stays as it is.
[[nodiscard]] std::string json_string(std::string_view text);
// `depth` is how deep it stands in what is printed.
[[nodiscard]] std::string json_object(std::span<const JsonMember> members, const JsonStyle& style,
                                      unsigned depth = 0);
[[nodiscard]] std::string json_array(std::span<const std::string> values, const JsonStyle& style,
                                     unsigned depth = 0);
// The value with what stands before and after it on the output.
[[nodiscard]] std::string json_document(std::string_view value, const JsonStyle& style);

} // namespace sctl
