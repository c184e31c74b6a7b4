"""Descriptors that a service gives to PID 1, and finds again after a restart (sd_notify(3), FDSTORE=1)."""
import os

from harness import SYSTEMCTL_INIT, Box, equal, wait_for

WAITING = {"wait.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
# Says what it was given, and obeys lines of /orders: "store NAME KIND", "remove NAME", "close", "exit N".
KEEPER = """#!/usr/bin/python3
import os, socket, sys
names = os.environ.get("LISTEN_FDNAMES", "")
contents = []
for fd in range(3, 3 + int(os.environ.get("LISTEN_FDS", "0"))):
    is_memory = "memfd" in os.readlink("/proc/self/fd/%d" % fd)
    contents.append(os.pread(fd, 100, 0).decode() if is_memory else "socket")
with open("/given", "a") as file:
    file.write("%s %s\\n" % (names, ",".join(contents)))
peers = []
def tell(text, *descriptors):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.connect(os.environ["NOTIFY_SOCKET"])
        socket.send_fds(s, [text.encode()], list(descriptors))
tell("READY=1")
def obey(words):
    global memory
    if words[0] == "store":
        extra = "\\nFDPOLL=0" if words[2] == "unwatched" else ""
        if words[2] in ("memory", "same"):
            if words[2] == "memory":
                memory = os.memfd_create("x")
                os.write(memory, words[1].encode())
            tell("FDSTORE=1\\nFDNAME=" + words[1], memory)
        else:
            ours, theirs = socket.socketpair()
            peers.append(theirs)
            tell("FDSTORE=1\\nFDNAME=" + words[1] + extra, ours.fileno())
            ours.close()
    elif words[0] == "remove":
        tell("FDSTOREREMOVE=1\\nFDNAME=" + words[1])
    elif words[0] == "close":
        peers.clear()
    elif words[0] == "exit":
        sys.exit(int(words[1]))
while True:
    with open("/orders") as orders:
        for line in orders:
            obey(line.split())
"""


class Keeper:
    """A box with a service that keeps descriptors, and a line to it."""

    def __init__(self, settings=""):
        unit = "[Service]\nType=notify\nExecStart=/keeper.py\nFileDescriptorStoreMax=3\n" + settings
        self.box = Box(units={"k.service": unit, **WAITING}, files={"/keeper.py": KEEPER}, init=SYSTEMCTL_INIT + ["wait.service"])
        os.mkfifo(self.box.path("/orders"))

    def __enter__(self):
        self.box.__enter__()
        self.box.wait_state("wait.service", "active")
        return self

    def __exit__(self, *rest):
        self.box.__exit__(*rest)

    def systemctl(self, *words):
        equal(self.box.systemctl(*words, "k.service").status, 0)

    def order(self, *lines):
        with open(self.box.path("/orders"), "w") as orders:
            orders.write("".join(line + "\n" for line in lines))
            orders.flush()
            yield

    def keeps(self, number):
        self.box.wait_property("k.service", "NFileDescriptorStore", str(number))

    def given(self, number):
        wait_for(lambda: self.box.read("/given").count("\n") >= number)
        return self.box.read("/given").splitlines()[number - 1]


def test_what_is_stored_comes_back_after_a_restart_the_newest_first():
    with Keeper() as keeper:
        keeper.systemctl("start")
        equal(keeper.given(1), " ")
        for _ in keeper.order("store one memory", "store two memory"):
            keeper.keeps(2)
            keeper.systemctl("restart")
        equal(keeper.given(2), "two:one two,one")
        keeper.keeps(2)
        for _ in keeper.order("remove one"):
            keeper.keeps(1)
        keeper.systemctl("restart")
        equal(keeper.given(3), "two two")
        keeper.systemctl("stop")
        keeper.keeps(0)
        keeper.systemctl("start")
        equal(keeper.given(4), " ")


def test_an_automatic_restart_keeps_what_is_stored_and_a_failure_does_not():
    with Keeper("Restart=on-failure\nRestartSec=10ms\nRestartPreventExitStatus=7\n") as keeper:
        keeper.systemctl("start")
        for _ in keeper.order("store one memory", "exit 1"):
            equal(keeper.given(2), "one one")
        keeper.box.wait_state("k.service", "active")
        keeper.keeps(1)
        for _ in keeper.order("exit 7"):
            keeper.box.wait_state("k.service", "failed")
        keeper.keeps(0)


def test_what_has_come_to_its_end_is_given_up_and_no_more_than_the_limit_is_kept():
    with Keeper() as keeper:
        keeper.systemctl("start")
        for _ in keeper.order("store a pair", "store b unwatched", "store c memory", "store d same", "store e memory"):
            keeper.keeps(3)
            wait_for(lambda: "Cannot store more fds than FileDescriptorStoreMax=3, closing remaining." in keeper.box.stderr())
            with open(keeper.box.path("/orders"), "w") as orders:
                orders.write("close\n")
                orders.flush()
                keeper.keeps(2)
        keeper.systemctl("restart")
        equal(keeper.given(2), "c:b c,socket")


def test_without_a_limit_that_allows_it_nothing_is_stored():
    with Keeper("FileDescriptorStoreMax=0\nNotifyAccess=all\n") as keeper:
        keeper.systemctl("start")
        for _ in keeper.order("store one memory"):
            keeper.systemctl("restart")
        equal(keeper.given(2), " ")
        equal(keeper.box.show("k.service", "NFileDescriptorStore", "FileDescriptorStoreMax"),
              {"NFileDescriptorStore": "0", "FileDescriptorStoreMax": "0"})


def test_a_standard_stream_may_be_a_descriptor_by_its_name():
    units = {"a.socket": "[Socket]\nListenDatagram=/run/a.sock\nFileDescriptorName=in\n",
             "a.service": "[Service]\nExecStart=/bin/sh -c 'readlink /proc/self/fd/0 >/out; exec sleep 1000'\nStandardInput=fd:in\n"
                          "StandardOutput=null\n",
             "b.service": "[Service]\nExecStart=/bin/true\nStandardInput=fd:in\n"}
    with Box(units={**units, **WAITING}, init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket", "a.service").status, 0)
        wait_for(lambda: box.read("/out").startswith("socket:["))
        equal(box.systemctl("start", "b.service").status, 1)
        equal(box.show("b.service", "Result"), "resources")
