"""Processes that hide from their service, and programs and processes that do not answer."""
import contextlib
import os
import stat

from harness import SYSTEMCTL_INIT, Box, Skip, equal, wait_for

OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 2000\n"}

# Arguments: a number to lower RLIMIT_LOCKS to, one for RLIMIT_RSS or "-", and when it is orphaned: "now", or "late", with its
# parents. It has a session of its own and is deaf to SIGTERM.
HIDER = """#!/usr/bin/python3
import os, resource, signal, sys, time
RLIMIT_LOCKS = 10

def hide():
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for limit, value in ((RLIMIT_LOCKS, sys.argv[1]), (resource.RLIMIT_RSS, sys.argv[2])):
        if value != "-":
            resource.setrlimit(limit, (int(value), int(value)))
    while sys.argv[3] == "now" and os.getppid() != 1:
        time.sleep(0.01)
    os.execv("/bin/sleep", ["hidden", "3000"])

if os.fork() == 0:
    if os.fork() == 0:
        hide()
    while sys.argv[3] == "late":
        time.sleep(1000)
    os._exit(0)
while True:
    time.sleep(1000)
"""


@contextlib.contextmanager
def running(units, **options):
    """A box that has come so far that it answers."""
    with Box(units={**units, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"], **options) as box:
        box.wait_state("other.service", "active")
        yield box


def hider(locks, rss, when):
    return "[Service]\nUser=daemon\nExecStart=/hider %s %s %s\nTimeoutStopSec=1\n" % (locks, rss, when)


def hide(box, unit):
    equal(box.systemctl("start", unit).status, 0)
    return wait_for(lambda: box.pids_of("hidden 3000"), what="the hidden process")[0]


def check_that_it_ends_with_its_service(locks, rss, when):
    with running({"hider.service": hider(locks, rss, when)}, files={"/hider": HIDER}) as box:
        hide(box, "hider.service")
        box.systemctl("stop", "hider.service")
        equal(box.pids_of("hidden 3000"), [])
        equal(box.show("other.service", "ActiveState"), "active")


def test_a_process_that_gives_up_its_limit_of_locks_ends_with_its_service():
    check_that_it_ends_with_its_service("0", "-", "now")


def test_a_process_without_any_tag_that_is_orphaned_by_the_stop_ends_with_its_service():
    check_that_it_ends_with_its_service("0", "0", "late")


def test_a_process_that_takes_anothers_number_is_not_the_others():
    victim = "[Service]\nUser=daemon\nExecStart=/bin/sleep 4000\nTimeoutStopSec=3\n"
    with running({"victim.service": victim}, files={"/hider": HIDER}) as box:
        equal(box.systemctl("start", "victim.service").status, 0)
        # The start is done when the process is there; it takes its limits after that.
        wait_for(lambda: box.proc(box.main_pid("victim.service"), "comm") == "sleep\n")
        locks = [line.split()[3] for line in box.proc(box.main_pid("victim.service"), "limits").splitlines() if line.startswith("Max file locks")]
        box.put({"/etc/systemd/system/hider.service": hider(locks[0], "-", "now")})
        equal(box.systemctl("daemon-reload").status, 0)
        hidden = hide(box, "hider.service")
        equal(box.systemctl("stop", "victim.service").status, 0)
        equal(box.show("victim.service", "Result", "ActiveState"), {"Result": "success", "ActiveState": "inactive"})
        equal(box.pids_of("hidden 3000"), [hidden])
        box.systemctl("stop", "hider.service")
        equal(box.pids_of("hidden 3000"), [])


# A file system in which `program` can be looked up, and from a kind of request on, `open` or `read`, none is answered any more, as of a
# server that has gone.
DEAD_FILES = """#!/usr/bin/python3
import ctypes, os, struct, sys
LOOKUP, GETATTR, OPEN, READ, INIT, OPENDIR, SILENT = 1, 3, 14, 15, 26, 27, (2, 36, 42)
device = os.open("/dev/fuse", os.O_RDWR)
options = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % device
if ctypes.CDLL(None).mount(b"dead", b"/dead", b"fuse", ctypes.c_ulong(0), options.encode()) != 0:
    sys.exit(77)
def attributes(node):
    return struct.pack("<6Q10I", node, 100, 1, 0, 0, 0, 0, 0, 0, 0o40755 if node == 1 else 0o100755, 1, 0, 0, 0, 4096, 0)
while True:
    request = os.read(device, 1 << 17)
    _, kind, unique, node = struct.unpack_from("<IIQQ", request)
    error, body = 0, b""
    if kind == INIT:
        body = struct.pack("<IIIIHHIIHHI28x", 7, 31, 65536, 0, 0, 0, 65536, 1, 0, 0, 0)
    elif kind == LOOKUP:
        body = struct.pack("<4Q2I", 2, 0, 1, 1, 0, 0) + attributes(2)
    elif kind == GETATTR:
        body = struct.pack("<QII", 1, 0, 0) + attributes(node)
    elif kind == OPENDIR or (kind == OPEN and sys.argv[1] == "read"):
        body = struct.pack("<QII", 1, 0, 0)
    elif kind in SILENT + (OPEN, READ):
        continue
    else:
        error = -38
    os.write(device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
"""


@contextlib.contextmanager
def with_dead_files(units, silent_from="open", **options):
    if not os.path.exists("/dev/fuse"):
        raise Skip("no /dev/fuse")
    files = {"/dead-files": DEAD_FILES, "/dead/.keep": "", **options.pop("files", {})}
    with running(units, files=files, **options) as box:
        os.mknod(box.path("/dev/fuse"), stat.S_IFCHR | 0o600, os.stat("/dev/fuse").st_rdev)
        box.run("setsid /dead-files %s >/dev/null 2>&1 &" % silent_from)
        wait_for(lambda: " /dead fuse " in box.proc(1, "mounts"), what="the mount")
        yield box
        box.run("umount -f -l /dead")


def named(box, name):
    """The processes whose name, which they have of us until the exec, is this."""
    return [pid for pid in box.processes() if box.proc(pid, "comm").strip() == name]


def check_that_it_answers(box):
    for _ in range(3):
        equal(box.systemctl("is-active", "other.service", seconds=5).out, "active\n")


def test_a_program_on_a_file_system_that_does_not_answer_holds_up_its_service_alone():
    units = {"dead.service": "[Service]\nExecStart=/dead/program\nTimeoutStopSec=1\n",
             "dead-exec.service": "[Service]\nType=exec\nExecStart=/dead/program\nTimeoutStartSec=1\nTimeoutStopSec=1\n",
             "live.service": "[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart=/bin/true\n"}
    with with_dead_files(units) as box:
        equal(box.systemctl("start", "dead.service", seconds=5).status, 0)
        check_that_it_answers(box)
        assert named(box, "(program)")
        equal(box.systemctl("start", "dead-exec.service", seconds=15).status, 1)
        equal(box.show("dead-exec.service", "Result"), "timeout")
        for _ in range(20):
            equal(box.systemctl("start", "live.service", seconds=5).status, 0)
        box.systemctl("stop", "dead.service", seconds=15)
        box.wait_state("dead.service", "failed")
        # SIGKILL does not reach it there either; but when the file system has gone it ends, and is reaped.
        check_that_it_answers(box)
        equal(box.run("umount -f -l /dead").status, 0)
        wait_for(lambda: not named(box, "(program)"), what="the end of the processes")


def test_a_generator_on_a_file_system_that_does_not_answer_holds_up_nobody():
    with with_dead_files({}, links={"/etc/systemd/system-generators/dead": "/dead/program"}) as box:
        box.run("systemctl daemon-reload >/dev/null 2>&1 &")
        wait_for(lambda: named(box, "(dead)"), what="the generator")
        check_that_it_answers(box)




# Whoever reads its command line waits for a lock: one thread holds it while it waits for a file that does not answer, and another one,
# which wants it alone, is the next.
UNREADABLE = """#!/usr/bin/python3
import mmap, os, threading, time
place = mmap.mmap(os.open("/dead/program", os.O_RDONLY), 100, mmap.MAP_PRIVATE, mmap.PROT_READ)
address = next(int(line.split("-")[0], 16) for line in open("/proc/self/maps") if "/dead/program" in line)
memory = os.open("/proc/self/mem", os.O_RDONLY)
threading.Thread(target=os.pread, args=(memory, 1, address)).start()
reader = max(int(name) for name in os.listdir("/proc/self/task"))
while open("/proc/self/task/%d/wchan" % reader).read() != "request_wait_answer":
    time.sleep(0.01)
open("/unreadable-ready", "w").close()
mmap.mmap(-1, 1 << 20)
"""


def test_a_process_whose_command_line_cannot_be_read_holds_up_nobody():
    with with_dead_files({"unreadable.service": "[Service]\nExecStart=/unreadable\n"}, silent_from="read", files={"/unreadable": UNREADABLE}) as box:
        equal(box.systemctl("start", "unreadable.service").status, 0)
        wait_for(lambda: os.path.exists(box.path("/unreadable-ready")))
        main = box.main_pid("unreadable.service")
        wait_for(lambda: box.proc(main, "stat").rpartition(")")[2].split()[0] == "D", what="a thread that waits for the lock")
        for _ in range(6):
            shown = box.systemctl("status", "unreadable.service", seconds=10)
            equal(shown.status, 0)
            assert "[unreadable]" in shown.out, shown.out
            check_that_it_answers(box)
        equal(box.run("umount -f -l /dead").status, 0)
