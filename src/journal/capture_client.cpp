#include "journal/capture_client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/text.hpp"
#include "journal/backlog.hpp"
#include "journal/console.hpp"
#include "os/process.hpp"
#include "os/spawn.hpp"

namespace sctl {
namespace {

constexpr size_t messages_at_once = 32;   // else those of one turn of the loop
constexpr size_t longest_queue = 1 << 20; // bytes of our own lines
constexpr Span long_life = 10s;           // of a capture process that is in order
constexpr Span first_pause = 100ms;       // doubled with each short life
constexpr Span longest_pause = 400ms;
constexpr unsigned most_failed_beginnings = 3;
constexpr size_t passed_on_at_once = 4 << 10;
constexpr Span retry_pause = 50ms;
constexpr rlim_t descriptor_reserve = 64; // for all but the output of services
constexpr int first_own_descriptor = 10;  // what is passed to a child gets lower numbers
constexpr int first_read_end = 64;        // a child copies all descriptors up to its write end
constexpr mode_t pipe_mode = 0622;        // a daemon without rights may open /dev/stdout

bool is_near_descriptor_limit(int fd) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return false;
    rlim_t reserve = std::min(descriptor_reserve, limit.rlim_cur / 4);
    return static_cast<rlim_t>(fd) + reserve >= limit.rlim_cur;
}

Result<UniqueFd> duplicate(int fd, int lowest = 0) {
    UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, lowest));
    if (!copy) return errno_error("fcntl");
    return copy;
}

struct Pipe {
    UniqueFd read_end, write_end;
};

Result<Pipe> make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return errno_error("pipe2");
    Pipe made{UniqueFd(ends[0]), UniqueFd(ends[1])};
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) return errno_error("fcntl");
    if (fchmod(ends[0], pipe_mode) < 0) return errno_error("fchmod");
    // The write end goes soon, the read end stays: the low numbers are for the former.
    if (auto moved = duplicate(ends[0], first_read_end)) made.read_end = std::move(*moved);
    return made;
}

void write_to_stderr(std::string_view text) {
    auto line = cat("sctl: ", escape_unprintable(text, "\n\t"), '\n');
    write_without_waiting(STDERR_FILENO, line);
}

bool wait_for(int fd, short events, Span at_most) {
    pollfd wait{fd, events, 0};
    auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(at_most, Span::zero()));
    return poll(&wait, 1, static_cast<int>(left.count())) > 0;
}

// All else may pass: a stream that is not announced would never be read, nor its pipe closed.
bool can_never_be_sent(int code) {
    return code == EMSGSIZE || code == EINVAL || code == EBADF || code == ENOTSOCK;
}

CaptureMessage about(CaptureMessage::Kind kind, ServiceOutput::StreamId id) {
    CaptureMessage message;
    message.kind = kind;
    message.id = id;
    return message;
}

} // namespace

CaptureClient::CaptureClient(EventLoop& loop, const Root& root, std::string program)
    : loop_(loop),
      root_(root),
      program_path_(std::move(program)),
      send_timer_(loop, [this] { send_queued(); }),
      relaunch_timer_(loop, [this] { relaunch(); }) {}

// --- the process ---------------------------------------------------------------------------------

Result<void> CaptureClient::start() {
    auto prepared = try_twice([this] { return prepare(); });
    if (!prepared) return prepared;
    if (auto memory = Backlog::make_memory()) backlog_ = std::move(*memory);
    open_log_sockets();
    auto launched = launch();
    if (!launched) relaunch_later();
    return launched;
}

Result<void> CaptureClient::prepare() {
    UniqueFd program(open(program_path_.c_str(), O_PATH | O_CLOEXEC));
    if (!program) return errno_error(program_path_);
    auto moved = duplicate(program.get(), first_own_descriptor);
    if (!moved) return moved.error();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return errno_error("socketpair");
    socket_.reset(ends[0]);
    capture_socket_.reset(ends[1]);
    auto watch = loop_.watch(socket_.get(), EPOLLIN, [this](uint32_t events) {
        if (events & EPOLLOUT) send_queued();
        read_answers();
    });
    if (!watch) return watch.error();
    watch_ = std::move(*watch);
    program_ = std::move(*moved);
    return {};
}

void CaptureClient::open_log_sockets() {
    auto opened = log_sockets_.open(root_);
    if (!opened) {
        manager_line(LogLevel::Warning, {},
                     cat("What programs log by themselves may be lost: ", opened.error().text));
    }
    announce_log_sockets();
}

void CaptureClient::announce_log_sockets() {
    for (auto kind : {LogSocketKind::Syslog, LogSocketKind::Native, LogSocketKind::Stream}) {
        if (log_sockets_.descriptor(kind) < 0) continue;
        post(about(CaptureMessage::Kind::LogSocket, static_cast<StreamId>(kind)));
    }
}

void CaptureClient::set_hooks(Hooks hooks) {
    hooks_ = std::move(hooks);
    if (pid_ > 0 && hooks_.launched) hooks_.launched(pid_);
}

Result<void> CaptureClient::launch() {
    ExecPlan plan;
    plan.executables = {cat("/proc/self/fd/", program_.get())};
    plan.arguments = {"sctl-capture", root_.is_machine() ? "/" : root_.prefix()};
    plan.standard_error.kind = StdioPlan::Kind::Inherit;
    plan.extra_descriptors = {capture_socket_.get(), backlog_ ? backlog_.get() : STDERR_FILENO};
    launched_at_ = monotonic_now();
    auto spawned = spawn(std::move(plan));
    if (!spawned) return spawned.error().during("starting the capture process");
    // One whose exec failed ends at once, and process_exited() hears of it.
    pid_ = spawned->pid;
    ++failed_beginnings_; // until it says that it has begun
    if (hooks_.launched) hooks_.launched(pid_);
    return {};
}

void CaptureClient::process_exited(pid_t pid) {
    if (pid != pid_ || pid == 0) return;
    pid_ = 0;
    if (finished_) return;
    if (monotonic_now() - launched_at_ >= long_life) failures_ = 0;
    // Once for each row of short lives.
    if (failures_ == 0)
        manager_line(LogLevel::Warning, {},
                     "The process that captures output has ended; restarting it.");
    relaunch_later();
}

void CaptureClient::relaunch_later() {
    Span pause = failures_ == 0
                     ? Span::zero()
                     : std::min(first_pause * (1 << std::min(failures_ - 1, 8u)), longest_pause);
    ++failures_;
    if (failed_beginnings_ >= most_failed_beginnings) read_ourselves();
    relaunch_timer_.arm(monotonic_now() + pause);
}

void CaptureClient::relaunch() {
    auto launched = launch();
    if (!launched) {
        ++failed_beginnings_;
        return relaunch_later();
    }
    announce_all();
}

// --- without a capture process
// --------------------------------------------------------------------

// Else services would stand still when their pipes are full.
void CaptureClient::read_ourselves() {
    if (std::exchange(reads_itself_, true)) return;
    write_to_stderr("The process that captures output cannot be started: logs are not written.");
    for (auto& [id, source] : sources_) watch_source(id, source);
}

void CaptureClient::watch_source(StreamId id, Source& source) {
    auto watch = loop_.watch(source.read_end.get(), EPOLLIN, [this, id](uint32_t) { pass_on(id); });
    if (watch) source.watch = std::move(*watch);
}

void CaptureClient::read_no_more() {
    if (!std::exchange(reads_itself_, false)) return;
    for (auto& [id, source] : sources_) source.watch.stop();
}

// As it comes, not line by line: where memory is too short to start a process it is for lines as
// well.
void CaptureClient::pass_on(StreamId id) {
    auto found = sources_.find(id);
    if (found == sources_.end()) return;
    char text[passed_on_at_once];
    ssize_t got = read(found->second.read_end.get(), text, sizeof text);
    if (got > 0) return write_without_waiting(STDERR_FILENO, {text, static_cast<size_t>(got)});
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    sources_.erase(found);
}

bool CaptureClient::cannot_be_had() const noexcept {
    return !program_ || finished_ || (pid_ == 0 && failures_ > 1);
}

// --- streams -------------------------------------------------------------------------------------

Result<ServiceOutput::Stream> CaptureClient::open_stream(std::string_view unit,
                                                         std::string_view identifier, Level level) {
    if (!program_) {
        auto console = duplicate(STDERR_FILENO);
        if (!console) return console.error();
        return Stream{std::move(*console), 0};
    }
    auto made = make_pipe();
    bool is_short = made ? is_near_descriptor_limit(made->read_end.get())
                         : made.error().code == EMFILE && shared_write_end_;
    if (is_short) {
        made = Error{};
        return open_shared_stream();
    }
    if (!made) return made.error();
    auto id = add_source(std::move(made->read_end), unit, identifier, level);
    if (!id) return id.error();
    return Stream{std::move(made->write_end), *id};
}

// Not announced before its pid is known, or the first lines would come without it; at the latest at
// the end of the turn.
Result<ServiceOutput::StreamId> CaptureClient::add_source(UniqueFd read_end, std::string_view unit,
                                                          std::string_view identifier,
                                                          Level level) {
    StreamId id = ++last_id_;
    auto& source = sources_[id];
    source.read_end = std::move(read_end);
    source.unit = unit;
    source.identifier = identifier;
    source.level = level;
    if (reads_itself_) watch_source(id, source);
    loop_.defer([this, id] {
        auto found = sources_.find(id);
        if (found != sources_.end()) announce(id, found->second);
    });
    return id;
}

Result<ServiceOutput::Stream> CaptureClient::open_shared_stream() {
    if (!shared_write_end_) {
        auto made = make_pipe();
        if (!made) return made.error();
        auto id = add_source(std::move(made->read_end), {}, "services", {});
        if (!id) return id.error();
        shared_write_end_ = std::move(made->write_end);
    }
    auto copy = duplicate(shared_write_end_.get());
    if (!copy) return copy.error();
    return Stream{std::move(*copy), 0};
}

void CaptureClient::set_stream_pid(StreamId id, pid_t pid) {
    auto found = sources_.find(id);
    if (found == sources_.end() || found->second.pid == pid) return;
    Source& source = found->second;
    source.pid = pid;
    if (!source.announced) return announce(id, source);
    auto message = about(CaptureMessage::Kind::SetPid, id);
    message.pid = pid;
    post(std::move(message));
}

void CaptureClient::announce(StreamId id, Source& source) {
    if (source.announced) return;
    source.announced = true;
    post(about(CaptureMessage::Kind::Open, id));
}

void CaptureClient::announce_all() {
    std::erase_if(queue_, [](const auto& m) { return m.kind != CaptureMessage::Kind::Line; });
    announce_log_sockets();
    for (auto& [id, source] : sources_) {
        source.announced = false;
        announce(id, source);
    }
}

void CaptureClient::read_answers() {
    ReceivedCapturePacket received;
    while (receive_capture_packet(socket_.get(), received) == ReceiveState::Got) {
        for (const auto& message : received.messages) take_answer(message);
    }
}

void CaptureClient::take_answer(const CaptureMessage& message) {
    if (message.kind == CaptureMessage::Kind::Closed) {
        sources_.erase(message.id);
    } else if (message.kind == CaptureMessage::Kind::Began) {
        failed_beginnings_ = 0;
        read_no_more();
    } else if (message.kind == CaptureMessage::Kind::WhoIs) {
        auto answer = about(CaptureMessage::Kind::Owner, message.id);
        answer.pid = message.pid;
        if (hooks_.unit_of)
            answer.unit = hooks_.unit_of({message.pid, message.id, message.tag, message.text});
        post(std::move(answer));
    }
}

// --- messages ------------------------------------------------------------------------------------

void CaptureClient::manager_line(LogLevel level, std::string_view unit, std::string_view text) {
    bool on_console = level <= console_style_.most;
    if (cannot_be_had()) return on_console ? write_to_stderr(text) : void();
    CaptureMessage message;
    message.priority = static_cast<int>(level);
    message.console = static_cast<uint8_t>((on_console ? console_line : 0) |
                                           (console_style_.has_time ? console_time : 0) |
                                           (console_style_.has_color ? console_color : 0));
    message.realtime = current_moment().realtime;
    message.unit = unit;
    message.text = text;
    post(std::move(message));
}

void CaptureClient::post(CaptureMessage message) {
    if (message.kind == CaptureMessage::Kind::Line) {
        size_t size = message.unit.size() + message.text.size();
        if (queued_bytes_ + size > longest_queue) {
            ++lost_lines_;
            return;
        }
        queued_bytes_ += size;
    }
    queue_.push_back(std::move(message));
    if (is_blocked_) return;
    if (queue_.size() >= messages_at_once) return send_queued();
    if (!send_timer_.armed()) send_timer_.arm(Span{}); // with all of this turn
}

CaptureMessage CaptureClient::whole(CaptureMessage message) const {
    auto found = sources_.find(message.id);
    if (message.kind != CaptureMessage::Kind::Open || found == sources_.end()) return message;
    message.pid = found->second.pid;
    message.unit = found->second.unit;
    message.text = found->second.identifier;
    message.priority = found->second.level.priority;
    message.level_prefix = found->second.level.level_prefix;
    return message;
}

int CaptureClient::descriptor_of(const CaptureMessage& message) const {
    if (message.kind == CaptureMessage::Kind::LogSocket)
        return log_sockets_.descriptor(static_cast<LogSocketKind>(message.id));
    auto source = sources_.find(message.id);
    return source == sources_.end() ? -1 : source->second.read_end.get();
}

// ETOOMANYREFS, too many descriptors on their way, and short memory pass without an event.
void CaptureClient::wait_to_send(int code) {
    is_blocked_ = true;
    if (code == EAGAIN) {
        ignore_error(watch_.modify(EPOLLIN | EPOLLOUT));
    } else {
        send_timer_.arm(monotonic_now() + retry_pause);
    }
}

// An errno value where they have to wait. What cannot be sent at all counts as sent.
int CaptureClient::send_some() {
    CapturePacket packet;
    size_t count = 0;
    int descriptor = -1;
    for (const auto& message : queue_) {
        if (has_descriptor(message.kind)) {
            if (count > 0) break;
            descriptor = descriptor_of(message);
            if (descriptor < 0) { // closed before it was announced
                queue_.pop_front();
                return 0;
            }
        }
        if (!packet.add(whole(message))) break;
        ++count;
    }
    int code = packet.send(socket_.get(), descriptor);
    if (code != 0 && !can_never_be_sent(code)) return code;
    for (; count > 0; --count) {
        const auto& sent = queue_.front();
        if (sent.kind == CaptureMessage::Kind::Line)
            queued_bytes_ -= sent.unit.size() + sent.text.size();
        queue_.pop_front();
    }
    return 0;
}

void CaptureClient::send_queued() {
    if (std::exchange(is_blocked_, false)) ignore_error(watch_.modify(EPOLLIN));
    while (!queue_.empty()) {
        if (int code = send_some(); code != 0) return wait_to_send(code);
    }
    tell_of_lost_lines();
}

void CaptureClient::tell_of_lost_lines() {
    if (lost_lines_ == 0) return;
    uint64_t count = std::exchange(lost_lines_, 0);
    manager_line(LogLevel::Warning, {}, cat("... ", count, " lines dropped"));
}

// --- the end -------------------------------------------------------------------------------------

void CaptureClient::finish(Span patience) noexcept {
    if (std::exchange(finished_, true)) return;
    relaunch_timer_.cancel();
    log_sockets_.remove_names();
    Span deadline = monotonic_now() + patience;
    run_guarded("sending the last lines", [&] { drain_queue(deadline); });
    watch_.stop();
    send_timer_.cancel();
    shared_write_end_.reset();
    if (pid_ <= 0) return;
    shutdown(socket_.get(), SHUT_WR);
    run_guarded("ending the capture process", [&] { reap_by(deadline); });
    pid_ = 0;
}

void CaptureClient::reap_by(Span deadline) {
    auto pidfd = open_pidfd(pid_);
    // Then we cannot see when it is done; it ends by itself, after us.
    if (!pidfd) return;
    if (!wait_for(pidfd->get(), POLLIN, deadline - monotonic_now())) {
        ignore_error(signal_pidfd(pidfd->get(), SIGKILL));
        wait_for(pidfd->get(), POLLIN, retry_pause);
    }
    waitpid(pid_, nullptr, WNOHANG);
}

void CaptureClient::drain_queue(Span deadline) {
    while (!queue_.empty() && pid_ > 0) {
        send_queued();
        Span left = deadline - monotonic_now();
        if (queue_.empty() || left <= Span::zero()) break;
        wait_for(socket_.get(), POLLOUT, std::min(left, retry_pause));
    }
    for (const auto& message : queue_) {
        if (message.kind == CaptureMessage::Kind::Line) write_to_stderr(message.text);
    }
    queue_.clear();
}

} // namespace sctl
