#include "wire/connection.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/text.hpp"

namespace sctl {

namespace {

constexpr size_t read_size = 32768;
constexpr size_t kept_capacity = 16384; // an idle connection holds no more than this

// Takes what was used from the front of a buffer: at once where all of it was, else once it is half
// of the buffer, so that the copying stays linear.
void drop_used(std::string& buffer, size_t& used) {
    if (used == buffer.size()) {
        // `buffer = {}` would be an empty initializer list, and keep the memory.
        if (buffer.capacity() > kept_capacity) std::string().swap(buffer);
        buffer.clear();
        used = 0;
    } else if (used > buffer.size() / 2) {
        buffer.erase(0, used);
        used = 0;
    }
}

} // namespace

Connection Connection::server(uid_t peer, std::string guid, const ConnectionLimits& limits) {
    Connection connection(limits);
    connection.sasl_.emplace<SaslServer>(peer, std::move(guid));
    return connection;
}

Connection Connection::client(const ConnectionLimits& limits) {
    Connection connection(limits);
    connection.sasl_.emplace<SaslClient>();
    connection.out_ = SaslClient::request();
    return connection;
}

Error Connection::fail(Error error) {
    if (!failure_) failure_ = std::move(error);
    return *failure_;
}

Result<void> Connection::on_readable(int fd) {
    if (failure_) return *failure_;
    // The owner takes messages out between two reads; if not, its peer has to wait.
    if (ended_ || in_.size() - taken_ > limits_.incoming_message + read_size) return {};
    char buffer[read_size];
    ssize_t got;
    do {
        got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got > 0) return feed({buffer, static_cast<size_t>(got)});
    if (got == 0 || errno == ECONNRESET)
        ended_ = true;
    else if (errno != EAGAIN)
        return fail(errno_error("recv"));
    return {};
}

Result<size_t> Connection::authenticate(std::string_view bytes) {
    if (auto* server = std::get_if<SaslServer>(&sasl_)) {
        auto used = server->feed(bytes, out_);
        if (used && server->done()) sasl_ = std::monostate{};
        return used;
    }
    auto* client = std::get_if<SaslClient>(&sasl_);
    auto used = client->feed(bytes);
    if (used && client->done()) sasl_ = std::monostate{};
    return used;
}

Result<void> Connection::feed(std::string_view bytes) {
    if (failure_) return *failure_;
    if (!authenticated()) {
        auto used = authenticate(bytes);
        if (!used) return fail(used.error());
        bytes.remove_prefix(*used);
    }
    in_.append(bytes);
    return {};
}

Result<std::optional<Message>> Connection::next() {
    if (failure_) return *failure_;
    while (in_.size() - taken_ >= needed_) {
        auto decoded = decode(std::string_view(in_).substr(taken_), limits_.incoming_message);
        if (!decoded) return fail(decoded.error());
        if (!decoded->message) {
            needed_ = decoded->size;
            continue;
        }
        taken_ += decoded->size;
        needed_ = 1;
        drop_used(in_, taken_);
        // Types that D-Bus may get one day are to be ignored.
        if (decoded->message->type <= MessageType::Signal) return std::move(decoded->message);
    }
    if (ended_) return fail(Error{ECONNRESET, "the peer closed the connection", {}});
    return std::optional<Message>{};
}

Result<uint32_t> Connection::send(Message message) {
    if (failure_) return *failure_;
    if (unsent() > limits_.outgoing_queue) {
        return fail(Error{ENOBUFS, "the peer does not read what it is sent", {}});
    }
    message.serial = last_serial_ == UINT32_MAX ? 1 : last_serial_ + 1;
    auto bytes = encode(message);
    if (!bytes) return bytes.error();
    last_serial_ = message.serial;
    if (out_.empty())
        out_ = *std::move(bytes);
    else
        out_.append(*bytes);
    return message.serial;
}

Result<void> Connection::on_writable(int fd) {
    while (wants_write()) {
        ssize_t put = ::send(fd, out_.data() + sent_, unsent(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && errno == EAGAIN) break;
        // A peer that has left may have said something before: reading will find that and the end.
        bool gone = put < 0 && (errno == EPIPE || errno == ECONNRESET);
        if (put < 0 && !gone) return fail(errno_error("send"));
        sent_ += gone ? unsent() : static_cast<size_t>(put);
    }
    drop_used(out_, sent_);
    if (failure_) return *failure_;
    return {};
}

} // namespace sctl
