#include "journal/capture.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "journal/capture_protocol.hpp"
#include "journal/console.hpp"
#include "journal/log_files.hpp"
#include "journal/log_line.hpp"
#include "journal/log_receiver.hpp"
#include "os/event_loop.hpp"
#include "os/memory.hpp"
#include "os/signals.hpp"
#include "unit/syntax/timestamp.hpp"

namespace sctl {
namespace {

constexpr int control_fd = 3, backlog_fd = 4;
constexpr size_t read_size = 64 << 10;       // what a pipe holds
constexpr size_t longest_farewell = 1 << 20; // read of one stream once the manager has gone
constexpr Span farewell_patience = 1500ms;   // within the manager's own (CaptureClient::finish)
constexpr int packets_per_turn = 64;
// Giving memory back after each read, and faulting it in again, costs more than the reading; so it
// is kept through a burst.
constexpr int kept_memory = 4 << 20;
constexpr size_t much = 16 << 10; // for one read
constexpr Span trim_after = 250ms;
// Of what is ready in one turn, output comes first: the last words of a service stand before the
// manager's "Stopped".
constexpr int stream_priority = 0, control_priority = 1;

struct Stream {
    UniqueFd fd;
    Watch watch;
    pid_t pid = 0;
    std::string unit, identifier;
    int priority = 6;
    bool level_prefix = true;
    LineSplitter splitter;
};

// The colour of a line, and its end; systemd's.
std::string_view color_of(int priority) {
    if (priority <= static_cast<int>(LogLevel::Error)) return "\x1b[0;1;31m";
    switch (static_cast<LogLevel>(priority)) {
        case LogLevel::Warning: return "\x1b[0;1;38;5;185m";
        case LogLevel::Notice: return "\x1b[0;1;39m";
        case LogLevel::Debug: return "\x1b[0;38;5;245m";
        default: return {};
    }
}

// As it stands on descriptor 2.
std::string console_line_of(const CaptureMessage& message) {
    std::string line;
    if (message.console & console_time) line = cat(format_timestamp(message.realtime), " ");
    std::string_view color;
    if ((message.console & console_color) && isatty(STDERR_FILENO))
        color = color_of(message.priority);
    // Descriptions and paths are their authors'.
    return cat(line, "sctl: ", color, escape_unprintable(message.text, "\n\t"),
               color.empty() ? "" : "\x1b[0m", '\n');
}

class Capture {
  public:
    explicit Capture(const Root& root)
        : console_(loop_, STDERR_FILENO, {}, backlog_fd),
          files_(root, [this](std::string_view text) { complain(text); }),
          receiver_(loop_, {[this](const ReceivedLogLine& line) { take_received_line(line); },
                            [this](const LogSender& sender) { ask_whose(sender); },
                            [this] { write_received_lines(); }}),
          manager_source_(format_log_source("systemd", getppid())) {}

    int run() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
            view_read_end_.reset(ends[0]);
            view_write_end_.reset(ends[1]);
        }
        auto watch = loop_.watch(
            control_fd, EPOLLIN, [this](uint32_t) { read_control(); }, control_priority);
        if (!watch) return EXIT_FAILURE;
        control_watch_ = std::move(*watch);
        tell_what_was_lost();
        CaptureMessage began;
        began.kind = CaptureMessage::Kind::Began;
        say(std::move(began));
        release_idle_memory(); // what the start needed
        loop_.run();
        say_farewell();
        return EXIT_SUCCESS;
    }

  private:
    void complain(std::string_view text) { console_.append(cat("sctl: ", text, '\n'), 1); }

    // Of a former process that was killed.
    void tell_what_was_lost() {
        uint64_t count = console_.backlog().lines_in_hand();
        console_.backlog().set_lines_in_hand(0);
        if (count > 0) complain(cat("... ", count, " lines dropped"));
    }

    void read_control() {
        send_answers();
        ReceivedCapturePacket received;
        for (int i = 0; i < packets_per_turn; ++i) {
            switch (receive_capture_packet(control_fd, received)) {
                case ReceiveState::Nothing: return write_manager_lines();
                case ReceiveState::Ended: write_manager_lines(); return loop_.quit();
                case ReceiveState::Got:
                    for (auto& message : received.messages) handle(message, received.fd);
            }
        }
        write_manager_lines();
    }

    void handle(CaptureMessage& message, UniqueFd& fd) {
        switch (message.kind) {
            case CaptureMessage::Kind::Open: return open(message, std::move(fd));
            case CaptureMessage::Kind::SetPid: {
                auto found = streams_.find(message.id);
                if (found != streams_.end()) found->second.pid = message.pid;
                return;
            }
            case CaptureMessage::Kind::Line: return take_manager_line(message);
            case CaptureMessage::Kind::LogSocket:
                if (fd) receiver_.add(static_cast<LogSocketKind>(message.id), std::move(fd));
                return;
            case CaptureMessage::Kind::Owner:
                receiver_.answer(message.pid, message.id, message.unit);
                return write_received_lines();
            case CaptureMessage::Kind::Closed:
            case CaptureMessage::Kind::Began:
            case CaptureMessage::Kind::WhoIs: return; // are for the other end
        }
    }

    // After a restart a stream may be announced twice: its first message was still on its way.
    void open(CaptureMessage& message, UniqueFd fd) {
        if (!fd) return complain(cat("No descriptor left for the output of ", message.unit, "."));
        auto [entry, is_new] = streams_.try_emplace(message.id);
        if (!is_new) return;
        Stream& stream = entry->second;
        stream.fd = std::move(fd);
        stream.pid = message.pid;
        stream.unit = std::move(message.unit);
        stream.identifier = std::move(message.text);
        stream.priority = message.priority;
        stream.level_prefix = message.level_prefix;
        auto watch = loop_.watch(
            stream.fd.get(), EPOLLIN, [this, id = message.id](uint32_t) { read_stream(id); },
            stream_priority);
        if (watch) stream.watch = std::move(*watch);
    }

    // To be written with the others of this turn; those of one unit in one piece.
    void take_manager_line(const CaptureMessage& message) {
        if (message.console & console_line) {
            manager_lines_ += console_line_of(message);
            ++manager_line_count_;
        }
        auto units = split(message.unit, "\n");
        if (units.empty()) units.push_back(manager_unit);
        auto stamp = format_log_stamp(message.realtime);
        for (auto unit : units) {
            append_log_line(unit_lines_[std::string(unit)], stamp, message.priority,
                            manager_source_, message.text);
        }
    }

    void write_manager_lines() {
        if (unit_lines_.empty()) return;
        release_memory_later();
        if (manager_line_count_ > 0)
            console_.append(std::exchange(manager_lines_, {}),
                            std::exchange(manager_line_count_, 0));
        for (const auto& [unit, lines] : std::exchange(unit_lines_, {})) files_.append(unit, lines);
    }

    void read_stream(uint64_t id) {
        auto found = streams_.find(id);
        if (found == streams_.end()) return;
        if (read_once(found->second) != 0) return;
        parts_ -= static_cast<size_t>(found->second.splitter.has_part());
        streams_.erase(found);
        CaptureMessage closed;
        closed.kind = CaptureMessage::Kind::Closed;
        closed.id = id;
        say(std::move(closed));
    }

    // What `stream` holds, without taking it: as read(2), and whether it has to be taken still.
    ssize_t look_into(const Stream& stream, char* buffer, bool& is_left) {
        is_left = false;
        if (!view_write_end_) return read(stream.fd.get(), buffer, read_size);
        ssize_t seen = tee(stream.fd.get(), view_write_end_.get(), read_size, SPLICE_F_NONBLOCK);
        if (seen < 0 && errno == EINVAL) return read(stream.fd.get(), buffer, read_size);
        if (seen <= 0) return seen;
        is_left = true;
        return read(view_read_end_.get(), buffer, static_cast<size_t>(seen));
    }

    // Bytes read; 0 at the stream's end, -1 where there is nothing now.
    ssize_t read_once(Stream& stream) {
        auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
        bool is_left;
        ssize_t got = look_into(stream, buffer.get(), is_left);
        if (got < 0) return errno == EAGAIN || errno == EINTR ? -1 : 0;
        Batch batch(*this, stream);
        auto each = [&](std::string_view line) { batch.add(line); };
        bool had_part = stream.splitter.has_part();
        if (got == 0)
            stream.splitter.finish(each);
        else
            stream.splitter.feed({buffer.get(), static_cast<size_t>(got)}, each);
        parts_ += static_cast<size_t>(stream.splitter.has_part());
        parts_ -= static_cast<size_t>(had_part);
        batch.write();
        if (is_left) (void)!read(stream.fd.get(), buffer.get(), static_cast<size_t>(got));
        count_lines_in_hand();
        if (static_cast<size_t>(got) >= much) release_memory_later();
        return got;
    }

    void count_lines_in_hand() {
        console_.backlog().set_lines_in_hand(parts_ + receiver_.waiting_lines());
    }

    // Those of a turn are written together.
    void take_received_line(const ReceivedLogLine& line) {
        const auto& shown = line.unit.empty() ? line.identifier : line.unit;
        auto prefix = format_log_source(shown, line.pid);
        for (auto part : split(line.text, "\n")) {
            received_lines_ += cat(prefix, part, '\n');
            ++received_line_count_;
        }
        append_log_line(
            received_unit_lines_[line.unit.empty() ? std::string(unit_of_nobody) : line.unit],
            format_log_stamp(current_moment().realtime), line.priority,
            format_log_source(line.identifier, line.pid), line.text);
    }

    void write_received_lines() {
        if (received_line_count_ > 0) {
            release_memory_later();
            console_.append(std::exchange(received_lines_, {}),
                            std::exchange(received_line_count_, 0));
            for (const auto& [unit, lines] : std::exchange(received_unit_lines_, {}))
                files_.append(unit, lines);
        }
        count_lines_in_hand();
    }

    void ask_whose(const LogSender& sender) {
        CaptureMessage message;
        message.kind = CaptureMessage::Kind::WhoIs;
        message.pid = sender.pid;
        message.id = sender.start_ticks;
        message.tag = sender.tag;
        message.text = sender.control_group;
        say(std::move(message));
    }

    void release_memory_later() {
        if (!trim_timer_.armed()) trim_timer_.arm(monotonic_now() + trim_after);
    }

    // The lines of one read, made up for both places they go to.
    class Batch {
      public:
        Batch(Capture& capture, const Stream& stream)
            : capture_(capture),
              stream_(stream),
              stamp_(format_log_stamp(current_moment().realtime)),
              source_(format_log_source(stream.identifier, stream.pid)),
              prefix_(format_log_source(stream.unit.empty() ? stream.identifier : stream.unit,
                                        stream.pid)) {}

        void add(std::string_view line) {
            int priority = stream_.priority;
            if (stream_.level_prefix) priority = take_priority(line, priority);
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (line.empty()) return; // as journald does
            ++count_;
            to_console_ += prefix_;
            to_console_ += line;
            to_console_ += '\n';
            append_log_line(to_file_, stamp_, priority, source_, line);
        }
        void write() {
            if (count_ == 0) return;
            capture_.files_.append(stream_.unit.empty() ? manager_unit : stream_.unit, to_file_);
            capture_.console_.append(to_console_, count_);
        }

      private:
        Capture& capture_;
        const Stream& stream_;
        std::string stamp_, source_, prefix_, to_console_, to_file_;
        size_t count_ = 0;
    };

    // To the manager, with the others of this turn.
    void say(CaptureMessage message) {
        answers_.push_back(std::move(message));
        if (answers_.size() > 1) return;
        loop_.defer([this] { send_answers(); });
    }

    // Where the manager is slow, the rest goes with the next turn.
    void send_answers() {
        while (!answers_.empty()) {
            CapturePacket packet;
            size_t count = 0;
            for (const auto& message : answers_) {
                if (!packet.add(message)) break;
                ++count;
            }
            if (packet.send(control_fd) == EAGAIN) break;
            answers_.erase(answers_.begin(), answers_.begin() + static_cast<ptrdiff_t>(count));
        }
        uint32_t events = answers_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
        ignore_error(control_watch_.modify(events));
    }

    void say_farewell() {
        Span deadline = monotonic_now() + farewell_patience;
        for (auto& [id, stream] : streams_) {
            size_t total = 0;
            while (total < longest_farewell && monotonic_now() < deadline) {
                ssize_t got = read_once(stream);
                if (got <= 0) break;
                total += static_cast<size_t>(got);
            }
            Batch batch(*this, stream);
            stream.splitter.finish([&](std::string_view line) { batch.add(line); });
            batch.write();
        }
        parts_ = 0;
        receiver_.finish(deadline);
        console_.flush(deadline);
    }

    EventLoop loop_;
    Console console_;
    LogFiles files_;
    LogReceiver receiver_;
    std::string manager_source_;
    Watch control_watch_;
    OwnedTimer trim_timer_{loop_, [] { release_idle_memory(); }};
    std::unordered_map<uint64_t, Stream> streams_;
    size_t parts_ = 0;                           // streams with a line that is not whole
    UniqueFd view_read_end_, view_write_end_;    // of a pipe: what a stream holds, to be looked at
    std::vector<CaptureMessage> answers_;        // for the manager
    std::string manager_lines_, received_lines_; // of this turn, for the console
    size_t manager_line_count_ = 0, received_line_count_ = 0;
    std::map<std::string, std::string> unit_lines_, received_unit_lines_; // the same, for the files
};

// Who writes is not interrupted for us, nor is PID 1 that starts him: more is then read at once,
// and a service that has ended is replaced first. Every user may do this; no priority is lost.
void give_way() {
    sched_param parameter{};
    sched_setscheduler(0, SCHED_BATCH, &parameter);
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

int run_capture(int argc, char** argv) {
    block_all_signals();
    prctl(PR_SET_NAME, "sctl-capture"); // else the number of a descriptor, which it was run by
    bool is_complete =
        fcntl(control_fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(backlog_fd, F_SETFD, FD_CLOEXEC) == 0;
    if (!is_complete) {
        log_error("sctl-capture is started by the manager alone.");
        return EXIT_FAILURE;
    }
    give_way();
    raise_descriptor_limit();
    mallopt(M_TRIM_THRESHOLD, kept_memory);
    mallopt(M_MMAP_THRESHOLD, kept_memory);
    Capture capture(Root(argc > 1 ? argv[1] : "/"));
    return capture.run();
}

} // namespace sctl
