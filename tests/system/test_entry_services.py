"""As an init around services, a row of the table of systemctl3.py (S) by its id."""
import signal

from entry import CommandBox, LISTENER, exists, wait_up
from harness import SYSTEMCTL_INIT, Box, equal, wait_for

NOTES = "[Unit]\nAfter=%s\n[Service]\nExecStart=/bin/sh -c 'echo %%p >>/started; exec sleep 1000'\nExecStopPost=/bin/sh -c 'echo %%p >>/stopped'\n[Install]\nWantedBy=multi-user.target\n"


def started(box, *names):
    wait_for(lambda: sorted(box.read("/started").split()) == sorted(names), what=lambda: "started: " + box.read("/started"))


def test_S01_S02_S13_S05_what_the_default_target_wants_is_run_until_a_signal():
    for init, number in ((SYSTEMCTL_INIT, signal.SIGTERM), (SYSTEMCTL_INIT[:1], signal.SIGINT)):
        box = Box(units={"a.service": NOTES % ""}, init=init, links={"/etc/systemd/system/multi-user.target.wants/a.service": "/etc/systemd/system/a.service",
                                                                    "/etc/systemd/system/default.target": "/usr/lib/systemd/system/multi-user.target"})
        with box:
            started(box, "a")
            box.signal(number)
            equal(box.wait_exit(10), 0)
            equal(box.read("/stopped").split(), ["a"])


def test_S04_S08_S09_named_units_alone_stopped_in_reverse():
    units = {"a.service": NOTES % "", "b.service": NOTES % "a.service", "c.service": NOTES % ""}
    with Box(units=units, init=SYSTEMCTL_INIT + ["b", "a"]) as box:
        started(box, "a", "b")
        equal(box.systemctl("is-active", "c").status, 3)
        equal(box.systemctl("start", "c").status, 0)
        equal(box.systemctl("is-active", "c").status, 0)
        equal(box.systemctl("stop", "c").status, 0)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(box.read("/stopped").split(), ["c", "b", "a"])


def test_services_see_the_engines_variables_where_that_is_asked_for():
    shows = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'env >/seen.%p'\n"
    units = {"a.service": shows + "Environment=APP_B=own\n", "b.service": shows + "PassEnvironment=OTHER\n"}
    engine = {"APP_A": "1 and 2", "APP_B": "2", "OTHER": "3", "WATCHDOG_USEC": "1000000"}

    def seen(*options):
        with Box(units=units, init=SYSTEMCTL_INIT + list(options) + ["a", "b"], environment=engine) as box:
            box.wait_state("b.service", "active")
            box.wait_state("a.service", "active")
            shown = box.systemctl("show-environment").out.splitlines()
            found = [sorted(line for line in box.read("/seen." + name).splitlines() if line.split("=")[0] in engine) for name in "ab"]
            return found + [[line for line in shown if line.split("=")[0] in engine]]
    equal(seen(), [["APP_B=own"], ["OTHER=3"], []])
    equal(seen("--pass-environment=APP_*"), [["APP_A=1 and 2", "APP_B=own"], ["APP_A=1 and 2", "APP_B=2", "OTHER=3"], ["APP_A=$'1 and 2'", "APP_B=2"]])
    equal(seen("--pass-environment")[0], ["APP_A=1 and 2", "APP_B=own", "OTHER=3"])


def test_S10_halt_from_inside():
    with Box(units={"a.service": NOTES % ""}, init=SYSTEMCTL_INIT + ["a"]) as box:
        started(box, "a")
        box.systemctl("halt")
        equal(box.wait_exit(), 0)
        equal(box.read("/stopped").split(), ["a"])


def test_S11_it_ends_when_all_units_have_ended():
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 0.1\n", "b.service": "[Service]\nExecStart=/bin/sh -c 'sleep 0.3; touch /b'\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["a", "b"]) as box:
        equal(box.wait_exit(), 0)
        assert exists(box, "/b")


def test_S12_S14_a_stop_has_its_grace_and_then_a_kill():
    units = {"slow.service": "[Service]\nExecStart=/bin/sh -c 'trap \"sleep 0.5; touch /slow; exit\" TERM; touch /up; while :; do sleep 0.05; done'\n",
             "deaf.service": "[Service]\nExecStart=/listener a\nTimeoutStopSec=300ms\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["slow", "deaf"], files={"/listener": LISTENER}) as box:
        wait_up(box)
        wait_for(lambda: exists(box, "/up"))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        assert exists(box, "/slow")


def test_S03_no_arguments_where_it_is_not_pid_1_list_units():
    with Box(units={"a.service": NOTES % ""}, init=SYSTEMCTL_INIT + ["a"]) as box:
        started(box, "a")
        outcome = box.run("/usr/bin/systemctl")
        equal(outcome.status, 0)
        equal(outcome.out, box.systemctl("list-units").out)
        assert "a.service" in outcome.out


def test_S06_S07_a_daemon_that_forks_is_adopted_and_leaves_no_zombie():
    daemon = "[Service]\nType=forking\nPIDFile=/run/d.pid\nExecStart=/bin/sh -c 'sleep 1000 & echo $! >/run/d.pid'\n"
    with Box(units={"d.service": daemon, "a.service": NOTES % ""}, init=SYSTEMCTL_INIT + ["d", "a"]) as box:
        started(box, "a")
        wait_for(lambda: box.systemctl("is-active", "d").status == 0)
        pid = int(box.read("/run/d.pid"))
        equal(box.main_pid("d.service"), pid)
        box.run("(sleep 0.1 >/dev/null 2>&1 &)")
        wait_for(lambda: not box.pids_of("sleep 0.1"))
        wait_for(lambda: not box.zombies())
        equal(box.systemctl("stop", "d").status, 0)
        equal((box.pids_of("sleep 1000"), box.zombies()), ([pid for pid in box.pids_of("sleep 1000") if pid == box.main_pid("a.service")], []))


def test_S15_the_options_that_mean_init():
    for words in (["-1"], ["--init"], ["init", "--now"], ["--init", "a.service"]):
        links = {"/etc/systemd/system/multi-user.target.wants/a.service": "/etc/systemd/system/a.service",
                 "/etc/systemd/system/default.target": "/usr/lib/systemd/system/multi-user.target"}
        with Box(units={"a.service": NOTES % ""}, init=SYSTEMCTL_INIT[:1] + words, links=links) as box:
            if words != ["init", "--now"]:
                started(box, "a")
            wait_for(lambda: box.systemctl("is-system-running").out in ("running\n", "degraded\n"))
            equal(box.systemctl("is-active", "a").status, 3 if "--now" in words else 0)
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(10), 0)


def test_S17_the_words_of_the_original():
    links = {"/etc/systemd/system/multi-user.target.wants/a.service": "/etc/systemd/system/a.service",
             "/etc/systemd/system/default.target": "/usr/lib/systemd/system/multi-user.target"}
    for words in (["-1", "default"], ["--init", "default"], ["default", "--init"], ["default"], ["init", "default"], ["start", "a", "--init"]):
        with Box(units={"a.service": NOTES % ""}, init=SYSTEMCTL_INIT[:1] + words, links=links) as box:
            started(box, "a")
            box.wait_running(states=("running", "degraded"))
            equal(box.systemctl("is-active", "multi-user.target").status, 3 if "start" in words else 0)
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(10), 0)
            equal(box.read("/stopped").split(), ["a"])


def test_S16_all_ends_when_no_process_is_left():
    # One whose main process ends long before what it leaves, and one that is active without a process.
    units = {"a.service": "[Service]\nExecStart=/bin/sh -c 'setsid sh -c \"while [ ! -e /go ]; do sleep 0.01; done; touch /late\" & exit 3'\nKillMode=none\n",
             "b.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"}
    wants = {"/etc/systemd/system/multi-user.target.wants/%s.service" % name: "/etc/systemd/system/%s.service" % name for name in "ab"}
    wants["/etc/systemd/system/default.target"] = "/usr/lib/systemd/system/multi-user.target"
    for words, links, status in ((["a", "b"], {}, 3), ([], wants, 0)):
        with Box(units=units, init=SYSTEMCTL_INIT + ["--all"] + words, links=links) as box:
            wait_for(lambda: box.systemctl("is-failed", "a").status == 0)
            wait_for(lambda: box.systemctl("is-active", "b").status == 0)
            assert box.alive()
            box.run("touch /go")
            equal(box.wait_exit(), status)
            assert exists(box, "/late")


def test_S16_all_waits_for_a_restart():
    unit = "[Service]\nExecStart=/bin/sh -c 'echo x >>/runs; test $(wc -l </runs) = 2'\nRestart=on-failure\nRestartSec=200ms\n"
    with CommandBox(units={"a.service": unit}, init=SYSTEMCTL_INIT + ["--all", "a"]) as box:
        equal(box.wait_exit(), 0)
        equal(box.read("/runs"), "x\nx\n")


def test_S16_all_waits_for_who_was_executed_from_outside():
    with Box(units={"a.service": "[Service]\nExecStart=/bin/sh -c 'while [ ! -e /go ]; do sleep 0.01; done'\n"}, init=SYSTEMCTL_INIT + ["--all", "a"]) as box:
        box.run("touch /go; while systemctl -q is-active a; do sleep 0.01; done; sleep 0.2; touch /outlived")
        equal(box.wait_exit(), 0)
        assert exists(box, "/outlived")


def test_S16_nothing_to_run_is_the_end_at_once():
    with CommandBox(init=SYSTEMCTL_INIT + ["--all"]) as box:
        equal(box.wait_exit(), 0)
    with CommandBox(init=SYSTEMCTL_INIT + ["--all", "--now", "a"]) as box:
        equal(box.wait_exit(), 0)
