#include "graph/job_queue.hpp"

#include <doctest/doctest.h>

#include "fake_units.hpp"

using namespace sctl;
using enum Dependency;
using Names = FakeUnits::Names;

TEST_SUITE_BEGIN("graph");

TEST_CASE("jobs without order run at once, ordered ones one after the other") {
    FakeUnits units;
    units.add("target", Wants, "a");
    units.add("target", Wants, "b");
    units.add("target", After, "a");
    units.add("target", After, "b");
    units.install(start, "target");
    CHECK(units.queue.size() == 3);
    CHECK(units.take() == Names{"a/start", "b/start"});
    CHECK(units.queue.running() == 2);
    CHECK(units.finish("a", JobResult::Done).size() == 1);
    CHECK(units.take().empty());
    units.finish("b", JobResult::Done);
    CHECK(units.take() == Names{"target/start"});
    units.activate({"target"});
    units.finish("target", JobResult::Done);
    CHECK(units.queue.empty());
    CHECK(units.queue.running() == 0);
}

TEST_CASE("units stop in the opposite order of their start") {
    FakeUnits units;
    units.add("web", After, "database");
    units.add("web", Requires, "database");
    units.activate({"web", "database"});
    units.install(stop, "database");
    CHECK(units.take() == Names{"web/stop"});
    units.finish("web", JobResult::Done);
    CHECK(units.take() == Names{"database/stop"});
}

TEST_CASE("a stop goes before a start whatever the order says") {
    FakeUnits units;
    units.add("new", Conflicts, "old");
    units.add("new", Before, "old");
    units.activate({"old"});
    units.install(start, "new");
    CHECK(units.take() == Names{"old/stop"});
    units.finish("old", JobResult::Done);
    CHECK(units.take() == Names{"new/start"});
}

TEST_CASE("a restart stops, then waits as a start until what goes before it is up") {
    FakeUnits units;
    units.add("part", PartOf, "a");
    units.add("part", After, "a");
    units.activate({"a", "part"});
    auto installed = units.install(JobType::Restart, "a");
    CHECK(units.take() == Names{"part/restart"});
    CHECK(units.finish("part", JobResult::Done).empty());
    CHECK(units.take() == Names{"a/restart"});
    CHECK(units.finish("a", JobResult::Done).empty());
    CHECK(units.take() == Names{"a/start"});
    CHECK(units.finish("a", JobResult::Done) == Names{"a/start done"});
    CHECK(units.take() == Names{"part/start"});
    CHECK(!units.queue.find(installed.anchor));
}

TEST_CASE("the failure of a requirement fails its users, and each knows what began it") {
    FakeUnits units;
    units.add("app", Requires, "web");
    units.add("web", BindsTo, "database");
    units.add("extra", Wants, "database");
    for (const char* user : {"web", "extra"}) units.add(user, After, "database");
    units.add("app", After, "web");
    units.add("app", Wants, "extra");
    units.install(start, "app");
    CHECK(units.take() == Names{"database/start"});
    CHECK(units.finish("database", JobResult::Failed, "main process exited, code 3") ==
          Names{"database/start failed", "web/start dependency", "app/start dependency"});
    REQUIRE(units.last_ended.size() == 3);
    for (const Job& job : units.last_ended) {
        CHECK(job.cause.unit == units.id("database"));
        CHECK(job.cause.text == "main process exited, code 3");
    }
    CHECK(units.take() == Names{"extra/start"});
}

TEST_CASE("a conflicting unit that will not stop fails the start that asked for it") {
    FakeUnits units;
    units.add("new", Conflicts, "old");
    units.add("new", After, "old");
    units.activate({"old"});
    units.install(start, "new");
    units.take();
    CHECK(units.finish("old", JobResult::Timeout) ==
          Names{"old/stop timeout", "new/start dependency"});
}

TEST_CASE("a start that leaves the unit inactive fails who asked for Requisite=") {
    FakeUnits units;
    units.add("a", Requisite, "b");
    units.add("a", After, "b");
    units.add("c", Requires, "b");
    units.add("c", After, "b");
    units.install(start, "b");
    units.install(start, "a");
    units.install(start, "c");
    CHECK(units.take() == Names{"b/start"});
    CHECK(units.finish("b", JobResult::Done) == Names{"b/start done", "a/start dependency"});
    CHECK(units.last_ended[1].cause.unit == units.id("b"));
    CHECK(units.take() == Names{"c/start"});
}

TEST_CASE("a job that was canceled fails those that need it") {
    FakeUnits units;
    units.add("a", Requires, "b");
    units.add("a", After, "b");
    units.install(start, "a");
    CHECK(units.finish("b", JobResult::Canceled) ==
          Names{"b/start canceled", "a/start dependency"});
    CHECK(units.queue.empty());
    CHECK(units.take().empty());
}

TEST_CASE("a job that contradicts a queued one replaces it, and fails nobody") {
    FakeUnits units;
    units.add("a", Wants, "b");
    units.add("a", After, "b");
    units.install(start, "a");
    CHECK(units.take() == Names{"b/start"});
    units["b"].active_state = ActiveState::Activating;
    auto installed = units.install(stop, "b");
    REQUIRE(installed.canceled.size() == 1);
    CHECK(installed.canceled[0].unit == units.id("b"));
    CHECK(installed.canceled[0].result == JobResult::Canceled);
    CHECK(units.queue.running() == 0);
    CHECK(units.take() == Names{"b/stop"});
    units.finish("b", JobResult::Done);
    CHECK(units.take() == Names{"a/start"});
}

TEST_CASE("asking for the same again joins the job that is there") {
    FakeUnits units;
    auto first = units.install(start, "a");
    CHECK(units.take() == Names{"a/start"});
    auto second = units.install(start, "a");
    CHECK(second.anchor == first.anchor);
    CHECK(second.added.empty());
    CHECK(units.take().empty());
    CHECK(units.queue.running() == 1);
}

TEST_CASE("a job that asks for more makes the running one begin anew") {
    FakeUnits units;
    auto first = units.install(start, "a");
    units.take();
    units["a"].active_state = ActiveState::Activating;
    auto second = units.install(JobType::Restart, "a");
    CHECK(second.anchor == first.anchor);
    CHECK(second.merged == std::vector<JobId>{first.anchor});
    CHECK(units.queue.running() == 0);
    CHECK(units.take() == Names{"a/restart"});
}

TEST_CASE("a reload that is under way is run again for who asks later") {
    FakeUnits units;
    units["a"].can_reload = true;
    units.activate({"a"});
    units.install(JobType::Reload, "a");
    CHECK(units.take() == Names{"a/reload"});
    units.install(JobType::Reload, "a");
    CHECK(units.take() == Names{"a/reload"});
}

TEST_CASE("a neighbour that turns from start to restart holds back no longer what it held") {
    FakeUnits units;
    units.add("b", After, "a");
    units.install(start, "a");
    units.install(start, "b");
    CHECK(units.take() == Names{"a/start"});
    units.finish("a", JobResult::Done);
    CHECK(units.take() == Names{"b/start"});
}

TEST_CASE("isolate and flush cancel the jobs that are not their own") {
    FakeUnits units;
    units.install(start, "a");
    units.install(start, "keep");
    units["keep"].ignore_on_isolate = true;
    auto installed = units.install(start, "b", JobMode::Flush);
    REQUIRE(installed.canceled.size() == 1);
    CHECK(installed.canceled[0].unit == units.id("a"));
    CHECK(units.queue.size() == 2);
}

TEST_CASE("a Nop is queued beside the unit's job and waits for nothing") {
    FakeUnits units;
    units.add("a", After, "b");
    units.install(start, "b");
    auto nop = units.install(JobType::TryRestart, "a");
    units.install(start, "a");
    CHECK(units.queue.size() == 3);
    CHECK(units.take() == Names{"b/start", "a/nop"});
    CHECK(units.queue.finish(nop.anchor, JobResult::Done, units).size() == 1);
    CHECK(units.queue.of_unit(units.id("a"))->type == start);
}

TEST_CASE("a job whose work cannot begin yet is looked at again when its unit changes") {
    FakeUnits units;
    auto installed = units.install(start, "a");
    units.take();
    units.queue.wait_again(installed.anchor);
    CHECK(units.take().empty());
    units.queue.wake(units.id("a"));
    CHECK(units.take() == Names{"a/start"});
}

TEST_CASE("a job whose work cannot begin yet is looked at again when a neighbour's job ends") {
    FakeUnits units;
    units.add("a", After, "b");
    auto installed = units.install(start, "a");
    units.take();
    units.queue.wait_again(installed.anchor);
    units.install(start, "b");
    CHECK(units.take() == Names{"b/start"});
    units.finish("b", JobResult::Done);
    CHECK(units.take() == Names{"a/start"});
}

TEST_CASE("a job that ignores the order waits for none, and none waits for it") {
    for (const char* ignoring : {"a", "b"}) {
        FakeUnits units;
        units.add("b", After, "a");
        for (const char* name : {"a", "b"})
            units.install(start, name,
                          name == ignoring ? JobMode::IgnoreDependencies : JobMode::Replace);
        CHECK(units.take() == Names{"a/start", "b/start"});
        CHECK(units.queue.waits_for(units.queue.of_unit(units.id("b"))->id).empty());
    }
}

TEST_CASE("a job that is asked for again irreversibly cannot be replaced any more") {
    FakeUnits units;
    units.install(start, "a");
    units.install(start, "a", JobMode::ReplaceIrreversibly);
    CHECK(!units.build(stop, "a"));
}

TEST_CASE("the end of a job that is gone is no job's end") {
    FakeUnits units;
    CHECK(units.queue.finish(7, JobResult::Done, units).empty());
}

TEST_CASE("the queue tells who waits for whom") {
    FakeUnits units;
    units.add("b", After, "a");
    auto a = units.install(start, "a").anchor, b = units.install(start, "b").anchor;
    CHECK(units.queue.waits_for(b) == std::vector<JobId>{a});
    CHECK(units.queue.waited_for_by(a) == std::vector<JobId>{b});
    CHECK(units.queue.waits_for(a).empty());
}

TEST_CASE("a target of 5,000 units starts, and stops in order") {
    FakeUnits units;
    const size_t count = 5000;
    for (size_t i = 0; i < count; ++i) {
        auto name = "u" + std::to_string(i);
        units.add("target", Wants, name);
        units.add("target", After, name);
        units.add(name, Conflicts, "shutdown");
        units.add(name, Before, "shutdown");
    }
    units.install(start, "target");
    auto taken = units.take();
    CHECK(taken.size() == count);
    for (size_t i = 0; i < count; ++i) units.finish("u" + std::to_string(i), JobResult::Done);
    CHECK(units.take() == Names{"target/start"});
    units.activate({"target"});
    units.finish("target", JobResult::Done);

    for (size_t i = 0; i < count; ++i) units.activate({"u" + std::to_string(i)});
    units.install(start, "shutdown", JobMode::ReplaceIrreversibly);
    CHECK(units.take().size() == count);
    for (size_t i = count; i-- > 0;) {
        units.finish("u" + std::to_string(i), JobResult::Done);
        if (i > 0) CHECK(units.take().empty());
    }
    CHECK(units.take() == Names{"shutdown/start"});
}

TEST_CASE("a chain of 5,000 units starts one by one, and falls as one") {
    FakeUnits units;
    const size_t count = 5000;
    auto name = [](size_t i) { return "u" + std::to_string(i); };
    for (size_t i = 1; i < count; ++i) {
        units.add(name(i), Requires, name(i - 1));
        units.add(name(i), After, name(i - 1));
    }
    units.install(start, name(count - 1));
    for (size_t i = 0; i < count / 2; ++i) {
        CHECK(units.take() == Names{name(i) + "/start"});
        units.activate({name(i)});
        units.finish(name(i), JobResult::Done);
    }
    units.take();
    auto fallen = units.finish(name(count / 2), JobResult::Failed, "no such file");
    CHECK(fallen.size() == count / 2);
    CHECK(fallen.back() == name(count - 1) + "/start dependency");
    CHECK(units.last_ended.back().cause.unit == units.id(name(count / 2)));
    CHECK(units.last_ended.back().cause.text == "no such file");
    CHECK(units.queue.empty());
}

TEST_SUITE_END();
