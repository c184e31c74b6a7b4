"""`systemctl init [OPTIONS] [UNIT...] -- COMMAND`: statuses, what the command is given, signals, the end, units around it, control from
inside. Ids are those of docs/inits.md."""
import os
import signal
import socket
import stat

from entry import command_box, exists, heard, outcome_of, status_of, wait_heard, wait_up
from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

SLEEPER = "[Service]\nExecStart=/bin/sleep 1000\n"


def test_the_status_is_the_commands():
    equal(status_of("--", "sh", "-c", "exit 73"), 73)
    equal(status_of("--", "true"), 0)


def test_a_renamed_file_is_the_same_program():
    with Box(init=["/bin/sh", "-c", "cp /usr/bin/systemctl /usr/bin/sctl; exec sctl init -- sh -c 'exit 73'"]) as box:
        equal(box.wait_exit(), 73)


def test_one_of_its_other_names_is_no_init_even_as_pid_1():
    with Box(init=["/bin/sh", "-c", "ln -s systemctl /usr/bin/runlevel; exec runlevel >/said"]) as box:
        equal(box.wait_exit(), 1)
        equal(box.read("/said"), "unknown\n")


def test_K05_a_command_killed_by_a_signal_gives_128_and_its_number():
    equal(status_of("--", "sh", "-c", "kill -9 $$"), 137)
    equal(status_of("--", "sh", "-c", "kill -TERM $$"), 143)


def test_K06_a_command_that_cannot_be_run_gives_127_or_126():
    status, _, err = outcome_of("--", "no-such-command")
    equal((status, err), (127, "systemctl init: Failed to execute no-such-command: No such file or directory\n"))
    equal(status_of("--", "/etc/passwd"), 126)
    equal(status_of("--", "/etc/passwd/x"), 127)


def test_a_script_without_an_interpreter_line_is_run_by_the_shell():
    equal(status_of("--", "/script", "5", files={"/script": ("exit $1\n", 0o755)}), 5)


def test_the_command_sees_defaults_and_what_the_init_was_given():
    script = ("grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; echo \"$GREETING\"; umask; pwd; ulimit -n; cat; ls /proc/self/fd | wc -l")
    with command_box("--", "/bin/sh", "-c", script, environment={"GREETING": "hello"}) as box:
        equal(box.wait_exit(), 0)
        lines = box.stdout().split("\n")
        equal([line.split()[1] for line in lines[:3]][:2], ["0000000000000000"] * 2)
        equal(lines[3:6], ["hello", "0022", "/"])


def test_descriptors_that_the_init_was_given_reach_the_command():
    with Box(init=["/bin/sh", "-c", "exec 7</etc/hostname 9>/nine; exec /usr/bin/systemctl init -- sh -c 'cat <&7 >/dev/null && echo x >&9; ls /proc/self/fd >/fds'"]) as box:
        equal(box.wait_exit(), 0)
        equal(box.read("/nine"), "x\n")
        equal(box.read("/fds").split(), ["0", "1", "2", "3", "7", "9"])


def test_descriptors_reach_the_command_after_units_too():
    with Box(units={"a.service": SLEEPER}, init=["/bin/sh", "-c", "exec 7>/seven; exec /usr/bin/systemctl init a -- sh -c 'echo x >&7'"]) as box:
        equal(box.wait_exit(), 0)
        equal(box.read("/seven"), "x\n")


def test_P01_a_signal_goes_to_the_session_of_the_command():
    with command_box("--", "/listener", "a", "4", "b") as box:
        wait_up(box, "a", "b")
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGWINCH):
            box.signal(number)
            wait_for(lambda number=number: signal.Signals(number).name in heard(box, "a") and signal.Signals(number).name in heard(box, "b"))
        box.signal(signal.SIGRTMIN + 3)
        wait_for(lambda: "RT3" in heard(box))
        box.signal(signal.SIGTERM)
        # `b` does not end with TERM, and is killed after the stop timeout: tested below. Here it ends with the namespace.
        wait_for(lambda: "SIGTERM" in heard(box, "b"))


def test_P02_who_is_left_in_the_session_is_told_waited_for_and_killed():
    with command_box("--stop-timeout=2", "--", "/listener", "a", "4", "b") as box:
        wait_up(box, "a", "b")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 4)
        assert "SIGTERM" in heard(box, "b")


def test_P03_who_leaves_in_time_is_waited_for():
    script = "(trap 'sleep 0.2; touch /gone; exit' TERM; touch /up; while :; do sleep 0.05; done) & while [ ! -e /up ]; do :; done; exit 6"
    with command_box("--", "/bin/sh", "-c", script) as box:
        equal(box.wait_exit(), 6)
        assert exists(box, "/gone")


def test_P04_forward_child_tells_the_command_alone():
    with command_box("--forward=child", "--", "/listener", "a", "4", "b") as box:
        wait_up(box, "a", "b")
        box.signal(signal.SIGUSR1)
        wait_heard(box, "SIGUSR1")
        equal(heard(box, "b"), [])


def test_P05_only_the_signals_of_a_list_are_forwarded():
    with command_box("--signals=USR2", "--", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGUSR1)
        box.signal(signal.SIGUSR2)
        wait_heard(box, "SIGUSR2")


def test_P06_end_any_of_several_commands():
    files = {"/r/one.run": "#!/bin/sh\nsleep 0.1; exit 3\n", "/r/two.run": "#!/bin/sh\nexec /listener two 5\n", "/r/x.sh": "#!/bin/sh\ntouch /x\n"}
    with command_box("--run=/r/*.run", files=files) as box:
        equal(box.wait_exit(), 3)
        assert not exists(box, "/x")


def test_P07_end_all_of_several_commands():
    files = {"/r/one.run": "#!/bin/sh\nexit 0\n", "/r/two.run": "#!/bin/sh\nsleep 0.2; exit 9\n"}
    equal(status_of("--run=/r/*.run", "--end=all", files=files), 9)


def test_P08_end_signal_stays_until_a_term():
    with command_box("--end=signal", "--", "sh", "-c", "touch /ran; exit 8") as box:
        wait_for(lambda: exists(box, "/ran"))
        wait_for(lambda: box.systemctl("is-active", "main.service").status == 3)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 8)


def test_P09_last_wait_waits_for_everyone_and_tells_nobody():
    with command_box("--last=wait", "--", "sh", "-c", "setsid sh -c 'sleep 0.3; touch /done' & exit 2") as box:
        equal(box.wait_exit(), 2)
        assert exists(box, "/done")


def test_P10_last_none_waits_for_nobody():
    with command_box("--last=none", "--", "sh", "-c", "sleep 1000 & exit 2") as box:
        equal(box.wait_exit(), 2)


def test_P19_rewrites_by_name_and_number_and_none_drops():
    with command_box("--rewrite=TERM:usr1", "--rewrite=1:12", "--rewrite=SIGUSR2:none", "--", "/listener", "a", "0") as box:
        wait_up(box)
        box.signal(signal.SIGUSR2)
        box.signal(signal.SIGHUP)
        wait_heard(box, "SIGUSR2")
        box.signal(signal.SIGTERM)
        wait_heard(box, "SIGUSR2", "SIGUSR1")
    equal(status_of("--rewrite=TERM:NOPE", "--", "touch", "/ran"), 1)


def test_P20_no_init_becomes_the_command():
    status, out, _ = outcome_of("--no-init", "--", "sh", "-c", "echo $$; exit 3")
    equal((status, out), (3, "1\n"))
    equal(status_of("--no-init", "--", "no-such-command"), 127)


def test_P21_success_statuses_become_0():
    equal(status_of("--success-exit-status=143,7", "--", "sh", "-c", "exit 7"), 0)
    equal(status_of("--success-exit-status=143", "--", "sh", "-c", "kill -TERM $$"), 0)
    equal(status_of("--success-exit-status=143", "--", "sh", "-c", "exit 7"), 7)


def test_orphans_are_reaped_at_once():
    with command_box("--", "/listener", "a", "0") as box:
        wait_up(box)
        box.run("for i in $(seq 100); do (sleep 0.2 >/dev/null 2>&1 &); done")
        wait_for(lambda: not box.pids_of("sleep 0.2"))
        wait_for(lambda: not box.zombies())


def test_P22_warn_reap_tells_of_orphans():
    status, _, err = outcome_of("--warn-reap", "--", "sh", "-c", "(sleep 0.05 &) ; sleep 0.3")
    equal(status, 0)
    assert "an orphan." in err, err


def test_P23_verbose_and_quiet():
    _, _, silent = outcome_of("--", "true")
    equal(silent, "")
    _, _, verbose = outcome_of("-v", "--", "true")
    assert "Started true as PID " in verbose and "main.service ended with status 0." in verbose, verbose
    _, _, quiet = outcome_of("-q", "--stop-timeout=100ms", "--", "sh", "-c", "(trap '' TERM; touch /up; sleep 1000) & while [ ! -e /up ]; do :; done")
    equal(quiet, "")


def test_a_bad_option_is_refused_and_nothing_is_run():
    with command_box("--bogus", "--", "touch", "/ran") as box:
        equal(box.wait_exit(), 1)
        assert not exists(box, "/ran")


# Units around it

def test_units_are_up_before_the_command_and_stopped_after_it():
    units = {"a.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'sleep 0.2; touch /a-up'\nExecStop=/bin/touch /a-stopped\n"}
    with command_box("a.service", "--", "sh", "-c", "test -e /a-up && test ! -e /a-stopped && exit 12", units=units) as box:
        equal(box.wait_exit(), 12)
        assert exists(box, "/a-stopped")


def test_term_with_units_reaches_the_command_which_stops_first():
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 1000\nExecStopPost=/bin/sh -c 'cat /a.heard >/seen'\n"}
    with command_box("a", "--", "/listener", "a", "5", units=units) as box:
        wait_up(box)
        box.signal(signal.SIGHUP)
        wait_heard(box, "SIGHUP")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 5)
        equal(box.read("/seen").split()[:2], ["SIGHUP", "SIGTERM"])


def test_term_while_units_start_ends_without_the_command():
    units = {"slow.service": "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'touch /up; sleep 1000'\n"}
    with command_box("slow", "--", "touch", "/ran", units=units) as box:
        wait_for(lambda: exists(box, "/up"))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 143)
        assert not exists(box, "/ran")


def test_a_failed_unit_does_not_keep_the_command_from_its_status():
    units = {"bad.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n"}
    equal(status_of("bad", "--", "sh", "-c", "exit 3", units=units), 3)


def test_a_unit_that_is_missing_keeps_the_command_from_running():
    units = {"a.service": "[Service]\nExecStart=/bin/touch /a\n", "broken.service": "[Service]\nType=oneshot\n"}
    links = {"/etc/systemd/system/masked.service": "/dev/null"}
    for name in ("nosuch", "broken", "masked"):
        for words in (("--", "touch", "/ran"), ("--run=/listener",)):
            with command_box("a", name, *words, units=units, links=links) as box:
                equal(box.wait_exit(), 1)
                assert not exists(box, "/ran") and not exists(box, "/a.up")
                assert "Nothing is run without %s.service." % name in box.stderr(), box.stderr()


def test_a_command_in_the_place_of_a_unit_is_told_apart():
    status, _, err = outcome_of("/bin/sleep", "1")
    equal((status, err), (1, "systemctl init: Is /bin/sleep a command? Put -- before it\n"))
    status, _, err = outcome_of("sleep", "1")
    equal(status, 1)
    assert "Is sleep a command? It is run by: systemctl init -- sleep" in err, err
    for words in (["nosuch"], ["sleep.service"]):
        with Box(units={"sleep.service": "[Service]\nExecStart=/bin/true\n"}, init=SYSTEMCTL_INIT + words) as box:
            equal(box.wait_exit(), int(words == ["nosuch"]))
            assert "command?" not in box.stderr()


def test_end_any_ends_with_the_first_unit():
    units = {"a.service": SLEEPER, "b.service": "[Service]\nExecStart=/bin/sh -c 'sleep 0.1; exit 4'\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["--end=any", "a", "b"]) as box:
        equal(box.wait_exit(), 4)


# Control from inside

def test_verbs_see_and_control_the_command():
    with command_box("--", "/listener", "a", "5") as box:
        wait_up(box)
        equal(box.systemctl("is-active", "main.service").out, "active\n")
        pid = box.main_pid("main.service")
        assert "listener" in box.proc(pid, "cmdline")
        status = box.systemctl("status", "main.service")
        equal(status.status, 0)
        assert "Loaded: loaded (/run/systemd/transient/main.service; transient)" in status.out, status
        equal(box.systemctl("kill", "--signal=USR1", "main.service").status, 0)
        wait_heard(box, "SIGUSR1")
        equal(box.systemctl("restart", "main.service").status, 0)
        wait_for(lambda: box.main_pid("main.service") not in (0, pid))
        assert box.alive()
        equal(box.systemctl("stop", "main.service").status, 0)
        equal(box.systemctl("is-active", "main.service").status, 3)
        assert box.alive()
        os.unlink(box.path("/a.up"))
        equal(box.systemctl("start", "main.service").status, 0)
        wait_up(box)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 5)


def test_a_stop_from_inside_ends_all_of_the_command():
    with command_box("--", "sh", "-c", "setsid sleep 1000 & (setsid sleep 2000 &); touch /up; wait") as box:
        wait_for(lambda: exists(box, "/up") and box.pids_of("sleep 2000"))
        equal(box.systemctl("stop", "main.service").status, 0)
        equal((box.pids_of("sleep 1000"), box.pids_of("sleep 2000")), ([], []))


def test_a_service_started_from_inside_is_stopped_at_the_end():
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 1000\nExecStopPost=/bin/touch /stopped\n"}
    with command_box("--", "/listener", "a", "5", units=units) as box:
        wait_up(box)
        equal(box.systemctl("start", "a.service").status, 0)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 5)
        assert exists(box, "/stopped")


def test_nothing_but_the_socket_is_made_and_no_process_is_started_beside_the_command():
    with command_box("--", "/listener", "a", "5") as box:
        wait_up(box)
        wait_for(lambda: exists(box, "/run/systemd/private"))
        equal(sorted(os.listdir(box.path("/run/systemd"))), ["private", "sctl.lock"])
        equal(len(box.processes()), 2)
        assert stat.S_ISSOCK(os.stat(box.path("/run/systemd/private")).st_mode)


def test_it_runs_without_privileges_on_a_read_only_root():
    with command_box("--", "sh", "-c", "exit 4", read_only=True, capabilities=UNPRIVILEGED) as box:
        equal(box.wait_exit(), 4)


# The world outside

def test_ready_and_stopping_are_told_outside_and_the_command_does_not_see_the_socket():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outer:
        outer.bind("")  # the kernel finds a name that nobody has
        name = outer.getsockname()[1:].decode()
        outer.settimeout(30)
        with command_box("--", "sh", "-c", "echo \"${NOTIFY_SOCKET-unset}\" >/seen; exec /listener a 0",
                         environment={"NOTIFY_SOCKET": "@" + name}) as box:
            equal(outer.recv(100), b"READY=1")
            wait_up(box)
            equal(box.read("/seen"), "unset\n")
            box.signal(signal.SIGTERM)
            equal(outer.recv(100), b"STOPPING=1")
            equal(box.wait_exit(), 0)


def test_the_ready_file_is_there_while_the_command_runs():
    with command_box("--ready-file=/ready", "--", "/listener", "a", "0") as box:
        wait_up(box)
        wait_for(lambda: exists(box, "/ready"))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        assert not exists(box, "/ready")


def test_a_failure_is_told_to_the_termination_log_where_there_is_one():
    with command_box("--", "sh", "-c", "exit 3") as box:
        equal(box.wait_exit(), 3)
        assert not exists(box, "/dev/termination-log")
    box = command_box("--", "sh", "-c", "exit 3")
    with open(box.path("/dev/termination-log"), "w") as log:
        log.write("old")
    with box:
        equal(box.wait_exit(), 3)
        text = box.read("/dev/termination-log")
        assert text.startswith("main.service: exit-code, code=exited, status=3"), text


def test_a_command_that_its_parent_kills_leaves_a_status_all_the_same():
    with command_box("--", "/listener", "a", "0") as box:
        wait_up(box)
        box.run("kill -9 $(pidof -x listener || pgrep -f /listener)")
        equal(box.wait_exit(), 137)


# Health

def test_R17_healthcheck_says_0_or_1():
    with command_box("--", "/listener", "a", "0", units={"a.service": SLEEPER}) as box:
        wait_up(box)
        equal(box.systemctl("healthcheck").status, 0)
        equal(box.systemctl("healthcheck", "main.service").status, 0)
        outcome = box.systemctl("healthcheck", "main", "a")
        equal((outcome.status, outcome.out), (1, "unhealthy: a.service is inactive\n"))
        equal(box.systemctl("healthcheck", "--", "sh", "-c", "exit 0").status, 0)
        outcome = box.systemctl("healthcheck", "main", "--", "sh", "-c", "exit 5")
        equal((outcome.status, outcome.out), (1, "unhealthy: sh ended with status 5\n"))
        outcome = box.systemctl("healthcheck", "--timeout=200ms", "--", "sleep", "1000")
        equal((outcome.status, outcome.out), (1, "unhealthy: no answer within the timeout\n"))
        wait_for(lambda: not box.pids_of("sleep 1000"))
        equal(box.systemctl("healthcheck", "--bogus").status, 1)
        pid = box.main_pid("main.service")
        equal(box.systemctl("healthcheck", "--restart", "main", "--", "false").status, 1)
        wait_for(lambda: box.main_pid("main.service") not in (0, pid))


def test_a_bare_healthcheck_is_about_the_command():
    with command_box("--end=signal", "--", "sh", "-c", "touch /up; while [ ! -e /go ]; do sleep 0.01; done") as box:
        wait_for(lambda: exists(box, "/up"))
        equal(box.systemctl("healthcheck").status, 0)
        box.run("touch /go")
        wait_for(lambda: box.systemctl("is-active", "main.service").status == 3)
        outcome = box.systemctl("healthcheck")
        equal((outcome.status, outcome.out), (1, "unhealthy: main.service is inactive\n"))
    with Box(init=SYSTEMCTL_INIT) as box:
        box.wait_running()
        equal(box.systemctl("healthcheck").status, 0)


def test_healthcheck_where_no_manager_answers():
    with Box(init=["/bin/sleep", "1000"]) as box:
        outcome = box.systemctl("healthcheck", "a.service", "--timeout=1s")
        equal((outcome.status, outcome.out), (1, "unhealthy: no manager answers\n"))
        equal(box.systemctl("healthcheck", "--", "true").status, 0)
