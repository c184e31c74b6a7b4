#include "client/text/format_property.hpp"

#include <csignal>
#include <cstdio>

#include "client/text/property_lines.hpp"
#include "unit/syntax/escape.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {

namespace {

std::string octal(uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "%04o", value);
    return text;
}

std::string hexadecimal(const char* format, uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, format, static_cast<unsigned long long>(value));
    return text;
}

// What systemd goes by where no row of ours says more: endings of names.
std::string unsigned64_text(std::string_view name, uint64_t value, TimestampStyle style) {
    if (name.ends_with("Timestamp")) return format_timestamp(span_from_usec(value), style);
    if (name.find("USec") != name.npos) return format_span(span_from_usec(value));
    if (value == UINT64_MAX && name.ends_with("NSec")) return "[not set]";
    if (value == UINT64_MAX && name.starts_with("DefaultLimit")) return "infinity";
    return cat(value);
}

std::string unsigned32_text(std::string_view name, uint32_t value) {
    bool is_mode = name.find("UMask") != name.npos || name.find("Mode") != name.npos;
    return is_mode ? octal(value) : cat(value);
}

std::string float_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

void add_strings(PropertyLines& lines, Reader& in) {
    auto values = in.strings();
    if (!values) return;
    std::string line;
    for (size_t i = 0; i < values->size(); ++i) {
        line += cat(i ? " " : "", shell_maybe_quote((*values)[i]));
    }
    if (values->empty())
        lines.add("");
    else
        lines.add_always(line);
}

void add_bytes(PropertyLines& lines, Reader& in) {
    std::string line;
    if (!in.enter_array()) return;
    while (!in.at_end()) {
        auto byte = in.byte();
        if (byte) line += hexadecimal("%02llx", *byte);
    }
    if (in.exit_array()) lines.add(line);
}

void add_unsigned32s(PropertyLines& lines, Reader& in) {
    std::string line;
    if (!in.enter_array()) return;
    while (!in.at_end()) {
        auto value = in.uint32();
        if (value) line += hexadecimal("%08llx", *value);
    }
    if (in.exit_array()) lines.add(line);
}

// False where the type has no format.
bool append_plain(PropertyLines& lines, std::string_view type, Reader& in) {
    if (type == "as")
        add_strings(lines, in);
    else if (type == "ay")
        add_bytes(lines, in);
    else if (type == "au")
        add_unsigned32s(lines, in);
    else if (type == "s") {
        auto text = in.string();
        // One line per property is what readers count on.
        if (text) lines.add(text->find('\n') == std::string_view::npos ? *text : "[unprintable]");
    } else if (type == "b") {
        auto value = in.boolean();
        if (value) lines.add(*value ? "yes" : "no");
    } else if (type == "t") {
        auto value = in.uint64();
        if (value) lines.add(unsigned64_text(lines.name(), *value, lines.style().timestamp));
    } else if (type == "x") {
        auto value = in.int64();
        if (value) lines.add(cat(*value));
    } else if (type == "u") {
        auto value = in.uint32();
        if (value) lines.add(unsigned32_text(lines.name(), *value));
    } else if (type == "i") {
        auto value = in.int32();
        if (value) lines.add(cat(*value));
    } else if (type == "d") {
        auto value = in.float64();
        if (value) lines.add(float_text(*value));
    } else {
        return false;
    }
    return true;
}

} // namespace

std::string_view child_code_name(int32_t code) {
    static constexpr std::string_view names[] = {"",        "exited",  "killed",   "dumped",
                                                 "trapped", "stopped", "continued"};
    static_assert(CLD_EXITED == 1 && CLD_CONTINUED == 6);
    return code > 0 && code < static_cast<int32_t>(std::size(names)) ? names[code] : "";
}

std::string signal_text(int32_t signal) {
    return signal == 0 ? "0" : signal_name(signal);
}

Result<void> append_property(std::string& out, const PropertyStyle& style, std::string_view name,
                             std::string_view type, Reader& in) {
    PropertyLines lines(out, style, name);
    if (auto add = special_property_format(name, type)) {
        add(lines, in);
    } else if (!append_plain(lines, type, in)) {
        if (style.empty) out += cat(name, "=[unprintable]\n");
        (void)in.skip().has_value();
    }
    return in.status();
}

} // namespace sctl
