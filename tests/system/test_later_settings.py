"""Settings that systemd has had since 253, as units of Debian 13 and Ubuntu 24.04 have them."""
import os

from harness import SYSTEMCTL_INIT, Box, equal, wait_for

WAITING = {"wait.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
# Says that it reloads, and is done when /go is there.
RELOADER = """#!/usr/bin/python3
import os, signal, socket, time
def tell(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
def reload(number, frame):
    tell("RELOADING=1\\nMONOTONIC_USEC=%d" % (time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000))
    with open("/reloads", "a") as file:
        file.write(signal.Signals(number).name + "\\n")
    while not os.path.exists("/go"):
        time.sleep(0.01)
    tell("READY=1")
for number in signal.SIGHUP, signal.SIGUSR1:
    signal.signal(number, reload)
tell("READY=1")
while True:
    signal.pause()
"""


def test_notify_reload_is_done_when_the_service_says_so():
    unit = "[Service]\nType=notify-reload\nExecStart=/reloader.py\n"
    units = {"hup.service": unit, "usr.service": unit + "ReloadSignal=SIGUSR1\n"}
    files = {"/reloader.py": RELOADER}
    with Box(units={**units, **WAITING}, files=files, init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        box.wait_state("wait.service", "active")
        for name, signal in ("hup", "SIGHUP"), ("usr", "SIGUSR1"):
            equal(box.systemctl("start", name).status, 0)
            equal(box.show(name, "Type", "CanReload"), {"Type": "notify-reload", "CanReload": "yes"})
            if os.path.exists(box.path("/go")):
                os.unlink(box.path("/go"))
            equal(box.systemctl("reload", "--no-block", name).status, 0)
            wait_for(lambda: box.read("/reloads").endswith(signal + "\n"))
            equal(box.show(name, "ActiveState"), "reloading")
            box.put({"/go": ""})
            box.wait_state(name, "active")
            equal(box.systemctl("reload", name).status, 0)
            equal(box.show(name, "ActiveState", "Result"), {"ActiveState": "active", "Result": "success"})
        equal(box.read("/reloads"), "SIGHUP\nSIGHUP\nSIGUSR1\nSIGUSR1\n")


def test_restartsteps_lengthen_the_wait():
    units = {"a.service": "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=50ms\n"
                          "RestartSteps=2\nRestartMaxDelaySec=1h\n"}
    with Box(units={**units, **WAITING}, init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        box.wait_state("wait.service", "active")
        box.systemctl("start", "a")
        box.wait_property("a", "NRestarts", "1")
        # 50 ms, then 50 ms * sqrt(1 h / 50 ms), which is 13.4 s.
        box.wait_property("a", "SubState", "auto-restart")
        equal(box.show("a", "NRestarts"), "1")


def test_a_direct_restart_is_no_failure_for_others():
    service = "[Unit]\nOnFailure=told-%s.service\n[Service]\nExecStart=/bin/sh -c 'echo >>/%s; exit 1'\nRestart=on-failure\n%s\n"
    tell = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo >>/told-%s'\n"
    units = {"direct.service": service % ("direct", "direct", "RestartMode=direct"), "told-direct.service": tell % "direct"}
    with Box(units={**units, **WAITING}, init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        box.wait_state("wait.service", "active")
        box.systemctl("start", "direct")
        box.wait_state("direct.service", "failed")
        assert len(box.read("/direct")) > 1
        wait_for(lambda: box.read("/told-direct"))
        equal(box.read("/told-direct"), "\n")


def test_openfile_passes_files():
    report = ("#!/bin/sh\n{ echo $LISTEN_FDS $LISTEN_FDNAMES; [ $LISTEN_PID = $$ ] && echo mine; cat <&3; echo more >&4; } >/report.new\n"
              "mv /report.new /report\n")
    units = {"a.service": "[Service]\nUser=daemon\nExecStart=+/report.sh\nOpenFile=/etc/secret\nOpenFile=/etc/log:out:append\n"
                          "OpenFile=/no/such::graceful\n",
             "b.service": "[Service]\nExecStart=/bin/true\nOpenFile=/no/such\n",
             "c.service": "[Service]\nExecStart=/bin/true\nOpenFile=relative\nOpenFile=/etc/log:x:nonsense\n"}
    files = {"/report.sh": report, "/etc/secret": ("secret\n", 0o600), "/etc/log": "first\n"}
    with Box(units={**units, **WAITING}, files=files, init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        box.wait_state("wait.service", "active")
        equal(box.systemctl("start", "a").status, 0)
        wait_for(lambda: os.path.exists(box.path("/report")))
        equal(box.read("/report"), "2 secret:out\nmine\nsecret\n")
        equal(box.read("/etc/log"), "first\nmore\n")
        equal(box.systemctl("start", "b").status, 1)
        equal(box.show("b", "Result"), "resources")
        equal(box.systemctl("start", "c").status, 0)
        box.wait_stderr("Failed to parse OpenFile= setting, ignoring: relative")


def test_settings_of_later_systemds_are_known():
    units = {"a.service": "[Unit]\nWantsMountsFor=/srv\nFailureAction=halt-force\nSuccessAction=soft-reboot-force\nSurviveFinalKillSignal=no\n"
                          "[Service]\nExecStart=/bin/sleep 1001\nImportCredential=a.*\nMemoryPressureWatch=no\nFileDescriptorStorePreserve=yes\n"
                          "RootEphemeral=no\nMemoryKSM=no\n[Install]\nUpheldBy=wait.service\n"}
    with Box(units={**units, **WAITING}, init=SYSTEMCTL_INIT + ["wait.service", "a.service"]) as box:
        box.wait_state("a.service", "active")
        lines = [line for line in box.stderr().splitlines() if "a.service" in line and "Started" not in line]
        equal(lines, [])
        equal(box.show("a", "FailureAction", "SuccessAction"), {"FailureAction": "poweroff-force", "SuccessAction": "reboot-force"})
