"""Either systemctl drives either manager: ours and Debian's systemd 252, the same expectations for all four pairings."""
import re

from harness import deadline, equal, tagged, wait_for
from machine import Machine

UNITS = {
    "web.service": "[Unit]\nDescription=The web\n[Service]\nExecStart=/bin/sleep 1000\nExecReload=/bin/touch /tmp/reloaded\n"
                   "[Install]\nWantedBy=multi-user.target\nAlias=www.service\n",
    "plain.service": "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sleep 1000\n",
    "bad.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n",
    "once.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo $VAR >/tmp/var'\n",
    "slow.service": "[Service]\nType=oneshot\nExecStart=/bin/sleep 100\n",
    "dirs.service": "[Service]\nType=oneshot\nExecStart=/bin/touch /var/lib/dirs/kept/file\nRuntimeDirectory=dirs\nRuntimeDirectoryPreserve=yes\n"
                    "StateDirectory=dirs/kept:dirs-link\nCacheDirectory=dirs\nConfigurationDirectory=dirs\n",
    "later.service": "[Unit]\nAfter=slow.service\n[Service]\nExecStart=/bin/sleep 1000\n",
    "group.target": "[Unit]\nDescription=Group\nWants=web.service plain.service\n",
    "inst@.service": "[Unit]\nDescription=Instance %i\n[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n",
    # Keeps the others in memory with their last results.
    "free.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    "free-user.service": "[Unit]\nWants=free.service nobody.service\n[Service]\nExecStart=/bin/sleep 1000\n",
    "pin.target": "[Unit]\nDefaultDependencies=no\nAfter=web.service plain.service bad.service once.service dirs.service\n",
}

PAIRINGS = [(client, manager) for manager in ("ours", "debian") for client in ("ours", "debian")]


class Driver:
    """One pairing, booted: `does` runs a verb and checks what it prints and its exit status."""

    def __init__(self, machine, client, manager):
        self.machine, self.client, self.manager = machine, client, manager

    def run(self, *words, **options):
        return self.machine.systemctl(self.client, *words, **options)

    def does(self, *words, out="", status=0, err=None):
        """`out` and `err` are the whole text, or a compiled pattern to be found in it; None is any."""
        got = self.run(*words)
        assert got.status == status, "%s: %r" % (" ".join(words), got)
        for text, wanted in (got.out, out), (got.err, err):
            if isinstance(wanted, re.Pattern):
                assert wanted.search(text), "%s: %r\nlacks %s" % (" ".join(words), got, wanted.pattern)
            elif wanted is not None:
                assert text == wanted, "%s: %r\nwanted %r" % (" ".join(words), got, wanted)
        return got

    def state(self, unit):
        return self.run("is-active", unit).out.strip()


def drives_units(driver):
    does = driver.does
    does("is-system-running", out="running\n")
    does("start", "pin.target")
    does("is-active", "web", out="inactive\n", status=3)
    does("status", "web", out=re.compile(r"○ web.service - The web\n +Loaded: loaded \(/etc/systemd/system/web.service; disabled; preset: \w+\)\n"
                                         r" +Active: inactive \(dead\)\n"), status=3)
    does("start", "web", "plain")
    does("is-active", "web", "plain", "nosuch", out="active\nactive\ninactive\n")
    does("status", "web", "-n0", out=re.compile(r"● web.service - The web\n.*\n +Active: active \(running\) since .*\n(.*\n)* +Main PID: \d+ \(sleep\)"),
         err=None)
    does("show", "web", "-p", "Id,SubState,MainPID", out=re.compile(r"\AMainPID=[1-9]\d*\nId=web.service\nSubState=running\n\Z"))
    first = driver.run("show", "web", "-P", "MainPID").out
    does("reload", "web")
    assert driver.machine.run("rm", "/tmp/reloaded").status == 0
    does("reload-or-restart", "web")
    assert driver.machine.run("rm", "/tmp/reloaded").status == 0
    equal(driver.run("show", "web", "-P", "MainPID").out, first)
    does("restart", "web")
    assert driver.run("show", "web", "-P", "MainPID").out not in ("0\n", first)
    does("reload", "plain", status=3, err=re.compile("Job type reload is not applicable for unit plain.service"))
    for verb in "try-restart", "try-reload-or-restart", "condrestart", "reload-or-try-restart", "force-reload", "condreload":
        does(verb, "plain")
        equal(driver.state("plain"), "active")
    does("stop", "web", "plain")
    does("is-active", "web", "plain", out="inactive\ninactive\n", status=3)
    for verb in "try-restart", "try-reload-or-restart", "condrestart", "reload-or-try-restart", "force-reload", "condreload", "condstop":
        does(verb, "plain")
        equal(driver.state("plain"), "inactive")
    does("start", "nosuch", status=5, err="Failed to start nosuch.service: Unit nosuch.service not found.\n")
    does("stop", "nosuch", status=5, err="Failed to stop nosuch.service: Unit nosuch.service not loaded.\n")
    does("status", "nosuch", status=4, err="Unit nosuch.service could not be found.\n")
    does("start", "inst@a")
    does("list-units", "inst@*", "--no-legend", out=re.compile(r"^ +inst@a.service loaded active running Instance a\n$"))
    does("stop", "inst@a")


def forgets_units(driver):
    """A unit that nobody needs is read anew for each start, and its start limit begins anew."""
    does = driver.does
    for _ in range(7):
        does("start", "free")
    does("list-units", "--all", "--plain", "--no-legend", "free.service", "nobody.service", out="")
    does("start", "free-user")
    wait_for(lambda: driver.state("free") == "inactive") # it is only wanted, not waited for
    does("list-units", "--all", "--plain", "--no-legend", "free*", "nobody.service",
         out=re.compile(r"\Afree-user.service +loaded +active +running free-user.service\nfree.service +loaded +inactive dead +free.service\n"
                        r"nobody.service +not-found inactive dead +nobody.service\n\Z"))
    does("stop", "free-user")
    does("list-units", "--all", "--plain", "--no-legend", "free*", "nobody.service", out="")
    driver.machine.put({"/etc/systemd/system/nobody.service": "[Service]\nExecStart=/bin/sleep 1000\n"})
    does("start", "free-user")
    equal(driver.state("nobody"), "active")
    does("stop", "nobody", "free-user")


def tells_failures(driver):
    does = driver.does
    does("start", "pin.target")
    does("start", "bad", status=1, err=re.compile("^Job for bad.service failed because the control process exited with error code.\n"))
    does("is-failed", "bad", out="failed\n")
    does("check", "bad", out="failed\n", status=3)
    does("is-system-running", out="degraded\n", status=1)
    does("show", "bad", "-p", "Result", "-p", "ExecMainStatus", out="Result=exit-code\nExecMainStatus=1\n")
    does("status", "bad", out=re.compile(r"× bad.service\n.*\n +Active: failed \(Result: exit-code\)"), status=3, err=None)
    does("list-units", "bad.service", "--state=failed", "--plain", "--no-legend", out=re.compile(r"^bad.service +loaded failed failed bad.service\n$"))
    does("reset-failed", "bad")
    does("is-failed", "bad", out="inactive\n", status=1)
    does("is-system-running", out="running\n")
    does("start", "bad", status=1, err=None)
    does("reset-failed")
    does("is-failed", "bad", out="inactive\n", status=1)
    does("start", "web")
    does("kill", "-s", "KILL", "--kill-whom=main", "web")
    wait_for(lambda: driver.state("web") == "failed")
    does("show", "web", "-p", "Result,ExecMainCode", out="Result=signal\nExecMainCode=2\n")
    does("kill", "nosuch", status=1, err="Failed to kill unit nosuch.service: Unit nosuch.service not loaded.\n")


def shows_lists(driver):
    does = driver.does
    does("start", "web")
    does("start", "--no-block", "slow", "later")
    jobs = driver.run("list-jobs", "--no-legend").out
    equal(sorted(line.split()[1:] for line in jobs.splitlines()), [["later.service", "start", "waiting"], ["slow.service", "start", "running"]])
    does("list-jobs", out=re.compile(r"^JOB +UNIT +TYPE +STATE *\n(.*\n)*\n2 jobs listed.\n$"))
    does("show", "later", "-p", "Job", out=re.compile(r"^Job=\d+\n$"))
    does("stop", "slow")
    wait_for(lambda: driver.run("list-jobs").out == "No jobs running.\n")
    does("list-dependencies", "group.target", out="group.target\n○ ├─plain.service\n● └─web.service\n")
    does("list-dependencies", "--reverse", "web", out=re.compile(r"^web.service\n"))
    does("list-units", "web*", out=re.compile(r"^  UNIT +LOAD +ACTIVE SUB +DESCRIPTION\n  web.service loaded active running The web\n\n"))
    does("list-units", "--type=target", "--state=active", "--plain", "--no-legend", out=re.compile(r"^multi-user.target +loaded active active", re.M))
    does("list-units", "no*such", "--no-legend")
    does("list-timers", "nosuch*", out="NEXT LEFT LAST PASSED UNIT ACTIVATES\n\n0 timers listed.\nPass --all to see loaded but inactive timers, too.\n")
    does("list-sockets", "nosuch*", out="LISTEN UNIT ACTIVATES\n\n0 sockets listed.\nPass --all to see loaded but inactive sockets, too.\n")
    does("list-automounts", "nosuch*",
         out="WHAT WHERE MOUNTED IDLE TIMEOUT UNIT\n\n0 automounts listed.\nPass --all to see loaded but inactive automounts, too.\n")
    does("list-unit-files", "web.service", "--no-legend", out=re.compile(r"^web.service disabled +\w+\n$"))
    does("cat", "plain", out="# /etc/systemd/system/plain.service\n" + UNITS["plain.service"])
    does("show", "-p", "SystemState,Environment", out=re.compile(r"^Environment=.*PATH=.*\nSystemState=(running|degraded)$", re.M))
    does("show", "-P", "Version", out=re.compile("^252"))


def finds_dangling_links(driver):
    does = driver.does
    assert driver.machine.run("ln -s /opt/nosuch.service /etc/systemd/system/dangling.service").status == 0
    does("daemon-reload")
    does("start", "dangling", status=5, err="Failed to start dangling.service: Unit dangling.service not found.\n")
    does("status", "dangling", status=4, err="Unit dangling.service could not be found.\n")
    does("cat", "dangling", status=1, err="No files found for dangling.service.\n")
    does("show", "dangling", "-p", "LoadState", "-p", "FragmentPath", out="LoadState=not-found\nFragmentPath=\n")
    does("is-enabled", "dangling", status=1, err="Failed to get unit file state for dangling.service: No such file or directory\n")
    does("disable", "dangling", err='Removed "/etc/systemd/system/dangling.service".\n')


def manages_files(driver):
    does, read = driver.does, driver.machine.read
    system = "/etc/systemd/system/"

    def exists(name):
        return driver.machine.run("test -L %s%s || test -e %s%s" % (system, name, system, name)).status == 0
    does("enable", "web", err=re.compile("Created symlink /etc/systemd/system/www.service → /etc/systemd/system/web.service.\n"))
    does("is-enabled", "web", "www", out="enabled\nalias\n")
    assert exists("multi-user.target.wants/web.service")
    does("disable", "web", err=re.compile('Removed "/etc/systemd/system/multi-user.target.wants/web.service".\n'))
    does("is-enabled", "web", out="disabled\n", status=1)
    does("enable", "--now", "web", err=None)
    equal(driver.state("web"), "active")
    does("is-enabled", "--full", "web", out="enabled\n  /etc/systemd/system/multi-user.target.wants/web.service\n  /etc/systemd/system/www.service\n")
    does("disable", "--now", "web", err=None)
    equal(driver.state("web"), "inactive")
    does("mask", "nosuch", err="Unit nosuch.service does not exist, proceeding anyway.\n"
                               "Created symlink /etc/systemd/system/nosuch.service → /dev/null.\n")
    does("start", "nosuch", status=1, err="Failed to start nosuch.service: Unit nosuch.service is masked.\n")
    for verb in "try-restart", "condrestart", "try-reload-or-restart", "reload-or-try-restart", "force-reload", "condreload", "condstop":
        does(verb, "nosuch")
    does("reload-or-restart", "nosuch", status=1, err="Failed to reload-or-restart nosuch.service: Unit nosuch.service is masked.\n")
    does("unmask", "nosuch", err='Removed "/etc/systemd/system/nosuch.service".\n')
    driver.machine.put({"/etc/systemd/system-preset/10-test.preset": "enable web.service\ndisable *\n"})
    does("preset", "web", err=re.compile("Created symlink"))
    does("is-enabled", "web", out="enabled\n")
    does("reenable", "web", err=None)
    does("disable", "web", err=None)
    before = driver.run("get-default").out
    does("set-default", "multi-user.target", err=None)
    does("get-default", out="multi-user.target\n")
    does("set-default", before.strip(), err=None)
    does("add-wants", "group.target", "once", err=re.compile("group.target.wants/once.service"))
    does("add-requires", "group.target", "once", err=re.compile("group.target.requires/once.service"))
    does("show", "group.target", "-p", "Requires", out="Requires=once.service\n")
    driver.machine.put({"/opt/linked.service": "[Service]\nExecStart=/bin/sleep 1000\n"})
    does("link", "/opt/linked.service", err="Created symlink /etc/systemd/system/linked.service → /opt/linked.service.\n")
    does("is-enabled", "linked", out="linked\n", status=1)
    does("start", "linked")
    does("stop", "linked")
    does("disable", "linked", err='Removed "/etc/systemd/system/linked.service".\n')
    driver.machine.put({system + "plain.service.d/x.conf": "[Unit]\nDescription=Changed\n"})
    does("daemon-reload")
    does("show", "plain", "-P", "Description", out="Changed\n")
    does("preset-all", err=None)
    finds_dangling_links(driver)
    equal(read(system + "web.service")[:6], "[Unit]")


def sets_the_environment(driver):
    does = driver.does
    does("set-environment", "VAR=one two", "OTHER=x")
    does("show-environment", out=re.compile(r"^VAR=\$?['\"]one two['\"]$", re.M))
    does("start", "once")
    equal(driver.machine.run("cat /tmp/var").out, "one two\n")
    does("unset-environment", "VAR", "OTHER")
    assert "VAR=" not in driver.run("show-environment").out
    equal(driver.machine.run("IMPORTED=yes %s import-environment IMPORTED" % ("/opt/sctl/systemctl" if driver.client == "ours" else "systemctl")).status, 0)
    does("show-environment", out=re.compile("^IMPORTED=yes$", re.M))
    does("set-environment", "1=2", status=1, err="Failed to set environment: Invalid environment assignments\n")
    does("unset-environment", "IMPORTED")
    # What the manager has of its own can be covered, not taken away.
    own = driver.run("show-environment").out
    does("unset-environment", "PATH")
    does("show-environment", out=own)
    does("set-environment", "PATH=/bin")
    does("unset-environment", "PATH=/other")
    does("show-environment", out=re.compile("^PATH=/bin$", re.M))
    does("unset-environment", "PATH=/bin")
    does("show-environment", out=own)


def sets_properties(driver):
    does, machine = driver.does, driver.machine
    head = '# This is a drop-in unit file extension, created via "systemctl set-property"\n# or an equivalent operation. Do not edit.\n'

    def drop_in(directory, name):
        return machine.read("%s/systemd/system.control/web.service.d/50-%s.conf" % (directory, name))
    does("start", "web")
    does("set-property", "web", "CPUWeight=200", "MemoryMax=100M")
    equal(drop_in("/etc", "CPUWeight"), head + "[Service]\nCPUWeight=200\n")
    equal(drop_in("/etc", "MemoryMax"), head + "[Service]\nMemoryMax=104857600\n")
    does("set-property", "--runtime", "web", "CPUQuota=50%", "Description=hello world")
    equal(drop_in("/run", "CPUQuota"), head + "[Service]\nCPUQuota=50%\n")
    equal(drop_in("/run", "Description"), head + "[Unit]\nDescription=hello world\n")
    does("show", "web", "-P", "Description", out="hello world\n")
    does("set-property", "--runtime", "web", "AllowedCPUs=0-1", "DeviceAllow=/dev/null rw", "DevicePolicy=closed", "IPAddressDeny=any",
         "TasksMax=infinity", "MemoryLow=10%", "CPUAccounting=yes", "ManagedOOMSwap=kill")
    equal(drop_in("/run", "AllowedCPUs"), head + "[Service]\nAllowedCPUs=\nAllowedCPUs=0-1\n")
    equal(drop_in("/run", "DeviceAllow"), head + "[Service]\nDeviceAllow=\nDeviceAllow=/dev/null rw\n\n")
    equal(drop_in("/run", "DevicePolicy"), head + "[Service]\nDevicePolicy=closed\n")
    # systemd writes a set of addresses in no order of its own.
    equal(sorted(drop_in("/run", "IPAddressDeny").splitlines()[3:]), ["", "IPAddressDeny=", "IPAddressDeny=0.0.0.0/0", "IPAddressDeny=::/0"])
    equal(drop_in("/run", "TasksMax"), head + "[Service]\nTasksMax=infinity\n")
    equal(drop_in("/run", "MemoryLowScale"), head + "[Service]\nMemoryLow=10.00%\n")
    equal(drop_in("/run", "CPUAccounting"), head + "[Service]\nCPUAccounting=yes\n")
    equal(drop_in("/run", "ManagedOOMSwap"), head + "[Service]\nManagedOOMSwap=kill\n")
    for assignment, name, lines in (
            ("SocketBindAllow=ipv4:udp:1000-2000", "SocketBindAllow", "SocketBindAllow=ipv4:udp:1000-2000\n\n"),
            ("SocketBindDeny=ipv6:tcp", "SocketBindDeny", "SocketBindDeny=ipv6:tcp:any\n\n"),
            ("SocketBindDeny=", "SocketBindDeny", "SocketBindDeny=\n\n"),
            ("SocketBindDeny=90", "SocketBindDeny", "SocketBindDeny=90\n\n"),
            ("RestrictNetworkInterfaces=~lo eth7", "RestrictNetworkInterfaces", "RestrictNetworkInterfaces=~lo eth7\n"),
            ("RestrictNetworkInterfaces=", "RestrictNetworkInterfaces", "RestrictNetworkInterfaces=\n"),
            ("IPAddressAllow=10.1.2.3/8", "IPAddressAllow", "IPAddressAllow=\nIPAddressAllow=10.0.0.0/8\n\n"),
            ("IPAddressAllow=", "IPAddressAllow", "IPAddressAllow=\n\n"),
            ("DeviceAllow=", "DeviceAllow", "DeviceAllow=\n\n"),
            ("DeviceAllow=char-pts r", "DeviceAllow", "DeviceAllow=\nDeviceAllow=char-pts r\n\n"),
            ("IODeviceWeight=/dev/null 200", "IODeviceWeight", "IODeviceWeight=\nIODeviceWeight=/dev/null 200\n\n"),
            ("IOReadBandwidthMax=/dev/null 5M", "IOReadBandwidthMax", "IOReadBandwidthMax=\nIOReadBandwidthMax=/dev/null 5000000\n\n"),
            ("IOReadBandwidthMax=/dev/null infinity", "IOReadBandwidthMax", "IOReadBandwidthMax=\n\n"),
            ("IOWriteIOPSMax=/dev/null 1K", "IOWriteIOPSMax", "IOWriteIOPSMax=\nIOWriteIOPSMax=/dev/null 1000\n\n"),
            ("IODeviceLatencyTargetSec=/dev/null 25ms", "IODeviceLatencyTargetUSec",
             "IODeviceLatencyTargetSec=\nIODeviceLatencyTargetSec=/dev/null 25ms\n\n"),
            ("DisableControllers=cpu io", "DisableControllers", "DisableControllers=cpu io\n"),
            # What was in force before stays so.
            ("DeviceAllow=/dev/null rw", "DeviceAllow", "DeviceAllow=\nDeviceAllow=/dev/null rw\nDeviceAllow=char-pts r\n\n"),
            ("DeviceAllow=char-pts w", "DeviceAllow", "DeviceAllow=\nDeviceAllow=/dev/null rw\nDeviceAllow=char-pts w\n\n"),
            ("SocketBindDeny=ipv6:tcp", "SocketBindDeny", "SocketBindDeny=ipv6:tcp:any\nSocketBindDeny=90\n\n"),
            ("IODeviceWeight=/dev/zero 300", "IODeviceWeight",
             "IODeviceWeight=\nIODeviceWeight=/dev/null 200\nIODeviceWeight=/dev/zero 300\n\n"),
            ("IODeviceWeight=/dev/null 400", "IODeviceWeight",
             "IODeviceWeight=\nIODeviceWeight=/dev/null 400\nIODeviceWeight=/dev/zero 300\n\n"),
            ("IODeviceLatencyTargetSec=/dev/zero 2", "IODeviceLatencyTargetUSec",
             "IODeviceLatencyTargetSec=\nIODeviceLatencyTargetSec=/dev/null 25ms\nIODeviceLatencyTargetSec=/dev/zero 2s\n\n"),
            ("AllowedCPUs=0", "AllowedCPUs", "AllowedCPUs=\nAllowedCPUs=0\n"),
            ("RestrictNetworkInterfaces=lo eth7", "RestrictNetworkInterfaces", "RestrictNetworkInterfaces=lo eth7\n"),
            ("RestrictNetworkInterfaces=~lo", "RestrictNetworkInterfaces", "RestrictNetworkInterfaces=~lo\n"),
            ("DisableControllers=memory", "DisableControllers", "DisableControllers=memory\n")):
        does("set-property", "--runtime", "web", assignment)
        equal((assignment, drop_in("/run", name)), (assignment, head + "[Service]\n" + lines))
    does("set-property", "--runtime", "web", "IPAddressAllow=10.0.0.0/8")
    does("set-property", "--runtime", "web", "IPAddressAllow=::1 10.0.0.0/8")
    equal(sorted(drop_in("/run", "IPAddressAllow").splitlines()[3:]), ["", "IPAddressAllow=", "IPAddressAllow=10.0.0.0/8", "IPAddressAllow=::1/128"])
    # In force are all of them, also where the drop-in has the last alone, until the files are read again.
    does("show", "web", "-p", "DisableControllers,DeviceAllow,RestrictNetworkInterfaces",
         out="DeviceAllow=/dev/null rw\nDeviceAllow=char-pts w\nDisableControllers=cpu io memory\nRestrictNetworkInterfaces=eth7\n")
    does("daemon-reload")
    does("show", "web", "-p", "DisableControllers,DeviceAllow", out="DeviceAllow=char-pts w\nDeviceAllow=/dev/null rw\nDisableControllers=memory\n")
    does("set-property", "--runtime", "web", "SocketBindDeny=", "SocketBindDeny=1", "SocketBindDeny=2")
    equal(drop_in("/run", "SocketBindDeny"), head + "[Service]\nSocketBindDeny=2\nSocketBindDeny=1\n\n")
    for assignment, words in (("DeviceAllow=bad x", "DeviceAllow= requires device node or pattern"),
                              ("DeviceAllow=/dev/null q", "DeviceAllow= requires combination of rwm flags"),
                              ("DisableControllers=bad", "Unknown cgroup controller 'bad'"),
                              ("BPFProgram=egress:/sys/fs/bpf/x", "Cannot set property BPFProgram, or unknown property."),
                              ("IPIngressFilterPath=/sys/fs/bpf/x", "Cannot set property IPIngressFilterPath, or unknown property.")):
        does("set-property", "web", assignment, status=1, err="Failed to set unit properties on web.service: %s\n" % words)
    for value in "x:y", "0", "tcp:70000", "ipv4:", "ipv4:tcp:2-1":
        does("set-property", "web", "SocketBindDeny=" + value, status=1, err="Failed to parse SocketBindDeny\n")
    assert "50-CPUWeight.conf" in driver.run("show", "web", "-P", "DropInPaths").out
    refused = "Failed to set unit properties on web.service: Cannot set property %s, or unknown property.\n"
    for assignment, name in ("Nice=5", "Nice"), ("ExecStart=/bin/true", "ExecStart"), ("Delegate=yes", "Delegate"), ("Slice=a.slice", "Slice"):
        does("set-property", "web", "CPUWeight=1", assignment, status=1, err=refused % name)
    equal(drop_in("/etc", "CPUWeight"), head + "[Service]\nCPUWeight=200\n")
    does("set-property", "web", "Nosuch=1", status=1, err="Unknown assignment: Nosuch=1\n")
    does("set-property", "web", "CPUWeight", status=1, err="Not an assignment: CPUWeight\n")
    does("set-property", "web", "CPUWeight=x", status=1, err="Failed to parse CPUWeight=x: Invalid argument\n")
    does("set-property", "web", "CPUWeight=0", status=1, err="Failed to parse CPUWeight=0: Numerical result out of range\n")
    does("set-property", "web", "TasksMax=0", status=1, err="Failed to set unit properties on web.service: Value specified in TasksMax is out of range\n")
    does("set-property", "basic.target", "CPUWeight=5", status=1, err="Unknown assignment: CPUWeight=5\n")
    does("set-property", "nosuch", "CPUWeight=5", status=1, err="Failed to set unit properties on nosuch.service: Unit nosuch.service not found.\n")
    first = driver.run("show", "web", "-P", "MainPID").out
    does("set-property", "web", "Markers=needs-restart")
    does("show", "web", "-P", "Markers", out="needs-restart\n")
    does("reload-or-restart", "--marked")
    assert driver.run("show", "web", "-P", "MainPID").out != first
    does("show", "web", "-P", "Markers", out="\n")
    does("revert", "web", err=re.compile('Removed "/etc/systemd/system.control/web.service.d".\n'))
    does("show", "web", "-P", "DropInPaths", out="\n")


def cleans_directories(driver):
    if (driver.client, driver.manager) == ("debian", "ours"):
        return  # it asks for this on the system bus alone
    does = driver.does
    places = "/run/dirs", "/var/lib/dirs/kept", "/var/lib/dirs-link", "/var/cache/dirs", "/etc/dirs"

    def left():
        return [place for place in places if driver.machine.run("test", "-e", place).status == 0]
    does("start", "pin.target", "dirs", "web")
    does("show", "-P", "CanClean", "dirs", "web", out="runtime state cache configuration\n\n\n")
    equal(left(), list(places))
    does("clean", "dirs")
    equal(left(), ["/var/lib/dirs/kept", "/var/lib/dirs-link", "/etc/dirs"])
    does("show", "dirs", "-p", "ActiveState,SubState,Result,CleanResult", out="Result=success\nCleanResult=success\nActiveState=inactive\nSubState=dead\n")
    driver.machine.run("mkdir -p /var/lib/private/dirs/kept")
    does("clean", "--what=state,logs", "dirs")
    equal(left(), ["/etc/dirs"])
    assert driver.machine.run("ls", "-d", "/var/lib/private/dirs/kept").status != 0
    does("clean", "--what=all", "dirs")
    equal(left(), [])
    refused = "Failed to clean unit %s: %s\n"
    absent = "Failed to add reference to unit nosuch.service: Unit nosuch.service not found.\n"
    does("clean", "nosuch", "plain", "group.target", status=1, err=absent + refused % ("plain.service", "No matching resources found.") +
         refused % ("group.target", "Unit 'group.target' does not support cleaning."))
    does("clean", "--what=all", "web", status=1, err=refused % ("web.service", "Unit is not inactive or has pending job."))
    does("clean", "--what=fdstore", "dirs", status=1, err=refused % ("dirs.service", "Invalid resource type: fdstore"))
    does("clean", "--what=", "dirs", status=1, err="--what= requires arguments.\n")
    does("clean", "--what=logs", "dirs", status=1, err=refused % ("dirs.service", "No matching resources found."))


PARTS = [drives_units, forgets_units, tells_failures, shows_lists, manages_files, sets_the_environment, sets_properties, cleans_directories]


def pair(client, manager):
    for part in PARTS:
        with Machine(manager, units=UNITS) as machine:
            part(Driver(machine, client, manager))


# With the status that systemd-nspawn ends with then. systemd reboots by reboot(2), which nspawn tells by 133; ours ends with 133
# itself, for which nspawn keeps 1.
ENDS = [(["halt"], 0), (["poweroff"], 0), (["exit", "7"], 7), (["reboot"], {"debian": 133, "ours": 1})]


def end(client, manager):
    for words, status in ENDS:
        with Machine(manager, units=UNITS) as machine:
            told = Driver(machine, client, manager).run(*words)
            # The end of the machine may overtake the client's own.
            assert told.status in (0, 137, 143), told
            equal(machine.wait_exit(), status[manager] if isinstance(status, dict) else status)


for _client, _manager in PAIRINGS:
    def _pair(client=_client, manager=_manager):
        pair(client, manager)

    def _end(client=_client, manager=_manager):
        end(client, manager)
    globals()["test_%s_systemctl_drives_%s_manager" % (_client, _manager)] = tagged("slow", "debian")(deadline(300)(_pair))
    globals()["test_%s_systemctl_ends_%s_manager" % (_client, _manager)] = tagged("slow", "debian")(deadline(300)(_end))
