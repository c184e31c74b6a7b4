// The manager's end of the private socket: it accepts peers, keeps one wire connection for each,
// and hands their calls to a handler. It knows nothing of units.
//
// No peer can hurt another. How many there may be is bounded, in all and for each user, with some
// places that only root can take; garbage ends the connection it came on; half a message waits and
// costs nothing; a peer that does not read is served no further, and is cut off when signals
// for it pile up. Where descriptors run out, new peers wait in the kernel's queue.
//
// In sum: the calls of root and of the manager's user are answered first in each turn; those of
// others one after the other, a peer at a time, for a bounded time. What is kept for the peers of
// one user, half calls and answers that were not read, is bounded: beyond it they are neither
// read nor served, and if it does not become less soon, those for whom most is kept are cut off.
#pragma once

#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "graph/dependency.hpp"
#include "manager/unit_hold.hpp"
#include "os/event_loop.hpp"
#include "os/listening_socket.hpp"
#include "wire/connection.hpp"

namespace sctl {

struct BusLimits {
    size_t peers = 512;                     // in all
    size_t peers_of_others = 384;           // of those who may only look: the rest is kept for root
    size_t peers_per_user = 256;            // of one of these
    Span authentication = 30s;              // the time for it
    Span work_for_others = 5ms;             // in one turn, if not a single call takes longer
    size_t kept_for_user = size_t{8} << 20; // bytes, for one of the others
    size_t kept_for_others = size_t{32} << 20;
    Span patience = 1s; // with a user for whom more is kept
    ConnectionLimits trusted{};
    ConnectionLimits others{.incoming_message = size_t{256} << 10,
                            .outgoing_queue = size_t{1} << 20};

    // At most half of the descriptors that we may open: starts need the others.
    [[nodiscard]] static BusLimits for_descriptors(rlim_t soft_limit);
    [[nodiscard]] static BusLimits for_this_process();
};

// Who is at the other end, as the kernel says, and which signals it has asked for.
struct BusPeer {
    uint64_t number = 0; // counted from 1
    uid_t uid = 0;
    pid_t pid = 0;
    bool trusted = false;                       // may do all; others may only look
    bool subscribed = false;                    // to the signals of the manager
    std::string name;                           // ":1.N" once it has said Hello
    std::multimap<UnitId, UnitHold> references; // by RefUnit
};

enum class Audience : uint8_t { Everyone, Subscribers };

class BusServer {
  public:
    // Answers one message; nothing where none is due.
    using Handler = std::function<std::optional<Message>(BusPeer& peer, const Message& message)>;

    BusServer(EventLoop& loop, const BusLimits& limits, Handler handler);
    BusServer(const BusServer&) = delete;
    BusServer& operator=(const BusServer&) = delete;

    // Serves the socket at `path`, which is made (a former owner's is removed). Anyone may connect.
    Result<void> listen(const std::string& path);
    // The same on a socket that listens already.
    Result<void> serve_listener(UniqueFd socket);
    // Takes a connected socket as a peer with these credentials. False where there are too many: it
    // is closed.
    bool admit(UniqueFd socket, const ucred& credentials);
    // Queues the reply to a call that the handler has left open; does nothing where the peer is
    // gone.
    void answer(uint64_t peer_number, Message reply);
    // Queues a signal for all peers that have authenticated, or for those of them that subscribed.
    void broadcast(const Message& signal, Audience audience);
    // To one peer, as above.
    void tell(const BusPeer& peer, Message signal);

    [[nodiscard]] size_t peer_count() const noexcept { return links_.size(); }
    [[nodiscard]] bool has_subscribers() const noexcept;
    // Of this server, 32 hexadecimal digits.
    [[nodiscard]] const std::string& guid() const noexcept { return guid_; }

  private:
    struct Link {
        Link(UniqueFd fd, Connection wire) : socket(std::move(fd)), connection(std::move(wire)) {}
        BusPeer peer;
        UniqueFd socket;
        Connection connection;
        Watch watch;
        uint32_t events = EPOLLIN;
        OwnedTimer deadline; // until it has authenticated
        OwnedTimer again;    // messages are left that the last turn did not get to
        bool waits = false;  // in waiting_
    };
    // How much is kept for the peers that are not trusted.
    struct Kept {
        std::map<uid_t, size_t> by_user;
        size_t sum = 0;
    };

    void accept_some();
    UniqueFd accept_without_reserve();
    [[nodiscard]] bool has_place(uid_t uid, bool trusted);
    void on_event(uint64_t number, uint32_t events);
    void serve(Link& link, int most_messages);
    [[nodiscard]] Result<bool> handle_messages(Link& link, int most_messages);
    void let_wait(Link& link);
    void schedule_waiting();
    void serve_waiting();
    [[nodiscard]] Kept kept() const;
    [[nodiscard]] bool is_too_much(const Kept& kept, uid_t uid) const;
    void note_much_kept(const Kept& kept);
    void update_all_watches();
    void cut_off_idle();
    void look_whether_less_is_kept();
    void give_back_memory();
    void update_watch(Link& link);
    void schedule_flush();
    void flush_all();
    void close(uint64_t number);

    EventLoop& loop_;
    BusLimits limits_;
    Handler handler_;
    std::string guid_;
    ListeningSocket listener_;
    UniqueFd reserve_; // given up for root where no other descriptor is left
    std::map<uint64_t, std::unique_ptr<Link>> links_;
    OwnedTimer flush_timer_, waiting_timer_, patience_timer_, memory_timer_;
    std::deque<uint64_t> waiting_; // those of others with calls to be answered
    uint64_t last_number_ = 0;
    std::set<uid_t> heavy_users_; // for whom too much is kept
    bool said_full_ = false;
};

} // namespace sctl
