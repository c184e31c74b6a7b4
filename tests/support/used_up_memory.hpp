// While it lives a template may use no memory: what makes a value or a string fails with
// MemoryError, also where nothing is rendered.
#pragma once

#include "template/value.hpp"

class UsedUpMemory {
  public:
    UsedUpMemory() : before_(sctl::jinja::bounds) {
        sctl::jinja::bounds.memory = 1;
        sctl::jinja::bounds.memory_at_once = 0;
        try {
            sctl::jinja::charge(uint64_t{1} << 24); // from here on each byte is looked at
        } catch (const sctl::jinja::PythonError&) {
        }
    }
    ~UsedUpMemory() { sctl::jinja::bounds = before_; }
    UsedUpMemory(const UsedUpMemory&) = delete;
    UsedUpMemory& operator=(const UsedUpMemory&) = delete;

  private:
    sctl::jinja::Bounds before_;
};
