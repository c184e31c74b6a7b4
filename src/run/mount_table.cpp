#include "run/mount_table.hpp"

#include <fcntl.h>

#include <utility>

#include "base/files.hpp"
#include "base/log.hpp"

namespace sctl {
namespace {

constexpr const char* mount_list = "/proc/self/mountinfo";
constexpr size_t longest_list = 64u << 20;
constexpr Span window = 1s;
constexpr unsigned most_reads = 5; // in a window

bool is_same(const Mount& x, const Mount& y) {
    return x.what == y.what && x.type == y.type && x.options == y.options && x.root == y.root;
}

} // namespace

Result<void> MountTable::open() {
    fd_.reset(::open(mount_list, O_RDONLY | O_CLOEXEC));
    if (!fd_) return errno_error(mount_list);
    auto watch = loop_.watch(fd_.get(), EPOLLPRI, [this](uint32_t) { kernel_tells(); });
    if (!watch) return watch.error();
    watch_ = std::move(*watch);
    if (!read()) return {};
    std::vector<std::string> points;
    for (const auto& [point, mount] : mounts_) {
        early_.insert(point);
        points.push_back(point);
    }
    changed_(points);
    return {};
}

const Mount* MountTable::at(std::string_view point) const {
    auto found = mounts_.find(point);
    return found == mounts_.end() ? nullptr : &found->second;
}

void MountTable::kernel_tells() {
    Span now = monotonic_now();
    if (now - window_start_ >= window) {
        window_start_ = now;
        reads_in_window_ = 0;
    }
    if (++reads_in_window_ <= most_reads) return refresh();
    ignore_error(watch_.modify(0));
    pause_.arm(window_start_ + window);
}

void MountTable::go_on() {
    ignore_error(watch_.modify(EPOLLPRI));
    refresh();
}

void MountTable::refresh() {
    auto before = mounts_;
    if (!read()) return;
    std::vector<std::string> points;
    for (const auto& [point, mount] : mounts_) {
        auto old = before.find(point);
        if (old == before.end() || !is_same(old->second, mount)) points.push_back(point);
    }
    for (const auto& [point, mount] : before) {
        if (mounts_.contains(point)) continue;
        early_.erase(point);
        points.push_back(point);
    }
    if (!points.empty()) changed_(points);
}

// Whether the list is another one. One that cannot be read, for the moment, counts as unchanged.
bool MountTable::read() {
    if (!fd_) return false;
    auto text = read_virtual_file(mount_list, longest_list);
    if (!text) {
        log_warning("Failed to read what is mounted: ", text.error().text);
        return false;
    }
    if (*text == text_) return false;
    std::map<std::string, Mount, std::less<>> mounts;
    for (auto& mount : mounts_of(*text)) {
        auto point = mount.point;
        mounts.insert_or_assign(std::move(point), std::move(mount));
    }
    text_ = std::move(*text);
    mounts_ = std::move(mounts);
    return true;
}

} // namespace sctl
