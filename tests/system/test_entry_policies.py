"""The policies of `systemctl init ... -- COMMAND` one by one, and the conflicts between the inits that they come from, by the ids
of docs/inits.md. Then what orchestrators and probes do to it."""
import os
import shutil
import signal
import socket

from entry import FILES, command_box, exists, heard, outcome_of, status_of, wait_heard, wait_up
from harness import SYSTEMCTL_INIT, Box, Skip, equal, wait_for

SLEEPER = "[Service]\nExecStart=/bin/sleep 1000\n"


def ids_of(box, pid):
    """Process group and session of a process."""
    return [int(field) for field in box.proc(pid, "stat").rpartition(")")[2].split()[2:4]]


def test_P11_forward_none_ends_at_term_and_tells_no_other_signal():
    with command_box("--forward=none", "--last=children", "--", "/listener", "a", "3") as box:
        wait_up(box)
        box.signal(signal.SIGUSR1)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 3)
        equal(heard(box), ["SIGTERM"])


def test_P12_a_group_hears_and_a_session_of_its_own_does_not():
    with command_box("--forward=group", "--", "/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        box.signal(signal.SIGUSR1)
        wait_heard(box, "SIGUSR1")
        wait_heard(box, "SIGUSR1", name="b")


def test_K03_forward_says_what_the_command_leads():
    for value, leads in (("session", (True, True)), ("group", (True, False)), ("child", (False, False))):
        with command_box("--forward=" + value, "--", "/listener", "a", "0") as box:
            wait_up(box)
            pid = box.pids_of("python3 /listener a")[0]
            equal((value, tuple(each == pid for each in ids_of(box, pid))), (value, leads))


def test_P13_std_are_the_classic_signals_alone():
    with command_box("--signals=std", "--", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGRTMIN + 2)
        box.signal(signal.SIGUSR1)
        wait_heard(box, "SIGUSR1")
    with command_box("--signals=USR1", "--signals=+rt", "--", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGUSR2)
        box.signal(signal.SIGRTMIN + 2)
        wait_heard(box, "RT2")


def test_P14_last_term_wait_tells_everyone():
    with command_box("--last=term-wait", "--", "sh", "-c", "setsid /listener b 0 & while [ ! -e /b.up ]; do sleep 0.01; done; exit 6") as box:
        equal(box.wait_exit(), 6)
        equal(heard(box, "b"), ["SIGTERM"])


def test_P15_a_stop_timeout_of_zero_waits_for_nobody():
    equal(status_of("--stop-timeout=0", "--", "sh", "-c", "(trap '' TERM; touch /up; sleep 1000) & while [ ! -e /up ]; do :; done; exit 6"), 6)


def test_P16_run_alone_ends_with_any_and_forwards_nothing():
    files = {"/r/one.run": "#!/bin/sh\nexec /listener one 0\n", "/r/two.run": "#!/bin/sh\nexec /listener two 5\n"}
    with command_box("--run=/r/*.run", files=files) as box:
        wait_up(box, "one", "two")
        equal(box.systemctl("is-active", "one.service", "two.service").out, "active\nactive\n")
        box.signal(signal.SIGUSR1)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 5)
        equal((heard(box, "one"), heard(box, "two")), (["SIGTERM"], ["SIGTERM"]))


def test_P17_sigint_may_be_ignored():
    with command_box("--no-sigint", "--", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGINT)
        box.signal(signal.SIGUSR1)
        wait_heard(box, "SIGUSR1")


def test_P18_death_of_the_parent_sends_the_signal_asked_for():
    with Box(init=["/bin/sleep", "1000"], files=FILES) as box:
        box.run("(systemctl init --pdeathsig=USR1 -- /listener a 0 >/dev/null 2>&1 & echo $! >/init; while [ ! -e /a.up ]; do sleep 0.01; done)")
        wait_heard(box, "SIGUSR1")
        box.run("kill $(cat /init)")


def test_P24_like_tini_it_reaps_orphans_as_a_subreaper_where_asked_to():
    orphan = ("while p=$(ps -o comm= -p $(ps -o ppid= -p $$)); [ -z \"$p\" ] || [ \"$p\" = setsid ]; do :; done; echo \"$p\" >/parent; kill $(cat /sleeper)")
    script = "sleep 1000 & echo $! >/sleeper; setsid -f sh -c '%s'; wait $!; cat /parent" % orphan
    with Box(init=["/bin/sleep", "1000"]) as box:
        for option, parent in ((["--subreaper"], "systemctl"), ([], "sleep")):
            equal(box.run("systemctl", "init", "--like=tini", *option, "--", "sh", "-c", script).out, parent + "\n")


def test_K09_where_it_is_not_pid_1_it_reaps_as_a_subreaper_and_says_so():
    with Box(init=["/bin/sleep", "1000"]) as box:
        outcome = box.run("systemctl init -- sh -c 'exit 4'")
        equal(outcome.status, 4)
        assert "Not PID 1" in outcome.err, outcome
        outcome = box.run("systemctl init --warn-reap -- sh -c '(sleep 0.1 &); sleep 0.4'")
        assert "an orphan." in outcome.err, outcome


def test_K01_when_it_ends_depends_on_what_is_run():
    # With a command beside the others, the command alone counts.
    files = {"/r/one.run": "#!/bin/sh\nwhile [ ! -e /trapped ]; do sleep 0.01; done; echo $$ >/one; exit 3\n"}
    script = ": >/trapped; while [ ! -s /one ] || kill -0 $(cat /one); do sleep 0.01; done 2>/dev/null; sleep 0.1; exit 5"
    equal(status_of("--run=/r/*.run", "--", "sh", "-c", script, files=files), 5)
    script = "trap 'exit 9' TERM; : >/trapped; while :; do sleep 0.01; done"
    equal(status_of("--run=/r/*.run", "--end=any", "--", "sh", "-c", script, files=files), 9)
    # Ended by SIGTERM before anybody looks who is left, it counts all the same. It comes late in /proc.
    gate = "for i in $(seq 200); do setsid sleep 1000 & done; exec \"$@\""
    init = ["/bin/sh", "-c", gate, "sh"] + SYSTEMCTL_INIT + ["--run=/r/*.run", "--end=any", "--", "sleep", "1000"]
    with Box(init=init, files={"/r/one.run": "#!/bin/sh\nsleep 0.1; exit 3\n"}) as box:
        equal(box.wait_exit(), 143)
    # S11 and S01 are the cases of UNITs and of nothing at all.


def test_K04_term_to_the_group_and_all_else_to_its_leader_is_docker_container_inits_alone():
    for like in (["--like=docker-container-init"], []):
        with command_box(*like, "--forward=group", "--", "/listener", "a", "0", "b") as box:
            wait_up(box, "a", "b")
            box.signal(signal.SIGHUP)
            wait_heard(box, "SIGHUP")
            if not like:
                wait_heard(box, "SIGHUP", name="b")
            box.signal(signal.SIGTERM)
            # With the group; when the command has ended, perhaps once more.
            wait_for(lambda: "SIGTERM" in heard(box, "b"), what="the group's signal")
            equal("SIGHUP" in heard(box, "b"), not like)


def test_K07_all_after_the_two_dashes_is_the_command():
    status, out, _ = outcome_of("a.service", "--", "echo", "--help", "-v", "--", "b.service", units={"a.service": SLEEPER})
    equal((status, [line for line in out.splitlines() if line.startswith("--help")]), (0, ["--help -v -- b.service"]))
    status, _, err = outcome_of("--")
    equal((status, err), (1, "systemctl init: no command after '--'\n"))


def test_K08_drinitctls_numbers_are_its_programs():
    with command_box("/listener", "a", "0", program="drinit") as box:
        wait_up(box)
        equal(box.run("/usr/local/bin/drinitctl", "-c3").status, 0)
        equal((box.systemctl("is-active", "main.service").out, box.main_pid("main.service")), ("inactive\n", 0))


def test_K10_a_healthcheck_says_1_where_is_active_says_3():
    with command_box("--", "/listener", "a", "0") as box:
        wait_up(box)
        equal(box.systemctl("stop", "main.service").status, 0)
        equal(box.systemctl("is-active", "main.service").status, 3)
        equal(box.systemctl("healthcheck", "main.service").status, 1)
        equal(box.systemctl("healthcheck", "--restart", "main.service").status, 1)
        wait_for(lambda: box.systemctl("healthcheck", "main.service").status == 0)


def test_K05_K06_statuses_like_the_original():
    equal(status_of("--like=yasinit", "--", "sh", "-c", "kill -9 $$"), 1)
    for like, status in (("dumb-init", 2), ("tini", 127), ("docker-container-init", 1), ("entrypoint", 1), ("yasinit", 1), ("drinit", 1)):
        equal((like, status_of("--like=" + like, "--", "no-such-command")), (like, status))


def test_K02_there_are_three_short_options():
    for option in ("-r", "-t", "-V", "-W", "-g"):
        status, _, err = outcome_of(option, "--", "true")
        equal((status, err), (1, "systemctl init: unrecognised option '%s'\n" % option))


def test_K11_an_explicit_option_wins_over_like():
    with command_box("--forward=child", "--like=dumb-init", "--", "/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        box.signal(signal.SIGUSR1)
        wait_heard(box, "SIGUSR1")
        equal(heard(box, "b"), [])


# Signals at bad times

def test_a_term_from_before_the_init_began_is_not_lost():
    script = "import os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [15])\nos.kill(1, 15)\nos.execv('/usr/bin/systemctl', ['systemctl', 'init', '--', 'sleep', '1000'])\n"
    with Box(init=["/usr/bin/python3", "-c", script]) as box:
        equal(box.wait_exit(), 143)


def test_a_second_term_changes_nothing():
    with command_box("a", "--", "/listener", "a", units={"a.service": "[Service]\nExecStart=/bin/sleep 1000\nExecStop=/bin/touch /stopping\n"}) as box:
        wait_up(box)
        box.signal(signal.SIGTERM)
        wait_for(lambda: "SIGTERM" in heard(box))
        box.signal(signal.SIGTERM)
        box.signal(signal.SIGTERM)
        box.run("pkill -USR1 -f '/listener a'")
        wait_for(lambda: "SIGUSR1" in heard(box))
        equal(heard(box).count("SIGTERM"), 1)
        box.run("pkill -KILL -f '/listener a'")
        equal(box.wait_exit(), 137)


def test_int_with_units_goes_to_the_command_and_stops_them():
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 1000\nExecStopPost=/bin/touch /stopped\n"}
    with command_box("a", "--", "sh", "-c", "trap 'touch /int; exit 9' INT; touch /up; while :; do sleep 0.05; done", units=units) as box:
        wait_for(lambda: exists(box, "/up"))
        box.signal(signal.SIGINT)
        equal(box.wait_exit(), 9)
        assert exists(box, "/int") and exists(box, "/stopped")


def test_units_are_told_before_the_grace_is_over_though_the_command_is_deaf():
    units = {"a.service": "[Service]\nExecStart=/listener u 0\n"}
    with command_box("--stop-grace=1s", "a", "--", "/listener", "a", units=units) as box:
        wait_up(box, "a", "u")
        box.signal(signal.SIGTERM)
        wait_for(lambda: heard(box, "u") == ["SIGTERM"])
        # With systemd's SIGCONT after it, and SIGKILL before the grace is over.
        equal(heard(box)[0], "SIGTERM")
        equal(box.wait_exit(), 137)
        assert "The stop grace is over; killing main.service." in box.stderr()


def test_a_command_that_is_deaf_is_killed_before_the_grace_is_over():
    with command_box("--stop-grace=1s", "--", "/listener", "a") as box:
        wait_up(box)
        box.run("setsid /listener b >/dev/null 2>&1 & while [ ! -e /b.up ]; do sleep 0.01; done")
        box.signal(signal.SIGHUP)
        wait_heard(box, "SIGHUP")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 137)
        assert "systemctl init: The stop grace is over; killing main.service, PID " in box.stderr(), box.stderr()
    # Without a grace that was given the engine may have any.
    with command_box("--", "/listener", "a") as box:
        wait_up(box)
        box.signal(signal.SIGTERM)
        wait_heard(box, "SIGTERM")
        assert "grace" not in box.stderr()


def test_the_grace_of_a_signal_that_comes_while_units_stop_after_the_command():
    units = {"a.service": "[Service]\nExecStart=/listener u\n"}
    with command_box("--stop-grace=500ms", "a", "--", "sh", "-c", "while [ ! -e /go ]; do sleep 0.01; done; exit 4", units=units) as box:
        wait_up(box, "u")
        box.run("touch /go")
        wait_for(lambda: "SIGTERM" in heard(box, "u"))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 4)


def test_nobody_inside_can_kill_the_parent_of_the_command():
    with command_box("--", "sh", "-c", "kill -9 $PPID; kill -STOP $PPID; exit 5") as box:
        equal(box.wait_exit(), 5)


def test_a_command_outlives_an_init_that_is_killed_where_it_is_not_pid_1():
    with Box(init=["/bin/sleep", "1000"], files=FILES) as box:
        box.run("(systemctl init -- /listener a 0 >/dev/null 2>&1 & echo $! >/init; while [ ! -e /a.up ]; do sleep 0.01; done; kill -9 $(cat /init))")
        equal(len(box.pids_of("python3 /listener a")), 1)


def test_nothing_is_opened_before_the_command_runs():
    strace = shutil.which("strace")
    if not strace:
        raise Skip("no strace")
    with Box(init=["/bin/sleep", "1000"]) as box:
        outcome = box.run(strace + " -f -o /trace systemctl init -- /bin/true")
        equal(outcome.status, 0)
        calls = [line.split(None, 1)[1] for line in box.read("/trace").splitlines()]
        first = next(number for number, call in enumerate(calls) if call.startswith("execve(\"/bin/true\""))
        equal([call for call in calls[:first] if call.startswith(("open", "socket", "mkdir", "stat", "access"))], [])


# Probes

def test_healthcheck_with_a_manager_that_hangs():
    with Box(init=["/bin/sleep", "1000"], files=FILES) as box:
        box.run("(setsid systemctl init -- sleep 2000 >/dev/null 2>&1 & echo $! >/init; while [ ! -e /run/systemd/private ]; do sleep 0.01; done; kill -STOP $(cat /init))")
        outcome = box.run("systemctl healthcheck main.service --timeout=300ms")
        equal((outcome.status, outcome.out), (1, "unhealthy: no answer within the timeout\n"))
        box.run("kill -KILL $(cat /init)")


def test_healthcheck_with_a_socket_of_somebody_else():
    answers = "import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('/run/systemd/private')\ns.listen(5)\nopen('/up', 'w').close()\nwhile True:\n    c = s.accept()[0]\n    c.sendall(b'\\0garbage\\r\\n' * 100)\n"
    silent = answers.replace("    c.sendall", "    k = globals().setdefault('k', []); k.append(c) #")
    for script in (answers, silent):
        with Box(init=["/bin/sleep", "1000"]) as box:
            os.makedirs(box.path("/run/systemd"), exist_ok=True)
            with open(box.path("/server.py"), "w") as file:
                file.write(script)
            box.run("mkdir -p /run/systemd; (setsid python3 /server.py >/dev/null 2>&1 &); while [ ! -e /up ]; do sleep 0.01; done")
            outcome = box.run("systemctl healthcheck main.service --timeout=500ms")
            equal(outcome.status, 1)
            assert outcome.out.startswith("unhealthy: "), outcome


def test_healthcheck_restarts_without_a_manager_too():
    with Box(init=["/bin/sleep", "1000"]) as box:
        outcome = box.run("systemctl healthcheck --restart --timeout=2s main.service")
        equal(outcome.status, 1)


def test_a_socket_that_nobody_reads_does_not_hold_the_init():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outer:
        outer.bind("")  # the kernel finds a name that nobody has
        name = outer.getsockname()[1:].decode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
                filler.setblocking(False)
                while True:
                    filler.sendto(b"x", "\0" + name)
        except BlockingIOError:
            pass
        equal(status_of("--", "sh", "-c", "exit 7", environment={"NOTIFY_SOCKET": "@" + name}), 7)
