#include "journal/record.hpp"

#include <endian.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/text.hpp"
#include "journal/log_line.hpp"

namespace sctl {
namespace {

constexpr size_t most_records = 64;  // of a datagram
constexpr size_t most_fields = 1024; // of a record, as journald has it
constexpr size_t longest_field_name = 64;
constexpr int priority_mask = 7; // the rest of syslog's number is the facility

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// "<30>", one to three digits.
void take_syslog_priority(std::string_view& text, Record& record) {
    size_t end = text.find('>');
    if (!text.starts_with('<') || end == std::string_view::npos || end < 2 || end > 4) return;
    auto number = parse_number<unsigned>(text.substr(1, end - 1));
    if (!number) return;
    record.add("PRIORITY", cat(*number & priority_mask));
    record.add("SYSLOG_FACILITY", cat(*number >> 3));
    text.remove_prefix(end + 1);
}

// "Nov 22 15:27:57 ". The time of the arrival is taken instead: it is ours, and has microseconds.
void skip_syslog_timestamp(std::string_view& text) {
    constexpr std::string_view pattern = "aaa _0 _0:00:00 ";
    if (text.size() < pattern.size()) return;
    for (size_t i = 0; i < pattern.size(); ++i) {
        char c = text[i];
        bool fits = pattern[i] == 'a'   ? is_letter(c)
                    : pattern[i] == '0' ? is_digit(c)
                    : pattern[i] == '_' ? is_digit(c) || c == ' '
                                        : c == pattern[i];
        if (!fits) return;
    }
    text.remove_prefix(pattern.size());
}

// "cron[12]: "
void take_syslog_identifier(std::string_view& text, Record& record) {
    auto rest = trim_start(text);
    size_t end = std::min(rest.find_first_of(whitespace), rest.size());
    if (end == 0 || rest[end - 1] != ':') return;
    auto source = rest.substr(0, end - 1);
    size_t bracket = source.rfind('[');
    if (source.ends_with(']') && bracket != std::string_view::npos) {
        record.add("SYSLOG_PID", source.substr(bracket + 1, source.size() - bracket - 2));
        source = source.substr(0, bracket);
    }
    record.add("SYSLOG_IDENTIFIER", source);
    text = rest.substr(std::min(end + 1, rest.size())); // one blank belongs to the separator
}

// Names with an underscore in front are journald's own.
bool is_name_for_programs(std::string_view name) {
    if (name.empty() || name.size() > longest_field_name || is_digit(name[0]) || name[0] == '_')
        return false;
    return std::ranges::all_of(
        name, [](char c) { return is_digit(c) || c == '_' || (c >= 'A' && c <= 'Z'); });
}

// The value that stands behind "NAME\n" with its size; nothing where it is not all there.
std::optional<std::string_view> take_sized_value(std::string_view& text) {
    uint64_t size;
    if (text.size() < sizeof size) return std::nullopt;
    memcpy(&size, text.data(), sizeof size);
    size = le64toh(size);
    text.remove_prefix(sizeof size);
    if (text.size() <= size || text[size] != '\n') return std::nullopt;
    auto value = text.substr(0, size);
    text.remove_prefix(size + 1);
    return value;
}

// The fields up to an empty line. False where the rest cannot be read.
bool take_native_record(std::string_view& text, Record& record) {
    for (size_t count = 0; !text.empty() && count < most_fields; ++count) {
        size_t end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty()) return true;
        if (line[0] == '.' || line[0] == '#') continue; // a command, a comment
        size_t equals = line.find('=');
        auto name = line.substr(0, equals);
        std::optional<std::string_view> value;
        if (equals == std::string_view::npos)
            value = take_sized_value(text);
        else
            value = line.substr(equals + 1);
        if (!value) return false;
        if (is_name_for_programs(name)) record.add(name, *value);
    }
    return true;
}

} // namespace

void Record::add(std::string_view name, std::string_view value) {
    fields_.emplace_back(name, value);
}

std::string_view Record::operator[](std::string_view name) const {
    for (const auto& field : fields_) {
        if (field.first == name) return field.second;
    }
    return {};
}

int Record::priority() const {
    auto number = parse_number<int>((*this)["PRIORITY"]);
    return number && *number >= 0 && *number <= priority_mask ? *number : default_priority;
}

Record parse_syslog_record(std::string_view datagram) {
    Record record;
    auto text = datagram;
    while (!text.empty() &&
           (text.back() == '\0' || whitespace.find(text.back()) != std::string_view::npos))
        text.remove_suffix(1);
    text = trim_start(text);
    if (text.empty()) return record;
    take_syslog_priority(text, record);
    skip_syslog_timestamp(text);
    take_syslog_identifier(text, record);
    record.add("MESSAGE", text);
    return record;
}

std::vector<Record> parse_native_records(std::string_view datagram) {
    std::vector<Record> records;
    bool more = true;
    while (more && !datagram.empty() && records.size() < most_records) {
        Record record;
        more = take_native_record(datagram, record);
        if (!record.empty()) records.push_back(std::move(record));
    }
    return records;
}

} // namespace sctl
