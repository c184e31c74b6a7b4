#include <doctest/doctest.h>

#include "client/request/client_request.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;
using Words = std::vector<std::string>;

namespace {

ClientRequest parse(const Words& words) {
    return read_client_request(words).value();
}
std::string refusal(const Words& words) {
    auto request = read_client_request(words);
    return request ? "(accepted)" : request.error().text;
}

} // namespace

TEST_CASE("without options all words are arguments") {
    auto request = parse({"start", "a", "b.service"});
    CHECK(request.arguments == Words{"start", "a", "b.service"});
    CHECK_FALSE(request.quiet);
    CHECK(request.block);
    CHECK(request.legend);
    CHECK(request.lines == 10);
}

TEST_CASE("options stand before, between and after the arguments") {
    auto request = parse({"--quiet", "--system", "start", "--no-block", "a", "-l"});
    CHECK(request.arguments == Words{"start", "a"});
    CHECK(request.quiet);
    CHECK_FALSE(request.block);
    CHECK(request.full);
}

TEST_CASE("nothing behind -- is an option") {
    auto request = parse({"-q", "is-active", "--", "-.mount", "--all"});
    CHECK(request.arguments == Words{"is-active", "-.mount", "--all"});
    CHECK_FALSE(request.all);
}

TEST_CASE("a dash alone is an argument") {
    CHECK(parse({"-q", "cat", "-"}).arguments == Words{"cat", "-"});
}

TEST_CASE("short options are bundled and take values with and without a blank") {
    auto bundle = parse({"-qa", "-n0", "status"});
    CHECK(bundle.quiet);
    CHECK(bundle.all);
    CHECK(bundle.lines == 0);
    CHECK(parse({"show", "-pId"}).properties == Words{"Id"});
    CHECK(parse({"show", "-p", "Id"}).properties == Words{"Id"});
    CHECK(parse({"-qtservice"}).types == Words{"service"});
}

TEST_CASE("long options take values with = and with a blank, and may be cut short") {
    CHECK(parse({"--property=Id"}).properties == Words{"Id"});
    CHECK(parse({"--property", "Id"}).properties == Words{"Id"});
    CHECK(parse({"--prop=Id"}).properties == Words{"Id"});
    CHECK_FALSE(parse({"--no-leg"}).legend);
    CHECK(parse({"--root="}).has_root == false);
}

TEST_CASE("what getopt refuses is refused in its words") {
    CHECK(refusal({"--foo"}) == "systemctl: unrecognized option '--foo'");
    CHECK(refusal({"-Z"}) == "systemctl: invalid option -- 'Z'");
    CHECK(refusal({"-qZ"}) == "systemctl: invalid option -- 'Z'");
    CHECK(refusal({"--lines"}) == "systemctl: option '--lines' requires an argument");
    CHECK(refusal({"-n"}) == "systemctl: option requires an argument -- 'n'");
    CHECK(refusal({"--all=3"}) == "systemctl: option '--all' doesn't allow an argument");
    CHECK(refusal({"--pr"}).starts_with("systemctl: option '--pr' is ambiguous; possibilities:"));
}

TEST_CASE("a refusal begins with the program's name as it was typed") {
    auto request = read_client_request({"--foo"}, "/bin/systemctl");
    REQUIRE_FALSE(request);
    CHECK(request.error().text == "/bin/systemctl: unrecognized option '--foo'");
}

TEST_CASE("possibilities are told in getopt's order, and kill-who is kill-whom") {
    CHECK(refusal({"--s"}) ==
          "systemctl: option '--s' is ambiguous; possibilities: '--show-types' '--system' "
          "'--signal' '--state' '--show-transaction'");
    CHECK(parse({"--k=main", "kill", "a"}).kill_whom == "main");
    CHECK(parse({"--kill-who", "main"}).kill_whom == "main");
    CHECK(parse({"kill", "--", "--k=main"}).arguments == Words{"kill", "--k=main"});
}

TEST_CASE("the first topic that is asked for is told, whatever else was typed") {
    CHECK(parse({"--version", "--help"}).topic == Topic::Version);
    CHECK(parse({"-h", "--wait", "--no-block"}).topic == Topic::Help);
    CHECK(parse({"--type=help"}).topic == Topic::Types);
    CHECK(parse({"--state=help"}).topic == Topic::States);
    CHECK(parse({"--output=help"}).topic == Topic::Outputs);
    CHECK(parse({"--signal=help"}).topic == Topic::Signals);
    CHECK(parse({"--signal=list"}).topic == Topic::Signals);
    CHECK(parse({"--preset-mode=help"}).topic == Topic::PresetModes);
    CHECK(parse({"--timestamp=help"}).topic == Topic::Timestamps);
    CHECK(parse({"--what=help"}).topic == Topic::CleanTypes);
    CHECK(parse({"list-units"}).topic == Topic::None);
}

TEST_CASE("--marked goes with reload-or-restart alone, which else wants units") {
    CHECK(refusal({"reload-or-restart"}) == "List of units to restart/reload is required.");
    CHECK(refusal({"start", "--marked"}) == "--marked may only be used with 'reload-or-restart'.");
    CHECK(refusal({"reload-or-restart", "--marked", "a"}) ==
          "No additional arguments allowed with 'reload-or-restart --marked'.");
    CHECK(refusal({"reload-or-restart", "--marked", "--wait"}) ==
          "--marked --wait is not supported.");
    CHECK(refusal({"reload-or-restart", "--marked", "-T"}) ==
          "--marked --show-transaction is not supported.");
    CHECK(parse({"reload-or-restart", "--marked"}).marked);
}

TEST_CASE("values that make no sense are refused") {
    CHECK(refusal({"--lines=x"}) == "Failed to parse lines 'x'");
    CHECK(refusal({"-t", "foo"}) ==
          "Unknown unit type or load state 'foo'.\nUse -t help to see a list of allowed values.");
    CHECK(refusal({"-o", "foo"}) == "Unknown output 'foo'.");
    CHECK(refusal({"-s", "FOO"}) == "Failed to parse signal string \"FOO\".");
    CHECK(refusal({"--preset-mode=all"}) == "Failed to parse preset mode: all.");
    CHECK(refusal({"--timestamp=x"}) == "Invalid value: x.");
}

TEST_CASE("options that exclude each other are refused") {
    CHECK(refusal({"--wait", "--no-block"}) == "--wait may not be combined with --no-block.");
    CHECK(refusal({"--root=/a", "--image=/b"}) ==
          "Please specify either --root= or --image=, the combination of both is not supported.");
}

TEST_CASE("types, states and properties are lists, and load states count as types") {
    auto request = parse({"-t", "service,socket,not-found", "--state=failed,active", "--failed"});
    CHECK(request.types == Words{"service", "socket"});
    CHECK(request.states == Words{"not-found", "failed", "active", "failed"});
    auto shown = parse({"-p", "Id,Names", "-p", "MainPID"});
    CHECK(shown.properties == Words{"Id", "Names", "MainPID"});
    CHECK(shown.show_empty);
    CHECK_FALSE(shown.all); // a property that was asked for is shown even if it is empty
    auto values = parse({"-P", "Id"});
    CHECK(values.value_only);
    CHECK(values.properties == Words{"Id"});
}

TEST_CASE("--force counts") {
    CHECK(parse({"-ff"}).force == 2);
    CHECK(parse({"--force"}).force == 1);
}

TEST_CASE("signals have names and numbers") {
    CHECK(parse({"--signal=KILL"}).signal == 9);
    CHECK(parse({"-s", "SIGTERM"}).signal == 15);
    CHECK(parse({"-s1"}).signal == 1);
}

TEST_CASE("the host's own manager is no remote one") {
    CHECK_FALSE(parse({"-M", ".host"}).remote);
    CHECK_FALSE(parse({"--machine=root@.host"}).remote);
    CHECK(parse({"-M", "box"}).remote);
    CHECK(parse({"-H", "root@far"}).remote);
}

TEST_CASE("--root is made absolute and simple") {
    CHECK(parse({"--root=/a//b/"}).root == "/a/b");
    CHECK(parse({"--root=/"}).has_root);
    CHECK(parse({"--root=rel"}).root.front() == '/');
    CHECK(parse({"--root="}).root == "");
}

TEST_SUITE_END();
