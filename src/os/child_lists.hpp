// Whose child is who: by the kernel's lists (/proc/PID/task/TID/children), or, where it has none,
// by going over all of /proc.
#pragma once

#include <sys/types.h>

#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "os/process.hpp"

namespace sctl {

class ChildLists {
  public:
    explicit ChildLists(bool use_the_kernels) noexcept : has_lists_(use_the_kernels) {}

    // Our own children that have come since the last call, oldest first; some may come again.
    // `some_expected`: that there are none at all is not believed of the kernel's list.
    [[nodiscard]] std::vector<pid_t> take_new(bool some_expected);
    // To be called whenever a child of ours is reaped.
    void forget(pid_t reaped);
    // As of the last take_new() where /proc is gone over.
    [[nodiscard]] std::vector<pid_t> children_of(pid_t pid) const;

  private:
    void do_without(std::string_view why);
    void read_all_processes();

    bool has_lists_;
    ChildrenFile own_;
    std::unordered_map<pid_t, std::vector<pid_t>> by_parent_; // without lists
    std::set<pid_t> seen_;                                    // likewise, of our own
};

} // namespace sctl
