"""Generators, scripts of /etc/init.d, and users that only NSS knows."""
import signal

from harness import SYSTEMCTL_INIT, Box, deadline, equal, tagged, wait_for

# Prints its unit into $1 and hangs it on the boot.
MAKES_A_UNIT = r"""#!/bin/sh
mkdir -p "$1/multi-user.target.wants"
printf '[Unit]\nDescription=%s\n[Service]\nExecStart=/bin/sleep 1000\n' "$(cat /generated)" >"$1/made.service"
ln -s ../made.service "$1/multi-user.target.wants/"
echo said by a generator
"""
ETC = "/etc/systemd/system-generators/"
TARGET = {"default.target": "[Unit]\nWants=multi-user.target\nAfter=multi-user.target\n"}

OLD_SCRIPT = r"""#!/bin/sh
### BEGIN INIT INFO
# Provides:          old older
# Required-Start:    $remote_fs web
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: An old daemon
### END INIT INFO
case $1 in
start)
    echo "started by $PPID"
    sleep 1000 >/dev/null 2>&1 &
    echo $! >/run/old.pid ;;
stop) kill "$(cat /run/old.pid)" ;;
*) echo "Usage: $0 {start|stop}" >&2; exit 1 ;;
esac
"""


def test_what_generators_write_is_part_of_the_boot_and_follows_a_reload():
    with Box(units=TARGET, files={ETC + "make": MAKES_A_UNIT, "/generated": "First"}) as box:
        box.wait_running()
        equal(box.show("made.service", "ActiveState", "Description", "FragmentPath", "UnitFileState"),
              {"ActiveState": "active", "Description": "First", "FragmentPath": "/run/systemd/generator/made.service",
               "UnitFileState": "generated"})
        assert "said by a generator" in box.stderr()
        pid = box.main_pid("made.service")
        box.put({"/generated": "Second"})
        equal(box.systemctl("daemon-reload").status, 0)
        equal(box.show("made.service", "Description"), "Second")
        equal(box.main_pid("made.service"), pid)
        box.run("ln -sfn /dev/null %smake" % ETC)
        equal(box.systemctl("daemon-reload").status, 0)
        equal(box.run("ls -d /run/systemd/generator*").out, "")


def test_generators_of_an_image_layer_are_not_believed():
    stale = "[Service]\nExecStart=/bin/sleep 1000\n"
    with Box(units=TARGET, files={"/run/systemd/generator/stale.service": stale,
                                  "/run/systemd/generator/multi-user.target.wants/stale.service": stale}) as box:
        box.wait_running()
        equal(box.show("stale.service", "LoadState", "ActiveState"), {"LoadState": "not-found", "ActiveState": "inactive"})


def test_generators_that_fail_do_not_stop_the_boot():
    with Box(units=TARGET, files={ETC + "bad": "#!/bin/sh\nexit 7\n", ETC + "lost": "#!/no/interpreter\n",
                                  ETC + "make": MAKES_A_UNIT, "/generated": "x"}) as box:
        box.wait_running()
        equal(box.show("made.service", "ActiveState"), "active")
        box.wait_stderr("Generator bad failed with exit status 7.")
        box.wait_stderr("Generator lost could not be executed, at step EXEC: No such file or directory")


def test_pid_1_reaps_answers_and_ends_while_a_generator_hangs():
    with Box(units=TARGET, files={ETC + "hang": "#!/bin/sh\n(sleep 0.01 &)\nsleep 1000\n"}) as box:
        wait_for(lambda: box.pids_of("sleep 1000"), what="the generator")
        equal(box.systemctl("is-system-running").out, "initializing\n")
        wait_for(lambda: not box.pids_of("sleep 0.01") and not box.zombies(), what="the orphan to be reaped")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)


@tagged("slow")
@deadline(70)
def test_a_generator_that_hangs_is_killed_with_its_children_and_the_boot_goes_on():
    hang = "#!/bin/sh\ntrap '' TERM\nsetsid sleep 1000 &\nsleep 1000\n"
    with Box(units=TARGET, files={ETC + "hang": hang, ETC + "make": MAKES_A_UNIT, "/generated": "x"}) as box:
        box.wait_running(50)
        equal(box.show("made.service", "ActiveState"), "active")
        box.wait_stderr("Generator hang has not ended within 30 s, killing it.")
        equal(len(box.pids_of("sleep 1000")), 1)


def test_a_script_of_init_d_is_a_service():
    units = dict(TARGET, **{"web.service": "[Service]\nExecStart=/bin/sleep 1000\n"})
    with Box(units=units, files={"/etc/init.d/old": OLD_SCRIPT}, links={"/etc/rc2.d/S01old": "../init.d/old"}) as box:
        box.wait_running()
        equal(box.show("old.service", "ActiveState", "Type", "SourcePath", "Description", "KillMode", "GuessMainPID", "IgnoreSIGPIPE",
                       "TimeoutStartUSec", "RemainAfterExit", "UnitFileState", "SuccessExitStatus"),
              {"ActiveState": "active", "Type": "forking", "SourcePath": "/etc/init.d/old", "Description": "LSB: An old daemon",
               "KillMode": "process", "GuessMainPID": "no", "IgnoreSIGPIPE": "no", "TimeoutStartUSec": "5min",
               "RemainAfterExit": "yes", "UnitFileState": "generated", "SuccessExitStatus": "5 6"})
        assert "started by 1" in box.stderr()
        assert "web.service" in box.show("old.service", "After")
        equal(box.show("older.service", "Id"), "old.service")
        equal(box.systemctl("stop", "old").status, 0)
        wait_for(lambda: not box.pids_of("sleep 1000"), what="the end of the daemon")
        equal(box.systemctl("start", "older").status, 0)
        wait_for(lambda: len(box.pids_of("sleep 1000")) == 1, what="the daemon")
        assert "SIGKILL" not in box.stderr()


def test_enable_of_a_script_calls_the_distributions_program():
    with Box(units=TARGET, files={"/etc/init.d/old": OLD_SCRIPT}) as box:
        box.wait_running()
        if box.run("test -x /usr/sbin/update-rc.d").status != 0:
            return
        equal(box.systemctl("is-enabled", "old").out, "disabled\n")
        enabled = box.systemctl("enable", "old")
        equal((enabled.status, enabled.out), (0, ""))
        assert enabled.err.startswith("old.service is not a native service, redirecting to systemd-sysv-install.\nExecuting: "), enabled
        outcome = box.systemctl("is-enabled", "old")
        equal((outcome.status, outcome.out), (0, "enabled\n"))
        equal(box.run("ls /etc/rc2.d").out, "S01old\n")
        assert "multi-user.target" in box.show("old.service", "WantedBy")
        equal(box.systemctl("disable", "old").status, 0)
        equal(box.systemctl("is-enabled", "old").out, "disabled\n")
        # A unit of that name is enabled besides, in systemd's words.
        box.put({"/etc/systemd/system/old.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"})
        both = box.systemctl("enable", "old")
        assert both.err.startswith("Synchronizing state of old.service with SysV service script with "), both
        assert "Created symlink /etc/systemd/system/multi-user.target.wants/old.service" in both.err, both
        equal(box.systemctl("is-enabled", "old").out, "enabled\n")


GETENT = r"""#!/bin/sh
until [ -e /answer ]; do sleep 0.01; done
case "$1 $3" in
"passwd ghost") echo ghost:x:4242:4243::/tmp:/bin/sh ;;
"initgroups ghost") echo ghost 4243 77 ;;
"group spirits") echo spirits:x:88: ;;
*) exit 2 ;;
esac
"""


def test_users_that_only_nss_knows_are_asked_of_getent():
    units = {"ghost.service": "[Service]\nUser=ghost\nSupplementaryGroups=spirits\nExecStart=/bin/sleep 1000\n",
             "nobody.service": "[Service]\nUser=no-such-user\nExecStart=/bin/sleep 1000\n",
             "web.service": "[Service]\nUser=www-data\nExecStart=/bin/sleep 1000\n",
             "all.target": "[Unit]\nWants=ghost.service nobody.service web.service\n"}
    with Box(units=units, files={"/usr/bin/getent": GETENT}, init=SYSTEMCTL_INIT + ["all.target"]) as box:
        box.wait_state("web.service", "active")
        equal(box.show("ghost.service", "ActiveState"), "inactive")
        equal(box.run("systemctl stop ghost; systemctl start --no-block ghost; systemctl list-jobs --no-legend | grep -c ghost").out, "1\n")
        box.put({"/answer": ""})
        box.wait_state("ghost.service", "active")
        status = box.proc(box.main_pid("ghost.service"), "status")
        assert "Uid:\t4242\t4242" in status and "Gid:\t4243\t4243" in status and "Groups:\t77 88 4243" in status, status
        box.wait_state("nobody.service", "failed")
        equal(box.show("nobody.service", "ExecMainStatus"), "217")


def test_groups_that_only_nss_knows_are_those_of_a_user_of_the_files_too():
    getent = '#!/bin/sh\necho "$1 $3" >>/asked\n[ "$1 $3" != "initgroups www-data" ] || echo www-data 33 7077\n'
    units = {"web.service": "[Service]\nUser=www-data\nExecStart=/bin/sleep 1000\n",
             "root.service": "[Service]\nUser=root\nExecStart=/bin/sleep 1000\n",
             "all.target": "[Unit]\nWants=web.service root.service\n"}
    files = {"/usr/bin/getent": (getent, 0o755), "/etc/nsswitch.conf": "passwd: files\ngroup: files sss\n", "/asked": ("", 0o666)}
    with Box(units=units, files=files, init=SYSTEMCTL_INIT + ["all.target"]) as box:
        for unit in "web.service", "root.service":
            box.wait_state(unit, "active")
        assert "Groups:\t33 7077" in box.proc(box.main_pid("web.service"), "status")
        equal(box.read("/asked"), "initgroups www-data\n")


def test_units_that_only_systemds_package_ships_fail_nobody():
    units = {"log.service": "[Unit]\nRequires=syslog.socket data.swap systemd-networkd.socket\nAfter=syslog.socket data.swap\n"
                            "[Service]\nExecStart=/bin/sleep 1000\n",
             "lost.service": "[Unit]\nRequires=nobody-ships-this.service\n[Service]\nExecStart=/bin/sleep 1000\n",
             "dry.service": "[Unit]\nRequires=data.mount\n[Service]\nExecStart=/bin/sleep 1000\n"}
    with Box(units=units, init=SYSTEMCTL_INIT + ["log.service"]) as box:
        box.wait_state("log.service", "active")
        lost = box.systemctl("start", "lost.service")
        equal(lost.status, 5)
        # What is mounted is a unit, so one that is not there is missing.
        equal(box.systemctl("start", "dry.service").status, 5)
        equal(box.systemctl("start", "syslog.socket").status, 5)


def test_a_daemon_that_gives_up_roots_rights_names_its_own_pid():
    daemon = ("#!/bin/sh\ninstall -d -o daemon /run/given\n"
              "setpriv --reuid=daemon --regid=daemon --clear-groups setsid sh -c 'sleep 1000 & echo $! >$1' sh $1\n")
    units = {name + ".service": "[Service]\nType=forking\nTimeoutStartSec=%d\nPIDFile=%s\nExecStart=/daemon %s\n" % (limit, path, path)
             for name, limit, path in (("good", 60, "/run/given/pid"), ("bad", 2, "/tmp/open-to-all"))}
    with Box(units=units, files={"/daemon": daemon}, init=SYSTEMCTL_INIT + ["good.service"]) as box:
        box.wait_state("good.service", "active")
        equal(str(box.main_pid("good.service")), box.read("/run/given/pid").strip())
        assert box.systemctl("start", "bad.service").status != 0
