"""Job control under a real pseudo-terminal: bash as the command of an init that leads the terminal's session, as `docker run -it` makes it."""
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

from harness import SYSTEMCTL_INIT, Box, Skip, binary, equal

PROMPT = b"ready> "


def processes():
    """For messages of failures."""
    return subprocess.run(["ps", "-eo", "pid,ppid,pgid,sid,tpgid,tty,stat,caught,ignored,blocked,pending,args"], stdout=subprocess.PIPE, text=True).stdout


class Terminal:
    """bash below our init, PID 1 of a pid namespace, with the keyboard and the screen of its terminal; in the root of a box, if given."""

    def __init__(self, *options, init=None, box=None, words=("bash", "--norc", "--noprofile", "-i")):
        if not shutil.which("bash"):
            raise Skip("no bash")
        start = "mount -t tmpfs run /run; exec setsid -c \"$@\""
        if box:
            start = "mount -t proc proc %s/proc; exec setsid -c chroot %s \"$@\"" % (box.root, box.root)
            init = list(SYSTEMCTL_INIT) + list(options) + ["--"] * bool(words)
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c", start, "sh"]
        command += init or [binary(), "init"] + list(options) + ["--"]
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.execvpe("unshare", command + list(words),
                       {"PATH": os.environ["PATH"], "PS1": PROMPT.decode(), "TERM": "dumb", "HOME": "/"})
        self.seen = b""
        # Else ^C empties the screen's buffer a moment after its signal was sent, and a prompt with it that was quick to come.
        modes = termios.tcgetattr(self.screen)
        modes[3] |= termios.NOFLSH
        termios.tcsetattr(self.screen, termios.TCSANOW, modes)

    def __enter__(self):
        self.read_until(PROMPT)
        return self

    def __exit__(self, *_):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.screen)

    def read_until(self, text, seconds=30.0):
        """What the screen has got, up to `text`, which is taken off."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready = select.select([self.screen], [], [], max(0.0, end - time.monotonic()))[0]
            assert ready, "no %r on the screen, but %r\n%s" % (text, self.seen, processes())
            try:
                self.seen += os.read(self.screen, 4096)
            except OSError:
                raise AssertionError("the terminal is gone; the screen was %r" % self.seen) from None
        before, _, self.seen = self.seen.partition(text)
        return before

    def type(self, text):
        os.write(self.screen, text if isinstance(text, bytes) else text.encode())

    def line(self, text):
        """What a line typed at the prompt prints."""
        self.type(text + "\n")
        self.read_until(b"\n")
        return self.read_until(PROMPT)

    def status(self):
        """The exit status, once it has ended."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self.screen], [], [], 0.05)[0]:
                try:
                    os.read(self.screen, 4096)
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("it has not ended")


def job_control(terminal):
    assert b"job control" not in terminal.seen
    equal(terminal.line("echo $-; jobs").count(b"m"), 1)
    terminal.type("sleep 1000\n")
    terminal.read_until(b"\n")
    running(terminal, b"sleep 1000")
    terminal.type(b"\x1a")
    assert b"Stopped" in terminal.read_until(PROMPT)
    assert b"sleep 1000 &" in terminal.line("bg")
    terminal.type("fg\n")
    terminal.read_until(b"sleep 1000")
    terminal.read_until(b"\n")
    # bash says it before the job has the terminal, and it may go on before it is on it.
    running(terminal, b"sleep 1000")
    terminal.type(b"\x03")
    terminal.read_until(PROMPT)
    assert b"130" in terminal.line("echo $?")


def running(terminal, command):
    """Until a process with this command line is in the foreground of the terminal."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        group = struct.unpack("i", fcntl.ioctl(terminal.screen, termios.TIOCGPGRP, b"\0" * 4))[0]
        try:
            with open("/proc/%d/cmdline" % group, "rb") as file:
                if file.read().replace(b"\0", b" ").strip() == command:
                    return
        except OSError:
            pass
    raise AssertionError("%r is not in the foreground" % command)


def test_T01_a_shell_has_job_control():
    with Terminal() as terminal:
        job_control(terminal)
        terminal.type("exit 5\n")
        equal(terminal.status(), 5)


def test_T02_as_a_group_too():
    with Terminal("--forward=group") as terminal:
        job_control(terminal)
        terminal.type("exit 6\n")
        equal(terminal.status(), 6)


def test_T03_the_window_size_is_the_terminals():
    with Terminal() as terminal:
        fcntl.ioctl(terminal.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
        assert b"33 77" in terminal.line("stty size")
        terminal.line("trap 'echo resized' WINCH")
        fcntl.ioctl(terminal.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 44, 88, 0, 0))
        terminal.type("\n")
        terminal.read_until(b"resized")


def test_T04_the_shell_leads_the_session_of_the_terminal():
    with Terminal() as terminal:
        fields = terminal.line("ps -o pid=,sid=,tpgid= -p $$").split()
        equal(fields[0], fields[1])


def test_T05_the_end_of_the_input_ends_the_shell():
    with Terminal() as terminal:
        terminal.type(b"\x04")
        equal(terminal.status(), 0)


def test_T06_under_the_names_of_others():
    for name in ("dumb-init", "tini", "entrypoint"):
        with tempfile.TemporaryDirectory() as directory:
            os.symlink(binary(), os.path.join(directory, name))
            with Terminal(init=[os.path.join(directory, name)] + ["--"] * (name == "tini")) as terminal:
                job_control(terminal)
                terminal.type("exit 7\n")
                equal(terminal.status(), 7)


def test_T07_after_units_too():
    units = {"web.service": "[Service]\nExecStart=/bin/sleep 2000\n"}
    for options in ((), ("--forward=group",)):
        box = Box(units=units)
        try:
            with Terminal("--show-status=no", "web.service", *options, box=box) as terminal:
                job_control(terminal)
                assert b"\nactive" in terminal.line("echo; systemctl is-active web.service")
                terminal.type("exit 5\n")
                equal(terminal.status(), 5)
        finally:
            box.close()


def test_T08_a_shell_that_is_started_anew_has_it_again():
    units = {"web.service": "[Service]\nExecStart=/bin/sleep 2000\n"}
    for words in ((), ("web.service",)):
        box = Box(units=units)
        try:
            with Terminal("--show-status=no", *words, box=box) as terminal:
                # Not by bash itself, which ignores SIGTERM.
                terminal.type("exec sh -c 'systemctl restart --no-block main.service; exec sleep 3000'\n")
                terminal.read_until(b"\n")
                terminal.read_until(PROMPT)
                job_control(terminal)
                terminal.type("exit 6\n")
                equal(terminal.status(), 6)
        finally:
            box.close()


def test_T09_its_size_is_nothing_to_an_init_without_a_command():
    box = Box(units={"web.service": "[Service]\nExecStart=/bin/sleep 2000\n"})
    try:
        terminal = Terminal("web.service", box=box, words=())
        terminal.read_until(b"Startup finished")
        for rows in (33, 44):
            fcntl.ioctl(terminal.screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 77, 0, 0))
        terminal.type(b"\x03")
        assert b"kbrequest" not in terminal.read_until(b"Stopped web.service")
        equal(terminal.status(), 0)
        terminal.__exit__()
    finally:
        box.close()
