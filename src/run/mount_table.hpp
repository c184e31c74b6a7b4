// What is mounted, as long as the manager runs: the kernel tells of each change of
// /proc/self/mountinfo (proc(5)), and the list is read anew. Where changes come too fast it is read
// a few times a second.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "os/event_loop.hpp"
#include "os/mounts.hpp"

namespace sctl {

class MountTable {
  public:
    // `changed` is told of places at which something else, or nothing, is mounted now.
    MountTable(EventLoop& loop, std::function<void(const std::vector<std::string>& points)> changed)
        : loop_(loop), changed_(std::move(changed)), pause_(loop, [this] { go_on(); }) {}
    MountTable(const MountTable&) = delete;
    MountTable& operator=(const MountTable&) = delete;

    // Reads the list and watches it. What is mounted now was there before us.
    [[nodiscard]] Result<void> open();
    // Reads it at once, whatever the kernel has told: before the end of a mount(8) is looked at.
    void refresh();
    // The uppermost one; null where none is.
    [[nodiscard]] const Mount* at(std::string_view point) const;
    // Whether it was there before us, and has been ever since.
    [[nodiscard]] bool is_early(std::string_view point) const {
        return early_.find(point) != early_.end();
    }

  private:
    void kernel_tells();
    void go_on();
    [[nodiscard]] bool read();

    EventLoop& loop_;
    std::function<void(const std::vector<std::string>&)> changed_;
    UniqueFd fd_; // of the list: changes are told to who has it open
    Watch watch_;
    OwnedTimer pause_;
    Span window_start_{};
    unsigned reads_in_window_ = 0;
    std::string text_;                                 // as last read
    std::map<std::string, Mount, std::less<>> mounts_; // by place
    std::set<std::string, std::less<>> early_;
};

} // namespace sctl
