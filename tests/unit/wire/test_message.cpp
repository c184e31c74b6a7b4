#include <doctest/doctest.h>

#include "base/text.hpp"
#include "wire/message.hpp"

using namespace sctl;

namespace {

Message sample_call() {
    Message call =
        method_call("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "StartUnit");
    call.serial = 7;
    call.destination = "org.freedesktop.systemd1";
    call.sender = ":1.9";
    Writer args;
    args.string("a.service").string("replace");
    REQUIRE(args.finish(call));
    return call;
}

// A header of the given fields (already marshalled pairs of code and variant) without body.
std::string header_of(uint8_t type, void (*fields)(Writer&), uint32_t serial = 1,
                      ByteOrder order = native_order) {
    Writer writer(order);
    writer.byte(static_cast<uint8_t>(order)).byte(type).byte(0).byte(1);
    writer.uint32(0).uint32(serial).open_array("(yv)");
    fields(writer);
    writer.close_array();
    REQUIRE(writer.status());
    std::string out = writer.body();
    out.resize((out.size() + 7) & ~size_t{7});
    return out;
}

void field(Writer& writer, uint8_t code, std::string_view type, std::string_view value) {
    writer.open_struct().byte(code).open_variant(type);
    if (type == "o")
        writer.object_path(value);
    else if (type == "g")
        writer.signature(value);
    else
        writer.string(value);
    writer.close_variant().close_struct();
}

bool is_refused(std::string_view bytes) {
    auto decoded = decode(bytes);
    return !decoded && decoded.error().code == EBADMSG;
}

} // namespace

TEST_SUITE_BEGIN("wire");

TEST_CASE("a call comes back from its bytes as it was") {
    Message call = sample_call();
    call.flags = flag_allow_interactive_authorization;
    auto bytes = encode(call);
    REQUIRE(bytes);
    auto decoded = decode(*bytes + "rest");
    REQUIRE(decoded);
    REQUIRE(decoded->message);
    const Message& back = *decoded->message;
    CHECK(decoded->size == bytes->size());
    CHECK(back.type == MessageType::MethodCall);
    CHECK(back.flags == call.flags);
    CHECK(back.serial == 7);
    CHECK(back.path == call.path);
    CHECK(back.interface == call.interface);
    CHECK(back.member == call.member);
    CHECK(back.destination == call.destination);
    CHECK(back.sender == call.sender);
    CHECK(back.signature == "ss");
    CHECK(back.body == call.body);
    CHECK(back.wants_reply());
    CHECK(back.is_call("org.freedesktop.systemd1.Manager", "StartUnit"));
}

TEST_CASE("a message of the other byte order is read all the same") {
    auto other = native_order == ByteOrder::Little ? ByteOrder::Big : ByteOrder::Little;
    Message call = sample_call();
    Writer args(other);
    args.uint16(0x1234).uint64(5).strings(std::vector<std::string>{"x", "yz"}).float64(1.5);
    REQUIRE(args.finish(call));
    auto bytes = encode(call);
    REQUIRE(bytes);
    CHECK((*bytes)[0] == static_cast<char>(other));
    auto decoded = decode(*bytes);
    REQUIRE(decoded);
    REQUIRE(decoded->message);
    CHECK(decoded->message->serial == 7);
    Reader reader(*decoded->message);
    CHECK(reader.uint16().value_or(0) == 0x1234);
    CHECK(reader.uint64().value_or(0) == 5);
    CHECK(reader.strings().value_or({}) == std::vector<std::string>{"x", "yz"});
    CHECK(reader.float64().value_or(0) == 1.5);
    CHECK(reader.finish());
}

TEST_CASE("a reply answers its call, an error carries name and text") {
    Message call = sample_call();
    Message reply = method_return(call);
    reply.serial = 1;
    auto bytes = encode(reply);
    REQUIRE(bytes);
    auto back = decode(*bytes);
    REQUIRE(back);
    REQUIRE(back->message);
    CHECK(back->message->reply_serial == 7);
    CHECK(back->message->destination == ":1.9");

    Message failed =
        error_reply(call, "org.freedesktop.systemd1.NoSuchUnit", "Unit \xff not found");
    failed.serial = 2;
    bytes = encode(failed);
    REQUIRE(bytes);
    back = decode(*bytes);
    REQUIRE(back);
    REQUIRE(back->message);
    Error error = error_of(*back->message);
    CHECK(error.name == "org.freedesktop.systemd1.NoSuchUnit");
    CHECK(error.text == "Unit ? not found");
    CHECK(error_of(error_reply(call, "a.b", "")).text == "a.b");
}

TEST_CASE("every beginning of a message asks for more, and tells how much") {
    auto bytes = encode(sample_call());
    REQUIRE(bytes);
    for (size_t size = 0; size < bytes->size(); ++size) {
        auto decoded = decode(std::string_view(*bytes).substr(0, size));
        REQUIRE(decoded);
        CHECK_FALSE(decoded->message);
        CHECK(decoded->size == (size < 16 ? 16 : bytes->size()));
    }
}

TEST_CASE("a message longer than the limit is refused at its header") {
    auto bytes = encode(sample_call());
    REQUIRE(bytes);
    auto decoded = decode(std::string_view(*bytes).substr(0, 16), bytes->size() - 1);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == EMSGSIZE);
    CHECK(decode(*bytes, bytes->size()).has_value());
}

TEST_CASE("a change of any one byte never makes the decoder go astray") {
    auto bytes = encode(sample_call());
    REQUIRE(bytes);
    for (size_t at = 0; at < bytes->size(); ++at) {
        for (int value : {0, 1, 0x7f, 0xff}) {
            std::string changed = *bytes;
            changed[at] = static_cast<char>(value);
            auto decoded = decode(changed);
            if (!decoded || !decoded->message) continue;
            CHECK(decoded->size <= changed.size());
            Reader reader(*decoded->message);
            (void)reader.finish().has_value();
        }
    }
}

TEST_CASE("a header without its required fields is refused") {
    CHECK(is_refused(header_of(1, [](Writer& w) { field(w, 1, "o", "/"); })));
    CHECK(is_refused(header_of(1, [](Writer& w) { field(w, 3, "s", "M"); })));
    CHECK(is_refused(header_of(2, [](Writer&) {})));
    CHECK(is_refused(header_of(4, [](Writer& w) {
        field(w, 1, "o", "/");
        field(w, 3, "s", "M");
    })));
    CHECK_FALSE(is_refused(header_of(9, [](Writer&) {}))); // to be ignored, not an error
    CHECK(is_refused(header_of(0, [](Writer&) {})));
}

TEST_CASE("header fields of a wrong type, syntax or number are refused") {
    using Fields = void (*)(Writer&);
    Fields bad[] = {
        [](Writer& w) { field(w, 1, "s", "/"); },
        [](Writer& w) { field(w, 3, "s", "a.b"); },
        [](Writer& w) { field(w, 2, "s", "nodots"); },
        [](Writer& w) { field(w, 6, "s", ""); },
        [](Writer& w) { field(w, 0, "s", "x"); },
        [](Writer& w) { field(w, 5, "s", "x"); },
        [](Writer& w) { field(w, 1, "o", "/"); },
        [](Writer& w) { field(w, 1, "o", "/org/freedesktop/DBus/Local"); },
    };
    for (auto fields : bad) {
        static Fields current;
        current = fields;
        CHECK(is_refused(header_of(1, [](Writer& w) {
            field(w, 1, "o", "/a");
            field(w, 3, "s", "M");
            current(w);
        })));
    }
    CHECK_FALSE(is_refused(header_of(1, [](Writer& w) { // unknown fields are ignored
        field(w, 1, "o", "/a");
        field(w, 3, "s", "M");
        field(w, 77, "s", "new");
    })));
}

TEST_CASE("serial 0, a strange version or byte order, and dirty padding are refused") {
    auto good = *encode(sample_call());
    auto with = [&](size_t at, char value) {
        std::string changed = good;
        changed[at] = value;
        return changed;
    };
    CHECK(is_refused(with(0, 'x')));
    CHECK(is_refused(with(3, 2)));
    CHECK(is_refused(with(8, 0)));
    auto body = decode(good)->message->body.size();
    // The fields of sample_call do not end on a boundary of 8.
    CHECK(is_refused(with(good.size() - body - 1, 1)));
}

TEST_CASE("encode refuses what no peer would take") {
    Message call = sample_call();
    call.serial = 0;
    CHECK_FALSE(encode(call));
    call = sample_call();
    call.path = "not/absolute";
    CHECK_FALSE(encode(call));
    call = sample_call();
    call.member.clear();
    CHECK_FALSE(encode(call));
    call = sample_call();
    call.signature.clear();
    CHECK_FALSE(encode(call));
}

TEST_SUITE_END();
