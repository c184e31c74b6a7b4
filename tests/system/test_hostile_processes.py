"""Processes that hide from their service."""
import contextlib

from harness import SYSTEMCTL_INIT, Box, equal, wait_for

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
        locks = [line.split()[3] for line in box.proc(box.main_pid("victim.service"), "limits").splitlines() if line.startswith("Max file locks")]
        box.put({"/etc/systemd/system/hider.service": hider(locks[0], "-", "now")})
        equal(box.systemctl("daemon-reload").status, 0)
        hidden = hide(box, "hider.service")
        equal(box.systemctl("stop", "victim.service").status, 0)
        equal(box.show("victim.service", "Result", "ActiveState"), {"Result": "success", "ActiveState": "inactive"})
        equal(box.pids_of("hidden 3000"), [hidden])
        box.systemctl("stop", "hider.service")
        equal(box.pids_of("hidden 3000"), [])
