#include "journal/log_line.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/hex.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

constexpr size_t stamp_size = std::string_view("2026-11-22T15:27:57.123456Z").size();

constexpr bool is_control(char c) {
    auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\t') || byte == 0x7f;
}

// Eight bytes with one that may have to be escaped: a control character (a tab, too), DEL or a
// backslash. A byte below n makes its top bit by a borrow: (x - n) & ~x; the borrow of a lower byte
// cannot find one where there is none.
constexpr bool has_odd(uint64_t x) {
    constexpr uint64_t each = 0x0101010101010101, top = each * 0x80;
    uint64_t del = x ^ (each * 0x7f), backslash = x ^ (each * '\\');
    return (((x - each * ' ') & ~x) | ((del - each) & ~del) | ((backslash - each) & ~backslash)) &
           top;
}

// Nearly every line needs nothing, and each byte of a service's output comes through here.
bool may_need_escaping(std::string_view text) {
    uint64_t block;
    bool odd = false;
    while (text.size() >= sizeof block) {
        memcpy(&block, text.data(), sizeof block);
        odd |= has_odd(block);
        text.remove_prefix(sizeof block);
    }
    for (char c : text) odd |= is_control(c) || c == '\\';
    return odd;
}

void append_escaped(std::string& out, std::string_view text) {
    if (!may_need_escaping(text)) {
        out += text;
        return;
    }
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        bool looks_escaped = c == '\\' && i + 1 < text.size() && text[i + 1] == 'x';
        if (is_control(c) || looks_escaped) {
            auto byte = static_cast<unsigned char>(c);
            out += {'\\', 'x', hex_digits[byte >> 4], hex_digits[byte & 15]};
        } else {
            out += c;
        }
    }
}

std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        size_t at = text.find("\\x");
        out += text.substr(0, at);
        if (at == std::string_view::npos) break;
        auto byte = parse_number<uint8_t>(text.substr(at + 2, 2), 16);
        out += byte ? std::string(1, static_cast<char>(*byte)) : std::string("\\x");
        text.remove_prefix(std::min(text.size(), at + (byte ? 4 : 2)));
    }
    return out;
}

} // namespace

std::string format_log_stamp(Span realtime) {
    auto seconds = static_cast<time_t>(realtime.count() / 1'000'000);
    tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 64> text;
    size_t size = strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    auto rest = static_cast<int>(realtime.count() % 1'000'000);
    size += static_cast<size_t>(snprintf(text.data() + size, text.size() - size, ".%06dZ", rest));
    return {text.data(), size};
}

std::string format_log_source(std::string_view identifier, pid_t pid) {
    std::string source(identifier);
    for (char& c : source) {
        if (is_control(c) || c == ' ' || c == '\t') c = '_';
    }
    source = escape_unprintable(source);
    return pid > 0 ? cat(source, '[', pid, "]: ") : cat(source, ": ");
}

void append_log_line(std::string& out, std::string_view stamp, int priority,
                     std::string_view source, std::string_view text) {
    out += stamp;
    out += {' ', static_cast<char>('0' + (priority & 7)), ' '};
    out += source;
    append_escaped(out, text);
    out += '\n';
}

std::optional<Span> parse_log_stamp(std::string_view line) {
    if (line.size() < stamp_size || line[10] != 'T' || line[26] != 'Z') return std::nullopt;
    auto number = [&](size_t at, size_t size) { return parse_number<int>(line.substr(at, size)); };
    auto year = number(0, 4), month = number(5, 2), day = number(8, 2), hour = number(11, 2),
         minute = number(14, 2), second = number(17, 2), rest = number(20, 6);
    if (!year || !month || !day || !hour || !minute || !second || !rest) return std::nullopt;
    using namespace std::chrono;
    year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return duration_cast<Span>(sys_days(date).time_since_epoch()) + hours(*hour) +
           minutes(*minute) + seconds(*second) + microseconds(*rest);
}

std::optional<LogLine> parse_log_line(std::string_view line) {
    auto realtime = parse_log_stamp(line);
    if (!realtime || line.size() < stamp_size + 3) return std::nullopt;
    auto priority = parse_number<int>(line.substr(stamp_size + 1, 1));
    auto rest = line.substr(stamp_size + 3);
    size_t end = rest.find(": ");
    if (!priority || *priority > 7 || end == std::string_view::npos) return std::nullopt;
    LogLine parsed{*realtime, *priority, {}, 0, unescape(rest.substr(end + 2))};
    auto source = rest.substr(0, end);
    size_t bracket = source.rfind('[');
    if (source.ends_with(']') && bracket != std::string_view::npos) {
        auto pid = parse_number<pid_t>(source.substr(bracket + 1, source.size() - bracket - 2));
        if (pid) {
            parsed.pid = *pid;
            source = source.substr(0, bracket);
        }
    }
    parsed.identifier = source;
    return parsed;
}

int take_priority(std::string_view& text, int fallback) {
    if (text.size() < 3 || text[0] != '<' || text[2] != '>') return fallback;
    if (text[1] < '0' || text[1] > '7') return fallback;
    int priority = text[1] - '0';
    text.remove_prefix(3);
    return priority;
}

void LineSplitter::emit(std::string_view last_part, const Each& each) {
    if (pending_.empty()) return each(last_part);
    pending_ += last_part;
    std::string line;
    line.swap(pending_);
    each(line);
}

void LineSplitter::feed(std::string_view data, const Each& each) {
    while (!data.empty()) {
        size_t end = data.find('\n');
        auto part = data.substr(0, end);
        size_t room = longest_line - pending_.size();
        if (part.size() > room) {
            emit(part.substr(0, room), each);
            data.remove_prefix(room);
        } else if (end == std::string_view::npos) {
            pending_ += part;
            return;
        } else {
            emit(part, each);
            data.remove_prefix(end + 1);
        }
    }
}

void LineSplitter::finish(const Each& each) {
    if (!pending_.empty()) emit({}, each);
}

} // namespace sctl
