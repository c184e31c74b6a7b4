"""Mount units: of files, and of what others mount."""
import os
import signal

from harness import UNPRIVILEGED, Box, equal, wait_for

DATA = "[Mount]\nWhat=tmpfs\nWhere=/srv/data\nType=tmpfs\nOptions=size=1M,mode=0700\nDirectoryMode=0750\n"
USER = "[Unit]\nRequiresMountsFor=/srv/data/deep\n[Service]\nExecStart=/bin/sleep 1000\n"
# A helper of mount(8) that never ends.
HANG = "#!/bin/sh\nexec sleep 1000\n"
LIE = "#!/bin/sh\nexit 0\n"


def show(box, unit, *properties):
    return dict(line.split("=", 1) for line in box.run("systemctl", "show", unit, "-p", ",".join(properties)).out.splitlines())


def is_mounted(box, path):
    return any(line.split()[4] == path for line in box.run("cat", "/proc/self/mountinfo").out.splitlines())


def mount(box, what, where):
    box.run("mkdir -p %s && mount -t tmpfs %s %s" % (where, what, where))


def wait_shown(box, unit, **values):
    wait_for(lambda: show(box, unit, *values) == values, what=lambda: "%s of %s: %s" % (values, unit, show(box, unit, *values)))


def test_a_service_gets_what_it_needs_mounted_and_loses_it():
    with Box(units={"srv-data.mount": DATA, "user.service": USER}) as box:
        equal(box.systemctl("start", "user.service").status, 0)
        equal(show(box, "srv-data.mount", "ActiveState", "SubState", "What", "Type", "Result"),
              {"ActiveState": "active", "SubState": "mounted", "What": "tmpfs", "Type": "tmpfs", "Result": "success"})
        assert is_mounted(box, "/srv/data")
        assert "argv[]=/bin/mount tmpfs /srv/data -t tmpfs -o size=1M,mode=0700 ;" in show(box, "srv-data.mount", "ExecMount")["ExecMount"]
        equal(box.systemctl("reload", "srv-data.mount").status, 0)
        equal(box.systemctl("stop", "srv-data.mount").status, 0)
        equal(box.systemctl("is-active", "user.service", "srv-data.mount").out.split(), ["inactive", "inactive"])
        assert not is_mounted(box, "/srv/data")
        wait_for(lambda: "Unmounted srv-data.mount - /srv/data." in box.stderr(), what="the line")
        assert "Mounting srv-data.mount - /srv/data..." in box.stderr()


def test_without_the_privilege_mount_says_why():
    with Box(units={"srv-data.mount": DATA, "user.service": USER}, capabilities=UNPRIVILEGED) as box:
        equal(box.systemctl("start", "user.service").status, 1)
        wait_shown(box, "srv-data.mount", ActiveState="failed", Result="exit-code")
        wait_for(lambda: "mount: /srv/data: " in box.stderr(), what="mount's own words")
        wait_for(lambda: "Failed to mount srv-data.mount - /srv/data." in box.stderr(), what="the end")
        wait_for(lambda: "Dependency failed for user.service." in box.stderr(), what="the service's")


def test_what_somebody_mounts_is_a_unit_until_it_goes():
    with Box() as box:
        mount(box, "hand", "/srv/hand")
        wait_shown(box, "srv-hand.mount", LoadState="loaded", ActiveState="active", SubState="mounted", What="hand", FragmentPath="",
                   SourcePath="/proc/self/mountinfo", Description="/srv/hand")
        assert "Loaded: loaded (/proc/self/mountinfo)" in box.systemctl("status", "srv-hand.mount").out
        assert "srv-hand.mount" in box.systemctl("list-units", "--type=mount").out
        equal(box.systemctl("stop", "/srv/hand").status, 0)
        assert not is_mounted(box, "/srv/hand")
        wait_shown(box, "srv-hand.mount", LoadState="not-found", ActiveState="inactive")
        mount(box, "again", "/srv/hand")
        wait_shown(box, "srv-hand.mount", ActiveState="active", What="again")
        box.run("umount /srv/hand")
        wait_shown(box, "srv-hand.mount", ActiveState="inactive")


def test_who_is_bound_to_a_mount_goes_with_it():
    units = {"srv-data.mount": DATA, "bound.service": "[Unit]\nBindsTo=srv-data.mount\nAfter=srv-data.mount\n[Service]\nExecStart=/bin/sleep 1000\n"}
    with Box(units=units) as box:
        equal(box.systemctl("start", "bound").status, 0)
        box.run("umount /srv/data")
        box.wait_state("bound.service", "inactive")
        box.wait_state("srv-data.mount", "inactive")


def test_a_mount_that_hangs_lies_or_is_busy():
    units = {"srv-hang.mount": "[Mount]\nWhat=x\nWhere=/srv/hang\nType=hang\nTimeoutSec=1\n",
             "srv-lie.mount": "[Mount]\nWhat=x\nWhere=/srv/lie\nType=lie\n",
             "srv-link-x.mount": "[Mount]\nWhat=tmpfs\nWhere=/srv/link/x\nType=tmpfs\n",
             "srv-data.mount": DATA}
    with Box(units=units, files={"/usr/sbin/mount.hang": HANG, "/usr/sbin/mount.lie": LIE}) as box:
        os.symlink("/srv/real", box.path("/srv/link"))
        equal(box.systemctl("start", "srv-hang.mount").status, 1)
        equal(show(box, "srv-hang.mount", "ActiveState", "Result"), {"ActiveState": "failed", "Result": "timeout"})
        equal(box.systemctl("start", "srv-lie.mount").status, 1)
        equal(show(box, "srv-lie.mount", "ActiveState", "Result"), {"ActiveState": "failed", "Result": "protocol"})
        equal(box.systemctl("start", "srv-link-x.mount").status, 1)
        wait_for(lambda: "srv-link-x.mount: Mount path /srv/link/x is not canonical (contains a symlink)." in box.stderr(), what="the link")
        equal(box.systemctl("start", "srv-data.mount").status, 0)
        box.run("cd /srv/data && (sleep 1000 > /srv/out 2>&1 & echo $! > /srv/sleeper)")
        equal(box.systemctl("stop", "srv-data.mount").status, 1)
        equal(show(box, "srv-data.mount", "ActiveState", "Result"), {"ActiveState": "active", "Result": "exit-code"})
        box.run("kill $(cat /srv/sleeper)")
        wait_for(lambda: box.systemctl("stop", "srv-data.mount").status == 0, what="a stop when nobody is there")


def test_files_of_a_mount_come_and_go_while_it_is_mounted():
    with Box(units={"srv-data.mount": DATA}) as box:
        equal(box.systemctl("start", "srv-data.mount").status, 0)
        os.unlink(box.path("/etc/systemd/system/srv-data.mount"))
        equal(box.systemctl("daemon-reload").status, 0)
        equal(show(box, "srv-data.mount", "LoadState", "ActiveState", "FragmentPath"), {"LoadState": "loaded", "ActiveState": "active", "FragmentPath": ""})
        box.put({"/etc/systemd/system/srv-data.mount": DATA})
        equal(box.systemctl("daemon-reload").status, 0)
        equal(show(box, "srv-data.mount", "ActiveState", "FragmentPath"),
              {"ActiveState": "active", "FragmentPath": "/etc/systemd/system/srv-data.mount"})
        equal(box.systemctl("restart", "srv-data.mount").status, 0)
        assert is_mounted(box, "/srv/data")


def test_what_was_mounted_before_is_left_alone_at_the_end():
    units = {"srv-data.mount": DATA}
    init = ["/bin/sh", "-c", "mkdir -p /srv/volume; mount -t tmpfs volume /srv/volume; exec systemctl init srv-data.mount"]
    with Box(units=units, init=init) as box:
        box.wait_state("srv-data.mount", "active")
        equal(show(box, "srv-volume.mount", "ActiveState", "Conflicts"), {"ActiveState": "active", "Conflicts": ""})
        box.signal(signal.SIGTERM)
        box.wait_exit()
        assert "Unmounted srv-data.mount" in box.stderr()
        assert "srv-volume" not in box.stderr()


def test_many_changes_at_once_are_one_look():
    with Box() as box:
        box.run("i=0; while [ $i -lt 300 ]; do mkdir -p /srv/m/$i; mount -t tmpfs m$i /srv/m/$i; i=$((i+1)); done")
        wait_shown(box, "srv-m-299.mount", ActiveState="active", What="m299")
        box.run("i=0; while [ $i -lt 300 ]; do umount /srv/m/$i; i=$((i+1)); done")
        wait_for(lambda: "srv-m-" not in box.systemctl("list-units", "--type=mount", "--all").out, what="their end")
