#include "failing_memory.hpp"

#include <cstdlib>
#include <new>

namespace {

size_t countdown = 0; // 0: nothing fails
size_t to_fail = 0;
size_t left_over = 0;
bool failed = false;

} // namespace

FailingMemory::FailingMemory(size_t position, size_t count) {
    failed = false;
    to_fail = count;
    countdown = position;
}

void FailingMemory::stop() {
    if (countdown > 0) left_over = countdown;
    countdown = 0;
}

size_t FailingMemory::left() {
    return left_over;
}

bool FailingMemory::has_failed() {
    return failed;
}

void* operator new(size_t size) {
    if (countdown > 0 && --countdown == 0) {
        failed = true;
        if (--to_fail > 0) countdown = 1;
        throw std::bad_alloc();
    }
    void* memory = malloc(size > 0 ? size : 1);
    if (!memory) throw std::bad_alloc();
    return memory;
}

// Of libraries: what one form has made, the other frees.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
    return malloc(size > 0 ? size : 1);
}

void operator delete(void* memory) noexcept {
    free(memory);
}

void operator delete(void* memory, size_t) noexcept {
    free(memory);
}
