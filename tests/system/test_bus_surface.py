"""What the objects of the bus are and say, against Debian's systemd 252: every interface with its properties, methods and signals,
every error's name and words, and that busctl reads the values that systemctl shows."""
import json
import re
import xml.etree.ElementTree as ElementTree

from dbus_peer import ask_within
from harness import deadline, equal, tagged
from machine import Machine
from show_units import HELPERS, SHOWN, STARTED, UNITS

SYSTEMD = "/org/freedesktop/systemd1"
MANAGER = "org.freedesktop.systemd1.Manager"
PROPERTIES = "org.freedesktop.DBus.Properties"
LOG_CONTROL = "/org/freedesktop/LogControl1"
# Ours alone, of units.
OWN = "org.sctl.Unit1"


def unit_path(name):
    return SYSTEMD + "/unit/" + "".join(each if each.isalnum() and not (at == 0 and each.isdigit()) else "_%02x" % ord(each)
                                        for at, each in enumerate(name))


WEB, SYSTEM, INIT = (unit_path(name) for name in ("web.service", "system.slice", "init.scope"))

OBJECTS = [SYSTEMD, LOG_CONTROL] + [unit_path(name) for name in (
    "web.service", "basic.target", "system.slice", "-.mount", "init.scope", "x.socket", "x.timer", "x.path", "x.swap", "x.automount",
    "x.device", "nosuch.service", "a.mount")]


def described(xml):
    """The interfaces of an object: name to what stands in them, each by its kind and name."""
    interfaces = {}
    for interface in ElementTree.fromstring(xml[xml.index("<node"):]).findall("interface"):
        members = interfaces[interface.get("name")] = {}
        for member in interface:
            arguments = [(each.get("direction"), each.get("type"), each.get("name")) for each in member.findall("arg")]
            notes = sorted((each.get("name"), each.get("value")) for each in member.findall("annotation"))
            members["%s %s" % (member.tag, member.get("name"))] = (member.get("type"), member.get("access"), arguments, notes)
    return interfaces


def compare_interfaces(path, wanted, got):
    """What differs, in words."""
    names = [name for name in got if name != OWN]
    if names != list(wanted):
        yield "%s: the interfaces are %s, not %s" % (path, names, list(wanted))
    for name in set(wanted) & set(got):
        for member in sorted(set(wanted[name]) | set(got[name])):
            one, other = wanted[name].get(member), got[name].get(member)
            if one != other:
                yield "%s: %s of %s is %s, not %s" % (path, member, name, other, one)


def manager(member, signature="", *values):
    return [SYSTEMD, MANAGER, member, signature, *values]


def set_property(path, interface, name, *variant):
    return [path, PROPERTIES, "Set", "ssv", interface, name, variant]


# Calls that both answer alike: the error's name and words, or the values.
ALIKE = [
    [SYSTEMD, "org.freedesktop.DBus.Peer", "Ping"],
    [SYSTEMD, "org.freedesktop.DBus.Peer", "GetMachineId"],
    [SYSTEMD, "org.freedesktop.DBus.Peer", "Nosuch"],
    ["/nosuch", "org.freedesktop.DBus.Peer", "Ping"],
    ["/nosuch", PROPERTIES, "GetAll", "s", ""],
    ["/nosuch", MANAGER, "GetUnit", "s", "web.service"],
    ["/org/freedesktop", MANAGER, "GetUnit", "s", "web.service"],
    ["/org/freedesktop", PROPERTIES, "GetAll", "s", ""],
    ["/org/freedesktop", PROPERTIES, "Get", "ss", "org.freedesktop.systemd1.Unit", "Id"],
    ["/org/freedesktop", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"],
    [SYSTEMD, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"],
    [SYSTEMD + "/unit", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"],
    [SYSTEMD + "/unit", MANAGER, "GetUnit", "s", "web.service"],
    [SYSTEMD, PROPERTIES, "Nosuch"],
    [SYSTEMD, PROPERTIES, "Get", "ss", "nosuch.Interface", "Version"],
    [SYSTEMD, PROPERTIES, "Get", "ss", MANAGER, "Nosuch"],
    [SYSTEMD, PROPERTIES, "Get", "ss", "", "Version"],
    [SYSTEMD, PROPERTIES, "Get", "s", MANAGER],
    [SYSTEMD, PROPERTIES, "GetAll"],
    [SYSTEMD, PROPERTIES, "GetAll", "s", "nosuch.Interface"],
    [SYSTEMD, PROPERTIES, "GetAll", "s", "org.freedesktop.DBus.Peer"],
    [SYSTEMD, PROPERTIES, "GetAll", "s", "org.freedesktop.systemd1.Unit"],
    [SYSTEMD, PROPERTIES, "GetAll", "s", "not an interface"],
    [SYSTEMD, "org.freedesktop.DBus.Introspectable", "Introspect", "s", "x"],
    set_property(SYSTEMD, MANAGER, "Version", "s", "x"),
    set_property(SYSTEMD, MANAGER, "Nosuch", "s", "x"),
    set_property(SYSTEMD, "nosuch.Interface", "Version", "s", "x"),
    set_property(SYSTEMD, MANAGER, "LogLevel", "u", 3),
    set_property(SYSTEMD, MANAGER, "LogLevel", "s", "nonsense"),
    set_property(SYSTEMD, MANAGER, "LogTarget", "s", "nonsense"),
    set_property(SYSTEMD, MANAGER, "ServiceWatchdogs", "s", "nonsense"),
    set_property(LOG_CONTROL, "org.freedesktop.LogControl1", "LogLevel", "s", "nonsense"),
    set_property(LOG_CONTROL, "org.freedesktop.LogControl1", "LogTarget", "s", "nonsense"),
    set_property(LOG_CONTROL, "org.freedesktop.LogControl1", "SyslogIdentifier", "s", "x"),
    set_property(LOG_CONTROL, "org.freedesktop.LogControl1", "LogLevel", "s", "debug"),
    [SYSTEMD, PROPERTIES, "Get", "ss", MANAGER, "LogLevel"],
    set_property(SYSTEMD, MANAGER, "LogLevel", "s", ""),
    [LOG_CONTROL, PROPERTIES, "Get", "ss", "org.freedesktop.LogControl1", "LogLevel"],
    [LOG_CONTROL, PROPERTIES, "Get", "ss", "org.freedesktop.LogControl1", "SyslogIdentifier"],
    [SYSTEMD, "nosuch.Interface", "GetUnit", "s", "web.service"],
    [unit_path("nosuch"), "org.freedesktop.systemd1.Unit", "Start", "s", "replace"],
    [unit_path("nosuch.service"), "org.freedesktop.systemd1.Unit", "Start", "s", "replace"],
    [WEB, "org.freedesktop.systemd1.Unit", "Nosuch"],
    [WEB, "org.freedesktop.systemd1.Target", "Nosuch"],
    [WEB, "org.freedesktop.systemd1.Socket", "GetProcesses"],
    [WEB, "org.freedesktop.systemd1.Unit", "Start", "s", "nonsense"],
    [WEB, "org.freedesktop.systemd1.Unit", "Unref"],
    [WEB, "org.freedesktop.systemd1.Unit", "Kill", "si", "all", 0],
    [WEB, "org.freedesktop.systemd1.Service", "AttachProcesses", "sau", "", [999999]],
    [WEB, "org.freedesktop.systemd1.Service", "BindMount", "ssbb", "etc", "/mnt", 0, 1],
    [INIT, "org.freedesktop.systemd1.Scope", "Abandon"],
    [SYSTEMD + "/job/999", "org.freedesktop.systemd1.Job", "Cancel"],
    [SYSTEMD + "/job/x", "org.freedesktop.systemd1.Job", "Cancel"],
    manager("Nosuch"),
    manager("GetUnit"),
    manager("GetUnit", "u", 3),
    manager("GetUnit", "s", "nosuch.service"),
    manager("GetUnit", "s", "not a name"),
    manager("GetUnit", "s", ""),
    manager("LoadUnit", "s", "not a name"),
    manager("GetJob", "u", 999),
    manager("CancelJob", "u", 999),
    manager("GetJobAfter", "u", 999),
    manager("GetJobBefore", "u", 999),
    manager("GetUnitByPID", "u", 1),
    manager("GetUnitByPID", "u", 999999),
    manager("GetUnitByInvocationID", "ay", [1, 2, 3]),
    manager("GetUnitByInvocationID", "ay", list(range(1, 17))),
    manager("GetUnitByControlGroup", "s", "/nosuch"),
    manager("GetUnitByControlGroup", "s", "/"),
    manager("GetUnitByControlGroup", "s", "relative"),
    manager("GetUnitByControlGroup", "s", ""),
    manager("GetUnitByControlGroup", "s", "/a/../b"),
    manager("GetUnitByControlGroup", "s", "/init.scope"),
    manager("GetUnitByControlGroup", "s", "/system.slice"),
    manager("GetUnitByControlGroup", "s", "/system.slice/web.service"),
    manager("LookupDynamicUserByName", "s", "nosuch"),
    manager("LookupDynamicUserByName", "s", "not:valid"),
    manager("LookupDynamicUserByName", "s", "root"),
    manager("LookupDynamicUserByUID", "u", 0),
    manager("LookupDynamicUserByUID", "u", 62000),
    manager("LookupDynamicUserByUID", "u", 65535),
    manager("LookupDynamicUserByUID", "u", 4294967295),
    manager("GetDynamicUsers"),
    manager("StartUnitWithFlags", "sst", "web.service", "replace", 1),
    manager("StartUnit", "ss", "web.service", "nonsense"),
    manager("StartUnit", "ss", "nosuch.service", "replace"),
    manager("StartUnit", "ss", "not a name", "replace"),
    manager("StartUnit", "ss", "web@.service", "replace"),
    manager("StartUnit", "ss", "web.service", "isolate"),
    manager("StopUnit", "ss", "nosuch.service", "replace"),
    manager("ReloadUnit", "ss", "web.service", "replace"),
    manager("StartUnitReplace", "sss", "web.service", "other.service", "replace"),
    manager("EnqueueUnitJob", "sss", "web.service", "nonsense", "replace"),
    manager("KillUnit", "ssi", "web.service", "nonsense", 15),
    manager("KillUnit", "ssi", "web.service", "all", 99),
    manager("KillUnit", "ssi", "basic.target", "all", 15),
    manager("KillUnit", "ssi", "nosuch.service", "all", 15),
    manager("KillUnit", "ssi", "idle.service", "main", 15),
    manager("KillUnit", "ssi", "web.service", "control-fail", 15),
    manager("CleanUnit", "sas", "web.service", ["all"]),
    manager("CleanUnit", "sas", "web.service", ["nonsense"]),
    manager("CleanUnit", "sas", "basic.target", ["all"]),
    manager("FreezeUnit", "s", "basic.target"),
    manager("ThawUnit", "s", "basic.target"),
    manager("ResetFailedUnit", "s", "nosuch.service"),
    manager("UnrefUnit", "s", "web.service"),
    manager("RefUnit", "s", "nosuch.service"),
    manager("BindMountUnit", "sssbb", "web.service", "/etc", "/mnt", 0, 1),
    manager("BindMountUnit", "sssbb", "basic.target", "/etc", "/mnt", 0, 1),
    manager("BindMountUnit", "sssbb", "web.service", "etc", "/mnt", 0, 1),
    manager("BindMountUnit", "sssbb", "idle.service", "/etc", "/mnt", 0, 1),
    manager("MountImageUnit", "sssbba(ss)", "web.service", "/nosuch.img", "/mnt", 0, 1, []),
    manager("MountImageUnit", "sssbba(ss)", "basic.target", "/nosuch.img", "/mnt", 0, 1, []),
    manager("AttachProcessesToUnit", "ssau", "web.service", "", [999999]),
    manager("AttachProcessesToUnit", "ssau", "basic.target", "", [1]),
    manager("AttachProcessesToUnit", "ssau", "nosuch.service", "", [1]),
    manager("AttachProcessesToUnit", "ssau", "web.service", "relative", [1]),
    manager("AttachProcessesToUnit", "ssau", "web.service", "/../x", [1]),
    manager("AbandonScope", "s", "web.service"),
    manager("AbandonScope", "s", "init.scope"),
    manager("AbandonScope", "s", "nosuch.scope"),
    manager("GetUnitProcesses", "s", "nosuch.service"),
    manager("GetUnitProcesses", "s", "basic.target"),
    manager("GetUnitFileLinks", "sb", "web.service", 0),
    manager("GetUnitFileLinks", "sb", "nosuch.service", 0),
    manager("GetUnitFileLinks", "sb", "enabled.service", 0),
    manager("GetUnitFileState", "s", "nosuch.service"),
    manager("GetUnitFileState", "s", "not a name"),
    manager("ListUnitsByNames", "as", ["web.service", "nosuch.service"]),
    manager("ListUnitsByNames", "as", ["not a name"]),
    manager("ListUnitFilesByPatterns", "asas", ["enabled"], ["web*", "enabled*"]),
    manager("SetEnvironment", "as", ["bad"]),
    manager("UnsetEnvironment", "as", ["b d"]),
    manager("SetShowStatus", "s", "nonsense"),
    manager("SetShowStatus", "s", "no"),
    [SYSTEMD, PROPERTIES, "Get", "ss", MANAGER, "ShowStatus"],
    manager("SetShowStatus", "s", ""),
    manager("SetUnitProperties", "sba(sv)", "web.service", 1, [["Nosuch", ["s", "x"]]]),
    manager("SetUnitProperties", "sba(sv)", "web.service", 1, [["CPUWeight", ["s", "x"]]]),
    manager("SetUnitProperties", "sba(sv)", "basic.target", 1, [["CPUWeight", ["t", 5]]]),
    manager("StartTransientUnit", "ssa(sv)a(sa(sv))", "run.service", "nonsense", [], []),
    manager("StartTransientUnit", "ssa(sv)a(sa(sv))", "basic.target", "replace", [], []),
    manager("CreateSnapshot", "sb", "x", 0),
    manager("RemoveSnapshot", "s", "x"),
    manager("Subscribe"),
    manager("Unsubscribe"),
    manager("ResetFailed"),
    manager("ClearJobs"),
    manager("EnqueueMarkedJobs"),
]

# What ours refuses by name, where systemd would do it.
REFUSED = {
    "SwitchRoot": (manager("SwitchRoot", "ss", "/srv", ""), "This manager cannot switch to another root directory."),
    "StartTransientUnit": (manager("StartTransientUnit", "ssa(sv)a(sa(sv))", "run.service", "replace", [], []),
                           "This manager does not make transient units."),
    "RuntimeWatchdogUSec": (set_property(SYSTEMD, MANAGER, "RuntimeWatchdogUSec", "t", 0),
                            "A container has no hardware watchdog to set a time for."),
}

SIMPLE = "[Service]\nExecStart=/bin/sleep 1000\n"
SURFACE_UNITS = {"web.service": SIMPLE + "[Install]\nWantedBy=basic.target\n", "idle.service": SIMPLE,
                 "enabled.service": SIMPLE + "[Install]\nWantedBy=basic.target\nAlias=alias.service\n",
                 "pin.target": "[Unit]\nAfter=web.service idle.service enabled.service\n"}


def surface(init):
    """What the objects of a manager look like, and what it answers to ALIKE; of ours also what it refuses, and its dumps."""
    with Machine(init, units=SURFACE_UNITS) as machine:
        for words in ["start", "web.service", "pin.target"], ["enable", "enabled.service"]:
            equal(machine.systemctl(init, *words).status, 0)
        looked = ask_within(machine.pid, [[path, "org.freedesktop.DBus.Introspectable", "Introspect"] for path in OBJECTS])
        answers = ask_within(machine.pid, ALIKE)
        others = {}
        if init == "ours":
            for name, (call, text) in REFUSED.items():
                answer = ask_within(machine.pid, [call])[0]
                equal((name, answer["error"], answer["values"]), (name, "org.freedesktop.DBus.Error.NotSupported", [text]))
            for call in manager("Dump"), manager("DumpUnitsMatchingPatterns", "as", ["web*"]), manager("DumpByFileDescriptor"):
                others[call[2]] = ask_within(machine.pid, [call])[0]
    return [described(each["values"][0]) for each in looked], answers, others


@tagged("slow", "debian")
@deadline(180)
def test_objects_look_and_answer_as_those_of_systemd():
    real, ours = surface("debian"), surface("ours")
    differences = []
    for path, wanted, got in zip(OBJECTS, real[0], ours[0]):
        differences += compare_interfaces(path, wanted, got)
    for call, wanted, got in zip(ALIKE, real[1], ours[1]):
        if wanted != got:
            differences.append("%s:\n  wanted %s\n  got    %s" % (" ".join(str(each) for each in call), wanted, got))
    assert not differences, "%d differ:\n%s" % (len(differences), "\n".join(differences[:60]))
    dumps = ours[2]
    assert dumps["Dump"]["values"][0].startswith("Manager: systemd 252 "), dumps
    assert dumps["DumpUnitsMatchingPatterns"]["values"][0].startswith("-> Unit web.service:\n\tDescription: web.service\n"), dumps
    equal(dumps["DumpByFileDescriptor"]["error"], "org.freedesktop.DBus.Error.UnknownMethod")


# --- busctl's values and systemctl's -----------------------------------------------------------------

ADDRESS = {"ours": ["--address=unix:path=/run/systemd/private"], "debian": []}
# Names whose numbers `show` writes otherwise, or not at all.
OTHERWISE = re.compile("(USec|NSec|Timestamp|TimestampMonotonic|Mode|UMask|Priority|Policy|Class|Mask)$|^(Exec|Limit|DefaultLimit)|"
                       "^(CoredumpFilter|CapabilityBoundingSet|AmbientCapabilities|MountFlags|RestrictNamespaces)$")
# Values that change between two looks.
MOVING = {"CPUUsageNSec", "MemoryCurrent", "MemoryAvailable", "TasksCurrent", "NJobs", "NInstalledJobs", "NFailedJobs", "NNames", "Progress"}


def as_shown(kind, value):
    """The values that `show` may print for a simple one; nothing for one that is not compared."""
    if kind == "s":
        return {value}
    if kind == "b":
        return {"yes" if value else "no"}
    if kind == "as" and not any(re.search(r"[\s\"'\\$()]", each) for each in value):
        return {" ".join(value)}
    if kind in ("u", "i", "x", "t"):
        unset = {"u": 2**32 - 1, "t": 2**64 - 1}.get(kind, -1)
        return {str(value)} | ({"infinity", "[not set]", "[no data]"} if value == unset else set())
    return None


def read_by_busctl(machine, init, path, interface, names):
    busctl = ["busctl", "--no-pager", "--json=short"] + ADDRESS[init]
    got = machine.run(*busctl, "get-property", "org.freedesktop.systemd1", path, interface, *names)
    assert got.status == 0, (path, interface, got)
    values = [json.loads(line) for line in got.out.splitlines()]
    equal(len(values), len(names))
    return {name: (value["type"], value["data"]) for name, value in zip(names, values)}


def disagreements(machine, init, unit):
    """How many properties busctl and show agree in, and where they do not."""
    path = unit_path(unit) if unit else SYSTEMD
    shown = dict(line.split("=", 1) for line in machine.systemctl(init, "show", "--all", *(["--", unit] if unit else [])).out.splitlines())
    xml = ask_within(machine.pid, [[path, "org.freedesktop.DBus.Introspectable", "Introspect"]])[0]["values"][0]
    same, wrong = 0, []
    for interface, members in described(xml).items():
        names = [member.split()[1] for member in members if member.startswith("property ")]
        if not names or interface == OWN:
            continue
        for name, (kind, value) in read_by_busctl(machine, init, path, interface, names).items():
            wanted = as_shown(kind, value)
            if wanted is None or name in MOVING or OTHERWISE.search(name) and kind not in ("s", "b"):
                continue
            if shown.get(name) in wanted:
                same += 1
            else:
                wrong.append("%s of %s: busctl %s, show %r" % (name, unit or "the manager", sorted(wanted), shown.get(name)))
    return same, wrong


@tagged("slow", "debian")
@deadline(300)
def test_busctl_reads_what_systemctl_shows():
    counts = {}
    for init in "debian", "ours":
        with Machine(init, units=UNITS, files=HELPERS) as machine:
            machine.systemctl(init, "start", "pin.target")
            machine.systemctl(init, "start", *STARTED, seconds=60)
            machine.systemctl(init, "stop", "restarting.service")
            wrong = []
            for unit in [None, "-.slice", "init.scope", "-.mount", "basic.target"] + [each for each in SHOWN if each != "restarting.service"][::2]:
                same, bad = disagreements(machine, init, unit)
                counts[init, unit] = same
                wrong += bad
            assert not wrong, "%s: %d differ:\n%s" % (init, len(wrong), "\n".join(wrong[:40]))
    of_each = {init: [count for (which, _), count in counts.items() if which == init] for init in ("debian", "ours")}
    assert all(len(each) > 20 and sum(each) > 4000 for each in of_each.values()), of_each


# --- the log settings of a service ---------------------------------------------------------------------

LOG_WORDS = (["service-log-level", "web"], ["service-log-level", "web", "debug"], ["service-log-target", "web"], ["service-log-level"],
             ["service-log-level", "nosuch"], ["service-log-level", "basic.target"], ["service-log-level", "a", "b", "c"],
             ["service-log-level", "itself"], ["service-log-level", "itself", "debug"], ["service-log-level", "itself"],
             ["service-log-level", "itself", "nonsense"], ["service-log-level", "itself", "info"], ["service-log-target", "itself"],
             ["service-log-target", "itself", "nonsense"], ["service-log-level", "lost"],
             ["log-level"], ["log-level", "nonsense"], ["log-level", "debug", "x"], ["log-level", "7"], ["log-level"], ["log-level", "info"],
             ["log-target"], ["log-target", "nonsense"], ["log-target", ""])


@tagged("slow", "debian")
@deadline(120)
def test_the_log_settings_of_a_service_are_shown_and_set_as_by_systemctl():
    # systemd itself is on the bus with LogControl1.
    units = {"web.service": SIMPLE, "itself.service": SIMPLE + "BusName=org.freedesktop.systemd1\n", "lost.service": SIMPLE + "BusName=a.b.c\n"}
    with Machine("debian", units=units) as machine:
        for words in LOG_WORDS:
            wanted, got = (machine.systemctl(client, *words) for client in ("debian", "ours"))
            equal((words, repr(got)), (words, repr(wanted)))
