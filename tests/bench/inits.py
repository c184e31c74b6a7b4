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

NAMESPACE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c", "mount -t tmpfs run /run; exec \"$@\"", "sh"]
PAUSE = "import signal,os,time\nsignal.signal(15, lambda *_: (os.write(1, b'%d\\n' % time.monotonic_ns()), os._exit(0)))\nos.write(1, b'up\\n')\nsignal.pause()"
# Twenty parents of a thousand children each, which end before their parent does: zombies that are all given to the init at
# once. Prints how many a second were reaped, from the first fork on, and the most that were seen at a time.
ORPHANS = r"""
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static int waiting(void) {
    static char text[1 << 17];
    int count = 0, fd = open("/proc/1/task/1/children", O_RDONLY);
    long size, total = 0;
    while ((size = read(fd, text + total, sizeof text - total)) > 0) total += size;
    close(fd);
    for (long i = 0; i < total; ++i) count += text[i] == ' ';
    return count - 1;
}
int main(void) {
    enum { parents = 20, children = 1000 };
    int most = 0;
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int i = 0; i < parents; ++i) {
        pid_t pid = fork();
        if (pid == 0) {
            for (int j = 0; j < children; ++j) if (fork() == 0) _exit(0);
            _exit(0);
        }
        waitpid(pid, 0, 0);
        int now = waiting();
        if (now > most) most = now;
    }
    while (waiting() > 0) {}
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%f %d\n", parents * children / (ended.tv_sec - began.tv_sec + (ended.tv_nsec - began.tv_nsec) / 1e9), most);
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


if __name__ == "__main__":
    main()
