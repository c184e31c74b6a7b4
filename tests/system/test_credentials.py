"""SetCredential= and LoadCredential=: files for a service alone, gone with it."""
import os
import stat

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

SETTINGS = """SetCredential=one:hello\\x41\\x00 world
SetCredential=file:replaced
SetCredential=default:used
LoadCredential=file:/opt/file
LoadCredential=dir:/opt/dir
LoadCredential=sock:/run/cred.sock
LoadCredential=nobodys
LoadCredential=default:/nonexistent
LoadCredential=stored
Environment=WHERE=%d
"""
UNITS = {
    "wait.service": "[Service]\nExecStart=/bin/sleep 1000\n",
    "server.service": "[Service]\nExecStart=/server.py\n",
    "root.service": "[Service]\nExecStartPre=/bin/sh -c 'cat ${CREDENTIALS_DIRECTORY}/file >/pre'\nExecStart=/reader.sh\n"
                    "ExecStopPost=/bin/sh -c 'ls %d >/post'\n" + SETTINGS,
    "user.service": "[Service]\nUser=daemon\nExecStart=/reader.sh\n" + SETTINGS,
    "dynamic.service": "[Service]\nDynamicUser=yes\nStateDirectory=dynamic\nExecStart=/reader.sh\n" + SETTINGS,
    "missing.service": "[Service]\nType=exec\nLoadCredential=x:/nonexistent\nExecStart=/bin/true\n",
    "set-encrypted.service": "[Service]\nType=exec\nSetCredentialEncrypted=x:AAAA\nExecStart=/bin/true\n",
    "load-encrypted.service": "[Service]\nType=exec\nLoadCredentialEncrypted=x:/opt/file\nExecStart=/bin/true\n",
    "no-encrypted.service": "[Service]\nType=exec\nLoadCredentialEncrypted=x\nExecStart=/bin/sleep 1001\n",
}
FILES = {
    "/opt/file": "from a file", "/opt/dir/a": "alpha", "/opt/dir/sub/b": "beta", "/etc/credstore/stored": "stored",
    "/reader.sh": """#!/bin/sh
cd $CREDENTIALS_DIRECTORY && for f in *; do echo "$f $(stat -c '%a %u' $f) $(tr '\\0' 0 <$f)"; done >/tmp/$$.new
stat -c '%a %u' . >>/tmp/$$.new
echo $WHERE >>/tmp/$$.new
mv /tmp/$$.new /tmp/read.$(id -u)
exec sleep 1001
""",
    "/server.py": """#!/usr/bin/python3
import socket
server = socket.socket(socket.AF_UNIX)
server.bind("/run/cred.sock")
server.listen(5)
while True:
    peer, _ = server.accept()
    with open("/run/peers", "a") as file:
        file.write(repr(server and peer.getpeername()) + "\\n")
    peer.sendall(b"from a socket")
    peer.close()
""",
}


def check(box, mounts):
    box.wait_state("wait.service", "active")
    equal(box.systemctl("start", "server").status, 0)
    wait_for(lambda: os.path.exists(box.path("/run/cred.sock")))
    for name in "root", "user", "dynamic":
        equal((name, box.systemctl("start", name).status), (name, 0))
        uid = {"root": 0, "user": 1}.get(name) or int(box.show(name, "UID").replace("[not set]", "0"))
        report = "/tmp/read.%d" % uid
        wait_for(lambda: os.path.exists(box.path(report)), what=lambda: name + box.systemctl("status", name).out)
        found = box.read(report).splitlines()
        wanted = {"default": "used", "dir_a": "alpha", "dir_sub_b": "beta", "file": "from a file", "one": "helloA0 world",
                  "sock": "from a socket", "stored": "stored"}
        equal(found, ["%s 400 %d %s" % (key, uid, value) for key, value in wanted.items()]
              + ["500 %d" % uid, "/run/credentials/%s.service" % name])
        kinds = [line.split()[0] for line in box.run("awk '$2 == \"/run/credentials/%s.service\" {print $3}' /proc/mounts" % name).out.split("\n")
                 if line]
        equal(kinds, ["ramfs"] if mounts else [])
    assert any("/unit/user.service/sock" in line for line in box.read("/run/peers").splitlines()), box.read("/run/peers")
    equal(box.run("ls /run/credentials/root.service", user="1").status, 2)
    equal(box.systemctl("stop", "root").status, 0)
    equal(box.read("/pre"), "from a file")
    equal(box.read("/post").split(), sorted(wanted))
    assert not os.path.exists(box.path("/run/credentials/root.service"))
    assert stat.S_IMODE(os.stat(box.path("/run/credentials")).st_mode) == 0o755


def test_a_service_finds_its_credentials():
    with Box(units=UNITS, files=FILES, init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        check(box, True)


def test_credentials_need_no_right_to_mount():
    with Box(units=UNITS, files=FILES, init=SYSTEMCTL_INIT + ["wait.service"], capabilities=UNPRIVILEGED) as box:
        check(box, False)


def test_credentials_that_cannot_be_had_fail_the_start():
    with Box(units=UNITS, files=FILES, init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        box.wait_state("wait.service", "active")
        for name in "missing", "set-encrypted", "load-encrypted":
            equal((name, box.systemctl("start", name).status, box.show(name, "ExecMainStatus")), (name, 1, "243"))
            equal(box.run("ls /run/credentials").out, "")
        equal(box.systemctl("start", "no-encrypted").status, 0)
        equal(box.run("ls /run/credentials").out, "no-encrypted.service\n")
