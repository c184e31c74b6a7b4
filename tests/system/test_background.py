"""Where PID 1 is something else: the first verb in need of a manager launches one in the background."""
import os
import select
import signal
import subprocess

from harness import UNPRIVILEGED, Box, Skip, equal, wait_for

SLEEP = ["/bin/sleep", "infinity"]
SHELL = ["/bin/sh", "-c", "while :; do sleep 1000; done"]
FOREVER = "[Service]\nExecStart=/bin/sleep 1000\n"
ENABLED = FOREVER + "[Install]\nWantedBy=multi-user.target\n"
# %s: more of [Unit].
NOTES_STOP = "[Unit]\n%s[Service]\nExecStart=/bin/sleep 1000\nExecStop=/bin/sh -c 'echo %%p >>/stopped'\n"
MANAGER = "systemctl init --background"


class BoxOfAnother(Box):
    """A box whose PID 1 is none of ours, and knows its variables from here on."""

    def __init__(self, init=SLEEP, **options):
        super().__init__(init=init, **options)

    def boot(self):
        super().boot()
        wait_for(lambda: self.proc(1, "comm") == "sleep\n" or self.proc(1, "cmdline").split("\0")[:-1] == self.init, what="the program of PID 1")


def managers(box):
    return box.pids_of(MANAGER)


def manager(box):
    """The one there is; a child that is about to execute its program looks like it for a moment."""
    found = wait_for(lambda: len(managers(box)) == 1 and managers(box), what=lambda: "one manager, there are %s" % managers(box))
    return found[0]


def succeeds(box, command, **options):
    outcome = box.run(command, **options)
    assert outcome.status == 0, "%s: %r" % (command, outcome)
    return outcome


def status_field(box, pid, name):
    return [line.split()[1] for line in box.proc(pid, "status").splitlines() if line.startswith(name + ":")][0]


# What launches one

def test_verbs_that_only_ask_or_end_something_launch_none():
    with BoxOfAnother(files={"/usr/lib/systemd/system/a.service": ENABLED}, capabilities=UNPRIVILEGED) as box:
        for command, status, out in (("is-active a", 3, "inactive\n"), ("is-active a unknown", 3, "inactive\n" * 2), ("is-failed a", 1, "inactive\n"),
                                     ("is-active 'a*'", 3, ""), ("list-units --plain --no-legend", 0, ""), ("list-jobs", 0, "No jobs running.\n"),
                                     ("stop a", 0, ""), ("daemon-reload", 0, ""), ("daemon-reexec", 0, ""), ("reset-failed", 0, ""),
                                     ("enable a", 0, ""), ("is-enabled a", 0, "enabled\n"), ("disable --now a", 0, ""), ("mask --now a", 0, ""),
                                     ("unmask a", 0, "")):
            outcome = box.run("systemctl " + command)
            equal((command, outcome.status, outcome.out), (command, status, out))
        assert "0 loaded units listed." in box.run("systemctl").out
        equal(box.run("systemctl stop unknown").err, "Failed to stop unknown.service: Unit unknown.service not loaded.\n")
        equal(box.run("systemctl stop unknown").status, 5)
        equal(box.run("systemctl kill a").err, "Failed to kill unit a.service: Unit a.service not loaded.\n")
        equal(box.run("systemctl poweroff").status, 1)
        equal(managers(box), [])


def test_start_launches_one_that_starts_what_is_asked_and_its_dependencies_only():
    units = {"a.service": "[Unit]\nRequires=b.service\nAfter=b.service\n" + FOREVER, "b.service": FOREVER, "enabled.service": ENABLED}
    with BoxOfAnother(units=units, init=SHELL, capabilities=UNPRIVILEGED) as box:
        succeeds(box, "systemctl enable enabled")
        succeeds(box, "systemctl start a")
        equal(box.systemctl("is-active", "a", "b", "enabled", "multi-user.target").out, "active\nactive\ninactive\ninactive\n")
        equal(box.systemctl("is-system-running").out, "running\n")
        equal(status_field(box, manager(box), "PPid"), "1")


def test_show_status_and_is_system_running_launch_one():
    with BoxOfAnother(units={"a.service": FOREVER}) as box:
        for command, status in ("systemctl show -p ActiveState a", 0), ("systemctl status a", 3), ("systemctl --quiet is-system-running", 0):
            equal((command, box.run(command).status), (command, status))
            manager(box)
            succeeds(box, "systemctl exit")
            wait_for(lambda: not managers(box), what="the end of the manager")


def test_enable_now_launches_one():
    with BoxOfAnother(units={"a.service": ENABLED}) as box:
        succeeds(box, "systemctl enable --now a")
        equal(box.systemctl("is-enabled", "a").out + box.systemctl("is-active", "a").out, "enabled\nactive\n")


def test_twenty_first_callers_make_one_manager():
    with BoxOfAnother(units={"a%d.service" % i: FOREVER for i in range(20)}) as box:
        outcome = succeeds(box, "for i in $(seq 0 19); do systemctl start a$i & pids=\"$pids $!\"; done; for p in $pids; do wait $p || exit 9; done",
                           seconds=15)
        equal(outcome.err, "")
        manager(box)
        equal(box.run("systemctl list-units --state=running --plain --no-legend 'a*' | wc -l").out, "20\n")


def test_the_first_process_of_a_container_may_be_the_verb_itself():
    unit = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo done >/done'\n"
    with Box(units={"a.service": unit}, init=["/usr/bin/systemctl", "start", "a"]) as box:
        equal(box.wait_exit(10), 0)
        equal(box.read("/done"), "done\n")


def test_another_user_cannot_launch_one():
    with BoxOfAnother(units={"a.service": FOREVER}) as box:
        equal(box.systemctl("start", "a", user="1000").status, 1)
        equal(box.systemctl("is-active", "a", user="1000").out, "inactive\n")
        equal(managers(box), [])


def test_the_list_without_a_manager_says_so_and_what_could_be_started():
    wants = {"/etc/systemd/system/multi-user.target.wants/a.service": "/etc/systemd/system/a.service"}
    units = {"a.service": "[Unit]\nDescription=The A\n[Service]\nExecStart=/bin/true\n", "b.service": FOREVER}
    with BoxOfAnother(units=units, links=wants) as box:
        outcome = box.systemctl()
        assert outcome.status == 0 and outcome.out.startswith("  UNIT LOAD ACTIVE SUB DESCRIPTION\n0 loaded units listed."), outcome
        equal(outcome.err, "No manager runs. The first 'systemctl start UNIT' launches one; the container's own command boots with 'systemctl init'.\n")
        equal(box.systemctl("--no-legend").err, "")
        equal(box.run("systemctl", user="1000").err, "No manager runs.\n")
        listed = [line.split(None, 4) for line in box.systemctl("--all", "--plain", "--no-legend").out.splitlines()]
        assert ["a.service", "loaded", "inactive", "dead", "The A"] in listed, listed
        names = [words[0] for words in listed]
        assert "multi-user.target" in names and "sysinit.target" in names and "b.service" not in names, names
        equal(box.systemctl("--all", "--plain", "--no-legend", "list-units", "a*", "--type=service").out.split()[:2], ["a.service", "loaded"])
        equal(box.systemctl("--all", "--no-legend", "--state=active").out, "")
        equal(managers(box), [])


def test_one_is_launched_without_the_right_to_look_at_the_root_of_pid_1():
    with BoxOfAnother(units={"a.service": FOREVER}) as box:
        for unshared in ((), ("unshare", "--mount")):
            outcome = box.run("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", *unshared, "systemctl", "start", "a")
            equal((outcome.status, outcome.err), (0, ""))
        equal(box.systemctl("is-active", "a").out, "active\n")


def test_nothing_is_launched_in_a_chroot():
    with BoxOfAnother() as box:
        succeeds(box, "mkdir -p /c/usr/bin /c/proc && cp /usr/bin/systemctl /c/usr/bin && mount -t proc proc /c/proc")
        outcome = box.run("chroot", "/c", "/usr/bin/systemctl", "start", "a")
        equal((outcome.status, outcome.err), (0, "Running in chroot, ignoring command 'start'\n"))
        # Without the right to look at the root of PID 1; also where the chroot is a mount of its own.
        bare = "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"
        for before in ("true", "mount --bind /c /c; mount -t proc proc /c/proc"):
            box.run(before)
            outcome = box.run("setpriv", *bare, "chroot", "/c", "/usr/bin/systemctl", "start", "a")
            equal((outcome.status, outcome.err), (0, "Running in chroot, ignoring command 'start'\n"))
        equal(box.run("SYSTEMD_OFFLINE=1 systemctl start a").err, "Running in chroot, ignoring command 'start'\n")
        equal(managers(box), [])


def test_an_instance_of_another_user_has_a_manager_of_its_own():
    unit = "[Unit]\nDefaultDependencies=no\n" + FOREVER
    with BoxOfAnother() as box:
        succeeds(box, "install -d -o 1000 -g 1000 /home/i /home/i/etc/systemd/system")
        box.put({"/home/i/etc/systemd/system/a.service": unit})
        equal(box.systemctl("--instance=/home/i", "start", "a", user="1000").status, 0)
        equal(status_field(box, manager(box), "Uid"), "1000")
        equal(box.systemctl("--instance=/home/i", "is-active", "a").out, "active\n")
        equal(box.systemctl("is-active", "a").out, "inactive\n")


# What it keeps of its caller: nothing

def test_a_callers_pipe_is_not_kept_open():
    talks = "[Service]\nExecStart=/bin/sh -c 'echo said by a; exec sleep 1000'\n"
    with BoxOfAnother(units={"a.service": talks}) as box:
        # Each of these waits for the end of a pipe's last writer; so does box.run() for its own two.
        outcome = succeeds(box, "x=$(systemctl start a 2>&1 9>&1); test -z \"$x\" && systemctl status a 2>&1 | grep -c running")
        equal((outcome.out, outcome.err), ("1\n", ""))
        for pid in box.pids_of(MANAGER) + box.pids_of("sctl-capture"):
            for number in "012":
                equal(os.readlink("/proc/%d/root/proc/%d/fd/%s" % (box.pid, pid, number)), "/dev/null")
        assert "said by a" in box.read("/var/log/sctl/a.service.log")
        equal(box.stderr(), "")


def test_a_pipe_of_pid_1_to_the_engines_log_gets_the_lines():
    read_end, write_end = os.pipe()
    with BoxOfAnother(units={"a.service": "[Service]\nExecStart=/bin/sh -c 'echo said by a; exec sleep 1000'\n"}, stderr=write_end) as box:
        os.close(write_end)
        succeeds(box, "systemctl start a")
        seen = b""
        while b"]: said by a\n" not in seen:
            assert select.select([read_end], [], [], 5)[0], "not within 5 s: the line of the service, after %r" % seen
            seen += os.read(read_end, 4096)
    os.close(read_end)


def test_nothing_that_the_caller_has_set_reaches_the_services():
    report = ("[Service]\nType=oneshot\nExecStart=/bin/sh -c 'env >/env; ulimit -n >/files; ulimit -Sc >/core; grep Cpus_allowed_list "
              "/proc/self/status >/cpus; grep Sig /proc/self/status >/signals; cat /proc/self/oom_score_adj >/oom; nice >/nice; id -G >/groups'\n")
    caller = ("trap '' TERM HUP CHLD; umask 077; ulimit -Sn 100; ulimit -Sc 0; export MINE=yes LANG=xx; cd /tmp; echo 500 >/proc/self/oom_score_adj; "
              "exec setpriv --regid=1000 --groups=1000,1001 --ruid=0 nice -n 5 taskset -c 0 systemctl start a")
    with BoxOfAnother(units={"a.service": report}, init=["/bin/sh", "-c", "ulimit -Sn 900; ulimit -Sc 4096; exec sleep infinity"],
             environment={"OF_THE_CONTAINER": "yes"}) as box:
        before = {name: box.proc(1, name) for name in ("oom_score_adj", "limits")}
        cpus = [line for line in box.proc(1, "status").splitlines() if line.startswith("Cpus_allowed_list")][0]
        succeeds(box, caller)
        pid = manager(box)
        equal(box.read("/files"), "900\n")
        equal(box.read("/core"), "4096\n")
        equal(box.read("/cpus").strip(), cpus)
        equal(box.read("/oom"), before["oom_score_adj"])
        equal(box.read("/nice"), "%d\n" % os.getpriority(os.PRIO_PROCESS, box.pid))
        equal(box.read("/groups"), "0\n")
        assert "MINE" not in box.read("/env") and "LANG=xx" not in box.read("/env"), box.read("/env")
        equal(status_field(box, pid, "Umask"), "0022")
        equal(status_field(box, pid, "SigIgn"), "0" * 16)
        equal(os.readlink("/proc/%d/root/proc/%d/cwd" % (box.pid, pid)), "/")
        session = int(box.proc(pid, "stat").rpartition(")")[2].split()[3])
        equal(session, pid)
        environment = box.run("tr '\\0' '\\n' </proc/%d/environ" % pid).out
        assert "MINE" not in environment, environment


def test_variables_of_the_container_can_be_passed_on():
    unit = "[Service]\nType=oneshot\nPassEnvironment=OF_THE_CONTAINER OF_THE_CALLER\nExecStart=/bin/sh -c 'env >/env'\n"
    with BoxOfAnother(units={"a.service": unit}, environment={"OF_THE_CONTAINER": "yes"}) as box:
        succeeds(box, "env -i OF_THE_CALLER=yes /usr/bin/systemctl start a")
        seen = box.read("/env").splitlines()
        assert "OF_THE_CONTAINER=yes" in seen and "OF_THE_CALLER=yes" not in seen, seen
        # Debian's init scripts would call systemctl, and wait for themselves.
        assert "SYSTEMCTL_SKIP_REDIRECT=1" in seen, seen


def test_orphans_of_a_service_come_to_the_manager():
    unit = "[Service]\nExecStart=/bin/sh -c '(setsid sh -c \"sleep 1001 & exit\") & exec sleep 1002'\n"
    with BoxOfAnother(units={"a.service": unit}, capabilities=UNPRIVILEGED) as box:
        succeeds(box, "systemctl start a")
        orphan = wait_for(lambda: box.pids_of("sleep 1001"))[0]
        wait_for(lambda: status_field(box, orphan, "PPid") == str(manager(box)), what="the adoption of the orphan")
        succeeds(box, "systemctl stop a")
        equal(box.pids_of("sleep 100"), [])


def test_the_machine_id_and_the_host_name_are_left_alone():
    # What it wrote in an image's build would be the same in all its containers.
    script = "rm -f /etc/machine-id; touch /etc/machine-id; echo web >/etc/hostname; exec sleep infinity"
    with BoxOfAnother(units={"a.service": FOREVER}, init=["/bin/sh", "-c", script]) as box:
        succeeds(box, "systemctl start a")
        equal(box.read("/etc/machine-id"), "")
        equal(box.run("uname -n").out, os.uname().nodename + "\n")
        equal(box.read("/run/systemd/container"), "podman\n")


def test_debians_scripts_start_services_unless_a_policy_forbids_it():
    with BoxOfAnother(units={"a.service": ENABLED}, files={"/usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n"}) as box:
        if box.run("command -v deb-systemd-invoke").status != 0:
            raise Skip("no deb-systemd-invoke")
        succeeds(box, "mkdir -p /run/systemd/system; systemctl enable a; systemctl --system daemon-reload; deb-systemd-invoke start a.service")
        equal(managers(box), [])
        succeeds(box, "rm /usr/sbin/policy-rc.d; deb-systemd-invoke start a.service")
        box.wait_state("a.service", "active")


# Its end, and what others have left

def stops_in_order(end):
    units = {"a.service": NOTES_STOP % "", "b.service": NOTES_STOP % "Requires=a.service\nAfter=a.service\n"}
    with BoxOfAnother(units=units) as box:
        succeeds(box, "systemctl start b")
        end(box)
        wait_for(lambda: not managers(box) and not box.pids_of("sctl-capture"), what="the end of the manager")
        equal(box.read("/stopped").split(), ["b", "a"])
        equal(box.pids_of("sleep 1000"), [])
        equal(box.systemctl("is-active", "b").out, "inactive\n")
        succeeds(box, "systemctl start a")
        manager(box)


def test_systemctl_exit_returns_when_all_has_stopped():
    units = {"a.service": "[Service]\nExecStart=/bin/sleep 1000\nExecStop=/bin/sh -c 'sleep 0.5; touch /stopped'\n"}
    with BoxOfAnother(units=units) as box:
        # As the last word of a build's step: with the shell all would be over.
        succeeds(box, "systemctl start a && systemctl exit && test -e /stopped")
        succeeds(box, "rm /stopped && systemctl start a && systemctl --no-block exit && test ! -e /stopped")


def test_systemctl_exit_stops_the_units_in_order_and_the_next_verb_launches_anew():
    stops_in_order(lambda box: succeeds(box, "systemctl exit"))


def test_sigterm_stops_the_units_in_order():
    stops_in_order(lambda box: succeeds(box, "kill -TERM %d" % manager(box)))


def test_what_a_dead_manager_or_an_image_has_left_misleads_nobody():
    with BoxOfAnother(units={"a.service": FOREVER}) as box:
        succeeds(box, "systemctl start a")
        succeeds(box, "kill -KILL %d; kill $(pidof sleep)" % manager(box))
        wait_for(lambda: not managers(box))
        assert os.path.exists(box.path("/run/systemd/private")), "it was to be left behind"
        equal(box.systemctl("is-active", "a").out, "inactive\n")
        succeeds(box, "systemctl start a")
        manager(box)


def dies(box):
    """The manager is killed, and what it has started is left."""
    pid = manager(box)
    succeeds(box, "kill -KILL %d" % pid)
    wait_for(lambda: not managers(box))
    return pid


def services_go_on(**options):
    forking = ("[Service]\nType=forking\nPIDFile=/run/f.pid\nExecStart=/bin/sh -c 'sleep 1002 >/dev/null 2>&1 & echo $! >/run/f.pid'\n")
    many = "[Service]\nExecStart=/bin/sh -c '(setsid env -i sleep 1004 &) ; sleep 1005 & exec sleep 1003'\nExecStop=/bin/sh -c 'echo %p >>/stopped'\n"
    with BoxOfAnother(units={"a.service": "[Service]\nExecStart=/bin/sleep 1001\nRestart=always\nRuntimeDirectory=a\n", "f.service": forking,
                             "m.service": many}, **options) as box:
        succeeds(box, "systemctl start a f m")
        wait_for(lambda: box.pids_of("sleep 1004") and box.pids_of("sleep 1005") and box.pids_of("sleep 1003"))
        before = {name: box.show(name, "MainPID", "InvocationID") for name in "afm"}
        for _ in range(2):
            dies(box)
            # Also a verb that launches none where nothing runs.
            equal(box.systemctl("is-active", "a", "f", "m").out, "active\n" * 3)
            equal({name: box.show(name, "MainPID", "InvocationID") for name in "afm"}, before)
            succeeds(box, "systemctl start a f m")
            equal([len(box.pids_of("sleep 100%d" % i)) for i in range(1, 6)], [1] * 5)
            assert "sleep 1004" in box.systemctl("status", "m").out
        assert os.path.isdir(box.path("/run/a"))
        # They are the manager's own in all that matters.
        succeeds(box, "systemctl stop m")
        equal(box.read("/stopped"), "m\n")
        wait_for(lambda: not any(box.pids_of("sleep 100%d" % i) for i in (3, 4, 5)), what="the end of all processes of m")
        equal(box.show("m", "ActiveState", "Result"), {"ActiveState": "inactive", "Result": "success"})
        succeeds(box, "systemctl restart f")
        assert box.show("f", "MainPID") != before["f"]["MainPID"]
        wait_for(lambda: len(box.pids_of("sleep 1002")) == 1)
        succeeds(box, "kill %s" % before["a"]["MainPID"])
        wait_for(lambda: box.show("a", "MainPID") not in ("0", before["a"]["MainPID"]), what="the restart of a")
        succeeds(box, "systemctl exit")
        wait_for(lambda: not any(box.pids_of("sleep 100%d" % i) for i in range(1, 6)), what="the end of all")
        equal(os.listdir(box.path("/run/systemd/running")), [])


def test_services_of_a_manager_that_was_killed_go_on_with_the_next():
    services_go_on()


def test_services_of_a_manager_that_was_killed_go_on_with_the_next_by_cgroup():
    services_go_on(cgroup2=True)


def test_the_end_of_what_a_former_manager_has_left_is_noticed_after_the_stop():
    spares = "[Service]\nKillMode=process\nExecStart=/bin/sh -c 'sleep 1002 & exec sleep 1001'\n"
    with BoxOfAnother(units={"a.service": spares}) as box:
        succeeds(box, "systemctl start a")
        wait_for(lambda: box.pids_of("sleep 1001") and box.pids_of("sleep 1002"))
        dies(box)
        succeeds(box, "systemctl start a && systemctl stop a")
        wait_for(lambda: not box.pids_of("sleep 1001"))
        equal(len(box.pids_of("sleep 1002")), 1)
        place = box.path("/run/systemd/running")
        equal(os.listdir(place), ["a.service"])
        succeeds(box, "kill %d" % box.pids_of("sleep 1002")[0])
        wait_for(lambda: not os.listdir(place), what="the end of the note")


def test_pid_1_goes_on_with_services_of_a_manager_that_was_killed():
    # PID 1 waits for the word to become ours.
    init = ["/bin/sh", "-c", "while [ ! -e /go ]; do sleep 0.02; done; exec systemctl init b.service"]
    with BoxOfAnother(units={"a.service": "[Service]\nExecStart=/bin/sh -c 'sleep 1001 & exec sleep 1002'\n", "b.service": FOREVER}, init=init) as box:
        succeeds(box, "systemctl start a")
        pid = box.show("a", "MainPID")
        dies(box)
        succeeds(box, "touch /go")
        # A verb before that would launch one that goes on, and stops what runs as PID 1 takes over.
        wait_for(lambda: box.proc(1, "comm") == "systemd\n")
        box.wait_state("b.service", "active")
        equal(box.show("a", "ActiveState", "MainPID"), {"ActiveState": "active", "MainPID": pid})
        succeeds(box, "kill -USR1 %s" % pid)
        wait_for(lambda: box.show("a", "Result") == "signal", what="the failure of a")
        wait_for(lambda: not box.pids_of("sleep 1001"), what="the end of what a has left")


def test_what_cannot_go_on_ends_before_it_is_started_again():
    with BoxOfAnother(units={"half.service": "[Service]\nType=oneshot\nExecStart=/bin/sleep 1001\n", "gone.service": FOREVER}) as box:
        succeeds(box, "systemctl start --no-block half && systemctl start gone")
        first = wait_for(lambda: box.pids_of("sleep 1001"))
        dies(box)
        os.unlink(box.path("/etc/systemd/system/gone.service"))
        succeeds(box, "systemctl start --no-block half")
        wait_for(lambda: box.pids_of("sleep 1001") and box.pids_of("sleep 1001") != first)
        equal(len(box.pids_of("sleep 1001")), 1)
        equal(box.pids_of("sleep 1000"), [])


def test_notes_of_what_ran_somewhere_else_mislead_nobody():
    with BoxOfAnother(units={"a.service": FOREVER}, init=SHELL) as box:
        succeeds(box, "systemctl start a")
        pid = box.show("a", "MainPID")
        note = box.read("/run/systemd/running/a.service")
        dies(box)
        succeeds(box, "kill %s" % pid)
        wait_for(lambda: not box.pids_of("sleep 1000") or box.pids_of("sleep 1000") != [int(pid)])
        stranger = succeeds(box, "setsid sleep 1007 >/dev/null 2>&1 & echo $!").out.strip()
        words = note.split()
        place = box.path("/run/systemd/running/")
        for name, changed in {"a.service": {4: stranger}, "b.service": {0: "another", 4: stranger}, "c.service": {4: "1"}, "d.service": {}}.items():
            with open(place + name, "w") as file:
                file.write(" ".join(changed.get(i, word) for i, word in enumerate(words)) + "\n")
        for name, text in {"e.service": "", "no-unit": note, "f.service": "garbage " * 20}.items():
            with open(place + name, "w") as file:
                file.write(text)
        equal(box.systemctl("is-active", "a", "b").out, "inactive\n" * 2)
        equal(managers(box), [])
        succeeds(box, "systemctl start a")
        equal(box.pids_of("sleep 1007"), [int(stranger)])
        equal(sorted(os.listdir(place)), ["a.service", "no-unit"])


def test_a_file_in_the_place_of_the_socket_misleads_nobody():
    files = {"/run/systemd/private": "", "/run/systemd/sctl.lock": "1\n", "/run/systemd/container": "another\n"}
    with BoxOfAnother(units={"a.service": FOREVER}, files=files) as box:
        succeeds(box, "systemctl start a")
        equal(box.read("/run/systemd/container"), "podman\n")


def test_where_it_cannot_run_the_verb_says_so():
    with BoxOfAnother(units={"a.service": FOREVER}, read_only=True) as box:
        outcome = box.systemctl("start", "a")
        equal(outcome.status, 1)
        assert "Failed to start a manager in the background: " in outcome.err, outcome


# Together with `systemctl init`

def test_a_second_manager_is_refused():
    with BoxOfAnother(units={"a.service": FOREVER}) as box:
        succeeds(box, "systemctl start a")
        outcome = box.run("systemctl", "init")
        equal(outcome.status, 1)
        equal(outcome.err, "Failed to start the manager: A manager is running already as process %d.\n" % manager(box))
        # In the background there is nothing left to do.
        equal(box.run("systemctl", "init", "--background").status, 0)
        equal(box.systemctl("is-active", "a").out, "active\n")
        manager(box)


def test_one_in_the_foreground_is_used():
    with Box(units={"a.service": FOREVER, "b.service": FOREVER}, init=["/bin/sh", "-c", "systemctl init a.service & sleep infinity"]) as box:
        # A verb that launches none: it might come first.
        wait_for(lambda: box.systemctl("is-active", "a").out == "active\n")
        succeeds(box, "systemctl start b")
        equal(managers(box), [])


def test_init_in_the_background_boots_the_units_that_are_named():
    with BoxOfAnother(units={"a.service": FOREVER}) as box:
        succeeds(box, "systemctl init --background a.service")
        box.wait_state("a.service", "active")
        manager(box)


def test_pid_1_takes_over_from_a_manager_that_its_script_has_launched():
    units = {"early.service": NOTES_STOP % "", "late.service": FOREVER.replace("1000", "1001")}
    with Box(units=units, init=["/bin/sh", "-c", "systemctl start early; echo $? >/started; exec systemctl init late.service"]) as box:
        wait_for(lambda: box.pids_of("sleep 1001"), what="the service of the boot")
        equal(box.read("/started"), "0\n")
        equal(box.read("/stopped").split(), ["early"])
        equal(managers(box), [])
        box.wait_state("late.service", "active")
        equal(box.systemctl("is-active", "early").out, "inactive\n")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)


def test_no_verb_launches_one_while_pid_1_boots():
    # Callers from before its exec on: whoever is too early fails, or is taken over.
    with Box(units={"a.service": FOREVER}, init=["/usr/bin/systemctl", "init", "a.service"]) as box:
        asked = [subprocess.Popen(["nsenter", "--target=%d" % box.pid, "--mount", "--uts", "--ipc", "--pid", "--root", "--wd", "--",
                                   "/usr/bin/systemctl", "show", "a.service"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                 for _ in range(5)]
        for process in asked:
            process.wait(20)
        box.wait_state("a.service", "active")
        equal(managers(box), [])
        equal(box.proc(1, "comm"), "systemd\n")
