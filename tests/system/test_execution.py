"""What a service's process finds when it begins, and what becomes of one that cannot begin."""
import contextlib
import os
import re

from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

REPORT = """#!/bin/sh
{
    sed -n 's/^\\(Uid\\|Gid\\|Groups\\):[[:space:]]*/\\1 /p' /proc/$$/status
    echo "cwd $(pwd)"
    echo "umask $(umask)"
    echo "session $(ps -o sid= -p $$ | tr -d ' ') $$"
    tr '\\0' '\\n' </proc/$$/environ | sed 's/^/env /'
} >/report.new
mv /report.new /report
exec sleep 1000
"""


def report_of(service, init=None, environment=None, **options):
    """What /report.sh finds as the service's process: lists of words by the first word of a line, and the variables."""
    service = "[Service]\nExecStart=/report.sh\n" + service
    files = dict(options.pop("files", {}), **{"/report.sh": REPORT})
    box = Box(units={"a.service": service}, files=files, init=init or SYSTEMCTL_INIT + ["a.service"], environment=environment, **options)
    os.chmod(box.root, 0o777)
    with box:
        wait_for(lambda: os.path.exists(box.path("/report")), what="the service's report")
        found, variables = {}, {}
        for line in box.read("/report").splitlines():
            key, _, value = line.partition(" ")
            if key == "env":
                name, _, value = value.partition("=")
                variables[name] = value
            else:
                found[key] = value.split()
        return found, variables


def test_a_service_inherits_three_descriptors_and_no_signal_settings():
    # PID 1 itself is given more than it should: signals that are ignored, a descriptor.
    init = ["/bin/sh", "-c", "trap '' INT USR1 PIPE; exec 7</etc/passwd; exec systemctl init a.service b.service"]
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 1001\nIgnoreSIGPIPE=no\n",
             "b.service": "[Service]\nExecStart=/bin/sleep 1002\n"}
    with Box(units=units, init=init) as box:
        plain = wait_for(lambda: box.pids_of("sleep 1001"))[0]
        usual = wait_for(lambda: box.pids_of("sleep 1002"))[0]
        equal(box.run("ls /proc/%d/fd" % plain).out.split(), ["0", "1", "2"])
        for pid, ignored in (plain, 0), (usual, 1 << 12):  # IgnoreSIGPIPE=yes is systemd's default
            fields = dict(line.split(":\t", 1) for line in box.proc(pid, "status").splitlines() if line.startswith("Sig"))
            equal((int(fields["SigBlk"], 16), int(fields["SigIgn"], 16)), (0, ignored))


def test_a_service_leads_a_session_and_starts_at_the_root():
    found, _ = report_of("")
    equal(found["session"][0], found["session"][1])
    equal((found["cwd"], found["umask"]), (["/"], ["0022"]))


def test_the_directory_and_umask_that_we_were_started_with_are_not_the_services():
    report = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'pwd; umask'\nStandardOutput=truncate:/%s\n"
    units = {**OTHER, "a.service": report % "a", "b.service": report % "b" + "WorkingDirectory=-/missing\n"}
    enter = ["/bin/sh", "-c", 'cd /var && umask 077 && exec "$@"', "sh"]
    for init in (["other.service"], ["other.service", "--", "/bin/sh", "-c", "pwd >/command; exec sleep 1000"]):
        with Box(units=units, init=enter + SYSTEMCTL_INIT + init) as box:
            box.wait_state("other.service", "active")
            for name in "ab":
                equal(box.systemctl("start", name + ".service").status, 0)
                equal((init, box.read("/" + name)), (init, "/\n0022\n"))
            if "--" in init:
                wait_for(lambda: box.read("/command"))
                equal(box.read("/command"), "/var\n")
            else:
                equal(os.readlink("/proc/%d/cwd" % box.pid), os.readlink("/proc/%d/root" % box.pid))


def test_a_service_gets_systemds_environment_and_nothing_of_the_callers():
    _, variables = report_of("Environment=GIVEN=yes\nPassEnvironment=WANTED\n", 
                             environment={"WANTED": "1", "UNWANTED": "2", "PATH": "/usr/bin:/bin"})
    equal(variables.get("GIVEN"), "yes")
    equal(variables.get("WANTED"), "1")
    equal(variables["PATH"], "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    assert "UNWANTED" not in variables and "TERM" not in variables and "container" not in variables, variables
    assert len(variables["INVOCATION_ID"]) == 32


def test_a_service_with_a_user_gets_its_ids_groups_and_variables():
    found, variables = report_of("User=www-data\nSupplementaryGroups=adm\nUMask=0027\nWorkingDirectory=/var/tmp\n",
                                 capabilities=UNPRIVILEGED)
    equal((found["Uid"], found["Gid"]), (["33"] * 4, ["33"] * 4))
    equal(sorted(found["Groups"]), ["33", "4"])
    equal((found["umask"], found["cwd"]), (["0027"], ["/var/tmp"]))
    equal([variables[name] for name in ("USER", "LOGNAME", "HOME")], ["www-data", "www-data", "/var/www"])
    assert "SHELL" not in variables, "a shell that refuses to log in is not told"


def test_a_service_that_asks_to_be_at_home_is_told_where_that_is():
    found, variables = report_of("WorkingDirectory=~\n")
    equal((found["cwd"], variables["HOME"]), (["/root"], "/root"))
    assert "USER" not in variables and "LOGNAME" not in variables, variables


OTHER = {"other.service": "[Service]\nExecStart=/bin/sleep 1000\n"}


def test_each_failing_step_has_systemds_exit_code_and_another_unit_still_starts():
    steps = {"no-program": ("203", "ExecStart=/no/such/program"),
             "no-binary": ("203", "ExecStart=/etc/passwd"),
             "no-user": ("217", "ExecStart=/bin/true\nUser=nobody-of-that-name"),
             "no-group": ("216", "ExecStart=/bin/true\nGroup=nobody-of-that-name"),
             "no-directory": ("200", "ExecStart=/bin/true\nWorkingDirectory=/no/such/directory"),
             "no-input": ("208", "ExecStart=/bin/true\nStandardInput=file:/no/such/file"),
             "no-output": ("209", "ExecStart=/bin/true\nStandardOutput=file:/no/such/file"),
             "no-error-output": ("222", "ExecStart=/bin/true\nStandardError=file:/no/such/file")}
    units = {name + ".service": "[Service]\n%s\n" % service for name, (_, service) in steps.items()}
    with Box(units={**units, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_state("other.service", "active")
        for name, (status, _) in steps.items():
            box.systemctl("start", name)
            box.wait_state(name, "failed")
            equal((name, box.show(name, "Result", "ExecMainStatus")), (name, {"Result": "exit-code", "ExecMainStatus": status}))
        equal(box.systemctl("restart", "other.service").status, 0)
        equal(box.systemctl("is-active", "other.service").status, 0)


def test_a_missing_environment_file_fails_the_start_for_want_of_resources():
    units = {"a.service": "[Service]\nExecStart=/bin/true\nEnvironmentFile=/no/such/file\n"}
    with Box(units={**units, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a").status, 1)
        equal(box.show("a", "ActiveState", "Result"), {"ActiveState": "failed", "Result": "resources"})


def test_output_goes_where_the_unit_says():
    unit = """[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo out; echo err >&2'
StandardOutput=append:/out
StandardError=truncate:/err
"""
    with Box(units={"a.service": unit, **OTHER}, files={"/out": "before\n", "/err": "x" * 99},
             init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        equal((box.read("/out"), box.read("/err")), ("before\nout\n", "err\n"))


def test_directories_are_made_for_the_user_and_the_runtime_one_goes_with_the_service():
    unit = """[Service]
User=nobody
RuntimeDirectory=mine mine/below
StateDirectory=mine
CacheDirectory=mine
LogsDirectory=mine
ConfigurationDirectory=mine
StateDirectoryMode=0700
ExecStart=/bin/sleep 1000
"""
    with Box(units={"a.service": unit, **OTHER},
             init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_state("other.service", "active")
        equal(box.systemctl("start", "a.service").status, 0)
        places = "/run/mine /run/mine/below /var/lib/mine /var/cache/mine /var/log/mine /etc/mine"
        wait_for(lambda: box.main_pid("a.service"))
        equal(box.run("stat -c '%n %U %a' " + places).out,
              "/run/mine nobody 755\n/run/mine/below nobody 755\n/var/lib/mine nobody 700\n/var/cache/mine nobody 755\n"
              "/var/log/mine nobody 755\n/etc/mine nobody 755\n")
        equal(box.systemctl("stop", "a.service").status, 0)
        equal(box.run("ls -d " + places).out, "/etc/mine\n/var/cache/mine\n/var/lib/mine\n/var/log/mine\n")


@contextlib.contextmanager
def running(units, **options):
    """A box that has come so far that it answers."""
    with Box(units={**units, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"], **options) as box:
        box.wait_state("other.service", "active")
        yield box


def test_permissions_start_only_runs_the_other_commands_as_root_and_does_not_show_them_as_privileged():
    unit = """[Service]
Type=oneshot
RemainAfterExit=yes
User=nobody
PermissionsStartOnly=yes
ExecStartPre=/bin/sh -c 'id -u >>/ids'
ExecStartPre=+/bin/sh -c 'id -u >>/ids'
ExecStart=/bin/sh -c 'id -u >>/ids'
ExecStartPost=/bin/sh -c 'id -u >>/ids'
"""
    with running({"a.service": unit}, files={"/ids": ("", 0o666)}) as box:
        equal(box.systemctl("start", "a").status, 0)
        equal(box.read("/ids"), "0\n0\n65534\n0\n")
        shown = box.systemctl("show", "-p", "ExecStartPreEx,ExecStartEx,ExecStartPostEx", "a").out
        equal(re.findall("flags=([a-z-]*) ;", shown), ["", "privileged", "", ""])


def test_an_exec_that_takes_its_time_is_noticed_when_it_has_happened():
    # The process opens its standard input first, and waits there for a writer.
    unit = "[Service]\nType=exec\nStandardInput=file:/late\nExecStart=/bin/sleep 1000\nExecStartPost=/bin/touch /post\n"
    with running({"a.service": unit}) as box:
        os.mkfifo(box.path("/late"))
        box.systemctl("start", "--no-block", "a")
        box.wait_state("a", "activating")
        wait_for(lambda: box.show("a", "MainPID") != "0")
        with open(box.path("/late"), "w"):
            box.wait_state("a", "active")
        equal(os.path.exists(box.path("/post")), True)


def test_an_input_file_is_only_read_and_one_that_is_missing_is_not_made():
    unit = "[Service]\nType=oneshot\nStandardInput=file:/missing\nExecStart=/bin/cat\n"
    with running({"a.service": unit}) as box:
        equal(box.systemctl("start", "a").status, 1)
        equal(box.show("a", "ExecMainStatus"), "208")
        equal(os.path.exists(box.path("/missing")), False)


def test_input_can_be_written_in_the_unit():
    unit = """[Service]
Type=oneshot
StandardInput=data
StandardInputText=of %n
StandardInputData=bGFzdAo=
StandardOutput=file:/out
ExecStart=/bin/cat
"""
    with running({"a.service": unit}) as box:
        equal(box.systemctl("start", "a").status, 0)
        equal(box.read("/out"), "of a.service\nlast\n")


def test_a_directory_may_have_a_second_name():
    unit = "[Service]\nType=oneshot\nRemainAfterExit=yes\nRuntimeDirectory=mine:deep/other\nExecStart=/bin/true\n"
    with running({"a.service": unit}) as box:
        equal(box.systemctl("start", "a").status, 0)
        equal(box.run("readlink /run/deep/other").out, "../mine\n")
        equal(box.systemctl("restart", "a").status, 0)
        equal(box.systemctl("stop", "a").status, 0)
        equal(box.run("ls -d /run/mine /run/deep/other").out, "")


def test_the_path_in_a_units_environment_is_not_where_its_commands_are_looked_for():
    unit = "[Service]\nType=oneshot\nEnvironment=PATH=/nowhere\nExecStart=sh -c 'echo $$PATH'\nStandardOutput=file:/out\n"
    with running({"a.service": unit}) as box:
        equal(box.systemctl("start", "a").status, 0)
        equal(box.read("/out"), "/nowhere\n")


def test_a_service_has_the_usual_limit_of_descriptors_whatever_ours_is():
    files = {"/etc/systemd/system/b.service.d/x.conf": "[Service]\nLimitNOFILE=77\n"}
    unit = "[Service]\nType=exec\nExecStart=/bin/sleep 1000\n"
    with running({"a.service": unit, "b.service": unit}, files=files) as box:
        equal(box.systemctl("start", "a", "b").status, 0)
        limits = [line.split()[3:5] for each in ("a", "b") for line in box.proc(box.main_pid(each), "limits").splitlines()
                  if line.startswith("Max open files")]
        ours = next(line.split()[3:5] for line in box.proc(1, "limits").splitlines() if line.startswith("Max open files"))
        equal((limits[0][0], limits[1], ours[0]), ("1024", ["77", "77"], ours[1]))
        equal(int(limits[0][1]) >= min(int(ours[1]), 524288), True)


def test_a_handler_of_failures_is_told_of_what_failed():
    units = {"a.service": "[Unit]\nOnFailure=handler@%n.service\n[Service]\nExecStart=/bin/sh -c 'exit 3'\n",
             "handler@.service": "[Service]\nType=oneshot\nStandardOutput=file:/out\nExecStart=/bin/echo "
                                 "$MONITOR_UNIT $MONITOR_SERVICE_RESULT $MONITOR_EXIT_CODE $MONITOR_EXIT_STATUS\n"}
    with running(units) as box:
        box.systemctl("start", "a")
        wait_for(lambda: os.path.exists(box.path("/out")) and box.read("/out"))
        equal(box.read("/out"), "a.service exit-code exited 3\n")


def test_a_service_that_its_condition_command_skips_says_so():
    unit = "[Service]\nExecCondition=/bin/false\nExecStart=/bin/sleep 1000\n"
    user = "[Unit]\nAfter=a.service\n[Service]\nExecStart=/bin/sleep 1000\n"
    with running({"a.service": unit, "user.service": user}) as box:
        equal(box.systemctl("start", "user").status, 0)  # which keeps what it refers to in memory
        equal(box.systemctl("start", "a").status, 0)
        equal(box.show("a", "ConditionResult", "Result"), {"ConditionResult": "no", "Result": "exec-condition"})
        assert "Condition: start condition failed" in box.systemctl("status", "a").out


def test_a_job_has_its_time_from_when_it_runs():
    unit = "[Unit]\nJobRunningTimeoutSec=200ms\n[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n"
    with running({"a.service": unit}) as box:
        outcome = box.systemctl("start", "a")
        equal(outcome.status, 1)
        box.wait_stderr("Job a.service/start timed out.")


def test_the_log_level_and_the_watchdogs_can_be_set():
    unit = "[Service]\nType=exec\nWatchdogSec=50ms\nExecStart=/bin/sleep 1000\n"
    with running({"a.service": unit}) as box:
        equal((box.systemctl("log-level", "debug").status, box.systemctl("log-level").out), (0, "debug\n"))
        equal((box.systemctl("service-watchdogs", "no").status, box.systemctl("service-watchdogs").out), (0, "no\n"))
        box.systemctl("start", "a")
        box.wait_stderr("a.service: Watchdog disabled! Ignoring watchdog timeout.")
        equal(box.systemctl("is-active", "a").out, "active\n")


def test_the_level_of_a_services_lines_is_the_units():
    service = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo \"<3>bad\"; echo plain'\n"
    units = {"a.service": service + "SyslogLevel=warning\n", "b.service": service + "SyslogLevelPrefix=no\n"}
    with running(units) as box:
        equal(box.systemctl("start", "a", "b").status, 0)
        box.run("ln", "-sf", "systemctl", "/usr/bin/journalctl")
        lines = lambda *options: box.run("/usr/bin/journalctl", "-q", "-o", "cat", "-t", "sh", *options).out
        wait_for(lambda: lines("-u", "a", "-p", "warning") == "bad\nplain\n", what=lambda: lines("-u", "a"))
        wait_for(lambda: lines("-u", "b") == "<3>bad\nplain\n", what=lambda: lines("-u", "b"))
        equal(lines("-u", "a", "-p", "err"), "bad\n")


def test_the_locale_of_services_is_that_of_etc():
    unit = "[Service]\nType=oneshot\nStandardOutput=file:/out\nExecStart=/bin/sh -c 'echo $LANG $LC_TIME'\n"
    files = {"/etc/locale.conf": "LANG=de_DE.UTF-8\nLC_TIME=C\nHOME=/x\n"}
    with running({"a.service": unit}, files=files) as box:
        equal(box.systemctl("start", "a").status, 0)
        equal(box.read("/out"), "de_DE.UTF-8 C\n")
        equal(box.systemctl("show-environment").out.splitlines()[:2], ["LANG=de_DE.UTF-8", "LC_TIME=C"])


def test_status_shows_why_a_unit_waits_for_its_restart():
    unit = "[Service]\nRestart=on-failure\nRestartSec=1h\nExecStart=/bin/sh -c 'echo my last words; exit 3'\n"
    with running({"a.service": unit}) as box:
        box.systemctl("start", "a")
        box.wait_property("a", "SubState", "auto-restart")
        wait_for(lambda: "my last words" in box.systemctl("status", "a").out, what=lambda: box.systemctl("status", "a").out)


def test_a_runtime_directory_outlives_a_restart_where_it_shall():
    unit = "[Service]\nType=oneshot\nRemainAfterExit=yes\nRuntimeDirectory=%N\nExecStart=/bin/sh -c 'echo x >>/run/%N/x'\n"
    with running({"kept.service": unit + "RuntimeDirectoryPreserve=restart\n", "new.service": unit}) as box:
        equal(box.systemctl("start", "kept", "new").status, 0)
        equal(box.systemctl("restart", "kept", "new").status, 0)
        equal((box.read("/run/kept/x"), box.read("/run/new/x")), ("x\nx\n", "x\n"))
        equal(box.systemctl("stop", "kept", "new").status, 0)
        assert not os.path.exists(box.path("/run/kept")) and not os.path.exists(box.path("/run/new"))


def test_programs_are_looked_for_in_execsearchpath_and_run_in_rootdirectory():
    tool = (open("/usr/sbin/ldconfig", "rb").read(), 0o755)  # a static program
    units = {"path.service": "[Service]\nType=oneshot\nExecSearchPath=/opt/bin:/usr/bin\nExecSearchPath=/bin\nExecStart=mytool\n"
                             "StandardOutput=file:/path\n",
             "own.service": "[Service]\nType=oneshot\nExecSearchPath=/opt/bin\nEnvironment=PATH=/x:/bin\nExecStart=mytool\n"
                            "StandardOutput=file:/own\n",
             "lost.service": "[Service]\nType=oneshot\nExecSearchPath=/opt/bin\nExecStart=ls\n",
             "root.service": "[Service]\nType=oneshot\nRootDirectory=/opt/root\nWorkingDirectory=/w\n"
                             "ExecStart=/bin/inner -V\nStandardOutput=file:/root.out\n",
             "first.service": "[Service]\nType=oneshot\nRootDirectory=/opt/root\nRootDirectoryStartOnly=yes\nExecStartPre=/bin/true\n"
                              "ExecStart=/bin/inner -V\nUser=daemon\n",
             "outer.service": "[Service]\nType=oneshot\nRootDirectory=/opt/root\nExecStart=/bin/true\n",
             "none.service": "[Service]\nType=oneshot\nRootDirectory=/no/such\nExecStart=/bin/true\n"}
    files = {"/opt/bin/mytool": "#!/bin/sh\necho $PATH\n", "/opt/root/bin/inner": tool, "/opt/root/w/file": ""}
    with Box(units={**units, **OTHER}, files=files, init=SYSTEMCTL_INIT + ["other.service"], capabilities=UNPRIVILEGED) as box:
        box.wait_state("other.service", "active")
        for name, status in {"path": "0", "own": "0", "lost": "203", "root": "0", "first": "0", "outer": "203", "none": "210"}.items():
            equal((name, box.systemctl("start", name).status), (name, 0 if status == "0" else 1))
            equal((name, box.show(name, "ExecMainStatus")), (name, status))
        equal((box.read("/path"), box.read("/own")), ("/opt/bin:/usr/bin:/bin\n", "/x:/bin\n"))
        equal(box.show("path", "ExecSearchPath"), "/opt/bin /usr/bin /bin")
        assert "ldconfig" in box.read("/root.out")
        equal(box.show("root", "RootDirectory"), "/opt/root")


def test_cpus_and_the_class_of_io_are_as_written():
    unit = "[Service]\nType=oneshot\nExecStart=/bin/true\n"
    units = {"one.service": "[Service]\nExecStart=/bin/sleep 1001\nCPUAffinity=0\nIOSchedulingClass=idle\nIOSchedulingClass=none\n",
             "list.service": unit + "CPUAffinity=0\nCPUAffinity=2-3,5000\nCPUAffinity=9-2\n",
             "bad.service": unit + "CPUAffinity=0\nCPUAffinity=a\n", "numa.service": unit + "CPUAffinity=0\nCPUAffinity=numa\n",
             "none.service": unit + "CPUAffinity=4999\n"}
    with Box(units={**units, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_state("other.service", "active")
        for name, status in {"one": "0", "list": "0", "bad": "0", "numa": "215", "none": "215"}.items():
            equal((name, box.systemctl("start", name).status), (name, 0 if status == "0" else 1))
            equal((name, box.show(name, "ExecMainStatus")), (name, status))
        allowed = [line for line in box.proc(box.main_pid("one"), "status").splitlines() if line.startswith("Cpus_allowed_list")]
        equal(allowed, ["Cpus_allowed_list:\t0"])
        equal(box.show("one", "IOSchedulingClass", "IOSchedulingPriority"), {"IOSchedulingClass": "2", "IOSchedulingPriority": "4"})
        equal(box.show("list", "CPUAffinity", "CPUAffinityFromNUMA"), {"CPUAffinity": "0 2-3 5000", "CPUAffinityFromNUMA": "no"})
        equal(box.show("bad", "CPUAffinity"), "0")
        equal(box.show("numa", "CPUAffinity", "CPUAffinityFromNUMA"), {"CPUAffinity": "", "CPUAffinityFromNUMA": "yes"})


def test_what_a_unit_does_not_say_is_inherited_of_pid_1_and_shown():
    surroundings = ("echo 77 >/proc/self/oom_score_adj; echo 0x3f >/proc/self/coredump_filter; echo 123456 >/proc/self/timerslack_ns; ulimit -c 1000; "
                    "exec chrt -b 0 ionice -c 2 -n 1 nice -n 3 systemctl init")
    sleep = "[Service]\nExecStart=/bin/sleep 1001\n"
    units = {"plain.service": sleep, "own.service": sleep + "Nice=9\nOOMScoreAdjust=100\nIOSchedulingClass=idle\nCPUSchedulingPolicy=idle\n",
             "prior.service": sleep + "Type=exec\nCPUSchedulingPriority=4\n"}
    with Box(units={**units, **OTHER}, init=["/bin/sh", "-c", surroundings + " other.service plain.service own.service"]) as box:
        for name in "plain", "own":
            box.wait_state(name, "active")
        nice = os.getpriority(os.PRIO_PROCESS, box.pid)
        common = {"CoredumpFilter": "0x3f", "TimerSlackNSec": "123456", "CPUSchedulingPriority": "0", "LimitCORE": "512000"}
        wanted = {"plain": {"Nice": str(nice), "OOMScoreAdjust": "77", "IOSchedulingClass": "2", "IOSchedulingPriority": "1", "CPUSchedulingPolicy": "3"},
                  "own": {"Nice": "9", "OOMScoreAdjust": "100", "IOSchedulingClass": "3", "IOSchedulingPriority": "4", "CPUSchedulingPolicy": "5"}}
        for name, shown in wanted.items():
            equal(box.show(name, *shown, *common), {**shown, **common})
            pid = box.main_pid(name)
            equal([box.proc(pid, file).strip() for file in ("oom_score_adj", "coredump_filter", "timerslack_ns")],
                  [shown["OOMScoreAdjust"], "0000003f", "123456"])
            equal(box.proc(pid, "stat").rpartition(")")[2].split()[16], shown["Nice"])
            equal(box.run("ionice -p %d; chrt -p %d | sed 's/.*: //'" % (pid, pid)).out.split("\n")[:2],
                  [{"2": "best-effort: prio 1", "3": "idle"}[shown["IOSchedulingClass"]], {"3": "SCHED_BATCH", "5": "SCHED_IDLE"}[shown["CPUSchedulingPolicy"]]])
        equal(box.systemctl("start", "prior").status, 1)
        equal(box.show("prior", "CPUSchedulingPolicy", "CPUSchedulingPriority", "ExecMainStatus"),
              {"CPUSchedulingPolicy": "0", "CPUSchedulingPriority": "4", "ExecMainStatus": "214"})


def test_texts_like_numbers_are_users_and_groups_only_as_systemd_has_them():
    statuses = {"+0": "217", "0x0": "217", "+1": "217", "99999": "217", "0": "0", "1": "0", "00": None, "01": None, "070": None, "-0": None,
                "65535": None, "4294967295": None}
    units = {"user%d.service" % i: "[Service]\nType=oneshot\nUser=%s\nExecStart=/bin/true\n" % name for i, name in enumerate(statuses)}
    units.update({"group%d.service" % i: "[Service]\nType=oneshot\nGroup=%s\nExecStart=/bin/true\n" % name for i, name in enumerate(statuses)})
    with Box(units={**units, **OTHER}, init=SYSTEMCTL_INIT + ["other.service"]) as box:
        box.wait_state("other.service", "active")
        for i, (name, status) in enumerate(statuses.items()):
            for kind in "user", "group":
                unit = "%s%d" % (kind, i)
                wanted = {"217": "216"}.get(status, status) if kind == "group" else status
                equal((kind, name, box.systemctl("start", unit).status), (kind, name, 0 if status == "0" else 1))
                shown = box.show(unit, "LoadState", "ExecMainStatus")
                if status is None:
                    equal((kind, name, shown["LoadState"]), (kind, name, "bad-setting"))
                else:
                    equal((kind, name, shown), (kind, name, {"LoadState": "loaded", "ExecMainStatus": wanted}))


def test_a_failed_step_names_what_it_is_about():
    # The beginning of each line is systemd's.
    steps = {"ExecStart=/no/such/program": ("Failed to locate executable /no/such/program: No such file or directory", ""),
             "User=ghost": ("Failed to determine user credentials: No such process", " (User=ghost)"),
             "Group=ghosts": ("Failed to determine group credentials: No such process", " (Group=ghosts)"),
             "WorkingDirectory=/no/such": ("Changing to the requested working directory failed: No such file or directory",
                                           " (WorkingDirectory=/no/such)"),
             "StateDirectory=a file": ("Failed to set up special execution directory in /var/lib: Not a directory", " (StateDirectory=file)"),
             "LoadCredential=x:/no/such": ("Failed to set up credentials: No such file or directory", " (LoadCredential=x:/no/such)"),
             "StandardOutput=file:/no/such": ("Failed to set up standard output: No such file or directory", " (/no/such)"),
             "AmbientCapabilities=CAP_SYS_ADMIN": ("Failed to apply ambient capabilities (before UID change): Operation not permitted",
                                                   " (AmbientCapabilities=cap_sys_admin)"),
             "RootDirectory=/no/such": ("Chrooting to the requested root directory failed: No such file or directory",
                                        " (RootDirectory=/no/such)"),
             "DynamicUser=yes\nUser=adm": ("Failed to update dynamic user credentials: User or group with specified name already exists.",
                                           " (User=adm)")}
    units = {"step%d.service" % i: "[Service]\nType=exec\n%s%s\n" % ("" if "ExecStart" in setting else "ExecStart=/bin/true\n", setting)
             for i, setting in enumerate(steps)}
    with Box(units={**units, **OTHER}, files={"/var/lib/file": ""}, init=SYSTEMCTL_INIT + ["other.service"], capabilities=UNPRIVILEGED) as box:
        box.wait_state("other.service", "active")
        for i, (setting, (text, value)) in enumerate(steps.items()):
            left_out = setting.startswith("AmbientCapabilities") # the service runs without
            equal(box.systemctl("start", "step%d" % i).status, 0 if left_out else 1)
            box.wait_stderr("step%d.service: %s%s" % (i, text, value))


# chrony's way: "!" leaves the change of the user to the daemon, which lies in a directory of that user.
def test_a_daemon_that_changes_to_its_user_by_itself_is_known_by_its_pid_file():
    unit = "[Service]\nType=forking\nPIDFile=/run/daemon/pid\nUser=daemon\nRuntimeDirectory=daemon\nExecStart=!/start\n"
    script = ("#!/usr/bin/python3\nimport os, time\n"
              "if os.fork():\n    while not os.path.exists('/run/daemon/pid'): time.sleep(0.01)\n    os._exit(0)\n"
              "os.setsid()\nif os.fork(): os._exit(0)\n"
              "user = os.stat('/run/daemon').st_uid\n"
              "with open('/run/daemon/new', 'w') as file: file.write('%d\\n' % os.getpid())\n"
              "os.rename('/run/daemon/new', '/run/daemon/pid')\nos.setuid(user)\ntime.sleep(1000)\n")
    with Box(units={"a.service": unit}, files={"/start": script}, init=SYSTEMCTL_INIT + ["a.service"]) as box:
        box.wait_state("a.service", "active")
        equal(box.show("a.service", "MainPID"), box.read("/run/daemon/pid").strip())
