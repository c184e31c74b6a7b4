#include "journal/capture_protocol.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sctl {
namespace {

struct Header {
    CaptureMessage::Kind kind;
    int32_t pid;
    uint64_t id;
    int64_t realtime;
    int32_t priority;
    uint32_t unit_size; // the rest of the packet is the text
};

constexpr size_t longest_unit = 1024;
constexpr size_t longest_packet = sizeof(Header) + longest_unit + longest_capture_text;

iovec part(const void* data, size_t size) {
    return {const_cast<void*>(data), size}; // sendmsg does not write
}

union Control {
    cmsghdr header; // for its alignment
    char space[CMSG_SPACE(sizeof(int))];
};

UniqueFd take_descriptor(msghdr& packet) {
    UniqueFd fd;
    for (cmsghdr* c = CMSG_FIRSTHDR(&packet); c; c = CMSG_NXTHDR(&packet, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        int number;
        memcpy(&number, CMSG_DATA(c), sizeof number);
        fd.reset(number);
    }
    return fd;
}

} // namespace

int send_capture_message(int socket, const CaptureMessage& message, int fd) noexcept {
    size_t unit_size = std::min(message.unit.size(), longest_unit);
    size_t text_size = std::min(message.text.size(), longest_capture_text);
    Header header{message.kind,     message.pid, message.id, message.realtime.count(),
                  message.priority, static_cast<uint32_t>(unit_size)};
    std::array<iovec, 3> parts{part(&header, sizeof header), part(message.unit.data(), unit_size),
                               part(message.text.data(), text_size)};
    msghdr packet{};
    packet.msg_iov = parts.data();
    packet.msg_iovlen = parts.size();
    Control control{};
    if (fd >= 0) {
        packet.msg_control = control.space;
        packet.msg_controllen = sizeof control.space;
        cmsghdr* rights = CMSG_FIRSTHDR(&packet);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &packet, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

ReceiveState receive_capture_message(int socket, ReceivedCaptureMessage& received) {
    std::array<char, longest_packet> buffer;
    while (true) {
        iovec whole{buffer.data(), buffer.size()};
        Control control{};
        msghdr packet{};
        packet.msg_iov = &whole;
        packet.msg_iovlen = 1;
        packet.msg_control = control.space;
        packet.msg_controllen = sizeof control.space;
        ssize_t got = recvmsg(socket, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == ENOMEM)) return ReceiveState::Nothing;
        if (got <= 0) return ReceiveState::Ended;
        received.fd = take_descriptor(packet);
        Header header;
        auto size = static_cast<size_t>(got);
        if (size < sizeof header) continue;
        memcpy(&header, buffer.data(), sizeof header);
        if (header.unit_size > size - sizeof header) continue;
        const char* texts = buffer.data() + sizeof header;
        const char* end = buffer.data() + size;
        received.message = {header.kind,
                            header.id,
                            header.pid,
                            header.priority,
                            Span(header.realtime),
                            std::string(texts, header.unit_size),
                            std::string(texts + header.unit_size, end)};
        return ReceiveState::Got;
    }
}

} // namespace sctl
