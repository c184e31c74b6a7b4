#include "journal/log_lines.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.hpp"
#include "journal/log_files.hpp"

namespace sctl {
namespace {

constexpr size_t first_block = 4 << 10, biggest_block = 64 << 10;
constexpr auto npos = std::string::npos;

} // namespace

std::optional<LogFileMark> mark_log_file(const std::string& path) {
    struct stat found {};
    if (lstat(path.c_str(), &found) < 0 || !S_ISREG(found.st_mode)) return std::nullopt;
    return LogFileMark{path, found.st_ino, found.st_size};
}

std::string read_log_block(const LogFileMark& mark, off_t from, size_t size) {
    for (const auto& path : {mark.path, rotated_log_file(mark.path)}) {
        UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat found {};
        if (!fd || fstat(fd.get(), &found) < 0 || found.st_ino != mark.inode) continue;
        std::string block(size, '\0');
        ssize_t got;
        do {
            got = pread(fd.get(), block.data(), size, from);
        } while (got < 0 && errno == EINTR);
        block.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
        return block;
    }
    return {};
}

LogLines::LogLines(LogFileMark mark, Direction direction)
    : mark_(std::move(mark)),
      direction_(direction),
      edge_(direction == Direction::Backward ? mark_.size : 0),
      block_size_(first_block) {}

std::optional<LogLine> LogLines::next() {
    while (true) {
        auto line = direction_ == Direction::Forward ? next_forward() : next_backward();
        if (!line) return std::nullopt;
        auto parsed = parse_log_line(*line);
        if (parsed) return parsed;
    }
}

std::optional<std::string_view> LogLines::next_forward() {
    while (true) {
        size_t end = buffer_.find('\n', at_);
        if (end != npos) {
            auto line = std::string_view(buffer_).substr(at_, end - at_);
            at_ = end + 1;
            return line;
        }
        auto left = static_cast<size_t>(std::max<off_t>(mark_.size - edge_, 0));
        auto block = read_log_block(mark_, edge_, std::min(left, block_size_));
        if (block.empty()) return std::nullopt;
        edge_ += static_cast<off_t>(block.size());
        block_size_ = std::min(block_size_ * 2, biggest_block);
        buffer_.erase(0, at_);
        buffer_ += block;
        at_ = 0;
    }
}

std::optional<std::string_view> LogLines::next_backward() {
    while (true) {
        if (at_ > 0) { // buffer_[at_ - 1] ends a line
            size_t before = at_ == 1 ? npos : buffer_.rfind('\n', at_ - 2);
            if (before != npos || edge_ == 0) {
                size_t begin = before == npos ? 0 : before + 1;
                auto line = std::string_view(buffer_).substr(begin, at_ - 1 - begin);
                at_ = begin;
                return line;
            }
        }
        if (edge_ == 0 || !load_before()) return std::nullopt;
    }
}

bool LogLines::load_before() {
    auto size = static_cast<size_t>(std::min<off_t>(edge_, static_cast<off_t>(block_size_)));
    auto block = read_log_block(mark_, edge_ - static_cast<off_t>(size), size);
    if (block.size() != size) return false;
    edge_ -= static_cast<off_t>(size);
    block_size_ = std::min(block_size_ * 2, biggest_block);
    buffer_.resize(at_);
    buffer_.insert(0, block);
    at_ = buffer_.size();
    if (at_tail_) {
        size_t end = buffer_.rfind('\n');
        at_ = end == npos ? 0 : end + 1;
        at_tail_ = end == npos;
    }
    return true;
}

} // namespace sctl
