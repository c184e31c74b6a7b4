// What the manager and its capture process say to each other, a packet each over a SOCK_SEQPACKET
// pair. Both ends are the same binary, so a packet is a struct and two texts; docs/formats.md says
// what happens when.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

struct CaptureMessage {
    enum class Kind : uint32_t {
        Open,   // to the capture process: read stream `id`, whose descriptor comes along
        SetPid, // to it: `pid` writes to stream `id`
        Line,   // to it: the manager's own line `text` about `unit`
        Closed, // from it: stream `id` has ended
    };
    Kind kind = Kind::Line;
    uint64_t id = 0;
    int32_t pid = 0;
    int32_t priority = 6;
    Span realtime{};
    std::string unit;
    std::string text; // Open: the identifier
};

// Longer texts of a Line are cut.
inline constexpr size_t longest_capture_text = 32 << 10;

// 0, or an errno value: EAGAIN where the other end is slow. Never blocks, raises no SIGPIPE.
[[nodiscard]] int send_capture_message(int socket, const CaptureMessage& message, int fd = -1) noexcept;

struct ReceivedCaptureMessage {
    CaptureMessage message;
    UniqueFd fd;
};
enum class ReceiveState : uint8_t { Got, Nothing, Ended };
// One packet. What is not well-formed is skipped. `Ended`: the other end is closed.
[[nodiscard]] ReceiveState receive_capture_message(int socket, ReceivedCaptureMessage& received);

} // namespace sctl
