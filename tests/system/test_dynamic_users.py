"""DynamicUser=: a user of its own while the service runs, and directories where no other user gets to."""
import os
import re

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

WAITING = {"wait.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
WRITER = """#!/bin/sh
id -u >$STATE_DIRECTORY/uid && id -G >$CACHE_DIRECTORY/groups && echo written >$LOGS_DIRECTORY/log && echo $USER >$RUNTIME_DIRECTORY/name
exec sleep 1001
"""
DYNAMIC = """[Service]
DynamicUser=yes
ExecStart=/writer.sh
StateDirectory=app
CacheDirectory=app
LogsDirectory=app
RuntimeDirectory=app
"""


def box_of(units, **options):
    return Box(units={**units, **WAITING}, files={"/writer.sh": WRITER, **options.pop("files", {})},
               init=SYSTEMCTL_INIT + ["wait.service"], **options)


def start_writer(box, unit="app"):
    equal(box.systemctl("start", unit).status, 0)
    wait_for(lambda: box.read("/run/app/name"), what=lambda: "the service's files: " + box.systemctl("status", unit).out)


def check_dynamic(box, private_mode):
    box.wait_state("wait.service", "active")
    start_writer(box)
    shown = box.show("app", "UID", "GID", "User", "Group", "DynamicUser", "NoNewPrivileges")
    uid = int(shown["UID"])
    assert 61184 <= uid <= 65519, uid
    equal(shown, {"UID": str(uid), "GID": str(uid), "User": "app", "Group": "app", "DynamicUser": "yes", "NoNewPrivileges": "yes"})
    pid = box.main_pid("app")
    status = dict(line.split(":\t", 1) for line in box.proc(pid, "status").splitlines() if ":\t" in line)
    equal((status["Uid"].split(), status["Groups"].split()), ([str(uid)] * 4, [str(uid)]))
    equal(status["NoNewPrivs"], "1")
    for base in "/var/lib", "/var/cache", "/var/log":
        equal(os.readlink(box.path(base + "/app")), "private/app")
        private = os.stat(box.path(base + "/private"))
        equal((private.st_uid, oct(private.st_mode & 0o7777)), (0, private_mode))
        inner = os.stat(box.path(base + "/private/app"))
        equal((inner.st_uid, inner.st_gid, oct(inner.st_mode & 0o7777)), (uid, uid, "0o755"))
    equal(box.read("/var/lib/private/app/uid"), "%d\n" % uid)
    equal(box.read("/run/app/name"), "app\n")
    assert not os.path.islink(box.path("/run/app"))
    assert "app" in box.systemctl("status", "app").out
    equal(box.systemctl("stop", "app").status, 0)
    assert not os.path.exists(box.path("/run/app"))
    equal(box.show("app", "UID", "GID"), {"UID": "[not set]", "GID": "[not set]"})
    start_writer(box)
    equal(box.show("app", "UID"), str(uid))
    return uid


def test_a_dynamic_user_has_a_number_and_directories_of_its_own():
    with box_of({"app.service": DYNAMIC}) as box:
        equal(check_dynamic(box, "0o700"), 63495)
        # What is another user's cannot be seen from inside.
        os.mkdir(box.path("/var/lib/private/other"))
        equal(box.run("nsenter -t %d -m ls /var/lib/private" % box.main_pid("app")).out.split(), ["app"])


def test_a_dynamic_user_needs_no_right_to_mount():
    with box_of({"app.service": DYNAMIC}, capabilities=UNPRIVILEGED) as box:
        check_dynamic(box, "0o711")


def test_directories_move_when_dynamicuser_is_turned_on_or_off():
    static = DYNAMIC.replace("DynamicUser=yes", "User=daemon")
    with box_of({"app.service": static}) as box:
        box.wait_state("wait.service", "active")
        start_writer(box)
        equal(box.read("/var/lib/app/uid"), "1\n")
        for text, place in (DYNAMIC, "/var/lib/private/app"), (static, "/var/lib/app"):
            box.systemctl("stop", "app")
            box.put({"/etc/systemd/system/app.service": text})
            box.systemctl("daemon-reload")
            start_writer(box)
            uid = int(box.show("app", "UID"))
            equal(box.read(place + "/uid"), "%d\n" % uid)
            equal(os.path.islink(box.path("/var/lib/app")), "private" in place)
            for name in "", "/uid":
                equal(os.stat(box.path(place + name)).st_uid, uid)
            assert re.search("Found pre-existing .* StateDirectory= directory .*, migrating to %s" % place, box.stderr()), box.stderr()


def test_users_and_groups_of_a_dynamic_service_may_be_named_shared_or_static():
    report = "#!/bin/sh\nexec >/$1.new\nid -u; id -g; id -G; echo $USER; echo ${HOME-none}\nmv /$1.new /$1\nexec sleep 1002\n"
    settings = {"one": "User=ghost", "two": "User=ghost", "named": "User=gg\nGroup=hh\nSupplementaryGroups=adm", "static": "User=daemon",
                "number": "User=62000", "my.dotted": "", "group": "Group=adm"}
    units = {name + ".service": "[Service]\nDynamicUser=yes\nExecStart=/r.sh %s\n%s\n" % (name, text) for name, text in settings.items()}
    units["bad.service"] = "[Service]\nType=oneshot\nDynamicUser=yes\nUser=adm\nExecStart=/bin/true\n"
    units["borrows.service"] = "[Service]\nUser=ghost\nExecStart=/r.sh borrows\n"
    # As systemd 252 has them.
    wanted = {"one": ["62786", "62786", "62786", "ghost", "none"], "named": ["65422", "64040", "64040 4", "gg", "none"],
              "static": ["1", "1", "1", "daemon", "none"], "number": ["62000", "62000", "62000", "62000", "none"],
              "my.dotted": ["64163", "64163", "64163", "_due4ad19d9bf0e1399", "none"], "group": ["65278", "4", "4", "group", "none"]}
    wanted["two"] = wanted["borrows"] = wanted["one"]
    with box_of(units, files={"/r.sh": report}) as box:
        box.wait_state("wait.service", "active")
        os.chmod(box.root, 0o777)
        for name, lines in wanted.items():
            equal(box.systemctl("start", name).status, 0)
            wait_for(lambda: os.path.exists(box.path("/" + name)), what=lambda: name + box.systemctl("status", name).out)
            found = box.read("/" + name).splitlines()
            if name == "group":
                found[0] = lines[0]
            equal((name, found), (name, lines))
        equal(box.systemctl("start", "bad").status, 1)
        equal(box.show("bad", "ExecMainStatus"), "217")
