// One peer's stream of messages without a loop and without a descriptor of its own: the
// owner of the socket says when it can be read or written. It authenticates first, cuts the bytes
// into messages, gives out serials and queues what is to be sent. Nothing here waits.
//
//   epoll: readable -> on_readable(fd); while (next() gives a message) handle, send(...);
//          then on_writable(fd) once, and watch for writing only while wants_write()
//
// The first error is final: on_readable(), next() and send() then all return it, and the owner
// closes the socket. A peer that sends what is not D-Bus, or does not read what it is sent, ends
// so.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "wire/message.hpp"
#include "wire/sasl.hpp"

namespace sctl {

struct ConnectionLimits {
    size_t incoming_message = size_t{1} << 20; // a longer message ends the connection
    size_t outgoing_queue = size_t{4} << 20;   // a send() while more is unread ends it as well
};

class Connection {
  public:
    // The manager's side of a socket that was accepted; `peer` from SO_PEERCRED, `guid` 32
    // hexadecimal digits.
    [[nodiscard]] static Connection server(uid_t peer, std::string guid,
                                           const ConnectionLimits& limits = {});
    // Messages may be sent at once: they go out right behind the authentication.
    [[nodiscard]] static Connection client(const ConnectionLimits& limits = {longest_message,
                                                                             longest_message});

    // Reads once from the socket, up to some 32 KiB. The end of the stream is no error yet: the
    // messages that came before it are still given by next().
    Result<void> on_readable(int fd);
    // What on_readable() does with the bytes it got.
    Result<void> feed(std::string_view bytes);
    // The next whole message, nothing where none has come yet, or why there will be no more
    // (ECONNRESET where the peer has closed).
    Result<std::optional<Message>> next();

    // Queues a message with the next serial, which is returned. Fails without harm to the
    // connection where the message itself is not valid (EINVAL, EMSGSIZE); otherwise the connection
    // is over: ENOBUFS where the peer does not read.
    Result<uint32_t> send(Message message);
    [[nodiscard]] bool wants_write() const noexcept { return !failure_ && sent_ < out_.size(); }
    // Writes as much as the socket takes.
    Result<void> on_writable(int fd);

    // The dialogue is over and messages may flow: send no signals before.
    [[nodiscard]] bool authenticated() const noexcept {
        return std::holds_alternative<std::monostate>(sasl_);
    }
    [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }
    [[nodiscard]] size_t unsent() const noexcept { return out_.size() - sent_; }
    // Bytes that are kept for the peer: of a call that is not whole, of what it has not read.
    [[nodiscard]] size_t kept() const noexcept { return in_.size() + out_.size(); }

  private:
    explicit Connection(const ConnectionLimits& limits) : limits_(limits) {}
    Result<size_t> authenticate(std::string_view bytes);
    Error fail(Error error);

    ConnectionLimits limits_;
    std::variant<std::monostate, SaslServer, SaslClient> sasl_;
    std::string in_;
    size_t taken_ = 0;  // bytes of in_ that were given out as messages
    size_t needed_ = 1; // how long in_ must be after taken_ before decode() is worth a try
    bool ended_ = false;
    std::string out_;
    size_t sent_ = 0; // bytes of out_ that the socket has taken
    uint32_t last_serial_ = 0;
    std::optional<Error> failure_;
};

} // namespace sctl
