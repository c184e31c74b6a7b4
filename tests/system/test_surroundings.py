"""PID 1 boots, answers and halts wherever it is put: without descriptors, /proc or /dev/null, with full or read-only file systems."""
import os
import signal

from harness import Box, equal, wait_for

UNIT = "[Service]\nExecStart=/bin/sh -c 'trap \"echo bye >/bye; exit 0\" TERM; echo hello; touch /up; while :; do sleep 0.1; done'\n"
INIT = "; exec /usr/bin/systemctl init a.service"


def boots_and_halts(before, answers=True):
    """`before` is run by the shell that PID 1 is at first."""
    with Box(units={"a.service": UNIT}, init=["/bin/sh", "-c", before + INIT]) as box:
        wait_for(lambda: os.path.exists(box.path("/up")))
        if answers:
            wait_for(lambda: box.systemctl("is-active", "a.service").status == 0)
            equal(box.systemctl("status", "a.service").status, 0)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(box.read("/bye"), "bye\n")
        return box.stderr()


def test_without_descriptors():
    boots_and_halts("exec <&- >&- 2>&-")


def test_with_its_standard_error_on_a_full_device():
    boots_and_halts("exec >/dev/full 2>/dev/full")


def test_without_proc():
    boots_and_halts("umount -l /proc")


def test_without_dev_null():
    boots_and_halts("rm /dev/null")


def test_with_run_read_only():
    boots_and_halts("mount -t tmpfs -o ro none /run")


def test_with_run_full():
    said = boots_and_halts("mount -t tmpfs -o size=4k,nr_inodes=3 none /run; dd if=/dev/zero of=/run/fill bs=1k count=100 2>/dev/null",
                           answers=False)
    assert "No space left on device" in said, said


def test_with_the_logs_file_system_full():
    said = boots_and_halts("mount -t tmpfs -o size=64k none /var/log; dd if=/dev/zero of=/var/log/fill bs=1k 2>/dev/null")
    assert "No space left on device" in said, said


def test_with_little_memory():
    boots_and_halts("ulimit -v 20000")


def test_without_variables():
    boots_and_halts("unset PATH HOME TERM LANG; export LC_ALL=nowhere")
