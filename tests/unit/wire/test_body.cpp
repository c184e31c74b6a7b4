#include <doctest/doctest.h>

#include <limits>

#include "base/text.hpp"
#include "wire/message.hpp"

using namespace sctl;

namespace {

constexpr ByteOrder both_orders[] = {ByteOrder::Little, ByteOrder::Big};

// Every type, alone and inside of every container.
Message every_type(ByteOrder order) {
    Message message;
    Writer w(order);
    w.byte(0xfe).boolean(true).int16(-2).uint16(65535).int32(-3).uint32(4000000000u);
    w.byte(1).int64(std::numeric_limits<int64_t>::min()).uint64(UINT64_MAX).float64(-0.25);
    w.byte(2).string("gr\xc3\xbc\xc3\x9f").object_path("/a/b").signature("a{sv}");
    w.open_array("(ss)");
    w.open_struct().string("k").string("v").close_struct();
    w.open_struct().string("").string("w").close_struct().close_array();
    w.open_array("{sv}");
    w.open_dict_entry().string("x").open_variant("u").uint32(9).close_variant().close_dict_entry();
    w.open_dict_entry().string("y").open_variant("as").strings(std::vector<std::string>{"1", "2"});
    w.close_variant().close_dict_entry().close_array();
    w.open_struct().byte(3).open_struct().uint64(4).close_struct().close_struct();
    w.open_variant("(sv)").open_struct().string("in").open_variant("b").boolean(false);
    w.close_variant().close_struct().close_variant();
    w.open_array("t").close_array().open_array("ai").open_array("i").int32(1).int32(2);
    w.close_array().open_array("i").close_array().close_array();
    auto written = w.finish(message);
    REQUIRE_MESSAGE(written, written.error().text);
    return message;
}

std::string error_of_reading(std::string_view body, std::string_view signature) {
    Reader reader(body, signature, ByteOrder::Little);
    auto result = reader.finish();
    return result ? "" : result.error().text;
}

} // namespace

TEST_SUITE_BEGIN("wire");

TEST_CASE("every type comes back in either byte order") {
    for (auto order : both_orders) {
        Message message = every_type(order);
        CHECK(message.signature == "ybnqiuyxtdysoga(ss)a{sv}(y(t))vataai");
        Reader r(message);
        CHECK(r.byte().value_or(0) == 0xfe);
        CHECK(r.boolean().value_or(false));
        CHECK(r.int16().value_or(0) == -2);
        CHECK(r.uint16().value_or(0) == 65535);
        CHECK(r.int32().value_or(0) == -3);
        CHECK(r.uint32().value_or(0) == 4000000000u);
        CHECK(r.byte().value_or(0) == 1);
        CHECK(r.int64().value_or(0) == std::numeric_limits<int64_t>::min());
        CHECK(r.uint64().value_or(0) == UINT64_MAX);
        CHECK(r.float64().value_or(0) == -0.25);
        CHECK(r.byte().value_or(0) == 2);
        CHECK(r.string().value_or("") == "gr\xc3\xbc\xc3\x9f");
        CHECK(r.object_path().value_or("") == "/a/b");
        CHECK(r.signature().value_or("") == "a{sv}");
        CHECK(r.next_type() == "a(ss)");
        REQUIRE(r.enter_array());
        std::string seen;
        while (!r.at_end()) {
            std::string_view key, value;
            REQUIRE(r.enter_struct());
            REQUIRE(r.read(key, value));
            REQUIRE(r.exit_struct());
            seen += cat(key, "=", value, ";");
        }
        CHECK(seen == "k=v;=w;");
        REQUIRE(r.exit_array());
        REQUIRE(r.enter_array());
        REQUIRE(r.enter_dict_entry());
        CHECK(r.string().value_or("") == "x");
        CHECK(r.enter_variant().value_or("") == "u");
        CHECK(r.uint32().value_or(0) == 9);
        REQUIRE(r.exit_variant());
        REQUIRE(r.exit_dict_entry());
        REQUIRE(r.exit_array()); // with an entry not read
        REQUIRE(r.enter_struct());
        CHECK(r.byte().value_or(0) == 3);
        REQUIRE(r.exit_struct()); // with a struct not read
        CHECK(r.enter_variant().value_or("") == "(sv)");
        REQUIRE(r.skip());
        REQUIRE(r.exit_variant());
        REQUIRE(r.enter_array());
        CHECK(r.at_end());
        REQUIRE(r.exit_array());
        REQUIRE(r.skip());
        CHECK(r.at_end());
        CHECK(r.next_type().empty());
        CHECK(r.finish());
    }
}

TEST_CASE("a body cut at any byte fails, and fails for good") {
    for (auto order : both_orders) {
        Message message = every_type(order);
        for (size_t size = 0; size < message.body.size(); ++size) {
            Reader r(std::string_view(message.body).substr(0, size), message.signature, order);
            auto result = r.finish();
            REQUIRE_MESSAGE(!result, size);
            CHECK(result.error().name == "org.freedesktop.DBus.Error.InconsistentMessage");
            CHECK_FALSE(r.byte());
        }
    }
}

TEST_CASE("a body with one byte changed never makes the reader go astray") {
    Message message = every_type(ByteOrder::Little);
    for (size_t at = 0; at < message.body.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            std::string changed = message.body;
            changed[at] = static_cast<char>(value);
            Reader r(changed, message.signature, ByteOrder::Little);
            (void)r.finish().has_value();
            CHECK(r.offset() <= changed.size());
        }
    }
}

TEST_CASE("asking for another type than the one that comes names both") {
    Message message;
    Writer w;
    REQUIRE(w.string("x").finish(message));
    Reader r(message);
    auto number = r.uint32();
    REQUIRE_FALSE(number);
    CHECK(number.error().text == "unexpected message contents: expected type 'u', not 's'");
    CHECK(number.error().name == "org.freedesktop.DBus.Error.InvalidArgs");
    Reader again(message);
    CHECK(again.string());
    CHECK_FALSE(again.string());
}

TEST_CASE("several values are read in one call") {
    Message message;
    Writer w;
    REQUIRE(w.string("a").object_path("/b").boolean(true).uint64(3).int32(-1).finish(message));
    Reader r(message);
    std::string name;
    std::string_view path;
    bool flag = false;
    uint64_t big = 0;
    int32_t small = 0;
    CHECK(r.read(name, path, flag, big, small));
    CHECK(cat(name, path, big, small) == "a/b3-1");
    CHECK(flag);
    CHECK(r.finish());
}

TEST_CASE("malformed values are told apart") {
    using namespace std::string_literals;
    CHECK(error_of_reading("\1\0\0\0a\0"s, "s").empty());
    CHECK(error_of_reading("\1\0\0\0ab"s, "s").find("closing NUL") != std::string::npos);
    CHECK(error_of_reading("\3\0\0\0a\0b\0"s, "s").find("NUL inside") != std::string::npos);
    CHECK(error_of_reading("\1\0\0\0\xff\0"s, "s").find("UTF-8") != std::string::npos);
    CHECK(error_of_reading("\1\0\0\0a\0"s, "o").find("object path") != std::string::npos);
    CHECK(error_of_reading("\1a\0"s, "g").find("invalid signature") != std::string::npos);
    CHECK(error_of_reading("\2\0\0\0"s, "b").find("boolean") != std::string::npos);
    CHECK(error_of_reading("\1\1\0\0\1\0\0\0"s, "yu").find("padding") != std::string::npos);
    CHECK(error_of_reading("\1\0\0\0\0"s, "y").find("after the last") != std::string::npos);
    CHECK(error_of_reading("\2ss\0"s, "v").find("not one type") != std::string::npos);
    CHECK(error_of_reading("\0\0"s, "v").find("not one type") != std::string::npos);
    CHECK(error_of_reading("\1\0\0\4"s, "ay").find("64 MiB") != std::string::npos);
    CHECK(error_of_reading("\5\0\0\0\1\0\0\0"s, "au").find("beyond the end") != std::string::npos);
    CHECK(error_of_reading("\3\0\0\0\1\0\0"s, "au").find("cut numbers") != std::string::npos);
    CHECK(error_of_reading("\5\0\0\0\0\0\0\0\1"s, "ab").find("the end") != std::string::npos);
    CHECK(error_of_reading("\xff\xff\xff\xff"s, "s").find("beyond the end") != std::string::npos);
    // The element's boundary is kept even where the array is empty.
    CHECK(error_of_reading("\0\0\0\0\0\0\0\0"s, "at").empty());
    CHECK_FALSE(error_of_reading("\0\0\0\0"s, "at").empty());
}

TEST_CASE("variants nest to a bound") {
    auto nested = [](size_t depth) {
        std::string body;
        for (size_t i = 1; i < depth; ++i) body += std::string("\1v\0", 3);
        return body + std::string("\1y\0\7", 4);
    };
    CHECK(error_of_reading(nested(64), "v").empty());
    CHECK(error_of_reading(nested(65), "v").find("too deeply") != std::string::npos);
    CHECK_FALSE(error_of_reading(nested(100000), "v").empty());

    Writer w;
    for (int i = 0; i < 65; ++i) w.open_variant("v");
    CHECK_FALSE(w.status());
}

TEST_CASE("a writer's mistakes come out at the end") {
    auto fails = [](auto&& write) {
        Writer w;
        write(w);
        Message message;
        bool failed = !w.finish(message);
        CHECK(message.body.empty());
        return failed;
    };
    CHECK(fails([](Writer& w) { w.string("\xff"); }));
    CHECK(fails([](Writer& w) { w.string(std::string_view("a\0b", 3)); }));
    CHECK(fails([](Writer& w) { w.object_path("x"); }));
    CHECK(fails([](Writer& w) { w.signature("("); }));
    CHECK(fails([](Writer& w) { w.open_array("s").uint32(1).close_array(); }));
    CHECK(fails([](Writer& w) { w.open_array("ss").close_array(); }));
    CHECK(fails([](Writer& w) { w.open_array("s").string("a"); }));
    CHECK(fails([](Writer& w) { w.open_array("s").close_struct(); }));
    CHECK(fails([](Writer& w) { w.close_array(); }));
    CHECK(fails([](Writer& w) { w.open_variant("s").close_variant(); }));
    CHECK(fails([](Writer& w) { w.open_variant("s").string("a").string("b").close_variant(); }));
    CHECK(fails([](Writer& w) { w.open_variant("as").open_array("u").close_array(); }));
    CHECK(fails([](Writer& w) { w.open_array("(ss)").open_struct().string("a").close_struct(); }));
    CHECK(fails([](Writer& w) { w.open_struct().close_struct(); }));
    CHECK(fails([](Writer& w) { w.open_dict_entry(); }));
    CHECK(fails([](Writer& w) {
        w.byte(1);
        for (int i = 0; i < 255; ++i) w.byte(1);
    }));
}

TEST_CASE("an array inside of an array holds elements of its own type only") {
    Writer w;
    w.open_array("a{sas}").open_array("{sas}").open_dict_entry().string("k");
    w.strings(std::vector<std::string>{"v"}).close_dict_entry().close_array().close_array();
    CHECK(w.status());
    CHECK(w.signature() == "aa{sas}");
    Reader r(w.body(), w.signature());
    CHECK(r.finish());
}

TEST_SUITE_END();
