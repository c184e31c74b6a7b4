"""Timers: what starts, when it shows that it will, and what is kept between two lives of a container."""
import os
import re
import shutil

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

JOB = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'env | grep ^TRIGGER >> /srv/%p; echo ran >> /srv/%p'\n"
WANTED = "[Install]\nWantedBy=timers.target\n"


def runs(box, name):
    path = box.path("/srv/" + name)
    return open(path).read().count("ran") if os.path.exists(path) else 0


def show(box, unit, *properties):
    return dict(line.split("=", 1) for line in box.run("systemctl", "show", unit, "-p", ",".join(properties)).out.splitlines())


def test_an_enabled_timer_starts_its_service_again_and_again_and_says_when():
    units = {"tick.timer": "[Timer]\nOnCalendar=*:*:*\nAccuracySec=1us\n" + WANTED, "tick.service": JOB,
             "later.timer": "[Timer]\nOnCalendar=2100-02-03 04:05:06\nOnActiveSec=1h\n" + WANTED, "later.service": JOB}
    for options in {"capabilities": UNPRIVILEGED}, {}:
        with Box(units=units, init=SYSTEMCTL_INIT + ["tick.timer", "later.timer"], **options) as box:
            wait_for(lambda: runs(box, "tick") >= 3, what="three runs")
            said = open(box.path("/srv/tick")).read()
            assert "TRIGGER_UNIT=tick.timer\n" in said and "TRIGGER_TIMER_REALTIME_USEC=" in said, said
            box.wait_state("later.timer", "active")
            equal(show(box, "later.timer", "SubState", "Result", "Unit", "Triggers"),
                  {"SubState": "waiting", "Result": "success", "Unit": "later.service", "Triggers": "later.service"})
            listed = box.run("systemctl list-timers --no-legend").out.splitlines()
            equal([line.split()[-2:] for line in listed], [["tick.timer", "tick.service"], ["later.timer", "later.service"]])
            status = box.run("systemctl", "status", "later.timer").out
            assert re.search(r"Active: active \(waiting\) since .*\n +Trigger: .*; .* left\n +Triggers: ● later.service\n", status), status
            assert "TriggeredBy: ● tick.timer" in box.run("systemctl", "status", "tick.service").out
            stopped = box.run("systemctl", "stop", "tick.service")
            equal((stopped.status, stopped.err), (0, "Warning: Stopping tick.service, but it can still be activated by:\n  tick.timer\n"))
            equal(box.run("systemctl", "stop", "tick.timer").status, 0)
            before = runs(box, "tick")
            equal(box.run("systemctl", "is-active", "tick.timer").out, "inactive\n")
            equal(box.run("systemctl", "daemon-reload").status, 0)
            equal(runs(box, "tick"), before)
            # A timer alone keeps the container.
            box.wait_state("later.timer", "active")


def test_what_a_persistent_timer_missed_is_made_up_for_and_its_stamp_can_be_cleaned():
    units = {"daily.timer": "[Timer]\nOnCalendar=daily\nPersistent=yes\n", "daily.service": JOB}
    with Box(units=units) as box:
        stamp = box.path("/var/lib/systemd/timers/stamp-daily.timer")
        equal(box.run("systemctl", "start", "daily.timer").status, 0)
        equal((os.path.exists(stamp), runs(box, "daily")), (True, 0))
        equal(box.run("systemctl", "stop", "daily.timer").status, 0)
        long_ago = os.stat(stamp).st_mtime - 3 * 86400
        os.utime(stamp, (long_ago, long_ago))
        equal(box.run("systemctl", "start", "daily.timer").status, 0)
        wait_for(lambda: runs(box, "daily") == 1, what="the run that was missed")
        assert os.stat(stamp).st_mtime > long_ago + 86400
        wait_for(lambda: show(box, "daily.timer", "SubState")["SubState"] == "waiting", what="the next day")
        equal(show(box, "daily.timer", "CanClean"), {"CanClean": "state"})
        busy = box.run("systemctl", "clean", "--what=state", "daily.timer")
        equal((busy.status, busy.err), (1, "Failed to clean unit daily.timer: Unit is not inactive or has pending job.\n"))
        equal(box.run("systemctl", "stop", "daily.timer").status, 0)
        equal(box.run("systemctl", "clean", "--what=state", "daily.timer").status, 0)
        equal(os.path.exists(stamp), False)


def test_a_new_time_zone_moves_calendar_timers_and_starts_what_asked_for_it():
    units = {"moved.timer": "[Timer]\nOnTimezoneChange=yes\n", "moved.service": JOB,
             "noon.timer": "[Timer]\nOnCalendar=*-*-* 12:00\n", "noon.service": JOB}
    data = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "zoneinfo")
    with Box(units=units) as box:
        for name in "Asia/Kolkata", "Etc/GMT+5":
            target = box.path("/usr/share/zoneinfo/" + name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.join(data, name), target)
        equal(box.run("ln -sfn /usr/share/zoneinfo/Etc/GMT+5 /etc/localtime && systemctl start moved.timer noon.timer").status, 0)
        equal(box.run("ln -sfn /usr/share/zoneinfo/Asia/Kolkata /etc/localtime").status, 0)
        wait_for(lambda: runs(box, "moved") == 1, what="a run for the new zone")
        wait_for(lambda: "12:00:00 IST" in show(box, "noon.timer", "NextElapseUSecRealtime")["NextElapseUSecRealtime"], what="noon in Kolkata")


def test_a_timer_that_makes_no_sense_says_so():
    units = {"empty.timer": "[Timer]\nAccuracySec=1\n", "empty.service": JOB, "vain.timer": "[Timer]\nOnActiveSec=1\n"}
    with Box(units=units) as box:
        empty = box.run("systemctl", "start", "empty.timer")
        equal((empty.status, empty.err), (1, "Failed to start empty.timer: Unit empty.timer has a bad unit file setting.\nSee system logs and 'systemctl status empty.timer' for details.\n"))
        wait_for(lambda: "empty.timer: Timer unit lacks value setting. Refusing." in box.stderr(), what="the reason")
        equal(box.run("systemctl", "start", "vain.timer").status, 1)
        wait_for(lambda: "vain.timer: Refusing to start, unit vain.service to trigger not loaded." in box.stderr(), what="the reason")
        equal(show(box, "vain.timer", "ActiveState"), {"ActiveState": "inactive"})
