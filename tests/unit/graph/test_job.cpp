#include "graph/job.hpp"

#include <doctest/doctest.h>

using namespace sctl;

TEST_SUITE_BEGIN("graph");

TEST_CASE("job types and results are spelled as on the wire and back") {
    CHECK(to_string(JobType::VerifyActive) == "verify-active");
    CHECK(to_string(JobType::ReloadOrStart) == "reload-or-start");
    CHECK(job_type_from("try-restart") == JobType::TryRestart);
    CHECK(!job_type_from("begin"));
    CHECK(to_string(JobResult::Unsupported) == "unsupported");
    CHECK(to_string(JobState::Running) == "running");
}

TEST_CASE("two jobs of a unit merge as systemd's table has it") {
    using enum JobType;
    struct Row {
        JobType a, b;
        std::optional<JobType> both;
    };
    for (const Row& row : {
             Row{Start, VerifyActive, Start},
             Row{Start, Stop, {}},
             Row{Start, Reload, ReloadOrStart},
             Row{Start, Restart, Restart},
             Row{VerifyActive, Stop, {}},
             Row{VerifyActive, Reload, Reload},
             Row{VerifyActive, Restart, Restart},
             Row{Stop, Reload, {}},
             Row{Stop, Restart, {}},
             Row{Reload, Restart, Restart},
             Row{Stop, Stop, Stop},
             Row{Nop, Start, {}},
         }) {
        CAPTURE(to_string(row.a));
        CAPTURE(to_string(row.b));
        CHECK(merged(row.a, row.b) == row.both);
        CHECK(merged(row.b, row.a) == row.both);
    }
}

TEST_CASE("a Nop contradicts nothing and does nothing") {
    CHECK(!is_conflicting(JobType::Nop, JobType::Stop));
    CHECK(is_conflicting(JobType::Start, JobType::Stop));
    CHECK(is_superset(JobType::Restart, JobType::Start));
    CHECK(!is_superset(JobType::Start, JobType::Restart));
    CHECK(is_superset(JobType::Start, JobType::Nop));
    CHECK(!is_superset(JobType::Nop, JobType::Start));
}

TEST_CASE("what a unit is already need not be done again, save a restart") {
    CHECK(is_redundant(JobType::Start, ActiveState::Active));
    CHECK(!is_redundant(JobType::Start, ActiveState::Activating));
    CHECK(is_redundant(JobType::Stop, ActiveState::Failed));
    CHECK(!is_redundant(JobType::Stop, ActiveState::Deactivating));
    CHECK(is_redundant(JobType::Reload, ActiveState::Reloading));
    CHECK(!is_redundant(JobType::Restart, ActiveState::Activating));
}

TEST_CASE("the try- types become a job that fits the unit's state") {
    CHECK(collapsed(JobType::TryRestart, ActiveState::Inactive) == JobType::Nop);
    CHECK(collapsed(JobType::TryRestart, ActiveState::Activating) == JobType::Restart);
    CHECK(collapsed(JobType::TryReload, ActiveState::Activating) == JobType::Nop);
    CHECK(collapsed(JobType::ReloadOrStart, ActiveState::Active) == JobType::Reload);
    CHECK(merged_and_collapsed(JobType::Start, JobType::Reload, ActiveState::Failed) ==
          JobType::Start);
    CHECK(reload_if_possible(JobType::Restart) == JobType::ReloadOrStart);
    CHECK(reload_if_possible(JobType::Start) == JobType::Start);
}

TEST_CASE("what stops goes before what starts, and stops go backwards") {
    using enum JobType;
    CHECK(compare_ordered(Start, Start) < 0);
    CHECK(compare_ordered(Start, Stop) > 0);
    CHECK(compare_ordered(Stop, Start) < 0);
    CHECK(compare_ordered(Stop, Stop) > 0);
    CHECK(compare_ordered(Start, Restart) > 0);
    CHECK(compare_ordered(Nop, Stop) == 0);
}

TEST_CASE("a state that the job did not ask for ends it and is unexpected") {
    auto gone = judge(JobType::Start, JobState::Running, ActiveState::Failed, false);
    CHECK(gone.result == JobResult::Failed);
    CHECK(gone.unexpected);
    // A oneshot that leaves nothing behind has done what was asked.
    CHECK(judge(JobType::Start, JobState::Running, ActiveState::Inactive, false).result ==
          JobResult::Done);
    CHECK(!judge(JobType::Start, JobState::Waiting, ActiveState::Failed, false).result);
    auto back = judge(JobType::Stop, JobState::Running, ActiveState::Active, false);
    CHECK(back.result == JobResult::Failed);
    CHECK(back.unexpected);
    CHECK(judge(JobType::Reload, JobState::Running, ActiveState::Active, true).result ==
          JobResult::Failed);
    CHECK(!judge(JobType::Restart, JobState::Running, ActiveState::Deactivating, false).result);
}

TEST_SUITE_END();
