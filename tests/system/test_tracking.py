"""A service owns what descends from it, whatever that does to hide, with a cgroup and without any."""
import os
import signal

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

# Leaves a `sleep $1` that has been forked three times, leads a session of its own and has no environment.
ESCAPE = {"/escape": """#!/bin/sh
case ${2:-} in
"") setsid "$0" "$1" middle & wait ;;
middle) env -i "$0" "$1" last & exit ;;
last) setsid sleep "$1" & exit ;;
esac
"""}


def hiding_service(seconds, then="exec sleep 1000", settings=""):
    return "[Service]\nUser=nobody\nExecStart=/bin/sh -c '/escape %d; %s'\n%s" % (seconds, then, settings)


# Keeps PID 1 busy when the service of the test has ended.
OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 2000\n"}

# Without a cgroup and with a container's rights, and with a cgroup of its own.
WITHOUT_CGROUP = {"capabilities": UNPRIVILEGED}
WITH_CGROUP = {"cgroup2": True}


def an_escaped_process_is_stopped_with_its_service(kind):
    units = {"a.service": hiding_service(1001), "b.service": hiding_service(1002),
             "all.target": "[Unit]\nWants=a.service b.service\n"}
    with Box(units=units, files=ESCAPE, init=SYSTEMCTL_INIT + ["all.target"], **kind) as box:
        wait_for(lambda: box.pids_of("sleep 1001") and box.pids_of("sleep 1002") and len(box.pids_of("sleep 1000")) == 2)
        wait_for(lambda: box.processes()[box.pids_of("sleep 1001")[0]][1] == 1, what="the adoption of the orphan")
        equal(box.systemctl("stop", "a.service").status, 0)
        equal(box.pids_of("sleep 1001"), [])
        equal((len(box.pids_of("sleep 1002")), len(box.pids_of("sleep 1000"))), (1, 1))
        equal(box.show("a.service", "ActiveState", "Result"), {"ActiveState": "inactive", "Result": "success"})
        equal(box.show("b.service", "ActiveState"), "active")


def test_an_escaped_process_is_stopped_with_its_service_by_tag():
    an_escaped_process_is_stopped_with_its_service(WITHOUT_CGROUP)


def test_an_escaped_process_is_stopped_with_its_service_by_cgroup():
    an_escaped_process_is_stopped_with_its_service(WITH_CGROUP)


def a_forking_services_last_process_decides(kind):
    # No PIDFile: the daemon is guessed, the only process that is left of the service.
    unit = hiding_service(1003, "sleep 0.1", "Type=forking\n")
    with Box(units={"a.service": unit, **OTHER}, files=ESCAPE, init=SYSTEMCTL_INIT + ["a.service", "other.service"], **kind) as box:
        daemon = wait_for(lambda: box.pids_of("sleep 1003"))[0]
        box.wait_state("a.service", "active")
        equal(box.main_pid("a.service"), daemon)
        box.systemctl("stop", "a.service")
        equal(box.pids_of("sleep 1003"), [])


def test_the_main_process_of_a_forking_service_is_guessed_by_tag():
    a_forking_services_last_process_decides(WITHOUT_CGROUP)


def test_the_main_process_of_a_forking_service_is_guessed_by_cgroup():
    a_forking_services_last_process_decides(WITH_CGROUP)


def kill_mode_decides_who_is_stopped(kind):
    units = {"group.service": hiding_service(1001, settings="KillMode=control-group\n"),
             "process.service": hiding_service(1002, settings="KillMode=process\n"),
             "all.target": "[Unit]\nWants=group.service process.service\n"}
    with Box(units=units, files=ESCAPE, init=SYSTEMCTL_INIT + ["all.target"], **kind) as box:
        wait_for(lambda: box.pids_of("sleep 1001") and box.pids_of("sleep 1002") and len(box.pids_of("sleep 1000")) == 2)
        equal(box.systemctl("stop", "group.service", "process.service").status, 0)
        equal((box.pids_of("sleep 1000"), box.pids_of("sleep 1001")), ([], []))
        equal(len(box.pids_of("sleep 1002")), 1)


def test_kill_mode_decides_who_is_stopped_by_tag():
    kill_mode_decides_who_is_stopped(WITHOUT_CGROUP)


def test_kill_mode_decides_who_is_stopped_by_cgroup():
    kill_mode_decides_who_is_stopped(WITH_CGROUP)


def test_a_process_that_root_execs_into_the_box_belongs_to_no_service():
    units = {"a.service": hiding_service(1001), **OTHER}
    with Box(units=units, files=ESCAPE, init=SYSTEMCTL_INIT + ["a.service", "other.service"], **WITHOUT_CGROUP) as box:
        wait_for(lambda: box.pids_of("sleep 1001"))
        box.run("setsid sleep 1004 >/dev/null 2>&1 &")
        wait_for(lambda: box.pids_of("sleep 1004"))
        equal(box.systemctl("stop", "a.service").status, 0)
        equal(len(box.pids_of("sleep 1004")), 1)
        equal(box.pids_of("sleep 1001"), [])


# Eight chains of processes that live for some 0.1 ms each, every one in a session of its own. The main process obeys SIGTERM, they
# do not.
MULTIPLYING = {"/multiply": """#!/usr/bin/perl
use POSIX ();
my $chains = 0;
while (my $child = fork) {
    next if ++$chains < 8;
    sleep 1000 while 1;
}
$SIG{TERM} = "IGNORE";
while (1) {
    my $child = fork;
    next unless defined $child;
    POSIX::_exit(0) if $child;
    POSIX::setsid();
}
"""}


def a_process_that_forks_without_pause_is_ended(kind):
    units = {"a.service": "[Service]\nExecStart=/multiply\nTimeoutStopSec=1\n", **OTHER}
    with Box(units=units, files=MULTIPLYING, init=SYSTEMCTL_INIT + ["other.service"], **kind) as box:
        box.wait_running()
        box.limit_processes(300)
        equal(box.systemctl("start", "a.service").status, 0)
        first = max(box.processes())
        wait_for(lambda: max(box.processes()) > first + 1000, what="a thousand generations")
        equal(box.show("a.service", "ActiveState"), "active")
        box.systemctl("stop", "a.service")
        equal(box.show("a.service", "ActiveState", "Result"), {"ActiveState": "failed", "Result": "timeout"})
        equal([process for process in box.processes().values() if "multiply" in process[2]], [])
        equal(box.show("other.service", "ActiveState"), "active")


def test_a_process_that_forks_without_pause_is_ended_by_tag():
    a_process_that_forks_without_pause_is_ended(WITHOUT_CGROUP)


def test_a_process_that_forks_without_pause_is_ended_by_cgroup():
    a_process_that_forks_without_pause_is_ended(WITH_CGROUP)


def every_process_of_many_services_that_stop_is_told(kind):
    # The shell waits for the other process, which nobody but us will end; what runs afterwards is left alone.
    service = "[Service]\nExecStart=/bin/sh -c 'trap : TERM; setsid -w sleep 1000'\nExecStopPost=/bin/sh -c 'sleep 0.1; echo %n >>/stopped'\n"
    names = ["m%d.service" % number for number in range(50)]
    units = {name: service for name in names} | OTHER | {"all.target": "[Unit]\nWants=%s\n" % " ".join(names)}
    with Box(units=units, init=SYSTEMCTL_INIT + ["all.target", "other.service"], **kind) as box:
        wait_for(lambda: len(box.pids_of("sleep 1000")) == len(names))
        equal(box.systemctl("stop", *names).status, 0)
        equal(box.pids_of("sleep 1000"), [])
        equal(sorted(box.read("/stopped").split()), sorted(names))


def test_every_process_of_many_services_that_stop_is_told_by_tag():
    every_process_of_many_services_that_stop_is_told(WITHOUT_CGROUP)


def test_every_process_of_many_services_that_stop_is_told_by_cgroup():
    every_process_of_many_services_that_stop_is_told(WITH_CGROUP)


def what_a_trap_runs_is_not_signalled(kind):
    # systemctl kill, then a stop: each time the shell answers with processes of its own.
    service = "[Service]\nExecStart=/trapping %n\n"
    script = """#!/bin/sh
work() { for part in 1 2 3; do sh -c 'sleep 0.02' || echo "$1 $part" >>/broken; done; echo "$1" >>/done; }
trap 'work "$1 usr1"' USR1
trap 'work "$1 term"; exit 0' TERM
echo "$1" >>/ready
while :; do sleep 1000 & wait; done
"""
    names = ["m%d.service" % number for number in range(30)]
    units = {name: service for name in names} | OTHER | {"all.target": "[Unit]\nWants=%s\n" % " ".join(names)}
    with Box(units=units, files={"/trapping": script}, init=SYSTEMCTL_INIT + ["all.target", "other.service"], **kind) as box:
        wait_for(lambda: len(box.pids_of("sleep 1000")) == len(names))
        equal(box.systemctl("kill", "--signal=USR1", *names).status, 0)
        wait_for(lambda: box.read("/done").count("usr1") == len(names))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(os.path.exists(box.path("/broken")), False)
        equal(sorted(box.read("/done").split("\n")[-len(names) - 1:]), sorted([""] + [name + " term" for name in names]))


def test_what_a_trap_runs_is_not_signalled_by_tag():
    what_a_trap_runs_is_not_signalled(WITHOUT_CGROUP)


def test_what_a_trap_runs_is_not_signalled_by_cgroup():
    what_a_trap_runs_is_not_signalled(WITH_CGROUP)


def a_process_that_is_stopped_sees_the_signal(kind):
    service = "[Service]\nExecStart=/bin/sh -c 'trap \"echo term >/told; exit 0\" TERM; sleep 1000 & sleep 1001 & touch /up; while :; do wait; done'\n"
    with Box(units={"a.service": service, **OTHER}, init=SYSTEMCTL_INIT + ["a.service", "other.service"], **kind) as box:
        wait_for(lambda: os.path.exists(box.path("/up")))
        box.run("kill -STOP %d %d" % (box.main_pid("a.service"), box.pids_of("sleep 1000")[0]))
        equal(box.systemctl("stop", "a.service").status, 0)
        equal(box.read("/told"), "term\n")
        equal((box.pids_of("sleep 1000"), box.pids_of("sleep 1001")), ([], []))
        equal(box.show("a.service", "Result"), "success")


def test_a_process_that_is_stopped_sees_the_signal_by_tag():
    a_process_that_is_stopped_sees_the_signal(WITHOUT_CGROUP)


def test_a_process_that_is_stopped_sees_the_signal_by_cgroup():
    a_process_that_is_stopped_sees_the_signal(WITH_CGROUP)


# Its parent outlives the process that systemd waits for, so it is not the manager's child when its PID file is read.
LATE_ORPHAN = {"/orphan": """#!/bin/sh
(
    /daemon &
    while [ ! -e /run/orphan.go ]; do sleep 0.02; done
) &
while [ ! -s /run/orphan.pid ]; do sleep 0.02; done
""", "/daemon": """#!/usr/bin/python3
import os, signal, time
def end(*_):
    time.sleep(0.2)
    open("/run/orphan.done", "w").close()
    os._exit(0)
signal.signal(signal.SIGTERM, end)
with open("/run/orphan.pid", "w") as file:
    file.write("%d\\n" % os.getpid())
while True:
    signal.pause()
"""}


def test_a_main_process_whose_parent_ended_late_is_waited_for_at_the_stop():
    with Box(units={**OTHER, "orphan.service": "[Service]\nType=forking\nPIDFile=/run/orphan.pid\nExecStart=/orphan\n"}, files=LATE_ORPHAN, init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_running(states=("running", "degraded"))
        equal(box.systemctl("start", "orphan.service").status, 0)
        main = box.main_pid("orphan.service")
        assert "which is not our child" in box.stderr()
        box.put({"/run/orphan.go": ""})
        wait_for(lambda: "PPid:\t1\n" in box.proc(main, "status"), what="the end of the parent")
        equal(box.systemctl("stop", "orphan.service").status, 0)
        assert os.path.exists(box.path("/run/orphan.done")), "it was killed before it had ended"
        assert "Killing process" not in box.stderr(), box.stderr()


def test_a_pid_file_that_names_another_services_process_takes_it_from_nobody():
    with Box(units={
        "own.service": "[Service]\nExecStart=/bin/sh -c 'echo $$$$ > /run/own.pid; exec sleep 1000'\n",
        "claim.service": "[Service]\nType=forking\nPIDFile=/run/own.pid\nExecStart=/bin/true\n",
        **OTHER}, init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_running(states=("running", "degraded"))
        equal(box.systemctl("start", "own.service").status, 0)
        wait_for(lambda: box.read("/run/own.pid").strip(), what="the PID file")
        equal(box.systemctl("start", "claim.service").status, 0)
        equal(box.main_pid("claim.service"), box.main_pid("own.service"))
        equal(box.systemctl("stop", "own.service").status, 0)
        equal(box.show("own.service", "ActiveState", "Result"), {"ActiveState": "inactive", "Result": "success"})
        box.wait_state("claim.service", "inactive")


def test_what_comes_after_a_kill_of_all_processes_is_spared():
    unit = ("[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; sleep 1000 & sleep 1000 & wait'\n"
            "TimeoutStopSec=100ms\nExecStopPost=/bin/sh -c 'sleep 0.02; echo %%N >>/tmp/ends'\n%s")
    units = {"killed.service": unit % "KillSignal=SIGKILL\n", "deaf.service": unit % "", "mixed.service": unit % "KillMode=mixed\n"}
    for options in {}, {"cgroup2": True}:
        with Box(units={**OTHER, **units}, init=SYSTEMCTL_INIT + ["other.service"], **options) as box:
            box.wait_running(states=("running", "degraded"))
            for _ in range(4):
                for name in units:
                    equal(box.systemctl("start", name).status, 0)
                    equal(box.systemctl("stop", name).status, 0)
            equal(sorted(box.read("/tmp/ends").split()), sorted(["killed", "deaf", "mixed"] * 4))


def test_status_of_the_system_tells_processes_apart_by_unit_without_a_control_group():
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 1001\n", "b.service": "[Service]\nSlice=x-y.slice\nExecStart=/bin/sleep 1002\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["a.service", "b.service"], **WITHOUT_CGROUP) as box:
        wait_for(lambda: box.pids_of("sleep 1001") and box.pids_of("sleep 1002"))
        tree = box.systemctl("status").out.split("CGroup: /\n")[1]
        ends = [line.split()[-1].lstrip("|`-├└─│") for line in tree.splitlines()]
        equal(ends, ["init.scope", "b.service", "system.slice", "a.service", "1001", "x.slice", "x-y.slice", "b.service", "1002"])
