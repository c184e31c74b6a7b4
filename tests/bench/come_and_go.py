#!/usr/bin/env python3
"""What is left in PID 1 of many units that have come and gone. Usage: come_and_go.py build/systemctl [UNITS]; needs root.

Starts instances of a template, which end at once, fifty at a time, and prints the loaded units and the memory that PID 1 and the capture
process have written to, in kB, before and after each tenth of them. `--failing`: of services that fail and name a unit that is not there; `--cgroups`: in cgroups.
"""
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import harness  # noqa: E402
from churn import churn_within  # noqa: E402
from test_garbage import SHORT, loaded_units, own_memory  # noqa: E402


def figures(box):
    children = harness.read_file("/proc/%d/task/%d/children" % (box.pid, box.pid)).split()
    capture = [pid for pid in children if harness.read_file("/proc/%s/comm" % pid) == "sctl-capture\n"]
    return "%3d units, PID 1 %d kB, capture %s kB" % (len(loaded_units(box)), own_memory(box.pid), own_memory(int(capture[0])) if capture else "-")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("units", nargs="?", type=int, default=100000)
    parser.add_argument("--failing", action="store_true")
    parser.add_argument("--cgroups", action="store_true")
    options = parser.parse_args()
    if not os.environ.get("SCTL_COME_AND_GO"):
        os.environ["SCTL_COME_AND_GO"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", sys.executable] + sys.argv)
    harness.use_binary(options.program)
    name = "lost@%d.service" if options.failing else "short@%d.service"
    step = max(1, options.units // 10)
    with harness.Box(units=SHORT, cgroup2=options.cgroups) as box:
        harness.wait_for(lambda: box.systemctl("is-system-running").out == "running\n")
        churn_within(box.pid, 0, 100, name)
        print("after the first 100:", figures(box))
        for first in range(100, 100 + options.units, step):
            began = time.monotonic()
            churn_within(box.pid, first, step, name, seconds=600)
            print("after %6d in %.0f s:" % (first + step, time.monotonic() - began), figures(box), flush=True)


if __name__ == "__main__":
    main()
