"""Each property of every unit, in four states, as Debian's systemd 252 shows it: names, values, formats, presence and order."""
import os
import re

from harness import SYSTEMCTL_INIT, Box, deadline, equal, tagged, wait_for
from machine import CLIENTS, Machine
from show_units import FAILING, HELPERS, LINKS, SHOWN, STARTED, UNITS

# Units of types that have no file, or are not run; and those that are always there.
OTHERS = ["nosuch.socket", "nosuch.timer", "nosuch.path", "nosuch.mount", "nosuch.swap", "nosuch.scope", "nosuch.automount", "nosuch.slice",
          "dev-nosuch.device", "system-instance.slice"]
STANDING = ["-.slice", "system.slice", "init.scope", "-.mount"]

# What is not compared, and why.
ACCOUNTING = "a figure of the kernel's accounting in control groups, which nspawn gives to systemd in a v1 hierarchy"
NO_ACCOUNTING = "ours does no accounting of its own, and says so"
NOT_COMPARED = {
    "ControlGroupId": "an id of the kernel",
    "MemoryCurrent": ACCOUNTING,
    "MemoryAvailable": ACCOUNTING,
    "CPUUsageNSec": ACCOUNTING,
    "TasksCurrent": ACCOUNTING,
    "EffectiveCPUs": ACCOUNTING,
    "EffectiveMemoryNodes": ACCOUNTING,
    "MemoryAccounting": NO_ACCOUNTING,
    "TasksAccounting": NO_ACCOUNTING,
    "TasksMax": "15 % of the machine's limits in systemd; ours sets no limit",
    "CanFreeze": "ours does not freeze",
    "CanClean": "ours does not clean",
}
NOT_COMPARED_OF_MANAGER = {
    "Version": "names the program",
    "Features": "of the program",
    "NNames": "Debian's systemd has units for mounts, sockets and timers as well",
    "NInstalledJobs": "likewise",
    "NFailedJobs": "likewise",
    "LogTarget": "journald in systemd, the console in ours",
    "RebootWatchdogUSec": "there is no watchdog in a container; systemd shows its setting",
    "DefaultMemoryAccounting": NO_ACCOUNTING,
    "DefaultTasksAccounting": NO_ACCOUNTING,
    "DefaultTasksMax": "15 % of the machine's limits in systemd",
    "CtrlAltDelBurstAction": "PID 1 of a container gets no Ctrl-Alt-Del",
}
# Properties of units that Debian's systemd alone relates to all the units that are not run.
RELATIONS = {"RequiredBy", "WantedBy", "Before", "SliceOf", "Triggers", "TriggeredBy"}
NOT_COMPARED_OF_STANDING = {
    "ControlGroup": "ours puts services right below its own group, and claims no group for these",
    "Documentation": "of the unit files that Debian ships",
    **{name: "names sockets, mounts and timers that ours does not run" for name in RELATIONS},
}

# The order of a set is that of a hash table in systemd, of the files in ours.
SETS = set("""Names Requires Requisite Wants BindsTo PartOf Upholds RequiredBy RequisiteOf WantedBy BoundBy UpheldBy ConsistsOf Conflicts ConflictedBy
Before After OnSuccess OnSuccessOf OnFailure OnFailureOf Triggers TriggeredBy PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo
StopPropagatedFrom JoinsNamespaceOf SliceOf RequiresMountsFor""".split())


def masked(line):
    """A line of show without times, pids and ids: only whether they are there."""
    name, _, value = line.partition("=")
    if re.search(r"Timestamp(Monotonic)?$", name):
        value = value if value in ("", "0") else "TIME"
    elif name in ("MainPID", "ControlPID", "ExecMainPID"):
        value = value if value == "0" else "PID"
    elif name == "InvocationID":
        value = "ID" if value else ""
    elif name in SETS:
        value = " ".join(sorted(value.split()))
    elif name == "Options":
        value = re.sub(r"sctl-machine\.\w+", "MACHINE", value)
    elif name.startswith("Exec"):
        value = re.sub(r"(start|stop)_time=\[(?!n/a)[^]]+\]", r"\1_time=[TIME]", value)
        value = re.sub(r"pid=[1-9]\d*", "pid=PID", value)
    return name + "=" + value


def blocks(text):
    return [[masked(line) for line in block.splitlines()] for block in text.split("\n\n")]


def compare(differences, where, wanted, got, excused):
    """Adds what differs between the lines of two objects."""
    def kept(lines):
        return [line for line in lines if line.partition("=")[0] not in excused]
    wanted, got = kept(wanted), kept(got)
    for line in wanted:
        if line not in got:
            differences.append("%s: lacks    %s" % (where, line))
    for line in got:
        if line not in wanted:
            differences.append("%s: has also %s" % (where, line))
    names = [[line.partition("=")[0] for line in lines] for lines in (wanted, got)]
    if names[0] != names[1] and sorted(names[0]) == sorted(names[1]):
        differences.append("%s: the order differs" % where)


def settle(machine, client):
    """Waits until no unit is on its way; one waits for its restart on purpose."""
    def settled():
        jobs = machine.systemctl(client, "list-jobs", "--no-legend").out
        if any(line.split()[1] != "restarting.service" for line in jobs.splitlines() if not line.startswith("No jobs")):
            return False
        states = machine.systemctl(client, "show", "-p", "ActiveState,SubState,ControlGroup", "--", *STARTED).out.split("\n\n")
        # systemd hears of an empty control group a little later than of the end of its last process.
        if any("ControlGroup=/" in state and re.search("SubState=(dead|failed|exited|auto-restart)", state) for state in states):
            return False
        return not any(re.search("=(de)?activating$", state, re.M) and "SubState=auto-restart" not in state for state in states)
    wait_for(settled, 20, lambda: "the end of all jobs: " + machine.systemctl(client, "list-jobs").out)


def walk(init):
    """The states of all units under one init, with its own client: name of the state to the text of show."""
    seen = {}
    machine = Machine(init, units=UNITS, files=HELPERS)
    for name, target in LINKS.items():
        os.symlink(target, machine.path("/etc/systemd/system/" + name))
    with machine:
        def does(*words):
            return machine.systemctl(init, *words, seconds=30)

        def note(state, units=SHOWN):
            shown = does("show", "--", *units)
            assert shown.status == 0, shown
            seen[state] = shown.out
        does("start", "pin.target")
        note("never started")
        does("start", *STARTED)
        settle(machine, init)
        note("active")
        machine.run("touch /run/fail")
        does("restart", "--no-block", *STARTED)
        settle(machine, init)
        wait_for(lambda: does("is-failed", *FAILING).out.split() == ["failed"] * len(FAILING), 20, lambda: "failures: " + does("is-failed", *FAILING).out)
        note("failed")
        machine.run("rm /run/fail")
        does("stop", "restarting.service")
        does("reset-failed")
        does("start", *STARTED)
        settle(machine, init)
        note("other types", OTHERS)
        note("standing units", STANDING)
        does("stop", *STARTED)
        settle(machine, init)
        note("stopped")
        seen["manager"] = does("show").out
        # The other client sees the same.
        other = {"ours": "debian", "debian": "ours"}[init]
        seen["by the other client"] = machine.systemctl(other, "show", "--", *SHOWN).out
        seen["hidden"] = does("show", "--all", "plain.service", "known.service").out
    return seen


@tagged("slow", "debian")
@deadline(300)
def test_every_property_of_forty_units_is_shown_as_systemd_does():
    real, ours = walk("debian"), walk("ours")
    differences = []
    for state in "never started", "active", "failed", "stopped", "by the other client", "other types", "standing units", "hidden":
        names = {"other types": OTHERS, "standing units": STANDING, "hidden": ["plain.service", "known.service"]}.get(state, SHOWN)
        wanted, got = blocks(real[state]), blocks(ours[state])
        assert len(wanted) == len(names) and len(got) == len(names), (state, len(wanted), len(got))
        for name, one, other in zip(names, wanted, got):
            excused = set(NOT_COMPARED)
            if name in STANDING or name in OTHERS:
                excused |= set(NOT_COMPARED_OF_STANDING)
            if name.startswith("instance@"):
                excused.add("ControlGroup")  # has system-instance.slice in its path under systemd
            compare(differences, "%s, %s" % (name, state), one, other, excused)
    compare(differences, "the manager", blocks(real["manager"])[0], blocks(ours["manager"])[0], set(NOT_COMPARED_OF_MANAGER))
    for unit, result in FAILING.items():
        failed = dict(zip(SHOWN, blocks(ours["failed"])))[unit]
        assert "Result=" + result in failed, (unit, [line for line in failed if line.startswith("Result=")])
    assert not differences, "%d lines differ:\n%s" % (len(differences), "\n".join(differences[:60]))


TERMINALS = {
    "a terminal": {"TERM": "xterm", "SYSTEMD_COLORS": None},
    "dumb": {"TERM": "dumb", "SYSTEMD_COLORS": None},
    "NO_COLOR": {"TERM": "xterm", "SYSTEMD_COLORS": None, "NO_COLOR": "1"},
    "SYSTEMD_COLORS=0": {"TERM": "xterm", "SYSTEMD_COLORS": "0"},
    "SYSTEMD_COLORS=16": {"TERM": "xterm", "SYSTEMD_COLORS": "16"},
    "no links": {"TERM": "xterm", "SYSTEMD_COLORS": "1", "SYSTEMD_URLIFY": "0"},
    "links alone": {"TERM": "dumb", "SYSTEMD_COLORS": None, "SYSTEMD_URLIFY": "1"},
}
PRINTED = ["dropped.service", "related.service", "many.service", "commands.service", "unmet.service", "notify.service", "by-signal.service",
           "by-missing-program.service", "restarting.service", "idle.service"]


# Lists whose lines do not change from one look to the next. The widths make some of them too narrow for their columns.
LISTS = [["list-units"], ["list-units", "--all", "--plain"], ["list-units", "--all"], ["list-units", "--failed"], ["list-units", "nosuch*"],
         ["list-units", "--full", "--no-legend", "--type=service,target"], ["list-unit-files"], ["list-unit-files", "nosuch*"], ["list-sockets", "--all"],
         ["list-sockets", "--show-types"], ["list-timers", "nosuch*"], ["list-automounts", "--all"], ["list-automounts"], ["list-jobs"],
         ["list-dependencies", "basic.target"]]


def without_times(text):
    text = re.sub(r"; [^;\n]* ago", "; AGO", text)
    return text.replace("\x1b[0;1;32m\x1b[0m", "")  # systemctl 252 colours a preset that it does not print


@tagged("slow", "debian")
@deadline(300)
def test_status_looks_the_same_at_a_terminal():
    differences = []
    with Machine("debian", units=UNITS, files=HELPERS) as machine:
        machine.systemctl("debian", "start", "pin.target")
        machine.systemctl("debian", "start", *PRINTED[:-1])
        machine.run("touch /run/fail")
        machine.systemctl("debian", "restart", "by-signal.service", "restarting.service")
        wait_for(lambda: machine.systemctl("debian", "is-failed", "by-signal.service").out == "failed\n")
        for title, variables in TERMINALS.items():
            for words in ["status", "-n0"] + PRINTED, ["cat", "dropped.service"], *LISTS:
                columns = 70 if "--all" in words else 100
                seen = [without_times(machine.at_terminal(CLIENTS[client], *words, environment=variables, columns=columns))
                        for client in ("ours", "debian")]
                assert len(seen[0]) > 10, (title, words, seen[0])
                differences += ["%s, %s:\n  got    %r\n  wanted %r" % (title, words[0], ours, real)
                                for ours, real in zip(*(text.splitlines() for text in seen)) if ours != real]
                assert seen[0].count("\n") == seen[1].count("\n"), (title, words, seen)
    assert not differences, "%d lines differ:\n%s" % (len(differences), "\n".join(differences[:40]))


def test_status_shows_the_processes_of_a_service_without_control_groups():
    unit = "[Service]\nExecStart=/bin/sh -c 'sleep 1000 & exec sleep 1001'\n"
    with Box(units={"web.service": unit}, init=["/usr/bin/systemctl", "init", "web.service"]) as box:
        wait_for(lambda: len(box.pids_of("sleep 100")) == 2)
        text = box.systemctl("status", "-n0", "web.service").out
        assert re.search(r"\n  Processes: 2\n +├─ *\d+ sleep 100\d\n +└─ *\d+ sleep 100\d\n", text), text


def test_settings_that_are_not_acted_on_show_what_is_written():
    unit = """[Service]
ExecStart=/bin/true
Delegate=cpu pids
TasksMax=77
MemoryMax=100M
MemoryLow=1K
CPUWeight=50
CPUQuota=150%
CPUQuotaPeriodSec=10ms
MemoryAccounting=yes
DevicePolicy=closed
ProtectSystem=full
ProtectHome=1
PrivateTmp=yes
ReadOnlyPaths=/a
ReadOnlyPaths=-/b
SyslogFacility=local3
OOMPolicy=kill
CPUShares=1
StartupCPUWeight=idle
AllowedCPUs=0-1 3
DeviceAllow=/dev/null rw
IODeviceWeight=/dev/null 200
IOReadBandwidthMax=/dev/null 5M
IODeviceLatencyTargetSec=/dev/null 25ms
IPAddressAllow=10.1.2.3/8
SocketBindDeny=udp:80
RestrictNetworkInterfaces=lo
ManagedOOMMemoryPressureLimit=50%
RestrictNamespaces=user net
RestrictAddressFamilies=~AF_UNIX
TemporaryFileSystem=/var:ro,size=1M /opt
BindPaths=/tmp/x:/tmp/y /a
BindReadOnlyPaths=-/etc:/b:norbind
SELinuxContext=-foo
LogExtraFields=A=1 B=2
NUMAPolicy=bind
CoredumpFilter=private-anonymous
TimerSlackNSec=1ms
MountFlags=shared
"""
    wanted = {"Delegate": "yes", "DelegateControllers": "cpu pids", "TasksMax": "77", "MemoryMax": "104857600", "MemoryLow": "1024",
              "CPUWeight": "50", "CPUQuotaPerSecUSec": "1.500000s", "CPUQuotaPeriodUSec": "10ms", "MemoryAccounting": "yes",
              "DevicePolicy": "closed", "ProtectSystem": "full", "ProtectHome": "yes", "PrivateTmp": "yes", "ReadOnlyPaths": "/a -/b",
              "SyslogFacility": "19", "SyslogPriority": "158", "OOMPolicy": "kill", "CPUShares": "[not set]",
              "StartupCPUWeight": "idle", "AllowedCPUs": "0-1 3", "DeviceAllow": "/dev/null rw", "IODeviceWeight": "/dev/null 200",
              "IOReadBandwidthMax": "/dev/null 5000000", "IODeviceLatencyTargetUSec": "/dev/null 25ms", "IPAddressAllow": "10.0.0.0/8",
              "SocketBindDeny": "udp80", "RestrictNetworkInterfaces": "lo", "ManagedOOMMemoryPressureLimit": "2147483648",
              "RestrictNamespaces": "net user", "RestrictAddressFamilies": "~AF_UNIX", "TemporaryFileSystem": "/var:ro,size=1M /opt",
              "BindPaths": "/tmp/x:/tmp/y:rbind /a:/a:rbind", "BindReadOnlyPaths": "-/etc:/b", "SELinuxContext": "-foo",
              "LogExtraFields": "A=1 B=2", "NUMAPolicy": "bind", "CoredumpFilter": "0x1", "TimerSlackNSec": "1000000", "MountFlags": "shared"}
    dynamic = {"PrivateTmp": "yes", "ProtectSystem": "strict", "ProtectHome": "read-only", "RemoveIPC": "yes", "RestrictSUIDSGID": "yes"}
    with Box(units={"a.service": unit, "b.service": "[Service]\nExecStart=/bin/true\nDynamicUser=yes\n", "c.service": "[Service]\nExecStart=/bin/sleep 1000\n"},
             init=SYSTEMCTL_INIT + ["c.service"]) as box:
        box.wait_state("c.service", "active")
        equal(box.show("a", *wanted), wanted)
        equal(box.show("b", *dynamic), dynamic)
