// What follows from the end of a unit: OnFailure=, OnSuccess=, and the actions.
#include <doctest/doctest.h>

#include <algorithm>

#include "manager/manager.hpp"
#include "manager_world.hpp"

using namespace sctl;

namespace {

// Each run of `name.service` leaves a letter in a file of that name.
struct TriggerWorld : ManagerWorld {
    void write_marking(const std::string& name, std::string_view unit_section,
                       std::string_view service_section, std::string_view command) {
        write(name + ".service", cat("[Unit]\n", unit_section, "[Service]\n", service_section,
                                     "ExecStart=/bin/sh -c 'echo x >>", files.path(), "/", name,
                                     "; ", command, "'\n"));
    }
    void write_handler(const std::string& name) {
        write_marking(name, "", "Type=oneshot\n", "true");
    }
    size_t runs(std::string_view name) {
        auto text = read_file(files.path() + "/" + std::string(name));
        return text ? text->size() / 2 : 0;
    }
    bool fails(std::string_view name) {
        return run_until([&] { return state(name) == ActiveState::Failed; });
    }
};

constexpr std::string_view restart_quickly = "RestartSec=1ms\nTimeoutStartSec=5\n";

} // namespace

TEST_SUITE_BEGIN("triggers");

TEST_CASE("OnFailure= units start once, when the restarts are used up, whatever the Type=") {
    for (std::string_view type : {"simple", "exec", "oneshot", "forking", "notify"}) {
        CAPTURE(type);
        TriggerWorld world;
        world.write_handler("handler");
        world.write_handler("success");
        world.write_marking(
            "a", "OnFailure=handler.service\nOnSuccess=success.service\nStartLimitBurst=2\n",
            cat("Type=", type, "\nRestart=on-failure\n", restart_quickly), "exit 1");
        (void)world.ask(JobType::Start, "a.service");
        REQUIRE(world.run_until([&] { return world.runs("handler") > 0; }));
        REQUIRE(world.settle());
        CHECK(world.state("a.service") == ActiveState::Failed);
        CHECK(world.runs("a") == 2);
        CHECK(world.runs("handler") == 1);
        CHECK(world.output.said("Start request repeated too quickly."));
    }
}

TEST_CASE("a service that ends well too often fails by its start limit, with OnFailure=") {
    TriggerWorld world;
    world.write_handler("handler");
    world.write_handler("success");
    world.write_marking("a",
                        "OnFailure=handler.service\nOnSuccess=success.service\nStartLimitBurst=2\n",
                        cat("Restart=always\n", restart_quickly), "true");
    REQUIRE(world.start("a.service"));
    REQUIRE(world.run_until([&] { return world.runs("handler") > 0; }));
    CHECK(world.runs("a") == 2);
    // systemd takes each restart that begins for an end.
    CHECK(std::ranges::count(world.output.lines,
                             "a.service: Triggering OnSuccess= dependencies.") == 2);
    CHECK(service_status(world.unit("a.service")).result == ServiceResult::StartLimitHit);
}

TEST_CASE("targets have OnSuccess= as well") {
    TriggerWorld world;
    world.write_handler("handler");
    world.write("a.target", "[Unit]\nOnSuccess=handler.service\n");
    REQUIRE(world.start("a.target"));
    CHECK(world.runs("handler") == 0);
    REQUIRE(world.stop("a.target"));
    REQUIRE(world.settle());
    CHECK(world.runs("handler") == 1);
}

TEST_CASE("a handler that cannot be had is named in the log, and the others start") {
    TriggerWorld world;
    world.write_handler("handler");
    world.write_marking("a", "OnFailure=nosuch.service handler.service\n", "Type=oneshot\n",
                        "exit 1");
    REQUIRE(world.start("a.service"));
    CHECK(world.runs("handler") == 1);
    CHECK(
        world.output.said("a.service: Failed to enqueue OnFailure= job, ignoring: Unit "
                          "nosuch.service not found."));
}

TEST_CASE("FailureAction= and SuccessAction= act at the first end, also of who will be restarted") {
    struct Row {
        std::string_view type, restart, command;
        int status;
    };
    constexpr Row rows[] = {
        {"simple", "no", "exit 1", 71},         {"simple", "no", "true", 72},
        {"simple", "on-failure", "exit 1", 71}, {"simple", "always", "exit 1", 71},
        {"simple", "always", "true", 72},       {"exec", "on-failure", "exit 1", 71},
        {"exec", "always", "true", 72},         {"oneshot", "on-failure", "exit 1", 71},
        {"oneshot", "no", "true", 72},          {"forking", "on-failure", "exit 1", 71},
        {"forking", "always", "true", 72},      {"notify", "always", "true", 71},
        {"notify", "on-failure", "exit 1", 71},
    };
    for (const auto& row : rows) {
        CAPTURE(row.type);
        CAPTURE(row.restart);
        CAPTURE(row.command);
        TriggerWorld world;
        world.write_marking(
            "a",
            "FailureAction=exit-force\nFailureActionExitStatus=71\n"
            "SuccessAction=exit-force\nSuccessActionExitStatus=72\n",
            cat("Type=", row.type, "\nRestart=", row.restart, "\n", restart_quickly), row.command);
        (void)world.ask(JobType::Start, "a.service");
        REQUIRE(world.run_until([&] { return world.manager().objective() == Objective::Exit; }));
        CHECK(world.manager().exit_status() == row.status);
        CHECK(world.runs("a") == 1);
    }
}

TEST_CASE("FailureAction= acts on a start that came too soon, of a service that always ends well") {
    TriggerWorld world;
    world.write_marking("a", "FailureAction=exit-force\nStartLimitBurst=2\n",
                        cat("Restart=always\n", restart_quickly), "true");
    REQUIRE(world.start("a.service"));
    REQUIRE(world.run_until([&] { return world.manager().objective() == Objective::Exit; }));
    CHECK(world.manager().exit_status() == 0);
    CHECK(world.runs("a") == 2);
}

TEST_CASE("StartLimitAction= acts once the restarts are used up") {
    for (std::string_view type : {"simple", "exec", "oneshot", "forking", "notify"}) {
        CAPTURE(type);
        TriggerWorld world;
        world.write_marking("a", "StartLimitAction=exit-force\nStartLimitBurst=2\n",
                            cat("Type=", type, "\nRestart=on-failure\n", restart_quickly),
                            "exit 1");
        (void)world.ask(JobType::Start, "a.service");
        REQUIRE(world.run_until([&] { return world.manager().objective() == Objective::Exit; }));
        CHECK(world.runs("a") == 2);
    }
}

TEST_CASE(
    "units that start others and run go on, or end, when their files do not say so any more") {
    constexpr std::string_view names[] = {"a.timer", "a.path", "a.socket"};
    constexpr std::string_view sections[] = {"[Timer]\n", "[Path]\n", "[Socket]\n"};
    enum class Fate : uint8_t { Gone, Masked, Bad };
    for (auto fate : {Fate::Gone, Fate::Masked, Fate::Bad}) {
        CAPTURE(static_cast<int>(fate));
        TriggerWorld world;
        world.write("a.timer", "[Timer]\nOnActiveSec=1h\n");
        world.write("a.path", "[Path]\nPathExists=/not/there\n");
        world.write("a.socket", cat("[Socket]\nListenStream=", world.files.path(), "/socket\n"));
        world.write("a.service", "[Service]\nExecStart=/bin/true\n");
        for (auto name : names) {
            REQUIRE(world.start(name));
            REQUIRE(world.state(name) == ActiveState::Active);
        }
        for (size_t i = 0; i < std::size(names); ++i) {
            auto file = cat(world.files.path(), "/etc/systemd/system/", names[i]);
            if (fate == Fate::Bad) {
                world.write(names[i], sections[i]);
                continue;
            }
            REQUIRE(unlink(file.c_str()) == 0);
            if (fate == Fate::Masked) REQUIRE(symlink("/dev/null", file.c_str()) == 0);
        }
        world.reload();
        REQUIRE(world.settle());
        for (auto name : names) {
            CHECK(world.stop(name));
            Unit* unit = world.manager().find(name); // who is forgotten has ended
            CHECK((!unit || unit->is_inactive_or_failed()));
        }
    }
}

TEST_SUITE_END();
