"""What a service's user puts in the way of root: links, other kinds of files, depth."""
import contextlib
import os

from harness import SYSTEMCTL_INIT, Box, equal, wait_for

OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 2000\n"}

# By type: where its directories lie, and the exit code of the step.
DIRECTORIES = {"Runtime": ("/run", 233), "State": ("/var/lib", 238), "Cache": ("/var/cache", 239), "Logs": ("/var/log", 240)}


@contextlib.contextmanager
def running(units, **options):
    """A box that has come so far that it answers."""
    with Box(units={**units, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"], **options) as box:
        box.wait_state("other.service", "active")
        yield box


def owners(box, *paths):
    return box.run("stat -c '%n %U %a' " + " ".join(paths)).out


def test_root_does_not_follow_a_link_in_the_place_of_a_users_directory():
    units = {kind + ".service": """[Service]
Type=oneshot
User=daemon
%sDirectory=app app/sub
%sDirectoryMode=0711
RuntimeDirectoryPreserve=yes
ExecStart=/bin/sh -c 'rmdir %s/app/sub && ln -s /precious %s/app/sub'
""" % (kind, kind, base, base) for kind, (base, _) in DIRECTORIES.items()}
    with running(units, files={"/precious/secret": ("s", 0o600), "/precious/below/secret": ("s", 0o600)}) as box:
        before = owners(box, "/precious", "/precious/secret", "/precious/below")
        for kind, (base, code) in DIRECTORIES.items():
            unit = kind + ".service"
            equal((unit, box.systemctl("start", unit).status), (unit, 0))
            equal((unit, box.systemctl("start", unit).status), (unit, 1))
            equal(box.show(unit, "ExecMainStatus", "Result"), {"ExecMainStatus": str(code), "Result": "exit-code"})
            assert "Failed at step %s_DIRECTORY spawning /bin/sh: Not a directory" % kind.upper() in box.stderr(), box.stderr()
        equal(owners(box, "/precious", "/precious/secret", "/precious/below"), before)


def test_root_does_not_follow_a_users_link_on_the_way_to_a_directory():
    unit = """[Service]
Type=oneshot
User=daemon
StateDirectory=app app/middle/sub
ExecStart=/bin/sh -c 'cd /var/lib/app && mv middle away && ln -s /precious middle'
"""
    with running({"a.service": unit}, files={"/precious/sub/secret": ("s", 0o600)}) as box:
        equal(box.systemctl("start", "a.service").status, 0)
        equal(box.systemctl("start", "a.service").status, 1)
        equal(box.show("a.service", "ExecMainStatus"), "238")
        equal(owners(box, "/precious/sub", "/precious/sub/secret"), "/precious/sub root 755\n/precious/sub/secret root 600\n")


def test_a_link_in_a_restart_or_a_stop_leads_nowhere():
    unit = """[Service]
User=daemon
RuntimeDirectory=app app/middle/sub
Restart=always
RestartSec=0
StartLimitIntervalSec=0
ExecStart=/bin/sh -c 'cd /run/app; mv middle away && ln -s /precious middle; touch done; exec sleep 1000'
"""
    with running({"a.service": unit}, files={"/precious/sub/secret": ("s", 0o600)}) as box:
        equal(box.systemctl("start", "a.service").status, 0)
        wait_for(lambda: os.path.exists(box.path("/run/app/done")))
        equal(box.systemctl("restart", "a.service").status, 0)
        wait_for(lambda: os.path.exists(box.path("/run/app/done")))
        equal(box.systemctl("stop", "a.service").status, 0)
        assert not os.path.lexists(box.path("/run/app"))
        equal(owners(box, "/precious/sub", "/precious/sub/secret"), "/precious/sub root 755\n/precious/sub/secret root 600\n")


def test_a_link_that_root_made_where_only_root_can_is_followed():
    unit = """[Service]
Type=oneshot
User=daemon
StateDirectory=direct way/sub missing
ExecStart=/bin/true
"""
    with running({"a.service": unit}, files={"/srv/direct/file": "", "/srv/way/keep": ""},
                 links={"/var/lib/direct": "/srv/direct", "/var/lib/way": "../../srv/way", "/var/lib/missing": "/srv/missing"}) as box:
        equal(box.systemctl("start", "a.service").status, 0)
        equal(owners(box, "/srv/direct", "/srv/direct/file", "/srv/way", "/srv/way/sub", "/srv/missing"),
              "/srv/direct daemon 755\n/srv/direct/file daemon 644\n/srv/way root 755\n/srv/way/sub daemon 755\n/srv/missing daemon 755\n")


def test_what_is_no_directory_is_none_of_a_services():
    units = {"%s.service" % kind: "[Service]\nType=oneshot\nUser=daemon\nCacheDirectory=%s/sub\nExecStart=/bin/true\n" % kind for kind in ("file", "fifo")}
    units["last.service"] = "[Service]\nType=oneshot\nUser=daemon\nCacheDirectory=fifo\nExecStart=/bin/true\n"
    with running(units, files={"/var/cache/file": ("text", 0o600)}) as box:
        os.mkfifo(box.path("/var/cache/fifo"), 0o600)
        for unit in units:
            equal((unit, box.systemctl("start", unit).status), (unit, 1))
            equal(box.show(unit, "ExecMainStatus"), "239")
        equal(owners(box, "/var/cache/file", "/var/cache/fifo"), "/var/cache/file root 600\n/var/cache/fifo root 600\n")


DEEP = """#!/usr/bin/python3
import os, time
os.chdir("/run/app")
for i in range(450):
    os.mkdir("d")
    os.chdir("d")
open("/run/app/done", "w").close()
time.sleep(1000)
"""


def test_a_deep_runtime_directory_is_removed():
    with running({"a.service": "[Service]\nUser=daemon\nRuntimeDirectory=app\nExecStart=/deep\n"}, files={"/deep": DEEP}) as box:
        equal(box.systemctl("start", "a.service").status, 0)
        wait_for(lambda: os.path.exists(box.path("/run/app/done")))
        equal(box.systemctl("stop", "a.service").status, 0)
        wait_for(lambda: not os.path.lexists(box.path("/run/app")), what="the end of /run/app")


# A daemon of root whose PID file lies in a directory that somebody else owns.
VICTIM = "[Service]\nType=forking\nPIDFile=/run/victim.pid\nExecStart=/bin/sh -c 'sleep 7777 & echo $$! >/run/victim.pid'\n"
DAEMON = """[Service]
Type=forking
PIDFile=/run/daemon/%s
ExecStartPre=+/bin/sh -c 'mkdir -p /run/daemon/in; chown daemon /run/daemon /run/daemon/in'
ExecStart=/bin/sh -c 'sleep 8888 & echo $$! >/run/daemon/%s'
ExecReload=/bin/true
"""

EXCHANGE = """#!/usr/bin/python3
import ctypes, os
exchange = ctypes.CDLL(None).renameat2
os.chdir("/run/daemon")
os.symlink("/run/victim.pid", "link")
open("started", "w").close()
while not os.path.exists("/run/enough"):
    for _ in range(1000):
        exchange(-100, b"daemon.pid", -100, b"link", 2)
"""


def test_a_pid_file_that_is_exchanged_while_it_is_read_takes_no_other_services_process():
    units = {"victim.service": VICTIM, "daemon.service": DAEMON % ("daemon.pid", "daemon.pid")}
    with running(units, files={"/exchange": EXCHANGE}) as box:
        equal(box.systemctl("start", "victim.service", "daemon.service").status, 0)
        victim, own = box.main_pid("victim.service"), box.main_pid("daemon.service")
        box.run("setsid /exchange >/dev/null 2>&1 &", user="1")
        wait_for(lambda: os.path.exists(box.path("/run/daemon/started")))
        for _ in range(100):
            equal(box.systemctl("reload", "daemon.service").status, 0)
            equal(box.main_pid("daemon.service"), own)
        box.put({"/run/enough": ""})
        equal(box.systemctl("stop", "daemon.service").status, 0)
        equal((box.main_pid("victim.service"), box.show("victim.service", "ActiveState")), (victim, "active"))


def check_pid_file(box, way):
    own = box.main_pid("daemon.service")
    equal(box.run(way, user="1").status, 0)
    equal(box.systemctl("reload", "daemon.service").status, 0)
    equal((way, box.main_pid("daemon.service")), (way, own))


def test_a_pid_file_behind_a_users_link_is_not_believed_of_another_services_process():
    units = {"victim.service": VICTIM, "daemon.service": DAEMON % ("in/daemon.pid", "in/daemon.pid")}
    with running(units, files={"/srv/in/unused": ""}) as box:
        equal(box.systemctl("start", "victim.service", "daemon.service").status, 0)
        equal(box.run("cp /run/victim.pid /srv/in/daemon.pid").status, 0)
        check_pid_file(box, "cd /run/daemon/in && mv daemon.pid own && ln -s /run/victim.pid daemon.pid")
        check_pid_file(box, "cd /run/daemon && mv in own && ln -s /srv/in in")
        assert "acquired through unsafe symlink chain: /run/daemon/in/daemon.pid" in box.stderr(), box.stderr()
        equal(box.systemctl("stop", "daemon.service").status, 0)
        equal(box.show("victim.service", "ActiveState"), "active")
        # Nor is it removed there.
        assert os.path.exists(box.path("/srv/in/daemon.pid"))


def test_a_hard_link_to_another_services_pid_file_is_not_believed():
    units = {"victim.service": VICTIM, "daemon.service": DAEMON % ("daemon.pid", "daemon.pid")}
    with running(units) as box:
        equal(box.systemctl("start", "victim.service", "daemon.service").status, 0)
        own = box.main_pid("daemon.service")
        # As its user could where fs.protected_hardlinks is off.
        equal(box.run("ln -f /run/victim.pid /run/daemon/daemon.pid").status, 0)
        equal(box.systemctl("reload", "daemon.service").status, 0)
        equal(box.main_pid("daemon.service"), own)


def test_a_pid_file_that_is_a_fifo_or_a_device_holds_nobody_up():
    units = {"daemon.service": DAEMON % ("daemon.pid", "daemon.pid")}
    with running(units) as box:
        equal(box.systemctl("start", "daemon.service").status, 0)
        own = box.main_pid("daemon.service")
        for way in ("mkfifo", "mknod -m 666"):
            kind = " c 1 5" if way.startswith("mknod") else ""
            equal(box.run("cd /run/daemon && rm -f daemon.pid && %s daemon.pid%s" % (way, kind)).status, 0)
            equal(box.systemctl("reload", "daemon.service").status, 0)
            equal((way, box.main_pid("daemon.service")), (way, own))


def warnings_of(box):
    return sorted(line.split("sctl: ", 1)[1] for line in box.stderr().splitlines() if "world-writable" in line)


def test_what_all_may_write_to_is_named_in_one_warning():
    unit = "[Service]\nType=oneshot\nExecStart=/bin/true\n"
    advice = " is marked world-writable. Please remove world writability permission bits. Proceeding anyway."
    files = {"/etc/systemd/system/open.service": (unit, 0o666), "/etc/systemd/system/open.service.d/more.conf": ("[Unit]\nDescription=x\n", 0o646),
             "/etc/systemd/system/closed.service": unit, "/usr/local/lib/systemd/system/keep": ""}
    box = Box(units=OTHER, files=files, links={"/etc/systemd/system/none.service": "/dev/null"}, init=SYSTEMCTL_INIT + ["other.service"])
    for directory in ("/etc/systemd/system/open.service.d", "/usr/local/lib/systemd/system"):
        os.chmod(box.path(directory), 0o777)
    with box:
        box.wait_state("other.service", "active")
        for name in ("open", "closed"):
            equal(box.systemctl("start", name + ".service").status, 0)
        equal(box.systemctl("start", "none.service").status, 1)
        warnings = warnings_of(box)
        equal([line for line in warnings if line.startswith("Configuration directory ")], [line for line in dict.fromkeys(warnings)
                                                                                           if line.startswith("Configuration directory ")])
        # A file is warned of each time that it is read, as in systemd; a unit that nobody needs is read again when it is asked for.
        equal(sorted(set(warnings)), [
            "Configuration directory /etc/systemd/system/open.service.d" + advice, "Configuration directory /usr/local/lib/systemd/system" + advice,
            "Configuration file /etc/systemd/system/open.service" + advice,
            "Configuration file /etc/systemd/system/open.service.d/more.conf" + advice])
