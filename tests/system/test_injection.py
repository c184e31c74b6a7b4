"""Each system call of the manager, PID 1 or in the background, fails once, at each position of what it does in turn: afterwards the same
work is done, nothing has leaked and nothing is lost. By default a sample of the positions is tried, each with one error; with $SCTL_ALL_POSITIONS=1 all of
them, each with all errors that the call may give."""
import os
import resource
import signal

from harness import SYSTEMCTL_INIT, Box, deadline, wait_for
from injector import Injection

ALL = bool(os.environ.get("SCTL_ALL_POSITIONS"))
SECONDS = 3600 if ALL else 55

WEB = """[Service]
Type=exec
ExecStartPre=/bin/true
ExecStart=/bin/sleep 1000
ExecStopPost=/bin/true
RuntimeDirectory=web
"""
ALWAYS = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=exec\nExecStart=/bin/sleep 2000\nRestart=always\nRestartSec=0\n"
NOTIFIES = """[Service]
Type=notify
ExecStart=/usr/bin/python3 -c "import os, socket, time; to = os.environ['NOTIFY_SOCKET']; \\
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1', to); time.sleep(1000)"
TimeoutStartSec=5s
"""
SAYS = "[Service]\nType=oneshot\nExecStart=/bin/echo a line of its own\n"
UNITS = {"web.service": "[Unit]\nStartLimitIntervalSec=0\n" + WEB, "always.service": ALWAYS, "probe.service": "[Service]\nExecStart=/bin/sleep 3000\n",
         "notifies.service": NOTIFIES, "says.service": SAYS, "all.target": "[Unit]\nWants=web.service always.service\n"}


class AsPid1(Box):
    def __init__(self, **options):
        super().__init__(units=UNITS, links={"/etc/systemd/system/default.target": "all.target"}, **options)

    def begin(self):
        self.wait_running()

    @property
    def manager(self):
        """Its pid as we see it."""
        return self.pid

    def manager_lives(self):
        return self.alive()

    def wait_halted(self):
        """What is wrong with the end of the manager."""
        status = self.wait_exit(15)
        return ["status %d" % status] if status else []


class InBackground(AsPid1):
    def __init__(self):
        super().__init__(init=["/bin/sleep", "infinity"])

    def begin(self):
        # Until then the init's cmdline is a shell's.
        wait_for(lambda: self.proc(1, "comm") == "sleep\n")
        outcome = self.systemctl("start", "web.service", "always.service")
        assert outcome.status == 0, repr(outcome)
        inside = wait_for(lambda: self.pids_of("systemctl init --background"))[0]
        self._manager = next(pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_inside_as(pid, inside))

    @property
    def manager(self):
        return self._manager

    def _is_inside_as(self, pid, inside):
        try:
            with open("/proc/%d/status" % pid) as status:
                names = next(line.split() for line in status if line.startswith("NSpid:"))
            return names[-1] == str(inside) and os.readlink("/proc/%d/ns/pid" % pid) == os.readlink("/proc/%d/ns/pid" % self.pid)
        except OSError:
            return False

    def manager_lives(self):
        return bool(self.pids_of("systemctl init --background"))

    def wait_halted(self):
        wait_for(lambda: not self.manager_lives(), 15)
        left = self.pids_of("sleep 1000") + self.pids_of("sleep 2000")
        return ["%s live on" % left] if left else []


def worlds():
    for world in AsPid1, InBackground:
        with world() as box:
            box.begin()
            yield box


def sample(count, wanted):
    """Positions, and which of the errors of its call each is to have."""
    if ALL:
        return [(position, error) for position in range(1, count + 1) for error in range(4)]
    return [(position, position) for position in range(1, count + 1, max(1, count // wanted))]


def fail_at(box, position, error, **options):
    return Injection(box.manager, position, lambda codes: codes[error % len(codes)], **options)


def descriptors(box):
    return len(os.listdir("/proc/%d/fd" % box.manager))


def steady_descriptors(box):
    """Once those of clients are closed."""
    last = []

    def is_steady():
        last.append(descriptors(box))
        return len(last) > 9 and len(set(last[-10:])) == 1
    wait_for(is_steady)
    return last[-1]


def settled_descriptors(box, most, seconds=3.0):
    """Those that belong to a connection or a pipe on its way go soon."""
    try:
        wait_for(lambda: descriptors(box) <= most, seconds)
    except AssertionError:
        return ["%d descriptors more" % (descriptors(box) - most)]
    return []


def active(box, unit):
    return box.systemctl("is-active", unit, seconds=5).out.strip()


def becomes_active(box, unit, pid_before=None, seconds=5.0):
    try:
        wait_for(lambda: active(box, unit) == "active" and box.main_pid(unit) not in (0, pid_before), seconds)
    except AssertionError:
        return ["%s is %s" % (unit, active(box, unit))]
    return []


def logged(box, unit, line, seconds=5.0):
    try:
        wait_for(lambda: any(line in box.read("%s/log/sctl/%s.log" % (place, unit)) for place in ("/var", "/run")), seconds)
    except AssertionError:
        return ["what %s says is not in its log" % unit]
    return []


def works(box, most):
    """What must hold whatever has failed: PID 1 answers, units are known, start and stop, and nothing is left behind."""
    wrong = []
    again = box.systemctl("restart", "web.service", seconds=10)
    if again.status != 0:
        wrong.append("a restart afterwards: %r" % again)
    wrong += becomes_active(box, "web.service")
    if len(box.pids_of("sleep 1000")) != 1:
        wrong.append("processes of web.service: %s" % box.pids_of("sleep 1000"))
    state = box.systemctl("show", "-p", "LoadState", "probe.service", seconds=5).out.strip()
    if state != "LoadState=loaded":
        wrong.append("probe.service: " + state)
    return wrong + settled_descriptors(box, most)


def try_positions(box, act, check, wanted, before=lambda: None):
    """`act` with one call failing at each position, `before` it all as it should be; `check` names what is wrong afterwards."""
    before()
    with Injection(box.manager) as seen:
        act()
    most = steady_descriptors(box)
    before()
    most = max(most, steady_descriptors(box))
    wrong, tried = [], 0
    for position, error in sample(seen.count, wanted):
        before()
        with fail_at(box, position, error) as injection:
            act()
        if not box.manager_lives():
            raise AssertionError("the manager is gone at %d (%s)" % (position, injection.failed))
        tried += injection.failed is not None
        wrong += ["%d (%s): %s" % (position, injection.failed, text) for text in check(most)]
    assert tried, "nothing failed"
    assert not wrong, "%d of %d calls failed, and then:\n%s" % (tried, seen.count, "\n".join(wrong))


def waiting_at_a_gate():
    """A box whose init is executed when somebody opens /gate."""
    box = AsPid1(init=["/bin/sh", "-c", 'read -r _ </gate; exec "$@"', "sh", *SYSTEMCTL_INIT])
    os.mkfifo(box.path("/gate"))
    return box


def open_gate(box):
    with open(box.path("/gate"), "w"):
        pass
    # A client that comes before would launch a manager of its own.
    wait_for(lambda: not box.alive() or box.proc(1, "cmdline").startswith(SYSTEMCTL_INIT[0]))


@deadline(SECONDS)
def test_each_call_of_a_restart():
    for box in worlds():
        try_positions(box, lambda: box.systemctl("restart", "web.service", seconds=10), lambda most: works(box, most), 20)


@deadline(SECONDS)
def test_each_call_of_a_start():
    for box in worlds():
        try_positions(box, lambda: box.systemctl("start", "web.service", seconds=10), lambda most: works(box, most), 15,
                      lambda: box.systemctl("stop", "web.service"))


@deadline(SECONDS)
def test_each_call_of_a_stop():
    def check(most):
        wrong = [] if box.systemctl("stop", "web.service").status == 0 else ["a stop afterwards fails"]
        if box.pids_of("sleep 1000"):
            wrong.append("its process lives on")
        if box.run("test -e /run/web").status == 0:
            wrong.append("its directory is left")
        return wrong + works(box, most)

    for box in worlds():
        try_positions(box, lambda: box.systemctl("stop", "web.service", seconds=10), check, 15, lambda: box.systemctl("start", "web.service"))


@deadline(SECONDS)
def test_each_call_of_an_automatic_restart():
    """Nobody helps: it has to come up by itself."""
    def before():
        becomes_active(box, "always.service")
        pids[0] = box.main_pid("always.service")

    def act():
        box.run("kill", "-9", str(pids[0]))
        try:
            wait_for(lambda: [pid for pid in box.pids_of("sleep 2000") if pid != pids[0]], 4)
        except AssertionError:
            pass

    def check(most):
        return becomes_active(box, "always.service", pids[0], 8) + settled_descriptors(box, most)

    pids = [0]
    for box in worlds():
        try_positions(box, act, check, 15, before)


@deadline(SECONDS)
def test_each_call_of_a_reload():
    def check(most):
        wrong = [] if box.systemctl("daemon-reload", seconds=10).status == 0 else ["a reload afterwards fails"]
        return wrong + becomes_active(box, "always.service", None, 3) + works(box, most)

    for box in worlds():
        try_positions(box, lambda: box.systemctl("daemon-reload", seconds=10), check, 20)


@deadline(SECONDS)
def test_each_call_of_a_boot():
    def boot(position, error):
        with waiting_at_a_gate() as box:
            with fail_at(box, position, error, from_exec=True) as injection:
                open_gate(box)
                try:
                    box.wait_running(15, ("running", "degraded"))
                except AssertionError as late:
                    return injection, ["not booted: %s" % late] if box.alive() else ["PID 1 is gone: " + box.stderr()]
            wrong = []
            for unit in "web.service", "notifies.service", "says.service":
                if box.systemctl("start", unit).status != 0:
                    wrong.append("%s does not start" % unit)
            wrong += becomes_active(box, "web.service")
            wrong += logged(box, "says.service", "a line of its own")
            box.signal(signal.SIGTERM)
            try:
                box.wait_exit(10)
            except AssertionError as late:
                wrong.append(str(late))
            return injection, wrong

    injection, _ = boot(0, 0)
    wrong = []
    for position, error in sample(injection.count, 20):
        injection, found = boot(position, error)
        wrong += ["%d (%s): %s" % (position, injection.failed, text) for text in found]
    assert not wrong, "\n".join(wrong)


@deadline(SECONDS)
def test_each_call_of_a_halt():
    def halt(position, error):
        with world() as box:
            box.begin()
            with fail_at(box, position, error) as injection:
                os.kill(box.manager, signal.SIGTERM)
                try:
                    return injection, box.wait_halted()
                except AssertionError as late:
                    return injection, [str(late)]

    wrong = []
    for world in AsPid1, InBackground:
        injection, _ = halt(0, 0)
        for position, error in sample(injection.count, 10):
            injection, found = halt(position, error)
            wrong += ["%s, %d (%s): %s" % (world.__name__, position, injection.failed, text) for text in found]
    assert not wrong, "\n".join(wrong)


@deadline(SECONDS)
def test_a_halt_ends_where_no_memory_is_left():
    services = {"s%d.service" % i: "[Service]\nExecStart=/bin/sleep 1000\nExecStopPost=/bin/true\n" for i in range(20)}
    with Box(units={**services, "all.target": "[Unit]\nWants=" + " ".join(services) + "\n"},
             links={"/etc/systemd/system/default.target": "all.target"}) as box:
        box.wait_stderr("Startup finished")
        with open("/proc/%d/status" % box.pid) as status:
            used = [int(line.split()[1]) for line in status if line.startswith("VmData:")][0] << 10
        resource.prlimit(box.pid, resource.RLIMIT_DATA, (used, used))
        box.signal(signal.SIGTERM)
        assert box.wait_exit(15) == 0
