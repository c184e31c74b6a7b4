#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "entry/init_arguments.hpp"
#include "entry/personality.hpp"
#include "entry/show.hpp"

using namespace sctl;

namespace {

constexpr pid_t first = 100, second = 101;

ExitInfo exited(int status) {
    return {CLD_EXITED, status};
}
ExitInfo killed(int signal) {
    return {CLD_KILLED, signal};
}

// A show with one command, or with files of --run, all started: pids from `first` on.
struct Stage {
    InitPolicy policy;
    Show show;

    Stage(InitPolicy with, size_t run_files, bool has_units = false)
        : policy(std::move(with)), show(policy, performers(run_files), has_units) {
        for (size_t i = 0; i < show.performers().size(); ++i)
            show.started(i, first + static_cast<pid_t>(i));
        show.all_started();
    }
    static std::vector<Performer> performers(size_t run_files) {
        if (run_files == 0)
            return {Performer{.name = "main.service", .is_command = true, .exit = {}}};
        return std::vector<Performer>(run_files, Performer{.name = "a.service", .exit = {}});
    }

    // The actions since the last time of one kind.
    template <class Action>
    std::vector<Action> all() {
        std::vector<Action> found;
        for (auto& action : taken()) {
            if (auto* wanted = std::get_if<Action>(&action)) found.push_back(*wanted);
        }
        return found;
    }
    template <class Action>
    bool has() {
        return !all<Action>().empty();
    }
    std::vector<ShowAction> taken() { return show.take_actions(); }
};

InitPolicy usual() {
    return default_policy(true, false, false);
}

} // namespace

TEST_SUITE_BEGIN("entry");

TEST_CASE("the end of the command ends its session, and the show when that is empty") {
    Stage stage(usual(), 0);
    stage.show.exited(first, exited(7), false);
    auto actions = stage.taken();
    CHECK(std::ranges::count_if(actions, [](auto& a) {
              return std::holds_alternative<show_action::EndSessions>(a);
          }) == 1);
    CHECK(std::ranges::count_if(actions, [](auto& a) {
              return std::holds_alternative<show_action::AwaitSessions>(a);
          }) == 1);
    CHECK_FALSE(stage.show.over());
    stage.show.alone();
    CHECK(stage.show.over());
    CHECK(stage.show.status() == 7);
}

TEST_CASE("who does not go within the stop timeout is killed") {
    Stage stage(usual(), 0);
    stage.show.exited(first, exited(0), false);
    stage.taken();
    stage.show.out_of_time();
    CHECK(stage.has<show_action::KillAwaited>());
    stage.show.out_of_time();
    CHECK(stage.show.over());
}

TEST_CASE("a command that a signal killed gives 128 and its number") {
    Stage stage(usual(), 0);
    stage.show.exited(first, killed(SIGKILL), false);
    CHECK(stage.show.status() == 137);
}

TEST_CASE("a status of success is 0") {
    InitPolicy policy = usual();
    policy.success_statuses = {143, 5};
    Stage stage(policy, 0);
    stage.show.exited(first, killed(SIGTERM), false);
    CHECK(stage.show.status() == 0);
}

TEST_CASE("an orphan's end does not end the show") {
    Stage stage(usual(), 0);
    stage.show.exited(4711, exited(1), false);
    CHECK_FALSE(stage.show.ending());
}

TEST_CASE("a command that a client stopped may be started again") {
    Stage stage(usual(), 0);
    stage.show.exited(first, killed(SIGTERM), true);
    CHECK_FALSE(stage.show.ending());
    stage.show.started(0, 200);
    stage.show.exited(200, exited(3), false);
    CHECK(stage.show.ending());
    CHECK(stage.show.status() == 3);
}

TEST_CASE("TERM after the command was stopped by a client ends the show") {
    Stage stage(usual(), 0);
    stage.show.exited(first, killed(SIGTERM), true);
    stage.show.received(SIGTERM);
    CHECK(stage.show.ending());
}

TEST_CASE("dumb-init tells the session TERM and is gone at once") {
    Stage stage(dumb_init_policy(), 0);
    stage.show.exited(first, exited(0), false);
    auto sent = stage.all<show_action::Send>();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].target == SignalTarget::Group);
    CHECK(sent[0].signal == SIGTERM);
    CHECK(stage.show.over());
}

TEST_CASE("tini reaps what has ended before it ends itself") {
    Stage stage(tini_policy(), 0);
    stage.show.exited(first, exited(4), false);
    CHECK_FALSE(stage.show.over());
    stage.show.exited(300, exited(0), false);
    stage.show.reaped_all(false);
    CHECK(stage.show.over());
    CHECK(stage.show.status() == 4);
}

TEST_CASE("yasinit stops all when one ends, with the first failure as its status") {
    Stage stage(yasinit_policy(), 2);
    stage.show.exited(first, exited(0), false);
    auto sent = stage.all<show_action::Send>();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].performer == 1);
    CHECK(sent[0].target == SignalTarget::Child);
    stage.show.exited(second, exited(23), false);
    CHECK(stage.show.over());
    CHECK(stage.show.status() == 23);
}

TEST_CASE("yasinit counts death by a signal as 1") {
    Stage stage(yasinit_policy(), 0);
    stage.show.received(SIGTERM);
    CHECK(stage.has<show_action::Send>());
    stage.show.received(SIGTERM);
    CHECK_FALSE(stage.has<show_action::Send>());
    stage.show.exited(first, killed(SIGTERM), false);
    CHECK(stage.show.status() == 1);
}

TEST_CASE("yasinit gives up after its timeout with status 2 and kills nobody") {
    Stage stage(yasinit_policy(), 0);
    stage.show.received(SIGTERM);
    stage.taken();
    stage.show.out_of_time();
    CHECK(stage.show.over());
    CHECK(stage.show.status() == 2);
    CHECK_FALSE(stage.has<show_action::KillAwaited>());
}

TEST_CASE("docker-container-init tells everyone and waits without a limit") {
    Stage stage(docker_container_init_policy(), 0);
    stage.show.exited(first, exited(9), false);
    auto actions = stage.taken();
    bool tells = false, clock = false;
    for (auto& action : actions) {
        tells |= std::holds_alternative<show_action::EndEveryone>(action);
        clock |= std::holds_alternative<show_action::ArmClock>(action);
    }
    CHECK(tells);
    CHECK_FALSE(clock);
    stage.show.alone();
    CHECK(stage.show.status() == 9);
}

TEST_CASE("drinit outlives its command, also after a TERM") {
    Stage stage(drinit_policy(), 0);
    stage.show.received(SIGTERM);
    CHECK(stage.all<show_action::Send>().size() == 1);
    stage.show.exited(first, exited(0), false);
    CHECK_FALSE(stage.show.ending());
}

TEST_CASE("a show without an end of its own ends with a TERM elsewhere") {
    InitPolicy policy = usual();
    policy.end = EndWhen::Signal;
    Stage stage(policy, 0);
    stage.show.exited(first, exited(5), false);
    CHECK_FALSE(stage.show.ending());
    stage.show.received(SIGTERM);
    CHECK(stage.show.ending());
    CHECK(stage.show.status() == 5);
}

TEST_CASE("a command that cannot be executed ends the show, whatever is waited for") {
    for (auto policy : {usual(), drinit_policy(), yasinit_policy()}) {
        Show show(policy, Stage::performers(0), false);
        show.not_started(0, ENOENT, "nothing");
        CHECK(show.ending());
        CHECK(show.status() == policy.not_found_status);
    }
    InitPolicy policy = usual();
    Show show(policy, Stage::performers(0), false);
    show.not_started(0, EACCES, "/etc/passwd");
    CHECK(show.status() == 126);
}

TEST_CASE("with units around it, a TERM stops units and command together") {
    Stage stage(default_policy(true, false, true), 0, true);
    stage.show.received(SIGTERM);
    auto stops = stage.all<show_action::StopUnits>();
    REQUIRE(stops.size() == 1);
    CHECK(stops[0].signal == SIGTERM);
    stage.show.exited(first, exited(6), false);
    CHECK(stage.show.status() == 6);
}

TEST_CASE("with units around it, HUP goes to the command alone") {
    Stage stage(default_policy(true, false, true), 0, true);
    stage.show.received(SIGHUP);
    CHECK(stage.all<show_action::Send>().size() == 1);
    CHECK_FALSE(stage.show.ending());
}

TEST_CASE("a TERM before the command was started is its status") {
    InitPolicy policy = default_policy(true, false, true);
    Show show(policy, Stage::performers(0), true);
    show.received(SIGTERM);
    CHECK(show.ending());
    CHECK(show.status() == 143);
}

TEST_SUITE_END();
