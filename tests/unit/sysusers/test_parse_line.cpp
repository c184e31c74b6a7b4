#include "sysusers/parse_line.hpp"

#include <doctest/doctest.h>

using namespace sctl;

TEST_SUITE_BEGIN("sysusers");

namespace {

SysusersLine line(std::string_view text) {
    auto parsed = parse_sysusers_line(text, Facts{});
    REQUIRE(parsed);
    return *parsed;
}

std::string problem(std::string_view text) {
    auto parsed = parse_sysusers_line(text, Facts{});
    return parsed ? "none" : parsed.error().text;
}

} // namespace

TEST_CASE("a user's line has id, description, home and shell") {
    auto user = line("u www 33 \"Web  server\" /srv//www /bin/sh");
    CHECK(user.name == "www");
    CHECK(user.uid == 33u);
    CHECK(user.description == "Web  server");
    CHECK(user.home == "/srv/www");
    CHECK(user.shell == "/bin/sh");
    CHECK(line("u www - - - -") == line("u www"));
}

TEST_CASE("an id may be with a group, or a path's") {
    CHECK((line("u a 5:6").gid == 6u && line("u a 5:6").group_given));
    CHECK((line("u a -:b").group == "b" && !line("u a -:b").uid));
    CHECK(line("g a /x//y").id_path == "/x/y");
    CHECK((line("r - 5-9").first == 5 && line("r - 5-9").last == 9));
    CHECK(line("r - 7").last == 7);
    CHECK(line("m a b").group == "b");
}

TEST_CASE("what is wrong with a line is told in systemd's words") {
    CHECK(problem("u") == "Missing action and name columns.");
    CHECK(problem("x a") == "Unknown command type 'x'.");
    CHECK(problem("ug a") == "Unknown modifier 'ug'.");
    CHECK(problem("u 1a") == "'1a' is not a valid user or group name.");
    CHECK(problem("u a - b:c") == "'b:c' is not a valid GECOS field.");
    CHECK(problem("u a - - b") == "'b' is not a valid home directory field.");
    CHECK(problem("u a - - - b") == "'b' is not a valid login shell field.");
    CHECK(problem("u - 5") == "Lines of type 'u' require a user name in the second field.");
    CHECK(problem("g a - text") == "Lines of type 'g' don't take a GECOS field.");
    CHECK(problem("r - 9-5") == "Invalid UID range 9-5.");
    CHECK(problem("u a 65535") == "Failed to parse UID: '65535': No such device or address");
}

TEST_CASE("a name has at most 31 letters, digits, - and _, and begins with no digit") {
    CHECK(is_valid_user_name("_a-1"));
    CHECK(is_valid_user_name(std::string(31, 'a')));
    for (std::string name : {"", "-a", "1", "a.b", "a b"}) CHECK(!is_valid_user_name(name));
    CHECK(!is_valid_user_name(std::string(32, 'a')));
}

TEST_SUITE_END();
