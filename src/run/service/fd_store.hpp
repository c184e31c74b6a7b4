// Descriptors that a service has given to its manager (sd_notify(3), FDSTORE=1), to find them again
// after a restart. One that has come to its end (EPOLLHUP, EPOLLERR) is given up, unless the
// service said that it is not to be watched.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "os/event_loop.hpp"
#include "run/open_files.hpp"

namespace sctl {

class FdStore {
  public:
    explicit FdStore(EventLoop& loop) : loop_(loop) {}

    // EXFULL where `most` are there already. One that is there already is closed.
    [[nodiscard]] Result<void> add(UniqueFd fd, std::string_view name, bool is_watched,
                                   unsigned most);
    void remove(std::string_view name);
    void clear() { stored_.clear(); }
    [[nodiscard]] size_t size() const { return stored_.size(); }
    // Copies of all, the newest first.
    [[nodiscard]] Result<void> pass(PassedFiles& passed) const;

  private:
    struct Stored {
        UniqueFd fd;
        std::string name;
        Watch watch; // stops before the descriptor is closed
    };

    EventLoop& loop_;
    std::list<Stored> stored_;
};

} // namespace sctl
