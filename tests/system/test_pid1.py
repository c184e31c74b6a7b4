"""systemctl as PID 1: what it reaps, what signals do, in what order it stops, and what its exit status says."""
import glob
import os
import signal
import socket
import threading
import time

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, deadline, equal, read_file, tagged, wait_for

FOREVER = "[Service]\nExecStart=/bin/sleep 1000\n"

# Notes its start and its stop. Not by a shell's trap: what a shell has just forked loses a signal that comes before its exec.
NOTES_STOP = """[Unit]
After=%s
[Service]
ExecStart=/bin/sleep 1000
ExecStartPost=/bin/sh -c 'echo %%p >>/started'
ExecStopPost=/bin/sh -c 'echo %%p >>/stopped'
"""

CHAIN = {"a.service": NOTES_STOP % "", "b.service": NOTES_STOP % "a.service", "c.service": NOTES_STOP % "b.service",
         "all.target": "[Unit]\nWants=a.service b.service c.service\n"}


def wait_started(box, count):
    wait_for(lambda: len(box.read("/started").split()) == count, what="the start of all services")


def wait_executed(box):
    """Until PID 1 is our program, and no longer the shell that made the box."""
    wait_for(lambda: "systemctl" in os.readlink("/proc/%d/exe" % box.pid), what="the execution of the init")


def test_zombies_are_reaped_at_once():
    with Box(units={"a.service": FOREVER}, init=SYSTEMCTL_INIT + ["a.service"]) as box:
        wait_for(lambda: box.pids_of("sleep 1000"))
        box.run("for i in $(seq 100); do (sleep 0.2 >/dev/null 2>&1 &); done")
        wait_for(lambda: box.pids_of("sleep 0.2"))
        wait_for(lambda: not box.pids_of("sleep 0.2"))
        wait_for(lambda: not box.zombies(), 0.5, "the reaping of 100 orphans")


def test_sigterm_stops_in_reverse_order_and_ends_with_status_0():
    with Box(units=CHAIN, init=SYSTEMCTL_INIT + ["all.target"]) as box:
        wait_started(box, 3)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(box.read("/stopped").split(), ["c", "b", "a"])


def halts_at(number):
    with Box(units={"a.service": NOTES_STOP % ""}, init=SYSTEMCTL_INIT + ["a.service"]) as box:
        wait_started(box, 1)
        box.signal(number)
        equal(box.wait_exit(), 0)
        equal(box.read("/stopped").split(), ["a"])


def test_sigint_halts():
    halts_at(signal.SIGINT)


def test_sigrtmin_3_halts():
    halts_at(signal.SIGRTMIN + 3)


def test_sigrtmin_4_halts():
    halts_at(signal.SIGRTMIN + 4)


def test_a_second_sigterm_changes_nothing():
    slow = NOTES_STOP % "" + "ExecStopPost=/bin/sleep 0.3\nExecStopPost=/bin/sh -c 'echo post >>/stopped'\n"
    with Box(units={"a.service": slow}, init=SYSTEMCTL_INIT + ["a.service"]) as box:
        wait_started(box, 1)
        box.signal(signal.SIGTERM)
        wait_for(lambda: box.read("/stopped"))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(box.read("/stopped").split(), ["a", "post"])


def test_sigterm_during_the_boot_is_honoured():
    units = dict(CHAIN, **{"slow.service": "[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n",
                           "all.target": "[Unit]\nWants=a.service b.service c.service slow.service\nAfter=slow.service\n"})
    for milliseconds in (5, 20, 50, 120):
        with Box(units=units, init=SYSTEMCTL_INIT + ["all.target"]) as box:
            wait_executed(box)
            # The length of time is what is tested: whenever the signal comes, it counts.
            threading.Event().wait(milliseconds / 1000)
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(), 0)


def test_a_service_that_ignores_sigterm_is_killed_after_its_timeout():
    deaf = "[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; touch /up; while :; do sleep 0.1; done'\nTimeoutStopSec=300ms\n"
    with Box(units={"a.service": deaf}, init=SYSTEMCTL_INIT + ["a.service"]) as box:
        wait_for(lambda: os.path.exists(box.path("/up")))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)


def test_what_comes_last_is_told_before_the_grace_is_over():
    deaf = "[Unit]\nAfter=base.service\n[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; touch /up; while [ ! -e /go ]; do sleep 0.1; done'\n"
    units = {"base.service": NOTES_STOP % "", "deaf.service": deaf + "TimeoutStopSec=100\n",
             "all.target": "[Unit]\nWants=base.service deaf.service\n"}
    with Box(units=units, init=["/usr/bin/systemctl", "init", "--stop-grace=1", "all.target"]) as box:
        wait_started(box, 1)
        wait_for(lambda: os.path.exists(box.path("/up")))
        box.signal(signal.SIGTERM)
        wait_for(lambda: box.read("/stopped"), what="the stop of the unit that comes last")
        equal(box.wait_exit(), 0)
        assert "The stop grace is over; killing deaf.service." in box.stderr()


def test_who_is_left_is_killed_before_the_grace_is_over():
    # A deaf service, one whose ExecStop= hangs, a process of nobody; and what comes after the kill is still done.
    deaf = "[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; touch /up; while :; do sleep 0.1; done'\nExecStopPost=/bin/touch /cleaned\n"
    hangs = "[Service]\nExecStart=/bin/sleep 1000\nExecStop=/bin/sleep 2000\n"
    units = {"deaf.service": deaf, "hangs.service": hangs}
    with Box(units=units, init=SYSTEMCTL_INIT + ["--stop-grace=4s", "deaf", "hangs"]) as box:
        wait_for(lambda: os.path.exists(box.path("/up")) and box.pids_of("sleep 1000"))
        box.run("trap '' TERM; setsid sh -c 'trap \"\" TERM; touch /stranger; while :; do sleep 0.1; done' >/dev/null 2>&1 & while [ ! -e /stranger ]; do sleep 0.01; done")
        began = time.monotonic()
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        assert 3.2 < time.monotonic() - began, "too early"
        line = next(line for line in box.stderr().splitlines() if "killing" in line)
        for name in ("deaf.service", "hangs.service", "(sh)"):
            assert name in line, line
        assert os.path.exists(box.path("/cleaned"))


def test_the_grace_begins_with_the_signal_though_a_verb_came_first():
    deaf = "[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; touch /up; while :; do sleep 0.1; done'\n"
    with Box(units={"deaf.service": deaf}, init=SYSTEMCTL_INIT + ["--stop-grace=500ms", "deaf"]) as box:
        wait_for(lambda: os.path.exists(box.path("/up")))
        box.systemctl("poweroff", "--no-block")
        wait_for(lambda: "stopping" in box.systemctl("is-system-running").out)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)


def test_quiet_leaves_what_services_write_and_what_goes_wrong():
    units = {"job.service": "[Service]\nType=oneshot\nExecStart=/bin/echo hi\n", "bad.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n"}
    for option in ("-q", "--show-status=no"):
        with Box(units=units, init=SYSTEMCTL_INIT + [option, "job.service"]) as box:
            equal(box.wait_exit(), 0)
            lines = box.stderr().splitlines()
            equal((len(lines), lines[0][:11], lines[0][-4:]), (1, "job.service", ": hi"))
            # The log has all.
            assert "Finished job.service" in "".join(read_file(path) for path in glob.glob(box.path("/var/log/sctl/job.service*")))
    with Box(units=units, init=SYSTEMCTL_INIT + ["-q", "bad.service"]) as box:
        equal(box.wait_exit(), 1)
        assert "sctl: bad.service: Failed with result 'exit-code'." in box.stderr()
        assert "Stopped" not in box.stderr()


@tagged("slow")
@deadline(60)
def test_without_a_grace_the_order_is_kept_as_long_as_it_takes():
    slow = "[Unit]\nAfter=%s\n[Service]\nExecStart=/bin/sh -c 'trap \"sleep 6; echo %%p >>/stopped; exit\" TERM; touch /up.%%p; while :; do sleep 0.1; done'\n"
    units = {"a.service": slow % "", "b.service": slow % "a.service"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["a", "b"]) as box:
        wait_for(lambda: all(os.path.exists(box.path("/up." + name)) for name in "ab"))
        began = time.monotonic()
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(40), 0)
        assert time.monotonic() - began > 12, "both at once"
        equal(box.read("/stopped"), "b\na\n")


def test_a_default_target_can_be_set_where_no_package_has_brought_any():
    with Box(units={"a.service": NOTES_STOP % ""}) as box:
        box.wait_running()
        equal(box.systemctl("get-default").out, "multi-user.target\n")
        equal(box.systemctl("set-default", "graphical.target").err,
              "Created symlink /etc/systemd/system/default.target → /lib/systemd/system/graphical.target.\n")
        equal(box.systemctl("get-default").out, "graphical.target\n")
        equal(box.systemctl("show", "default.target", "-P", "Id").out, "graphical.target\n")


def test_plain_pid_1_boots_the_default_target():
    units = {"a.service": NOTES_STOP % "", "mine.target": "[Unit]\nWants=a.service\n"}
    with Box(units=units, init=["/usr/bin/systemctl"], links={"/etc/systemd/system/default.target": "mine.target"}) as box:
        wait_started(box, 1)
        box.wait_running()
        equal(box.systemctl("get-default").out, "mine.target\n")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)


def test_without_a_default_target_multi_user_is_booted():
    with Box(units={"a.service": NOTES_STOP % ""},
             links={"/etc/systemd/system/multi-user.target.wants/a.service": "/etc/systemd/system/a.service"}) as box:
        wait_started(box, 1)
        box.wait_state("multi-user.target", "active")


def test_pid_1_looks_like_systemd_to_those_who_look():
    units = {"a.service": "[Service]\nUser=nobody\nExecStart=/bin/sleep 1000\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["a.service"], capabilities=UNPRIVILEGED) as box:
        wait_for(lambda: box.pids_of("sleep 1000"))
        equal(box.proc(1, "comm"), "systemd\n")
        equal(box.run("ls -d /run/systemd/system").status, 0)
        # Ansible takes the container for a chroot when this cannot be read, as it cannot of a process that is not dumpable.
        equal(box.run("readlink /proc/1/root").out, "/\n")


def test_exec_from_a_script_adopts_the_children_that_exist():
    script = "sleep 1000 & (sleep 0.1 &) ; true & sleep 0.05; exec systemctl init a.service"
    with Box(units={"a.service": NOTES_STOP % ""}, init=["/bin/sh", "-c", script]) as box:
        wait_started(box, 1)
        wait_for(lambda: not box.zombies() and not box.pids_of("sleep 0.1"), what="the reaping of the script's children")
        equal(len(box.pids_of("sleep 1000")), 2)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(box.read("/stopped").split(), ["a"])


def test_below_another_pid_1_it_works_as_a_subreaper_and_says_so():
    units = {"a.service": "[Service]\nExecStart=/bin/sh -c 'setsid sh -c \"sleep 1001 & exit\" & sleep 1002'\n"}
    with Box(units=units, init=["/bin/sh", "-c", "systemctl init a.service; echo $? >/status; sync"]) as box:
        wait_for(lambda: box.pids_of("sleep 1001") and box.pids_of("sleep 1002"))
        init = [pid for pid in box.pids_of("systemctl init") if pid != 1][0]
        box.wait_stderr("PID 1")
        wait_for(lambda: box.processes()[box.pids_of("sleep 1001")[0]][1] == init, what="the adoption of an orphan")
        box.run("kill -TERM %d" % init)
        box.wait_exit()
        equal(box.read("/status"), "0\n")


def status_of(units, *arguments):
    with Box(units={name: "[Service]\nType=oneshot\nExecStart=%s\n" % command for name, command in units.items()},
             init=SYSTEMCTL_INIT + list(arguments)) as box:
        return box.wait_exit()


def test_init_of_units_that_end_by_themselves_has_the_status_of_the_first_that_failed():
    equal(status_of({"a.service": "/bin/true"}, "a.service"), 0)
    equal(status_of({"a.service": "/bin/sh -c 'exit 3'"}, "a.service"), 3)
    equal(status_of({"a.service": "/bin/sh -c 'sleep 0.2; exit 3'", "b.service": "/bin/sh -c 'exit 4'"}, "a.service", "b.service"), 3)
    equal(status_of({"a.service": "/bin/true", "b.service": "/bin/sh -c 'exit 4'"}, "a.service", "b.service"), 4)


def test_init_of_a_unit_that_does_not_exist_ends_with_1():
    with Box(init=SYSTEMCTL_INIT + ["missing.service"]) as box:
        equal(box.wait_exit(), 1)
        assert "missing.service" in box.stderr()


def ended_by(*verb):
    with Box(units=CHAIN, init=SYSTEMCTL_INIT + ["all.target"]) as box:
        wait_started(box, 3)
        box.systemctl(*verb)
        status = box.wait_exit()
        equal(box.read("/stopped").split(), ["c", "b", "a"])
        return status


def test_halt_and_poweroff_end_with_0():
    equal(ended_by("halt"), 0)
    equal(ended_by("poweroff"), 0)


def test_reboot_ends_with_133():
    equal(ended_by("reboot"), 133)


def test_exit_ends_with_the_given_status():
    equal(ended_by("exit", "7"), 7)


def test_a_killed_service_is_restarted():
    units = {"a.service": FOREVER + "Restart=always\nRestartSec=50ms\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["a.service"]) as box:
        first = wait_for(lambda: box.pids_of("sleep 1000"))
        box.run("kill -KILL %d" % first[0])
        second = wait_for(lambda: [pid for pid in box.pids_of("sleep 1000") if pid != first[0]])
        wait_for(lambda: box.show("a.service", "MainPID") == str(second[0]))
        equal(box.show("a.service", "NRestarts"), "1")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)


def test_sighup_reloads_the_units():
    with Box(units={"a.service": FOREVER}, init=SYSTEMCTL_INIT + ["a.service"]) as box:
        wait_for(lambda: box.pids_of("sleep 1000"))
        equal(box.show("a.service", "Description"), "a.service")
        box.put({"/etc/systemd/system/a.service": "[Unit]\nDescription=changed\n" + FOREVER})
        box.signal(signal.SIGHUP)
        wait_for(lambda: box.show("a.service", "Description") == "changed", what="the new description")


def test_an_outer_notify_socket_is_told_when_the_boot_is_done():
    box = Box(units={"a.service": FOREVER}, init=SYSTEMCTL_INIT + ["a.service"], environment={"NOTIFY_SOCKET": "/outer-notify"})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outer:
        outer.bind(box.path("/outer-notify"))
        outer.settimeout(30)
        with box:
            assert b"READY=1" in outer.recv(4096).split(b"\n")


def test_each_unit_that_starts_fails_or_stops_has_its_line():
    units = {"good.service": FOREVER, "bad.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n",
             "all.target": "[Unit]\nWants=good.service bad.service\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["all.target"]) as box:
        for name in ("good.service", "bad.service"):
            box.wait_stderr(name)
        wait_for(lambda: box.show("bad.service", "ActiveState") == "failed")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        for name, words in {"good.service": ("Started", "Stopped"), "bad.service": ("Failed",)}.items():
            for word in words:
                assert [line for line in box.stderr().splitlines() if name in line and word in line], (name, word)


def test_is_system_running_waits_for_a_manager_that_is_yet_to_come():
    with Box(init=["/bin/sh", "-c", "while :; do sleep 1; done"], units={"a.service": FOREVER}) as box:
        waiting = threading.Thread(target=lambda: answers.append(box.systemctl("--instance=/i", "is-system-running", "--wait")))
        answers = []
        waiting.start()
        wait_for(lambda: box.pids_of("systemctl --instance=/i is-system-running"))
        box.put({"/i/etc/systemd/system/a.service": FOREVER})
        box.run("setsid systemctl init --instance=/i a.service >/dev/null 2>&1 &")
        waiting.join(5)
        equal([(each.status, each.out) for each in answers], [(0, "running\n")])


def test_is_system_running_does_not_wait_where_pid_1_is_no_manager():
    with Box(init=["/bin/sh", "-c", "while :; do sleep 1; done"]) as box:
        wait_for(lambda: box.pids_of("sleep 1"))
        answer = box.systemctl("is-system-running", "--wait")
        equal((answer.status, answer.out), (1, "offline\n"))
