#include "os/owner_tags.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace sctl {
namespace {

// Tags of a manager that has no limit itself are multiples of this; those of a manager inside one
// of its services lie between, and are rounded to that service's.
constexpr uint64_t tag_step = uint64_t{1} << 32;
constexpr uint64_t greatest_rss = uint64_t{1} << 62;

uint64_t own_hard_limit(__rlimit_resource resource) {
    rlimit limit{};
    return getrlimit(resource, &limit) == 0 ? limit.rlim_max : RLIM_INFINITY;
}

} // namespace

OwnerTags::OwnerTags() : OwnerTags({own_hard_limit(RLIMIT_LOCKS), own_hard_limit(RLIMIT_RSS)}) {}

// Where RLIMIT_RSS begins to count down.
uint64_t OwnerTags::top_rss() const noexcept {
    return std::min(own_.rss, greatest_rss);
}

ProcessTag OwnerTags::tag_of(OwnerId owner) const noexcept {
    uint64_t top = top_rss();
    bool outermost = own_.locks == RLIM_INFINITY;
    uint64_t less = outermost ? owner * tag_step : tag_step - 1 - owner;
    return {outermost ? owner * tag_step : own_.locks - owner,
            less < top ? top - less : RLIM_INFINITY};
}

std::array<uint64_t, 2> OwnerTags::candidates(const ProcessTag& tag) const noexcept {
    return {owner_by_rss(tag.rss), owner_by_locks(tag.locks)};
}

uint64_t OwnerTags::owner_by_locks(uint64_t locks) const noexcept {
    if (locks == 0 || locks >= own_.locks) return 0; // our own, as nothing has set it
    return own_.locks == RLIM_INFINITY ? (locks - 1) / tag_step + 1 : own_.locks - locks;
}

uint64_t OwnerTags::owner_by_rss(uint64_t rss) const noexcept {
    uint64_t top = top_rss();
    if (rss >= top) return 0;
    uint64_t less = top - rss;
    if (own_.locks == RLIM_INFINITY) return less / tag_step;
    return less < tag_step ? tag_step - 1 - less : 0;
}

} // namespace sctl
