// One line of a unit's log file, as text and as a value; docs/formats.md has the format:
//
//   2026-11-22T15:27:57.123456Z 6 nginx[12]: text
//
// Times are in UTC, so that lines sort as text. Control characters are written \xNN, and a
// backslash only where an x follows, so that nothing is lost and grep finds what was logged.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace sctl {

inline constexpr int default_priority = 6; // of a line that does not name one: info

struct LogLine {
    Span realtime{};
    int priority = default_priority; // syslog(3)'s numbers
    std::string identifier;
    pid_t pid = 0;    // 0: not known
    std::string text; // without its line end
    bool operator==(const LogLine&) const = default;
};

// "2026-11-22T15:27:57.123456Z"
[[nodiscard]] std::string format_log_stamp(Span realtime);
// "nginx[12]: ", without the number where it is 0; blanks in the identifier become '_'.
[[nodiscard]] std::string format_log_source(std::string_view identifier, pid_t pid);
// Appends "STAMP PRIORITY SOURCEtext\n" with `text` escaped.
void append_log_line(std::string& out, std::string_view stamp, int priority,
                     std::string_view source, std::string_view text);

// Nothing for what is no line of ours: half a line after a crash, a file edited by hand.
[[nodiscard]] std::optional<LogLine> parse_log_line(std::string_view line);
// Only its time: for those who look for a place in a file.
[[nodiscard]] std::optional<Span> parse_log_stamp(std::string_view line);

// Takes "<3>" off the start of `text` (sd-daemon(3)) and returns 3; else `fallback`.
[[nodiscard]] int take_priority(std::string_view& text, int fallback = default_priority);

// Cuts what a stream yields into lines. Memory is held only while a line is not whole; a line that
// is longer than `longest_line` is handed out in pieces.
class LineSplitter {
  public:
    static constexpr size_t longest_line = 48 << 10; // journald.conf(5), LineMax=
    using Each = std::function<void(std::string_view line)>;

    void feed(std::string_view data, const Each& each);
    // The stream has ended: what it left is a line too.
    void finish(const Each& each);
    // Whether it holds a line that is not whole.
    [[nodiscard]] bool has_part() const noexcept { return !pending_.empty(); }

  private:
    void emit(std::string_view last_part, const Each& each);

    std::string pending_;
};

} // namespace sctl
