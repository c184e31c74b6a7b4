#include "wire/sasl.hpp"

#include <cerrno>
#include <optional>

#include "base/text.hpp"

namespace sctl {

namespace {

Error protocol_error(std::string_view what) {
    return Error{EPROTO, cat("authentication: ", what), {}};
}

// Moves the beginning of `bytes` to `line` until that holds a whole line; whether it does. Then
// `line` has lost its CR LF.
bool take_line(std::string_view bytes, size_t& at, std::string& line) {
    while (at < bytes.size()) {
        char c = bytes[at++];
        if (c == '\n' && line.ends_with('\r')) {
            line.pop_back();
            return true;
        }
        line.push_back(c);
        if (line.size() > longest_sasl_line) return false;
    }
    return false;
}

// The words of "WORD REST"; REST is "" where there is none.
std::string_view first_word(std::string_view line, std::string_view& rest) {
    auto space = line.find(' ');
    rest = space == std::string_view::npos ? "" : line.substr(space + 1);
    return line.substr(0, space);
}

std::optional<std::string> unhex(std::string_view digits) {
    if (digits.size() % 2 != 0) return std::nullopt;
    std::string text;
    for (; !digits.empty(); digits.remove_prefix(2)) {
        auto byte = parse_number<uint8_t>(digits.substr(0, 2), 16);
        if (!byte) return std::nullopt;
        text.push_back(static_cast<char>(*byte));
    }
    return text;
}

} // namespace

void SaslServer::answer_claim(std::string_view claim, std::string& out) {
    auto text = unhex(claim);
    bool fits = text && (text->empty() || parse_number<uid_t>(*text) == peer_);
    if (fits)
        out += cat("OK ", guid_, "\r\n");
    else
        out += "REJECTED EXTERNAL\r\n";
    state_ = fits ? State::Begin : State::Auth;
}

Result<void> SaslServer::answer(std::string_view line, std::string& out) {
    std::string_view rest;
    auto command = first_word(line, rest);
    if (command == "AUTH" && state_ == State::Auth) {
        std::string_view claim;
        if (first_word(rest, claim) != "EXTERNAL") {
            out += "REJECTED EXTERNAL\r\n";
        } else if (claim.empty()) {
            out += "DATA\r\n";
            state_ = State::Data;
        } else {
            answer_claim(claim, out);
        }
    } else if (command == "DATA" && state_ == State::Data) {
        answer_claim(rest, out);
    } else if (command == "BEGIN") {
        if (state_ != State::Begin) return protocol_error("BEGIN before it was agreed");
        state_ = State::Done;
    } else if (command == "NEGOTIATE_UNIX_FD" && state_ == State::Begin) {
        // Agreed, since some clients need it; descriptors that come are dropped by the kernel.
        out += "AGREE_UNIX_FD\r\n";
    } else if (command == "CANCEL" || command == "ERROR") {
        out += "REJECTED EXTERNAL\r\n";
        state_ = State::Auth;
    } else {
        out += "ERROR\r\n";
    }
    return {};
}

Result<size_t> SaslServer::feed(std::string_view bytes, std::string& out) {
    size_t at = 0;
    if (state_ == State::Nul && !bytes.empty()) {
        if (bytes[at++] != '\0') return protocol_error("the first byte is not NUL");
        state_ = State::Auth;
    }
    while (!done() && take_line(bytes, at, line_)) {
        auto answered = answer(line_, out);
        if (!answered) return answered.error();
        line_.clear();
    }
    if (line_.size() > longest_sasl_line) return protocol_error("a line is too long");
    taken_ += at;
    if (taken_ > longest_sasl_dialogue) return protocol_error("it does not come to an end");
    return at;
}

std::string_view SaslClient::request() noexcept {
    using namespace std::string_view_literals;
    return "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"sv;
}

Result<void> SaslClient::hear(std::string_view line) {
    std::string_view rest;
    auto command = first_word(line, rest);
    if (command == "DATA" && !challenged_) {
        challenged_ = true;
        return {};
    }
    if (command == "OK") {
        done_ = true;
        return {};
    }
    if (command == "REJECTED") {
        return Error{EACCES, "authentication: the server rejects us",
                     "org.freedesktop.DBus.Error.AccessDenied"};
    }
    return protocol_error("the server's answer is not understood");
}

Result<size_t> SaslClient::feed(std::string_view bytes) {
    size_t at = 0;
    while (!done_ && take_line(bytes, at, line_)) {
        auto heard = hear(line_);
        if (!heard) return heard.error();
        line_.clear();
    }
    if (line_.size() > longest_sasl_line) return protocol_error("a line is too long");
    taken_ += at;
    if (taken_ > longest_sasl_dialogue) return protocol_error("it does not come to an end");
    return at;
}

} // namespace sctl
