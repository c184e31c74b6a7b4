#!/usr/bin/env python3
"""What many services cost a supervisor: boot, the replacement of a killed process, stop, captured output.

Runs programs of the name systemctl, and limit.c, in turns, each as PID 1 of a namespace of its own; the
numbers in parentheses are the medians of the ratios to the first. Needs root and a C compiler.
"""
import argparse, ctypes, json, mmap, os, shutil, signal, statistics, struct, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
CLONE_NEWNS, CLONE_NEWPID, MS_PRIVATE, MS_REC = 0x00020000, 0x20000000, 1 << 18, 1 << 14
LIBC = ctypes.CDLL(None, use_errno=True)
DEADLINE = 60

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("programs", nargs="+", metavar="PROGRAM", help="a binary of the name systemctl, or `limit`")
parser.add_argument("--services", type=int, default=1000)
parser.add_argument("--kills", type=int, default=100)
parser.add_argument("--megabytes", type=int, default=50, help="of captured output; 0: do not measure it")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--cgroups", action="store_true", help="leave the hierarchy of cgroups visible")


def check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


def cpu_of(pid):
    """Nanoseconds, also of a zombie."""
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0])


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


def wait_until(condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a supervisor did not come as far as expected")
        time.sleep(0.001)


class Box:
    """One supervisor as PID 1, with its services."""

    def __init__(self, directory, program, limit, cgroups, services, arguments):
        self.directory, self.services = directory, services
        self.shared_path = directory + "/shared"
        with open(self.shared_path, "wb") as file:
            file.truncate(16)
        self.shared_file = open(self.shared_path, "r+b")
        self.shared = mmap.mmap(self.shared_file.fileno(), 16)
        command = [limit, "init", limit, self.shared_path, str(services)]
        if program != "limit":
            self.write_units(" ".join([limit, *arguments[:1], self.shared_path, *arguments[1:]]))
            command = [os.path.abspath(program), "init", "--instance=" + directory]
        self.began = time.monotonic_ns()
        self.pid = self.launch(command, cgroups)
        self.pidfd = os.pidfd_open(self.pid)

    def write_units(self, command):
        units = self.directory + "/etc/systemd/system"
        os.makedirs(units + "/multi-user.target.wants")
        for i in range(self.services):
            with open(f"{units}/b{i}.service", "w") as file:
                file.write("[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=0\n"
                           f"LogRateLimitIntervalSec=0\nExecStart={command}\n")
            os.symlink(f"../b{i}.service", f"{units}/multi-user.target.wants/b{i}.service")

    def launch(self, command, cgroups):
        check(LIBC.unshare(CLONE_NEWPID), "unshare")
        pid = os.fork()
        if pid > 0:
            return pid
        try:
            check(LIBC.unshare(CLONE_NEWNS), "unshare")
            check(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")
            check(LIBC.mount(b"proc", b"/proc", b"proc", 0, None), "mount")
            if not cgroups:
                check(LIBC.mount(b"none", b"/sys/fs/cgroup", b"tmpfs", 0, None), "mount")
            os.dup2(os.open(self.directory + "/output", os.O_WRONLY | os.O_CREAT), 2)
            os.execv(command[0], command)
        finally:
            os._exit(127)

    def started(self):
        return struct.unpack_from("<Q", self.shared, 0)[0]

    def last_start(self):
        return struct.unpack_from("<Q", self.shared, 8)[0]

    def wait_started(self, count):
        wait_until(lambda: self.started() >= count)

    def helpers(self):
        return [self.pid] + [pid for pid in children_of(self.pid) if name_of(pid) == "sctl-capture"]

    def settle(self):
        """Until nobody but the services uses the processor."""
        pids, used = self.helpers(), [-1, -2]

        def rests():
            time.sleep(0.1)
            used.append(sum(map(cpu_of, pids)))
            return used[-1] == used[-2]
        wait_until(rests)
        return used[-1]

    def kill_and_wait(self):
        victim = next(pid for pid in reversed(children_of(self.pid)) if name_of(pid) == "limit")
        before = self.started()
        killed_at = time.monotonic_ns()
        os.kill(victim, signal.SIGKILL)
        self.wait_started(before + 1)
        return self.last_start() - killed_at

    def stop(self):
        """Nanoseconds: by the clock, of PID 1's processor time."""
        before, told_at = cpu_of(self.pid), time.monotonic_ns()
        os.kill(self.pid, signal.SIGTERM)
        os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED | os.WNOWAIT)
        took = time.monotonic_ns() - told_at
        cpu = cpu_of(self.pid) - before
        os.waitpid(self.pid, 0)
        return took, cpu


def measure(options, program, limit, directory):
    figures = {}
    box = Box(directory + "/services", program, limit, options.cgroups, options.services, ["serve"])
    box.wait_started(options.services)
    figures["boot ms"] = (box.last_start() - box.began) / 1e6
    figures["boot cpu ms"] = box.settle() / 1e6
    before = sum(map(cpu_of, box.helpers()))
    figures["replace us"] = statistics.median(box.kill_and_wait() for _ in range(options.kills)) / 1e3
    figures["replace cpu us"] = (box.settle() - before) / 1e3 / options.kills
    took, cpu = box.stop()
    figures["stop ms"], figures["stop cpu ms"] = took / 1e6, cpu / 1e6
    return figures


def measure_output(options, program, limit, directory):
    if program == "limit":
        return {}
    box = Box(directory + "/output", program, limit, options.cgroups, 1,
              ["write", str(options.megabytes * 1000000)])
    box.wait_started(1)
    cpu = box.settle()
    box.stop()
    return {"capture ms/MB": cpu / 1e6 / options.megabytes}


def in_child(work):
    """PID 1 has to be the first child of a process; so each box gets such a process."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.write(writer, json.dumps(work()).encode())
            status = 0
        except (OSError, TimeoutError, StopIteration) as error:
            print("supervisor.py:", error, file=sys.stderr)
        finally:
            os._exit(status)
    os.close(writer)
    with open(reader) as file:
        text = file.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else {}


def run(options, base):
    limit = base + "/limit"
    subprocess.run(["cc", "-O2", "-static", "-o", limit, HERE + "/limit.c"], check=True)
    rounds = {}
    for number in range(options.rounds):
        for program in options.programs:
            directory = tempfile.mkdtemp(dir=base)
            for kind in ("services", "output"):
                os.mkdir(directory + "/" + kind)
            figures = in_child(lambda: measure(options, program, limit, directory))
            if options.megabytes:
                figures |= in_child(lambda: measure_output(options, program, limit, directory))
            for name, value in figures.items():
                rounds.setdefault(name, {}).setdefault(program, []).append(value)
            shutil.rmtree(directory)
    for name, by_program in rounds.items():
        first = by_program.get(options.programs[0])
        words = []
        for program, values in by_program.items():
            ratio = statistics.median(a / b for a, b in zip(values, first)) if first else 1
            words.append(f"{program} {statistics.median(values):.4g} ({ratio:.2f})")
        print(f"{name:16}", "   ".join(words))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir="/dev/shm") as base:
        run(parser.parse_args(), base)
