"""What goes with a service at its end, RuntimeDirectory= and PIDFile=: at once for whoever looks, and without PID 1 waiting for a disk."""
import time

from harness import Box, deadline, equal, wait_for

FILL = "import os\nos.makedirs('/run/many/a/b', exist_ok=True)\nfor i in range(40000): open('/run/many/a/%d' % i, 'w').close()\n"


@deadline(60)
def test_a_directory_with_many_files_is_gone_at_once_and_pid_1_answers_meanwhile():
    unit = "[Service]\nRuntimeDirectory=many\nExecStart=/bin/sleep 1000\n"
    with Box(units={"many.service": unit, "other.service": "[Service]\nExecStart=/bin/sleep 1001\n"}, files={"/fill.py": FILL}) as box:
        box.wait_running()
        equal(box.systemctl("start", "many.service", "other.service").status, 0)
        equal(box.run("python3 /fill.py").status, 0)
        equal(box.systemctl("stop", "many.service").status, 0)
        equal(box.run("ls -d /run/many").out, "")
        # What is left is removed while everyone is answered.
        slowest = 0.0
        while box.run("ls -A /run/systemd/removed").out:
            begin = time.monotonic()
            equal(box.systemctl("is-active", "other.service").out, "active\n")
            slowest = max(slowest, time.monotonic() - begin)
        assert slowest < 1, slowest


def test_a_restart_finds_a_fresh_directory():
    unit = "[Service]\nRuntimeDirectory=many\nExecStart=/bin/sleep 1000\n"
    with Box(units={"many.service": unit}, files={"/fill.py": FILL}) as box:
        box.wait_running()
        equal(box.systemctl("start", "many.service").status, 0)
        equal(box.run("python3 /fill.py").status, 0)
        equal(box.systemctl("restart", "many.service").status, 0)
        wait_for(lambda: box.pids_of("sleep 1000"))
        equal(box.run("ls -A /run/many").out, "")
        wait_for(lambda: not box.run("ls -A /run/systemd/removed").out)


def test_what_lies_behind_a_link_is_removed_before_the_next_start():
    unit = """[Service]
Type=forking
PIDFile=/run/link/daemon.pid
ExecStart=/bin/sh -c 'test ! -e /run/link/daemon.pid || exit 1; sleep 1000 & echo $$! >/run/link/daemon.pid'
"""
    with Box(units={"daemon.service": unit}) as box:
        box.wait_running()
        equal(box.run("mkdir /run/real; ln -s real /run/link").status, 0)
        for _ in range(3):
            equal(box.systemctl("restart", "daemon.service").status, 0)
            wait_for(lambda: box.pids_of("sleep 1000"))
        equal(box.systemctl("stop", "daemon.service").status, 0)
        wait_for(lambda: box.run("test -e /run/link/daemon.pid").status != 0)


def test_a_link_in_the_way_leads_nowhere():
    """The owner of a runtime directory puts a link in the place of what is below it."""
    unit = "[Service]\nUser=nobody\nRuntimeDirectory=mine mine/below/deeper\nRuntimeDirectoryPreserve=no\nExecStart=/bin/sleep 1000\n"
    with Box(units={"a.service": unit}, files={"/victim/deeper/file": "kept"}) as box:
        box.wait_running()
        equal(box.systemctl("start", "a.service").status, 0)
        wait_for(lambda: box.pids_of("sleep 1000"))
        equal(box.run("mv /run/mine/below /run/mine/was && ln -s /victim /run/mine/below", user="65534").status, 0)
        equal(box.systemctl("stop", "a.service").status, 0)
        equal(box.read("/victim/deeper/file"), "kept")
        wait_for(lambda: not box.run("ls -d /run/mine").out)
