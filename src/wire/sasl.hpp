// The dialogue before the first message (D-Bus specification, "Authentication Protocol"): lines
// ended by CR LF, from both sides, after one NUL byte of the client. Both sides are pure: bytes in,
// bytes out. There is one mechanism, EXTERNAL: the server knows from the kernel who the peer is.
//
//   sd-bus and we:  \0AUTH EXTERNAL, DATA, [NEGOTIATE_UNIX_FD,] BEGIN and the first call in one go
//                   <- DATA, OK GUID [, AGREE_UNIX_FD]
//   go-systemd:     \0AUTH <- REJECTED EXTERNAL; AUTH EXTERNAL <- DATA; DATA <- OK GUID;
//                   NEGOTIATE_UNIX_FD <- AGREE_UNIX_FD; BEGIN
//   libdbus:        \0AUTH EXTERNAL 30 <- OK GUID; ...
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

// Neither side may send more than this before the dialogue is over.
inline constexpr size_t longest_sasl_dialogue = 16384;
inline constexpr size_t longest_sasl_line = 4096;

class SaslServer {
  public:
    // `peer` comes from SO_PEERCRED; `guid` is 32 hexadecimal digits that name this server.
    SaslServer(uid_t peer, std::string guid) : peer_(peer), guid_(std::move(guid)) {}

    // Takes bytes from the client, appends the answers to `out` and returns how many bytes were
    // used: all of them, until BEGIN; what follows it are messages. An error ends the connection.
    Result<size_t> feed(std::string_view bytes, std::string& out);
    [[nodiscard]] bool done() const noexcept { return state_ == State::Done; }

  private:
    enum class State { Nul, Auth, Data, Begin, Done };

    Result<void> answer(std::string_view line, std::string& out);
    // The answer to an identity claimed in hexadecimal, "" for none: OK or REJECTED.
    void answer_claim(std::string_view claim, std::string& out);

    State state_ = State::Nul;
    uid_t peer_;
    std::string guid_;
    std::string line_; // what has come of a line so far
    size_t taken_ = 0;
};

class SaslClient {
  public:
    // All that the client says; messages may follow at once, without waiting for an answer. No uid
    // is claimed, since ours may have another number in the server's user namespace.
    [[nodiscard]] static std::string_view request() noexcept;

    // As SaslServer's; an error says that the server refuses us.
    Result<size_t> feed(std::string_view bytes);
    [[nodiscard]] bool done() const noexcept { return done_; }

  private:
    Result<void> hear(std::string_view line);

    bool challenged_ = false;
    bool done_ = false;
    std::string line_;
    size_t taken_ = 0;
};

} // namespace sctl
