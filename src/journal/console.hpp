// Descriptor 2, written to without ever being blocked by its reader. What it does not take at
// once is kept, up to a bound; a reader that makes room within a blink gets every line however fast
// they come, one that does not loses lines, and reads how many.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "journal/backlog.hpp"
#include "os/event_loop.hpp"

namespace sctl {

// Writes `text` to `fd` in one piece of at most PIPE_BUF, or nothing where that would wait.
void write_without_waiting(int fd, std::string_view text) noexcept;

struct ConsoleLimits {
    size_t queue = 1 << 20; // bytes
    Span patience = 100ms;  // with a reader, before lines are dropped
};

class Console {
  public:
    // `fd` stays the caller's. Its flags are left alone: others share them.
    // Lines that are not written yet lie in `memory` (Backlog), where there may be some already.
    Console(EventLoop& loop, int fd, ConsoleLimits limits = {}, int memory = -1);
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    // Queues `count` whole lines and writes what can be written.
    void append(std::string_view lines, size_t count);
    // Writes what is left; waits for the reader until `deadline` at most.
    void flush(Span deadline);
    [[nodiscard]] size_t queued() const noexcept { return backlog_.size(); }
    [[nodiscard]] Backlog& backlog() noexcept { return backlog_; }

  private:
    enum class Kind : uint8_t { NonBlocking, Socket, Blocking };

    void open_own_description();
    void write_queued();
    [[nodiscard]] std::string_view next_piece() const;
    // Bytes written; 0 where it would wait; -1 where it has no reader any more.
    ssize_t write_piece(std::string_view piece) const;
    bool wait_writable(Span at_most) const;
    void wait_for_room();
    void resume_if_drained();
    void watch();

    EventLoop& loop_;
    int fd_;
    UniqueFd own_; // another open file of the same pipe or terminal, non-blocking
    Kind kind_ = Kind::Blocking;
    size_t longest_piece_;
    ConsoleLimits limits_;
    Watch watch_;
    Backlog backlog_;
    bool dropping_ = false;
    uint64_t dropped_ = 0;
};

} // namespace sctl
