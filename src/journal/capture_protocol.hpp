// What the manager and its capture process say to each other, in packets over a SOCK_SEQPACKET
// pair. Both ends are the same binary, so a message is a struct and two texts; docs/formats.md says
// what happens when. A packet has as many messages as there are: a thousand services that stop at
// once are some dozens of packets.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "os/process.hpp"

namespace sctl {

// How a Line stands on descriptor 2: without the first of these in the log files alone.
inline constexpr uint8_t console_line = 1, console_time = 2, console_color = 4;

struct CaptureMessage {
    enum class Kind : uint32_t {
        Open,      // to the capture process: read stream `id`, whose descriptor comes along
        SetPid,    // to it: `pid` writes to stream `id`
        Line,      // to it: the manager's own line `text` about `unit`
        Closed,    // from it: stream `id` has ended
        Began,     // from it: it runs, and reads
        LogSocket, // to it: what programs log to, a LogSocketKind by `id`; comes with a descriptor
        WhoIs, // from it: whose is `pid`, which began at `id` ticks; its `tag`, cgroup in `text`
        Owner, // to it: the answer, with the same two numbers: `unit`, or nobody's
    };
    Kind kind = Kind::Line;
    uint64_t id = 0;
    int32_t pid = 0;
    int32_t priority = 6;     // Open: of a line that does not say
    bool level_prefix = true; // Open: a line says so by "<N>" before it
    Span realtime{};
    ProcessTag tag; // WhoIs
    std::string unit;
    std::string text; // Open: the identifier
    uint8_t console = console_line;
};

// Longer texts of a Line are cut.
inline constexpr size_t longest_capture_text = 32 << 10;

class CapturePacket {
  public:
    // False where it is full, which an empty one never is. Only the first message may be one that
    // comes with a descriptor.
    [[nodiscard]] bool add(const CaptureMessage& message);
    // 0, or an errno value: EAGAIN where the other end is slow. `fd` is the first one's. Never
    // blocks, raises no SIGPIPE.
    [[nodiscard]] int send(int socket, int fd = -1) const noexcept;

  private:
    std::string bytes_;
};

[[nodiscard]] constexpr bool has_descriptor(CaptureMessage::Kind kind) noexcept {
    return kind == CaptureMessage::Kind::Open || kind == CaptureMessage::Kind::LogSocket;
}

struct ReceivedCapturePacket {
    std::vector<CaptureMessage> messages;
    UniqueFd fd;
};
enum class ReceiveState : uint8_t { Got, Nothing, Ended };
// One packet. What is not well-formed is skipped. `Ended`: the other end is closed.
[[nodiscard]] ReceiveState receive_capture_packet(int socket, ReceivedCapturePacket& received);

} // namespace sctl
