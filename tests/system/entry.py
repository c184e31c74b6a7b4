"""What the tests of command mode share: a box whose PID 1 runs a command, and scripts that say what they hear."""
import os

from harness import SYSTEMCTL_INIT, Box, read_file, wait_for

NAMES = ("dumb-init", "tini", "docker-container-init", "entrypoint", "yasinit", "drinit", "drinitctl")
LINKS = {"/usr/local/bin/" + name: "/usr/bin/systemctl" for name in NAMES}

# Says /NAME.up, then writes each signal it hears to /NAME.heard; ends with $2 at TERM, if given.
LISTENER = """#!/usr/bin/python3
import os, signal, sys
name, status = sys.argv[1], sys.argv[2:]
# Waited for, not handled: between a look for handlers and pause() a signal would be lost until the next.
every = [n for n in list(range(1, 32)) + list(range(34, 65)) if n not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD)]
signal.pthread_sigmask(signal.SIG_BLOCK, every)
def heard(number):
    with open("/%s.heard" % name, "a") as file:
        file.write("%s\\n" % (signal.Signals(number).name if number < 32 else "RT%d" % (number - 34)))
    if number == signal.SIGTERM and status:
        os._exit(int(status[0]))
if len(status) > 1:
    os.spawnv(os.P_NOWAIT, sys.argv[0], [sys.argv[0], status[1]])
open("/%s.up" % name, "w").close()
while True:
    heard(signal.sigwait(every))
"""
FILES = {"/listener": LISTENER}


class CommandBox(Box):
    """Its init begins only when the box has been found: it may end at once."""

    def boot(self):
        gate = "while [ ! -e /tmp/go ]; do sleep 0.01; done; exec \"$@\""
        self.init = ["/bin/sh", "-c", gate, "sh"] + self.init
        super().boot()
        open(self.path("/tmp/go"), "w").close()
        wait_for(lambda: gate not in read_file("/proc/%d/cmdline" % self.pid).split("\0"), what="the execution of the init")


def command_box(*arguments, files=None, links=None, program=None, **options):
    """A box whose PID 1 is `systemctl init ARGUMENTS`, or another init of ours by its name."""
    init = ["/usr/local/bin/" + program] if program else list(SYSTEMCTL_INIT)
    return CommandBox(init=init + list(arguments), files={**FILES, **(files or {})}, links={**LINKS, **(links or {})}, **options)


def outcome_of(*arguments, seconds=9.0, **options):
    """Exit status, stdout and stderr of PID 1 and what it ran."""
    with command_box(*arguments, **options) as box:
        return box.wait_exit(seconds), box.stdout(), box.stderr()


def status_of(*arguments, **options):
    """The exit status of PID 1."""
    return outcome_of(*arguments, **options)[0]


def exists(box, path):
    return os.path.exists(box.path(path))


def wait_up(box, *names):
    """Until the listeners run and listen."""
    for name in names or ("a",):
        wait_for(lambda name=name: exists(box, "/%s.up" % name), what="the start of " + name)


def heard(box, name="a"):
    return box.read("/%s.heard" % name).split()


def wait_heard(box, *signals, name="a"):
    wait_for(lambda: heard(box, name) == list(signals), what=lambda: "%s heard %s, not %s" % (name, heard(box, name), list(signals)))
