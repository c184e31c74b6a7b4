"""Path units: what appears or changes starts a service."""
import os

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

SEEN = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo $TRIGGER_UNIT $TRIGGER_PATH >> /srv/%p; rm -f /srv/in/*'\n"


def lines(box, name):
    path = box.path("/srv/" + name)
    return open(path).read().splitlines() if os.path.exists(path) else []


def show(box, unit, *properties):
    return dict(line.split("=", 1) for line in box.run("systemctl", "show", unit, "-p", ",".join(properties)).out.splitlines())


def test_what_is_put_into_a_directory_starts_a_service_each_time():
    units = {"spool.path": "[Path]\nDirectoryNotEmpty=/srv/in\nMakeDirectory=yes\n", "spool.service": SEEN}
    for options in {"capabilities": UNPRIVILEGED}, {}:
        with Box(units=units, init=SYSTEMCTL_INIT + ["spool.path"], **options) as box:
            box.wait_state("spool.path", "active")
            for count in 1, 2, 3:
                equal(box.run("touch /srv/in/mail").status, 0)
                wait_for(lambda: lines(box, "spool") == count * ["spool.path /srv/in"], what="run %d" % count)
                wait_for(lambda: show(box, "spool.path", "SubState")["SubState"] == "waiting", what="the next")
            equal(show(box, "spool.path", "Unit", "Triggers", "Result"), {"Unit": "spool.service", "Triggers": "spool.service", "Result": "success"})
            assert "TriggeredBy: ● spool.path" in box.run("systemctl", "status", "spool.service").out


def test_a_path_unit_that_makes_no_sense_says_so():
    units = {"empty.path": "[Path]\nMakeDirectory=yes\n", "empty.service": SEEN, "vain.path": "[Path]\nPathExists=/x\n"}
    with Box(units=units) as box:
        equal(box.run("systemctl", "start", "empty.path").status, 1)
        wait_for(lambda: "empty.path: Path unit lacks path setting. Refusing." in box.stderr(), what="the reason")
        equal(box.run("systemctl", "start", "vain.path").status, 1)
        wait_for(lambda: "vain.path: Refusing to start, unit vain.service to trigger not loaded." in box.stderr(), what="the reason")
