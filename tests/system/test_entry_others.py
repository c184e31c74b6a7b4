"""Under the names of other inits: what yasinit (Y), docker-container-init (D) and entrypoint (E) do, a test a row of the tables by its id.
The rows of entrypoint's templates and hooks (E20 to E50) and drinit's (R) are in files of their own."""
import signal
import time

from entry import LINKS, LISTENER, CommandBox, command_box, exists, heard, outcome_of, status_of, wait_heard, wait_up
from harness import Box, deadline, equal, wait_for


def sh(script):
    return ("sh", "-c", script)


# yasinit

def yasinit(*arguments, **options):
    return command_box(*arguments, program="yasinit", **options)


def run_files(**scripts):
    return {"/etc/yasinit/%s.run" % name: "#!/bin/sh\n" + script + "\n" for name, script in scripts.items()}


def test_Y01_one_command_with_its_status():
    equal(status_of(*sh("exit 73"), program="yasinit"), 73)
    equal(status_of("--like=yasinit", "--", *sh("exit 73")), 73)


def test_Y02_a_clean_run_leaves_stdout_alone():
    status, out, err = outcome_of(*sh("echo mine"), program="yasinit")
    equal((status, out), (0, "mine\n"))
    assert "yasinit: " in err, err


def test_Y03_sigterm_stops_the_show():
    with yasinit("/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(heard(box), ["SIGTERM"])


def test_Y04_every_run_file_at_once():
    files = run_files(one="exec /listener one 0", two="exec /listener two 0")
    files["/etc/yasinit/x.sh"] = "#!/bin/sh\ntouch /x\n"
    for box in (yasinit(files=files), command_box("--like=yasinit", files=files)):
        with box:
            wait_up(box, "one", "two")
            assert not exists(box, "/x")
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(), 0)


def test_Y05_one_that_ends_stops_the_others():
    with yasinit(files=run_files(one="while [ ! -e /two.up ]; do sleep 0.01; done", two="exec /listener two 0")) as box:
        equal(box.wait_exit(), 0)
        equal(heard(box, "two"), ["SIGTERM"])


def test_Y06_one_that_fails_stops_the_others_with_its_status():
    with yasinit(files=run_files(one="while [ ! -e /two.up ]; do sleep 0.01; done; exit 19", two="exec /listener two 0")) as box:
        equal(box.wait_exit(), 19)


def test_Y07_the_first_failure_in_the_order_of_death_counts():
    with yasinit(files=run_files(one="while [ ! -e /two.up ]; do sleep 0.01; done", two="exec /listener two 23")) as box:
        equal(box.wait_exit(), 23)


def test_Y08_death_by_a_signal_counts_as_1():
    equal(status_of(*sh("kill -9 $$"), program="yasinit"), 1)
    with yasinit("sleep", "1000") as box:
        wait_for(lambda: box.pids_of("sleep 1000"))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 1)


def test_Y09_only_the_command_itself_gets_the_term():
    with yasinit("/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(heard(box, "b"), [])


def test_Y10_orphans_are_reaped_and_change_nothing():
    with yasinit("/listener", "a", "0") as box:
        wait_up(box)
        box.run("(exit 9) & (sleep 0.1; exit 3) &")
        wait_for(lambda: not box.pids_of("sleep 0.1") and not box.zombies())
        assert box.alive()


@deadline(90)
def test_Y11_after_twenty_seconds_it_gives_up_with_2():
    with yasinit("/listener", "a") as box:
        wait_up(box)
        began = time.monotonic()
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(50), 2)
        assert time.monotonic() - began >= 18
        assert "20 seconds" in box.stderr()


def test_Y12_commands_read_from_nothing():
    equal(status_of("cat", program="yasinit"), 0)


def test_Y13_nothing_is_restarted():
    with yasinit(*sh("echo x >>/runs")) as box:
        equal(box.wait_exit(), 0)
        equal(box.read("/runs"), "x\n")


def test_Y14_a_burst_of_orphans_keeps_the_status():
    equal(status_of(*sh("for i in $(seq 200); do (sleep 0.1 &) ; done; sleep 0.3; exit 7"), program="yasinit"), 7)


def test_Y15_a_second_sigterm_is_ignored():
    with yasinit("/listener", "a") as box:
        wait_up(box)
        box.signal(signal.SIGTERM)
        wait_heard(box, "SIGTERM")
        box.signal(signal.SIGTERM)
        box.signal(signal.SIGTERM)
        # The end mark: what is sent to the command itself comes after what the init would have sent.
        box.run("pkill -USR1 -f /listener")
        wait_heard(box, "SIGTERM", "SIGUSR1")


def test_Y16_a_command_that_cannot_start():
    equal(status_of("no-such-command", program="yasinit"), 1)
    equal(status_of("--like=yasinit", "--", "no-such-command"), 1)


def test_Y17_no_commands_at_all():
    equal(status_of(program="yasinit"), 0)
    equal(status_of("--like=yasinit"), 0)


def test_Y18_other_signals_are_not_forwarded_and_int_stops():
    with yasinit("/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGHUP)
        box.signal(signal.SIGUSR1)
        box.signal(signal.SIGINT)
        equal(box.wait_exit(), 0)
        equal(heard(box), ["SIGTERM"])


def test_Y19_what_ends_while_others_are_still_to_be_started_keeps_them_from_it():
    files = {"/etc/yasinit/a.run": "#!/no/interpreter\n", **run_files(b="touch /b")}
    with yasinit(files=files) as box:
        equal(box.wait_exit(), 1)
        assert not exists(box, "/b")


# docker-container-init

def container_init(*arguments, **options):
    return command_box(*arguments, program="docker-container-init", **options)


def test_D01_it_refuses_to_run_where_it_is_not_pid_1():
    with Box(init=["/bin/sleep", "1000"], links={"/dci": "/usr/bin/systemctl", "/docker-container-init": "/usr/bin/systemctl"}) as box:
        outcome = box.run("/docker-container-init", "true")
        refusal = "You have to either run this as pid 1 or specify the -D option"
        equal((outcome.status, outcome.err), (1, "[ERROR][docker-container-init] " + refusal + "\n"))
        outcome = box.systemctl("init", "--like=docker-container-init", "--", "true")
        equal((outcome.status, outcome.err), (1, "systemctl init: " + refusal + " (--any-pid).\n"))


def test_D02_it_runs_all_the_same_with_D():
    with Box(init=["/bin/sleep", "1000"], links={"/docker-container-init": "/usr/bin/systemctl"}) as box:
        outcome = box.run("/docker-container-init", "-D", "sh", "-c", "exit 5")
        equal((outcome.status, outcome.err), (5, ""))
        equal(box.systemctl("init", "--like=docker-container-init", "--any-pid", "--", "sh", "-c", "exit 5").status, 5)


def test_D03_D04_the_status():
    equal(status_of(*sh("exit 42"), program="docker-container-init"), 42)
    equal(status_of(*sh("kill -9 $$"), program="docker-container-init"), 137)


def test_D05_D06_without_a_command_it_waits_for_term_or_int():
    for number in (signal.SIGTERM, signal.SIGINT):
        for box in (container_init(), command_box("--like=docker-container-init")):
            with box:
                wait_for(lambda: exists(box, "/run/systemd/private"))
                box.signal(number)
                equal(box.wait_exit(), 0)


def test_D07_int_may_be_ignored_without_a_command():
    for box in (container_init("-I"), command_box("--like=docker-container-init", "--no-sigint")):
        with box:
            wait_for(lambda: exists(box, "/run/systemd/private"))
            box.signal(signal.SIGINT)
            box.run("true")
            assert box.alive()
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(), 0)
    with container_init("-I", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGINT)
        wait_heard(box, "SIGINT")


def test_D08_children_that_are_there_already_are_adopted():
    for init in ("/docker-container-init", "systemctl init --like=docker-container-init"):
        with Box(init=["/bin/sh", "-c", "/listener a 0 & while [ ! -e /a.up ]; do sleep 0.01; done; exec " + init],
                 files={"/listener": LISTENER}, links={"/docker-container-init": "/usr/bin/systemctl"}) as box:
            wait_for(lambda: exists(box, "/run/systemd/private"))
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(), 0)
            equal(heard(box), ["SIGTERM"])


def test_D09_D10_six_signals_are_forwarded_to_the_command_alone():
    with container_init("/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        for number in (signal.SIGALRM, signal.SIGCONT, signal.SIGWINCH, signal.SIGRTMIN):
            box.signal(number)
        wanted = []
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
            box.signal(number)
            wanted.append(number.name)
            wait_heard(box, *wanted)
        equal(heard(box, "b"), [])


def test_D11_real_time_signals_too():
    for arguments, program in ((("-r",), "docker-container-init"), (("--like=docker-container-init", "--signals=+rt", "--"), None)):
        with command_box(*arguments, "/listener", "a", "0", program=program) as box:
            wait_up(box)
            box.signal(signal.SIGRTMIN + 1)
            wait_heard(box, "RT1")
            box.signal(signal.SIGHUP)
            wait_heard(box, "RT1", "SIGHUP")


def test_D12_D13_a_group_hears_term_and_its_leader_all_else():
    with container_init("-g", "/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        box.signal(signal.SIGHUP)
        wait_heard(box, "SIGHUP")
        box.signal(signal.SIGTERM)
        wait_for(lambda: heard(box, "b")[:1] == ["SIGTERM"])
        wait_heard(box, "SIGHUP", "SIGTERM")


def test_D14_at_the_end_everyone_is_told_and_waited_for():
    script = "setsid /listener b 0 & while [ ! -e /b.up ]; do sleep 0.01; done; exit 6"
    with container_init(*sh(script)) as box:
        equal(box.wait_exit(), 6)
        equal(heard(box, "b"), ["SIGTERM"])


def test_D15_they_may_be_waited_for_without_being_told():
    with container_init("-B", *sh("setsid sh -c 'sleep 0.3; touch /done' & exit 6")) as box:
        equal(box.wait_exit(), 6)
        assert exists(box, "/done")


def test_D16_or_neither():
    with container_init("-W", *sh("sleep 1000 & exit 6")) as box:
        equal(box.wait_exit(), 6)


def test_D17_there_is_no_limit():
    with container_init(*sh("/listener b & while [ ! -e /b.up ]; do sleep 0.01; done; exit 6")) as box:
        wait_heard(box, "SIGTERM", name="b")
        assert box.alive()
        box.run("pkill -KILL -f /listener")
        equal(box.wait_exit(), 6)


def test_D18_what_was_executed_from_outside_is_told_too():
    with container_init("/listener", "a", "3") as box:
        wait_up(box)
        box.run("setsid /listener c 0 >/dev/null 2>&1 & while [ ! -e /c.up ]; do sleep 0.01; done")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 3)
        equal(heard(box, "c"), ["SIGTERM"])


def test_D19_zombies_are_reaped_at_once():
    with container_init("/listener", "a", "0") as box:
        wait_up(box)
        box.run("for i in $(seq 50); do (sleep 0.1 >/dev/null 2>&1 &); done")
        wait_for(lambda: not box.pids_of("sleep 0.1"))
        wait_for(lambda: not box.zombies())


def test_D20_a_command_that_cannot_be_executed():
    status, _, err = outcome_of("no-such-command", program="docker-container-init")
    equal((status, err), (1, "[ERROR][docker-container-init] Failed to execute no-such-command: No such file or directory\n"))


# Executes the rest of its arguments with SIGUSR1 blocked and SIGUSR2 ignored.
WITH_SIGNALS = """#!/usr/bin/python3
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
for number in range(1, 65):
    if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGUSR2 else signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


def signals_seen(*init):
    """The masks of blocked and of ignored signals in the command of an init that was executed with signals blocked and ignored."""
    with Box(init=["/with-signals"] + list(init) + ["grep", "-E", "SigBlk|SigIgn", "/proc/self/status"], files={"/with-signals": WITH_SIGNALS}, links=LINKS) as box:
        equal(box.wait_exit(), 0)
        return [int(line.split()[1], 16) for line in box.stdout().splitlines()]


def test_D21_the_command_has_the_mask_that_the_init_was_given():
    equal(signals_seen("/usr/local/bin/docker-container-init"), [1 << 9, 1 << 11])
    equal(signals_seen("/usr/local/bin/tini", "--"), [1 << 9, 1 << 11])
    equal(signals_seen("/usr/local/bin/dumb-init"), [0, 0])
    equal(signals_seen("/usr/bin/systemctl", "init", "--"), [0, 0])


def test_D22_options_end_at_the_command():
    equal(status_of("--", "sh", "-c", "exit $1", "x", "9", program="docker-container-init"), 9)
    status, out, _ = outcome_of("-W", "echo", "-h", program="docker-container-init")
    equal((status, out), (0, "-h\n"))


def test_D23_verbose_lines():
    _, _, err = outcome_of("-v", "true", program="docker-container-init")
    assert err.startswith("[INFO] "), err
    _, _, err = outcome_of("-vv", "true", program="docker-container-init")
    assert "[DEBUG] " in err, err
    equal(outcome_of("true", program="docker-container-init")[2], "")


def test_D24_help_and_a_bad_option():
    status, out, _ = outcome_of("-h", program="docker-container-init")
    equal(status, 1)
    assert "-D" in out
    status, out, err = outcome_of("-x", program="docker-container-init")
    equal((status, err), (1, "Invalid option: -x\n"))


def test_D25_term_after_the_command_ended_is_not_passed_on():
    with container_init(*sh("/listener b & while [ ! -e /b.up ]; do sleep 0.01; done; exit 6")) as box:
        wait_heard(box, "SIGTERM", name="b")
        box.signal(signal.SIGTERM)
        box.run("pkill -USR1 -f /listener")
        wait_heard(box, "SIGTERM", "SIGUSR1", name="b")


def test_D26_like_it_by_option():
    with command_box("--like=docker-container-init", "--no-sigint", "--", "/listener", "a", "3") as box:
        wait_up(box)
        box.signal(signal.SIGINT)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 3)
        equal(heard(box), ["SIGTERM"])


# entrypoint

def entrypoint(*arguments, **options):
    return command_box(*arguments, program="entrypoint", **options)


def test_E01_E02_the_status():
    equal(status_of(*sh("exit 42"), program="entrypoint"), 42)
    equal(status_of(*sh("kill -9 $$"), program="entrypoint"), 137)


def test_E03_E04_a_session_of_its_own_hears_all():
    with entrypoint("/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        pid = box.pids_of("python3 /listener a")[0]
        equal(int(box.proc(pid, "stat").rpartition(")")[2].split()[3]), pid)
        box.signal(signal.SIGUSR1)
        wait_heard(box, "SIGUSR1")
        wait_heard(box, "SIGUSR1", name="b")


def test_E05_no_session():
    with entrypoint("--no-setsid", "/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        box.signal(signal.SIGUSR1)
        wait_heard(box, "SIGUSR1")
        equal(heard(box, "b"), [])


def test_E06_all_classic_signals_are_forwarded():
    with entrypoint("/listener", "a") as box:
        wait_up(box)
        stops = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
        wanted = []
        for number in range(1, 32):
            if number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD) + stops:
                continue
            box.signal(number)
            wanted.append(signal.Signals(number).name)
            wait_heard(box, *wanted)


def test_E07_E08_rewriting():
    with entrypoint("-r", "SIGTERM:sigusr1", "-r", "hup:NONE", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGHUP)
        box.signal(signal.SIGTERM)
        wait_heard(box, "SIGUSR1")


def test_E09_a_bad_name():
    with entrypoint("-r", "FOO:TERM", "touch", "/ran") as box:
        equal(box.wait_exit(), 1)
        assert not exists(box, "/ran")


def test_E10_the_session_is_told_and_not_waited_for():
    with entrypoint(*sh("/listener b & while [ ! -e /b.up ]; do sleep 0.01; done; exit 6")) as box:
        equal(box.wait_exit(), 6)


def test_E11_no_init():
    status, out, _ = outcome_of("--no-init", *sh("echo $$; exit 3"), program="entrypoint")
    equal((status, out), (3, "1\n"))


def test_E12_a_command_that_cannot_be_executed():
    status, _, err = outcome_of("no-such-command", program="entrypoint")
    equal(status, 1)
    assert "No such file or directory" in err, err


def test_E13_no_command():
    status, out, err = outcome_of(program="entrypoint")
    equal((status, out), (2, ""))
    assert err.startswith("usage: entrypoint"), err
    for name in ("entrypoint", "dumb-init", "tini", "drinit"):
        status, _, err = outcome_of("--like=" + name)
        equal((status, err), (1, "systemctl init: --like=%s needs a command\n" % name))


def test_E14_stop_signals_of_the_terminal_become_stop():
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        with entrypoint("/listener", "a", "0") as box:
            wait_up(box)
            pid = box.pids_of("python3 /listener a")[0]
            box.signal(number)
            wait_for(lambda: box.proc(pid, "stat").rpartition(")")[2].split()[0] == "T")
            box.signal(signal.SIGCONT)
            wait_heard(box, "SIGCONT")


def test_E15_quiet_verbose_and_version():
    for option, expected in (("-v", "entrypoint: Started true as PID "), ("-q", "")):
        status, out, err = outcome_of(option, "true", program="entrypoint")
        equal((status, out), (0, ""))
        assert expected in err and bool(expected) == bool(err), err
    status, out, err = outcome_of("--version", program="entrypoint")
    equal((status, out[:10], err), (0, "entrypoint", ""))


def test_E51_one_inside_another_says_nothing():
    with entrypoint("--no-setsid", "--", "entrypoint", "--no-setsid", "echo", "x") as box:
        equal((box.wait_exit(), box.stdout(), box.stderr()), (0, "x\n", ""))


# dumb-init, whose other behaviours test_entry_originals.py compares

def test_dumb_init_has_left_its_directory_before_the_command_runs_in_it():
    script = "(readlink /proc/1/cwd; pwd) >>/seen; exec /listener a 0"
    with CommandBox(init=["/bin/sh", "-c", "cd /usr/lib; exec /usr/local/bin/dumb-init sh -c '%s'" % script], files={"/listener": LISTENER}, links=LINKS) as box:
        wait_up(box)
        equal(box.read("/seen").split(), ["/", "/usr/lib"])
        box.run("rm /a.up; systemctl restart main.service")
        wait_up(box)
        equal(box.read("/seen").split(), ["/", "/usr/lib"] * 2)
