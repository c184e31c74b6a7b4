"""Under the names of other inits: what yasinit (Y), docker-container-init (D), entrypoint (E), drinit (R) and systemctl3.py as an init (S) do, a
test a row of the tables by its id. The rows of entrypoint's templates and hooks (E20 to E47) are refused; R17 and the S rows about
verbs are with the tests of these."""
import signal
import time

from entry import LISTENER, command_box, exists, heard, outcome_of, status_of, wait_heard, wait_up
from harness import SYSTEMCTL_INIT, Box, deadline, equal, wait_for


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
    with yasinit(files=files) as box:
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


@deadline(60)
def test_Y11_after_twenty_seconds_it_gives_up_with_2():
    with yasinit("/listener", "a") as box:
        wait_up(box)
        began = time.monotonic()
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(30), 2)
        assert 18 <= time.monotonic() - began <= 26
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


def test_Y18_other_signals_are_not_forwarded_and_int_stops():
    with yasinit("/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGHUP)
        box.signal(signal.SIGUSR1)
        box.signal(signal.SIGINT)
        equal(box.wait_exit(), 0)
        equal(heard(box), ["SIGTERM"])


# docker-container-init

def container_init(*arguments, **options):
    return command_box(*arguments, program="docker-container-init", **options)


def test_D01_it_refuses_to_run_where_it_is_not_pid_1():
    with Box(init=["/bin/sleep", "1000"], links={"/dci": "/usr/bin/systemctl", "/docker-container-init": "/usr/bin/systemctl"}) as box:
        outcome = box.run("/docker-container-init", "true")
        equal((outcome.status, outcome.err), (1, "You have to either run this as pid 1 or specify the -D option\n"))
        equal(box.systemctl("init", "--like=docker-container-init", "--", "true").status, 1)


def test_D02_it_runs_all_the_same_with_D():
    with Box(init=["/bin/sleep", "1000"], links={"/docker-container-init": "/usr/bin/systemctl"}) as box:
        equal(box.run("/docker-container-init", "-D", "sh", "-c", "exit 5").status, 5)
        equal(box.systemctl("init", "--like=docker-container-init", "--any-pid", "--", "sh", "-c", "exit 5").status, 5)


def test_D03_D04_the_status():
    equal(status_of(*sh("exit 42"), program="docker-container-init"), 42)
    equal(status_of(*sh("kill -9 $$"), program="docker-container-init"), 137)


def test_D05_D06_without_a_command_it_waits_for_term_or_int():
    for number in (signal.SIGTERM, signal.SIGINT):
        with container_init() as box:
            wait_for(lambda: exists(box, "/run/systemd/private"))
            box.signal(number)
            equal(box.wait_exit(), 0)


def test_D07_int_may_be_ignored():
    with container_init("-I") as box:
        wait_for(lambda: exists(box, "/run/systemd/private"))
        box.signal(signal.SIGINT)
        box.run("true")
        assert box.alive()
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)


def test_D08_children_that_are_there_already_are_adopted():
    with Box(init=["/bin/sh", "-c", "/listener a 0 & while [ ! -e /a.up ]; do sleep 0.01; done; exec /docker-container-init"],
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
        equal(heard(box, "a"), ["SIGHUP", "SIGTERM"])


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
        equal(box.wait_exit(2), 6)


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
        wait_for(lambda: not box.zombies(), 0.5)


def test_D20_a_command_that_cannot_be_executed():
    status, _, err = outcome_of("no-such-command", program="docker-container-init")
    equal(status, 1)
    assert "No such file or directory" in err, err


def test_D21_the_command_has_an_empty_mask():
    status, out, _ = outcome_of("grep", "SigBlk", "/proc/self/status", program="docker-container-init")
    equal((status, out.split()), (0, ["SigBlk:", "0000000000000000"]))


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


# systemctl3.py as an init

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
        equal(box.wait_exit(2), 6)


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


def test_E14_stop_signals_of_the_terminal_become_stop():
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        with entrypoint("/listener", "a", "0") as box:
            wait_up(box)
            pid = box.pids_of("python3 /listener a")[0]
            box.signal(number)
            wait_for(lambda: box.proc(pid, "stat").rpartition(")")[2].split()[0] == "T")
            box.signal(signal.SIGCONT)
            wait_heard(box, "SIGCONT")


def test_E20_to_E47_are_refused():
    for option in ("--templates", "--variables", "--jinja", "--output", "--hooks"):
        status, _, err = outcome_of(option, "/x", "true", program="entrypoint")
        equal((status, err), (1, "entrypoint: templates and hooks are not supported\n"))
    with entrypoint("touch", "/{{ name }}") as box:
        equal(box.wait_exit(), 1)
        assert "templates" in box.stderr()


# drinit

def drinit(*arguments, **options):
    return command_box(*arguments, program="drinit", **options)


def control(box, *arguments):
    return box.run("/usr/local/bin/drinitctl", *arguments)


def test_R01_R02_signals_go_to_the_group_of_the_application():
    with drinit("/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        wanted = []
        for number in (signal.SIGURG, signal.SIGUSR1, signal.SIGUSR2):
            box.signal(number)
            if number != signal.SIGURG:
                wanted.append(number.name)
            wait_heard(box, *wanted)
            wait_heard(box, *wanted, name="b")


SCRIPT = "#!/bin/sh\necho \"$# $1 $SIGNAL_NUMBER\" >>/trapped\n"


def trapped(box):
    return box.read("/trapped").splitlines()


def test_R03_a_trapped_signal_runs_the_script_with_its_number():
    with drinit("-t", "SIGUSR1", "-r", "/script", "/listener", "a", "0", files={"/script": SCRIPT}) as box:
        wait_up(box)
        box.signal(signal.SIGUSR1)
        wait_for(lambda: trapped(box) == ["1 10 10"])
        box.signal(signal.SIGUSR2)
        wait_heard(box, "SIGUSR2")


def test_R04_several_signals():
    with drinit("-t", "SIGUSR1,SIGHUP", "-t", "SIGUSR2", "-r", "/script", "/listener", "a", "0", files={"/script": SCRIPT}) as box:
        wait_up(box)
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            box.signal(number)
            wait_for(lambda: trapped(box)[-1:] == ["1 %d %d" % (number, number)])
        equal(heard(box), [])


def test_R05_a_script_with_arguments_gets_these():
    with command_box("--trap=USR1", "--trap-run=/script x  y", "--", "/listener", "a", "0", files={"/script": SCRIPT}) as box:
        wait_up(box)
        box.signal(signal.SIGUSR1)
        wait_for(lambda: trapped(box) == ["2 x 10"])


def test_R06_a_trap_without_a_script_swallows():
    with drinit("-t", "SIGUSR1", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGUSR1)
        box.signal(signal.SIGUSR2)
        wait_heard(box, "SIGUSR2")


def test_R07_a_bad_name():
    equal(status_of("-t", "USR1", "true", program="drinit"), 1)
    equal(status_of("--trap=NOPE", "--", "true"), 1)


def test_R08_R09_R10_down_up_and_cycle():
    with drinit("/listener", "a", "0") as box:
        wait_up(box)
        first = box.main_pid("main.service")
        equal(control(box, "-c", "3").status, 0)
        equal(heard(box), ["SIGTERM"])
        equal(box.systemctl("is-active", "main.service").status, 3)
        assert box.alive()
        equal(control(box, "-c2").status, 0)
        second = wait_for(lambda: box.main_pid("main.service"))
        assert second != first
        equal(control(box, "-c", "1").status, 0)
        wait_for(lambda: box.main_pid("main.service") not in (0, second))


def test_R11_a_signal_to_the_group():
    with drinit("/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        equal(control(box, "-s", "SIGUSR1").status, 0)
        wait_heard(box, "SIGUSR1")
        wait_heard(box, "SIGUSR1", name="b")


def test_R12_the_script_may_control_the_application():
    script = "#!/bin/sh\n/usr/local/bin/drinitctl -c 1 && systemctl restart main.service && touch /cycled\n"
    with drinit("-t", "SIGHUP", "-r", "/script", "/listener", "a", "0", files={"/script": script}) as box:
        wait_up(box)
        box.signal(signal.SIGHUP)
        wait_for(lambda: exists(box, "/cycled"), 10)
        assert box.main_pid("main.service")


def test_R13_it_outlives_its_application():
    with drinit(*sh("echo x >>/runs; exit 3")) as box:
        wait_for(lambda: box.read("/runs") == "x\n")
        equal(control(box, "-c", "2").status, 0)
        wait_for(lambda: box.read("/runs") == "x\nx\n")
        box.signal(signal.SIGTERM)
        assert box.alive()


def test_R14_a_script_before_down_and_after_up():
    with drinit("/listener", "a", "0") as box:
        wait_up(box)
        equal(control(box, "-c", "3", "-r", "sh -c id>/dev/null").status, 0)
        equal(box.systemctl("is-active", "main.service").status, 3)
        equal(control(box, "-c", "2", "-r", "touch /after").status, 0)
        assert exists(box, "/after")


def test_R15_no_zombies():
    with drinit("-t", "SIGUSR1", "-r", "/script", "/listener", "a", "0", files={"/script": SCRIPT}) as box:
        wait_up(box)
        box.signal(signal.SIGUSR1)
        wait_for(lambda: trapped(box))
        box.run("(sleep 0.1 >/dev/null 2>&1 &)")
        wait_for(lambda: not box.pids_of("sleep 0.1") and not box.zombies())


def test_R16_an_application_that_cannot_be_executed():
    equal(status_of("no-such-command", program="drinit"), 1)


def test_R18_it_does_nothing_while_nothing_happens():
    with drinit("/listener", "a", "0") as box:
        wait_up(box)
        wait_for(lambda: exists(box, "/run/systemd/private"))

        def switches():
            return [line for line in box.proc(1, "status").splitlines() if "ctxt_switches" in line]
        before = switches()
        box.run("sleep 0.5")
        equal(switches(), before)


def test_R19_usage():
    equal(status_of(program="drinit"), 1)
    equal(status_of("-h", program="drinit"), 0)
    with drinit("/listener", "a", "0") as box:
        wait_up(box)
        equal(control(box).status, 1)
        equal(control(box, "-c", "9").status, 1)
