// A set of pids: sorted, and small where it has few, as nearly all have.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <vector>

namespace sctl {

class PidSet {
  public:
    void insert(pid_t pid) {
        auto at = std::ranges::lower_bound(pids_, pid);
        if (at == pids_.end() || *at != pid) pids_.insert(at, pid);
    }
    // How many were erased.
    size_t erase(pid_t pid) noexcept {
        auto at = std::ranges::lower_bound(pids_, pid);
        if (at == pids_.end() || *at != pid) return 0;
        pids_.erase(at);
        return 1;
    }
    template <class Predicate>
    size_t erase_if(Predicate&& predicate) {
        return std::erase_if(pids_, predicate);
    }
    void clear() noexcept { pids_ = {}; }

    [[nodiscard]] bool contains(pid_t pid) const noexcept {
        return std::ranges::binary_search(pids_, pid);
    }
    [[nodiscard]] bool empty() const noexcept { return pids_.empty(); }
    [[nodiscard]] auto begin() const noexcept { return pids_.begin(); }
    [[nodiscard]] auto end() const noexcept { return pids_.end(); }
    [[nodiscard]] auto rbegin() const noexcept { return pids_.rbegin(); }
    [[nodiscard]] auto rend() const noexcept { return pids_.rend(); }

  private:
    std::vector<pid_t> pids_;
};

} // namespace sctl
