#include "bus/server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/hex.hpp"
#include "base/log.hpp"
#include "os/memory.hpp"
#include "os/random.hpp"
#include "os/spawn.hpp"
#include "os/unix_socket.hpp"

namespace sctl {
namespace {

constexpr int peers_first = 0, listener_last = 10; // priorities: who is there goes before who comes
constexpr int accepted_per_turn = 16;
constexpr int messages_per_turn = 32;
constexpr size_t much_memory = size_t{128} << 10; // of a call or its answer: to be given back
constexpr Span memory_pause = 1s;                 // after which it is, when nothing as big has come
constexpr size_t unread_limit = size_t{256} << 10; // beyond it a peer's calls wait until it reads
constexpr uid_t overflow_uid = 65534;              // a user who has no number in our user namespace

// A process outside our pid namespace has pid 0. Its uid, as that of a user who is not mapped into
// our user namespace, says nothing.
bool is_trusted(const ucred& peer) {
    bool is_outside = peer.pid == 0 || peer.uid == overflow_uid;
    return !is_outside && (peer.uid == 0 || peer.uid == getuid());
}

bool is_shortage(int error) {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

UniqueFd open_reserve() {
    return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

} // namespace

BusLimits BusLimits::for_descriptors(rlim_t soft_limit) {
    BusLimits limits;
    if (soft_limit == RLIM_INFINITY || soft_limit >= 2 * limits.peers) return limits;
    limits.peers = std::max<size_t>(soft_limit / 2, 4);
    limits.peers_of_others = limits.peers * 3 / 4;
    limits.peers_per_user = limits.peers / 2;
    return limits;
}

BusLimits BusLimits::for_this_process() {
    rlimit files{RLIM_INFINITY, RLIM_INFINITY};
    getrlimit(RLIMIT_NOFILE, &files);
    return for_descriptors(files.rlim_cur);
}

BusServer::BusServer(EventLoop& loop, const BusLimits& limits, Handler handler)
    : loop_(loop),
      limits_(limits),
      handler_(std::move(handler)),
      guid_(to_hex(random_id())),
      listener_(
          loop, [this] { accept_some(); }, listener_last),
      flush_timer_(loop, [this] { flush_all(); }),
      waiting_timer_(loop, [this] { serve_waiting(); }),
      patience_timer_(loop, [this] { cut_off_idle(); }),
      memory_timer_(loop, [] {
          release_spawn_memory();
          release_idle_memory();
      }) {}

Result<void> BusServer::listen(const std::string& path) {
    auto socket = bind_unix_socket(path, SOCK_STREAM, 0666);
    if (!socket) return socket.error();
    return serve_listener(std::move(*socket));
}

Result<void> BusServer::serve_listener(UniqueFd socket) {
    auto opened = listener_.open(std::move(socket));
    if (opened) reserve_ = open_reserve();
    return opened;
}

// Only some in one turn: short calls are answered and gone before the next ones come in.
void BusServer::accept_some() {
    if (!reserve_) reserve_ = open_reserve();
    for (int i = 0; i < accepted_per_turn; ++i) {
        UniqueFd socket = listener_.accept();
        if (!socket && is_shortage(errno)) socket = accept_without_reserve();
        if (!socket && errno == EAGAIN) return;
        if (!socket) return listener_.pause();
        ucred peer{};
        socklen_t size = sizeof peer;
        if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) continue;
        // The last descriptor is for root; another user has to connect again.
        if (!reserve_ && !is_trusted(peer)) {
            socket.reset();
            reserve_ = open_reserve();
            continue;
        }
        admit(std::move(socket), peer);
    }
}

UniqueFd BusServer::accept_without_reserve() {
    if (!reserve_) return {};
    reserve_.reset();
    UniqueFd socket = listener_.accept();
    int why = errno;
    if (!socket) reserve_ = open_reserve();
    errno = why;
    return socket;
}

bool BusServer::has_place(uid_t uid, bool trusted) {
    if (trusted) return links_.size() < limits_.peers;
    size_t others = 0, same_user = 0;
    for (const auto& [number, link] : links_) {
        others += !link->peer.trusted;
        same_user += link->peer.uid == uid;
    }
    return others < limits_.peers_of_others && same_user < limits_.peers_per_user;
}

bool BusServer::admit(UniqueFd socket, const ucred& credentials) {
    bool trusted = is_trusted(credentials);
    if (!has_place(credentials.uid, trusted)) {
        if (!std::exchange(said_full_, true)) log_warning("Too many clients, refusing more.");
        return false;
    }
    auto link = std::make_unique<Link>(
        std::move(socket),
        Connection::server(credentials.uid, guid_, trusted ? limits_.trusted : limits_.others));
    uint64_t number = ++last_number_;
    link->peer.number = number;
    link->peer.uid = credentials.uid;
    link->peer.pid = credentials.pid;
    link->peer.trusted = trusted;
    auto watch = loop_.watch(
        link->socket.get(), link->events,
        [this, number](uint32_t events) { on_event(number, events); }, peers_first);
    if (!watch) return false;
    link->watch = std::move(*watch);
    link->deadline =
        loop_.arm(monotonic_now() + limits_.authentication, [this, number] { close(number); });
    links_.emplace(number, std::move(link));
    return true;
}

void BusServer::on_event(uint64_t number, uint32_t events) {
    auto found = links_.find(number);
    if (found == links_.end()) return;
    Link& link = *found->second;
    // The connection keeps an error that these two find, and serve() sees it.
    if (events & EPOLLOUT) ignore_error(link.connection.on_writable(link.socket.get()));
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ignore_error(link.connection.on_readable(link.socket.get()));
    }
    if (link.peer.trusted) return serve(link, messages_per_turn);
    let_wait(link);
    update_watch(link);
    if (!heavy_users_.empty()) look_whether_less_is_kept();
}

// --- those who may only look ---------------------------------------------------------------------

void BusServer::let_wait(Link& link) {
    if (std::exchange(link.waits, true)) return;
    waiting_.push_back(link.peer.number);
    if (!heavy_users_.contains(link.peer.uid)) schedule_waiting();
}

void BusServer::schedule_waiting() {
    if (!waiting_timer_.armed()) waiting_timer_.arm(Span{});
}

// One call of each in turn. Timers come after descriptors: trusted peers have been served.
void BusServer::serve_waiting() {
    Span end = monotonic_now() + limits_.work_for_others;
    auto kept = this->kept();
    for (size_t left = waiting_.size(); left > 0; --left) {
        uint64_t number = waiting_.front();
        waiting_.pop_front();
        auto found = links_.find(number);
        if (found == links_.end()) continue;
        Link& link = *found->second;
        if (is_too_much(kept, link.peer.uid)) {
            waiting_.push_back(number);
            note_much_kept(kept);
            continue;
        }
        link.waits = false;
        serve(link, 1);
        kept = this->kept();
        if (monotonic_now() >= end) break;
    }
    bool any = std::ranges::any_of(waiting_, [this](uint64_t number) {
        auto found = links_.find(number);
        return found != links_.end() && !heavy_users_.contains(found->second->peer.uid);
    });
    if (any) schedule_waiting();
}

BusServer::Kept BusServer::kept() const {
    Kept kept;
    for (const auto& [number, link] : links_) {
        if (link->peer.trusted) continue;
        kept.by_user[link->peer.uid] += link->connection.kept();
        kept.sum += link->connection.kept();
    }
    return kept;
}

bool BusServer::is_too_much(const Kept& kept, uid_t uid) const {
    auto users = kept.by_user.find(uid);
    return users != kept.by_user.end() &&
           (users->second > limits_.kept_for_user || kept.sum > limits_.kept_for_others);
}

// From now on the peers of these users are not read.
void BusServer::note_much_kept(const Kept& kept) {
    size_t before = heavy_users_.size();
    for (const auto& [uid, bytes] : kept.by_user) {
        if (is_too_much(kept, uid)) heavy_users_.insert(uid);
    }
    if (heavy_users_.size() == before) return;
    update_all_watches();
    if (!patience_timer_.armed()) patience_timer_.arm(monotonic_now() + limits_.patience);
}

void BusServer::cut_off_idle() {
    log_warning("Clients do not read what they have asked for, cutting them off.");
    auto is_heavy = [this](const Link& link) {
        return !link.peer.trusted && heavy_users_.contains(link.peer.uid);
    };
    for (auto next = links_.begin(); next != links_.end();) {
        const Link& link = *(next++)->second;
        if (is_heavy(link) && link.connection.unsent() > unread_limit) close(link.peer.number);
    }
    // Many halves of calls are much as well.
    for (auto kept = this->kept(); !links_.empty(); kept = this->kept()) {
        uint64_t worst = 0;
        size_t most = 0;
        for (const auto& [number, link] : links_) {
            bool is_candidate = is_heavy(*link) && is_too_much(kept, link->peer.uid);
            if (!is_candidate || link->connection.kept() <= most) continue;
            worst = number;
            most = link->connection.kept();
        }
        if (worst == 0) break;
        close(worst);
    }
    look_whether_less_is_kept();
}

void BusServer::look_whether_less_is_kept() {
    auto kept = this->kept();
    auto fewer = std::erase_if(heavy_users_, [&](uid_t uid) { return !is_too_much(kept, uid); });
    if (fewer == 0) return;
    if (heavy_users_.empty()) patience_timer_.cancel();
    update_all_watches();
    schedule_waiting();
}

void BusServer::update_all_watches() {
    for (auto next = links_.begin(); next != links_.end();) update_watch(*(next++)->second);
}

void BusServer::give_back_memory() {
    memory_timer_.arm(monotonic_now() + memory_pause);
}

// --- a peer --------------------------------------------------------------------------------------

void BusServer::serve(Link& link, int most_messages) {
    uint64_t number = link.peer.number;
    size_t before = link.connection.kept();
    auto more = handle_messages(link, most_messages);
    if (std::max(before, link.connection.kept()) > much_memory) give_back_memory();
    auto written = link.connection.on_writable(link.socket.get());
    if (!more || !written) return close(number);
    if (link.connection.authenticated()) link.deadline = {};
    link.again = {};
    bool goes_on = *more && link.connection.unsent() <= unread_limit;
    if (goes_on && !link.peer.trusted) let_wait(link);
    if (goes_on && link.peer.trusted) {
        link.again = loop_.arm(Span{}, [this, number] { on_event(number, 0); });
    }
    update_watch(link);
}

// Whether messages may be left.
Result<bool> BusServer::handle_messages(Link& link, int most_messages) {
    for (int i = 0; i < most_messages; ++i) {
        if (link.connection.unsent() > unread_limit) return true;
        auto message = link.connection.next();
        if (!message) return message.error();
        if (!*message) return false;
        auto answer = handler_(link.peer, **message);
        if (!answer) continue;
        auto sent = link.connection.send(std::move(*answer));
        if (!sent && link.connection.failure()) return sent.error();
    }
    return true;
}

void BusServer::update_watch(Link& link) {
    uint32_t wanted = 0;
    bool is_read = link.connection.unsent() <= unread_limit;
    if (!link.peer.trusted && (link.waits || heavy_users_.contains(link.peer.uid))) is_read = false;
    if (is_read) wanted |= EPOLLIN;
    if (link.connection.wants_write()) wanted |= EPOLLOUT;
    if (wanted == link.events) return;
    link.events = wanted;
    if (!link.watch.modify(wanted)) close(link.peer.number);
}

bool BusServer::has_subscribers() const noexcept {
    return std::ranges::any_of(links_,
                               [](const auto& entry) { return entry.second->peer.subscribed; });
}

// May be called while a call of one of the peers is handled: a peer that takes no more is closed by
// flush_all().
void BusServer::broadcast(const Message& signal, Audience audience) {
    for (auto& [number, link] : links_) {
        if (!link->connection.authenticated()) continue;
        if (audience == Audience::Subscribers && !link->peer.subscribed) continue;
        Message copy = signal;
        if (!link->peer.name.empty()) copy.sender = "org.freedesktop.systemd1";
        ignore_error(link->connection.send(std::move(copy)));
        schedule_flush();
    }
}

void BusServer::tell(const BusPeer& peer, Message signal) {
    auto found = links_.find(peer.number);
    if (found == links_.end()) return;
    ignore_error(found->second->connection.send(std::move(signal)));
    schedule_flush();
}

void BusServer::answer(uint64_t peer_number, Message reply) {
    auto found = links_.find(peer_number);
    if (found == links_.end()) return;
    Link& link = *found->second;
    if (!link.peer.name.empty()) {
        reply.sender = "org.freedesktop.systemd1";
        reply.destination = link.peer.name;
    }
    ignore_error(link.connection.send(std::move(reply)));
    schedule_flush();
}

void BusServer::schedule_flush() {
    if (!flush_timer_.armed()) flush_timer_.arm(Span{});
}

void BusServer::flush_all() {
    for (auto next = links_.begin(); next != links_.end();) {
        Link& link = *(next++)->second;
        if (!link.connection.failure() && !link.connection.wants_write()) continue;
        if (link.connection.on_writable(link.socket.get()))
            update_watch(link);
        else
            close(link.peer.number);
    }
    if (!heavy_users_.empty()) look_whether_less_is_kept();
}

void BusServer::close(uint64_t number) {
    auto found = links_.find(number);
    if (found == links_.end()) return;
    links_.erase(found);
    said_full_ = false;
}

} // namespace sctl
