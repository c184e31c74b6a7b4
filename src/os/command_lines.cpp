#include "os/command_lines.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <new>
#include <optional>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "os/process.hpp"
#include "os/raw_call.hpp"
#include "os/spawn.hpp"

namespace sctl {
namespace {

constexpr Span most_time_to_read = 1s;
constexpr Span time_to_end = 100ms; // of a child that has said all
constexpr size_t most_readings = 4; // at once; others wait, within their time
constexpr size_t most_asked = 1024;
constexpr size_t most_that_hang = 64;
constexpr size_t most_files = 64;
constexpr size_t most_line = 4u << 20, most_text = 16u << 20;
constexpr int most_descriptors = 4096; // that are closed one by one, where Linux is older than 5.9
// Not a whole number of pages: its end shares one with what follows.
constexpr size_t stack_size = (16u << 10) + 1024;

// Between the stack, which grows down, and the text. A line ends where the next one begins.
struct Desk {
    std::atomic<pid_t> occupied{0}; // the kernel clears it when the child has left our memory
    std::atomic<size_t> done{0};    // of the files
    size_t count = 0;
    int event = -1;
    int files[most_files];
    int kept[most_files + 1]; // these and the event, in the order of their numbers
    size_t ends[most_files];

    [[nodiscard]] char* text() noexcept { return reinterpret_cast<char*>(this + 1); }
};
constexpr size_t room_size = stack_size + sizeof(Desk) + most_text;

// How much was read; 0 for what cannot be, or is longer than there is room for.
size_t read_line(int file, char* text, size_t room) noexcept {
    size_t size = 0;
    while (size < room) {
        long got = raw_call(SYS_read, file, text + size, room - size);
        if (got == -EINTR) continue;
        if (got <= 0) return size;
        size += static_cast<size_t>(got);
    }
    return 0;
}

// For as long as it hangs it must hold nothing that we close.
void close_between(int first, int last) noexcept {
    if (first > last || raw_call(SYS_close_range, first, last, 0) != -ENOSYS) return;
    for (int fd = first; fd <= std::min(last, most_descriptors); ++fd) raw_call(SYS_close, fd);
}

// The child, with a table of descriptors of its own. It touches no memory but the room.
int read_lines(void* place) noexcept {
    auto& desk = *static_cast<Desk*>(place);
    raw_call(SYS_prctl, PR_SET_NAME, "(command-lines)");
    int next = 0;
    for (size_t i = 0; i < desk.count + 1; next = desk.kept[i++] + 1)
        close_between(next, desk.kept[i] - 1);
    close_between(next, INT_MAX);
    size_t used = 0;
    for (size_t i = 0; i < desk.count; ++i) {
        used += read_line(desk.files[i], desk.text() + used, std::min(most_line, most_text - used));
        desk.ends[i] = used;
        desk.done.store(i + 1, std::memory_order_release);
    }
    const uint64_t one = 1;
    raw_call(SYS_write, desk.event, &one, sizeof one);
    while (true) raw_call(SYS_exit_group, 0);
}

std::string line_in(std::string_view text) {
    std::string line(text.substr(0, text.find_last_not_of('\0') + 1));
    std::ranges::replace(line, '\0', ' ');
    return line;
}

} // namespace

// Stays for as long as its child may use it, which may be for ever.
class CommandLines::Room {
  public:
    Room() = default;
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room() {
        if (memory_) munmap(memory_, room_size);
    }

    // Takes some of the processes, from pids[begin] on; the first that was not taken, or nothing
    // where no child can be had.
    std::optional<size_t> begin(const std::vector<pid_t>& pids, size_t begin) {
        if (!furnish()) return std::nullopt;
        std::vector<UniqueFd> files; // the child has copies of them
        size_t next = begin;
        for (; next < pids.size() && files.size() < most_files; ++next) {
            auto path = cat("/proc/", pids[next], "/cmdline");
            UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
            if (!file) continue;
            desk_->files[files.size()] = desk_->kept[files.size()] = file.get();
            pids_.push_back(pids[next]);
            files.push_back(std::move(file));
        }
        desk_->count = files.size();
        desk_->kept[files.size()] = desk_->event = event_.get();
        std::ranges::sort(desk_->kept, desk_->kept + files.size() + 1);
        if (!run_child()) return std::nullopt;
        return next;
    }

    [[nodiscard]] int event() const noexcept { return event_.get(); }
    [[nodiscard]] pid_t child() const noexcept { return child_; }
    [[nodiscard]] bool occupied() const noexcept {
        return desk_->occupied.load(std::memory_order_acquire) != 0;
    }

    // Adds what has been read, and ends the child, unless it does that by itself.
    void take(Lines& lines) {
        size_t done = desk_->done.load(std::memory_order_acquire);
        std::string_view text(desk_->text(), done > 0 ? desk_->ends[done - 1] : 0);
        for (size_t i = 0, begin = 0; i < done; begin = desk_->ends[i++]) {
            auto line = line_in(text.substr(begin, desk_->ends[i] - begin));
            if (!line.empty()) lines.emplace(pids_[i], std::move(line));
        }
        uint64_t said = 0;
        bool has_said_all = read(event_.get(), &said, sizeof said) > 0;
        event_.reset();
        if (has_said_all) return;
        // Another process may have the number of one that has ended.
        if (process_)
            ignore_error(signal_pidfd(process_.get(), SIGKILL));
        else if (occupied())
            kill(child_, SIGKILL);
    }

  private:
    bool furnish() {
        // Shared, for where a child has memory of its own.
        void* memory = mmap(nullptr, room_size, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) return false;
        memory_ = static_cast<std::byte*>(memory);
        desk_ = new (memory_ + stack_size) Desk;
        event_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        return event_.valid();
    }

    bool run_child() {
        if (can_share_memory()) {
            desk_->occupied = 1;
            child_ = clone(read_lines, desk_, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, desk_,
                           nullptr, nullptr, &desk_->occupied);
            if (child_ < 0) desk_->occupied = 0;
            return child_ > 0;
        }
        child_ = fork();
        if (child_ == 0) read_lines(desk_);
        if (child_ < 0) return false;
        if (auto process = open_pidfd(child_)) process_ = std::move(*process);
        return true;
    }

    std::byte* memory_ = nullptr;
    Desk* desk_ = nullptr;
    UniqueFd event_, process_;
    std::vector<pid_t> pids_; // whose lines are read
    pid_t child_ = -1;
};

CommandLines::CommandLines(EventLoop& loop, std::function<void(pid_t)> started)
    : loop_(loop), started_(std::move(started)), clearing_(loop, [this] { clear_rooms(); }) {}

// What a child still uses must outlast us.
CommandLines::~CommandLines() {
    for (auto& reading : readings_) {
        if (reading.room) left_.push_back(std::move(reading.room));
    }
    clear_rooms();
    for (auto& room : left_) (void)room.release();
}

void CommandLines::ask(std::vector<pid_t> pids, Answered answered) {
    clear_rooms();
    if (pids.empty() || readings_.size() >= most_asked || left_.size() >= most_that_hang)
        return answered({});
    auto reading = readings_.emplace(readings_.end());
    reading->pids = std::move(pids);
    reading->answered = std::move(answered);
    reading->limit = OwnedTimer(loop_, [this, reading] { finish(reading); });
    reading->limit.arm(monotonic_now() + most_time_to_read);
    start_waiting();
}

void CommandLines::start_waiting() {
    size_t room_for = most_readings - static_cast<size_t>(std::ranges::count_if(
                                          readings_, [](const auto& each) { return !!each.room; }));
    for (auto reading = readings_.begin(); room_for > 0 && reading != readings_.end(); ++reading) {
        if (reading->room) continue;
        if (!start(reading)) return finish(reading); // and on with the others
        --room_for;
    }
}

bool CommandLines::start(Place reading) {
    auto room = std::make_unique<Room>();
    auto next = room->begin(reading->pids, reading->begun);
    if (!next) return false;
    started_(room->child());
    reading->begun = *next;
    reading->room = std::move(room);
    auto watch =
        loop_.watch(reading->room->event(), EPOLLIN, [this, reading](uint32_t) { go_on(reading); });
    if (!watch) return false;
    reading->watch = std::move(*watch);
    return true;
}

// One child has said all that it was asked for.
void CommandLines::go_on(Place reading) {
    reading->watch.stop();
    reading->room->take(reading->lines);
    put_away(std::move(reading->room));
    if (reading->begun == reading->pids.size() || !start(reading)) finish(reading);
}

void CommandLines::finish(Place reading) {
    reading->watch.stop();
    if (reading->room) {
        reading->room->take(reading->lines);
        put_away(std::move(reading->room));
    }
    auto answered = std::move(reading->answered);
    auto lines = std::move(reading->lines);
    readings_.erase(reading);
    answered(lines);
    start_waiting();
}

// Its child is about to end, or hangs.
void CommandLines::put_away(std::unique_ptr<Room> room) {
    left_.push_back(std::move(room));
    clearing_.arm(monotonic_now() + time_to_end);
}

void CommandLines::clear_rooms() {
    std::erase_if(left_, [](const auto& room) { return !room->occupied(); });
}

} // namespace sctl
