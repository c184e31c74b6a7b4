#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "entry/command_life.hpp"
#include "entry/init_arguments.hpp"
#include "entry/personality.hpp"

using namespace sctl;

namespace {

constexpr pid_t first = 100, second = 101;

ExitInfo exited(int status) {
    return {CLD_EXITED, status};
}
ExitInfo killed(int signal) {
    return {CLD_KILLED, signal};
}

// One command, or with files of --run, all started: pids from `first` on.
struct Stage {
    InitPolicy policy;
    CommandLife life;

    Stage(InitPolicy with, size_t run_files, bool has_units = false)
        : policy(std::move(with)), life(policy, commands(run_files), has_units) {
        for (size_t i = 0; i < life.commands().size(); ++i)
            life.started(i, first + static_cast<pid_t>(i));
        life.all_started();
    }
    static std::vector<EntryCommand> commands(size_t run_files) {
        if (run_files == 0)
            return {EntryCommand{.name = "main.service", .is_command = true, .exit = {}}};
        return std::vector<EntryCommand>(run_files, EntryCommand{.name = "a.service", .exit = {}});
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
    std::vector<LifeAction> taken() { return life.take_actions(); }
};

InitPolicy usual() {
    return default_policy(true, false, false);
}

} // namespace

TEST_SUITE_BEGIN("entry");

TEST_CASE("the end of the command ends its session, and the whole when that is empty") {
    Stage stage(usual(), 0);
    stage.life.exited(first, exited(7), false);
    auto actions = stage.taken();
    CHECK(std::ranges::count_if(actions, [](auto& a) {
              return std::holds_alternative<life_action::EndSessions>(a);
          }) == 1);
    CHECK(std::ranges::count_if(actions, [](auto& a) {
              return std::holds_alternative<life_action::AwaitSessions>(a);
          }) == 1);
    CHECK_FALSE(stage.life.over());
    stage.life.alone();
    CHECK(stage.life.over());
    CHECK(stage.life.status() == 7);
}

TEST_CASE("who does not go within the stop timeout is killed") {
    Stage stage(usual(), 0);
    stage.life.exited(first, exited(0), false);
    stage.taken();
    stage.life.out_of_time();
    CHECK(stage.has<life_action::KillAwaited>());
    stage.life.out_of_time();
    CHECK(stage.life.over());
}

TEST_CASE("a command that a signal killed gives 128 and its number") {
    Stage stage(usual(), 0);
    stage.life.exited(first, killed(SIGKILL), false);
    CHECK(stage.life.status() == 137);
}

TEST_CASE("a status of success is 0") {
    InitPolicy policy = usual();
    policy.success_statuses = {143, 5};
    Stage stage(policy, 0);
    stage.life.exited(first, killed(SIGTERM), false);
    CHECK(stage.life.status() == 0);
}

TEST_CASE("an orphan's end does not end the whole") {
    Stage stage(usual(), 0);
    stage.life.exited(4711, exited(1), false);
    CHECK_FALSE(stage.life.ending());
}

TEST_CASE("a command that a client stopped may be started again") {
    Stage stage(usual(), 0);
    stage.life.exited(first, killed(SIGTERM), true);
    CHECK_FALSE(stage.life.ending());
    stage.life.started(0, 200);
    stage.life.exited(200, exited(3), false);
    CHECK(stage.life.ending());
    CHECK(stage.life.status() == 3);
}

TEST_CASE("TERM after the command was stopped by a client ends the whole") {
    Stage stage(usual(), 0);
    stage.life.exited(first, killed(SIGTERM), true);
    stage.life.received(SIGTERM);
    CHECK(stage.life.ending());
}

TEST_CASE("dumb-init tells the session TERM and is gone at once") {
    Stage stage(dumb_init_policy(), 0);
    stage.life.exited(first, exited(0), false);
    auto sent = stage.all<life_action::Send>();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].target == SignalTarget::Group);
    CHECK(sent[0].signal == SIGTERM);
    CHECK(stage.life.over());
}

TEST_CASE("tini reaps what has ended before it ends itself") {
    Stage stage(tini_policy(), 0);
    stage.life.exited(first, exited(4), false);
    CHECK_FALSE(stage.life.over());
    stage.life.exited(300, exited(0), false);
    stage.life.reaped_all(false);
    CHECK(stage.life.over());
    CHECK(stage.life.status() == 4);
}

TEST_CASE("yasinit stops all when one ends, with the first failure as its status") {
    Stage stage(yasinit_policy(), 2);
    stage.life.exited(first, exited(0), false);
    auto sent = stage.all<life_action::Send>();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].command == 1);
    CHECK(sent[0].target == SignalTarget::Child);
    stage.life.exited(second, exited(23), false);
    CHECK(stage.life.over());
    CHECK(stage.life.status() == 23);
}

TEST_CASE("yasinit counts death by a signal as 1") {
    Stage stage(yasinit_policy(), 0);
    stage.life.received(SIGTERM);
    CHECK(stage.has<life_action::Send>());
    stage.life.received(SIGTERM);
    CHECK_FALSE(stage.has<life_action::Send>());
    stage.life.exited(first, killed(SIGTERM), false);
    CHECK(stage.life.status() == 1);
}

TEST_CASE("yasinit gives up after its timeout with status 2 and kills nobody") {
    Stage stage(yasinit_policy(), 0);
    stage.life.received(SIGTERM);
    stage.taken();
    stage.life.out_of_time();
    CHECK(stage.life.over());
    CHECK(stage.life.status() == 2);
    CHECK_FALSE(stage.has<life_action::KillAwaited>());
}

TEST_CASE("docker-container-init tells everyone and waits without a limit") {
    Stage stage(docker_container_init_policy(), 0);
    stage.life.exited(first, exited(9), false);
    auto actions = stage.taken();
    bool tells = false, clock = false;
    for (auto& action : actions) {
        tells |= std::holds_alternative<life_action::EndEveryone>(action);
        clock |= std::holds_alternative<life_action::ArmClock>(action);
    }
    CHECK(tells);
    CHECK_FALSE(clock);
    stage.life.alone();
    CHECK(stage.life.status() == 9);
}

TEST_CASE("drinit outlives its command, also after a TERM") {
    Stage stage(drinit_policy(), 0);
    stage.life.received(SIGTERM);
    CHECK(stage.all<life_action::Send>().size() == 1);
    stage.life.exited(first, exited(0), false);
    CHECK_FALSE(stage.life.ending());
}

TEST_CASE("what has no end of its own ends with a TERM elsewhere") {
    InitPolicy policy = usual();
    policy.end = EndWhen::Signal;
    Stage stage(policy, 0);
    stage.life.exited(first, exited(5), false);
    CHECK_FALSE(stage.life.ending());
    stage.life.received(SIGTERM);
    CHECK(stage.life.ending());
    CHECK(stage.life.status() == 5);
}

TEST_CASE("a command that cannot be executed ends the whole, whatever is waited for") {
    for (auto policy : {usual(), drinit_policy(), yasinit_policy()}) {
        CommandLife life(policy, Stage::commands(0), false);
        life.not_started(0, ENOENT, "nothing");
        CHECK(life.ending());
        CHECK(life.status() == policy.not_found_status);
    }
    InitPolicy policy = usual();
    CommandLife life(policy, Stage::commands(0), false);
    life.not_started(0, EACCES, "/etc/passwd");
    CHECK(life.status() == 126);
}

TEST_CASE("with units around it, a TERM stops units and command together") {
    Stage stage(default_policy(true, false, true), 0, true);
    stage.life.received(SIGTERM);
    auto stops = stage.all<life_action::StopUnits>();
    REQUIRE(stops.size() == 1);
    CHECK(stops[0].signal == SIGTERM);
    stage.life.exited(first, exited(6), false);
    CHECK(stage.life.status() == 6);
}

TEST_CASE("with units around it, HUP goes to the command alone") {
    Stage stage(default_policy(true, false, true), 0, true);
    stage.life.received(SIGHUP);
    CHECK(stage.all<life_action::Send>().size() == 1);
    CHECK_FALSE(stage.life.ending());
}

TEST_CASE("a TERM before the command was started is its status") {
    InitPolicy policy = default_policy(true, false, true);
    CommandLife life(policy, Stage::commands(0), true);
    life.received(SIGTERM);
    CHECK(life.ending());
    CHECK(life.status() == 143);
}

TEST_SUITE_END();
