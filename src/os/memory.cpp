#include "os/memory.hpp"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

// The linker's: where the program begins; what a waiting init needs (resident.ld), if that script
// was used.
extern "C" const char __executable_start;
extern "C" [[gnu::weak]] const char sctl_resident_code, sctl_resident_code_end, sctl_resident_data,
    sctl_resident_data_end;

namespace sctl {
namespace {

constexpr size_t reserve_size = 64 << 10;
void* memory_reserve = nullptr;

// So that the next signal need not wait for it.
void touch(const char* begin, const char* end) noexcept {
    constexpr uintptr_t step = 65536; // what the kernel maps for one page that is touched
    auto at = reinterpret_cast<uintptr_t>(begin);
    auto last = reinterpret_cast<uintptr_t>(end);
    for (; at < last; at = (at | (step - 1)) + 1) (void)*reinterpret_cast<const volatile char*>(at);
}

} // namespace

void take_memory_reserve() noexcept {
    if (memory_reserve) return;
    memory_reserve = malloc(reserve_size);
    // Untouched pages might not be had later.
    if (memory_reserve) memset(memory_reserve, 1, reserve_size);
}

void give_memory_reserve() noexcept {
    free(memory_reserve);
    memory_reserve = nullptr;
}

void release_idle_memory() noexcept {
    malloc_trim(0);
    auto header = reinterpret_cast<const ElfW(Phdr)*>(getauxval(AT_PHDR));
    if (!header) return;
    auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    auto start = reinterpret_cast<uintptr_t>(&__executable_start);
    uintptr_t base = 0; // of a program that was not linked to where it lies
    for (auto count = getauxval(AT_PHNUM), i = 0ul; i < count; ++i) {
        if (header[i].p_type == PT_LOAD && header[i].p_offset == 0)
            base = start - header[i].p_vaddr;
    }
    for (auto count = getauxval(AT_PHNUM), i = 0ul; i < count; ++i) {
        // Nothing is lost: these pages are the file's, and can never have been written to.
        if (header[i].p_type != PT_LOAD || (header[i].p_flags & PF_W)) continue;
        auto begin = (base + header[i].p_vaddr + page - 1) & ~(page - 1);
        auto end = (base + header[i].p_vaddr + header[i].p_memsz) & ~(page - 1);
        if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    touch(&sctl_resident_code, &sctl_resident_code_end);
    touch(&sctl_resident_data, &sctl_resident_data_end);
}

} // namespace sctl
