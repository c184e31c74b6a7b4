"""What must not disturb PID 1: each test asserts the line on stderr, the unit's Result, and that another unit starts afterwards."""
import os
import resource

from harness import SYSTEMCTL_INIT, Box, equal, wait_for

OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 1001\n", "late.service": "[Service]\nExecStart=/bin/sleep 1002\n"}


def booted(units, **options):
    """A box that has booted other.service; the units are there to be started."""
    return Box(units={**units, **OTHER}, init=options.pop("init", SYSTEMCTL_INIT + ["other.service"]), **options)


def another_unit_starts(box):
    equal(box.systemctl("start", "late.service").status, 0)
    equal(box.systemctl("is-active", "late.service", "other.service").out, "active\nactive\n")


def has_line(box, *parts):
    """Waits for a line on stderr with these parts."""
    wait_for(lambda: [line for line in box.stderr().splitlines() if all(part in line for part in parts)], 5,
             "a line on stderr with %s" % (parts,))


SYNTAX = """Early=1
[Unit]
Description=x
no equals sign
=novalue
UnknownKey=1
[Foo]
Bar=1
[X-Mine]
x=1
[Service]
Type=banana
RestartSec=banana
ExecStart=/bin/sleep 1000
Environment="unbalanced
LimitNOFILE=few
Restart=maybe
UMask=999
KillSignal=SIGFOO
TimeoutStopSec=-3
RemainAfterExit=perhaps
OOMScoreAdjust=5000
"""
SYNTAX_LINES = """1: Assignment outside of section. Ignoring.
4: Missing '=', ignoring line.
5: Missing key name before '=', ignoring line.
6: Unknown key 'UnknownKey' in section [Unit], ignoring.
7: Unknown section 'Foo'. Ignoring.
12: Failed to parse service type, ignoring: banana
13: Failed to parse sec value, ignoring: banana
15: Invalid syntax, ignoring: "unbalanced
16: Failed to parse resource value, ignoring: few
17: Failed to parse service restart specifier, ignoring: maybe
18: Failed to parse mode value, ignoring: 999
19: Failed to parse signal name, ignoring: SIGFOO
20: Failed to parse time value, ignoring: -3
21: Failed to parse boolean value, ignoring: perhaps
22: OOM score adjust value out of range, ignoring: 5000
"""


def test_lines_that_make_no_sense_are_named_with_file_and_line_and_left_out():
    with booted({"a.service": SYNTAX}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        equal(box.show("a.service", "ActiveState", "Result", "Type"), {"ActiveState": "active", "Result": "success", "Type": "simple"})
        for line in SYNTAX_LINES.splitlines():
            has_line(box, "/etc/systemd/system/a.service:" + line)
        assert "x=1" not in box.stderr() and "X-Mine" not in box.stderr()
        another_unit_starts(box)


def not_loaded(unit, line, load_state, **options):
    """A unit file that cannot be used at all: the boot goes on without it, and starting it fails."""
    with booted({"a.service": unit}, **options) as box:
        box.wait_state("other.service", "active")
        assert box.systemctl("start", "a.service").status in (1, 4, 5)
        equal(box.show("a.service", "LoadState", "ActiveState"), {"LoadState": load_state, "ActiveState": "inactive"})
        has_line(box, *line)
        another_unit_starts(box)


def test_a_bad_section_header_makes_a_unit_that_cannot_be_loaded():
    not_loaded("[Unit]\nDescription=x\n[Service\nExecStart=/bin/true\n",
               ("/etc/systemd/system/a.service:3: Invalid section header '[Service'",), "error")


def test_a_text_that_is_not_utf8_makes_a_unit_that_cannot_be_loaded():
    not_loaded(b"[Unit]\nDescription=\xff\xfe\n[Service]\nExecStart=/bin/true\n", ("a.service:2: String is not UTF-8 clean",), "error")


def test_an_executable_by_a_relative_path_makes_a_bad_unit():
    not_loaded("[Service]\nExecStart=bin/true\n",
               ("a.service:2: Neither a valid executable name nor an absolute path: bin/true",), "bad-setting")


def test_a_service_without_a_command_makes_a_bad_unit():
    not_loaded("[Service]\nType=simple\n", ("a.service", "ExecStart="), "bad-setting")


def test_a_directory_or_a_link_to_itself_in_the_place_of_a_unit_file():
    with booted({}, files={"/etc/systemd/system/a.service/file": ""}, links={"/etc/systemd/system/b.service": "b.service"}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 5)
        equal(box.show("a.service", "LoadState"), "not-found")
        assert box.systemctl("start", "b.service").status != 0
        another_unit_starts(box)


def test_a_unit_file_that_cannot_be_read():
    # Root without the right to pass over modes.
    made = booted({"a.service": "[Service]\nExecStart=/bin/true\n"}, capabilities=("kill", "setuid", "setgid"))
    os.chmod(made.path("/etc/systemd/system/a.service"), 0o600)
    os.chown(made.path("/etc/systemd/system/a.service"), 65534, 65534)
    with made as box:
        box.wait_state("other.service", "active")
        assert box.systemctl("start", "a.service").status != 0
        has_line(box, "a.service", "Permission denied")
        another_unit_starts(box)


def test_a_cycle_is_broken_and_named():
    cycle = "[Unit]\nWants=%s.service\nAfter=%s.service\n[Service]\nExecStart=/bin/sleep 1000\n"
    units = {"a.service": cycle % ("b", "b"), "b.service": cycle % ("c", "c"), "c.service": cycle % ("a", "a"), **OTHER,
             "all.target": "[Unit]\nWants=a.service b.service c.service other.service\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["all.target"]) as box:
        box.wait_state("other.service", "active")
        has_line(box, "Found ordering cycle on")
        has_line(box, "deleted to break ordering cycle")
        box.wait_state("all.target", "active")
        equal(sorted(box.systemctl("is-active", "a", "b", "c").out.split()), ["active", "active", "inactive"])
        another_unit_starts(box)


def test_a_cycle_of_requirements_that_cannot_be_broken_fails_the_start():
    cycle = "[Unit]\nRequires=%s.service\nAfter=%s.service\n[Service]\nExecStart=/bin/sleep 1000\n"
    with booted({"a.service": cycle % ("b", "b"), "b.service": cycle % ("a", "a")}) as box:
        box.wait_state("other.service", "active")
        outcome = box.systemctl("start", "a.service")
        equal(outcome.status, 1)
        assert "order is cyclic" in outcome.err, outcome
        has_line(box, "cycle")
        equal(box.show("a.service", "ActiveState"), "inactive")
        another_unit_starts(box)


def fails_to_start(unit, result, *line, seconds=10.0, **options):
    with booted({"a.service": unit}, **options) as box:
        box.wait_state("other.service", "active")
        box.systemctl("start", "a.service", seconds=seconds)
        box.wait_property("a.service", "Result", result, seconds)
        has_line(box, "a.service", *line)
        another_unit_starts(box)


def test_a_missing_executable():
    fails_to_start("[Service]\nType=exec\nExecStart=/no/such/program\n", "exit-code", "/no/such/program", "No such file or directory")


def test_a_directory_in_the_place_of_an_executable():
    fails_to_start("[Service]\nType=exec\nExecStart=/etc\n", "exit-code", "/etc", "Permission denied")


def test_a_directory_in_the_place_of_an_environment_file():
    fails_to_start("[Service]\nType=exec\nExecStart=/bin/true\nEnvironmentFile=/etc\n", "resources", "environment")


def test_a_fifo_in_the_place_of_an_environment_file():
    made = booted({"a.service": "[Service]\nType=exec\nExecStart=/bin/true\nEnvironmentFile=/fifo\n"})
    os.mkfifo(made.path("/fifo"))
    with made as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 1)
        equal(box.show("a.service", "Result"), "resources")
        has_line(box, "a.service", "/fifo")
        another_unit_starts(box)


def test_a_service_that_stops_its_own_start():
    fails_to_start("[Service]\nType=notify\nExecStart=/bin/sh -c 'kill -STOP $$$$'\nTimeoutStartSec=300ms\nTimeoutStopSec=300ms\n",
                   "timeout", "imed out")


def test_a_hundred_thousand_lines_in_a_unit():
    lines = "".join("Environment=V%d=%d\n" % (number % 100, number) for number in range(100000))
    with booted({"a.service": "[Service]\nExecStart=/bin/sleep 1000\n" + lines}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        wait_for(lambda: box.pids_of("sleep 1000"))
        assert "\0V99=99999\0" in "\0" + box.proc(box.pids_of("sleep 1000")[0], "environ")
        another_unit_starts(box)


TALKS = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'for i in $(seq 2000); do echo line $i of many; done'\n"


def test_a_full_disk_for_the_logs():
    init = ["/bin/sh", "-c", "mount -t tmpfs -o size=8k tmpfs /var/log && cat /dev/zero >/var/log/full 2>/dev/null;"
            " exec systemctl init other.service"]
    with booted({"a.service": TALKS}, init=init) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        equal(box.show("a.service", "Result"), "success")
        # What cannot be kept is said once; what the service says still goes to the engine's log.
        has_line(box, "line 2000 of many")
        has_line(box, "No space left on device")
        another_unit_starts(box)


def test_a_read_only_root():
    with booted({"a.service": TALKS}, read_only=True) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        equal(box.show("a.service", "Result"), "success")
        has_line(box, "line 2000 of many")
        another_unit_starts(box)


def test_no_list_of_children_in_proc():
    init = ["/bin/sh", "-c", "mount -t tmpfs tmpfs /proc/1/task; exec systemctl init other.service"]
    unit = "[Service]\nExecStart=/bin/sh -c 'setsid sleep 1003 & exec sleep 1000'\n"
    with booted({"a.service": unit}, init=init) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        wait_for(lambda: box.pids_of("sleep 1003"))
        equal(box.systemctl("stop", "a.service").status, 0)
        equal((box.pids_of("sleep 1003"), box.pids_of("sleep 1000")), ([], []))
        equal(box.show("a.service", "Result"), "success")
        another_unit_starts(box)


def test_a_fork_that_fails_with_eagain():
    with booted({"a.service": "[Service]\nExecStart=/bin/true\n"}) as box:
        box.wait_state("other.service", "active")
        box.limit_processes(1)
        equal(box.systemctl("start", "a.service").status, 1)
        equal(box.show("a.service", "Result"), "resources")
        has_line(box, "a.service", "Resource temporarily unavailable")
        box.limit_processes("max")
        another_unit_starts(box)


def test_no_descriptor_is_left():
    with booted({"a.service": "[Service]\nExecStart=/bin/true\n"}) as box:
        box.wait_state("other.service", "active")
        limit = resource.prlimit(box.pid, resource.RLIMIT_NOFILE)
        in_use = {int(name) for name in os.listdir("/proc/%d/fd" % box.pid)}
        # One number is left below the limit, for the connection of the client: gaps between those in use count, too.
        first, second = [number for number in range(max(in_use) + 3) if number not in in_use][:2]
        resource.prlimit(box.pid, resource.RLIMIT_NOFILE, (second, limit[1]))
        assert box.systemctl("start", "a.service").status != 0
        has_line(box, "a.service", "Too many open files")
        resource.prlimit(box.pid, resource.RLIMIT_NOFILE, limit)
        # That start has failed, and nothing else.
        equal(box.systemctl("start", "a.service").status, 0)
        another_unit_starts(box)
