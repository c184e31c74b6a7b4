#include "os/child_lists.hpp"

#include <unistd.h>

#include "base/log.hpp"

namespace sctl {

std::vector<pid_t> ChildLists::take_new(bool some_expected) {
    if (has_lists_) {
        auto children = own_.read_new();
        bool missing_some = children && own_.was_empty() && some_expected;
        if (children && !missing_some) return std::move(children).value();
        do_without(children ? "it is empty" : children.error().text);
    }
    read_all_processes();
    auto children = children_of(getpid());
    std::erase_if(children, [this](pid_t pid) { return !seen_.insert(pid).second; });
    return children;
}

void ChildLists::forget(pid_t reaped) {
    own_.forget(reaped);
    seen_.erase(reaped);
}

std::vector<pid_t> ChildLists::children_of(pid_t pid) const {
    std::vector<pid_t> children;
    if (has_lists_) {
        ignore_error(append_children(pid, children)); // it may have ended: then it has none
        return children;
    }
    auto found = by_parent_.find(pid);
    if (found != by_parent_.end()) children = found->second;
    return children;
}

void ChildLists::do_without(std::string_view why) {
    has_lists_ = false;
    log_warning("The list of our child processes cannot be read: ", why,
                "; going over all of /proc instead");
}

void ChildLists::read_all_processes() {
    by_parent_.clear();
    auto processes = all_processes();
    if (!processes) return;
    for (pid_t pid : *processes) {
        if (auto stat = read_process_stat(pid)) by_parent_[stat->parent].push_back(pid);
    }
}

} // namespace sctl
