#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "base/text.hpp"
#include "state/mount/mount.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("state");

namespace {

// A mount unit and what its machine wants done.
struct MountLife {
    MountLife() {
        unit.id = UnitName::of_ours("srv-a.mount");
        unit.load_state = LoadState::Loaded;
        auto own = std::make_unique<MountConfig>();
        own->what = "tmpfs";
        own->where = "/srv/a";
        own->timeout = 5s;
        unit.own = std::move(own);
        context.now.monotonic = 1h;
    }
    void send(const UnitEvent& event) {
        actions.clear();
        Cause said;
        machine.step(unit, context, event, actions, said);
        for (const auto& action : actions) {
            if (const auto* line = std::get_if<action::Log>(&action)) log += cat(line->text, "\n");
            if (const auto* timer = std::get_if<action::ArmTimer>(&action))
                deadline = timer->deadline;
            if (const auto* change = std::get_if<action::StateChanged>(&action)) {
                states += cat(change->sub_to, " ");
                reload_failed = change->reload_failed;
            }
        }
    }
    // A process is asked for, and runs.
    void spawned(MountExecCommand which) {
        auto found = std::ranges::find_if(actions, [](const auto& action) {
            return std::holds_alternative<action::Spawn>(action);
        });
        REQUIRE(found != actions.end());
        CHECK(std::get<action::Spawn>(*found).which == CommandList(which));
        send(event::Spawned{++pid});
    }
    void exits(int status) { ends({CLD_EXITED, status}); }
    void ends(ExitInfo info) { send(event::ProcessExited{pid, info, false}); }
    void seen(bool is_there) { send(event::MountSeen{is_there}); }
    void start() {
        send(event::StartRequested{});
        spawned(MountExecCommand::Mount);
        REQUIRE(state() == "mounting");
    }
    void mount() {
        start();
        seen(true);
        exits(0);
        REQUIRE(state() == "mounted");
        states.clear();
        log.clear();
    }
    void time_out() {
        REQUIRE(deadline == context.now.monotonic + 5s);
        context.now.monotonic = deadline;
        send(event::TimedOut{});
    }
    // What SendSignal is answered by.
    void signalled(action::KillWhat what, bool any_left) {
        auto found = std::ranges::find_if(actions, [](const auto& action) {
            return std::holds_alternative<action::SendSignal>(action);
        });
        REQUIRE(found != actions.end());
        CHECK(std::get<action::SendSignal>(*found).what == what);
        send(event::SignalSent{any_left});
    }
    [[nodiscard]] std::string_view state() const { return machine.sub_state(); }
    [[nodiscard]] std::string_view result() const { return to_string(machine.status().result); }

    LoadedUnit unit;
    StepContext context;
    MountMachine machine;
    std::vector<UnitAction> actions;
    std::string log, states;
    Span deadline{};
    pid_t pid = 100;
    bool reload_failed = false;
};

using action::KillWhat;

} // namespace

TEST_CASE("what is mounted counts, and the end of mount(8) ends the start") {
    MountLife life;
    life.start();
    life.seen(true);
    CHECK(life.state() == "mounting-done");
    CHECK(life.machine.phase() == Phase::ComingUp);
    life.exits(0);
    CHECK(life.states == "mounting mounting-done mounted ");
    life.send(event::StopRequested{});
    life.spawned(MountExecCommand::Unmount);
    life.seen(false);
    CHECK(life.state() == "unmounting");
    life.exits(0);
    CHECK(life.state() == "dead");
    CHECK(life.log == "Deactivated successfully.\n");
}

TEST_CASE("a mount(8) that fails, dies or lies makes the unit fail") {
    MountLife life;
    life.start();
    life.exits(32);
    CHECK(life.state() == "failed");
    CHECK(life.log ==
          "Mount process exited, code=exited, status=32/n/a\nFailed with result 'exit-code'.\n");
    life.log.clear();
    life.start();
    life.ends({CLD_KILLED, SIGKILL});
    CHECK(life.result() == "signal");
    life.log.clear();
    life.start();
    life.exits(0);
    CHECK(life.result() == "protocol");
    CHECK(life.log ==
          "Mount process finished, but there is no mount.\nFailed with result 'protocol'.\n");
    // It mounts, and takes that back.
    life.start();
    life.seen(true);
    life.seen(false);
    CHECK(life.state() == "mounting");
    life.exits(1);
    CHECK(life.state() == "failed");
    life.send(event::ResetFailed{});
    CHECK(life.state() == "dead");
    CHECK(life.result() == "success");
}

TEST_CASE("what cannot be started changes the state of nothing that is mounted") {
    MountLife life;
    life.send(event::StartRequested{});
    life.send(event::SpawnFailed{"No such file or directory"});
    CHECK(life.states == "failed ");
    CHECK(life.result() == "resources");
    CHECK(life.log ==
          "Failed to run 'mount' task: No such file or directory\n"
          "Failed with result 'resources'.\n");
    life.mount();
    life.send(event::StopRequested{});
    life.send(event::SpawnFailed{"no"});
    CHECK(life.state() == "mounted");
    CHECK(life.log == "Failed to run 'umount' task: no\n");
    life.send(event::ReloadRequested{});
    life.send(event::SpawnFailed{"no"});
    CHECK(life.state() == "mounted");
    CHECK(life.reload_failed);
}

TEST_CASE("what others mount and unmount is followed") {
    MountLife life;
    life.seen(true);
    CHECK(life.state() == "mounted");
    life.seen(true);
    CHECK(life.states == "mounted ");
    life.seen(false);
    CHECK(life.state() == "dead");
    // The root is there in any case.
    MountLife root;
    root.unit.perpetual = true;
    root.send(event::StartRequested{});
    CHECK(root.state() == "mounted");
    root.seen(false);
    CHECK(root.state() == "mounted");
}

TEST_CASE("a mount that is busy stays, and its next stop tells that it was") {
    MountLife life;
    life.mount();
    life.send(event::StopRequested{});
    life.spawned(MountExecCommand::Unmount);
    life.exits(32);
    CHECK(life.state() == "mounted");
    CHECK(life.result() == "exit-code");
    life.send(event::StopRequested{});
    life.spawned(MountExecCommand::Unmount);
    life.seen(false);
    life.exits(0);
    CHECK(life.state() == "failed");
    CHECK(life.result() == "exit-code");
}

TEST_CASE("mounts that lie over each other are all taken away, but not for ever") {
    MountLife life;
    life.mount();
    life.send(event::StopRequested{});
    for (int i = 0; i < 2; ++i) {
        life.spawned(MountExecCommand::Unmount);
        life.exits(0);
        CHECK(life.state() == "unmounting");
    }
    life.spawned(MountExecCommand::Unmount);
    life.seen(false);
    life.exits(0);
    CHECK(life.state() == "dead");
    life.mount();
    life.send(event::StopRequested{});
    int count = 0;
    for (; life.state() != "mounted" || count == 0; ++count) {
        REQUIRE(count < 50);
        life.spawned(MountExecCommand::Unmount);
        life.exits(0);
    }
    CHECK(count == 33);
    CHECK(life.log == "Mount still present after 32 attempts to unmount, giving up.\n");
}

TEST_CASE("a mount(8) that hangs is ended, and killed where it must be") {
    MountLife life;
    life.start();
    life.time_out();
    CHECK(life.state() == "unmounting-sigterm");
    life.signalled(KillWhat::Terminate, true);
    life.time_out();
    CHECK(life.state() == "unmounting-sigkill");
    life.signalled(KillWhat::Kill, true);
    life.time_out();
    CHECK(life.state() == "failed");
    CHECK(life.result() == "timeout");
    CHECK(life.log ==
          "Mounting timed out. Terminating.\nMount process timed out. Killing.\n"
          "Mount process still around after SIGKILL. Ignoring.\n"
          "Failed with result 'timeout'.\n");
    life.log.clear();
    life.unit.kill.edit().send_sigkill = false;
    life.start();
    life.time_out();
    life.signalled(KillWhat::Terminate, true);
    life.time_out();
    CHECK(life.state() == "failed");
    CHECK(life.log ==
          "Mounting timed out. Terminating.\n"
          "Mount process timed out. Skipping SIGKILL. Ignoring.\n"
          "Failed with result 'timeout'.\n");
}

TEST_CASE("a stop while it is mounted ends mount(8) first") {
    MountLife life;
    life.start();
    life.send(event::StopRequested{});
    CHECK(life.state() == "unmounting-sigterm");
    life.signalled(KillWhat::Terminate, true);
    life.ends({CLD_KILLED, SIGTERM});
    CHECK(life.state() == "failed");
    CHECK(life.result() == "signal");
}

TEST_CASE("a reload that fails leaves what is mounted") {
    MountLife life;
    life.mount();
    life.send(event::ReloadRequested{});
    life.spawned(MountExecCommand::Remount);
    CHECK(life.state() == "remounting");
    CHECK(life.machine.phase() == Phase::Up);
    life.exits(32);
    CHECK(life.state() == "mounted");
    CHECK(life.result() == "success");
    CHECK(life.reload_failed);
    life.send(event::ReloadRequested{});
    life.spawned(MountExecCommand::Remount);
    life.time_out();
    CHECK(life.state() == "remounting-sigterm");
    life.signalled(KillWhat::Terminate, false);
    CHECK(life.state() == "remounting-sigkill");
    life.signalled(KillWhat::Kill, false);
    CHECK(life.state() == "mounted");
    life.send(event::ReloadRequested{});
    life.spawned(MountExecCommand::Remount);
    life.exits(0);
    CHECK_FALSE(life.reload_failed);
}

TEST_SUITE_END();
