#include "journal/log_receiver.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "os/process.hpp"
#include "unit/unit_name.hpp"

namespace sctl {
namespace {

constexpr size_t longest_log_datagram = 256 << 10; // more of one is cut
constexpr size_t longest_log_text = LineSplitter::longest_line;
constexpr size_t longest_identifier = 256;
constexpr int datagrams_in_turn = 64;
constexpr int streams_in_turn = 16;
constexpr int datagrams_in_farewell = 1024;
constexpr size_t stream_read_size = 16 << 10;
constexpr int receiver_priority = 0; // with the output of services

// What a stream says of itself before its first line, sd_journal_stream_fd(3): one line each.
enum StreamHeader : size_t { Identifier, UnitId, Priority, LevelPrefix, HeaderLines = 7 };

// A text that did not fit into a datagram comes as a descriptor. Only memory is read: a file may
// lie on a disk that does not answer.
std::string read_memory_file(int fd) {
    struct stat found {};
    if (fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &found) < 0 || !S_ISREG(found.st_mode)) return {};
    std::string text(std::min(static_cast<size_t>(found.st_size), longest_log_datagram), '\0');
    ssize_t got = pread(fd, text.data(), text.size(), 0);
    text.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
    return text;
}

struct LogControl {
    pid_t pid = 0;
    UniqueFd fd;
};

LogControl read_log_control(msghdr& message) {
    LogControl control;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET) continue;
        if (c->cmsg_type == SCM_CREDENTIALS) {
            ucred sender;
            memcpy(&sender, CMSG_DATA(c), sizeof sender);
            control.pid = sender.pid;
        } else if (c->cmsg_type == SCM_RIGHTS && c->cmsg_len >= CMSG_LEN(sizeof(int))) {
            int number;
            memcpy(&number, CMSG_DATA(c), sizeof number);
            control.fd.reset(number);
        }
    }
    return control;
}

} // namespace

LogReceiver::LogReceiver(EventLoop& loop, Handlers handlers, LogReceiverLimits limits)
    : loop_(loop),
      handlers_(std::move(handlers)),
      limits_(limits),
      patience_timer_(loop, [this] { wait_no_more(); }),
      listener_(
          loop, [this] { accept_streams(); }, receiver_priority) {}

void LogReceiver::add(LogSocketKind kind, UniqueFd fd) {
    auto index = static_cast<size_t>(kind);
    if (index >= log_socket_kinds) return;
    if (kind == LogSocketKind::Stream) {
        if (!listener_.is_open()) ignore_error(listener_.open(std::move(fd)));
        return;
    }
    if (sockets_[index].fd) return;
    auto watch = loop_.watch(
        fd.get(), EPOLLIN, [this, kind](uint32_t) { read_datagrams(kind); }, receiver_priority);
    if (!watch) return;
    sockets_[index] = {std::move(fd), std::move(*watch)};
}

// --- datagrams -----------------------------------------------------------------------------------

void LogReceiver::read_datagrams(LogSocketKind kind) {
    for (int i = 0; i < datagrams_in_turn && !paused_ && read_datagram(kind); ++i) {
    }
    end_turn();
}

void LogReceiver::need_buffer() {
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(longest_log_datagram);
}

bool LogReceiver::read_datagram(LogSocketKind kind) {
    need_buffer();
    int fd = sockets_[static_cast<size_t>(kind)].fd.get();
    // Room for the credentials and one descriptor: the kernel closes all others.
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int))> space;
    iovec part{buffer_.get(), longest_log_datagram};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0) return errno == EINTR;
    auto control = read_log_control(message);
    if (got == 0 && control.fd)
        take_datagram(kind, control.pid, read_memory_file(control.fd.get()));
    else
        take_datagram(kind, control.pid, {buffer_.get(), static_cast<size_t>(got)});
    return true;
}

void LogReceiver::take_datagram(LogSocketKind kind, pid_t pid, std::string_view datagram) {
    if (kind == LogSocketKind::Syslog) return take(parse_syslog_record(datagram), pid);
    for (auto& record : parse_native_records(datagram)) take(std::move(record), pid);
}

void LogReceiver::take(Record record, pid_t pid) {
    auto text = record["MESSAGE"].substr(0, longest_log_text);
    if (text.empty()) return;
    ReceivedLogLine line;
    line.pid = pid;
    line.priority = record.priority();
    line.identifier = record["SYSLOG_IDENTIFIER"].substr(0, longest_identifier);
    line.text = text;
    take(std::move(line));
}

// --- streams -------------------------------------------------------------------------------------

bool LogReceiver::has_place_for(uid_t uid) const {
    if (streams_.size() >= limits_.streams) return false;
    if (uid == 0) return true;
    auto same = std::ranges::count_if(
        streams_, [uid](const auto& entry) { return entry.second.peer.uid == uid; });
    return static_cast<size_t>(same) < limits_.streams_per_user;
}

void LogReceiver::accept_streams() {
    for (int i = 0; i < streams_in_turn; ++i) {
        UniqueFd fd = listener_.accept();
        if (!fd && errno == EAGAIN) return;
        if (!fd) return listener_.pause();
        LogStream stream;
        socklen_t size = sizeof stream.peer;
        if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &stream.peer, &size) < 0) continue;
        if (!has_place_for(stream.peer.uid)) continue;
        uint64_t id = ++last_stream_;
        auto watch = loop_.watch(
            fd.get(), EPOLLIN, [this, id](uint32_t) { read_log_stream(id); }, receiver_priority);
        if (!watch) continue;
        stream.watch = std::move(*watch);
        stream.fd = std::move(fd);
        streams_.emplace(id, std::move(stream));
    }
}

void LogReceiver::read_log_stream(uint64_t id) {
    auto found = streams_.find(id);
    if (found == streams_.end()) return;
    if (read_stream_once(found->second) == 0) streams_.erase(found);
    end_turn();
}

// Bytes read; 0 at the stream's end, -1 where there is nothing now.
ssize_t LogReceiver::read_stream_once(LogStream& stream) {
    need_buffer();
    ssize_t got = recv(stream.fd.get(), buffer_.get(), stream_read_size, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? -1 : 0;
    auto each = [&](std::string_view line) { take_stream_line(stream, line); };
    if (got == 0)
        stream.splitter.finish(each);
    else
        stream.splitter.feed({buffer_.get(), static_cast<size_t>(got)}, each);
    return got;
}

void LogReceiver::take_stream_line(LogStream& stream, std::string_view line) {
    auto& header = stream.header;
    if (header.size() < HeaderLines) {
        header.emplace_back(line.substr(0, longest_identifier));
        return;
    }
    ReceivedLogLine taken;
    taken.pid = stream.peer.pid;
    taken.identifier = header[Identifier];
    // Who is not root may not say whose it is.
    if (stream.peer.uid == 0 && UnitName::parse(header[UnitId])) taken.unit = header[UnitId];
    auto priority = parse_number<int>(header[Priority]).value_or(default_priority) & 7;
    if (header[LevelPrefix] == "1") priority = take_priority(line, priority);
    taken.priority = priority;
    taken.text = trim_end(line);
    if (!taken.text.empty()) take(std::move(taken));
}

// --- senders -------------------------------------------------------------------------------------

void LogReceiver::take(ReceivedLogLine line) {
    if (line.pid <= 0) { // of another pid namespace
        if (line.identifier.empty()) line.identifier = "unknown";
        return handlers_.take(line);
    }
    Sender& sender = sender_of(line.pid);
    if (line.identifier.empty()) line.identifier = sender.name.empty() ? "unknown" : sender.name;
    if (!line.unit.empty()) return handlers_.take(line);
    if (sender.known) {
        line.unit = sender.unit;
        return handlers_.take(line);
    }
    waiting_bytes_ += line.text.size() + sizeof line;
    ++waiting_lines_;
    sender.waiting.push_back(std::move(line));
    pause_or_resume();
}

// A pid may be another process's by now: looked at once in a turn. One that has ended meanwhile is
// who it was a moment ago, if it has logged before.
LogReceiver::Sender& LogReceiver::sender_of(pid_t pid) {
    Sender& sender = senders_[pid];
    if (std::exchange(sender.looked_at, turn_) == turn_) return sender;
    auto stat = read_process_stat(pid);
    bool is_new = !sender.known && sender.waiting.empty();
    if (!stat && is_new) sender.known = true; // it cannot be found out any more
    if (!stat || (!is_new && stat->start_ticks == sender.start_ticks)) return sender;
    let_go(sender);
    sender = Sender{};
    sender.looked_at = turn_;
    sender.start_ticks = stat->start_ticks;
    ask_for(pid, sender);
    return sender;
}

// With what is seen of the process now: it may be gone when the manager looks.
void LogReceiver::ask_for(pid_t pid, Sender& sender) {
    LogSender question;
    question.pid = pid;
    question.start_ticks = sender.start_ticks;
    question.tag = read_process_tag(pid).value_or(ProcessTag{});
    question.control_group = read_process_cgroup(pid).value_or("");
    sender.name = read_process_name(pid);
    if (finishing_) {
        sender.known = true;
        return;
    }
    ++questions_;
    handlers_.ask(question);
    wait_for_answers();
    pause_or_resume();
}

void LogReceiver::answer(pid_t pid, uint64_t start_ticks, std::string_view unit) {
    if (questions_ > 0) --questions_;
    auto found = senders_.find(pid);
    if (found != senders_.end() && found->second.start_ticks == start_ticks) {
        found->second.unit = unit;
        let_go(found->second);
    }
    if (questions_ == 0) patience_timer_.cancel();
    pause_or_resume();
}

// Where no answer comes the lines belong to no unit: a process that logs must not wait for ever.
void LogReceiver::wait_for_answers() {
    if (!patience_timer_.armed()) patience_timer_.arm(monotonic_now() + limits_.patience);
}

void LogReceiver::wait_no_more() {
    if (questions_ == 0) return;
    questions_ = 0;
    for (auto& [pid, sender] : senders_) {
        if (!sender.known) let_go(sender);
    }
    pause_or_resume();
    end_turn();
}

void LogReceiver::let_go(Sender& sender) {
    sender.known = true;
    for (auto& line : std::exchange(sender.waiting, {})) {
        waiting_bytes_ -= line.text.size() + sizeof line;
        --waiting_lines_;
        line.unit = sender.unit;
        handlers_.take(line);
    }
}

void LogReceiver::forget_idle_senders() {
    if (senders_.size() <= limits_.senders) return;
    std::erase_if(senders_, [this](const auto& entry) {
        return entry.second.known && entry.second.looked_at != turn_;
    });
}

void LogReceiver::end_turn() {
    handlers_.turn_ended();
    forget_idle_senders();
    ++turn_;
    buffer_.reset();
}

void LogReceiver::pause_or_resume() {
    bool much = waiting_bytes_ > limits_.waiting_bytes || questions_ >= limits_.questions;
    if (much == paused_ || finishing_) return;
    paused_ = much;
    listener_.hold_back(paused_);
    uint32_t events = paused_ ? 0 : EPOLLIN;
    for (auto& socket : sockets_) ignore_error(socket.watch.modify(events));
    for (auto& [id, stream] : streams_) ignore_error(stream.watch.modify(events));
}

void LogReceiver::finish(Span deadline) {
    finishing_ = true;
    paused_ = false;
    for (auto& [pid, sender] : senders_) let_go(sender);
    for (auto kind : {LogSocketKind::Syslog, LogSocketKind::Native}) {
        if (!sockets_[static_cast<size_t>(kind)].fd) continue;
        int left = datagrams_in_farewell;
        while (left-- > 0 && monotonic_now() < deadline && read_datagram(kind)) {
        }
    }
    for (auto& [id, stream] : streams_) {
        int left = datagrams_in_farewell;
        while (left-- > 0 && monotonic_now() < deadline && read_stream_once(stream) > 0) {
        }
        stream.splitter.finish(
            [&, &stream = stream](std::string_view line) { take_stream_line(stream, line); });
    }
    handlers_.turn_ended();
}

} // namespace sctl
