#include "graph/transaction.hpp"

#include <doctest/doctest.h>

#include "fake_units.hpp"

using namespace sctl;
using enum Dependency;
using Names = FakeUnits::Names;

TEST_SUITE_BEGIN("graph");

TEST_CASE("a start pulls in what is required and wanted, and leaves what is up alone") {
    FakeUnits units;
    units.add("a", Requires, "b");
    units.add("a", Wants, "c");
    units.add("b", BindsTo, "d");
    units.add("a", Requires, "up");
    units.activate({"up"});
    CHECK(units.jobs(start, "a") == Names{"a/start", "b/start", "c/start", "d/start"});
    CHECK(units.build(start, "a")->jobs.front().unit == units.id("a"));
}

TEST_CASE("what an active unit requires is not looked at") {
    FakeUnits units;
    units.add("a", Requires, "b");
    units.add("b", Requires, "c");
    units.activate({"b"});
    CHECK(units.jobs(start, "a") == Names{"a/start"});
}

TEST_CASE("the job that was asked for is there even where it has nothing to do") {
    FakeUnits units;
    units.activate({"a"});
    CHECK(units.jobs(start, "a") == Names{"a/start"});
    CHECK(units.jobs(JobType::TryRestart, "b") == Names{"b/nop"});
}

TEST_CASE("a required unit that cannot be loaded fails the start in systemd's words") {
    struct Row {
        LoadState state;
        std::string text, name;
    };
    Error io{EACCES, "Permission denied", "org.freedesktop.DBus.Error.AccessDenied"};
    for (const Row& row : {
             Row{LoadState::NotFound, "Unit b not found.", "org.freedesktop.systemd1.NoSuchUnit"},
             Row{LoadState::Masked, "Unit b is masked.", "org.freedesktop.systemd1.UnitMasked"},
             Row{LoadState::BadSetting, "Unit b has a bad unit file setting.",
                 "org.freedesktop.systemd1.BadUnitSetting"},
             Row{LoadState::Stub, "Unit b is not loaded properly.",
                 "org.freedesktop.systemd1.LoadFailed"},
             Row{LoadState::Error,
                 "Unit b failed to load properly, please adjust/correct and reload service "
                 "manager: Permission denied",
                 "org.freedesktop.DBus.Error.AccessDenied"},
         }) {
        FakeUnits units;
        units.add("a", Requires, "b");
        units["b"].load_state = row.state;
        units["b"].load_error = &io;
        auto built = units.build(start, "a");
        REQUIRE(!built);
        CHECK(built.error().text == row.text);
        CHECK(built.error().name == row.name);
        CHECK(!units.build(start, "b"));
    }
}

TEST_CASE("a wanted unit that cannot be loaded is left out, with a line unless it is absent") {
    FakeUnits units;
    CollectedLog log;
    units.add("a", Wants, "gone");
    units.add("a", Wants, "masked");
    units.add("a", Wants, "bad");
    units["gone"].load_state = LoadState::NotFound;
    units["masked"].load_state = LoadState::Masked;
    units["bad"].load_state = LoadState::BadSetting;
    CHECK(units.jobs(start, "a") == Names{"a/start"});
    CHECK(log.lines() == Names{"bad: Cannot add dependency job, ignoring: "
                               "Unit bad has a bad unit file setting."});
}

TEST_CASE("a wanted unit whose own requirement is absent does not fail who wants it") {
    FakeUnits units;
    units.add("a", Wants, "b");
    units.add("b", Requires, "c");
    units.add("c", Requires, "gone");
    units.add("a", Wants, "d");
    units["gone"].load_state = LoadState::NotFound;
    // b is started all the same: systemd 252 does so, too.
    CHECK(units.jobs(start, "a") == Names{"a/start", "b/start", "c/start", "d/start"});
}

TEST_CASE("a unit that is not loaded can be stopped") {
    FakeUnits units;
    units["a"].load_state = LoadState::NotFound;
    units.activate({"a"});
    CHECK(units.jobs(stop, "a") == Names{"a/stop"});
}

TEST_CASE("a skipped unit gets no job and fails nobody") {
    FakeUnits units;
    units.add("a", Requires, "x.device");
    units.add("a", BindsTo, "y.mount");
    units.add("y.mount", Requires, "z");
    units["x.device"].load_state = LoadState::NotFound;
    units["x.device"].skipped = units["y.mount"].skipped = true;
    CHECK(units.jobs(start, "a") == Names{"a/start"});
    CHECK(units.jobs(start, "y.mount") == Names{"y.mount/start"});
}

TEST_CASE("Requisite asks that the other is up and does not start it") {
    FakeUnits units;
    units.add("a", Requisite, "b");
    CHECK(units.jobs(start, "a") == Names{"a/start", "b/verify-active"});
    units.activate({"b"});
    CHECK(units.jobs(start, "a") == Names{"a/start"});
}

TEST_CASE("a stop takes with it what requires, binds to or is part of the unit") {
    FakeUnits units;
    units.add("requires", Requires, "a");
    units.add("binds", BindsTo, "a");
    units.add("part", PartOf, "a");
    units.add("requisite", Requisite, "a");
    units.add("wants", Wants, "a");
    units.add("deep", Requires, "part");
    units.add("idle", Requires, "a");
    units.activate({"a", "requires", "binds", "part", "requisite", "wants", "deep"});
    CHECK(units.jobs(stop, "a") == Names{"a/stop", "binds/stop", "deep/stop", "part/stop",
                                         "requires/stop", "requisite/stop"});
}

TEST_CASE("a restart restarts what depends on it where that runs") {
    FakeUnits units;
    units.add("part", PartOf, "a");
    units.add("idle", Requires, "a");
    units.add("wants", Wants, "a");
    units.activate({"a", "part", "wants"});
    CHECK(units.jobs(JobType::Restart, "a") == Names{"a/restart", "part/restart"});
    units["part"].active_state = ActiveState::Activating;
    CHECK(units.jobs(JobType::Restart, "a") == Names{"a/restart", "part/restart"});
}

TEST_CASE("PropagatesStopTo stops the other at a stop, and leaves it alone at a restart") {
    FakeUnits units;
    units.add("a", PropagatesStopTo, "b");
    units.activate({"a", "b"});
    CHECK(units.jobs(stop, "a") == Names{"a/stop", "b/stop"});
    CHECK(units.jobs(JobType::Restart, "a") == Names{"a/restart"});
}

TEST_CASE("a reload is passed on to units that are up") {
    FakeUnits units;
    units.add("a", PropagatesReloadTo, "up");
    units.add("a", PropagatesReloadTo, "down");
    units.add("a", PropagatesReloadTo, "cannot");
    units.activate({"a", "up", "cannot"});
    units["a"].can_reload = units["up"].can_reload = units["down"].can_reload = true;
    CollectedLog log;
    CHECK(units.jobs(JobType::Reload, "a") == Names{"a/reload", "up/reload"});
    CHECK(log.lines() == Names{"cannot: Cannot add dependency reload job, ignoring: "
                               "Job type reload is not applicable for unit cannot."});
}

TEST_CASE("a job that the unit's type cannot do is refused") {
    FakeUnits units;
    auto reload = units.build(JobType::Reload, "a");
    CHECK(reload.error().text == "Job type reload is not applicable for unit a.");
    CHECK(reload.error().name == "org.freedesktop.systemd1.JobTypeNotApplicable");
    units["-.slice"].perpetual = true;
    CHECK(!units.build(stop, "-.slice"));
    // Pulled in, it is just left out.
    units.add("b", Conflicts, "-.slice");
    CHECK(units.jobs(start, "b") == Names{"b/start"});
}

TEST_CASE("a start stops what it conflicts with, either way round") {
    FakeUnits units;
    units.add("a", Conflicts, "b");
    units.add("c", Conflicts, "a");
    units.activate({"b", "c"});
    CHECK(units.jobs(start, "a") == Names{"a/start", "b/stop", "c/stop"});
}

TEST_CASE("a wanted unit gives way to the stop that Conflicts= asks for") {
    FakeUnits units;
    units.add("a", Wants, "b");
    units.add("a", Conflicts, "b");
    CHECK(units.jobs(start, "a") == Names{"a/start"});
    units.activate({"b"});
    CHECK(units.jobs(start, "a") == Names{"a/start", "b/stop"});
}

TEST_CASE("requirements that contradict each other are an error") {
    FakeUnits units;
    CollectedLog log;
    units.add("a", Requires, "b");
    units.add("a", Conflicts, "b");
    auto built = units.build(start, "a");
    REQUIRE(!built);
    CHECK(built.error().name == "org.freedesktop.systemd1.TransactionJobsConflicting");
    // The stop of b is passed on to a, which requires it.
    CHECK(built.error().text ==
          "Transaction contains conflicting jobs 'stop' and 'start' for a. "
          "Probably contradicting requirement dependencies configured.");
    CHECK(log.lines().back() ==
          "Requested transaction contains unmergeable jobs: " + built.error().text);
}

TEST_CASE("of two wanted units that conflict the one that says so is started") {
    FakeUnits units;
    units.add("target", Wants, "b");
    units.add("target", Wants, "c");
    units.add("b", Conflicts, "c");
    CHECK(units.jobs(start, "target") == Names{"b/start", "target/start"});
}

TEST_CASE("of two wanted units that conflict it does not matter which is wanted first") {
    FakeUnits units;
    units.add("target", Wants, "c");
    units.add("target", Wants, "b");
    units.add("b", Conflicts, "c");
    CHECK(units.jobs(start, "target") == Names{"b/start", "target/start"});
}

TEST_CASE("a wanted unit is rather started than stopped for a dependency that is no conflict") {
    for (bool first : {false, true}) {
        CAPTURE(first);
        FakeUnits units;
        if (first) units.add("target", Wants, "part");
        units.add("target", Wants, "other");
        if (!first) units.add("target", Wants, "part");
        units.add("other", Conflicts, "whole");
        units.add("whole", PropagatesStopTo, "part");
        units.activate({"whole"});
        // And with the stop goes what would have brought it.
        CHECK(units.jobs(start, "target") == Names{"part/start", "target/start"});
    }
}

TEST_CASE("mode fail keeps its hands off running units and queued jobs that do not matter") {
    FakeUnits units;
    units.add("b", Conflicts, "a");
    units.activate({"b"});
    // The stop of b is only asked for by b itself, and a is not worth it.
    CHECK(units.jobs(start, "a", JobMode::Fail) == Names{"a/start"});
    CHECK(units.jobs(start, "a") == Names{"a/start", "b/stop"});
}

TEST_CASE("mode fail does without a wanted unit that would stop a running one") {
    FakeUnits units;
    units.add("a", Wants, "b");
    units.add("b", Conflicts, "running");
    units.activate({"running"});
    CHECK(units.jobs(start, "a", JobMode::Fail) == Names{"a/start"});
    CHECK(units.jobs(start, "a") == Names{"a/start", "b/start", "running/stop"});
}

TEST_CASE("a queued job that contradicts is replaced, but not in mode fail") {
    FakeUnits units;
    CollectedLog log;
    units.add("a", Requires, "b");
    units.activate({"b"});
    units.install(stop, "b");
    auto built = units.build(start, "a", JobMode::Fail);
    REQUIRE(!built);
    CHECK(built.error().text ==
          "Transaction for a/start is destructive (b has 'stop' job queued, but 'start' is "
          "included in transaction).");
    CHECK(built.error().name == "org.freedesktop.systemd1.TransactionIsDestructive");
    CHECK(log.lines().back() ==
          "Requested transaction contradicts existing jobs: " + built.error().text);
    CHECK(units.jobs(start, "a") == Names{"a/start", "b/start"});
}

TEST_CASE("nothing replaces a job that is irreversible") {
    FakeUnits units;
    CollectedLog log;
    units.activate({"a"});
    units.install(stop, "a", JobMode::ReplaceIrreversibly);
    CHECK(!units.build(start, "a"));
    CHECK(units.jobs(stop, "a") == Names{"a/stop"});
}

TEST_CASE("isolate stops all that is not pulled in, save what is to be ignored") {
    FakeUnits units;
    units.add("target", Requires, "a");
    units.activate({"a", "b", "getty", "s.service", "s.socket"});
    units["getty"].ignore_on_isolate = true;
    units["target"].allow_isolate = true;
    units["idle"];
    units.add("target", Wants, "s.socket");
    units.add("s.socket", Triggers, "s.service");
    units["s.socket"].active_state = ActiveState::Inactive;
    // a and s.socket are up or coming; what a listening socket triggers may stay.
    CHECK(units.jobs(start, "target", JobMode::Isolate) ==
          Names{"b/stop", "s.socket/start", "target/start"});
}

TEST_CASE("isolate is refused where the unit does not allow it") {
    FakeUnits units;
    CHECK(units.build(start, "a", JobMode::Isolate).error().name ==
          "org.freedesktop.systemd1.NoIsolation");
    CHECK(units.build(stop, "a", JobMode::Isolate).error().text ==
          "Isolate is only valid for start.");
    CHECK(units.build(start, "a", JobMode::Triggering).error().text ==
          "--job-mode=triggering is only valid for stop.");
}

TEST_CASE("mode triggering stops what would start the unit again") {
    FakeUnits units;
    units.add("a.socket", Triggers, "a");
    units.add("a.path", Triggers, "a");
    units.activate({"a", "a.socket"});
    CHECK(units.jobs(stop, "a", JobMode::Triggering) == Names{"a.socket/stop", "a/stop"});
}

TEST_CASE("the ignore modes pull in nothing") {
    FakeUnits units;
    units.add("a", Requires, "gone");
    units["gone"].load_state = LoadState::NotFound;
    CHECK(units.jobs(start, "a", JobMode::IgnoreRequirements) == Names{"a/start"});
    auto built = units.build(start, "a", JobMode::IgnoreDependencies);
    CHECK(built->jobs.front().ignore_order);
}

TEST_CASE("a person may not start what refuses it, nor stop what was never loaded") {
    FakeUnits units;
    UnitId a = units.id("a"), gone = units.id("gone");
    units["a"].refuse_manual_start = true;
    units["gone"].load_state = LoadState::NotFound;
    auto refused = check_manual_request(units, start, a);
    CHECK(refused.error().name == "org.freedesktop.systemd1.OnlyByDependency");
    CHECK(refused.error().text ==
          "Operation refused, unit a may be requested by dependency only "
          "(it is configured to refuse manual start/stop).");
    CHECK(!check_manual_request(units, JobType::ReloadOrStart, a));
    CHECK(check_manual_request(units, stop, a));
    CHECK(check_manual_request(units, stop, gone).error().text == "Unit gone not loaded.");
    CHECK(check_manual_request(units, start, gone));
}

TEST_SUITE_END();
