#include "journal/log_format.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "base/json.hpp"
#include "base/text.hpp"
#include "unit/syntax/timestamp.hpp"

namespace sctl {
namespace {

struct StyleName {
    std::string_view name;
    LogStyle style;
};
constexpr StyleName style_names[] = {
    {"short", LogStyle::Short},
    {"short-precise", LogStyle::ShortPrecise},
    {"short-iso", LogStyle::ShortIso},
    {"short-iso-precise", LogStyle::ShortIsoPrecise},
    {"short-full", LogStyle::ShortFull},
    {"short-unix", LogStyle::ShortUnix},
    {"cat", LogStyle::Cat},
    {"json", LogStyle::Json},
    {"json-pretty", LogStyle::JsonPretty},
    {"json-sse", LogStyle::JsonSse},
    {"json-seq", LogStyle::JsonSeq},
};

std::string strftime_text(const char* pattern, const tm& time) {
    std::array<char, 64> text;
    return {text.data(), strftime(text.data(), text.size(), pattern, &time)};
}

std::string microseconds_of(Span realtime) {
    std::array<char, 16> text;
    int size =
        snprintf(text.data(), text.size(), ".%06d", static_cast<int>(realtime.count() % 1'000'000));
    return {text.data(), static_cast<size_t>(size)};
}

std::string time_text(Span realtime, const LogFormat& format) {
    auto seconds = static_cast<time_t>(realtime.count() / 1'000'000);
    tm time{};
    if (format.utc)
        gmtime_r(&seconds, &time);
    else
        localtime_r(&seconds, &time);
    switch (format.style) {
        case LogStyle::Short: return strftime_text("%b %d %H:%M:%S", time);
        case LogStyle::ShortPrecise:
            return strftime_text("%b %d %H:%M:%S", time) + microseconds_of(realtime);
        case LogStyle::ShortIso: return strftime_text("%Y-%m-%dT%H:%M:%S%z", time);
        case LogStyle::ShortIsoPrecise:
            return strftime_text("%Y-%m-%dT%H:%M:%S", time) + microseconds_of(realtime) +
                   strftime_text("%z", time);
        case LogStyle::ShortFull:
            return format_timestamp(realtime,
                                    format.utc ? TimestampStyle::Utc : TimestampStyle::Pretty);
        case LogStyle::ShortUnix: return cat(seconds, microseconds_of(realtime));
        case LogStyle::Cat:
        case LogStyle::Json:
        case LogStyle::JsonPretty:
        case LogStyle::JsonSse:
        case LogStyle::JsonSeq: break;
    }
    return {};
}

// The length of the colour (ESC [ 0;31 m) or the title (ESC ] ... BEL) that `text` begins with.
size_t escape_sequence_length(std::string_view text) {
    if (text.size() < 2 || text[0] != '\x1b') return 0;
    bool is_colour = text[1] == '[';
    if (!is_colour && text[1] != ']') return 0;
    size_t end = is_colour ? text.find_first_not_of("0123456789;", 2) : text.find('\a', 2);
    if (end == std::string_view::npos || (is_colour && text[end] != 'm')) return 0;
    return end + 1;
}

std::string without_tabs_and_colours(std::string_view text) {
    constexpr std::string_view tab = "        ";
    std::string out;
    while (!text.empty()) {
        size_t sequence = escape_sequence_length(text);
        if (sequence == 0) {
            if (text[0] == '\t')
                out += tab;
            else
                out += text[0];
            sequence = 1;
        }
        text.remove_prefix(sequence);
    }
    return out;
}

std::string shown_text(std::string_view text, bool show_all) {
    if (show_all) return std::string(text);
    auto plain = without_tabs_and_colours(text);
    if (is_printable(plain)) return plain;
    if (plain.size() < 1024) return cat('[', plain.size(), "B blob data]");
    return cat('[', plain.size() / 1024, '.', plain.size() % 1024 * 10 / 1024, "K blob data]");
}

JsonOutput json_output_of(LogStyle style) {
    switch (style) {
        case LogStyle::Json: return JsonOutput::Line;
        case LogStyle::JsonPretty: return JsonOutput::Pretty;
        case LogStyle::JsonSse: return JsonOutput::Sse;
        case LogStyle::JsonSeq: return JsonOutput::Seq;
        default: return JsonOutput::None;
    }
}

// As journalctl(1) has them: what is too long is null, what cannot be shown an array of its bytes.
std::string json_text_field(std::string_view name, std::string_view value, const JsonStyle& style,
                            bool show_all) {
    constexpr size_t too_long = 4096;
    if (!show_all && name.size() + 1 + value.size() >= too_long) return "null";
    if (is_printable(value)) return json_string(value);
    std::vector<std::string> bytes;
    for (unsigned char byte : value) bytes.push_back(cat(unsigned{byte}));
    return json_array(bytes, style, 1);
}

std::string json_log_line(const LogLine& line, const JsonStyle& style, const LogFormat& format) {
    std::vector<JsonMember> members;
    auto add = [&](std::string_view name, std::string_view value) {
        members.emplace_back(name, json_text_field(name, value, style, format.show_all));
    };
    add("__REALTIME_TIMESTAMP", cat(line.realtime.count()));
    if (!format.host.empty()) add("_HOSTNAME", format.host);
    add("PRIORITY", cat(line.priority));
    add("SYSLOG_IDENTIFIER", line.identifier);
    if (line.pid > 0) add("_PID", cat(line.pid));
    add("MESSAGE", line.text);
    auto document = json_document(json_object(members, style), style);
    document.pop_back(); // the line's end
    return document;
}

} // namespace

std::optional<LogStyle> log_style_from(std::string_view name) {
    auto found = std::ranges::find(style_names, name, &StyleName::name);
    if (found == std::end(style_names)) return std::nullopt;
    return found->style;
}

std::string format_log_line(const LogLine& line, const LogFormat& format) {
    if (format.style == LogStyle::Cat) return line.text;
    if (auto json = json_output_of(format.style); json != JsonOutput::None)
        return json_log_line(line, {.output = json}, format);
    auto head = cat(time_text(line.realtime, format), ' ', format.host,
                    format.host.empty() ? "" : " ", format_log_source(line.identifier, line.pid));
    auto text = shown_text(line.text, format.show_all);
    // The lines of one message stand below each other.
    for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 1 + head.size())
        text.insert(at + 1, head.size(), ' ');
    return head + text;
}

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) < 0) return "localhost";
    return name.data();
}

} // namespace sctl
