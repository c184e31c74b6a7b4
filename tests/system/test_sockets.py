"""Socket units: activation of services by real connections, with real descriptors."""
import os

from harness import SYSTEMCTL_INIT, Box, debian_root, equal, tagged, wait_for

WAITING = {"wait.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
# Answers each connection with what it was given; ends after so many.
SERVER = """#!/usr/bin/python3
import os, socket, sys
listener = socket.socket(fileno=3)
listener.setblocking(True)
text = "pid %s fds %s names %s trigger %s" % (os.environ["LISTEN_PID"] == str(os.getpid()), os.environ["LISTEN_FDS"],
                                              os.environ["LISTEN_FDNAMES"], os.environ.get("TRIGGER_UNIT"))
for number in range(int(sys.argv[1])):
    connection = listener.accept()[0]
    connection.sendall(("%s got %s" % (text, connection.recv(100).decode())).encode())
    connection.close()
"""
INETD = "[Service]\nStandardInput=socket\nExecStart=/bin/sh -c 'echo %i; env | grep -E \"^(REMOTE|LISTEN)\"; cat'\n"


def socket_box(units, **options):
    options.setdefault("private_network", True)
    files = {"/server.py": SERVER, **options.pop("files", {})}
    return Box(units={**units, **WAITING}, files=files, init=SYSTEMCTL_INIT + ["wait.service"], **options)


def ask(box, address, text):
    """Sends a line to "/path" or a port and returns all that comes back, "" where nobody listens."""
    code = ("import socket, sys\n"
            "where, text = sys.argv[1:]\n"
            "try:\n"
            "    if where[0] == '/':\n"
            "        s = socket.socket(socket.AF_UNIX); s.settimeout(15); s.connect(where)\n"
            "    else:\n"
            "        s = socket.create_connection(('127.0.0.1', int(where)), 15)\n"
            "    s.sendall(text.encode()); s.shutdown(socket.SHUT_WR)\n"
            "    while True:\n"
            "        more = s.recv(4096)\n"
            "        if not more: break\n"
            "        sys.stdout.write(more.decode())\n"
            "except OSError as error:\n"
            "    print(type(error).__name__)\n")
    return box.run("/usr/bin/python3", "-c", code, address, text).out


def test_the_first_connection_starts_the_service():
    units = {"a.socket": "[Socket]\nListenStream=/run/a.sock\nListenStream=127.0.0.1:7100\nFileDescriptorName=web\n",
             "a.service": "[Service]\nExecStartPre=/bin/sh -c 'env >/pre'\nExecStart=/server.py 2\n"}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket").status, 0)
        equal(box.show("a.socket", "SubState"), "listening")
        equal(ask(box, "/run/a.sock", "one"), "pid True fds 2 names web:web trigger None got one")
        equal(box.show("a.socket", "SubState"), "running")
        assert "LISTEN_" not in box.read("/pre")
        out = box.systemctl("stop", "a.service")
        equal((out.status, out.err), (0, "Warning: Stopping a.service, but it can still be activated by:\n  a.socket\n"))
        box.wait_property("a.socket", "SubState", "listening")
        equal(ask(box, "/run/a.sock", "two"), "pid True fds 2 names web:web trigger None got two")
        listed = box.systemctl("list-sockets", "a.socket").out.splitlines()
        equal([line.split() for line in listed[:3]], [["LISTEN", "UNIT", "ACTIVATES"], ["/run/a.sock", "a.socket", "a.service"],
                                                      ["127.0.0.1:7100", "a.socket", "a.service"]])
        equal(box.systemctl("stop", "a.socket", "a.service").status, 0)
        equal(ask(box, "/run/a.sock", "three"), "ConnectionRefusedError\n")


def test_a_socket_keeps_what_came_while_its_service_restarts():
    units = {"a.socket": "[Socket]\nListenStream=/run/a.sock\n", "a.service": "[Service]\nExecStart=/server.py 1\n"}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        box.systemctl("start", "a.socket")
        for text in "one", "two", "three", "four":
            equal(ask(box, "/run/a.sock", text), "pid True fds 1 names a.socket trigger None got " + text)
        equal(box.systemctl("daemon-reload").status, 0)
        equal(ask(box, "/run/a.sock", "five"), "pid True fds 1 names a.socket trigger None got five")


def test_several_sockets_of_one_service():
    units = {"a.socket": "[Socket]\nListenStream=/run/a1.sock\nListenStream=/run/a2.sock\nFileDescriptorName=two\nService=s.service\n",
             "b.socket": "[Socket]\nListenDatagram=/run/b.sock\n[Install]\n",
             "b.service": "[Service]\nExecStart=/bin/false\n",
             "s.service": "[Service]\nSockets=a.socket b.socket\nNonBlocking=yes\n"
                          "ExecStart=/bin/sh -c 'echo $LISTEN_FDS $LISTEN_FDNAMES; grep flags /proc/self/fdinfo/3; exec sleep 1000' \n"
                          "StandardOutput=file:/out\n"}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket", "b.socket").status, 0)
        equal(box.systemctl("start", "s.service").status, 0)
        wait_for(lambda: box.read("/out").count("\n") == 2)
        count, names = box.read("/out").splitlines()[0].split()
        equal((count, sorted(names.split(":"))), ("3", ["b.socket", "two", "two"]))
        assert int(box.read("/out").split()[-1], 8) & os.O_NONBLOCK, box.read("/out")
        equal(sorted(box.show("s.service", "TriggeredBy").split()), ["a.socket", "b.socket"])


def test_an_instance_for_each_connection():
    units = {"t.socket": "[Socket]\nListenStream=7101\nAccept=yes\n", "t@.service": INETD,
             "u.socket": "[Socket]\nListenStream=/run/u.sock\nAccept=yes\n", "u@.service": INETD}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "t.socket", "u.socket").status, 0)
        name, address, port, text = ask(box, "7101", "hello").splitlines()
        equal((address, text), ("REMOTE_ADDR=127.0.0.1", "hello"))
        equal(name, "0-127.0.0.1:7101-127.0.0.1:" + port.removeprefix("REMOTE_PORT="))
        name, text = ask(box, "/run/u.sock", "hello").splitlines()
        number, pid, uid = name.split("-")
        equal((number, uid, text), ("0", "0", "hello"))
        assert ask(box, "/run/u.sock", "again").startswith("1-")
        box.wait_property("u.socket", "NConnections", "0")
        equal(box.show("u.socket", "NAccepted", "NRefused", "SubState"), {"NAccepted": "2", "NRefused": "0", "SubState": "listening"})
        wait_for(lambda: box.systemctl("list-units", "--all", "--plain", "--no-legend", "u@*").out == "")


def test_what_fails_is_told_as_systemd_does():
    units = {"a.socket": "[Socket]\nListenStream=/run/a.sock\nSocketUser=nobody-knows\n", "a.service": INETD,
             "b.socket": "[Socket]\nListenStream=1.2.3.4:80\n", "b.service": INETD,
             "c.socket": "[Socket]\n",
             "d.socket": "[Socket]\nListenStream=/run/d.sock\n", "d.service": "[Service]\nExecStart=/bin/sleep 1000\n",
             "e.socket": "[Socket]\nListenSpecial=/dev/null\n", "e.service": INETD,
             "f.socket": "[Socket]\nListenUSBFunction=/dev/ffs\n", "f.service": INETD}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        for name, result in ("a", "exit-code"), ("b", "resources"), ("e", "resources"), ("f", "resources"):
            equal(box.systemctl("start", name + ".socket").status, 1)
            equal(box.show(name + ".socket", "ActiveState", "Result"), {"ActiveState": "failed", "Result": result})
        assert "a bad unit file setting" in box.systemctl("start", "c.socket").err
        equal(box.systemctl("start", "d.service").status, 0)
        equal(box.systemctl("start", "d.socket").status, 1)
        equal(box.show("d.socket", "ActiveState", "Result"), {"ActiveState": "inactive", "Result": "success"})
        log = box.systemctl("status", "b.socket", "f.socket").out
        assert "Failed to create listening socket (1.2.3.4:80): Cannot assign requested address" in log, log
        assert "Failed to open USB function /dev/ffs: Operation not supported" in log, log


def test_a_socket_has_its_owner_and_its_mode():
    units = {"a.socket": "[Socket]\nListenStream=/run/x/a.sock\nSocketUser=daemon\nSocketGroup=mail\nSocketMode=0600\n"
                         "Symlinks=/run/a.link\nRemoveOnStop=yes\n", "a.service": INETD}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket").status, 0)
        equal(box.run("stat -c '%U %G %a' /run/x/a.sock; readlink /run/a.link").out, "daemon mail 600\n/run/x/a.sock\n")
        equal(box.systemctl("stop", "a.socket").status, 0)
        equal(box.run("ls /run/x/a.sock /run/a.link").out, "")


def test_options_reach_the_socket():
    units = {"a.socket": "[Socket]\nListenStream=127.0.0.1:7102\nKeepAlive=yes\nKeepAliveTimeSec=77\nNoDelay=yes\nPriority=3\nIPTOS=low-delay\n"
                         "IPTTL=9\nBacklog=5\nFreeBind=yes\nReusePort=yes\n",
             "a.service": "[Service]\nExecStart=/options.py\nStandardOutput=file:/out\n"}
    options = ("#!/usr/bin/python3\nimport socket\ns = socket.socket(fileno=3)\n"
               "print([s.getsockopt(*each) for each in ((socket.SOL_SOCKET, socket.SO_KEEPALIVE), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),\n"
               "    (socket.IPPROTO_TCP, socket.TCP_NODELAY), (socket.SOL_SOCKET, socket.SO_PRIORITY), (socket.IPPROTO_IP, socket.IP_TOS),\n"
               "    (socket.IPPROTO_IP, socket.IP_TTL), (socket.SOL_SOCKET, socket.SO_REUSEPORT))])\n")
    with socket_box(units, files={"/options.py": options}) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket", "a.service").status, 0)
        wait_for(lambda: box.read("/out").endswith("\n"))
        keep_alive, idle, no_delay, priority, tos, ttl, reuse_port = eval(box.read("/out"))
        equal((bool(keep_alive), idle, bool(no_delay), tos, ttl, bool(reuse_port)), (True, 77, True, 16, 9, True))
        assert priority in (3, 6), priority  # IP_TOS sets it, too


def test_a_masked_service_takes_its_socket_with_it():
    units = {"a.socket": "[Socket]\nListenStream=/run/a.sock\n"}
    files = {"/usr/lib/systemd/system/a.service": "[Service]\nExecStart=/server.py 2\n"}
    with socket_box(units, files=files) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket").status, 0)
        assert ask(box, "/run/a.sock", "one").endswith("got one")
        equal(box.systemctl("mask", "a.service").status, 0)
        equal(box.systemctl("stop", "a.service").status, 0)
        box.wait_property("a.socket", "SubState", "listening")
        assert "got" not in ask(box, "/run/a.sock", "two")
        box.wait_property("a.socket", "SubState", "failed")
        equal(box.show("a.socket", "Result"), "resources")
        assert "not a non-template unit?): Unit a.service is masked." in box.systemctl("status", "a.socket").out


def test_a_socket_does_not_restart_beside_its_service_and_goes_with_it_by_partof():
    units = {"a.socket": "[Socket]\nListenStream=/run/a.sock\n", "a.service": "[Service]\nExecStart=/server.py 9\n",
             "p.socket": "[Unit]\nPartOf=p.service\n[Socket]\nListenStream=/run/p.sock\n", "p.service": "[Service]\nExecStart=/server.py 9\n"}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket", "p.socket", "a.service", "p.service").status, 0)
        box.wait_property("a.socket", "SubState", "running")
        equal(box.systemctl("restart", "a.socket").status, 1)
        equal(box.systemctl("is-active", "a.socket", "a.service").out, "inactive\nactive\n")
        equal(box.systemctl("restart", "p.service").status, 0)
        equal(box.systemctl("is-active", "p.socket", "p.service").out, "active\nactive\n")
        equal(box.systemctl("stop", "p.service").status, 0)
        equal(box.systemctl("is-active", "p.socket", "p.service").out, "inactive\ninactive\n")


def test_addresses_of_both_families_and_of_nobody():
    service = "[Service]\nExecStart=/server.py 1\n"
    units = {"bare.socket": "[Socket]\nListenStream=7103\n", "bare.service": service,
             "two.socket": "[Socket]\nListenStream=0.0.0.0:7104\nListenStream=[::]:7104\n", "two.service": service,
             "only.socket": "[Socket]\nListenStream=0.0.0.0:7105\nListenStream=[::]:7105\nBindIPv6Only=ipv6-only\n", "only.service": service,
             "free.socket": "[Socket]\nListenStream=1.2.3.4:7106\nFreeBind=yes\n", "free.service": service,
             "same.socket": "[Socket]\nListenStream=7107\nListenStream=7107\nReusePort=yes\n", "same.service": service}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "bare.socket", "only.socket", "free.socket", "same.socket").status, 0)
        assert ask(box, "7103", "one").endswith("got one")
        equal(box.systemctl("start", "two.socket").status, 1)
        equal(box.show("two.socket", "Result"), "resources")

        def listeners():
            return box.run("grep -c ':1BC3 ' /proc/net/tcp6").out.strip()
        equal(listeners(), "2")
        equal(box.systemctl("daemon-reload").status, 0)
        equal(listeners(), "2")
        equal(box.show("same.socket", "SubState"), "listening")


def test_connections_of_one_source_are_limited_while_they_live():
    units = {"a.socket": "[Socket]\nListenStream=7108\nAccept=yes\nMaxConnectionsPerSource=1\n",
             "a@.service": "[Service]\nStandardInput=socket\nExecStart=/bin/sh -c 'read word; test \"$word\" = well'\n"}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket").status, 0)
        for number in 1, 2:  # that fail count no more
            ask(box, "7108", "badly\n")
            box.wait_property("a.socket", "NConnections", "0")
            equal(box.show("a.socket", "NAccepted", "NRefused"), {"NAccepted": str(number), "NRefused": "0"})
        box.run("setsid /usr/bin/python3 -c 'import socket, time; s = socket.create_connection((\"127.0.0.1\", 7108)); time.sleep(1000)' "
                ">/dev/null 2>&1 & echo $! >/pid")
        box.wait_property("a.socket", "NConnections", "1")
        ask(box, "7108", "well\n")
        box.wait_property("a.socket", "NRefused", "1")
        equal(box.show("a.socket", "NConnections", "NAccepted"), {"NConnections": "1", "NAccepted": "3"})
        equal(box.systemctl("stop", "a.socket").status, 0)
        equal(len(box.systemctl("list-units", "--plain", "--no-legend", "--state=active", "a@*").out.splitlines()), 1)
        box.run("kill $(cat /pid)")
        wait_for(lambda: box.systemctl("list-units", "--plain", "--no-legend", "--state=active", "a@*").out == "")


def test_an_instance_without_a_connection_does_not_run():
    units = {"a.socket": "[Socket]\nListenStream=/run/a.sock\nAccept=yes\n", "a@.service": INETD}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a@by-hand.service").status, 1)
        equal(box.show("a@by-hand.service", "ActiveState", "Result"), {"ActiveState": "failed", "Result": "resources"})
        assert "Got no socket." in box.systemctl("status", "a@by-hand.service").out


def test_during_a_shutdown_a_connection_starts_nobody():
    # By default it has a stop job of its own then, and drops what comes in.
    units = {"a.socket": "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/a.sock\n",
             "a.service": "[Service]\nExecStart=/server.py 1\n",
             "d.socket": "[Socket]\nListenStream=/run/d.sock\n", "d.service": "[Service]\nExecStart=/server.py 1\n",
             "last.service": "[Unit]\nAfter=a.socket d.socket\n[Service]\nExecStart=/bin/sleep 1000\n"
                             "ExecStop=/bin/sh -c '/usr/bin/python3 /late.py; systemctl show -p Result,SubState a.socket d.socket >>/out'\n"}
    late = ("import socket\nfor name in 'a', 'd':\n    s = socket.socket(socket.AF_UNIX)\n    s.connect('/run/%s.sock' % name)\n"
            "    try:\n        s.recv(1)\n    except OSError: pass\n")
    with socket_box(units, files={"/late.py": late}) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket", "d.socket", "last.service").status, 0)
        box.systemctl("poweroff")
        equal(box.wait_exit(), 0)
        equal(box.read("/out"), "Result=resources\nSubState=failed\n\nResult=success\nSubState=listening\n")
        assert "Started a.service" not in box.stderr() and "Started d.service" not in box.stderr()


def test_a_client_whom_nobody_accepts_wakes_nobody():
    units = {"a.socket": "[Socket]\nListenStream=/run/a.sock\n", "a.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
    with socket_box(units) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a.socket").status, 0)
        code = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/a.sock'); input()"
        box.run("/usr/bin/python3", "-c", code)
        box.wait_state("a.service", "active")

        def switches():
            with open("/proc/%d/status" % box.pid) as status:
                return sum(int(line.split()[1]) for line in status if "ctxt_switches" in line)

        def sleeps():
            before = switches()
            return all(box.run("true").status == 0 for _ in range(3)) and switches() == before
        wait_for(sleeps, what="PID 1 to sleep")


@tagged("debian", "slow")
def test_dbus_of_debian_runs():
    with Box(root=debian_root("systemd"), init=SYSTEMCTL_INIT) as box:
        box.wait_state("dbus.socket", "active")
        wait_for(lambda: "org.freedesktop.DBus" in box.run("busctl --system list --no-pager").out)
        equal(box.show("dbus.service", "ActiveState", "TriggeredBy"), {"ActiveState": "active", "TriggeredBy": "dbus.socket"})
        out = box.run("dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames")
        equal(out.status, 0)
