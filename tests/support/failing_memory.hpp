// Allocations that fail: the program's operator new counts down, and throws once, or as often as
// is asked for. Of all that is allocated by this thread of the test; what uses it must be done with
// before anything is reported.
#pragma once

#include <cstddef>

class FailingMemory {
  public:
    // The next allocation but `position` - 1 fails, and so do those after it, `count` in all.
    explicit FailingMemory(size_t position, size_t count = 1);
    ~FailingMemory() { stop(); }
    FailingMemory(const FailingMemory&) = delete;
    FailingMemory& operator=(const FailingMemory&) = delete;

    void stop();
    // What the last one had still to go when it was stopped.
    [[nodiscard]] static size_t left();
    // Whether that many allocations were made.
    [[nodiscard]] static bool has_failed();
};
