#include "base/json.hpp"

#include <cstdio>

#include "base/text.hpp"

namespace sctl {

namespace {

constexpr std::string_view string_color = "\x1b[0;32m", number_color = "\x1b[0;1;34m",
                           word_color = "\x1b[0;1;39m", no_color = "\x1b[0m";

std::string json_escape(char byte) {
    switch (byte) {
        case '"': return "\\\"";
        case '\\': return "\\\\";
        case '\b': return "\\b";
        case '\f': return "\\f";
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        default: break;
    }
    auto value = static_cast<unsigned char>(byte);
    if (value >= ' ') return {byte};
    char text[8];
    std::snprintf(text, sizeof text, "\\u%04x", value);
    return text;
}

std::string paint_scalar(std::string_view value, bool colors) {
    if (!colors || value.empty()) return std::string(value);
    if (value.front() == '"')
        return cat('"', string_color, value.substr(1, value.size() - 2), no_color, '"');
    bool is_number = value.front() >= '0' && value.front() <= '9';
    return cat(is_number ? number_color : word_color, value, no_color);
}

// The end of a line, and what the next one is indented by.
std::string line_break(const JsonStyle& style, unsigned depth) {
    return style.output == JsonOutput::Pretty ? "\n" + std::string(depth, '\t') : std::string();
}

} // namespace

JsonOutput json_output_from(std::string_view mode) {
    if (mode == "json") return JsonOutput::Line;
    if (mode == "json-pretty") return JsonOutput::Pretty;
    if (mode == "json-sse") return JsonOutput::Sse;
    if (mode == "json-seq") return JsonOutput::Seq;
    return JsonOutput::None;
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (char byte : text) out += json_escape(byte);
    return out += '"';
}

std::string json_object(std::span<const JsonMember> members, const JsonStyle& style,
                        unsigned depth) {
    if (members.empty()) return "{}";
    std::string_view colon = style.output == JsonOutput::Pretty ? " : " : ":";
    std::string out = "{";
    bool first = true;
    for (const auto& [name, value] : members) {
        out += cat(first ? "" : ",", line_break(style, depth + 1),
                   paint_scalar(json_string(name), style.colors), colon,
                   paint_scalar(value, style.colors));
        first = false;
    }
    return out + line_break(style, depth) + '}';
}

std::string json_array(std::span<const std::string> values, const JsonStyle& style,
                       unsigned depth) {
    if (values.empty()) return "[]";
    std::string out = "[";
    bool first = true;
    for (const auto& value : values) {
        out += cat(first ? "" : ",", line_break(style, depth + 1), value);
        first = false;
    }
    return out + line_break(style, depth) + ']';
}

std::string json_document(std::string_view value, const JsonStyle& style) {
    return cat(style.output == JsonOutput::Seq   ? "\x1e"
               : style.output == JsonOutput::Sse ? "data: "
                                                 : "",
               value, style.output == JsonOutput::Sse ? "\n\n" : "\n");
}

} // namespace sctl
