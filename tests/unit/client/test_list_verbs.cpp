#include <doctest/doctest.h>

#include <regex>

#include "replies.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;

TEST_CASE("a pattern that matches nothing is mentioned by start, and no reason to fail") {
    FakeManager manager;
    auto got = manager.answers(unit_list({})).run({"start", "a*"});
    CHECK(got.status == 0);
    CHECK(got.err.starts_with("Warning: systemctl start called with a glob pattern.\n"));
}

TEST_CASE("list-units takes its patterns as they are typed") {
    FakeManager manager;
    manager.on("ListUnitsByPatterns([], [a])", unit_list({}));
    CHECK(manager.run({"list-units", "a"}).status == 0);
}

TEST_CASE("status of a state shows these units in place of the system") {
    FakeManager manager;
    manager.on("ListUnitsByPatterns([failed], [])",
               unit_list({{"a.service", "loaded", "failed", "failed", "A"}}));
    manager.on("GetAll", properties({text("Id", "a.service"), text("ActiveState", "failed")}));
    auto got = manager.run({"status", "--failed", "-n0"});
    CHECK(got.out.starts_with("\u00d7 a.service\n"));
    CHECK(got.status == 3);
}

TEST_CASE("-T tells the job that was asked for and those that came with it") {
    FakeManager manager;
    manager.answers([](Writer& out) { // to EnqueueUnitJob
        out.uint32(7).object_path(job).string("a.service").object_path(unit_path).string("start");
        out.open_array("(uosos)").open_struct().uint32(8).object_path("/j").string("b.service");
        out.object_path("/u").string("start").close_struct().close_array();
    });
    auto got =
        manager.has_unit("a.service").removes_job("a.service", "done").run({"start", "-T", "a"});
    CHECK(got.asked("EnqueueUnitJob(a.service, start, replace)"));
    CHECK(got.err ==
          "Enqueued anchor job 7 a.service/start.\n"
          "Enqueued auxiliary job 8 b.service/start.\n");
    CHECK(got.status == 0);
}

TEST_CASE("reload-or-restart --marked waits for the jobs that the manager makes") {
    FakeManager manager;
    manager.answers([](Writer& out) { out.open_array("o").object_path(job).close_array(); });
    auto got = manager.removes_job("a.service", "done").run({"reload-or-restart", "--marked"});
    CHECK(got.asked("EnqueueMarkedJobs()"));
    CHECK(got.status == 0);
}

TEST_CASE("list-timers shows what comes next first, and dashes for what never does") {
    FakeManager manager;
    ::setenv("TZ", "UTC", 1);
    manager.answers(unit_list({{"a.timer", "loaded", "active", "waiting", "A"},
                               {"b.timer", "loaded", "active", "waiting", "B"},
                               {"c.service", "loaded", "active", "running", "C"}}));
    manager.answers(
        properties({number("NextElapseUSecMonotonic", 0), texts("Triggers", {"a.service"})}));
    manager.answers(properties(
        {number("NextElapseUSecRealtime", 4102444800000000), texts("Triggers", {"b.service"})}));
    auto got = manager.run({"list-timers"});
    CHECK(std::regex_match(
        got.out,
        std::regex("NEXT +LEFT +LAST PASSED UNIT +ACTIVATES\n"
                   "Fri 2100-01-01 00:00:00 UTC \\d+ years .*left - +- +b.timer b.service\n"
                   "- +- +- +- +a.timer a.service\n"
                   "\n2 timers listed.\nPass --all to see loaded but inactive timers, too.\n")));
    CHECK(got.status == 0);
}

TEST_CASE("list-sockets has a row for each address, sorted by it") {
    FakeManager manager;
    manager.answers(unit_list({{"a.socket", "loaded", "active", "listening", "A"}}));
    manager.answers(properties({{"Listen", "a(ss)",
                                 [](Writer& out) {
                                     out.open_array("(ss)");
                                     for (auto path : {"/run/b", "/run/a"}) {
                                         out.open_struct().string("Stream").string(path);
                                         out.close_struct();
                                     }
                                     out.close_array();
                                 }},
                                texts("Triggers", {"a.service"})}));
    CHECK(manager.run({"list-sockets", "--show-types"}).out ==
          "LISTEN TYPE   UNIT     ACTIVATES\n"
          "/run/a Stream a.socket a.service\n"
          "/run/b Stream a.socket a.service\n"
          "\n2 sockets listed.\n"
          "Pass --all to see loaded but inactive sockets, too.\n");
}

TEST_CASE("list-units as JSON has no marks and no escapes but JSON's own") {
    std::vector<ReplyUnit> units = {{"a.service", "loaded", "failed", "failed", "q\" \x1b \u00e9"}};
    FakeManager manager;
    CHECK(manager.answers(unit_list(units)).run({"list-units", "-o", "json"}).out ==
          "[{\"unit\":\"a.service\",\"load\":\"loaded\",\"active\":\"failed\",\"sub\":\"failed\","
          "\"description\":\"q\\\" \\u001b \u00e9\"}]\n");
    units[0].job_id = 7;
    FakeManager with_jobs;
    auto got = with_jobs.answers(unit_list(units)).run({"list-units", "-o", "json-pretty"});
    CHECK(got.out ==
          "[\n\t{\n\t\t\"unit\" : \"a.service\",\n\t\t\"load\" : \"loaded\",\n"
          "\t\t\"active\" : \"failed\",\n\t\t\"sub\" : \"failed\",\n\t\t\"job\" : \"start\",\n"
          "\t\t\"description\" : \"q\\\" \\u001b \u00e9\"\n\t}\n]\n");
    FakeManager none;
    CHECK(none.answers(unit_list({})).run({"list-units", "-o", "json-sse"}).out == "data: []\n\n");
}

TEST_CASE("list-timers as JSON tells moments as microseconds, in each of its columns") {
    FakeManager manager;
    manager.answers(unit_list({{"a.timer", "loaded", "active", "elapsed", "A"},
                               {"b.timer", "loaded", "active", "waiting", "B"}}));
    manager.answers(properties({number("LastTriggerUSec", 1796074369730248)}));
    manager.answers(properties(
        {number("NextElapseUSecRealtime", 4102444800000000), texts("Triggers", {"b.service"})}));
    CHECK(manager.run({"list-timers", "-o", "json"}).out ==
          "[{\"next\":4102444800000000,\"left\":4102444800000000,\"last\":0,\"passed\":0,"
          "\"unit\":\"b.timer\",\"activates\":\"b.service\"},"
          "{\"next\":null,\"left\":null,\"last\":1796074369730248,\"passed\":1796074369730248,"
          "\"unit\":\"a.timer\",\"activates\":\"\"}]\n");
}

TEST_CASE("a socket that triggers no unit of one name has null in JSON, and a dash in columns") {
    auto listening = properties({{"Listen", "a(ss)", [](Writer& out) {
                                      out.open_array("(ss)").open_struct().string("Stream");
                                      out.string("/run/a").close_struct().close_array();
                                  }}});
    FakeManager manager;
    manager.answers(unit_list({{"a.socket", "loaded", "active", "listening", "A"}}));
    CHECK(manager.answers(listening).run({"list-sockets", "-o", "json"}).out ==
          "[{\"listen\":\"/run/a\",\"unit\":\"a.socket\",\"activates\":null}]\n");
    FakeManager again;
    again.answers(unit_list({{"a.socket", "loaded", "active", "listening", "A"}}));
    CHECK(again.answers(listening).run({"list-sockets", "--no-legend"}).out ==
          "/run/a a.socket -\n");
}

TEST_CASE("show-environment as JSON is one object") {
    FakeManager manager;
    manager.answers_property(std::vector<std::string>{"A=x y", "B=q\"b\\", "D="});
    CHECK(manager.run({"show-environment", "-o", "json"}).out ==
          "{\"A\":\"x y\",\"B\":\"q\\\"b\\\\\",\"D\":\"\"}\n");
}

TEST_CASE("list-dependencies is plain and list-jobs without headings where JSON is asked for") {
    FakeManager manager;
    manager.answers([](Writer& out) {
        out.open_array("(usssoo)").open_struct().uint32(7).string("a.service").string("start");
        out.string("running").object_path(job).object_path(unit_path).close_struct().close_array();
    });
    CHECK(manager.run({"list-jobs", "-o", "json"}).out == "7 a.service start running\n");
}

TEST_SUITE_END();
