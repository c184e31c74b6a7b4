"""tmpfiles.d and sysusers.d at boot, where the image has no program for them."""
import os
import stat

from harness import Box, equal

FILES = {"/usr/lib/tmpfiles.d/web.conf": "d /run/web 0750 webby webby -\nD /var/tmp/wiped 0755\nf! /run/web/booted - - - - text\n",
         "/usr/lib/sysusers.d/web.conf": 'u webby 321 "Web" /srv/web\nm webby adm\n',
         "/var/tmp/wiped/old": "old"}
UNITS = {"web.service": "[Service]\nUser=webby\nExecStart=/bin/sh -c 'touch /run/web/file; exec sleep 1000'\n",
         "multi-user.target.d/web.conf": "[Unit]\nWants=web.service\n"}
LINKS = {"/etc/systemd/system/default.target": "multi-user.target"}


def test_a_service_finds_its_user_and_its_directory():
    with Box(units=UNITS, files=FILES, links=LINKS) as b:
        b.wait_running(states=("running", "degraded"))
        b.wait_state("web", "active")
        info = os.stat(b.path("/run/web/file"))
        equal((info.st_uid, info.st_gid), (321, 321))
        equal(stat.S_IMODE(os.stat(b.path("/run/web")).st_mode), 0o750)
        equal(b.read("/run/web/booted"), "text")
        assert "webby:x:321:321:Web:/srv/web:/usr/sbin/nologin" in b.read("/etc/passwd")
        assert not os.path.exists(b.path("/var/tmp/wiped/old"))
        for unit in ("systemd-sysusers", "systemd-tmpfiles-setup"):
            equal(b.show(unit + ".service", "ActiveState", "Result"), {"ActiveState": "active", "Result": "success"})


def test_an_image_may_have_its_own_or_none():
    files = {"/etc/systemd/system/systemd-tmpfiles-setup.service": "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n[Service]\nType=oneshot\nExecStart=/bin/touch /run/own\n"}
    with Box(units=UNITS, files={**FILES, **files}, links={**LINKS, "/etc/systemd/system/systemd-sysusers.service": "/dev/null"}) as b:
        b.wait_running(states=("running", "degraded"))
        assert os.path.exists(b.path("/run/own"))
        assert not os.path.exists(b.path("/run/web"))
        assert "webby" not in b.read("/etc/passwd")


def test_a_manager_in_the_background_makes_but_removes_nothing():
    with Box(units=UNITS, files=FILES, init=["/bin/sleep", "1000"]) as b:
        equal(b.systemctl("start", "web").status, 0)
        b.wait_state("web", "active")
        equal(stat.S_IMODE(os.stat(b.path("/run/web")).st_mode), 0o750)
        equal(b.read("/var/tmp/wiped/old"), "old")
        assert not os.path.exists(b.path("/run/web/booted"))


def test_a_packages_unit_is_left_out_by_a_manager_in_the_background():
    package = {"/usr/lib/systemd/system/systemd-tmpfiles-setup.service": "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/touch /run/own\n"}
    with Box(units=UNITS, files={**FILES, **package}, init=["/bin/sleep", "1000"]) as b:
        equal(b.systemctl("start", "web").status, 0)
        assert not os.path.exists(b.path("/run/own"))


def test_an_instance_leaves_the_machines_files_alone():
    with Box(files=FILES, init=["/bin/sleep", "1000"]) as b:
        box_unit = "[Service]\nExecStart=/bin/sleep 1000\n"
        b.put({"/i/etc/systemd/system/a.service": box_unit})
        equal(b.systemctl("--instance=/i", "start", "a").status, 0)
        assert not os.path.exists(b.path("/run/web"))
        assert "webby" not in b.read("/etc/passwd")
