"""Stops a box's PID 1 as it ends, by ptrace(2), and looks at what is left: the kernel would kill it next, and nobody would know.

    with ExitStop(box) as stop:
        box.signal(signal.SIGTERM)
        assert stop.processes_left(90) == []
    assert box.wait_exit() == 0
"""
import ctypes
import os
import signal

from harness import read_file, wait_for

PTRACE_CONT, PTRACE_DETACH, PTRACE_SEIZE = 7, 17, 0x4206
PTRACE_O_TRACEEXIT, PTRACE_EVENT_EXIT = 0x40, 6
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data):
    if _libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace request %#x of %d" % (request, pid))


class ExitStop:
    def __init__(self, box):
        self.pid = box.pid
        self.space = os.readlink("/proc/%d/ns/pid" % self.pid)

    def __enter__(self):
        ptrace(PTRACE_SEIZE, self.pid, PTRACE_O_TRACEEXIT)
        return self

    def __exit__(self, *_):
        try:
            ptrace(PTRACE_DETACH, self.pid, 0)
        except OSError:
            pass  # it was never stopped: it goes with us, or has gone

    def _stopped(self):
        pid, status = os.waitpid(self.pid, os.WNOHANG | WALL)
        if pid == 0:
            return False
        assert os.WIFSTOPPED(status), "PID 1 ended without a stop: status %#x" % status
        if status >> 16 == PTRACE_EVENT_EXIT:
            return True
        # A signal on its way: it goes on with it.
        ptrace(PTRACE_CONT, self.pid, 0 if status >> 16 else os.WSTOPSIG(status))
        return False

    def processes_left(self, seconds):
        """Command lines of all that is in PID 1's namespace besides it, once it ends."""
        wait_for(self._stopped, seconds, lambda: "the end of PID 1, with " + ", ".join(self._others()))
        return self._others()

    def _others(self):
        found = []
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and int(name) != self.pid and os.readlink("/proc/%s/ns/pid" % name) == self.space:
                    found.append(read_file("/proc/%s/cmdline" % name).replace("\0", " ").strip() or read_file("/proc/%s/comm" % name).strip())
            except OSError:
                pass  # it has ended
        return found
