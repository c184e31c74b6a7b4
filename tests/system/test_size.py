"""What must not creep: the size of the program, and what an init that only waits has of its own."""
import os
import re

import harness
from entry import command_box
from harness import wait_for


def test_the_program_is_small():
    size = os.path.getsize(harness.binary())
    # Half a megabyte of it is the language of templates and libyaml.
    assert size <= 4_950_000, "%d bytes" % size


# src/resident.ld puts what a waiting init needs side by side; spread over the file, it is half as much again.
def test_a_waiting_init_has_little_of_its_own():
    def private():
        with open("/proc/%d/smaps_rollup" % box.pid) as rollup:
            return sum(int(size) for size in re.findall(r"Private_(?:Clean|Dirty):\s+(\d+)", rollup.read()))

    with command_box("--", "/bin/sleep", "1000") as box:
        wait_for(lambda: private() <= 640, what=lambda: "at most 640 kB, has %d" % private())
