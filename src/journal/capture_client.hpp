// The manager's side of the capture process: starts it, hands it the read end of a pipe for each
// process whose output is captured, and the manager's own lines. Nothing here blocks, finish()
// excepted.
//
//   service ──pipe──► (read end: ours, and a copy of it in) sctl-capture ──► descriptor 2, log
//   files
//
// We keep each read end until the capture process has reported its end, both ends of the socket
// to it, the sockets that programs log to, and the memory of lines that descriptor 2 has not taken:
// when it dies, the next one finds all that was not read yet. It is restarted at once, and when it
// keeps dying, after ever longer pauses of less than half a second, in which services may have to
// wait. While it cannot be had, our own lines go straight to descriptor 2. When it has failed to
// begin several times, we read the pipes ourselves until one begins, and pass on what descriptor 2
// takes; where /proc is missing, services write there themselves.
//
// Each process costs one descriptor. Near the limit on them, all that start write to one shared
// pipe, whose lines stand under "services", and in the file of init.scope.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "base/files.hpp"
#include "journal/capture_protocol.hpp"
#include "journal/log_sockets.hpp"
#include "os/event_loop.hpp"
#include "os/service_output.hpp"

namespace sctl {

class CaptureClient : public ServiceOutput {
  public:
    // Log files and sockets lie below `root`; `program` is what is executed.
    CaptureClient(EventLoop& loop, const Root& root, std::string program = "/proc/self/exe");
    CaptureClient(const CaptureClient&) = delete;
    CaptureClient& operator=(const CaptureClient&) = delete;

    // To be called once, with all signals blocked, as early as possible: the binary that runs now
    // is the one that is run again later, also after an upgrade. After an Error all goes on, see
    // above.
    Result<void> start();
    // At our own end: no line that has been written is lost. Waits for the capture process, but not
    // longer than `patience`, and reaps it.
    void finish(Span patience = 2s) noexcept;

    [[nodiscard]] Result<Stream> open_stream(std::string_view unit, std::string_view identifier,
                                             Level level) override;
    void set_stream_pid(StreamId id, pid_t pid) override;
    void process_exited(pid_t pid) override;
    [[nodiscard]] pid_t process() const override { return pid_; }
    void set_console_style(const ConsoleStyle& style) override { console_style_ = style; }
    void manager_line(LogLevel level, std::string_view unit, std::string_view text) override;
    void set_hooks(Hooks hooks) override;

  private:
    struct Source {
        UniqueFd read_end;
        std::string unit, identifier;
        Level level;
        pid_t pid = 0;
        bool announced = false; // to the capture process that runs now
        Watch watch;            // while we read it ourselves
    };

    Result<void> prepare();
    Result<void> launch();
    void relaunch_later();
    void relaunch();
    void announce_all();
    void announce_log_sockets();
    void open_log_sockets();
    void read_ourselves();
    void read_no_more();
    void watch_source(StreamId id, Source& source);
    void pass_on(StreamId id);
    void take_answer(const CaptureMessage& message);
    void announce(StreamId id, Source& source);
    Result<StreamId> add_source(UniqueFd read_end, std::string_view unit,
                                std::string_view identifier, Level level);
    Result<Stream> open_shared_stream();

    void post(CaptureMessage message);
    [[nodiscard]] CaptureMessage whole(CaptureMessage message) const;
    [[nodiscard]] int descriptor_of(const CaptureMessage& message) const;
    void send_queued();
    int send_some();
    void wait_to_send(int code);
    void tell_of_lost_lines();
    void read_answers();
    [[nodiscard]] bool cannot_be_had() const noexcept;
    void drain_queue(Span deadline);
    void reap_by(Span deadline);

    EventLoop& loop_;
    Root root_;
    std::string program_path_;
    UniqueFd program_; // our own binary
    UniqueFd socket_, capture_socket_;
    UniqueFd backlog_; // for the capture processes, one after the other
    LogSockets log_sockets_;
    Hooks hooks_;
    Watch watch_;
    OwnedTimer send_timer_, relaunch_timer_;
    pid_t pid_ = 0;
    Span launched_at_{};
    unsigned failures_ = 0;          // short lives in a row
    unsigned failed_beginnings_ = 0; // in a row
    bool reads_itself_ = false;      // since there are too many of these
    bool finished_ = false;
    ConsoleStyle console_style_;

    std::unordered_map<StreamId, Source> sources_;
    StreamId last_id_ = 0;
    UniqueFd shared_write_end_;

    std::deque<CaptureMessage> queue_; // Open without its texts: taken from sources_ when sent
    size_t queued_bytes_ = 0;          // of Lines
    bool is_blocked_ = false;          // until the capture process has read some
    uint64_t lost_lines_ = 0;
};

} // namespace sctl
