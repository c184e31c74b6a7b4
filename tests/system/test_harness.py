"""What the other tests rely on: that a box is what it claims to be. A shell is PID 1 here."""
import os
import signal

import control_groups
from exit_stop import ExitStop
from harness import Box, UNPRIVILEGED, deadline, equal, tagged, wait_for
from machine import Machine

WAITING_SHELL = ["/bin/sh", "-c", "trap 'exit 7' TERM; echo up >&2; while :; do sleep 0.05; done"]


def test_pid_1_is_alone_and_its_exit_status_is_seen():
    with Box(init=WAITING_SHELL) as box:
        box.wait_stderr("up")
        equal(box.run("echo", "$HOME").out, "$HOME\n")
        equal([command for _, _, command in box.processes().values() if not command.startswith("sleep")], [" ".join(WAITING_SHELL)])
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 7)


def test_pid_1_gets_three_descriptors_and_the_given_environment():
    with Box(init=WAITING_SHELL, environment={"GIVEN": "a b", "TERM": None}) as box:
        box.wait_stderr("up")
        equal(box.run("ls /proc/1/fd").out.split(), ["0", "1", "2"])
        variables = box.proc(1, "environ").split("\0")
        assert "GIVEN=a b" in variables and not [each for each in variables if each.startswith(("TERM=", "SCTL_"))], variables


def test_the_machines_units_do_not_reach_a_box():
    with Box(init=WAITING_SHELL, units={"a.service": "[Service]\n"}) as box:
        equal(box.run("cd /etc/systemd/system && ls").out, "a.service\n")
        equal(box.run("ls /usr/lib/systemd/system /run /var/log").out.split(), ["/run:", "/usr/lib/systemd/system:", "/var/log:"])


def test_an_unprivileged_box_has_a_containers_capabilities_and_no_cgroup():
    with Box(init=WAITING_SHELL, capabilities=UNPRIVILEGED) as box:
        box.wait_stderr("up")
        for command in ("cat /proc/1/status", "cat /proc/self/status"):
            assert "CapEff:\t00000000800405fb" in box.run(command).out
        assert box.run("mkdir /sys/fs/cgroup/x").status != 0


def test_a_box_with_cgroup2_may_write_it():
    with Box(init=WAITING_SHELL, cgroup2=True) as box:
        equal(box.run("cat /proc/1/cgroup").out.splitlines()[-1], "0::/")
        done = box.run("mkdir /sys/fs/cgroup/x && echo $$ >/sys/fs/cgroup/x/cgroup.procs && tail -n 1 /proc/self/cgroup")
        equal(done.out, "0::/x\n")


def test_a_read_only_box_cannot_be_written():
    with Box(init=WAITING_SHELL, read_only=True) as box:
        assert box.run("touch /etc/x").status != 0
        equal(box.run("touch /tmp/x").status, 0)


def test_a_command_that_hangs_is_ended():
    with Box(init=WAITING_SHELL) as box:
        box.wait_stderr("up")
        equal(box.run("sleep 1000", seconds=0.2).status, 124)
        wait_for(lambda: not box.pids_of("sleep 1000"), what="the end of the hanging command")


def test_what_an_init_leaves_at_its_end_is_seen():
    with Box(init=["/bin/sh", "-c", "trap 'exit 0' USR1; sleep 1000 & echo up >&2; wait"]) as box:
        box.wait_stderr("up")
        with ExitStop(box) as stop:
            box.signal(signal.SIGUSR1)
            equal(stop.processes_left(9), ["sleep 1000"])
        equal(box.wait_exit(), 0)


@tagged("slow", "debian")
@deadline(300)
def test_machines_at_the_same_time_do_not_see_each_others_control_groups():
    units = {"web.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
    for init in "ours", "debian":
        with Machine(init, units=units) as one, Machine(init, units=units) as other:
            for machine in one, other:
                equal(machine.systemctl(init, "start", "web").status, 0)
                equal(machine.systemctl(init, "show", "-p", "ControlGroup", "web").out, "ControlGroup=/system.slice/web.service\n")
            equal(one.systemctl(init, "stop", "web").status, 0)
            equal(other.systemctl(init, "is-active", "web").out, "active\n")


def test_no_control_group_is_left_of_a_box_or_of_a_run():
    with Box(init=WAITING_SHELL, cgroup2=True) as box:
        group = box.cgroup.directories[0]
        assert os.path.isdir(group)
        box.run("mkdir -p /sys/fs/cgroup/a/b")
    assert not os.path.exists(group)
    above = os.path.dirname(os.path.dirname(group))
    # As a run that was killed leaves it: nobody has it locked.
    left = os.path.join(above, control_groups.PREFIX + "left")
    os.makedirs(left + "/box", exist_ok=True)
    with control_groups.of_run():
        assert not os.path.exists(left)
        assert os.path.isdir(os.path.dirname(group))
