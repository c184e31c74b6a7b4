#include "run/service/fd_store.hpp"

#include <linux/kcmp.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sctl {
namespace {

// Whether both are one open file. Where the kernel cannot tell, different numbers are different.
bool is_same_file(int one, int other) {
    struct stat first {
    }, second{};
    if (fstat(one, &first) < 0 || fstat(other, &second) < 0) return false;
    if (first.st_dev != second.st_dev || first.st_ino != second.st_ino) return false;
    return syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, one, other) == 0;
}

} // namespace

Result<void> FdStore::add(UniqueFd fd, std::string_view name, bool is_watched, unsigned most) {
    if (stored_.size() >= most) return errno_error("descriptor", EXFULL);
    for (const auto& each : stored_)
        if (is_same_file(each.fd.get(), fd.get())) return {};
    auto& added = stored_.emplace_front();
    auto place = stored_.begin();
    try {
        added.name = name;
        if (is_watched) {
            // What cannot be watched, as a regular file, has no end either.
            auto watch =
                loop_.watch(fd.get(), EPOLLERR, [this, place](uint32_t) { stored_.erase(place); });
            if (watch) added.watch = std::move(*watch);
        }
    } catch (...) {
        stored_.erase(place);
        throw;
    }
    added.fd = std::move(fd);
    return {};
}

void FdStore::remove(std::string_view name) {
    std::erase_if(stored_, [&](const Stored& each) { return each.name == name; });
}

Result<void> FdStore::pass(PassedFiles& passed) const {
    for (const auto& each : stored_) {
        if (auto added = passed.add_copy(each.fd.get(), each.name); !added) return added;
    }
    return {};
}

} // namespace sctl
