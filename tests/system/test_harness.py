"""What the other tests rely on: that a box is what it claims to be. A shell is PID 1 here."""
import signal

from exit_stop import ExitStop
from harness import Box, Skip, UNPRIVILEGED, cgroup2_mount, equal, wait_for

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
    if cgroup2_mount() is None:
        raise Skip("no cgroup2 is mounted")
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
