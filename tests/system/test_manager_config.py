"""The manager's configuration: system.conf, its drop-ins, arguments of PID 1 and its environment, in services and in `show`."""
import os
import select
import signal

from harness import SYSTEMCTL_INIT, Box, equal, wait_for

BASIC = {"multi-user.target": "[Unit]\nAllowIsolate=yes\n"}

# Says what it is given.
TELLS = """[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'env >/told; ulimit -Sn >>/told; ulimit -Hn >>/told; cat /proc/self/oom_score_adj /proc/self/timerslack_ns >>/told; \
grep -E "^(NoNewPrivs|CapBnd|Cpus_allowed_list):" /proc/self/status >>/told'
ExecStart=/bin/sh -c 'readlink /proc/$$$$/fd/1 /proc/$$$$/fd/2 | tee -a /streams'
"""


def config(text):
    return {"/etc/systemd/system.conf": "[Manager]\n" + text}


def booted(files, units=None, arguments=(), **options):
    return Box(units={**BASIC, **(units or {})}, files=files, init=SYSTEMCTL_INIT + list(arguments), **options)


def shown(box, *names):
    out = box.systemctl("show", *["--property=" + name for name in names]).out
    return dict(line.split("=", 1) for line in out.splitlines())


def ok(outcome):
    equal(outcome.status, 0)
    return outcome


def test_what_a_unit_does_not_say_is_as_configured():
    files = config("DefaultEnvironment=A=1 \"B=x y\" PATH=/bin:/usr/bin\nDefaultLimitNOFILE=100:200\nDefaultOOMScoreAdjust=321\n"
                   "DefaultStandardOutput=null\nDefaultStandardError=inherit\nTimerSlackNSec=1ms\nCPUAffinity=0\nManagerEnvironment=M=1\n")
    own = TELLS.replace("[Service]\n", "[Service]\nLimitNOFILE=50\nOOMScoreAdjust=\nEnvironment=A=own\nPassEnvironment=M\n").replace("/told", "/own")
    with booted(files, {"tells.service": TELLS, "own.service": own}) as box:
        box.wait_running()
        ok(box.systemctl("start", "tells.service", "own.service"))
        told = box.read("/told").splitlines()
        for line in ("A=1", "B=x y", "PATH=/bin:/usr/bin", "100", "200", "321", "1000000", "Cpus_allowed_list:\t0"):
            assert line in told, (line, told)
        assert "M=1" not in told, told
        own = box.read("/own").splitlines()
        for line in ("A=own", "B=x y", "M=1", "50", "0"):
            assert line in own, (line, own)
        equal(set(box.read("/streams").split()), {"/dev/null"})
        equal(box.run("cat /proc/1/oom_score_adj").out, "0\n")
        equal(shown(box, "DefaultLimitNOFILE", "DefaultLimitNOFILESoft", "DefaultStandardOutput", "DefaultOOMScoreAdjust", "TimerSlackNSec",
                    "Environment"),
              {"DefaultLimitNOFILE": "200", "DefaultLimitNOFILESoft": "100", "DefaultStandardOutput": "null", "DefaultOOMScoreAdjust": "321",
               "TimerSlackNSec": "1000000", "Environment": "A=1 \"B=x y\" LANG=C.UTF-8 PATH=/bin:/usr/bin"})


def test_timeouts_and_start_limits_are_as_configured():
    files = config("DefaultTimeoutStartSec=50ms\nDefaultTimeoutStopSec=50ms\nDefaultStartLimitBurst=2\nDefaultStartLimitIntervalSec=1h\n"
                   "DefaultRestartSec=1ms\n")
    units = {"slow.service": "[Service]\nType=notify\nExecStart=/bin/sleep 1000\n",
             "deaf.service": "[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'\n",
             "fails.service": "[Service]\nRestart=always\nExecStart=/bin/false\n",
             "patient.service": "[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart=/bin/sleep 0.3\n"}
    with booted(files, units) as box:
        box.wait_running()
        equal(box.systemctl("start", "slow.service").status, 1)
        equal(box.show("slow.service", "Result"), "timeout")
        ok(box.systemctl("start", "deaf.service", "patient.service"))
        ok(box.systemctl("stop", "deaf.service"))
        equal(box.show("deaf.service", "Result"), "timeout")
        box.systemctl("start", "fails.service")
        box.wait_state("fails.service", "failed")
        equal(box.show("fails.service", "NRestarts"), "2")
        equal(box.show("patient.service", "TimeoutStartUSec", "StartLimitBurst"), {"TimeoutStartUSec": "infinity", "StartLimitBurst": "2"})


def test_drop_ins_of_all_directories_count_by_their_names():
    files = config("DefaultRestartSec=1\nDefaultTasksMax=1\n")
    for place, restart in (("/usr/lib/systemd/system.conf.d/30.conf", 3), ("/usr/local/lib/systemd/system.conf.d/40.conf", 4),
                           ("/etc/systemd/system.conf.d/20.conf", 2), ("/usr/lib/systemd/system.conf.d/50.conf", 5)):
        files[place] = "[Manager]\nDefaultRestartSec=%d\n" % restart
    with booted(files, links={"/etc/systemd/system.conf.d/50.conf": "/dev/null"}) as box:
        box.wait_running()
        equal(shown(box, "DefaultRestartUSec", "DefaultTasksMax"), {"DefaultRestartUSec": "4s", "DefaultTasksMax": "1"})
        box.run("mkdir -p /run/systemd/system.conf.d; printf '[Manager]\\nDefaultRestartSec=6\\n' >/run/systemd/system.conf.d/60.conf")
        ok(box.systemctl("daemon-reload"))
        equal(shown(box, "DefaultRestartUSec"), {"DefaultRestartUSec": "6s"})


def test_arguments_and_the_environment_go_over_the_files():
    files = config("LogLevel=debug\nDefaultEnvironment=A=1\nDefaultTimeoutStartSec=7\nShowStatus=yes\n")
    units = {"other.target": "[Unit]\nWants=tells.service\n", "tells.service": TELLS}
    arguments = ("systemd.unit=other.target", "systemd.show_status=no", "systemd.setenv=B=2", "systemd.default-timeout-start-sec=12",
                 "systemd.log_level=notice", "systemd.unit=bad")
    with booted(files, units, arguments, environment={"SYSTEMD_LOG_LEVEL": "err"}) as box:
        box.wait_running()
        equal(box.systemctl("is-active", "other.target", "multi-user.target").out, "active\ninactive\n")
        equal(shown(box, "LogLevel", "ShowStatus", "DefaultTimeoutStartUSec"),
              {"LogLevel": "err", "ShowStatus": "no", "DefaultTimeoutStartUSec": "12s"})
        told = box.read("/told").splitlines()
        assert "A=1" in told and "B=2" in told, told
        box.wait_stderr("Unit name specified on systemd.unit= is not valid, ignoring: bad")
        assert "Startup finished." not in box.stderr()
        box.put(config(""))
        ok(box.systemctl("daemon-reload"))
        equal(shown(box, "DefaultTimeoutStartUSec"), {"DefaultTimeoutStartUSec": "12s"})
        equal(box.systemctl("show-environment").out.splitlines()[0], "B=2")


def test_an_option_goes_over_arguments_and_files():
    with booted(config("ShowStatus=no\nLogLevel=err\n"), arguments=("--show-status=yes", "--debug", "systemd.log_level=notice")) as box:
        box.wait_running()
        equal(shown(box, "LogLevel", "ShowStatus"), {"LogLevel": "debug", "ShowStatus": "yes"})


def test_a_reload_reads_the_configuration_for_loaded_units_too():
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 1000\n", "a.timer": "[Timer]\nOnActiveSec=1h\n", "tells.service": TELLS}
    with booted(config("DefaultTimeoutStopSec=11\nDefaultEnvironment=A=1\n"), units) as box:
        box.wait_running()
        ok(box.systemctl("start", "a.service", "a.timer"))
        equal(box.show("a.service", "TimeoutStopUSec", "TimeoutAbortUSec"), {"TimeoutStopUSec": "11s", "TimeoutAbortUSec": "11s"})
        box.put(config("DefaultTimeoutStopSec=22\nDefaultTimeoutAbortSec=33\nDefaultTimerAccuracySec=5\nDefaultEnvironment=A=2\nBogus=1\n"))
        ok(box.systemctl("daemon-reload"))
        equal(box.show("a.service", "TimeoutStopUSec", "TimeoutAbortUSec"), {"TimeoutStopUSec": "22s", "TimeoutAbortUSec": "33s"})
        equal(box.show("a.timer", "AccuracyUSec"), "5s")
        equal(box.show("nosuch.service", "TimeoutStopUSec"), "22s")
        box.wait_stderr("/etc/systemd/system.conf:6: Unknown key 'Bogus' in section [Manager], ignoring.")
        ok(box.systemctl("start", "tells.service"))
        assert "A=2" in box.read("/told").splitlines()
        os.unlink(box.path("/etc/systemd/system.conf"))
        ok(box.systemctl("daemon-reexec"))
        wait_for(lambda: box.show("a.service", "TimeoutStopUSec") == "1min 30s", what="systemd's default")
        equal(shown(box, "Environment"), {"Environment": "LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})


def test_what_is_wrong_or_has_no_effect_is_said_and_stops_nothing():
    files = config("DefaultTimeoutStartSec=x\nDefaultLimitNOFILE=5:3\nLogTarget=journal\nSystemCallArchitectures=native\n[Other]\n[Manager]\n"
                   "DefaultEnvironment=1=2\nDefaultTimeoutStopSec=9\n")
    files["/etc/systemd/system.conf.d/10.conf"] = "\0\xff\n[Manager\n"
    with booted(files) as box:
        box.wait_running()
        for line in ("system.conf:2: Failed to parse sec value, ignoring: x",
                     "system.conf:3: Soft resource limit chosen higher than hard limit, ignoring: 5:3",
                     "system.conf:6: Unknown section 'Other'. Ignoring.",
                     "system.conf:8: Invalid environment assignment, ignoring: 1=2",
                     "These settings of the manager have no effect here: LogTarget=. "
                     "Services run without the protection of SystemCallArchitectures=."):
            box.wait_stderr(line)
        equal(shown(box, "DefaultTimeoutStopUSec", "DefaultTimeoutStartUSec"),
              {"DefaultTimeoutStopUSec": "9s", "DefaultTimeoutStartUSec": "1min 30s"})


def test_log_level_and_status_lines_come_back_to_what_is_configured():
    with booted(config("LogLevel=warning\nShowStatus=no\n")) as box:
        box.wait_running()
        equal(box.systemctl("log-level").out, "warning\n")
        ok(box.systemctl("log-level", "debug"))
        ok(box.systemctl("daemon-reload"))
        equal(box.systemctl("log-level").out, "debug\n")
        box.signal(signal.SIGRTMIN + 23)
        wait_for(lambda: box.systemctl("log-level").out == "warning\n", what="the level that is configured")
        box.signal(signal.SIGRTMIN + 20)
        wait_for(lambda: shown(box, "ShowStatus")["ShowStatus"] == "yes", what="the status lines")
        box.put(config("LogLevel=info\n"))
        ok(box.systemctl("daemon-reload"))
        equal(shown(box, "LogLevel", "ShowStatus"), {"LogLevel": "info", "ShowStatus": "yes"})


def test_messages_name_units_as_configured():
    units = {"a.service": "[Unit]\nDescription=Something\n[Service]\nType=oneshot\nExecStart=/bin/true\n"}
    with booted(config("StatusUnitFormat=name\n"), units) as box:
        box.wait_running()
        ok(box.systemctl("start", "a.service"))
        box.wait_stderr("Finished a.service.")
        box.put(config("StatusUnitFormat=description\n"))
        ok(box.systemctl("daemon-reload"))
        ok(box.systemctl("start", "a.service"))
        box.wait_stderr("Finished Something.")


def test_lines_have_their_time_and_their_colour():
    units = {"a.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n"}
    with booted(config("LogTime=yes\nLogColor=yes\n"), units) as box:
        box.wait_running()
        box.wait_stderr(" UTC sctl: Startup finished.\n")
        box.put(config("LogTime=no\n"))
        ok(box.systemctl("daemon-reload"))
        ok(box.systemctl("start", "a.service"))
        box.wait_stderr("\nsctl: Finished a.service.\n")
    ours, its = os.openpty()
    try:
        with booted(config("LogColor=yes\nBogus=1\n"), stderr=its) as box:
            box.wait_running()
            ok(box.systemctl("daemon-reload"))
            seen = b""
            while b"38;5;185m/etc/systemd/system.conf:3: Unknown key" not in seen:
                assert select.select([ours], [], [], 20)[0], seen
                seen += os.read(ours, 65536)
        assert b"sctl: \x1b[0;1;38;5;185m/etc/systemd/system.conf:3: Unknown key" in seen, seen
        assert b"sctl: Startup finished.\r\n" in seen, seen
    finally:
        os.close(ours)
        os.close(its)


def test_the_manager_gives_up_what_it_shall_do_without():
    keep = ["chown", "dac_override", "fowner", "kill", "setgid", "setuid", "setpcap", "sys_admin", "sys_chroot", "sys_resource"]
    files = config("NoNewPrivileges=yes\nCapabilityBoundingSet=%s\n" % " ".join("CAP_" + name.upper() for name in keep))
    with booted(files, {"tells.service": TELLS}) as box:
        box.wait_running()
        ok(box.systemctl("start", "tells.service"))
        told = dict(line.split(":\t") for line in box.read("/told").splitlines() if ":\t" in line)
        equal(told["NoNewPrivs"], "1")
        bits = 0
        for number in (0, 1, 3, 5, 6, 7, 8, 21, 18, 24):
            bits |= 1 << number
        equal(int(told["CapBnd"], 16) & ~bits, 0)
        status = dict(line.split(":\t") for line in box.proc(1, "status").splitlines() if ":\t" in line)
        equal(int(status["CapPrm"], 16) & ~bits, 0)
