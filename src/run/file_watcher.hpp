// Changes of files and directories, by one inotify(7) descriptor for all units that want to know:
// the kernel allows few descriptors to a user, but many watches. Several may watch the same file,
// each for changes of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "os/event_loop.hpp"

namespace sctl {

class FileWatcher {
  public:
    // Who is told; what it watches is forgotten with it.
    class Listener {
      public:
        explicit Listener(FileWatcher& watcher) : watcher_(watcher) {}
        virtual ~Listener() { unwatch(); }
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;

        // `what` of the watch has changed (IN_*), of a directory perhaps what is called `name`
        // there. IN_Q_OVERFLOW: more than could be told, anywhere.
        virtual void file_changed(int watch, uint32_t what, std::string_view name) = 0;
        // All of a batch has been told.
        virtual void changes_told() = 0;

      protected:
        // The number of the watch. ENOSPC where the kernel allows no more.
        [[nodiscard]] Result<int> watch(const std::string& path, uint32_t what);
        void unwatch() noexcept;

      private:
        friend class FileWatcher;
        FileWatcher& watcher_;
        std::vector<int> watches_; // each once
        bool is_told_ = false;
    };

    explicit FileWatcher(EventLoop& loop) : loop_(loop) {}
    FileWatcher(const FileWatcher&) = delete;
    FileWatcher& operator=(const FileWatcher&) = delete;

  private:
    void read_changes();
    void tell(int watch, uint32_t what, std::string_view name, std::vector<Listener*>& told);

    EventLoop& loop_;
    UniqueFd inotify_; // from the first watch on
    Watch readable_;
    std::unordered_map<int, std::vector<Listener*>> listeners_; // by watch
};

} // namespace sctl
