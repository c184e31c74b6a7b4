#include "journal/backlog.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace sctl {
namespace {

constexpr size_t head_size = 4096;
constexpr size_t kept_pages = 64 << 10; // of an empty ring

} // namespace

// The numbers count bytes since the start. Another process reads them after this one was killed
// between any two instructions: what is not in the ring yet is not counted yet.
struct Backlog::Head {
    std::atomic<uint64_t> begin, end, lines_in_hand;
};

Result<UniqueFd> Backlog::make_memory() {
    UniqueFd memory(memfd_create("sctl-backlog", MFD_CLOEXEC));
    if (!memory) return errno_error("memfd_create");
    if (ftruncate(memory.get(), head_size + capacity) < 0) return errno_error("ftruncate");
    return memory;
}

Backlog::Backlog(int memory) {
    if (memory >= 0 && map(memory)) return;
    auto made = make_memory();
    if (!made) return;
    own_memory_ = std::move(*made);
    map(own_memory_.get());
}

bool Backlog::map(int memory) noexcept {
    struct stat found {};
    // An access behind the end of a file would be a signal.
    bool fits = fstat(memory, &found) == 0 && S_ISREG(found.st_mode) &&
                found.st_size == static_cast<off_t>(head_size + capacity);
    if (!fits) return false;
    constexpr int access = PROT_READ | PROT_WRITE;
    void* place = mmap(nullptr, head_size + 2 * capacity, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) return false;
    char* start = static_cast<char*>(place);
    void* once = mmap(start, head_size + capacity, access, MAP_SHARED | MAP_FIXED, memory, 0);
    void* again = mmap(start + head_size + capacity, capacity, access, MAP_SHARED | MAP_FIXED,
                       memory, head_size);
    if (once == MAP_FAILED || again == MAP_FAILED) {
        munmap(place, head_size + 2 * capacity);
        return false;
    }
    memory_ = memory;
    head_ = reinterpret_cast<Head*>(start);
    ring_ = start + head_size;
    uint64_t begin = head_->begin, end = head_->end;
    if (end < begin || end - begin > capacity) head_->begin = head_->end = 0;
    most_ = size();
    return true;
}

Backlog::~Backlog() {
    if (head_) munmap(head_, head_size + 2 * capacity);
}

bool Backlog::append(std::string_view text) noexcept {
    if (!head_ || text.size() > capacity - size()) return false;
    uint64_t end = head_->end;
    memcpy(ring_ + end % capacity, text.data(), text.size());
    head_->end = end + text.size();
    most_ = std::max(most_, size());
    return true;
}

std::string_view Backlog::text() const noexcept {
    if (!head_) return {};
    uint64_t begin = head_->begin;
    return {ring_ + begin % capacity, static_cast<size_t>(head_->end - begin)};
}

void Backlog::remove_front(size_t count) noexcept {
    if (!head_) return;
    head_->begin += std::min(count, size());
    if (size() == 0) give_back();
}

// From the start again: so an idle ring has the same few pages. A process that is killed between
// the two finds the numbers the wrong way round, and begins with an empty ring as well.
void Backlog::give_back() noexcept {
    if (most_ > kept_pages)
        fallocate(memory_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, head_size, capacity);
    most_ = 0;
    head_->end = 0;
    head_->begin = 0;
}

uint64_t Backlog::lines_in_hand() const noexcept {
    return head_ ? head_->lines_in_hand.load() : 0;
}

void Backlog::set_lines_in_hand(uint64_t count) noexcept {
    if (head_) head_->lines_in_hand = count;
}

} // namespace sctl
