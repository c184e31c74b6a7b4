// The lines of one log file, from its start or from its end, read in small blocks: the last ten
// lines of a big file cost one read. No descriptor is held between blocks, so that any number of
// files can be merged; a file that is rotated meanwhile is found again under its other name.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "journal/log_line.hpp"

namespace sctl {

enum class Direction : uint8_t { Forward, Backward };

// A file as it was at one moment: what is appended later is not part of it.
struct LogFileMark {
    std::string path;
    ino_t inode = 0;
    off_t size = 0;
};

// Nothing where there is no such file.
[[nodiscard]] std::optional<LogFileMark> mark_log_file(const std::string& path);
// Bytes of a marked file, fewer at its end; empty where it is gone or cannot be read.
[[nodiscard]] std::string read_log_block(const LogFileMark& mark, off_t from, size_t size);

class LogLines {
  public:
    LogLines(LogFileMark mark, Direction direction);
    // Nothing at the end. What is no line of ours is skipped, and so is one not yet whole.
    [[nodiscard]] std::optional<LogLine> next();

  private:
    std::optional<std::string_view> next_forward();
    std::optional<std::string_view> next_backward();
    bool load_before();

    LogFileMark mark_;
    Direction direction_;
    std::string buffer_;
    size_t at_ = 0; // where the part of buffer_ begins (Forward) or ends (Backward) that is left
    off_t edge_;    // up to here (Forward), or from here on (Backward), buffer_ was filled
    size_t block_size_;
    bool at_tail_ = true; // Backward: the last line's end is not found yet
};

} // namespace sctl
