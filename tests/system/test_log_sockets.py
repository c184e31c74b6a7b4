"""What programs log by themselves: syslog(3), the journal's socket and its streams."""
import os
import signal
import socket
import time

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, Skip, deadline, debian_root, equal, tagged, wait_for

OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 1000\n"}

# Sends one datagram to a socket of the journal, and stays: `native NAME=VALUE...` or `syslog TEXT`.
SENDER = """#!/usr/bin/python3
import socket, sys, time
to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if sys.argv[1] == "native":
    to.connect("/run/systemd/journal/socket")
    to.send("".join(field + "\\n" for field in sys.argv[2:]).encode())
else:
    to.connect("/dev/log")
    to.send(sys.argv[2].encode())
time.sleep(1000)
"""


def journal_box(units=None, init=None, **options):
    made = Box(units={**(units or {}), **OTHER}, init=init or SYSTEMCTL_INIT + ["other.service"], **options)
    path = made.path("/usr/bin/journalctl")
    if os.path.lexists(path):
        os.unlink(path)
    os.symlink("systemctl", path)
    return made


def journal(box, *arguments):
    return box.run("/usr/bin/journalctl", "--no-pager", *arguments).out


def wait_journal(box, text, *arguments):
    wait_for(lambda: text in journal(box, *arguments), what=lambda: "%r in journalctl %s: %s" % (text, arguments, journal(box, *arguments)))


def test_logger_ends_well_and_its_line_is_in_the_journal_and_on_stderr():
    for options in {"capabilities": UNPRIVILEGED}, {"cgroup2": True}:
        with journal_box(**options) as box:
            box.wait_state("other.service", "active")
            equal(box.run("echo hi there | logger -t tagged -p user.err").status, 0)
            wait_journal(box, "hi there", "-t", "tagged", "-p", "err")
            wait_journal(box, "hi there", "-u", "-.slice")
            assert "hi there" not in journal(box, "-u", "init.scope")
            wait_for(lambda: [line for line in box.stderr().splitlines() if line.startswith("tagged[") and line.endswith("]: hi there")],
                     what="the line on stderr")


def test_a_line_belongs_to_the_unit_whose_process_has_sent_it():
    units = {"syslog.service": "[Service]\nExecStart=/srv/send syslog '<12>by-syslog: via dev log'\n",
             "native.service": "[Service]\nExecStart=/bin/sh -c 'setsid /srv/send native MESSAGE=\"via socket\" PRIORITY=4 UNIT=other.service & wait'\n",
             "nobody.service": "[Service]\nUser=nobody\nExecStart=/srv/send native MESSAGE=unprivileged\n"}
    for options in {"capabilities": UNPRIVILEGED}, {"cgroup2": True}:
        with journal_box(units, files={"/srv/send": SENDER}, **options) as box:
            box.wait_state("other.service", "active")
            equal(box.systemctl("start", "syslog", "native", "nobody").status, 0)
            wait_journal(box, "by-syslog[%d]: via dev log" % box.main_pid("syslog"), "-u", "syslog", "-p", "warning")
            wait_journal(box, ": via socket", "-u", "native", "-p", "warning")
            wait_journal(box, "unprivileged", "-u", "nobody")
            assert "via" not in journal(box, "-u", "other")
            wait_for(lambda: "via dev log" in box.systemctl("status", "syslog").out, what="the line in status")
            assert "syslog.service[%d]: via dev log" % box.main_pid("syslog") in box.stderr()


# Ends as soon as its first line has been looked at, which is so when its second one has been taken out of the socket.
HURRIED = """#!/usr/bin/python3
import array, fcntl, os, socket, termios
to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
to.connect("/dev/log")
to.send(b"<13>many: first")
to.send(b"<13>many: second")
left = array.array("i", [1])
while left[0]:
    fcntl.ioctl(to, termios.TIOCOUTQ, left)
os._exit(0)
"""


def test_a_sender_that_ends_at_once_is_its_units_all_the_same():
    units = {"many.service": "[Service]\nType=oneshot\nTimeoutStartSec=60\nExecStart=/bin/sh -c 'for i in $(seq 20); do /srv/hurried; done'\n"}
    with journal_box(units, files={"/srv/hurried": HURRIED}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "many").status, 0)
        wait_for(lambda: journal(box, "-t", "many").count("many[") == 40, what="all forty lines")
        equal(journal(box, "-u", "many", "-t", "many").count("many["), 40)


def test_a_stream_of_systemd_cat_is_logged():
    code = ("import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('/run/systemd/journal/stdout')\n"
            "s.sendall(b'streamed\\n\\n4\\n1\\n0\\n0\\n0\\nfirst line\\n<3>second line\\nlast')\n")
    with journal_box(files={"/srv/cat.py": code}) as box:
        box.wait_state("other.service", "active")
        equal(box.run("python3 /srv/cat.py").status, 0)
        wait_for(lambda: journal(box, "-t", "streamed").count("streamed[") == 3, what="three lines")
        assert "second line" in journal(box, "-t", "streamed", "-p", "err")
        assert "first line" not in journal(box, "-t", "streamed", "-p", "err")


def test_lines_of_one_message_stand_below_each_other():
    with journal_box(files={"/srv/send": SENDER}) as box:
        box.wait_state("other.service", "active")
        box.run("(printf '<13>multi: one\\ntwo' | python3 -c 'import socket,sys; s=socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM);"
                " s.connect(\"/dev/log\"); s.send(sys.stdin.buffer.read())')")
        wait_journal(box, "one", "-t", "multi")
        lines = [line for line in journal(box, "-t", "multi").splitlines() if line.endswith(("one", "two"))]
        equal(len(lines), 2)
        equal(lines[1], " " * (len(lines[0]) - len("one")) + "two")


def test_the_socket_of_another_daemon_stays():
    init = ["/bin/sh", "-c", "python3 /srv/daemon.py & while ! [ -e /dev/log ]; do sleep 0.01; done; exec systemctl init other.service"]
    code = ("import socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind('/dev/log')\n"
            "open('/srv/got', 'wb').write(s.recv(1000))\ns.recv(1000)\n")
    with journal_box(init=init, files={"/srv/daemon.py": code}) as box:
        box.wait_stderr("Startup finished")
        assert not os.path.islink(box.path("/dev/log"))
        equal(box.run("echo for the daemon | logger").status, 0)
        wait_for(lambda: "for the daemon" in box.read("/srv/got"), what="the line at the daemon")
        assert "/dev/log belongs to another process" in box.stderr()


def test_a_socket_that_nobody_listens_at_is_replaced():
    box = journal_box()
    old = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    here = os.getcwd()
    os.chdir(box.path("/dev"))
    old.bind("log")
    os.chdir(here)
    old.close()
    with box:
        box.wait_state("other.service", "active")
        equal(os.readlink(box.path("/dev/log")), "/run/systemd/journal/dev-log")
        equal(box.run("echo hi | logger").status, 0)


def test_where_dev_cannot_be_written_to_that_is_said_once():
    init = ["/bin/sh", "-c", "mount -o remount,ro /dev; exec systemctl init other.service"]
    with journal_box(init=init, files={"/srv/send": SENDER}) as box:
        box.wait_stderr("Startup finished")
        equal(box.stderr().count("What programs log by themselves may be lost: /dev/log: Read-only file system"), 1)
        box.run("/srv/send native MESSAGE='all the same' >/dev/null 2>&1 &")
        wait_journal(box, "all the same")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)


def test_where_run_cannot_be_written_to_all_else_goes_on():
    init = ["/bin/sh", "-c", "mount -o remount,ro /dev; exec setpriv --inh-caps=-all --bounding-set=-all,+kill,+setuid,+setgid -- "
                             "systemctl init -- sh -c 'echo runs; sleep 1000'"]
    with Box(init=init, read_only=True) as box:
        wait_for(lambda: "runs" in box.stdout() + box.stderr(), what="the command's line")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 128 + signal.SIGTERM)


def test_a_flood_of_one_sender_does_not_stop_others():
    flood = ("import socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.connect('/dev/log')\n"
             "while True: s.send(b'<30>flood: ' + b'x' * 500)\n")
    units = {"flood.service": "[Service]\nUser=nobody\nExecStart=/usr/bin/python3 /srv/flood.py\n"}
    with journal_box(units, files={"/srv/flood.py": flood}) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "flood").status, 0)
        wait_for(lambda: "flood[" in journal(box, "-u", "flood", "-n", "1"), what="the flood")
        for i in range(5):
            began = time.monotonic()
            equal(box.run("echo number %d | logger -t calm" % i).status, 0)
            assert time.monotonic() - began < 5, "logger took %.1f s" % (time.monotonic() - began)
            wait_journal(box, "number %d" % i, "-t", "calm")
        equal(box.systemctl("is-active", "other").out, "active\n")
        size = int(box.run("du -sk /var/log | cut -f1").out)
        assert size < 20 * 1024, "%d kB of logs" % size


def test_what_is_sent_while_the_capture_process_is_dead_is_not_lost():
    with journal_box() as box:
        box.wait_state("other.service", "active")
        equal(box.run("echo before | logger -t kept").status, 0)
        wait_journal(box, "before", "-t", "kept")
        capture = [pid for pid in box.processes() if box.proc(pid, "comm").strip() == "sctl-capture"]
        equal(len(capture), 1)
        box.run("kill -STOP %d" % capture[0])
        equal(box.run("echo meanwhile | logger -t kept").status, 0)
        box.run("kill -KILL %d" % capture[0])
        wait_journal(box, "meanwhile", "-t", "kept")


def test_a_manager_in_the_background_has_the_sockets_while_it_lives():
    with journal_box(init=["/bin/sleep", "1000"]) as box:
        assert not os.path.lexists(box.path("/dev/log"))
        equal(box.systemctl("start", "other").status, 0)
        equal(box.run("echo in the background | logger -t back").status, 0)
        wait_journal(box, "in the background", "-t", "back")
        equal(box.systemctl("exit").status, 0)
        wait_for(lambda: not os.path.lexists(box.path("/dev/log")), what="no /dev/log after the manager")


def test_a_command_has_no_log_sockets_before_a_verb_makes_a_manager():
    with journal_box(init=SYSTEMCTL_INIT + ["--", "sleep", "1000"]) as box:
        wait_for(lambda: os.path.lexists(box.path("/run/systemd/private")), what="the manager's socket")
        assert not os.path.lexists(box.path("/dev/log"))
        assert not os.path.lexists(box.path("/run/systemd/system"))
        equal(box.systemctl("start", "other").status, 0)
        equal(box.run("echo with a manager | logger -t late").status, 0)
        wait_journal(box, "with a manager", "-t", "late")


@tagged("slow", "debian")
@deadline(400)
def test_mariadb_whose_installation_pipes_into_logger_has_its_database():
    options = {"environment": {"DEBIAN_FRONTEND": "noninteractive"}, "init": SYSTEMCTL_INIT, "capabilities": UNPRIVILEGED}
    with Box(root=debian_root("systemd"), **options) as box:
        box.wait_running(states=("running", "degraded"))
        install = "apt-get install -y --no-install-recommends mariadb-server"
        fetched = box.run("apt-get update && %s --download-only" % install, seconds=200)
        if fetched.status != 0:
            raise Skip("mariadb-server cannot be fetched: " + fetched.err.strip().replace("\n", "; ")[-200:])
        equal(box.run(install, seconds=200).status, 0)
        box.wait_state("mariadb.service", "active")
        # 31 tables of the system, with the files that belong to each.
        assert len(os.listdir(box.path("/var/lib/mysql/mysql"))) > 80
        equal(box.run("mariadb -N -e 'select 6 * 7'").out, "42\n")
