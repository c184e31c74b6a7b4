#!/usr/bin/env python3
"""Compares `systemctl init -- COMMAND` with tini, dumb-init and catatonit, in turns in one run: how long `true` takes below each as PID 1's place
of a pid namespace, the private memory of the init, how fast orphans are reaped and how many zombies were seen at a time, and the time from a SIGTERM
at the init to the handler in the command. Usage: inits.py build/systemctl [ROUNDS]; needs root. Prints medians, and their ratios to tini's."""
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

# As engines have it, with a group of the CPU controller: without one the kernel schedules each session as a group, and an init
# whose command leads a session would wait for its share beside that of the command.
CGROUP = next((top + "/sctl-bench" for top in ("/sys/fs/cgroup/cpu", "/sys/fs/cgroup") if os.path.exists(top + "/cgroup.procs")), "/nowhere")
NAMESPACE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c",
             "echo 0 >%s/cgroup.procs; mount -t tmpfs run /run; exec \"$@\"" % CGROUP, "sh"]
PAUSE = "import signal,os,time\nsignal.signal(15, lambda *_: (os.write(1, b'%d\\n' % time.monotonic_ns()), os._exit(0)))\nos.write(1, b'up\\n')\nsignal.pause()"
# First, so that reaping is measured and not forking: four parents make children that have ended before, 10000 in all, and end together.
# Prints how many a second were reaped from then on. Second, the most zombies seen at a time while two others make 10000 orphans
# one after another, as fast as vfork can.
ORPHANS = r"""
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
enum { makers = 4, each = 2500, streams = 2, streamed = 5000 };
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}
static int waiting(void) {
    static char text[1 << 17];
    int count = 0, fd = open("/proc/1/task/1/children", O_RDONLY);
    long size, total = 0;
    while ((size = read(fd, text + total, sizeof text - total)) > 0) total += size;
    close(fd);
    for (long i = 0; i < total; ++i) count += text[i] == ' ';
    return count - 1;
}
static double burst(void) {
    pid_t *pids = mmap(0, sizeof(pid_t) * makers * each, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int made[2], go[2];
    char byte;
    if (pipe(made) < 0 || pipe(go) < 0) return 0;
    for (int i = 0; i < makers; ++i) {
        if (fork()) continue;
        close(go[1]);
        for (int j = 0; j < each; ++j) {
            pid_t pid = vfork();
            if (pid == 0) _exit(0);
            pids[i * each + j] = pid;
        }
        write(made[1], "", 1);
        read(go[0], &byte, 1);
        _exit(0);
    }
    for (int i = 0; i < makers; ++i) read(made[0], &byte, 1);
    double began = now();
    close(go[1]);
    for (int i = 0; i < makers; ++i) wait(0);
    for (int i = 0; i < makers * each;) {
        if (kill(pids[i], 0) < 0) ++i;
        else usleep(50);
    }
    return makers * each / (now() - began);
}
static __attribute__((noinline)) void orphan(void) {
    if (vfork() == 0) _exit(0);
}
static int stream(void) {
    int most = 0;
    for (int i = 0; i < streams; ++i) {
        if (fork()) continue;
        for (int j = 0; j < streamed; ++j) {
            pid_t pid = vfork();
            if (pid == 0) { orphan(); _exit(0); }
            waitpid(pid, 0, 0);
        }
        _exit(0);
    }
    for (int left = streams; left > 0; usleep(200)) {
        while (left > 0 && waitpid(-1, 0, WNOHANG) > 0) --left;
        int count = waiting();
        if (count > most) most = count;
    }
    return most;
}
int main(void) {
    double rate = burst();
    printf("%f %d\n", rate, stream());
}
"""


def compiled(source, directory):
    path = os.path.join(directory, "orphans")
    subprocess.run(["cc", "-O2", "-x", "c", "-o", path, "-"], input=source.encode(), check=True)
    return path


def inits(ours):
    found = {"systemctl init": [ours, "init", "--"], "tini": ["tini", "--"], "dumb-init": ["dumb-init"], "catatonit": ["catatonit", "--"]}
    return {name: words for name, words in found.items() if shutil.which(words[0])}


def child_of(pid):
    while True:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            children = file.read().split()
        if children:
            return int(children[0])


def start(words):
    """As a program alone, for start-up: unshare would drown it."""
    began = time.perf_counter()
    pid = os.posix_spawnp(words[0], words + ["true"], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
    os.waitpid(pid, 0)
    return (time.perf_counter() - began) * 1e6


def memory_and_latency(words):
    process = subprocess.Popen(NAMESPACE + words + ["python3", "-c", PAUSE], stdout=subprocess.PIPE)
    process.stdout.readline()
    first = child_of(process.pid)
    time.sleep(0.1)
    with open("/proc/%d/smaps_rollup" % first) as file:
        private = sum(int(size) for size in re.findall(r"Private_(?:Clean|Dirty):\s+(\d+)", file.read()))
    began = time.monotonic_ns()
    os.kill(first, signal.SIGTERM)
    heard = int(process.stdout.readline())
    process.wait()
    return private, (heard - began) / 1000


def orphans(words, program):
    done = subprocess.run(NAMESPACE + words + [program], stdout=subprocess.PIPE, check=True)
    return [float(word) for word in done.stdout.split()]


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    candidates = inits(os.path.abspath(sys.argv[1]))
    if CGROUP != "/nowhere":
        os.makedirs(CGROUP, exist_ok=True)
    directory = tempfile.TemporaryDirectory()
    program = compiled(ORPHANS, directory.name)
    figures = {name: {"start us": [], "private kB": [], "latency us": [], "orphans/s": [], "zombies": []} for name in candidates}
    for _ in range(rounds):
        for name, words in candidates.items():
            row = figures[name]
            row["start us"] += [start(words) for _ in range(10)]
            private, latency = memory_and_latency(words)
            row["private kB"].append(private)
            row["latency us"].append(latency)
            rate, zombies = orphans(words, program)
            row["orphans/s"].append(rate)
            row["zombies"].append(zombies)
    base = figures.get("tini", figures["systemctl init"])
    for name, row in figures.items():
        cells = []
        for what, values in row.items():
            value, ours = statistics.median(values), statistics.median(base[what])
            cells.append("%s %.0f (%.2f)" % (what, value, value / ours if ours else 0))
        print("%-15s %s" % (name, "  ".join(cells)))
    if os.path.isdir(CGROUP):
        os.rmdir(CGROUP)


if __name__ == "__main__":
    main()
