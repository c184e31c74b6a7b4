"""Programs other than systemctl on the manager's socket: busctl, go-systemd's sequence of calls, Prometheus' exporter."""
import subprocess

from dbus_peer import Peer
from harness import SYSTEMCTL_INIT, Box, deadline, debian_root, equal, tagged, wait_for

UNITS = {"web.service": "[Unit]\nDescription=The web\n[Service]\nExecStart=/bin/sleep 1000\n",
         "bad.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n",
         "all.target": "[Unit]\nWants=web.service bad.service\nAfter=web.service bad.service\n"}
ALL = SYSTEMCTL_INIT + ["all.target"]
SYSTEMD = "/org/freedesktop/systemd1"
WEB = SYSTEMD + "/unit/web_2eservice"


def test_go_systemd_finds_every_answer_with_systemds_signature():
    with Box(units=UNITS, init=ALL) as box:
        box.wait_state("all.target", "active")
        peer = Peer("/proc/%d/root/run/systemd/private" % box.pid)
        equal([each.split()[0] for each in peer.dialogue], ["REJECTED", "DATA", "OK", "AGREE_UNIX_FD"])
        bus = {"path": "/org/freedesktop/DBus", "interface": "org.freedesktop.DBus"}
        for rule in ("type='signal',interface='org.freedesktop.systemd1.Manager',member='UnitNew'",
                     "type='signal',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'"):
            peer.call("AddMatch", "s", rule, **bus)
        peer.call("Subscribe")
        units = peer.call("ListUnits")
        equal(units.signature, "a(ssssssouso)")
        web = [unit for unit in units.values[0] if unit[0] == "web.service"]
        equal(web, [("web.service", "The web", "loaded", "active", "running", "", WEB, 0, "", "/")])
        for member, signature, *values in (("ListUnitsByPatterns", "asas", ["active"], ["web*"]), ("ListUnitsByNames", "as", ["web.service"]),
                                           ("ListUnitsFiltered", "as", ["running"])):
            answer = peer.call(member, signature, *values)
            others = ["init.scope"] if member == "ListUnitsFiltered" else []
            equal((answer.signature, [unit[0] for unit in answer.values[0]]), ("a(ssssssouso)", others + ["web.service"]))
        equal(peer.call("ListJobs").signature, "a(usssoo)")
        equal(peer.call("ListUnitFiles").signature, "a(ss)")
        properties = {"path": WEB, "interface": "org.freedesktop.DBus.Properties"}
        of_unit = peer.call("GetAll", "s", "org.freedesktop.systemd1.Unit", **properties)
        equal((of_unit.signature, dict(of_unit.values[0])["ActiveState"]), ("a{sv}", "active"))
        of_service = dict(peer.call("GetAll", "s", "org.freedesktop.systemd1.Service", **properties).values[0])
        equal((of_service["Type"], of_service["NRestarts"]), ("simple", 0))
        equal(peer.call("Get", "ss", "org.freedesktop.systemd1.Unit", "Id", **properties).values, ["web.service"])
        # A peer from outside of the box's pid namespace may only look.
        equal(box.systemctl("restart", "web").status, 0)
        new = peer.wait_signal("JobNew", lambda each: each.values[2] == "web.service")
        equal(new.signature, "uos")
        removed = peer.wait_signal("JobRemoved", lambda each: each.values[1] == new.values[1])
        equal((removed.signature, removed.values[2:]), ("uoss", ["web.service", "done"]))
        changed = peer.wait_signal("PropertiesChanged", lambda each: "SubState" in dict(each.values[1]))
        equal(changed.signature, "sa{sv}as")
        box.put({"/etc/systemd/system/new.service": UNITS["web.service"]})
        equal(box.systemctl("daemon-reload").status, 0)
        equal(peer.wait_signal("Reloading").signature, "b")
        peer.call("LoadUnit", "s", "new.service")
        equal(peer.wait_signal("UnitNew", lambda each: each.values[0] == "new.service").signature, "so")
        equal(peer.wait_signal("UnitRemoved", lambda each: each.values[0] == "new.service").signature, "so")


def busctl(box, *words):
    got = box.run("busctl", "--no-pager", "--address=unix:path=/run/systemd/private", *words)
    assert got.status == 0, "busctl %s: %r" % (" ".join(words), got)
    return got.out


@tagged("slow", "debian")
@deadline(300)
def test_busctl_walks_reads_calls_and_watches():
    with Box(root=debian_root("systemd"), units=UNITS, init=ALL) as box:
        box.wait_state("all.target", "active")
        assert WEB in busctl(box, "tree", "--list").split()
        methods = busctl(box, "introspect", "org.freedesktop.systemd1", SYSTEMD, "org.freedesktop.systemd1.Manager")
        assert ".StartUnit " in methods and ".UnitNew " in methods and ".Version " in methods
        equal(busctl(box, "get-property", "org.freedesktop.systemd1", WEB, "org.freedesktop.systemd1.Unit", "ActiveState", "Id"),
              's "active"\ns "web.service"\n')
        manager = ("org.freedesktop.systemd1", SYSTEMD, "org.freedesktop.systemd1.Manager")
        equal(busctl(box, "call", *manager, "GetUnit", "s", "web.service"), 'o "%s"\n' % WEB)
        with subprocess.Popen(["nsenter", "--target=%d" % box.pid, "--mount", "--pid", "--root", "--wd", "timeout", "10", "busctl",
                               "--address=unix:path=/run/systemd/private", "monitor"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as monitor:
            assert b"Monitoring bus message stream" in monitor.stdout.readline()
            busctl(box, "call", *manager, "RestartUnit", "ss", "web.service", "replace")
            assert any(b"Member=JobRemoved" in line for line in monitor.stdout), "no signal of the job's end"
            monitor.kill()


@tagged("slow", "debian")
@deadline(300)
def test_the_exporter_of_prometheus_reports_our_units():
    with Box(root=debian_root("exporter"), units=UNITS, init=ALL, private_network=True) as box:
        box.wait_state("all.target", "active")
        box.run("setsid prometheus-node-exporter --collector.disable-defaults --collector.systemd --web.listen-address=127.0.0.1:9100 "
                ">/tmp/exporter 2>&1 &")
        metrics = wait_for(lambda: box.run("curl -fsS http://127.0.0.1:9100/metrics").out, 10, lambda: box.read("/tmp/exporter"))
        lines = metrics.splitlines()
        for line in ('node_systemd_unit_state{name="web.service",state="active",type="simple"} 1',
                     'node_systemd_unit_state{name="web.service",state="failed",type="simple"} 0',
                     'node_systemd_unit_state{name="bad.service",state="failed",type="oneshot"} 1',
                     'node_scrape_collector_success{collector="systemd"} 1', 'node_systemd_system_running 0'):
            assert line in lines, "%s is not among\n%s\n%s" % (line, metrics, box.read("/tmp/exporter"))
        assert any(line.startswith("node_systemd_version{") and line.endswith(" 252") for line in lines), metrics
