// The tags by which an owner's processes are known (ProcessTag): its number, in two limits that the
// kernel does not use any more, that every descendant inherits and anyone can read in
// /proc/PID/limits. Of a greater number RLIMIT_LOCKS is greater and RLIMIT_RSS smaller. A process
// can lower both, and raise none: so it cannot take another owner's tag, and one that changes
// RLIMIT_LOCKS is known by the other.
#pragma once

#include <array>

#include "os/owner.hpp"
#include "os/process.hpp"

namespace sctl {

class OwnerTags {
  public:
    // Our own process may have a tag, below a manager of the same kind: then ours lie between its.
    OwnerTags();
    explicit OwnerTags(const ProcessTag& own) noexcept : own_(own) {}

    [[nodiscard]] ProcessTag tag_of(OwnerId owner) const noexcept;
    // The owners that RLIMIT_RSS and RLIMIT_LOCKS alone would mean, whether there are such or not;
    // 0 for a limit that says nothing. The former counts first: nobody lowers it by chance.
    [[nodiscard]] std::array<uint64_t, 2> candidates(const ProcessTag& tag) const noexcept;

  private:
    [[nodiscard]] uint64_t top_rss() const noexcept;
    [[nodiscard]] uint64_t owner_by_locks(uint64_t locks) const noexcept;
    [[nodiscard]] uint64_t owner_by_rss(uint64_t rss) const noexcept;

    ProcessTag own_; // infinite where we have none
};

} // namespace sctl
