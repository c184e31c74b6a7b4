"""What PID 1 makes known of the container: its name, id, host name and credentials. (Its own name: pid1.)"""
import os

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

FOREVER = "[Service]\nExecStart=/bin/sleep 1000\n"
INIT = SYSTEMCTL_INIT + ["a.service"]
ID = "0123456789abcdef0123456789abcdef"
OTHER_ID = "fedcba9876543210fedcba9876543210"
# Gone, so that the machine's own are not taken.
WITHOUT = "rm -f /etc/machine-id /var/lib/dbus/machine-id /etc/hostname; "


def booted(before="", unit=FOREVER, init=INIT, units=None, **options):
    """A box whose PID 1 was a shell that ran `before`."""
    return Box(units={"a.service": unit, **(units or {})}, init=["/bin/sh", "-c", WITHOUT + before + "\nexec " + " ".join(init)], **options)


def running(box):
    wait_for(lambda: box.pids_of("sleep 1000"), what="the service")
    return box


def test_the_directory_that_says_systemd_is_there_before_the_first_answer():
    with booted() as box:
        wait_for(lambda: os.path.exists(box.path("/run/systemd/private")))
        assert os.path.isdir(box.path("/run/systemd/system"))


def test_the_containers_name_is_written_down_and_not_passed_on():
    unit = "[Service]\nExecStart=/bin/sh -c 'env >/env; exec sleep 1000'\n"
    with booted(unit=unit, environment={"container": "lxc"}) as box:
        running(box)
        equal(box.read("/run/systemd/container"), "lxc\n")
        assert "container=" not in box.read("/env"), box.read("/env")
        equal(box.systemctl("show", "-p", "Virtualization").out, "Virtualization=lxc\n")


def test_a_containers_name_that_came_with_the_image_counts_for_nothing():
    with booted(environment={"container": None}, files={"/run/systemd/container": "lxc\n", "/.dockerenv": ""}) as box:
        running(box)
        assert not os.path.exists(box.path("/run/systemd/container"))
        equal(box.systemctl("show", "-p", "Virtualization").out, "Virtualization=docker\n")


def condition_holds(virtualization, **options):
    unit = "[Unit]\nConditionVirtualization=%s\n%s" % (virtualization, FOREVER)
    with booted(unit=unit, units={"b.service": FOREVER.replace("1000", "1001")}, init=INIT + ["b.service"], **options) as box:
        wait_for(lambda: box.pids_of("sleep 1001"))
        return box.show("a.service", "ConditionResult") == "yes"


def test_condition_virtualization_knows_engines_by_their_variable():
    for name in "docker", "podman", "lxc", "systemd-nspawn":
        assert condition_holds(name, environment={"container": name}), name


def test_condition_virtualization_knows_engines_by_their_files():
    assert condition_holds("docker", environment={"container": None}, files={"/.dockerenv": ""})
    assert condition_holds("podman", environment={"container": "oci"}, files={"/run/.containerenv": ""})
    assert condition_holds("container", environment={"container": "something"})
    assert condition_holds("!lxc", environment={"container": "podman"})


def machine_id_after(before, **options):
    """The text of /etc/machine-id, and whether this was the first boot."""
    unit = FOREVER.replace("[Service]\n", "[Service]\nExecStartPre=/bin/sh -c 'echo %m >/seen'\n")
    with booted(before, unit=unit, **options) as box:
        running(box)
        equal(box.read("/seen"), box.run("cat /etc/machine-id").out)
        return box.run("cat /etc/machine-id").out, os.path.exists(box.path("/run/systemd/first-boot"))


def test_an_empty_machine_id_is_filled():
    text, first = machine_id_after("touch /etc/machine-id", capabilities=UNPRIVILEGED)
    assert len(text) == 33 and int(text, 16), text
    assert not first


def test_a_machine_id_that_is_there_stays():
    equal(machine_id_after("echo %s >/etc/machine-id" % ID), (ID + "\n", False))


def test_a_missing_or_uninitialized_machine_id_makes_a_first_boot():
    for before in "", "echo uninitialized >/etc/machine-id":
        text, first = machine_id_after(before)
        assert len(text) == 33 and int(text, 16) and first, (before, text, first)


def test_the_machine_id_is_that_of_dbus_or_of_the_engine():
    engine = {"container_uuid": "01234567-89ab-cdef-0123-456789ABCDEF"}
    equal(machine_id_after("touch /etc/machine-id", environment=engine)[0], ID + "\n")
    equal(machine_id_after("touch /etc/machine-id; mkdir -p /var/lib/dbus; echo %s >/var/lib/dbus/machine-id" % OTHER_ID, environment=engine)[0],
          OTHER_ID + "\n")


def test_where_etc_cannot_be_written_the_machine_id_is_one_for_this_boot():
    text, _ = machine_id_after("touch /etc/machine-id; mount --bind /etc /etc; mount -o remount,bind,ro /etc")
    assert len(text) == 33 and int(text, 16), text


def test_the_host_name_is_that_of_the_file():
    with booted("printf '# mine\\n\\nweb-1.example\\n' >/etc/hostname") as box:
        running(box)
        equal(box.run("uname -n").out, "web-1.example\n")
        equal(box.systemctl("show-environment").status, 0)


def test_without_a_file_the_engines_host_name_stays():
    with booted("hostname engine") as box:
        running(box)
        equal(box.run("uname -n").out, "engine\n")


def test_without_the_right_to_it_the_host_name_stays_without_a_word():
    with booted("echo web-1 >/etc/hostname", capabilities=UNPRIVILEGED) as box:
        running(box)
        equal(box.run("uname -n").out, os.uname().nodename + "\n")
        assert "host name" not in box.stderr(), box.stderr()


def test_credentials_of_the_engine_can_be_found():
    unit = "[Unit]\nConditionCredential=key\n" + FOREVER
    with booted(unit=unit, files={"/run/host/credentials/key": "secret"}, environment={"CREDENTIALS_DIRECTORY": "/run/host/credentials"}) as box:
        running(box)
        equal(box.run("cat /run/credentials/@system/key").out, "secret")
