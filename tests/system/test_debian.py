"""A Debian root with nginx, redis and cron, started from their packages' own units and used as their users do."""
import json
import os
import signal

from harness import UNPRIVILEGED, Box, deadline, debian_root, equal, tagged, wait_for


def daemons(**options):
    return Box(root=debian_root("daemons"), private_network=True, **options)


def use_daemons(box):
    box.wait_running(30)
    assert "Welcome to nginx" in box.run("curl -fsS http://127.0.0.1/").out
    equal(box.run("redis-cli set greeting hello && redis-cli get greeting").out, "OK\nhello\n")
    equal(box.systemctl("is-active", "nginx", "redis-server", "redis", "cron").out, "active\n" * 4)


def drive_daemons(box):
    first = box.main_pid("nginx")
    equal(box.systemctl("restart", "nginx").status, 0)
    assert box.main_pid("nginx") not in (0, first)
    equal(box.systemctl("reload", "nginx").status, 0)
    equal(box.systemctl("stop", "nginx", "redis-server").status, 0)
    equal((box.pids_of("nginx"), box.pids_of("redis-server")), ([], []))
    equal(box.systemctl("status", "nginx").status, 3)
    equal(box.run("curl -fsS http://127.0.0.1/").status, 7)
    equal(box.systemctl("start", "nginx", "redis-server").status, 0)
    assert "Active: active (running)" in box.systemctl("status", "nginx").out
    use_daemons(box)


def halt_daemons(box):
    box.signal(signal.SIGTERM)
    equal(box.wait_exit(15), 0)
    # The database was told, and had the time to say so.
    assert "bye bye" in box.read("/var/log/redis/redis-server.log")
    assert not os.path.exists(box.path("/var/run/redis/redis-server.pid"))


@tagged("slow", "debian")
@deadline(300)
def test_nginx_redis_and_cron_run_as_in_an_unprivileged_container():
    with daemons(capabilities=UNPRIVILEGED) as box:
        use_daemons(box)
        drive_daemons(box)
        halt_daemons(box)


@tagged("slow", "debian")
@deadline(300)
def test_nginx_redis_and_cron_run_with_a_cgroup():
    with daemons(cgroup2=True) as box:
        use_daemons(box)
        drive_daemons(box)
        halt_daemons(box)


@tagged("slow", "debian")
@deadline(400)
def test_a_job_of_cron_runs_as_its_user():
    with daemons(capabilities=UNPRIVILEGED) as box:
        box.wait_running(30)
        box.put({"/etc/cron.d/job": "* * * * * www-data id -un >/tmp/cron-ran\n"})
        wait_for(lambda: box.read("/tmp/cron-ran"), 90, "a job within the next minute")
        equal(box.read("/tmp/cron-ran"), "www-data\n")
        equal(box.run("stat -c %U /tmp/cron-ran").out, "www-data\n")
        halt_daemons(box)


@tagged("slow", "debian")
@deadline(300)
def test_a_root_with_systemds_package_boots_to_running():
    for options in {"capabilities": UNPRIVILEGED}, {"cgroup2": True}:
        with Box(root=debian_root("systemd"), private_network=True, **options) as box:
            box.wait_running(30)
            equal(box.systemctl("is-active", "multi-user.target").out, "active\n")
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(15), 0)


PLAYBOOK = """
- hosts: all
  gather_facts: yes
  tasks:
    - service: {name: nginx, state: started, enabled: yes}
    - systemd: {name: redis-server, state: started, enabled: yes}
"""


def ansible(box, *arguments):
    """What a run prints, once it has gone well."""
    outcome = box.run("env", "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1", *arguments, "-i", "localhost,", "-c", "local",
                      "-e", "ansible_python_interpreter=/usr/bin/python3", seconds=60)
    assert outcome.status == 0, "%s: %r" % (" ".join(arguments), outcome)
    return outcome.out


def facts(box):
    out = ansible(box, "ansible", "all", "-m", "setup")
    return json.loads(out[out.index("{"):])["ansible_facts"]


def changes(box):
    """How many tasks of the playbook have changed something: of "localhost : ok=3 changed=1 ..."."""
    out = ansible(box, "ansible-playbook", "/play.yml")
    return int(out[out.rindex("changed="):].split()[0].partition("=")[2])


@tagged("slow", "debian", "ansible")
@deadline(400)
def test_ansible_drives_a_service_and_a_second_run_changes_nothing():
    with daemons(capabilities=UNPRIVILEGED, files={"/play.yml": PLAYBOOK}) as box:
        box.wait_running(30)
        for module in "service", "systemd":
            ansible(box, "ansible", "all", "-m", module, "-a", "name=nginx state=stopped enabled=no")
            equal(box.systemctl("is-active", "nginx").out + box.systemctl("is-enabled", "nginx").out, "inactive\ndisabled\n")
            ansible(box, "ansible", "all", "-m", module, "-a", "name=nginx state=started")
            first = box.main_pid("nginx")
            ansible(box, "ansible", "all", "-m", module, "-a", "name=nginx state=reloaded")
            equal(box.main_pid("nginx"), first)
            ansible(box, "ansible", "all", "-m", module, "-a", "name=nginx state=restarted")
            assert box.main_pid("nginx") not in (0, first)
        seen = facts(box)
        equal(seen["ansible_service_mgr"], "systemd")
        assert not seen["ansible_is_chroot"], "the container is taken for a chroot"
        equal(changes(box), 1)
        equal(box.systemctl("is-enabled", "nginx").out, "enabled\n")
        equal(changes(box), 0)
        use_daemons(box)


@tagged("slow", "debian", "ansible")
@deadline(400)
def test_ansible_drives_services_where_pid_1_is_sleep():
    # As scripts/install leaves it in an image.
    with daemons(capabilities=UNPRIVILEGED, init=["/bin/sleep", "infinity"], files={"/play.yml": PLAYBOOK, "/run/systemd/system/.keep": ""}) as box:
        equal(changes(box), 2)
        equal(changes(box), 0)
        first = box.main_pid("nginx")
        ansible(box, "ansible", "all", "-m", "service", "-a", "name=nginx state=restarted")
        assert box.main_pid("nginx") not in (0, first)
        ansible(box, "ansible", "all", "-m", "systemd", "-a", "name=nginx state=stopped enabled=no daemon_reload=yes")
        equal(box.systemctl("is-active", "nginx").out + box.systemctl("is-enabled", "nginx").out, "inactive\ndisabled\n")
        assert not facts(box)["ansible_is_chroot"], "the container is taken for a chroot"
