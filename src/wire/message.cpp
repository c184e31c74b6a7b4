#include "wire/message.hpp"

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "wire/byte_order.hpp"

namespace sctl {

namespace {

// The fixed part of a header with the length of the fields array: `yyyyuu` and its `u`.
constexpr size_t fixed_header = 16;
constexpr uint8_t protocol_version = 1;
constexpr std::string_view header_signature = "yyyyuua(yv)";

enum class Field : uint8_t {
    Path = 1,
    Interface,
    Member,
    ErrorName,
    ReplySerial,
    Destination,
    Sender,
    Signature,
    UnixFds,
};

struct TextField {
    Field code;
    char type;
    std::string Message::*member;
    bool (*is_valid)(std::string_view);
    std::string_view name;
};

constexpr TextField text_fields[] = {
    {Field::Path, 'o', &Message::path, is_valid_object_path, "path"},
    {Field::Interface, 's', &Message::interface, is_valid_interface_name, "interface"},
    {Field::Member, 's', &Message::member, is_valid_member_name, "member"},
    {Field::ErrorName, 's', &Message::error_name, is_valid_interface_name, "error name"},
    {Field::Destination, 's', &Message::destination, is_valid_bus_name, "destination"},
    {Field::Sender, 's', &Message::sender, is_valid_bus_name, "sender"},
    {Field::Signature, 'g', &Message::signature, is_valid_signature, "signature"},
};

Error header_error(int code, std::string_view what) {
    return Error{code, cat("invalid message header: ", what),
                 code == EBADMSG ? "org.freedesktop.DBus.Error.InconsistentMessage" : ""};
}

// What is wrong with the fields together, "" for nothing.
std::string_view flaw(const Message& message) {
    if (message.serial == 0) return "no serial";
    if (message.path == "/org/freedesktop/DBus/Local" ||
        message.interface == "org.freedesktop.DBus.Local") {
        return "reserved for messages that are not sent";
    }
    if (message.signature.empty() && !message.body.empty()) return "a body without signature";
    switch (message.type) {
        case MessageType::MethodCall:
            return message.path.empty() || message.member.empty() ? "a call without path or member"
                                                                  : "";
        case MessageType::Signal:
            return message.path.empty() || message.interface.empty() || message.member.empty()
                       ? "a signal without path, interface or member"
                       : "";
        case MessageType::MethodReturn:
            return message.reply_serial == 0 ? "a reply without reply serial" : "";
        case MessageType::Error:
            return message.reply_serial == 0 || message.error_name.empty()
                       ? "an error without name or reply serial"
                       : "";
    }
    return static_cast<uint8_t>(message.type) == 0 ? "no type" : "";
}

void write_text_field(Writer& header, const TextField& field, const std::string& value) {
    header.open_struct().byte(static_cast<uint8_t>(field.code));
    header.open_variant({&field.type, 1});
    if (field.type == 'o')
        header.object_path(value);
    else if (field.type == 'g')
        header.signature(value);
    else
        header.string(value);
    header.close_variant().close_struct();
}

void write_number_field(Writer& header, Field code, uint32_t value) {
    if (value == 0) return;
    header.open_struct().byte(static_cast<uint8_t>(code));
    header.open_variant("u").uint32(value).close_variant().close_struct();
}

// Reads one field's variant into `message`.
Result<void> read_field(Reader& header, Field code, Message& message, uint32_t& seen) {
    auto type = header.enter_variant();
    if (!type) return type.error();
    auto bit = uint32_t{1} << (static_cast<unsigned>(code) & 31);
    bool known = code >= Field::Path && code <= Field::UnixFds;
    if (code == Field{0} || (known && (seen & bit))) {
        return header_error(EBADMSG, "a field twice, or of code 0");
    }
    if (known) seen |= bit;
    if (code == Field::ReplySerial || code == Field::UnixFds) {
        bool reply = code == Field::ReplySerial;
        if (*type != "u") return header_error(EBADMSG, "a number field of another type");
        auto number = header.uint32();
        if (!number) return number.error();
        if (reply && *number == 0) return header_error(EBADMSG, "reply serial 0");
        (reply ? message.reply_serial : message.unix_fds) = *number;
    }
    for (const auto& field : text_fields) {
        if (field.code != code) continue;
        if (*type != std::string_view(&field.type, 1)) {
            return header_error(EBADMSG, cat("a ", field.name, " of type '", *type, "'"));
        }
        auto text = header.any_text();
        if (!text) return text.error();
        if (!field.is_valid(*text)) return header_error(EBADMSG, cat("invalid ", field.name));
        message.*field.member = *text;
        break;
    }
    return header.exit_variant(); // skips what an unknown field holds
}

Result<void> read_fields(Reader& header, Message& message) {
    uint32_t seen = 0;
    if (auto in = header.enter_array(); !in) return in;
    while (!header.at_end()) {
        ignore_error(header.enter_struct()); // a failure lasts, and is found below
        auto code = header.byte();
        if (!code) return code.error();
        auto field = read_field(header, static_cast<Field>(*code), message, seen);
        if (!field) return field;
        if (auto out = header.exit_struct(); !out) return out;
    }
    return header.exit_array();
}

} // namespace

Message method_call(std::string_view path, std::string_view interface, std::string_view member) {
    Message call;
    call.path = path;
    call.interface = interface;
    call.member = member;
    return call;
}

Message signal_message(std::string_view path, std::string_view interface, std::string_view member) {
    Message signal = method_call(path, interface, member);
    signal.type = MessageType::Signal;
    signal.flags = flag_no_reply_expected;
    return signal;
}

Message method_return(const Message& call) {
    Message reply;
    reply.type = MessageType::MethodReturn;
    reply.flags = flag_no_reply_expected;
    reply.reply_serial = call.serial;
    reply.destination = call.sender;
    return reply;
}

Message error_reply(const Message& call, std::string_view name, std::string_view text) {
    Message reply = method_return(call);
    reply.type = MessageType::Error;
    reply.error_name = is_valid_interface_name(name) ? name : "org.freedesktop.DBus.Error.Failed";
    std::string clean(text);
    bool utf8 = is_valid_utf8(text);
    for (char& c : clean) {
        if (c == '\0' || (!utf8 && static_cast<signed char>(c) < 0)) c = '?';
    }
    Writer writer;
    writer.string(clean);
    ignore_error(writer.finish(reply)); // text beyond all bounds: the name alone must do
    return reply;
}

Error error_of(const Message& reply) {
    Error error{0, reply.error_name, reply.error_name};
    if (!reply.signature.starts_with('s')) return error;
    Reader reader(reply);
    auto text = reader.string();
    if (text && !text->empty()) error.text = *text;
    return error;
}

Result<std::string> encode(const Message& message) {
    auto wrong = flaw(message);
    if (!wrong.empty()) return header_error(EINVAL, wrong);
    Writer header(message.order);
    header.byte(static_cast<uint8_t>(message.order)).byte(static_cast<uint8_t>(message.type));
    header.byte(message.flags).byte(protocol_version);
    header.uint32(static_cast<uint32_t>(message.body.size())).uint32(message.serial);
    header.open_array("(yv)");
    for (const auto& field : text_fields) {
        const auto& value = message.*field.member;
        if (value.empty()) continue;
        if (!field.is_valid(value)) return header_error(EINVAL, cat("invalid ", field.name));
        write_text_field(header, field, value);
    }
    write_number_field(header, Field::ReplySerial, message.reply_serial);
    write_number_field(header, Field::UnixFds, message.unix_fds);
    header.close_array();
    if (auto good = header.status(); !good) return good.error();
    size_t padded = (header.body().size() + 7) & ~size_t{7};
    if (padded + message.body.size() > longest_message) {
        return header_error(EMSGSIZE, "the message is too long");
    }
    std::string out;
    out.reserve(padded + message.body.size());
    out.append(header.body()).resize(padded);
    out.append(message.body);
    return out;
}

Result<Decoded> decode(std::string_view buffer, size_t limit) {
    if (buffer.size() < fixed_header) return Decoded{{}, fixed_header};
    if (buffer[0] != 'l' && buffer[0] != 'B') return header_error(EBADMSG, "unknown byte order");
    if (buffer[3] != protocol_version) return header_error(EBADMSG, "unknown version");
    auto order = static_cast<ByteOrder>(buffer[0]);
    bool swapped = order != native_order;
    size_t body_size = from_bytes<uint32_t>(buffer.data() + 4, swapped);
    size_t fields_size = from_bytes<uint32_t>(buffer.data() + 12, swapped);
    size_t fields_end = fixed_header + fields_size;
    size_t body_begin = (fields_end + 7) & ~size_t{7};
    if (fields_size > longest_array || body_begin + body_size > std::min(limit, longest_message)) {
        return header_error(EMSGSIZE, "the message is too long");
    }
    if (buffer.size() < body_begin + body_size) return Decoded{{}, body_begin + body_size};
    for (size_t at = fields_end; at < body_begin; ++at) {
        if (buffer[at] != '\0') return header_error(EBADMSG, "padding that is not zero");
    }

    Message message;
    message.order = order;
    Reader header(buffer.substr(0, fields_end), header_signature, order);
    uint8_t ignored = 0;
    uint8_t type = 0;
    uint32_t size = 0;
    auto good = header.read(ignored, type, message.flags, ignored, size, message.serial);
    if (good) good = read_fields(header, message);
    if (good) good = header.finish();
    if (!good) return good.error();
    message.type = static_cast<MessageType>(type);
    message.body.assign(buffer.substr(body_begin, body_size));
    auto wrong = flaw(message);
    if (!wrong.empty()) return header_error(EBADMSG, wrong);
    return Decoded{std::move(message), body_begin + body_size};
}

} // namespace sctl
