#include "os/memory.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

// The linker's: where the program begins, and where its code ends.
extern "C" const char __executable_start, etext;

namespace sctl {

void release_idle_memory() noexcept {
    malloc_trim(0);
    // Nothing is lost: the pages are the file's, and have never been written to.
    auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    auto begin = (reinterpret_cast<uintptr_t>(&__executable_start) + page - 1) & ~(page - 1);
    auto end = reinterpret_cast<uintptr_t>(&etext) & ~(page - 1);
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

} // namespace sctl
