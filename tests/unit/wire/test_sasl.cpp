#include <doctest/doctest.h>

#include "wire/sasl.hpp"

using namespace sctl;
using namespace std::string_literals;

namespace {

const std::string server_guid = "0123456789abcdef0123456789abcdef";

struct Talk {
    std::string answers;
    std::string rest; // what followed BEGIN
    bool done = false;
    bool failed = false;
};

// What a server whose peer is uid 1000 makes of these bytes, fed `step` at a time.
Talk talk(std::string_view bytes, size_t step = 1000000) {
    SaslServer server(1000, server_guid);
    Talk result;
    while (!bytes.empty() && !server.done()) {
        auto piece = bytes.substr(0, step);
        auto used = server.feed(piece, result.answers);
        if (!used) {
            result.failed = true;
            return result;
        }
        bytes.remove_prefix(*used);
    }
    result.rest = bytes;
    result.done = server.done();
    return result;
}

} // namespace

TEST_SUITE_BEGIN("wire");

TEST_CASE("sd-bus authenticates in one write with its first call behind it") {
    auto dialogue = "\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\nl\1"s;
    for (size_t step : {1, 2, 7, 1000}) {
        auto result = talk(dialogue, step);
        CHECK(result.done);
        CHECK(result.answers == "DATA\r\nOK " + server_guid + "\r\nAGREE_UNIX_FD\r\n");
        CHECK(result.rest == "l\1");
    }
}

TEST_CASE("a uid claimed in the initial response must be the peer's") {
    CHECK(talk("\0AUTH EXTERNAL 31303030\r\nBEGIN\r\n"s).answers == "OK " + server_guid + "\r\n");
    CHECK(talk("\0AUTH EXTERNAL 31303030\r\nBEGIN\r\n"s).done);
    for (auto claim : {"30", "31303031", "3130303", "zz", "2d31", "3131303030", "20"}) {
        CHECK_MESSAGE(talk("\0AUTH EXTERNAL "s + claim + "\r\n").answers == "REJECTED EXTERNAL\r\n",
                      claim);
    }
    auto again = talk("\0AUTH EXTERNAL 30\r\nAUTH EXTERNAL 31303030\r\nBEGIN\r\n"s);
    CHECK(again.answers == "REJECTED EXTERNAL\r\nOK " + server_guid + "\r\n");
    CHECK(again.done);
    CHECK(talk("\0AUTH EXTERNAL 30\r\nBEGIN\r\n"s).failed);
}

TEST_CASE("go-systemd asks for the mechanisms first and answers the challenge with nothing") {
    auto result = talk("\0AUTH\r\nAUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n"s);
    CHECK(result.answers ==
          "REJECTED EXTERNAL\r\nDATA\r\nOK " + server_guid + "\r\nAGREE_UNIX_FD\r\n");
    CHECK(result.done);
}

TEST_CASE("the answer to the challenge may claim a uid as well") {
    CHECK(talk("\0AUTH EXTERNAL\r\nDATA 31303030\r\nBEGIN\r\n"s).done);
    CHECK(talk("\0AUTH EXTERNAL\r\nDATA 30\r\n"s).answers == "DATA\r\nREJECTED EXTERNAL\r\n");
}

TEST_CASE("other mechanisms are rejected, and CANCEL and ERROR begin again") {
    CHECK(talk("\0AUTH ANONYMOUS\r\n"s).answers == "REJECTED EXTERNAL\r\n");
    CHECK(talk("\0AUTH DBUS_COOKIE_SHA1 30\r\n"s).answers == "REJECTED EXTERNAL\r\n");
    CHECK(talk("\0AUTH EXTERNAL\r\nCANCEL\r\nDATA\r\n"s).answers ==
          "DATA\r\nREJECTED EXTERNAL\r\nERROR\r\n");
    CHECK(talk("\0AUTH EXTERNAL\r\nERROR no\r\nBEGIN\r\n"s).failed);
}

TEST_CASE("commands out of place or unknown get ERROR, and the dialogue goes on") {
    auto result = talk("\0HELLO\r\nNEGOTIATE_UNIX_FD\r\n\r\nDATA\r\nAUTH EXTERNAL\r\nDATA\r\n"s);
    CHECK(result.answers ==
          "ERROR\r\nERROR\r\nERROR\r\nERROR\r\nDATA\r\nOK " + server_guid + "\r\n");
}

TEST_CASE("what is no dialogue ends the connection") {
    CHECK(talk("GET / HTTP/1.1\r\n").failed);
    CHECK(talk("\0BEGIN\r\n"s).failed);
    CHECK(talk("\0AUTH EXTERNAL\r\nBEGIN\r\n"s).failed);
}

TEST_CASE("a line without end and a dialogue without end are cut off") {
    CHECK(talk("\0"s + std::string(longest_sasl_line + 1, 'x')).failed);
    CHECK(talk("\0"s + std::string(longest_sasl_line + 1, 'x'), 10).failed);
    std::string endless = "\0"s;
    while (endless.size() <= longest_sasl_dialogue) endless += "AUTH\r\n";
    CHECK(talk(endless, 100).failed);
}

TEST_CASE("our client and our server agree, byte by byte") {
    SaslServer server(1000, server_guid);
    SaslClient client;
    std::string answers;
    for (char c : SaslClient::request()) REQUIRE(server.feed({&c, 1}, answers).value_or(0) == 1);
    CHECK(server.done());
    for (char c : answers) REQUIRE(client.feed({&c, 1}).value_or(0) == 1);
    CHECK(client.done());
}

TEST_CASE("a client stops at OK and leaves the messages behind it") {
    SaslClient client;
    auto used = client.feed("DATA\r\nOK " + server_guid + "\r\nl\2\1\1");
    REQUIRE(used);
    CHECK(*used == 6 + 3 + 32 + 2);
    CHECK(client.done());
}

TEST_CASE("a client says why it is not let in") {
    auto error_after = [](std::string_view bytes) {
        auto used = SaslClient().feed(bytes);
        return used ? 0 : used.error().code;
    };
    CHECK(error_after("DATA\r\nREJECTED EXTERNAL\r\n") == EACCES);
    CHECK(error_after("ERROR\r\n") == EPROTO);
    CHECK(error_after("DATA\r\nDATA\r\n") == EPROTO);
    CHECK(error_after("HTTP/1.1 400 Bad Request\r\n") == EPROTO);
    CHECK(error_after(std::string(longest_sasl_line + 1, 'x')) == EPROTO);
}

TEST_SUITE_END();
