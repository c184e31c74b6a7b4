// What must hold for any bytes that a peer sends. Each function returns what does not, or "": the
// fuzzers look for such bytes, a unit test runs the corpus.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"
#include "wire/message.hpp"
#include "wire/sasl.hpp"

namespace wire_input {

using namespace sctl;

// Copies all values up to the end of the container from `in` to `out`. False where one cannot be
// copied: it is malformed or a descriptor.
inline bool copy_values(Reader& in, Writer& out);

inline bool copy_container(Reader& in, Writer& out, std::string_view type) {
    bool whole = false;
    if (type.front() == 'a') {
        if (!in.enter_array()) return false;
        out.open_array(type.substr(1));
        whole = copy_values(in, out) && in.exit_array();
        out.close_array();
    } else if (type.front() == '(') {
        if (!in.enter_struct()) return false;
        out.open_struct();
        whole = copy_values(in, out) && in.exit_struct();
        out.close_struct();
    } else if (type.front() == '{') {
        if (!in.enter_dict_entry()) return false;
        out.open_dict_entry();
        whole = copy_values(in, out) && in.exit_dict_entry();
        out.close_dict_entry();
    } else {
        auto inner = in.enter_variant();
        if (!inner) return false;
        out.open_variant(*inner);
        whole = copy_values(in, out) && in.exit_variant();
        out.close_variant();
    }
    return whole;
}

template <class T>
bool pass(const Result<T>& value, Writer& out, Writer& (Writer::*write)(T)) {
    if (!value) return false;
    (out.*write)(*value);
    return true;
}

inline bool copy_value(Reader& in, Writer& out, std::string_view type) {
    switch (type.front()) {
        case 'y': return pass(in.byte(), out, &Writer::byte);
        case 'b': return pass(in.boolean(), out, &Writer::boolean);
        case 'n': return pass(in.int16(), out, &Writer::int16);
        case 'q': return pass(in.uint16(), out, &Writer::uint16);
        case 'i': return pass(in.int32(), out, &Writer::int32);
        case 'u': return pass(in.uint32(), out, &Writer::uint32);
        case 'x': return pass(in.int64(), out, &Writer::int64);
        case 't': return pass(in.uint64(), out, &Writer::uint64);
        case 'd': return pass(in.float64(), out, &Writer::float64);
        case 's': return pass(in.string(), out, &Writer::string);
        case 'o': return pass(in.object_path(), out, &Writer::object_path);
        case 'g': return pass(in.signature(), out, &Writer::signature);
        case 'h': return false;
        default: return copy_container(in, out, type);
    }
}

inline bool copy_values(Reader& in, Writer& out) {
    while (!in.at_end()) {
        if (!copy_value(in, out, in.next_type())) return false;
    }
    return in.status().has_value();
}

// A message that decodes has the bytes it claims; what Reader reads Writer writes, to the byte, and
// what encode makes decodes to the same.
inline std::string flaw_of_message(std::string_view bytes) {
    auto decoded = decode(bytes);
    if (!decoded) return decoded.error().text.empty() ? "an error without text" : "";
    if (!decoded->message) return decoded->size > bytes.size() ? "" : "asks for bytes it has";
    if (decoded->size > bytes.size()) return "used more bytes than there are";
    const Message& message = *decoded->message;

    Reader skipping(message);
    bool valid = skipping.finish().has_value();
    Reader reading(message);
    Writer writer(message.order);
    bool copied = copy_values(reading, writer);
    if (copied && reading.finish().has_value() != valid) return "skipping and reading disagree";
    if (copied && valid) {
        if (!writer.status())
            return cat("a valid body is not written: ", writer.status().error().text);
        if (writer.body() != message.body) return "a valid body is written otherwise";
        if (writer.signature() != message.signature) return "a signature is written otherwise";
    }

    auto again = encode(message);
    if (!again) return cat("a valid message is not encoded: ", again.error().text);
    auto back = decode(*again);
    if (!back || !back->message) return "our own bytes are not decoded";
    const Message& second = *back->message;
    bool same = second.path == message.path && second.member == message.member &&
                second.interface == message.interface && second.sender == message.sender &&
                second.error_name == message.error_name && second.type == message.type &&
                second.destination == message.destination && second.serial == message.serial &&
                second.reply_serial == message.reply_serial && second.body == message.body;
    return same ? "" : "a message changes on its way";
}

// What one side of the dialogue made of its input.
struct Dialogue {
    bool failed = false;
    bool done = false;
    size_t used = 0;
    std::string answers;
    bool operator==(const Dialogue&) const = default;
};

template <class Feed, class Done>
Dialogue converse(std::string_view bytes, size_t step, Feed feed, Done done) {
    Dialogue result;
    while (result.used < bytes.size() && !done()) {
        auto used = feed(bytes.substr(result.used, step), result.answers);
        if (!used) {
            Dialogue failure;
            failure.failed = true;
            return failure;
        }
        result.used += *used;
    }
    result.done = done();
    return result;
}

// However the bytes are cut, either side understands the same.
inline std::string flaw_of_dialogue(std::string_view bytes) {
    auto serve = [&](size_t step) {
        SaslServer server(1000, "0123456789abcdef0123456789abcdef");
        return converse(
            bytes, step,
            [&](std::string_view piece, std::string& out) { return server.feed(piece, out); },
            [&] { return server.done(); });
    };
    auto listen = [&](size_t step) {
        SaslClient client;
        return converse(
            bytes, step, [&](std::string_view piece, std::string&) { return client.feed(piece); },
            [&] { return client.done(); });
    };
    auto served = serve(bytes.size());
    if (served.answers.size() > 4 * longest_sasl_dialogue) return "answers without bound";
    for (size_t step : {1, 3, 16}) {
        if (!(serve(step) == served)) return "a server depends on how its bytes are cut";
        if (!(listen(step) == listen(bytes.size()))) return "a client depends on the cutting";
    }
    return "";
}

} // namespace wire_input
