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
    ProcessTag tag;
    int16_t priority;
    int8_t level_prefix;
    uint8_t console;
    uint32_t unit_size, text_size; // of what follows
};

constexpr size_t longest_unit = 1024;
constexpr size_t longest_packet = sizeof(Header) + longest_unit + longest_capture_text;

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

// Of a packet that is cut or made up, those that are whole.
void split_packet(std::string_view bytes, std::vector<CaptureMessage>& messages) {
    while (bytes.size() >= sizeof(Header)) {
        Header header;
        memcpy(&header, bytes.data(), sizeof header);
        bytes.remove_prefix(sizeof header);
        if (header.unit_size > bytes.size()) return;
        auto unit = bytes.substr(0, header.unit_size);
        bytes.remove_prefix(unit.size());
        if (header.text_size > bytes.size()) return;
        auto text = bytes.substr(0, header.text_size);
        bytes.remove_prefix(text.size());
        messages.push_back({header.kind, header.id, header.pid, header.priority,
                            header.level_prefix != 0, Span(header.realtime), header.tag,
                            std::string(unit), std::string(text), header.console});
    }
}

} // namespace

bool CapturePacket::add(const CaptureMessage& message) {
    auto unit = std::string_view(message.unit).substr(0, longest_unit);
    auto text = std::string_view(message.text).substr(0, longest_capture_text);
    bool is_first = bytes_.empty();
    if (!is_first && has_descriptor(message.kind)) return false;
    size_t size = bytes_.size() + sizeof(Header) + unit.size() + text.size();
    if (size > longest_packet) return false;
    Header header{message.kind,
                  message.pid,
                  message.id,
                  message.realtime.count(),
                  message.tag,
                  static_cast<int16_t>(message.priority),
                  static_cast<int8_t>(message.level_prefix),
                  message.console,
                  static_cast<uint32_t>(unit.size()),
                  static_cast<uint32_t>(text.size())};
    bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
    bytes_ += unit;
    bytes_ += text;
    return true;
}

int CapturePacket::send(int socket, int fd) const noexcept {
    iovec whole{const_cast<char*>(bytes_.data()), bytes_.size()}; // sendmsg does not write
    msghdr packet{};
    packet.msg_iov = &whole;
    packet.msg_iovlen = 1;
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

ReceiveState receive_capture_packet(int socket, ReceivedCapturePacket& received) {
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
        received.messages.clear();
        split_packet({buffer.data(), static_cast<size_t>(got)}, received.messages);
        return ReceiveState::Got;
    }
}

} // namespace sctl
