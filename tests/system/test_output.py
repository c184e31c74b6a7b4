"""What services print: to the engine's log and to journalctl, whatever becomes of the capture process."""
import os
import signal

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

SAYS = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c '%s'\n"
OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 1000\n"}


def booted(units, **options):
    return Box(units={**units, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"], **options)


def journal(box, *arguments):
    return box.run("/usr/bin/journalctl", *arguments).out


def capture_pid(box):
    """The capture process: the child of PID 1 that is our program."""
    def found():
        return [pid for pid, (_, parent, _) in box.processes().items() if parent == 1 and pid != box.main_pid("other.service")
                and os.path.basename(box.run("readlink", "/proc/%d/exe" % pid).out.strip()).startswith("systemctl")]
    return wait_for(found, what="the capture process")[0]


def journal_box(units, **options):
    made = booted(units, **options)
    if os.path.lexists(made.path("/usr/bin/journalctl")):
        os.unlink(made.path("/usr/bin/journalctl"))
    os.symlink("systemctl", made.path("/usr/bin/journalctl"))
    return made


def test_each_line_goes_to_stderr_with_unit_and_pid_and_to_journalctl():
    for options in {"capabilities": UNPRIVILEGED}, {"cgroup2": True}:
        with journal_box({"a.service": SAYS % "echo to stdout; echo to stderr >&2; printf unfinished"}, **options) as box:
            box.wait_state("other.service", "active")
            equal(box.systemctl("start", "a.service").status, 0)
            for text in "to stdout", "to stderr", "unfinished":
                wait_for(lambda: [line for line in box.stderr().splitlines() if line.endswith(text) and "a[" in line.replace(".service", "")],
                         what="a line with unit, pid and " + text)
                wait_for(lambda: text in journal(box, "-u", "a.service"), what="journalctl's line " + text)


def test_journalctl_shows_the_last_lines_of_one_unit():
    units = {"a.service": SAYS % "for i in $(seq 50); do echo number $i; done", "b.service": SAYS % "echo not this"}
    with journal_box(units) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service", "b.service").status, 0)
        wait_for(lambda: "number 50" in journal(box, "-u", "a.service"))
        lines = [line.partition(": ")[2] for line in journal(box, "-u", "a", "-n", "3").splitlines() if "number" in line]
        equal(lines, ["number 48", "number 49", "number 50"] if len(lines) == 3 else ["number 49", "number 50"])
        assert "not this" not in journal(box, "-u", "a.service")


def test_status_shows_the_last_lines():
    with journal_box({"a.service": SAYS % "echo remembered"}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        wait_for(lambda: "remembered" in box.systemctl("status", "a.service").out, what="the line in status")


def test_the_end_of_the_capture_process_loses_nothing_that_is_written_later():
    ticking = "[Service]\nExecStart=/bin/sh -c 'i=0; while :; do i=$((i + 1)); echo tick $i; sleep 0.01; done'\n"
    with journal_box({"a.service": ticking}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        wait_for(lambda: "tick 20" in box.stderr())
        box.run("kill -KILL %d" % capture_pid(box))
        last = box.stderr().count("tick ")
        wait_for(lambda: box.stderr().count("tick ") > last + 50, what="lines after the restart of the capture")
        equal(box.systemctl("is-active", "a.service", "other.service").out, "active\nactive\n")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        numbers = [int(line.rpartition(" ")[2]) for line in box.stderr().splitlines() if "tick " in line]
        assert len(numbers) >= max(numbers) - 2, "of %d lines there are %d" % (max(numbers), len(numbers))


def test_a_flood_does_not_stop_pid_1():
    with journal_box({"flood.service": "[Service]\nExecStart=/bin/sh -c 'exec yes a line of many that says nothing'\n"}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "flood.service").status, 0)
        for _ in range(20):
            equal(box.systemctl("is-active", "other.service").status, 0)
        equal(box.systemctl("stop", "flood.service").status, 0)
        # The unit's file is bounded.
        size = int(box.run("du -sk /var/log | cut -f1").out)
        assert size < 100 * 1024, "%d kB of logs" % size


def test_a_log_that_nobody_reads_does_not_stop_a_service():
    reading, writing = os.pipe()
    with booted({"a.service": SAYS % "for i in $(seq 20000); do echo some text to fill the pipe with; done; touch /written"},
                stderr=writing) as box:
        os.close(writing)
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        assert os.path.exists(box.path("/written"))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
    os.close(reading)


def test_what_is_wrong_in_a_units_files_is_in_its_own_log():
    runs = "[Service]\nExecStart=/bin/sleep 1000\n"
    units = {"two.service": "[Service]\nExecStart=/bin/true\nExecStart=/bin/true\n", "section.service": "[Servce]\nX=1\n" + runs,
             "key.service": runs + "Foo=bar\n", "type.service": runs + "Type=bad\n", "quotes.service": "[Service]\nExecStart=/bin/echo \"unbalanced\n",
             "drop.service": runs, "drop.service.d/x.conf": "[Service]\nBaz=1\n", "instance@.service": runs + "Qux=1\n",
             "a.service": "[Unit]\nAfter=b.service\nWants=b.service\n" + runs, "b.service": "[Unit]\nAfter=a.service\n" + runs}
    two = "two.service: Service has more than one ExecStart= setting, which is only allowed for Type=oneshot services. Refusing."
    broken = "a.service: Job b.service/start deleted to break ordering cycle starting with a.service/start"
    with journal_box(units) as box:
        box.wait_state("other.service", "active")
        for name in "two", "section", "key", "type", "quotes", "drop", "instance@1", "a":
            box.systemctl("start", name)
        directory = "/etc/systemd/system/"
        for name, text in (("two", two), ("section", directory + "section.service:1: Unknown section 'Servce'. Ignoring."),
                           ("key", directory + "key.service:3: Unknown key 'Foo' in section [Service], ignoring."),
                           ("type", directory + "type.service:3: Failed to parse service type, ignoring: bad"),
                           ("quotes", directory + "quotes.service:2: Unbalanced quoting, ignoring: \"/bin/echo \"unbalanced\""),
                           ("drop", directory + "drop.service.d/x.conf:2: Unknown key 'Baz' in section [Service], ignoring."),
                           ("instance@1", directory + "instance@.service:3: Unknown key 'Qux' in section [Service], ignoring."),
                           ("a", broken), ("b", broken)):
            wait_for(lambda: text in journal(box, "-u", name), what=lambda: "%r in the log of %s: %s" % (text, name, journal(box, "-u", name)))
            assert text not in journal(box, "-u", "init.scope"), text
        # Also of those that never ran.
        for name, text in ("two", two), ("b", broken):
            assert text in box.systemctl("status", "--full", name).out, box.systemctl("status", name).out
        equal(box.stderr().count(broken), 1)
