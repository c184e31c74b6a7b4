"""The real binary as PID 1 in fresh namespaces.

A Box is a root file system over an overlay (of the machine's own files, or of a given root), with its own /run, /tmp, /var/log and
/etc/systemd/system, and an init that is PID 1 of a new pid, mount, uts and ipc namespace, with the network of the machine. What a
test writes there is lost with the box. run.py gives the whole run a mount and a pid namespace of its own, so that nothing is left
behind, however a test ends.

    with Box(units={"web.service": "[Service]\\nExecStart=/bin/sleep 1000\\n"}, init=SYSTEMCTL_INIT + ["web.service"]) as box:
        wait_for(lambda: box.systemctl("is-active", "web.service").status == 0)
        box.signal(signal.SIGTERM)
        assert box.wait_exit() == 0

Tests wait for a condition with a deadline, never for a length of time.
"""
import ctypes
import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time

from control_groups import ControlGroup, hierarchies

# Seconds until a condition that is waited for counts as missed. On a machine with much else to do, all takes its time.
PATIENCE = 20.0
SYSTEMCTL_INIT = ["/usr/bin/systemctl", "init"]

# What podman and Docker leave to a container that asked for nothing.
UNPRIVILEGED = ("chown", "dac_override", "fowner", "fsetid", "kill", "net_bind_service", "setfcap", "setgid", "setpcap", "setuid",
                "sys_chroot")

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "TERM": "dumb",
               "LANG": "C.UTF-8", "container": "podman"}

# Directories that start empty in any root, and those of the machine's own files that must not reach a test.
EMPTIED = ("run", "tmp", "var/tmp")
EMPTIED_OF_MACHINE = ("var/log", "etc/systemd/system", "etc/systemd/system-preset", "usr/lib/systemd/system", "usr/lib/systemd/system-preset",
                      "usr/lib/tmpfiles.d", "usr/lib/sysusers.d",
                      "usr/local/lib/systemd", "etc/systemd/system-generators", "usr/lib/systemd/system-generators", "etc/init.d",
                      "etc/rc1.d", "etc/rc2.d", "etc/rc3.d", "etc/rc4.d", "etc/rc5.d")

MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC = 1, 2, 32, 4096, 16384
MNT_DETACH = 2

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

_libc = ctypes.CDLL(None, use_errno=True)
_binary = "build/systemctl"


class Skip(Exception):
    """Raised by a test that cannot run here; its text says what is missing."""


class Outcome:
    """What a command in the box came to."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return "status %d, stdout %r, stderr %r" % (self.status, self.out, self.err)


def tagged(*tags):
    """Marks a test, for `scripts/test TAG`."""
    def mark(function):
        function.tags = getattr(function, "tags", ()) + tags
        return function
    return mark


def deadline(seconds):
    """Gives a test longer than the usual 20 s before it is killed."""
    def mark(function):
        function.deadline = seconds
        return function
    return mark


def use_binary(path):
    global _binary
    _binary = path


def binary():
    return os.path.abspath(_binary)


def wait_for(condition, seconds=PATIENCE, what=None):
    """Calls `condition` until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %g s: %s" % (seconds, what() if callable(what) else what or "the condition"))
        time.sleep(0.01)


def equal(actual, wanted):
    """An assertion that says what it got."""
    assert actual == wanted, "\n  got    %r\n  wanted %r" % (actual, wanted)


def mount(source, target, kind=None, flags=0, data=None):
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    if _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "mount of %s at %s: %s" % (source, target, os.strerror(number)))


def unmount(target):
    _libc.umount2(os.fsencode(target), MNT_DETACH)


def write_file(path, text, mode=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode or (0o755 if text[:2] in ("#!", b"#!") else 0o644))


def read_file(path):
    """The file's text; the empty text where there is no file."""
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""


# A new network namespace has a loopback that is down: SIOCSIFFLAGS with IFF_UP.
_LOOPBACK_UP = ("import fcntl, socket, struct\n"
                "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sH14s', b'lo', 1, b''))\n")

# These run as PID 1 of the box, which becomes the init: $1 is the root, $2 a cgroup2 directory or nothing, $3 a FIFO whose last
# writer is gone when the init is about to be executed.
_ENTER = r"""
set -eu
exec 3>"$3"
if [ "$SCTL_LOOPBACK" ]; then "$SCTL_PYTHON" -c "$SCTL_LOOPBACK"; fi
if [ "$2" ]; then
    echo 0 >"$2/cgroup.procs"
    exec unshare --cgroup /bin/sh -c "$SCTL_ENTER_ROOT" sh "$@"
fi
exec /bin/sh -c "$SCTL_ENTER_ROOT" sh "$@"
"""
_ENTER_ROOT = r"""
set -eu
mount -t proc -o nosuid,nodev,noexec proc "$1/proc"
if [ "$2" ]; then mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$1/sys/fs/cgroup"; fi
cd "$1"
shift 3
pivot_root . mnt
exec chroot . /bin/sh -c 'umount -n -l /mnt; cd /; exec 3>&-; exec "$@"' sh "$@"
"""


def debian_root(name):
    """The directory of a root that scripts/debian-root makes; making it takes a minute or two, the first time."""
    made = subprocess.run([os.path.join(CHECKOUT, "scripts/debian-root"), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise Skip("no Debian root: " + made.stderr.strip().replace("\n", "; "))
    return made.stdout.strip()


class Box:
    """A container with an init of its own; see the module's text. As a context manager it boots, and is gone at the end.

    units: names (or `name.d/drop-in.conf`) in /etc/systemd/system with their text. files: absolute paths with their text, or a pair of
    text and mode; text that begins with `#!` is executable. links: absolute paths with what they point to.
    init: the argument list of PID 1. environment: what it gets, over the usual variables; None takes a variable away.
    capabilities: the names that are left, or None for all of the caller's.
    cgroup2: PID 1 has a writable cgroup2 of its own at /sys/fs/cgroup; without, /sys is read-only and has none.
    root: the directory below the overlay; of the machine's own, the units, presets, tmpfiles.d, sysusers.d and logs
    are left out.
    private_network: it has nothing but a loopback of its own, instead of the machine's network.
    read_only: the root is, but for /tmp. stderr: a descriptor instead of the file that stderr() reads.
    program: where our binary is put. keep_run: /run is as the root has it, as where an image's layer has left files there.
    """

    def __init__(self, units=None, files=None, links=None, init=None, environment=None, capabilities=None, cgroup2=False, root="/",
                 private_network=False, read_only=False, stderr=None, program="/usr/bin/systemctl", keep_run=False):
        self.init = list(init or SYSTEMCTL_INIT)
        self.environment = {**ENVIRONMENT, **(environment or {})}
        self.capabilities = capabilities
        self.wants_cgroup2, self.cgroup = cgroup2, None
        self.private_network, self.read_only = private_network, read_only
        self.process = self.pid = None
        self.pids_group = None
        self.given_stderr, self.keep_run = stderr, keep_run
        self.directory = tempfile.mkdtemp(prefix="sctl-box.")
        self.root = os.path.join(self.directory, "root")
        try:
            self._mount_root(os.path.abspath(root))
            self.put({program: (open(binary(), "rb").read(), 0o755)})
            self.put({"/etc/systemd/system/" + name: text for name, text in (units or {}).items()})
            self.put(files or {})
            for path, target in (links or {}).items():
                os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
                os.symlink(target, self.path(path))
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, *rest):
        if kind and kind is not Skip:
            print("--- standard error of %s\n%s---" % (" ".join(self.init), self.stderr()), flush=True)
        self.close()

    # Before the boot

    def path(self, inside):
        """Where a path of the box lies for us; as long as the box exists, also after its end."""
        return os.path.join(self.root, inside.lstrip("/"))

    def put(self, files):
        for path, content in files.items():
            text, mode = content if isinstance(content, tuple) else (content, None)
            write_file(self.path(path), text, mode)

    def read(self, inside):
        return read_file(self.path(inside))

    def _mount_root(self, lower):
        store = os.path.join(self.directory, "store")
        upper = os.path.join(store, "upper")
        os.mkdir(store)
        os.mkdir(self.root)
        # The upper layer may not lie below the lower one, and so not on the disk of the machine.
        mount("tmpfs", store, "tmpfs", 0, "mode=755")
        os.mkdir(upper)
        os.mkdir(os.path.join(store, "work"))
        for name in EMPTIED + (EMPTIED_OF_MACHINE if lower == "/" else ()):
            if name == "run" and self.keep_run:
                continue
            empty = os.path.join(upper, name)
            os.makedirs(empty, exist_ok=True)
            os.setxattr(empty, "trusted.overlay.opaque", b"y")
        for name in ("tmp", "var/tmp"):
            os.chmod(os.path.join(upper, name), 0o1777)
        mount("overlay", self.root, "overlay", 0,
              "lowerdir=%s,upperdir=%s,workdir=%s/work" % (lower, upper, store))
        for name in ("dev", "proc", "sys", "mnt"):
            os.makedirs(self.path(name), exist_ok=True)
        if self.read_only:
            mount("tmpfs", self.path("tmp"), "tmpfs", 0, "mode=1777")
        self._fill_dev()
        if self.wants_cgroup2:
            self._make_cgroup()
            # Not the machine's: /sys/fs/cgroup must be ours to mount on, and a sysfs has no room for a directory.
            mount("tmpfs", self.path("sys"), "tmpfs", 0, "mode=755")
            os.makedirs(self.path("sys/fs/cgroup"))
        else:
            mount("/sys", self.path("sys"), None, MS_BIND)
            mount(None, self.path("sys"), None, MS_REMOUNT | MS_BIND | MS_RDONLY)

    def _fill_dev(self):
        dev = self.path("dev")
        mount("tmpfs", dev, "tmpfs", MS_NOSUID, "mode=755")
        for name, minor in {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}.items():
            os.mknod(os.path.join(dev, name), stat.S_IFCHR | 0o666, os.makedev(1, minor))
        os.mknod(os.path.join(dev, "tty"), stat.S_IFCHR | 0o666, os.makedev(5, 0))
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            os.chmod(os.path.join(dev, name), 0o666)
        for name, target in {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1",
                             "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"}.items():
            os.symlink(target, os.path.join(dev, name))
        for name, mode in {"pts": 0o755, "shm": 0o1777}.items():
            os.mkdir(os.path.join(dev, name))
            os.chmod(os.path.join(dev, name), mode)
        mount("devpts", os.path.join(dev, "pts"), "devpts", 0, "newinstance,ptmxmode=0666,mode=620,gid=5")

    def _make_cgroup(self):
        if "" not in hierarchies():
            raise Skip("no cgroup2 that we may write is mounted")
        self.cgroup = ControlGroup(os.path.basename(self.directory), [""])

    # The life of PID 1

    def boot(self):
        """Starts the init; returns when PID 1 has executed it: a client that comes earlier would launch a manager of its own."""
        limits = []
        if self.capabilities is not None:
            limits = ["setpriv", "--inh-caps=-all",
                      "--bounding-set=" + ",".join(["-all"] + ["+" + name for name in self.capabilities]), "--"]
        variables = ["%s=%s" % item for item in self.environment.items() if item[1] is not None]
        entered = os.path.join(self.directory, "entered")
        os.mkfifo(entered)
        if self.read_only:
            mount(None, self.root, None, MS_REMOUNT | MS_BIND | MS_RDONLY)
        command = (["unshare", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc"] + (["--net"] if self.private_network else [])
                   + ["--propagation", "private", "/bin/sh", "-c", _ENTER, "sh", self.root, self.cgroup.directories[0] if self.cgroup else "", entered]
                   + limits + ["env", "-i"] + variables + self.init)
        watch = os.open(entered, os.O_RDONLY | os.O_NONBLOCK)
        try:
            with open(self._output("stdout"), "ab") as out, open(self._output("stderr"), "ab") as err:
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, cwd="/",
                                                stderr=err if self.given_stderr is None else self.given_stderr,
                                                env={"PATH": ENVIRONMENT["PATH"], "SCTL_ENTER_ROOT": _ENTER_ROOT, "SCTL_PYTHON": sys.executable,
                                                     "SCTL_LOOPBACK": _LOOPBACK_UP if self.private_network else ""})
            self._find_init()
            poll = select.poll()
            poll.register(watch, 0)
            assert poll.poll(10000), "the box was not made within 10 s: " + self.stderr()
            wait_for(lambda: not self._is_entering(), what="the execution of the init")
        finally:
            os.close(watch)

    def _find_init(self):
        children = "/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)
        wait_for(lambda: read_file(children).split() or not self.alive(), what="the namespace's first process")
        self.pid = int((read_file(children).split() or ["0"])[0])
        assert self.pid, "the box could not be made: " + self.stderr()

    def _is_entering(self):
        words = read_file("/proc/%d/cmdline" % self.pid).split("\0")
        # A process that is just being executed shows no words.
        return self.alive() and (words[0] in ("", "env", "setpriv") or any("exec 3>" in word for word in words))

    def _output(self, name):
        return os.path.join(self.directory, name)

    def stderr(self):
        """All that PID 1, and whoever inherited its stderr, has written so far."""
        return read_file(self._output("stderr"))

    def stdout(self):
        return read_file(self._output("stdout"))

    def signal(self, number):
        os.kill(self.pid, number)

    def alive(self):
        return self.process.poll() is None

    def wait_exit(self, seconds=9.0):
        """The exit status of PID 1 when it ends in time: 128 + n when a signal ended it."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError("PID 1 has not ended within %g s; there are %s" % (seconds, self.processes())) from None
        return 128 - status if status < 0 else status

    def limit_processes(self, number):
        """From now on PID 1 and its new children may be so many: fork fails with EAGAIN beyond."""
        if self.pids_group is None:
            with_pids = [each for each in hierarchies() if "pids" in each.split(",")]
            if not with_pids:
                raise Skip("no cgroup v1 controller pids")
            self.pids_group = ControlGroup(os.path.basename(self.directory), with_pids)
        for name, value in {"pids.max": number, "cgroup.procs": self.pid}.items():
            with open(os.path.join(self.pids_group.directories[0], name), "w") as file:
                file.write(str(value))

    # Inside

    def run(self, *command, seconds=30.0, user=None, input=None):
        """Runs a command in the box as the engine's exec would; a single text is a shell's. 124: it was killed at its deadline."""
        words = list(command) if len(command) > 1 else ["/bin/sh", "-c", command[0]]
        limits = []
        if self.capabilities is not None:
            limits += ["--inh-caps=-all", "--bounding-set=" + ",".join(["-all"] + ["+" + name for name in self.capabilities])]
        if user is not None:
            limits += ["--reuid=" + user, "--regid=" + user, "--clear-groups"]
        entry = ["nsenter", "--target=%d" % self.pid, "--mount", "--uts", "--ipc", "--pid", "--root", "--wd"]
        if self.cgroup:
            entry.append("--cgroup")
        if self.private_network:
            entry.append("--net")
        variables = {name: value for name, value in self.environment.items() if value is not None}
        process = subprocess.Popen(entry + ["--"] + (["setpriv"] + limits + ["--"] if limits else []) + words,
                                   stdin=subprocess.PIPE if input else subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=variables, start_new_session=True)
        try:
            out, err = process.communicate(input.encode() if input else None, timeout=seconds)
            status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            status = 124
        return Outcome(128 - status if status < 0 else status, out.decode(errors="replace"), err.decode(errors="replace"))

    def systemctl(self, *arguments, **options):
        return self.run("/usr/bin/systemctl", *arguments, **options)

    def show(self, unit, *properties):
        """The named properties of a unit, as a dictionary; of one property, its value."""
        outcome = self.systemctl("show", "-p", ",".join(properties), unit)
        assert outcome.status == 0, "systemctl show %s: %r" % (unit, outcome)
        values = dict(line.split("=", 1) for line in outcome.out.splitlines() if "=" in line)
        return values.get(properties[0], "") if len(properties) == 1 else values

    def wait_property(self, unit, name, wanted, seconds=PATIENCE):
        """Waits for a property's value; also while PID 1 does not answer yet."""
        seen = [None]

        def reached():
            seen[0] = self.systemctl("show", "-p", name, unit)
            return seen[0].out == "%s=%s\n" % (name, wanted)
        wait_for(reached, seconds, lambda: "%s of %s is %s; the last answer was %r" % (name, unit, wanted, seen[0]))

    def wait_state(self, unit, state, seconds=PATIENCE):
        self.wait_property(unit, "ActiveState", state, seconds)

    def wait_running(self, seconds=PATIENCE, states=("running",)):
        """Waits until the boot has ended in one of these states."""
        wait_for(lambda: self.systemctl("is-system-running").out.strip() in states, seconds,
                 lambda: "the system is %r, with %s" % (self.systemctl("is-system-running"), self.systemctl("list-units", "--failed").out))

    def wait_stderr(self, text, seconds=PATIENCE):
        wait_for(lambda: text in self.stderr(), seconds, lambda: "a line with %r on stderr" % text)

    def main_pid(self, unit):
        return int(self.show(unit, "MainPID") or 0)

    def proc(self, pid, name):
        """A file of /proc/PID of a process of the box, whose pids these are."""
        return read_file("/proc/%d/root/proc/%d/%s" % (self.pid, pid, name))

    def processes(self):
        """The pids of the box, each with its state, parent and command line (or name, where it has none)."""
        found = {}
        try:
            pids = [int(name) for name in os.listdir("/proc/%d/root/proc" % self.pid) if name.isdigit()]
        except OSError:
            return found
        for pid in pids:
            fields = self.proc(pid, "stat").rpartition(")")[2].split()
            if fields:
                command = self.proc(pid, "cmdline").replace("\0", " ").strip()
                found[pid] = (fields[0], int(fields[1]), command or self.proc(pid, "comm").strip())
        return found

    def zombies(self):
        return [pid for pid, (state, _, _) in self.processes().items() if state == "Z"]

    def pids_of(self, beginning):
        """The pids whose command line begins so, with the program's directory or without it."""
        def matches(command):
            program, _, rest = command.partition(" ")
            return command.startswith(beginning) or (os.path.basename(program) + " " + rest).startswith(beginning)
        return [pid for pid, (state, _, command) in self.processes().items() if matches(command) and state != "Z"]

    # The end

    def close(self):
        if self.process is not None and self.process.poll() is None:
            # The end of a namespace's PID 1 is the end of all in it.
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)
            else:
                self.process.kill()
            self.process.wait()
        for name in ("dev/pts", "dev", "sys", "tmp", ""):
            unmount(os.path.join(self.root, name).rstrip("/"))
        unmount(os.path.join(self.directory, "store"))
        for group in self.cgroup, self.pids_group:
            if group:
                group.remove()
        # Never a recursive removal: it would follow a mount that is left.
        for name in ("stdout", "stderr", "entered"):
            if os.path.exists(self._output(name)):
                os.unlink(self._output(name))
        for name in ("root", "store", ""):
            if os.path.isdir(self._output(name)):
                os.rmdir(self._output(name))
