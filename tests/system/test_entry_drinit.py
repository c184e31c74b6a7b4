"""Under the names drinit and drinitctl, a row of the table of drinit (R) by its id; R17 is with the other tests of healthcheck."""
import signal

from entry import FILES, LINKS, CommandBox, command_box, exists, heard, outcome_of, status_of, wait_heard, wait_up
from harness import Box, equal, wait_for


def sh(script):
    return ("sh", "-c", script)


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


def test_R23_a_script_of_the_working_directory():
    files = {"/srv/dosomething.sh": "#!/bin/sh\necho $0 $# >>/done\n"}
    with CommandBox(init=["/bin/sh", "-c", "cd /srv; exec drinit -t SIGUSR1 -r dosomething.sh /listener a 0"], files={**FILES, **files}, links=LINKS) as box:
        wait_up(box)
        box.signal(signal.SIGUSR1)
        wait_for(lambda: box.read("/done") == "./dosomething.sh 1\n")
        equal(box.run("cd /srv; drinitctl -c3 -r dosomething.sh").status, 0)
        equal(box.read("/done").splitlines()[1:], ["./dosomething.sh 0"])
        equal(box.systemctl("is-active", "main.service").status, 3)


def test_R24_where_the_script_cannot_run_or_fails_the_command_is_carried_out_all_the_same():
    with drinit("/listener", "a", "0") as box:
        for script, status, words in (("no-such-script", 127, "drinitctl: no-such-script: No such file or directory\n"), ("false", 1, "")):
            wait_up(box)
            outcome = control(box, "-c3", "-r", script)
            equal((outcome.status, outcome.err), (status, words))
            equal(box.systemctl("is-active", "main.service").status, 3)
            box.run("rm /a.up")
            equal(control(box, "-c2").status, 0)


def test_R25_drinitctl_is_no_init():
    status, _, err = outcome_of(program="drinitctl")
    equal((status, err[:16]), (2, "Usage: drinitctl"))


def test_R26_verbose_lines_have_the_programs_name():
    status, _, err = outcome_of("-r", "x", "no-such-command", program="drinit")
    equal((status, err), (1, "drinit: Failed to execute no-such-command: No such file or directory\n"))


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


def test_R20_it_runs_where_it_is_not_pid_1():
    with Box(init=["/bin/sleep", "1000"], links=LINKS) as box:
        box.run("(/usr/local/bin/drinit touch /ran >/dev/null 2>&1 & echo $! >/init)")
        wait_for(lambda: exists(box, "/ran"))
        # It stays when the application has ended.
        wait_for(lambda: not box.pids_of("touch /ran") or not box.zombies())
        equal(box.run("kill -9 $(cat /init)").status, 0)


def test_R19_usage():
    equal(status_of(program="drinit"), 1)
    equal(status_of("-h", program="drinit"), 0)
    with drinit("/listener", "a", "0") as box:
        wait_up(box)
        equal(control(box).status, 1)
        equal(control(box, "-c", "9").status, 1)
        for words in (("-c",), ("-x",), ("-c", "1", "more"), ("-c", "1", "-s", "SIGHUP"), ("--cycle",)):
            equal((words, control(box, *words).status), (words, 1))
        equal(control(box, "-h").status, 0)
        equal(heard(box), [])


def test_R21_no_pipe_is_made_and_its_option_means_nothing():
    with drinit("-f", "/x.pipe", "/listener", "a", "0") as box:
        wait_up(box)
        equal(control(box, "-f", "/y.pipe", "-s", "SIGUSR1").status, 0)
        wait_heard(box, "SIGUSR1")
        equal([path for path in ("/x.pipe", "/y.pipe", "/tmp/drinit.pipe") if exists(box, path)], [])
    with Box(init=["/bin/sleep", "1000"], links=LINKS) as box:
        equal(control(box, "-s", "SIGUSR1").status, 1)


def test_R22_a_term_that_is_not_trapped_is_forwarded_and_ends_it_elsewhere_only():
    with drinit("/listener", "a", "0", "b") as box:
        wait_up(box, "a", "b")
        box.signal(signal.SIGTERM)
        wait_heard(box, "SIGTERM")
        wait_heard(box, "SIGTERM", name="b")
        wait_for(lambda: box.systemctl("is-active", "main.service").status == 3)
        assert box.alive()
    with command_box("--end=signal", "--forward=group", "--", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
