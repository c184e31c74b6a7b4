"""Command mode in odd surroundings: what a container, an engine or a script may lack or leave, and the status is the command's all the same."""
import os
import signal
import subprocess

from entry import FILES, LINKS, CommandBox, command_box, exists, status_of, wait_heard, wait_up
from harness import binary, equal, wait_for

INIT = "/usr/bin/systemctl init"


def status_below(shell, **options):
    """Of PID 1 after a script has become it by `exec`."""
    with CommandBox(init=["/bin/sh", "-c", shell], files={**FILES, **options.pop("files", {})}, links=LINKS, **options) as box:
        return box.wait_exit()


def test_without_proc():
    equal(status_below("umount -l /proc; exec %s -- sh -c '(sleep 0.05 &); exit 7'" % INIT), 7)
    equal(status_below("umount -l /proc; exec /usr/local/bin/dumb-init -- sh -c 'exit 7'"), 7)
    equal(status_below("umount -l /proc; exec /usr/local/bin/tini -- sh -c 'exit 7'"), 7)
    equal(status_below("umount -l /proc; exec /usr/local/bin/docker-container-init sh -c 'sleep 0.05 & exit 7'"), 7)


def test_with_closed_standard_descriptors():
    for closed in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"):
        for init in (INIT + " --", "/usr/local/bin/dumb-init", "/usr/local/bin/tini -v --"):
            # What was closed is not one of our own descriptors in the command.
            script = "exec %s; exec %s sh -c 'ls -l /proc/$$/fd >/fds; exit 7'" % (closed, init)
            with CommandBox(init=["/bin/sh", "-c", script], files=FILES, links=LINKS) as box:
                equal((closed, init, box.wait_exit()), (closed, init, 7))
                assert not [line for line in box.read("/fds").splitlines() if "anon_inode" in line or "socket:" in line], box.read("/fds")


def test_with_long_arguments_and_many_variables():
    long = "x" * 100000
    variables = {"VARIABLE_%d" % number: "value" for number in range(4096)}
    script = "test $# = 12 && test ${#12} = 100000 && test \"$VARIABLE_4095\" = value && exit 7"
    equal(status_of("--", "sh", "-c", script, "sh", *[long] * 12, environment=variables), 7)
    equal(status_of(*["sh", "-c", script, "sh"] + [long] * 12, environment=variables, program="dumb-init"), 7)


def test_what_cannot_be_executed():
    files = {"/no-interpreter": "#!/no/such\nexit 1\n", "/plain": ("exit 7\n", 0o755), "/plain-not": ("exit 7\n", 0o644), "/empty": ("", 0o755)}
    for command, status in (("/usr", 126), ("/plain-not", 126), ("/no-interpreter", 127), ("/plain", 7), ("/empty", 0), ("", 127), ("/etc/hostname/x", 127)):
        equal((command, status_of("--", command, files=files)), (command, status))


def test_a_path_that_leads_past_what_may_not_be_executed():
    files = {"/a/program": ("exit 1\n", 0o644), "/b/program": "#!/bin/sh\nexit 7\n"}
    equal(status_of("--", "program", files=files, environment={"PATH": "/missing:/a:/b:/usr/bin:/bin"}), 7)
    equal(status_of("--", "program", files=files, environment={"PATH": "/missing:/a"}), 126)


def test_as_a_user_that_no_file_names():
    as_user = "exec setpriv --reuid=54321 --regid=54321 --clear-groups %s"
    equal(status_below(as_user % (INIT + " -- sh -c 'test $(id -u) = 54321 && exit 7'")), 7)
    with CommandBox(init=["/bin/sh", "-c", "chmod 1777 /; " + as_user % (INIT + " -- /listener a 3")], files=FILES, read_only=False) as box:
        wait_up(box)
        box.signal(signal.SIGUSR1)
        wait_heard(box, "SIGUSR1")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 3)


def test_without_the_right_to_signal_what_the_command_has_become():
    script = "exec setpriv --bounding-set=-kill --inh-caps=-kill %s --stop-timeout=200ms -- sh -c 'chmod 1777 /; setpriv --reuid=54321 --clear-groups /listener a &" \
             " while [ ! -e /a.up ]; do sleep 0.01; done; exit 7'" % INIT
    equal(status_below(script), 7)


def test_with_nothing_to_read_and_nobody_who_reads():
    equal(status_below("mkfifo /p; (: >/p) & exec %s -- sh -c 'cat; exit 7' </p" % INIT), 7)
    reader, writer = os.pipe()
    os.close(reader)
    for options in ([], ["-vv"]):
        done = subprocess.run([binary(), "init", *options, "--", "sh", "-c", "kill -0 $$; exit 7"], stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, timeout=10)
        equal((options, done.returncode), (options, 7))
        # The command has SIGPIPE as anybody has it.
        done = subprocess.run([binary(), "init", *options, "--", "sh", "-c", "exec cat /etc/passwd"], stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, timeout=10)
        equal((options, done.returncode), (options, 128 + signal.SIGPIPE))
    os.close(writer)


def test_a_full_stderr_that_nobody_reads_holds_nobody():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    done = subprocess.run([binary(), "init", "-vv", "--", "sh", "-c", "exit 7"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writer, timeout=10)
    equal(done.returncode, 7)
    os.close(reader)
    os.close(writer)


def test_a_command_that_is_stopped_has_not_ended():
    for program in (None, "dumb-init", "tini", "docker-container-init", "yasinit"):
        with command_box(*([] if program else ["--"]), "/listener", "a", "3", program=program) as box:
            wait_up(box)
            pid = box.pids_of("python3 /listener a")[0]
            box.run("kill -STOP %d" % pid)
            wait_for(lambda: box.proc(pid, "stat").rpartition(")")[2].split()[0] == "T")
            assert box.alive()
            box.signal(signal.SIGTERM)
            box.run("kill -CONT %d" % pid)
            equal((program, box.wait_exit()), (program, 3))


def test_a_rewrite_to_nothing_and_of_the_terminals_stops():
    with command_box("-r", "15:0", "-r", "20:10", "-r", "21:12", "/listener", "a", "0", program="dumb-init") as box:
        wait_up(box)
        for number in (signal.SIGTERM, signal.SIGTSTP):
            box.signal(number)
        wait_heard(box, "SIGUSR1")
        box.signal(signal.SIGTTIN)
        wait_heard(box, "SIGUSR1", "SIGUSR2")
        assert box.alive()


def test_on_a_read_only_root_without_run():
    with command_box("--", "sh", "-c", "touch /x 2>/dev/null || exit 7", read_only=True) as box:
        equal(box.wait_exit(), 7)


def test_in_a_directory_that_is_gone():
    for init in (INIT + " --", "/usr/local/bin/dumb-init", "/usr/local/bin/tini --"):
        equal((init, status_below("mkdir /gone; cd /gone; rmdir /gone; exec %s sh -c 'exit 7' 2>/dev/null" % init)), (init, 7))


def test_with_few_descriptors_left():
    equal(status_below("ulimit -n 12; exec %s -- sh -c 'test $(ulimit -n) = 12 && exit 7'" % INIT), 7)


# Where /run/systemd cannot be written to

AS_ANOTHER = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]


def box_of_another(*words, shm=0o755, **options):
    """Its PID 1 is a user who may not write to the image's /run/systemd; /dev/shm has this mode."""
    box = CommandBox(init=AS_ANOTHER + list(words), files={**FILES, "/run/systemd/system/of-root": ""}, links=LINKS, **options)
    os.chmod(box.path("/dev/shm"), shm)
    return box


def test_units_of_another_user_than_root():
    units = {"web.service": "[Service]\nExecStart=/bin/sleep 1000\n", "more.service": "[Service]\nExecStart=/bin/sleep 2000\n"}
    for shm, place in ((0o755, "/tmp/sctl-12345"), (0o1777, "/dev/shm/sctl-12345")):
        with box_of_another("systemctl", "init", "web.service", shm=shm, units=units) as box:
            box.wait_state("web.service", "active")
            box.wait_running()
            equal(sorted(os.listdir(box.path("/run/systemd"))), ["system"])
            assert exists(box, place + "/private")
            equal([line for line in box.stderr().splitlines() if "Cannot mount" in line or "name of the container" in line], [])
            # The client finds it, as root and as that user; others may look.
            equal(box.systemctl("is-active", "web.service", user="12345").out, "active\n")
            equal(box.systemctl("start", "more.service", user="12345").status, 0)
            equal(box.systemctl("stop", "more.service").status, 0)
            equal(box.systemctl("is-active", "web.service", user="1000").out, "active\n")
            equal(box.systemctl("stop", "web.service", user="1000").status, 4)
            equal(box.systemctl("healthcheck", "web").status, 0)
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(), 0)


def test_a_place_that_somebody_else_has_made_is_not_taken():
    with box_of_another("sh", "-c", "while [ ! -e /tmp/begin ]; do sleep 0.01; done; exec systemctl init -- sleep 1000", shm=0o1777) as box:
        box.run("mkdir /dev/shm/sctl-12345; chown 1000 /dev/shm/sctl-12345; touch /tmp/begin")
        wait_for(lambda: exists(box, "/tmp/sctl-12345/private"))
        equal(box.systemctl("is-active", "main.service").out, "active\n")


def test_drinit_as_another_user_and_with_a_read_only_root():
    words = ["/usr/local/bin/drinit", "--", "sleep", "1000"]
    for box, user in ((box_of_another(*words), {"user": "12345"}), (CommandBox(init=words, links=LINKS, read_only=True), {})):
        with box:
            wait_for(lambda: box.pids_of("sleep 1000"))
            first = wait_for(lambda: box.main_pid("main.service"))
            outcome = box.run("/usr/local/bin/drinitctl", "-c1", **user)
            equal((outcome.status, outcome.err), (0, ""))
            wait_for(lambda: box.main_pid("main.service") not in (0, first))
