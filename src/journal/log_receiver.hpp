// Reads the sockets that programs log to (LogSockets). Who has sent a line is what the kernel says:
// its pid comes with the line, and whose process that is the manager is asked, once for each
// process. Until it answers the lines of that process wait, in order.
//
//   datagram ──► sender known? ──► line of its unit
//                     │ no
//                     └──► lines wait ──ask──► manager ──answer──► lines of its unit
//
// Memory is bounded: while much waits nothing is read, and processes that log wait, as at
// journald's socket. A turn reads a bounded part of what each socket and each stream has.
#pragma once

#include <sys/socket.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "journal/log_line.hpp"
#include "journal/log_sockets.hpp"
#include "journal/record.hpp"
#include "os/event_loop.hpp"
#include "os/listening_socket.hpp"
#include "os/service_output.hpp"

namespace sctl {

struct ReceivedLogLine {
    std::string unit; // empty: of no unit, or not known
    pid_t pid = 0;
    std::string identifier;
    int priority = default_priority;
    std::string text;
};

struct LogReceiverLimits {
    size_t waiting_bytes = 256 << 10; // for answers of the manager
    size_t questions = 64;            // that are open
    size_t senders = 256;             // that are remembered
    size_t streams = 512;
    size_t streams_per_user = 128; // but for root
    Span patience = 5s;            // with the manager
};

class LogReceiver {
  public:
    struct Handlers {
        std::function<void(const ReceivedLogLine&)> take;
        std::function<void(const LogSender&)> ask;
        std::function<void()> turn_ended; // all that was taken came in one turn
    };
    LogReceiver(EventLoop& loop, Handlers handlers, LogReceiverLimits limits = {});
    LogReceiver(const LogReceiver&) = delete;
    LogReceiver& operator=(const LogReceiver&) = delete;

    // A socket that comes a second time is ignored.
    void add(LogSocketKind kind, UniqueFd socket);
    // The manager's, to ask(): the unit of that process, or nothing.
    void answer(pid_t pid, uint64_t start_ticks, std::string_view unit);
    // At our end: what the sockets and streams hold, until `deadline`; no answer comes any more.
    void finish(Span deadline);
    // Lines that wait for an answer.
    [[nodiscard]] size_t waiting_lines() const noexcept { return waiting_lines_; }

  private:
    struct Sender {
        uint64_t start_ticks = 0;
        bool known = false; // its unit is
        std::string unit, name;
        std::vector<ReceivedLogLine> waiting;
        uint64_t looked_at = 0; // the turn
    };
    struct LogStream {
        UniqueFd fd;
        Watch watch;
        ucred peer{};
        std::vector<std::string> header; // identifier, unit, priority, ...
        LineSplitter splitter;
    };
    struct Socket {
        UniqueFd fd;
        Watch watch;
    };

    void read_datagrams(LogSocketKind kind);
    bool read_datagram(LogSocketKind kind);
    void take_datagram(LogSocketKind kind, pid_t pid, std::string_view datagram);
    void accept_streams();
    [[nodiscard]] bool has_place_for(uid_t uid) const;
    void read_log_stream(uint64_t id);
    ssize_t read_stream_once(LogStream& stream);
    void take_stream_line(LogStream& stream, std::string_view line);
    void take(Record record, pid_t pid);
    void take(ReceivedLogLine line);
    Sender& sender_of(pid_t pid);
    void ask_for(pid_t pid, Sender& sender);
    void let_go(Sender& sender);
    void forget_idle_senders();
    void wait_for_answers();
    void wait_no_more();
    void need_buffer();
    void end_turn();
    void pause_or_resume();

    EventLoop& loop_;
    Handlers handlers_;
    LogReceiverLimits limits_;
    std::array<Socket, log_socket_kinds> sockets_; // for datagrams
    std::unordered_map<uint64_t, LogStream> streams_;
    uint64_t last_stream_ = 0;
    std::unordered_map<pid_t, Sender> senders_;
    std::unique_ptr<char[]> buffer_; // of a turn
    OwnedTimer patience_timer_;
    ListeningSocket listener_; // for streams
    size_t waiting_bytes_ = 0, waiting_lines_ = 0, questions_ = 0;
    uint64_t turn_ = 1;
    bool paused_ = false;
    bool finishing_ = false;
};

} // namespace sctl
