"""A Debian with systemd's package under systemd-nspawn, whose PID 1 is Debian's systemd or ours, driven by either's systemctl.

    with Machine(init="ours", units={"web.service": "..."}) as machine:
        assert machine.systemctl("debian", "is-active", "web.service").out == "active\\n"

Debian's systemctl stays at its place; ours lies in /opt/sctl. The root is an overlay over scripts/debian-root's, lost at the end.
Both inits are booted in the same way, so that what differs comes from them.
"""
import fcntl
import os
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import time

from control_groups import ControlGroup
from harness import Outcome, Skip, binary, debian_root, mount, read_file, unmount, wait_for, write_file

OURS = "/opt/sctl/systemctl"
CLIENTS = {"ours": OURS, "debian": "/usr/bin/systemctl"}
INITS = {"ours": [OURS, "init"], "debian": ["/lib/systemd/systemd"]}

# Of Debian's own units, those whose outcome depends on the machine that the test runs on.
NOISE = """systemd-remount-fs.service e2scrub_reap.service systemd-modules-load.service dev-hugepages.mount sys-kernel-debug.mount
sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount systemd-logind.service apt-daily.timer
apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer getty.target console-getty.service
systemd-networkd.service systemd-resolved.service""".split()

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "TZ": "UTC",
               "SYSTEMD_PAGER": "cat", "SYSTEMD_COLORS": "0"}


def children(pid):
    return [int(each) for each in read_file("/proc/%d/task/%d/children" % (pid, pid)).split()]


class Machine:
    def __init__(self, init, units=None, files=None, root="systemd", program=None):
        if not shutil.which("systemd-nspawn"):
            raise Skip("no systemd-nspawn: apt-get install systemd-container")
        lower = debian_root(root)
        self.init = program or INITS[init]
        self.process = self.pid = None
        self.directory = tempfile.mkdtemp(prefix="sctl-machine.")
        # nspawn gives its machine the groups that it is in.
        self.groups = ControlGroup(os.path.basename(self.directory))
        self.root = os.path.join(self.directory, "root")
        store = os.path.join(self.directory, "store")
        os.mkdir(self.root)
        os.mkdir(store)
        mount("tmpfs", store, "tmpfs", 0, "mode=755")
        os.mkdir(store + "/upper")
        os.mkdir(store + "/work")
        mount("overlay", self.root, "overlay", 0, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work" % (lower, store, store))
        for unit in NOISE:
            path = self.path("/etc/systemd/system/" + unit)
            if not os.path.lexists(path):
                os.symlink("/dev/null", path)
        with open(binary(), "rb") as file:
            self.put({OURS: (file.read(), 0o755)})
        self.put({"/etc/systemd/system/" + name: text for name, text in (units or {}).items()})
        self.put(files or {})

    def path(self, inside):
        return os.path.join(self.root, inside.lstrip("/"))

    def put(self, files):
        for path, content in files.items():
            text, mode = content if isinstance(content, tuple) else (content, None)
            write_file(self.path(path), text, mode)

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            print("--- console\n%s---" % self.console(), flush=True)
            self.close()
            raise
        return self

    def __exit__(self, kind, *rest):
        if kind and kind is not Skip:
            print("--- console\n%s---" % self.console(), flush=True)
        self.close()

    def boot(self):
        name = "sctl-" + os.path.basename(self.directory).rpartition(".")[2].encode().hex()
        command = ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--private-network", "--link-journal=no", "--resolv-conf=off",
                   "--timezone=off", "--suppress-sync=yes", "--console=pipe", "--machine=" + name, "--hostname=box", "--directory=" + self.root]
        with open(self.directory + "/console", "wb") as console:
            self.process = subprocess.Popen(self.groups.entering(command + self.init), stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        wait_for(self._find_init, 60, lambda: "PID 1 of the machine: " + self.console())
        wait_for(lambda: self.systemctl("ours", "is-system-running").out in ("running\n", "degraded\n"), 120,
                 lambda: "the end of the boot: %r" % self.systemctl("ours", "is-system-running"))

    def _find_init(self):
        """nspawn's child in a pid namespace of its own, once it has become the init."""
        assert self.process.poll() is None, "nspawn has ended: " + self.console()
        for child in children(self.process.pid):
            spaces = [line.split()[1:] for line in read_file("/proc/%d/status" % child).splitlines() if line.startswith("NSpid:")]
            command = read_file("/proc/%d/cmdline" % child).split("\0")[0]
            if spaces and len(spaces[0]) > 1 and spaces[0][-1] == "1" and command and "nspawn" not in command:
                self.pid = child
        return self.pid

    def run(self, *command, seconds=60.0, environment=None):
        """Runs a command inside; a single text is a shell's. 124: it was killed at its deadline."""
        words = list(command) if len(command) > 1 else ["/bin/sh", "-c", command[0]]
        process = subprocess.Popen(["nsenter", "--target=%d" % self.pid, "--all", "--"] + words, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**ENVIRONMENT, **(environment or {})})
        try:
            out, err = process.communicate(timeout=seconds)
            status = process.returncode
        except subprocess.TimeoutExpired:
            for child in children(process.pid):
                os.kill(child, 9)
            process.kill()
            out, err = process.communicate()
            status = 124
        return Outcome(128 - status if status < 0 else status, out.decode(errors="replace"), err.decode(errors="replace"))

    def at_terminal(self, *words, environment=None, columns=100, seconds=60.0):
        """What a command inside prints at a terminal, with the variables of `environment`; None takes one away."""
        ours, its = os.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        variables = {name: value for name, value in {**ENVIRONMENT, **(environment or {})}.items() if value is not None}
        process = subprocess.Popen(["nsenter", "--target=%d" % self.pid, "--all", "--"] + list(words), stdin=its, stdout=its, stderr=its,
                                   env=variables, start_new_session=True)
        os.close(its)
        out, end = b"", time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                if not select.select([ours], [], [], end - time.monotonic())[0]:
                    break
                out += os.read(ours, 65536)
        except OSError:
            pass  # nobody has the terminal open any more
        finally:
            os.close(ours)
            process.kill()
            process.wait()
        return out.decode(errors="replace").replace("\r\n", "\n")

    def systemctl(self, client, *arguments, **options):
        return self.run(CLIENTS[client], *arguments, **options)

    def read(self, inside):
        """A file of the running machine, whose /run is its own."""
        return read_file("/proc/%d/root%s" % (self.pid, inside))

    def console(self):
        return read_file(self.directory + "/console")

    def wait_exit(self, seconds=60.0):
        """The exit status of nspawn, which is PID 1's."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError("the machine has not ended within %g s" % seconds) from None

    def close(self):
        if self.process is not None and self.process.poll() is None:
            if self.pid and os.path.exists("/proc/%d" % self.pid):
                os.kill(self.pid, 9)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        unmount(self.root)
        unmount(self.directory + "/store")
        self.groups.remove()
        # Never a recursive removal: it would follow a mount that is left.
        for name in ("console",):
            if os.path.exists(os.path.join(self.directory, name)):
                os.unlink(os.path.join(self.directory, name))
        for name in ("root", "store", ""):
            os.rmdir(os.path.join(self.directory, name).rstrip("/"))
