// Lines of the log as journalctl(1) prints them (-o). Times are in the local zone unless UTC is
// asked for. Colours that a program wrote are taken out; of a text that is not printable even then
// only the length is shown, unless all is asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "journal/log_line.hpp"

namespace sctl {

enum class LogStyle : uint8_t {
    Short,           // Nov 22 15:27:57 host nginx[12]: text
    ShortPrecise,    // Nov 22 15:27:57.123456 ...
    ShortIso,        // 2026-11-22T15:27:57+0000 ...
    ShortIsoPrecise, // 2026-11-22T15:27:57.123456+0000 ...
    ShortFull,       // Sun 2026-11-22 15:27:57 UTC ...
    ShortUnix,       // 1795361277.123456 ...
    Cat,             // text
    Json,            // {"MESSAGE":"text",...}, as far as the fields are known
    JsonPretty,
    JsonSse,
    JsonSeq
};

// "short", "short-iso", "cat", ...
[[nodiscard]] std::optional<LogStyle> log_style_from(std::string_view name);

struct LogFormat {
    LogStyle style = LogStyle::Short;
    std::string host; // empty: left out
    bool utc = false;
    bool show_all = false;
};

// Without a line end.
[[nodiscard]] std::string format_log_line(const LogLine& line, const LogFormat& format);
[[nodiscard]] std::string host_name();

} // namespace sctl
