// The way out of the room for what is thrown in it: each function that others call, and that makes
// values or goes through them, ends it here.
#pragma once

#include "base/result.hpp"

namespace sctl::jinja {

// In a handler, "catch (...)": the Error that tells of a PythonError, "MemoryError: the template
// uses too much memory", or of memory that ran out. Anything else is thrown on.
[[nodiscard]] Error thrown_error();

// The Result of the work, or what it threw.
template <class T, class Work>
Result<T> guarded(Work work) {
    try {
        return work();
    } catch (...) {
        return thrown_error();
    }
}

} // namespace sctl::jinja
