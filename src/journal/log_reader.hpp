// Reading what the capture process has stored: the lines of one unit or of many, merged by time,
// across rotated files and both log directories; and those that come while one waits. Needs no
// manager and asks none: a user who may read the files may read the log.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "journal/log_format.hpp"
#include "journal/log_line.hpp"
#include "journal/log_lines.hpp"

namespace sctl {

struct LogQuery {
    std::vector<std::string> units;       // full names or patterns; none: all units
    std::vector<std::string> identifiers; // none: all
    Span since{};                         // zero: from the beginning
    Span until = infinity;
    unsigned priorities = 0xff; // a bit for each

    [[nodiscard]] bool matches(const LogLine& line) const;
    [[nodiscard]] bool matches_unit(std::string_view file_name) const;
};

class LogReader {
  public:
    // Takes in which files there are and how long they are now; later lines are follow()'s.
    LogReader(const Root& root, LogQuery query);

    [[nodiscard]] size_t readable_files() const noexcept { return readable_; }
    // That the caller has no permission for.
    [[nodiscard]] size_t denied_files() const noexcept { return denied_; }

    // The newest `count` lines, oldest first.
    [[nodiscard]] std::vector<LogLine> last(size_t count) const;
    // All lines in order of time, until `visit` returns false.
    void each(Direction direction, const std::function<bool(const LogLine&)>& visit) const;

  private:
    friend class LogFollower;
    // The files of one unit in one directory, newest first.
    using Chain = std::vector<LogFileMark>;

    void add_unit(const std::string& path);
    [[nodiscard]] bool is_past(Direction direction, const LogLine& line) const;

    Root root_;
    LogQuery query_;
    std::vector<Chain> chains_;
    size_t readable_ = 0, denied_ = 0;
};

// What is appended after a LogReader has looked, by inotify(7).
class LogFollower {
  public:
    explicit LogFollower(const LogReader& reader);
    // Readable when there may be new lines; -1 where inotify cannot be had.
    [[nodiscard]] int descriptor() const noexcept { return inotify_.get(); }
    // Whole lines since the last call, of one call sorted by time. Never blocks.
    [[nodiscard]] std::vector<LogLine> read_new();

  private:
    void watch_directories();
    std::vector<std::string> changed_files();
    void read_file_on(const std::string& path, std::vector<LogLine>& lines);
    static off_t read_range(const LogFileMark& mark, off_t from, std::vector<LogLine>& lines);

    Root root_;
    LogQuery query_;
    UniqueFd inotify_;
    bool look_anew_ = true;              // at all files: at first, for what came before we watched
    std::map<int, std::string> watched_; // by watch descriptor
    std::map<std::string, LogFileMark> read_up_to_;
};

// For `status`: the newest `count` lines about `unit`, oldest first, in this style of
// journalctl's, none older than `since` (zero: all). None where the caller may not read them.
[[nodiscard]] std::vector<std::string> last_unit_lines(const Root& root, std::string_view unit,
                                                       size_t count, Span since,
                                                       LogStyle style = LogStyle::Short);

} // namespace sctl
