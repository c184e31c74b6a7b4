"""The control groups of the tests: each run has one in every hierarchy of the machine, and each box one of its own below it.

So neither what another run does at the same time nor what anybody has left behind is seen in a box. The run's groups are locked for as
long as it lasts; those that nobody has locked are what a killed run has left, and the next one removes them.
"""
import contextlib
import fcntl
import os
import secrets
import time

PREFIX = "sctl-tests."

# The run's groups by the controllers of their hierarchies, and their descriptors, which are locked and inherited by the tests.
_of_run = {}
_locks = []


def _lines(path):
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []


def _own_groups():
    """The directory of the group that we are in, for each hierarchy that is mounted; by its controllers, "" for version 2."""
    own = {line.split(":", 2)[1]: line.split(":", 2)[2] for line in _lines("/proc/self/cgroup")}
    found = {}
    for line in _lines("/proc/self/mountinfo"):
        fields = line.split()
        kind, options = fields[fields.index("-") + 1], fields[-1].split(",")
        for controllers, group in own.items():
            if kind == "cgroup2" if controllers == "" else kind == "cgroup" and set(controllers.split(",")) <= set(options):
                inside = os.path.relpath(group, fields[3])
                if not inside.startswith(".."):
                    found.setdefault(controllers, os.path.normpath(os.path.join(fields[4], inside)))
    return found


def _make_enterable(directory):
    """Of version 1: nobody may enter a group that has no processors and no memory."""
    above = os.path.dirname(directory)
    for name in "cpuset.cpus", "cpuset.mems":
        if os.path.exists(os.path.join(above, name)):
            with open(os.path.join(directory, name), "w") as file:
                file.write("".join(_lines(os.path.join(above, name))))


def _remove(top, seconds):
    """Removes a group and those below it, when the last process has left them; waits so long for that."""
    end = time.monotonic() + seconds
    for directory, _, _ in os.walk(top, topdown=False):
        while True:
            try:
                os.rmdir(directory)
                break
            except FileNotFoundError:
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)


def _lock(directory):
    """A descriptor of the group, which nobody else has locked; or None."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Until it was locked, somebody who cleans up may have removed it.
        if os.path.samestat(os.fstat(descriptor), os.stat(directory)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _remove_what_killed_runs_have_left(above):
    for name in os.listdir(above):
        descriptor = _lock(os.path.join(above, name)) if name.startswith(PREFIX) else None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                _remove(os.path.join(above, name), 0)
            os.close(descriptor)


def _make_of_run(directory):
    """Whether there is a new group now that is locked by us."""
    try:
        _remove_what_killed_runs_have_left(os.path.dirname(directory))
        while True:
            os.makedirs(directory, exist_ok=True)
            _make_enterable(directory)
            descriptor = _lock(directory)
            if descriptor is not None:
                _locks.append(descriptor)
                return True
    except OSError:
        return False


@contextlib.contextmanager
def of_run():
    """Within it, the run has its groups."""
    # One name in all of them: nspawn makes the groups of one hierarchy in another, too.
    name = PREFIX + secrets.token_hex(8)
    for controllers, above in _own_groups().items():
        directory = os.path.join(above, name)
        if _make_of_run(directory):
            _of_run[controllers] = directory
    try:
        yield
    finally:
        for directory in _of_run.values():
            with contextlib.suppress(OSError):
                _remove(directory, 5)


def hierarchies():
    """Those in which the run can make groups, by their controllers; "" is version 2."""
    return set(_of_run)


class ControlGroup:
    """A group of this name, in the given hierarchies or in all."""

    def __init__(self, name, controllers=None):
        self.directories = []
        for each in hierarchies() if controllers is None else controllers:
            directory = os.path.join(_of_run[each], name)
            os.mkdir(directory)
            self.directories.append(directory)
            _make_enterable(directory)

    def entering(self, command):
        """The command line that enters it and executes the command."""
        script = 'while [ "$1" != -- ]; do echo 0 >"$1/cgroup.procs" || exit; shift; done; shift; exec "$@"'
        return ["/bin/sh", "-c", script, "sh"] + self.directories + ["--"] + command

    def remove(self):
        for directory in self.directories:
            _remove(directory, 20)
