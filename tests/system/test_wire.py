"""The socket that everybody may use: what strangers do there, nobody else notices."""
import os
import socket

from harness import SYSTEMCTL_INIT, Box, equal, wait_for

OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
SOCKET = "/run/systemd/private"


def booted():
    return Box(units=OTHER, init=SYSTEMCTL_INIT + ["other.service"])


def connect(box):
    """A connection from outside of the box's pid namespace, by root."""
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(30)
    peer.connect("/proc/%d/root%s" % (box.pid, SOCKET))
    return peer


def answers(box):
    equal(box.systemctl("is-active", "other.service").out, "active\n")


def test_garbage_half_a_message_and_a_hang_up_disturb_nobody():
    with booted() as box:
        box.wait_state("other.service", "active")
        for text in b"", b"\0", b"\0AUTH", b"garbage" * 1000, b"\0AUTH EXTERNAL 30\r\nBEGIN\r\nl\1\0\1\xff\xff\xff\x7f" + b"x" * 100, os.urandom(65536):
            with connect(box) as peer:
                try:
                    peer.sendall(text)
                except OSError:
                    pass  # We may be hung up on.
                answers(box)
        box.signal(0)


def test_five_hundred_clients_at_once_leave_room_for_one_more():
    with booted() as box:
        box.wait_state("other.service", "active")
        peers = []
        for _ in range(500):
            try:
                peers.append(connect(box))
                peers[-1].sendall(b"\0AUTH EXTERNAL")
            except OSError:
                pass  # A bound on connections is one way to stay usable.
        answers(box)
        for peer in peers:
            peer.close()
        answers(box)


def test_a_client_that_never_reads_is_cut_off():
    with booted() as box:
        box.wait_state("other.service", "active")
        peer = connect(box)
        peer.sendall(b"\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
        call = (b"l\1\0\1\0\0\0\0\1\0\0\0\x6d\0\0\0\1\1o\0\x19\0\0\0/org/freedesktop/systemd1\0\0\0\0\0\0\0\3\1s\0\x09\0\0\0ListUnits\0\0\0\0\0\0\0"
                b"\2\1s\0\x20\0\0\0org.freedesktop.systemd1.Manager\0")
        call += b"\0" * (-len(call) % 8)
        peer.settimeout(0.2)
        try:
            for _ in range(20000):
                peer.sendall(call)
        except OSError:
            pass
        answers(box)
        peer.close()
        wait_for(lambda: box.systemctl("is-active", "other.service").status == 0)


def test_whether_a_unit_is_enabled_is_found_once_and_anew_after_a_reload():
    unit = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n"
    with Box(units={"a.service": unit, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_state("other.service", "active")
        # One that nobody needs is forgotten, and found anew each time.
        equal(box.systemctl("start", "a.service").status, 0)

        def state():
            return box.show("a.service", "UnitFileState")

        equal(state(), "disabled")
        box.run("mkdir -p /etc/systemd/system/multi-user.target.wants; ln -s ../a.service /etc/systemd/system/multi-user.target.wants/")
        equal(box.systemctl("is-enabled", "a.service").out, "enabled\n")
        equal(state(), "disabled")
        equal(box.systemctl("daemon-reload").status, 0)
        equal(state(), "enabled")
        equal(box.systemctl("disable", "--no-reload", "a.service").status, 0)
        equal(state(), "disabled")
        # A unit that was not asked for yet is found as it is now.
        box.put({"/run/systemd/system/b.service": unit})
        equal(box.systemctl("start", "b.service").status, 0)
        equal(box.show("b.service", "UnitFileState"), "disabled")


def test_any_user_may_read_and_only_root_may_change():
    with booted() as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("is-active", "other.service", user="33").out, "active\n")
        equal(box.systemctl("show", "-p", "ActiveState", "other.service", user="33").out, "ActiveState=active\n")
        for verb in "stop", "restart", "kill", "mask":
            refused = box.systemctl(verb, "other.service", user="33")
            assert refused.status != 0 and ("denied" in refused.err.lower() or "authentication" in refused.err.lower()), (verb, refused)
        answers(box)
