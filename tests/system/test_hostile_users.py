"""What users of a container may try against root's manager, its log and its verbs."""
import os
import time

from harness import SYSTEMCTL_INIT, Box, deadline, equal, read_file, wait_for

OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
TEMPLATE = {"many@.service": "[Unit]\nDescription=%i\n[Service]\nExecStart=/bin/true\n"}
GOOD = {"good.service": "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo root >/srv/ran'\n"}
EVIL = "[Service]\\nType=oneshot\\nExecStart=/bin/sh -c \"echo evil >/srv/ran\"\\n"
NOBODY = "65534"


def booted(units=None, **options):
    made = Box(units={**(units or {}), **OTHER}, init=SYSTEMCTL_INIT + ["other.service"], **options)
    path = made.path("/usr/bin/journalctl")
    if os.path.lexists(path):
        os.unlink(path)
    os.symlink("systemctl", path)
    return made


def resident(box):
    return int([line.split()[1] for line in read_file("/proc/%d/status" % box.pid).splitlines() if line.startswith("VmRSS")][0])


def peak(box):
    return int([line.split()[1] for line in read_file("/proc/%d/status" % box.pid).splitlines() if line.startswith("VmHWM")][0])


def shown(text):
    """Whether a terminal would obey some of it."""
    return any((ord(c) < 32 and c not in "\n\t") or 0x7f <= ord(c) <= 0x9f for c in text)


# What is printed

def test_control_characters_in_descriptions_states_and_names_are_escaped():
    odd = "\x1b[31mred\x07\u009b32mgreen"
    notify = ("import os, socket, time, ctypes\nctypes.CDLL(None).prctl(15, b'na\\x1b[31mme')\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
              "s.connect(os.environ['NOTIFY_SOCKET'])\ns.send('READY=1\\nSTATUS=status \\x1b[31m\\x07\\u009b'.encode())\n"
              "print('log \\x1b]0;title\\x1b \\u009b31m \\x07', flush=True)\n"
              "if os.fork() == 0: os.execv('/bin/sleep', ['sl\\x1b[31mep\\u009b', '1000'])\ntime.sleep(1000)\n")
    units = {"odd.service": "[Unit]\nDescription=odd %s\n[Service]\nType=notify\nExecStart=/usr/bin/python3 /srv/n.py\n" % odd,
             "odd.service.d/\x1b[31mdrop.conf": "[Unit]\nConditionPathExists=!/\x1b[31mno\n",
             "unmet.service": "[Unit]\nDescription=unmet %s\nConditionPathExists=/\x1b[31mno\n[Service]\nExecStart=/bin/true\n" % odd,
             "failed.service": "[Unit]\nDescription=failed %s\n[Service]\nType=oneshot\nExecStart=/bin/false\n" % odd}
    with booted(units, files={"/srv/n.py": notify}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "odd", "unmet").status, 0)
        box.systemctl("start", "failed")
        wait_for(lambda: "blob data" in box.systemctl("status", "odd").out, what="the service's line in status")
        for command in ("status odd", "status unmet", "status failed", "status", "list-units --all", "list-units --failed", "list-dependencies",
                        "list-unit-files", "is-failed failed", "start failed"):
            outcome = box.run("systemctl " + command)
            assert not shown(outcome.out + outcome.err), "systemctl %s: %r" % (command, outcome)
        for arguments in ("-u odd", "-u failed", "", "-o short-full"):
            text = box.run("journalctl --no-pager " + arguments).out
            assert text and not shown(text), "journalctl %s: %r" % (arguments, text)
        own = "\n".join(line for line in box.stderr().splitlines() if line.startswith("sctl: "))
        assert "odd.service - odd \\033[31mred\\007\\302\\23332mgreen" in own, own
        assert not shown(own), own


# Whose files and sockets

def test_where_run_is_everybodys_root_runs_no_unit_of_another():
    for mode in "1777", "0777":
        init = ["/bin/sh", "-c", "mount -t tmpfs -o mode=%s none /run; exec sleep 1000" % mode]
        with Box(units=GOOD, init=init) as box:
            wait_for(lambda: box.proc(1, "comm") == "sleep\n", what="the program of PID 1")
            equal(box.run("mkdir -p /run/systemd/transient; printf '%s' >/run/systemd/transient/good.service" % EVIL, user=NOBODY).status, 0)
            equal(box.systemctl("start", "good").status, 0)
            equal(box.read("/srv/ran"), "root\n")
            equal(box.run("stat -c '%U %a' /run/systemd").out, "root 755\n")
            # Nor later, by another directory in its place.
            assert box.run("mv /run/systemd /run/elsewhere", user=NOBODY).status != 0


def test_a_lock_or_a_socket_of_another_user_does_not_stop_root():
    listener = ("import fcntl, os, socket, time\nos.makedirs('/run/systemd', exist_ok=True)\n"
                "f = open('/run/systemd/sctl.lock', 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\n"
                "s = socket.socket(socket.AF_UNIX)\ns.bind('/run/systemd/private')\ns.listen()\nopen('/tmp/listens', 'w')\ntime.sleep(1000)\n")
    init = ["/bin/sh", "-c", "mount -t tmpfs -o mode=1777 none /run; exec sleep 1000"]
    with Box(units=GOOD, init=init, files={"/srv/l.py": listener}) as box:
        wait_for(lambda: box.proc(1, "comm") == "sleep\n", what="the program of PID 1")
        box.run("setsid python3 /srv/l.py </dev/null >/dev/null 2>&1 &", user=NOBODY)
        wait_for(lambda: os.path.exists(box.path("/tmp/listens")), what="the other user's socket")
        equal(box.systemctl("start", "good", seconds=20).status, 0)
        equal(box.read("/srv/ran"), "root\n")


def test_nothing_of_a_pid_1_of_another_user_is_taken():
    init = ["setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "env", "SYSTEMD_UNIT_PATH=/srv/evil:", "OF_PID_1=yes",
            "nice", "-n", "7", "sleep", "1000"]
    with Box(units={**GOOD, **OTHER}, init=init, files={"/srv/evil/good.service": EVIL.replace("\\n", "\n")}) as box:
        wait_for(lambda: box.proc(1, "comm") == "sleep\n", what="the program of PID 1")
        equal(box.systemctl("start", "good", "other").status, 0)
        equal(box.read("/srv/ran"), "root\n")
        assert "/srv/evil" not in box.systemctl("show", "-p", "UnitPath").out
        assert "OF_PID_1" not in box.systemctl("show-environment").out
        equal(box.run("ps -o ni= -p %d" % box.main_pid("other")).out.strip(), "0")


def test_a_log_directory_of_another_user_is_not_written_to():
    for making in ("mkdir /var/log/sctl; chown %s /var/log/sctl" % NOBODY, "mkdir -m 0777 /var/log/sctl",
                   "ln -s /srv/victim /var/log/sctl; chown -h %s /var/log/sctl; mkdir /srv/victim" % NOBODY):
        units = {"says.service": "[Service]\nType=oneshot\nExecStart=/bin/echo something\n"}
        box = Box(units={**units, **OTHER}, init=["/bin/sh", "-c", making + "; exec systemctl init other.service"], links={"/usr/local/bin/journalctl": "/usr/bin/systemctl"})
        with box:
            box.wait_stderr("Startup finished")
            equal(box.systemctl("start", "says").status, 0)
            wait_for(lambda: "something" in box.run("/usr/local/bin/journalctl --no-pager -u says").out, what="the line in the journal")
            assert "says.service.log" in os.listdir(box.path("/run/log/sctl"))
            if os.path.isdir(box.path("/srv/victim")):
                equal(os.listdir(box.path("/srv/victim")), [])


# What PID 1 keeps

ASKER = """#!/usr/bin/python3
import os, socket, struct, sys, threading, time
READS, CONNECTIONS, SECONDS = sys.argv[1] == "read", int(sys.argv[2]), float(sys.argv[3])
NAMES = int(sys.argv[4]) if len(sys.argv) > 4 else 900

def message(serial, names):
    body = b""
    for name in names:
        while len(body) % 4: body += b"\\0"
        body += struct.pack("<I", len(name)) + name.encode() + b"\\0"
    body = struct.pack("<I", len(body)) + body
    fields = b""
    for code, kind, value in ((1, "o", "/org/freedesktop/systemd1"), (2, "s", "org.freedesktop.systemd1.Manager"), (3, "s", "ListUnitsByNames"), (8, "g", "as")):
        while len(fields) % 8: fields += b"\\0"
        fields += bytes([code, 1]) + kind.encode() + b"\\0"
        fields += bytes([len(value)]) + value.encode() + b"\\0" if kind == "g" else struct.pack("<I", len(value)) + value.encode() + b"\\0"
    head = struct.pack("<BBBBIII", ord("l"), 1, 0, 1, len(body), serial, len(fields)) + fields
    return head + b"\\0" * (-len(head) % 8) + body

def ask(number):
    end = time.time() + SECONDS
    while time.time() < end:
        try:
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(SECONDS)
            s.connect("/run/systemd/private")
            s.sendall(b"\\0AUTH EXTERNAL\\r\\nDATA\\r\\nBEGIN\\r\\n")
            s.recv(16)
            for serial in range(1, 1000 if READS else 5):
                s.sendall(message(serial, ["many@%d-%d.service" % (number, i) for i in range(NAMES)]))
                if READS: s.recv(1 << 20)
            time.sleep(max(end - time.time(), 0))
        except OSError:
            pass

threads = [threading.Thread(target=ask, args=(i,), daemon=True) for i in range(CONNECTIONS)]
for thread in threads: thread.start()
print("asking", flush=True)
for thread in threads: thread.join(SECONDS + 1)
"""


@deadline(60)
def test_root_is_answered_while_a_user_asks_for_thousands_of_units():
    with booted(TEMPLATE, files={"/srv/ask": ASKER}) as box:
        box.wait_state("other.service", "active")
        box.run("setpriv --reuid=%s --regid=%s --clear-groups setsid /srv/ask read 20 8 >/srv/asking 2>&1 </dev/null &" % (NOBODY, NOBODY))
        wait_for(lambda: "asking" in box.read("/srv/asking"), what="the user's calls")
        for _ in range(3):
            began = time.monotonic()
            equal(box.systemctl("is-active", "other").out, "active\n")
            assert time.monotonic() - began < 3, "root waited for %.1f s" % (time.monotonic() - began)
        assert peak(box) < 100 << 10, "PID 1 took %d kB" % peak(box)


@deadline(90)
def test_answers_that_a_user_does_not_read_are_bounded_in_sum():
    with booted(TEMPLATE, files={"/srv/ask": ASKER}) as box:
        box.wait_state("other.service", "active")
        before = resident(box)
        box.run("setpriv --reuid=%s --regid=%s --clear-groups setsid /srv/ask ignore 40 60 >/srv/asking 2>&1 </dev/null &" % (NOBODY, NOBODY))
        wait_for(lambda: "asking" in box.read("/srv/asking"), what="the user's calls")
        wait_for(lambda: "cutting them off" in box.stderr(), 60, what="the end of the patience")
        equal(box.systemctl("is-active", "other").out, "active\n")
        equal(box.run("systemctl is-active other", user="1").out, "active\n")
        assert peak(box) - before < 60 << 10, "PID 1 took %d kB more" % (peak(box) - before)
        # And they are given back.
        for pid in box.pids_of("python3 /srv/ask"):
            box.run("kill -KILL %d" % pid)
        wait_for(lambda: resident(box) - before < 12 << 10, what=lambda: "memory that is given back; %d kB are held" % (resident(box) - before))


@deadline(60)
def test_a_big_call_that_has_been_answered_holds_no_memory():
    with booted(TEMPLATE, files={"/srv/ask": ASKER}) as box:
        box.wait_state("other.service", "active")
        before = resident(box)
        # Of 60 peers that stay, each has sent calls of 250 kB.
        box.run("setpriv --reuid=%s --regid=%s --clear-groups setsid /srv/ask ignore 60 50 9000 >/srv/asking 2>&1 </dev/null &" % (NOBODY, NOBODY))
        wait_for(lambda: len(os.listdir("/proc/%d/fd" % box.pid)) > 60, what="the peers")
        wait_for(lambda: peak(box) - before > 1 << 10, what="their calls")
        wait_for(lambda: resident(box) - before < 6 << 10 and box.systemctl("is-active", "other").status == 0,
                 what=lambda: "memory that is given back; %d kB are held" % (resident(box) - before))


# The capture process

def capture(box):
    found = [pid for pid in box.processes() if box.proc(pid, "comm").strip() == "sctl-capture"]
    return found[0] if found else 0


@deadline(60)
def test_no_line_is_lost_when_the_capture_process_is_killed_while_it_reads():
    flood = ("import os, time\nb = b''\nfor i in range(60000):\n    b += b'line %07d end\\n' % i\n"
             "    if len(b) > 3000: os.write(1, b); b = b''; time.sleep(0.0005)\nos.write(1, b)\n")
    with booted({"flood.service": "[Service]\nExecStart=/usr/bin/python3 /srv/flood.py\n"}, files={"/srv/flood.py": flood}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "flood").status, 0)
        for number in range(1, 4):
            wait_for(lambda: "line %07d" % (number * 8000) in box.stderr(), what="more lines")
            pid = wait_for(lambda: capture(box), what="a capture process")
            box.run("kill -KILL %d" % pid)
        wait_for(lambda: "line 0059999 end" in box.stderr(), what="the last line")
        lines = {line.partition(": line ")[2] for line in box.stderr().splitlines() if line.startswith("flood.service[")}
        equal(len(lines), 60000)
        assert "belongs to no unit" not in box.stderr()


@deadline(60)
def test_a_service_that_writes_goes_on_soon_when_the_capture_process_always_dies():
    talk = ("import time\nlast = time.monotonic()\nwhile True:\n    print('x' * 500)\n    now = time.monotonic()\n"
            "    if now - last > 0.5: open('/srv/stalls', 'a').write('%.1f\\n' % (now - last))\n    last = now\n    time.sleep(0.001)\n")
    with booted({"talk.service": "[Service]\nExecStart=/usr/bin/python3 -u /srv/talk.py\n"}, files={"/srv/talk.py": talk}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "talk").status, 0)
        end, kills = time.monotonic() + 6, 0
        while time.monotonic() < end:
            pid = capture(box)
            if pid:
                kills += 1
                box.run("kill -KILL %d" % pid)
            time.sleep(0.01)
        assert kills > 5, kills
        stalls = [float(word) for word in box.read("/srv/stalls").split()]
        assert not stalls or max(stalls) < 3, stalls
        equal(box.systemctl("is-active", "other", "talk").out, "active\nactive\n")
