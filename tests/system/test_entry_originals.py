"""Where Debian has the original, it and we do the same, byte for byte: dumb-init, tini, and for what is common to all, catatonit."""
import os
import re
import shutil
import signal
import subprocess
import tempfile

from harness import Skip, binary, equal, read_file, wait_for


class Pair:
    """An original and ourselves under its name."""

    def __init__(self, name):
        self.name, self.original = name, shutil.which(name)
        if not self.original or os.path.realpath(self.original).endswith("systemctl"):
            raise Skip("no package " + name)
        self.directory = tempfile.TemporaryDirectory()
        self.ours = os.path.join(self.directory.name, name)
        os.symlink(binary(), self.ours)

    def run(self, program, arguments, first, environment):
        command = [program] + list(arguments)
        if first:
            command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c",
                       "mount -t tmpfs run /run; exec \"$@\"", "sh"] + command
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              env={**os.environ, **environment})
        # The name it was called by is the same up to its directory; numbers of processes and the order of two processes' lines are not.
        texts = [re.sub(rb"\b(PID|pid):? '?\d+'?", rb"\1 N", re.sub(rb"\(\d+\)", b"(N)", text)).replace(program.encode(), self.name.encode())
                 for text in (done.stdout, done.stderr)]
        return done.returncode, sorted(texts[0].splitlines()), sorted(texts[1].splitlines())

    def same(self, *arguments, first=False, environment=None):
        environment = environment or {}
        equal(self.run(self.ours, arguments, first, environment), self.run(self.original, arguments, first, environment))


SH = ("sh", "-c")


def test_dumb_init_says_and_ends_the_same():
    pair = Pair("dumb-init")
    for arguments in (("-h",), ("--help",), ("-V",), ("--version",), (), ("-r", "x", "true"), ("-r", "1:32", "true"), ("-r", "99:1", "true"), ("--nope",),
                      ("-x",), ("--rewrite",), ("no-such-command",), ("/etc/passwd",), ("-v", "true"), ("-v", "-c", "true"), ("-v",) + SH + ("exit 5",),
                      ("-v",) + SH + ("kill -9 $$",), ("-v", "-r", "15:2", "true"), ("-v", "-r", "15:0", "true"), ("-v", "-c", "-r", "15:9", "true"),
                      ("--verb", "true"), ("echo", "-v")):
        pair.same(*arguments)
    for environment in ({"DUMB_INIT_DEBUG": "1"}, {"DUMB_INIT_SETSID": "0", "DUMB_INIT_DEBUG": "1"}, {"DUMB_INIT_DEBUG": "0"}):
        pair.same("true", environment=environment)
    pair.same(*SH, "exit 7", first=True)


def test_tini_says_and_ends_the_same():
    pair = Pair("tini")
    for arguments in (("-h",), ("--version",), (), ("-Z", "true"), ("-p", "NOPE", "true"), ("-p", "TERM", "true"), ("-e", "256", "true"), ("-e", "x", "true"),
                      ("-e", "-1", "true"), ("-e",), ("no-such-command",), ("-s", "/etc/passwd"), ("-s", "true"), ("-s", "-v", "--") + SH + ("exit 5",), ("-s",) + SH + ("exit 5",),
                      ("-s", "-vv", "-w", "--") + SH + ("kill -9 $$",), ("-g", "true"), ("-e", "5", "--") + SH + ("exit 5",), ("-e", "143", "--") + SH + ("kill $$",),
                      ("--", "echo", "-v"), ("-s", "-p", "SIGKILL", "true")):
        pair.same(*arguments)
    for environment in ({"TINI_SUBREAPER": ""}, {"TINI_VERBOSITY": "0"}, {"TINI_VERBOSITY": "2"}, {"TINI_KILL_PROCESS_GROUP": ""}):
        pair.same("true", environment=environment)
    pair.same("--version", "true")
    pair.same("-vvv", "--", *SH, "exit 7", first=True)


def test_catatonit_ends_the_same():
    original = shutil.which("catatonit")
    if not original:
        raise Skip("no package catatonit")
    for script in ("exit 7", "kill -9 $$", "exit 0"):
        ours = subprocess.run([binary(), "init", "-q", "--", "sh", "-c", script], timeout=60).returncode
        theirs = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--mount-proc", original, "--", "sh", "-c", script], timeout=60).returncode
        equal(ours, theirs)


def hears(program, *options):
    """The signals of 1 to 31, as the command below `program` hears them."""
    listener = ("import os, signal\n"
                "every = [n for n in range(1, 32) if n not in (9, 19, 17)]\n"
                "signal.pthread_sigmask(signal.SIG_BLOCK, every)\n"
                "os.write(1, b'up\\n')\n"
                "while True: os.write(1, b'%d\\n' % signal.sigwait(every))\n")
    process = subprocess.Popen([program, *options, "python3", "-c", listener], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    heard = []
    equal(process.stdout.readline(), b"up\n")
    try:
        # Those that make an init do more than pass them on are left out: faults and what stops.
        for number in (1, 2, 3, 10, 12, 13, 14, 15, 16, 18, 23, 24, 25, 26, 27, 28, 29, 30):
            process.send_signal(number)
            heard.append(int(process.stdout.readline()))
    finally:
        for child in read_file("/proc/%d/task/%d/children" % (process.pid, process.pid)).split():
            os.kill(int(child), signal.SIGKILL)
        process.stdout.close()
        process.wait(5)
    return heard


def test_signals_are_passed_on_the_same():
    for name, options in (("dumb-init", ()), ("dumb-init", ("-c",)), ("dumb-init", ("-r", "15:3")), ("tini", ("-s", "--")), ("tini", ("-s", "-g", "--"))):
        pair = Pair(name)
        equal(hears(pair.ours, *options), hears(pair.original, *options))


def test_a_stop_signal_of_the_terminal_stops_dumb_init_too():
    for program in programs("dumb-init"):
        process = subprocess.Popen([program, "sleep", "1000"], start_new_session=True)
        child = wait_for(lambda: read_file("/proc/%d/task/%d/children" % (process.pid, process.pid)).split())[0]
        wait_for(lambda: read_file("/proc/%s/comm" % child) == "sleep\n")

        def states():
            return [read_file("/proc/%s/stat" % pid).rpartition(")")[2].split()[0] for pid in (process.pid, child)]
        try:
            process.send_signal(signal.SIGTSTP)
            wait_for(lambda: states() == ["T", "T"])
            process.send_signal(signal.SIGCONT)
            wait_for(lambda: states() == ["S", "S"])
        finally:
            process.send_signal(signal.SIGTERM)
            equal(process.wait(5), 143)


def programs(name):
    pair = Pair(name)
    yield pair.original
    yield pair.ours
