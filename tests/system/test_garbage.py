"""Units that come and go leave nothing behind: neither themselves nor memory."""
import re

import harness
from churn import churn_within
from harness import Box, deadline, equal, wait_for

MANY = 2000
SHORT = {"short@.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
         "lost@.service": "[Unit]\nCollectMode=inactive-or-failed\nWants=nosuch-%i.service\n[Service]\nType=oneshot\nExecStart=/bin/false\n"}


def own_memory(pid):
    """In kB: what it has written to. Pages of the program's file are not counted, which it may share with the capture process or not."""
    return int(re.search(r"^Anonymous:\s+(\d+)", harness.read_file("/proc/%d/smaps_rollup" % pid), re.M)[1])


def loaded_units(box):
    return sorted(line.split()[0] for line in box.systemctl("list-units", "--all", "--plain", "--no-legend").out.splitlines())


@deadline(120)
def test_many_short_units_leave_nothing_behind():
    with Box(units=SHORT) as box:
        wait_for(lambda: box.systemctl("is-system-running").out == "running\n")
        # The first make what stays for those that follow: slices, buffers, and the most room that fifty at once need.
        for name, result in (("short@%d.service", "done"), ("lost@%d.service", "failed")):
            equal(churn_within(box.pid, 0, 500, name), {result: 500})
        units, memory = loaded_units(box), own_memory(box.pid)
        for name, result in (("short@%d.service", "done"), ("lost@%d.service", "failed")):
            equal(churn_within(box.pid, 500, MANY, name), {result: MANY})
        wait_for(lambda: loaded_units(box) == units, what=lambda: "the units of before, has %s" % loaded_units(box))
        # A unit that stays needs more than 2 kB, so four thousand of them 8 MB; 64 bytes that each leaves behind are 256 kB. A heap
        # that is given back needs now and then a few pages more than before, as what is free lies spread in it: less than that.
        grown = own_memory(box.pid) - memory
        assert grown < 256, "%d kB more than before" % grown
