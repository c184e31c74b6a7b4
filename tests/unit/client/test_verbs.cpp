#include <doctest/doctest.h>

#include <regex>

#include "client/calls/manager_calls.hpp"
#include "client/status/log_lines.hpp"
#include "client/text/help.hpp"
#include "fake_manager.hpp"
#include "replies.hpp"
#include "temporary_directory.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;

namespace {

// A manager that knows a.service, and whose job for it ends so.
FakeManager& starts(FakeManager& manager, std::string_view result) {
    return manager.has_unit("a.service").ends_job("StartUnit", "a.service", result);
}

} // namespace

TEST_CASE("is-active prints each unit's state and looks for one that is active") {
    FakeManager manager;
    manager.unit_has("a.service", "ActiveState", "active");
    manager.unit_has("b.service", "ActiveState", "inactive");
    auto got = manager.run({"is-active", "a", "b"});
    CHECK(got.out == "active\ninactive\n");
    CHECK(got.status == 0);
    CHECK(got.err == "");
    CHECK(manager.run({"is-active", "b", "a"}).out == "inactive\nactive\n");
}

TEST_CASE("is-active of what does not run is 3") {
    FakeManager manager;
    auto got = manager.answers_property("inactive").run({"is-active", "a.service"});
    CHECK(got.out == "inactive\n");
    CHECK(got.status == 3);
}

TEST_CASE("is-active of a template says what the manager says") {
    FakeManager manager;
    auto got = manager.fails("org.freedesktop.DBus.Error.InvalidArgs", "No.")
                   .run({"is-active", "a@.service"});
    CHECK(got.err == "Failed to retrieve unit state: No.\n");
    CHECK(got.status == 1);
}

TEST_CASE("is-active --quiet prints nothing") {
    FakeManager manager;
    auto got = manager.answers_property("active").run({"-q", "is-active", "--", "a"});
    CHECK(got.out == "");
    CHECK(got.status == 0);
}

TEST_CASE("is-failed is content with a unit that has failed") {
    FakeManager failed, fine;
    CHECK(failed.answers_property("failed").run({"is-failed", "a"}).status == 0);
    CHECK(fine.answers_property("active").run({"is-failed", "a"}).status == 1);
}

TEST_CASE("--dry-run says what would be done, and is refused where nothing can be rehearsed") {
    FakeManager starting, halting, enabling;
    auto got = starting.run({"--dry-run", "restart", "a", "b.target"});
    CHECK(got.out == "Would restart a.service.\nWould restart b.target.\n");
    CHECK(got.status == 0);
    CHECK(got.calls.empty());
    CHECK(halting.run({"--dry-run", "poweroff"}).out == "Would poweroff.\n");
    got = enabling.run({"--dry-run", "enable", "a"});
    CHECK(got.err == "Verb 'enable' cannot be used with --dry-run.\n");
    CHECK(got.status == 1);
}

TEST_CASE("is-system-running says how the system is") {
    FakeManager running, degraded;
    auto got = running.answers_property("running").run({"is-system-running"});
    CHECK(got.out == "running\n");
    CHECK(got.status == 0);
    CHECK(degraded.answers_property("degraded").run({"is-system-running"}).status == 1);
}

TEST_CASE("is-system-running --wait asks again when the boot is over") {
    FakeManager manager;
    manager.answers_property("starting");
    manager.removes_job("a.service", "done"); // another signal is no reason
    auto got = manager.goes_away().run({"is-system-running", "--wait"});
    CHECK(got.out == "unknown\n"); // the manager went away meanwhile
    CHECK(got.status == 1);
}

TEST_CASE("start waits for its job") {
    FakeManager manager;
    auto got = starts(manager, "done").run({"start", "a"});
    CHECK(got.status == 0);
    CHECK(got.out == "");
    CHECK(got.err == "");
    CHECK(got.asked("StartUnit(a.service, replace)"));
}

TEST_CASE("start --no-block does not wait, and the mode goes to the manager") {
    FakeManager manager;
    auto got = manager.has_unit("a.service")
                   .queues_job("StartUnit(a.service, fail)")
                   .run({"start", "--no-block", "--job-mode=fail", "a"});
    CHECK(got.status == 0);
}

TEST_CASE("a job that fails is explained by the service's result") {
    FakeManager manager;
    auto got = starts(manager, "failed")
                   .has("Result", "exit-code")
                   .refuses("Get(org.sctl.Unit1, Cause)",
                            "org.freedesktop.DBus.Error.UnknownInterface", "no")
                   .run({"start", "a"});
    CHECK(got.status == 1);
    CHECK(got.err ==
          "Job for a.service failed because the control process exited with error code.\n"
          "See \"systemctl status a.service\" and \"journalctl -xeu a.service\" for details.\n");
}

TEST_CASE("a manager that knows the cause of a failure is asked for it") {
    FakeManager manager;
    auto got = starts(manager, "failed")
                   .has("Result", "exit-code")
                   .has("Cause", "/bin/x: No such file or directory")
                   .run({"start", "a"});
    CHECK(got.err.ends_with("for details.\nReason: /bin/x: No such file or directory\n"));
}

TEST_CASE("a service that was started too often can be forced") {
    FakeManager manager;
    auto got = starts(manager, "failed").has("Result", "start-limit-hit").run({"start", "a"});
    CHECK(got.err ==
          "Job for a.service failed because start of the service was attempted too often.\n"
          "See \"systemctl status a.service\" and \"journalctl -xeu a.service\" for details.\n"
          "To force a start use \"systemctl reset-failed a.service\"\n"
          "followed by \"systemctl start a.service\" again.\n");
}

TEST_CASE("other results of jobs have words of their own") {
    auto said = [](std::string_view result) {
        FakeManager manager;
        auto got = starts(manager, result).run({"start", "a"});
        CHECK(got.status == 1);
        return got.err;
    };
    CHECK(said("dependency") ==
          "A dependency job for a.service failed. See 'journalctl -xe' for details.\n");
    CHECK(said("timeout") == "Job for a.service timed out.\n");
    CHECK(said("canceled") == "Job for a.service canceled.\n");
    CHECK(said("assert") == "Assertion failed on job for a.service.\n");
    CHECK(said("invalid") == "a.service is not active, cannot reload.\n");
    FakeManager skipped;
    CHECK(starts(skipped, "skipped").run({"start", "a"}).status == 0);
}

TEST_CASE("a unit that is not there is 5, one that may not be started 4") {
    FakeManager missing, refused;
    auto got = missing.no_such_unit("a.service").run({"start", "a"});
    CHECK(got.status == 5);
    CHECK(got.err == "Failed to start a.service: Unit a.service not found.\n");
    got = refused.fails("org.freedesktop.systemd1.OnlyByDependency", "Refused.")
              .run({"restart", "a"});
    CHECK(got.status == 4);
    CHECK(got.err ==
          "Failed to restart a.service: Refused.\n"
          "See system logs and 'systemctl status a.service' for details.\n");
}

TEST_CASE("one unit that cannot be started does not keep the others") {
    FakeManager manager;
    manager.refuses("StartUnit(b.service, replace)", no_such_unit, "Unit b.service not found.");
    auto got = starts(manager, "done").run({"start", "b", "a"});
    CHECK(got.status == 5);
    CHECK(got.asked("StartUnit(a.service, replace)"));
}

TEST_CASE("stop mentions a socket that will start the unit again") {
    FakeManager manager;
    auto got = manager.has_unit("a.service")
                   .ends_job("StopUnit(a.service, replace)", "a.service", "done")
                   .has("LoadState", "loaded")
                   .has("TriggeredBy", std::vector<std::string>{"a.socket"})
                   .unit_has("a.socket", "ActiveState", "active")
                   .run({"stop", "a"});
    CHECK(got.status == 0);
    CHECK(got.err ==
          "Warning: Stopping a.service, but it can still be activated by:\n  a.socket\n");
}

TEST_CASE("files that have changed are mentioned") {
    FakeManager manager;
    auto got = starts(manager, "done").has("NeedDaemonReload", true).run({"start", "a"});
    CHECK(got.err ==
          "Warning: The unit file, source configuration file or drop-ins of a.service changed on "
          "disk. Run 'systemctl daemon-reload' to reload units.\n");
}

TEST_CASE("patterns are expanded by the manager, and start warns of them") {
    FakeManager manager;
    manager.on("ListUnitsByPatterns([], [a*])",
               unit_list({{"a.service", "loaded", "active", "running", "A"}}));
    auto got = starts(manager, "done").run({"start", "a*"});
    CHECK(got.status == 0);
    CHECK(got.asked("StartUnit(a.service, replace)"));
    CHECK(got.err.starts_with("Warning: systemctl start called with a glob pattern.\n"));
}

TEST_CASE("each verb asks for its job") {
    const std::pair<std::string, std::string> rows[] = {
        {"reload", "ReloadUnit(a.service, replace)"},
        {"restart", "RestartUnit(a.service, replace)"},
        {"try-restart", "TryRestartUnit(a.service, replace)"},
        {"condrestart", "TryRestartUnit(a.service, replace)"},
        {"reload-or-restart", "ReloadOrRestartUnit(a.service, replace)"},
        {"force-reload", "ReloadOrTryRestartUnit(a.service, replace)"},
        {"try-reload-or-restart", "ReloadOrTryRestartUnit(a.service, replace)"},
        {"isolate", "StartUnit(a.target, isolate)"}};
    for (const auto& [verb, call] : rows) {
        CAPTURE(verb);
        FakeManager manager;
        auto got = manager.ends_job(call, "a.service", "done").run({verb, "a"});
        CHECK(got.status == 0);
        CHECK(got.err == "");
    }
}

TEST_CASE("verbs without units start a target") {
    FakeManager rescue, halt;
    CHECK(rescue.ends_job("StartUnit(rescue.target, isolate)", "rescue.target", "done")
              .run({"rescue"})
              .status == 0);
    CHECK(halt.queues_job("StartUnit(poweroff.target, replace-irreversibly)")
              .run({"poweroff"})
              .status == 0);
}

TEST_CASE("poweroff --force needs no job, exit may give a status") {
    FakeManager force, exit, bad;
    auto got = force.on("PowerOff()").run({"poweroff", "-f"});
    CHECK(got.status == 0);
    CHECK(got.asked("PowerOff()"));
    got = exit.on("SetExitCode(7)").answers_path(job).goes_away().run({"exit", "7"});
    CHECK(got.asked("SetExitCode(7)"));
    CHECK(got.asked("StartUnit(exit.target, replace-irreversibly)"));
    got = bad.run({"exit", "300"});
    CHECK(got.err == "Invalid exit code.\n");
    CHECK(got.status == 1);
}

TEST_CASE("kill sends the signal to whom it is told") {
    FakeManager plain, chosen, none;
    CHECK(plain.on("KillUnit(a.service, all, 15)").run({"kill", "a"}).status == 0);
    CHECK(chosen.on("KillUnit(a.service, main, 1)")
              .run({"kill", "-s", "HUP", "--kill-whom=main", "a"})
              .status == 0);
    auto got = none.fails("org.freedesktop.systemd1.NoSuchUnit", "Unit a.service not loaded.")
                   .run({"kill", "a"});
    CHECK(got.status == 1);
    CHECK(got.err == "Failed to kill unit a.service: Unit a.service not loaded.\n");
}

TEST_CASE("reset-failed is for all units or for some") {
    FakeManager all, one;
    CHECK(all.on("ResetFailed()").run({"reset-failed"}).status == 0);
    CHECK(one.on("ResetFailedUnit(a.service)").run({"reset-failed", "a"}).status == 0);
}

TEST_CASE("show prints what was asked for in the manager's order") {
    FakeManager manager;
    manager.answers(
        properties({text("Id", "a.service"), pid("MainPID", 77), text("SubState", "running")}));
    auto got = manager.run({"show", "-p", "SubState", "-p", "MainPID", "-p", "Nonsense", "a"});
    CHECK(got.out == "MainPID=77\nSubState=running\n");
    CHECK(got.status == 0);
}

TEST_CASE("show --value prints the value alone, several units are set apart") {
    FakeManager manager;
    manager.answers(properties({pid("MainPID", 77)})).answers(properties({pid("MainPID", 0)}));
    CHECK(manager.run({"show", "-p", "MainPID", "--value", "a", "b"}).out == "77\n\n0\n");
}

TEST_CASE("status shows a running service") {
    FakeManager manager;
    manager.answers(properties(
        {text("Id", "a.service"), text("Description", "A sleeper"), text("LoadState", "loaded"),
         text("ActiveState", "active"), text("SubState", "running"),
         text("FragmentPath", "/etc/systemd/system/a.service"), text("UnitFileState", "enabled"),
         text("UnitFilePreset", "disabled"),
         texts("DropInPaths", {"/etc/x/a.conf", "/etc/x/b.conf", "/run/y/c.conf"}),
         number("ActiveEnterTimestamp", 1), texts("Documentation", {"man:a(8)", "http://a"}),
         text("StatusText", "Ready"), number("TasksCurrent", 2), number("TasksMax", 100),
         number("MemoryCurrent", 1536), number("CPUUsageNSec", 12345678)}));
    ::setenv("TZ", "UTC", 1);
    auto got = manager.run({"status", "--timestamp=utc", "a"});
    CHECK(got.status == 0);
    auto since = got.out.find("Thu 1970-01-01 00:00:00 UTC; ");
    REQUIRE(since != std::string::npos);
    got.out.erase(since, got.out.find('\n', since) - since); // it is some 56 years ago
    CHECK(got.out ==
          "\u25cf a.service - A sleeper\n"
          "     Loaded: loaded (/etc/systemd/system/a.service; enabled; preset: disabled)\n"
          "    Drop-In: /etc/x\n"
          "             \u2514\u2500a.conf, b.conf\n"
          "             /run/y\n"
          "             \u2514\u2500c.conf\n"
          "     Active: active (running) since \n"
          "       Docs: man:a(8)\n"
          "             http://a\n"
          "     Status: \"Ready\"\n"
          "      Tasks: 2 (limit: 100)\n"
          "     Memory: 1.5K\n"
          "        CPU: 12ms\n");
}

TEST_CASE("status shows how a service has failed, and its last words") {
    FakeManager manager;
    ReplyProperty commands{"ExecStart", "a(sasbttttuii)", [](Writer& out) {
                               out.open_array("(sasbttttuii)").open_struct().string("/bin/x");
                               out.strings(std::vector<std::string>{"/bin/x", "-y"}).boolean(false);
                               for (int i = 0; i < 4; ++i) out.uint64(5);
                               out.uint32(77).int32(1).int32(203).close_struct().close_array();
                           }};
    manager.answers(properties(
        {text("Id", "a.service"), text("Description", "a.service"), text("LoadState", "loaded"),
         text("ActiveState", "failed"), text("SubState", "failed"), text("Result", "exit-code"),
         commands, pid("ExecMainPID", 77), integer("ExecMainCode", 1),
         integer("ExecMainStatus", 203), number("InactiveExitTimestamp", 3)}));
    set_log_line_reader(
        [](std::string_view unit, size_t count, Span since, std::string_view output) {
            return std::vector<std::string>{
                cat("last ", count, " of ", unit, " since ", since.count(), output)};
        });
    auto got = manager.run({"status", "-n3", "a"});
    set_log_line_reader(nullptr);
    CHECK(got.status == 3);
    CHECK(got.out ==
          "\u00d7 a.service\n"
          "     Loaded: loaded\n"
          "     Active: failed (Result: exit-code)\n"
          "    Process: 77 ExecStart=/bin/x -y (code=exited, status=203/EXEC)\n"
          "   Main PID: 77 (code=exited, status=203/EXEC)\n"
          "\n"
          "last 3 of a.service since 3\n");
}

TEST_CASE("status names the condition that was not met") {
    FakeManager manager;
    ReplyProperty result{"ConditionResult", "b", [](Writer& out) { out.boolean(false); }};
    ReplyProperty conditions{
        "Conditions", "a(sbbsi)", [](Writer& out) {
            out.open_array("(sbbsi)").open_struct().string("ConditionPathExists");
            out.boolean(false).boolean(true).string("/x").int32(-1).close_struct();
            out.close_array();
        }};
    manager.answers(properties({text("Id", "a.service"), text("LoadState", "loaded"),
                                text("ActiveState", "inactive"), text("SubState", "dead"), result,
                                number("ConditionTimestamp", 1), conditions}));
    auto got = manager.run({"status", "a"});
    CHECK(got.status == 3);
    CHECK(got.out.find("\n  Condition: start condition failed at ") != std::string::npos);
    CHECK(got.out.ends_with("\n             \u2514\u2500 ConditionPathExists=!/x was not met\n"));
}

TEST_CASE("status of a masked unit says so, of one that is not there is 4") {
    FakeManager masked, missing;
    ReplyProperty error{
        "LoadError", "(ss)", [](Writer& out) {
            out.open_struct().string("org.x").string("Unit a.service is masked.").close_struct();
        }};
    masked.answers(properties({text("Id", "a.service"), text("LoadState", "masked"), error,
                               text("ActiveState", "inactive"), text("SubState", "dead")}));
    auto got = masked.run({"status", "a"});
    CHECK(got.out ==
          "\u25cb a.service\n"
          "     Loaded: masked (Reason: Unit a.service is masked.)\n"
          "     Active: inactive (dead)\n");
    missing.answers(properties({text("Id", "a.service"), text("LoadState", "not-found"),
                                text("ActiveState", "inactive")}));
    got = missing.run({"status", "a"});
    CHECK(got.status == 4);
    CHECK(got.out == "");
    CHECK(got.err == "Unit a.service could not be found.\n");
}

TEST_CASE("status asks who runs without waiting for the properties") {
    FakeManager manager;
    manager.answers(properties({text("Id", "a.service"), text("LoadState", "loaded"),
                                text("ActiveState", "inactive"), text("SubState", "dead")}));
    auto got = manager.run({"status", "a"});
    CHECK(got.calls == std::vector<std::string>{"GetAll()", "GetUnitProcesses(a.service)"});
    CHECK(got.out == "\u25cb a.service\n     Loaded: loaded\n     Active: inactive (dead)\n");
}

TEST_CASE("list-units shows what is active, and marks what is wrong") {
    auto units = unit_list({{"b.service", "loaded", "failed", "failed", "B"},
                            {"a.service", "loaded", "active", "running", "A"},
                            {"dead.service", "loaded", "inactive", "dead", "D"},
                            {"x.mount", "loaded", "active", "mounted", "X"}});
    FakeManager some, all, plain;
    auto got = some.on("ListUnitsByPatterns([], [])", units).run({"--no-legend"});
    CHECK(got.status == 0);
    CHECK(got.out ==
          "  x.mount   loaded active mounted X\n"
          "  a.service loaded active running A\n"
          "\u25cf b.service loaded failed failed  B\n");
    got = all.answers(units).run({"list-units", "--all", "-t", "service"});
    CHECK(got.out.starts_with("  UNIT         LOAD   ACTIVE   SUB     DESCRIPTION\n"));
    CHECK(
        got.out.ends_with("\n3 loaded units listed.\n"
                          "To show all installed unit files use 'systemctl list-unit-files'.\n"));
    CHECK(plain.answers(units).run({"--plain", "-q", "-t", "mount"}).out ==
          "x.mount loaded active mounted X\n");
}

TEST_CASE("list-units shows jobs where there are any, and asks for states") {
    FakeManager manager;
    auto got = manager
                   .on("ListUnitsByPatterns([inactive], [a*])",
                       unit_list({{"a.service", "loaded", "inactive", "dead", "A", 5}}))
                   .run({"list-units", "--state=inactive", "a*"});
    CHECK(
        got.out.starts_with("  UNIT      LOAD   ACTIVE   SUB  JOB   DESCRIPTION\n"
                            "  a.service loaded inactive dead start A\n"));
    CHECK(got.out.find("\nJOB    = Pending job for the unit.\n") != std::string::npos);
}

TEST_CASE("enable tells the changes and has the manager reload") {
    FakeManager manager;
    manager.on("EnableUnitFiles([a.service], false, false)", [](Writer& out) {
        out.boolean(true).open_array("(sss)");
        out.open_struct()
            .string("symlink")
            .string("/etc/w/a.service")
            .string("/lib/a.service")
            .close_struct();
        out.close_array();
    });
    auto got = manager.on("Reload()").run({"enable", "a"});
    CHECK(got.status == 0);
    CHECK(got.err == "Created symlink /etc/w/a.service \u2192 /lib/a.service.\n");
    CHECK(got.asked("Reload()"));
}

TEST_CASE("enable --now starts the unit as well") {
    FakeManager manager;
    manager.on("EnableUnitFiles",
               [](Writer& out) { out.boolean(true).open_array("(sss)").close_array(); });
    auto got = starts(manager, "done").on("Reload").run({"enable", "--now", "a"});
    CHECK(got.status == 0);
    CHECK(got.asked("StartUnit(a.service, replace)"));
}

TEST_CASE("disable and preset send what their methods take") {
    FakeManager disable, preset;
    auto none = [](Writer& out) { out.open_array("(sss)").close_array(); };
    CHECK(disable.on("DisableUnitFiles([a.service], true)", none)
              .on("Reload")
              .run({"disable", "--runtime", "a"})
              .status == 0);
    auto got = preset
                   .on("PresetUnitFilesWithMode([a.service], enable-only, false, false)",
                       [](Writer& out) { out.boolean(false).open_array("(sss)").close_array(); })
                   .on("Reload")
                   .run({"--preset-mode=enable-only", "preset", "a"});
    CHECK(got.status == 0);
    CHECK(got.err == ""); // whether a preset finds anything to do is nobody's concern
}

TEST_CASE("list-dependencies draws a tree, targets last and open") {
    FakeManager manager;
    auto none = properties({});
    manager.answers(
        properties({texts("Wants", {"z.service", "b.target"}), texts("Requires", {"c.service"})}));
    manager.answers_property("active");
    manager.answers_property("failed");
    manager.answers_property("inactive");
    manager.answers(properties({texts("Wants", {"a.service", "d.service"})}));
    manager.answers_property("active");
    auto got = manager.run({"list-dependencies", "a"});
    CHECK(got.out ==
          "a.service\n"
          "\u25cf \u251c\u2500c.service\n"
          "\u00d7 \u251c\u2500z.service\n"
          "\u25cb \u2514\u2500b.target\n"
          "\u25cf   \u251c\u2500d.service\n"
          "    \u2514\u2500...\n");
}

TEST_CASE("a plain list of dependencies tells what several units pull in once") {
    FakeManager manager;
    auto pulls = [&](const std::vector<std::string>& names) {
        manager.answers(properties({texts("Wants", names)}));
        for (size_t i = 0; i < names.size(); ++i) manager.answers_property("active");
    };
    pulls({"b.target"});
    pulls({});
    manager.answers(properties({texts("Wants", {"b.target", "c.service"})}));
    manager.answers_property("active");
    CHECK(manager.run({"list-dependencies", "--plain", "a", "x"}).out ==
          "a.service\n  b.target\n\nx.service\n  c.service\n");
}

TEST_CASE("verbs that are not, or not with these arguments, are refused") {
    auto said = [](const std::vector<std::string>& words) {
        FakeManager manager;
        auto got = manager.run(words);
        CHECK(got.status == 1);
        CHECK(got.calls.empty());
        return got.err;
    };
    CHECK(said({"frobnicate"}) == "Unknown command verb frobnicate.\n");
    CHECK(said({"start"}) == "Too few arguments.\n");
    CHECK(said({"daemon-reload", "x"}) == "Too many arguments.\n");
    CHECK(said({"--root=/", "start", "a"}) ==
          "Verb 'start' cannot be used with --root= or --image=.\n");
    CHECK(said({"--wait", "stop", "a"}) ==
          "--wait may only be used with the 'start' or 'restart' commands.\n");
    CHECK(said({"link", "foo"})
              .starts_with("Link argument must contain at least one directory separator.\n"));
}

TEST_CASE("what needs a manager is ignored in an image that is being made") {
    ::setenv("SYSTEMD_OFFLINE", "1", 1);
    Session session(read_client_request({"start", "a"}).value());
    static std::string said;
    said.clear();
    auto before = set_log_sink([](LogLevel, std::string_view line) { said += line; });
    CHECK(run_verb(session) == 0);
    set_log_sink(before);
    ::unsetenv("SYSTEMD_OFFLINE");
    CHECK(said == "Running in chroot, ignoring command 'start'");
}

TEST_CASE("an odd name is escaped and mentioned") {
    FakeManager manager;
    auto got = manager.on("KillUnit(a\\x20b.service, all, 15)").run({"kill", "a b"});
    CHECK(got.status == 0);
    CHECK(got.err ==
          "Invalid unit name \"a b\" escaped as \"a\\x20b\" (maybe you should use "
          "systemd-escape?).\n");
    FakeManager slash;
    CHECK(slash.answers().run({"kill", "a/b"}).err.starts_with("Invalid unit name \"a/b\""));
    FakeManager path;
    CHECK(path.on("KillUnit(a-b.mount, all, 15)").run({"kill", "/a/b"}).status == 0);
}

TEST_CASE("a name that is none is refused before any call") {
    auto said = [](const std::vector<std::string>& words) {
        FakeManager manager;
        auto got = manager.run(words);
        CHECK(got.status == 1);
        CHECK(got.calls.empty());
        return got.err;
    };
    CHECK(said({"start", ""}) ==
          "Failed to mangle name: Invalid argument\nFailed to expand names: Invalid argument\n");
    CHECK(said({"mask", ""}) == "Failed to mangle unit name or path '': Invalid argument\n");
    CHECK(said({"link", ""}) == "Failed to mangle unit name or path '': Invalid argument\n");
    CHECK(said({"is-enabled", ""}) == "Failed to mangle unit name or path '': Invalid argument\n");
    CHECK(said({"set-default", ""}) == "Failed to mangle unit name: Invalid argument\n");
    CHECK(said({"import-environment", "A=B"}) == "Not a valid environment variable name: A=B\n");
}

TEST_CASE("the version's first line is what deb-systemd-invoke reads") {
    CHECK(std::regex_search(text_about(Topic::Version), std::regex("^systemd \\d+ \\(")));
    CHECK(text_about(Topic::Help).find("\n  start UNIT...") != std::string::npos);
    CHECK(text_about(Topic::Types).starts_with("Available unit types:\nservice\n"));
}

TEST_SUITE_END();
