"""System calls of PID 1 that fail once.

    with Injection(box.pid) as seen: ...             # counts those that could fail
    with Injection(box.pid, 17, choose) as seen: ... # the 17th of them fails with choose(those it may fail with)

A tracer (ptrace(2)) that follows this one process and none of its children; nothing of it stays when the block is left. Only calls
are counted that can fail for want of something: descriptors, memory, room on a disk. What the kernel was asked to do is not done then.
"""
import ctypes
import errno
import os
import platform
import signal
import threading

from harness import Skip

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_DETACH, PTRACE_SYSCALL, PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_LISTEN = (
    12, 13, 17, 24, 0x4206, 0x4207, 0x4208)
PTRACE_EVENT_EXEC, PTRACE_EVENT_STOP = 4, 128
EPOLL_CTL_ADD = 1
OPTIONS = 1 | 0x10  # TRACESYSGOOD, TRACEEXEC
WALL = 0x40000000

_FULL = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_LOOK = (errno.EIO, errno.ENOMEM)
_WRITE = (errno.ENOSPC, errno.EIO, errno.EAGAIN)
_FORK = (errno.EAGAIN, errno.ENOMEM)

# By number (x86_64): the name, and what it may fail with.
CALLS = {
    0: ("read", (errno.EIO, errno.EAGAIN, errno.ENOMEM)), 1: ("write", _WRITE), 2: ("open", _FULL + (errno.EIO,)), 4: ("stat", _LOOK), 5: ("fstat", _LOOK),
    6: ("lstat", _LOOK), 9: ("mmap", (errno.ENOMEM,)), 17: ("pread", (errno.EIO,)), 20: ("writev", _WRITE), 22: ("pipe", _FULL),
    32: ("dup", (errno.EMFILE,)), 41: ("socket", _FULL),
    46: ("sendmsg", (errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM)), 47: ("recvmsg", (errno.ENOMEM, errno.EAGAIN)), 44: ("sendto", (errno.EAGAIN, errno.ENOBUFS)),
    45: ("recvfrom", (errno.ENOMEM, errno.EAGAIN)), 49: ("bind", (errno.ENOMEM, errno.ENOSPC, errno.EIO)), 53: ("socketpair", _FULL),
    54: ("setsockopt", (errno.ENOMEM, errno.ENOBUFS)), 56: ("clone", _FORK), 57: ("fork", _FORK), 58: ("vfork", _FORK), 72: ("fcntl", (errno.EMFILE, errno.ENOMEM)),
    77: ("ftruncate", _WRITE[:2]), 82: ("rename", _WRITE[:2]), 83: ("mkdir", _WRITE[:2]), 84: ("rmdir", _LOOK),
    87: ("unlink", _LOOK), 88: ("symlink", _WRITE[:2]), 89: ("readlink", _LOOK), 90: ("chmod", _LOOK), 91: ("fchmod", _LOOK), 93: ("fchown", _LOOK),
    217: ("getdents64", _LOOK),
    233: ("epoll_ctl", (errno.ENOMEM, errno.ENOSPC)), 254: ("inotify_add_watch", (errno.ENOSPC, errno.ENOMEM)), 257: ("openat", _FULL + (errno.EIO,)),
    258: ("mkdirat", _WRITE[:2]), 260: ("fchownat", _LOOK), 262: ("newfstatat", _LOOK), 263: ("unlinkat", _LOOK),
    264: ("renameat", _WRITE[:2]), 266: ("symlinkat", _WRITE[:2]), 267: ("readlinkat", _LOOK), 269: ("faccessat", _LOOK),
    288: ("accept4", _FULL), 289: ("signalfd4", _FULL), 291: ("epoll_create1", _FULL), 293: ("pipe2", _FULL), 294: ("inotify_init1", _FULL),
    302: ("prlimit64", (errno.ENOMEM,)), 316: ("renameat2", _WRITE[:2]), 318: ("getrandom", (errno.EAGAIN,)), 319: ("memfd_create", _FULL),
    332: ("statx", _LOOK), 434: ("pidfd_open", _FULL), 435: ("clone3", _FORK),
}


class _Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in
                "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs".split()]


def _ptrace(request, pid, address=0, data=0):
    if _libc.ptrace(request, pid, address, data) == -1 and ctypes.get_errno() not in (0, errno.ESRCH):
        raise OSError(ctypes.get_errno(), "ptrace %d" % request)


class Injection:
    """See the module's text. from_exec: nothing is counted until the process executes another program. `count`: the calls so far that could fail; `failed`: what did, as "read: EIO", or None."""

    def __init__(self, pid, position=0, choose=None, from_exec=False):
        if platform.machine() != "x86_64":
            raise Skip("the tracer knows x86_64 alone")
        self.pid, self.position = pid, position
        self.choose = choose or (lambda codes: codes[position % len(codes)])
        self.count, self.failed, self.error = 0, None, None
        self._counts = not from_exec
        self._leave = False
        self._attached = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._attached.wait(10)
        if self.error:
            raise Skip("cannot trace: %s" % self.error)
        return self

    def __exit__(self, *_):
        self._leave = True
        while self._thread.is_alive():
            try:
                os.kill(self.pid, signal.SIGCONT)  # means nothing to it, and wakes it up
            except ProcessLookupError:
                pass
            self._thread.join(0.05)

    def _run(self):
        try:
            _ptrace(PTRACE_SEIZE, self.pid, 0, OPTIONS)
            _ptrace(PTRACE_INTERRUPT, self.pid)
        except OSError as error:
            self.error = error
            self._attached.set()
            return
        self._follow()

    def _follow(self):
        entering, code = False, 0
        while True:
            try:
                _, status = os.waitpid(self.pid, WALL)
            except ChildProcessError:
                return
            if not os.WIFSTOPPED(status):
                return
            stop, event = os.WSTOPSIG(status), status >> 16
            passed_on = 0
            if stop == signal.SIGTRAP | 0x80:
                entering = not entering
                if entering:
                    code = self._enter()
                elif code:
                    self._set(rax=-code)
                    code = 0
            elif event == PTRACE_EVENT_STOP:
                self._attached.set()
                entering = False
            elif event == PTRACE_EVENT_EXEC:
                self._counts = True
            elif event == 0:
                passed_on = stop
            if self._leave and not code:
                _ptrace(PTRACE_DETACH, self.pid, 0, passed_on)
                return
            _ptrace(PTRACE_SYSCALL, self.pid, 0, passed_on)

    def _enter(self):
        registers = _Registers()
        _ptrace(PTRACE_GETREGS, self.pid, 0, ctypes.addressof(registers))
        call = CALLS.get(registers.orig_rax)
        if self._leave or not call or not self._counts:
            return 0
        # Of epoll_ctl(2) only an addition takes something.
        if call[0] == "epoll_ctl" and registers.rsi != EPOLL_CTL_ADD:
            return 0
        self.count += 1
        if self.count != self.position:
            return 0
        code = self.choose(call[1])
        self.failed = "%s: %s" % (call[0], errno.errorcode[code])
        self._set(orig_rax=-1)
        return code

    def _set(self, **values):
        registers = _Registers()
        _ptrace(PTRACE_GETREGS, self.pid, 0, ctypes.addressof(registers))
        for name, value in values.items():
            setattr(registers, name, value & (1 << 64) - 1)
        _ptrace(PTRACE_SETREGS, self.pid, 0, ctypes.addressof(registers))
