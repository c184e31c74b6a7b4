#include <doctest/doctest.h>

#include <string>

#include "journal/record.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

std::string fields_of(std::string_view datagram) {
    auto record = parse_syslog_record(datagram);
    return std::string(record["PRIORITY"]) + "|" + std::string(record["SYSLOG_FACILITY"]) + "|" +
           std::string(record["SYSLOG_IDENTIFIER"]) + "|" + std::string(record["SYSLOG_PID"]) +
           "|" + std::string(record["MESSAGE"]);
}

} // namespace

TEST_CASE("a datagram of syslog(3) is taken apart as journald does it") {
    CHECK(fields_of("<30>Nov 22 15:27:57 cron[12]: hello") == "6|3|cron|12|hello");
    CHECK(fields_of("<13>Nov  2 15:27:57 root: hi there \n") == "5|1|root||hi there");
    CHECK(fields_of("<3>tag: no time") == "3|0|tag||no time");
    CHECK(fields_of("bare text") == "||||bare text");
    CHECK(fields_of("<13>Nov 22 15:27:57 no colon here") == "5|1|||no colon here");
    CHECK(fields_of("<13>a[b: c") == "5|1|a[b||c");
    CHECK(fields_of(std::string_view("<13>x: y\0", 9)) == "5|1|x||y");
    CHECK(fields_of("<13>x:  two blanks") == "5|1|x|| two blanks");
}

TEST_CASE("what is no priority is text") {
    CHECK(fields_of("<>x: y") == "||<>x||y");
    CHECK(fields_of("<12345>x") == "||||<12345>x");
    CHECK(fields_of("<a>x") == "||||<a>x");
    CHECK(fields_of("<5") == "||||<5");
}

TEST_CASE("a datagram that says nothing has no message") {
    CHECK(parse_syslog_record("").empty());
    CHECK(parse_syslog_record(" \n").empty());
    CHECK(parse_syslog_record("<13>")["MESSAGE"].empty());
}

TEST_CASE("the journal's own datagrams have fields, and values of any bytes") {
    using namespace std::string_view_literals;
    auto records = parse_native_records(
        "MESSAGE=one\nPRIORITY=3\nSYSLOG_IDENTIFIER=app\n\n"
        "MESSAGE\n\x05\0\0\0\0\0\0\0a\nb\0c\nX=1\n"sv);
    REQUIRE(records.size() == 2);
    CHECK(records[0]["MESSAGE"] == "one");
    CHECK(records[0].priority() == 3);
    CHECK(records[0]["SYSLOG_IDENTIFIER"] == "app");
    CHECK(records[1]["MESSAGE"] == "a\nb\0c"sv);
    CHECK(records[1]["X"] == "1");
    CHECK(records[1].priority() == 6);
}

TEST_CASE("fields that are not for programs are left out") {
    auto records = parse_native_records("_PID=1\nlower=1\n9A=1\n=x\n#comment\n.cmd\nOK=2\n");
    REQUIRE(records.size() == 1);
    CHECK(records[0]["_PID"].empty());
    CHECK(records[0]["lower"].empty());
    CHECK(records[0]["OK"] == "2");
}

TEST_CASE("a datagram that is cut or lies about a size ends at what is wrong") {
    using namespace std::string_view_literals;
    CHECK(parse_native_records("").empty());
    CHECK(parse_native_records("MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff"
                               "abc\n"sv)
              .empty());
    CHECK(parse_native_records("MESSAGE\n\x05\0\0"sv).empty());
    CHECK(parse_native_records("MESSAGE\n\x02\0\0\0\0\0\0\0abX"sv).empty());
    auto records = parse_native_records("A=1\nMESSAGE\n\x09\0\0\0\0\0\0\0ab\n"sv);
    REQUIRE(records.size() == 1);
    CHECK(records[0]["A"] == "1");
}

TEST_SUITE_END();
