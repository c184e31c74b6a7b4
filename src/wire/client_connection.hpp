// The client's blocking connection to a manager's socket. Authentication and the first call leave
// in one write, so a short verb costs one write and one or two reads.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "wire/connection.hpp"

namespace sctl {

// How long systemctl waits for an answer by default.
inline constexpr Span default_call_timeout = 25s;

// Connects to the socket at `path`, which may be longer than the 108 bytes that a socket address
// holds. The descriptor does not block. Error.code tells why (ENOENT, ECONNREFUSED, EACCES, ...;
// ETIMEDOUT where it is not accepted).
[[nodiscard]] Result<UniqueFd> connect_to_socket(const std::string& path,
                                                 Span timeout = default_call_timeout);
// Whether root, our own user or PID 1 listens at the other end: where all may write to /run,
// anybody may have been first at the manager's place.
[[nodiscard]] bool is_trusted_listener(int socket) noexcept;

// Whom a client talks to: whoever listens, or nobody (ECONNREFUSED) where that is not to be
// trusted.
enum class Listener : uint8_t { Anyone, Trusted };

class ClientConnection {
  public:
    [[nodiscard]] static Result<ClientConnection> open(const std::string& socket_path,
                                                       Span timeout = default_call_timeout,
                                                       Listener listener = Listener::Anyone);
    // Over a socket that is connected already.
    explicit ClientConnection(UniqueFd socket)
        : socket_(std::move(socket)), connection_(Connection::client()) {}

    // Sends `call` and waits for its answer; `infinity` waits for ever. An error reply becomes an
    // Error with its D-Bus name and text (Error.code is 0). Otherwise Error.code is ETIMEDOUT,
    // ECONNRESET where the manager went away, or why the call could not be sent. Signals that come
    // meanwhile are kept.
    Result<Message> call(Message call, Span timeout = default_call_timeout);
    // Sends `call` ahead of time: a later call() of the same words takes its answer, or what went
    // wrong. So the manager works on the next questions while the caller is busy with an answer.
    void prefetch(Message call);
    // Sends a message without waiting for its answer.
    Result<void> send(Message message, Span timeout = default_call_timeout);

    // The first signal, of those kept and those to come, for which `wanted` is true; earlier ones
    // are dropped.
    Result<Message> wait_signal(const std::function<bool(const Message&)>& wanted,
                                Span timeout = infinity);

    // To wait for it along with other descriptors.
    [[nodiscard]] int fd() const noexcept { return socket_.get(); }

  private:
    // Sends what is queued and gives the next message. `until` is a moment of CLOCK_MONOTONIC.
    Result<Message> receive(Span until);
    Result<void> flush(Span until);
    Result<void> nudge();
    Result<Message> await(uint32_t serial, Span until);
    Result<void> wait_for(short events, Span until);
    void keep(Message&& signal);

    UniqueFd socket_;
    Connection connection_;
    std::deque<Message> signals_;
    struct Ahead {
        std::string words;
        uint32_t serial;
        std::optional<Message> answer; // come before anybody has asked for it
    };
    std::deque<Ahead> ahead_;
    bool nudged_ = false;
};

} // namespace sctl
