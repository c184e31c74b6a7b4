"""AmbientCapabilities=, CapabilityBoundingSet= and SecureBits=: acted on as far as PID 1 can, and what it cannot is said."""
from harness import SYSTEMCTL_INIT, UNPRIVILEGED, Box, equal, wait_for

WAITING = {"wait.service": "[Service]\nExecStart=/bin/sleep 1000\n"}
BIND = 10
KILL = 5


def capabilities_of(box, unit):
    status = dict(line.split(":\t", 1) for line in box.proc(box.main_pid(unit), "status").splitlines() if ":\t" in line)
    return {name: int(status["Cap" + name], 16) for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")}


def start(box, units):
    box.wait_state("wait.service", "active")
    for name in units:
        equal((name, box.systemctl("start", name).status), (name, 0))
        wait_for(lambda: "sleep" in box.proc(box.main_pid(name), "comm"))


def test_ambient_capabilities_are_a_users_own():
    sleeper = "[Service]\nType=exec\nUser=nobody\nExecStart=%s/bin/sleep 1001\n%s\n"
    units = {"ambient": sleeper % ("", "AmbientCapabilities=CAP_NET_BIND_SERVICE"),
             "merged": sleeper % ("", "AmbientCapabilities=CAP_KILL CAP_NET_BIND_SERVICE\nAmbientCapabilities=~CAP_KILL"),
             "bounded": sleeper % ("", "AmbientCapabilities=CAP_KILL CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_KILL CAP_CHOWN"),
             "root": sleeper % ("!", "AmbientCapabilities=CAP_KILL"), "full": sleeper % ("+", "AmbientCapabilities=CAP_KILL"),
             "bits": sleeper % ("", "SecureBits=keep-caps\nSecureBits=noroot")}
    with Box(units={**{name + ".service": text for name, text in units.items()}, **WAITING}, capabilities=UNPRIVILEGED,
             init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        start(box, units)
        for name, wanted in ("ambient", 1 << BIND), ("merged", 1 << BIND), ("bounded", 1 << KILL):
            found = capabilities_of(box, name)
            equal((name, found["Inh"], found["Prm"], found["Eff"], found["Amb"]), (name,) + (wanted,) * 4)
        equal(capabilities_of(box, "bounded")["Bnd"], 1 << KILL | 1)
        equal(capabilities_of(box, "root")["Amb"], 1 << KILL)
        equal(capabilities_of(box, "full")["Amb"], 0)
        equal(box.show("ambient", "AmbientCapabilities"), "cap_net_bind_service")
        equal(box.show("bounded", "CapabilityBoundingSet"), "cap_chown cap_kill")
        equal(box.show("bits", "SecureBits"), "17")
        assert "without the protection" not in box.stderr()


# As systemd 252: MariaDB and others ask for more than an engine gives, and run without.
def test_a_capability_that_pid_1_has_not_is_left_out_and_said():
    units = {"a.service": "[Service]\nType=exec\nUser=nobody\nExecStart=/bin/sleep 1001\nAmbientCapabilities=CAP_SYS_ADMIN CAP_KILL\n"}
    with Box(units={**units, **WAITING}, capabilities=UNPRIVILEGED, init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        box.wait_state("wait.service", "active")
        start(box, ["a"])
        equal(capabilities_of(box, "a")["Eff"], 1 << KILL)
        box.wait_stderr("a.service: Skipped step CAPABILITIES spawning /bin/sleep")


def test_a_bounding_set_needs_cap_setpcap_and_says_so():
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 1001\nCapabilityBoundingSet=CAP_KILL\n",
             "bits.service": "[Service]\nType=exec\nExecStart=/bin/sleep 1001\nSecureBits=noroot\n",
             "ambient.service": "[Service]\nType=exec\nUser=nobody\nExecStart=/bin/sleep 1001\nAmbientCapabilities=CAP_KILL\n"}
    with Box(units={**units, **WAITING}, capabilities=[name for name in UNPRIVILEGED if name != "setpcap"],
             init=SYSTEMCTL_INIT + ["wait.service"]) as box:
        start(box, ["a", "ambient"])
        equal(capabilities_of(box, "ambient")["Eff"], 1 << KILL)
        assert capabilities_of(box, "a")["Bnd"] != 1 << KILL
        box.wait_stderr("a.service: Skipped step CAPABILITIES spawning /bin/sleep")
        equal(box.systemctl("start", "bits").status, 1)
        equal(box.show("bits", "ExecMainStatus"), "213")
