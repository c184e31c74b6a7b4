#include "run/file_watcher.hpp"

#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace sctl {

Result<int> FileWatcher::Listener::watch(const std::string& path, uint32_t what) {
    FileWatcher& all = watcher_;
    if (!all.inotify_) {
        UniqueFd inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (!inotify) return errno_error("inotify_init1");
        auto readable =
            all.loop_.watch(inotify.get(), EPOLLIN, [&all](uint32_t) { all.read_changes(); });
        if (!readable) return readable.error();
        all.readable_ = *std::move(readable);
        all.inotify_ = std::move(inotify);
    }
    // Room first: a watch that nobody knows would never go.
    watches_.reserve(watches_.size() + 1);
    int watch = inotify_add_watch(all.inotify_.get(), path.c_str(), what | IN_MASK_ADD);
    if (watch < 0) return errno_error(path);
    auto& listeners = all.listeners_[watch];
    if (std::ranges::find(listeners, this) == listeners.end()) {
        listeners.push_back(this);
        watches_.push_back(watch);
    }
    return watch;
}

void FileWatcher::Listener::unwatch() noexcept {
    for (int watch : watches_) {
        auto found = watcher_.listeners_.find(watch);
        if (found == watcher_.listeners_.end()) continue;
        std::erase(found->second, this);
        if (!found->second.empty()) continue;
        inotify_rm_watch(watcher_.inotify_.get(), watch);
        watcher_.listeners_.erase(found);
    }
    watches_.clear();
}

// Each listener is told all before it does anything for it, as that changes what is watched.
void FileWatcher::read_changes() {
    alignas(inotify_event) std::array<char, 16 << 10> buffer;
    std::vector<Listener*> told;
    ssize_t got = read(inotify_.get(), buffer.data(), buffer.size());
    for (size_t at = 0; got > 0 && at < static_cast<size_t>(got);) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        at += offsetof(inotify_event, name) + event->len;
        // The name is filled up with zeros.
        std::string_view name = event->len > 0 ? std::string_view(event->name) : "";
        tell(event->wd, event->mask, name, told);
    }
    for (Listener* listener : told) {
        listener->is_told_ = false;
        listener->changes_told();
    }
}

void FileWatcher::tell(int watch, uint32_t what, std::string_view name,
                       std::vector<Listener*>& told) {
    auto tell_one = [&](Listener* listener, int number) {
        if (!listener->is_told_) told.push_back(listener);
        listener->is_told_ = true;
        listener->file_changed(number, what, name);
    };
    if (what & IN_Q_OVERFLOW) {
        for (const auto& [number, listeners] : listeners_)
            for (Listener* listener : listeners) tell_one(listener, number);
        return;
    }
    auto found = listeners_.find(watch);
    if (found == listeners_.end()) return;
    for (Listener* listener : found->second) tell_one(listener, watch);
    // What is gone has no watch any more, and its number may be another's next.
    if (what & IN_IGNORED) {
        for (Listener* listener : found->second) std::erase(listener->watches_, watch);
        listeners_.erase(found);
    }
}

} // namespace sctl
