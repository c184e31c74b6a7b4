"""A whole distribution of daemons from their packages' unmodified units, each asked by its own client."""
import os
import signal

from exit_stop import ExitStop
from harness import UNPRIVILEGED, Box, deadline, debian_root, equal, tagged, wait_for

SERVICES = ("nginx", "apache2", "haproxy", "php8.2-fpm", "postgresql@15-main", "mariadb", "redis-server", "memcached", "ssh", "cron",
            "rsyslog", "dnsmasq", "exim4", "fail2ban", "supervisor", "tinyproxy", "rabbitmq-server")

FILES = {
    # nginx has port 80.
    "/etc/apache2/ports.conf": "Listen 8080\n",
    "/etc/hosts": "127.0.0.1 localhost %s\n" % os.uname().nodename,
    "/etc/resolv.conf": "nameserver 127.0.0.1\n",
    "/etc/dnsmasq.d/test.conf": "no-resolv\nlisten-address=127.0.0.1\nbind-interfaces\naddress=/answer.test/192.0.2.7\n",
    "/etc/cron.d/test": "@reboot root touch /tmp/cron-ran\n",
    # What fail2ban watches has to be there; on a machine that has logged before, it is.
    "/var/log/auth.log": "",
    "/srv/six.php": "<?php echo 6 * 7;\n",
    # Else both stop at once, epmd first, and `rabbitmqctl stop` ends with 78, under systemd as well.
    "/etc/systemd/system/epmd.service.d/order.conf": "[Unit]\nBefore=rabbitmq-server.service\n",
}

# A command for each service, and what its answer has in it.
QUESTIONS = (
    ("nginx", "curl -sI http://127.0.0.1/", "Server: nginx"),
    ("apache2", "curl -sI http://127.0.0.1:8080/", "Server: Apache"),
    ("haproxy", "echo show info | socat - /run/haproxy/admin.sock", "Name: HAProxy"),
    ("php8.2-fpm", "SCRIPT_FILENAME=/srv/six.php REQUEST_METHOD=GET cgi-fcgi -bind -connect /run/php/php8.2-fpm.sock", "42"),
    ("postgresql", "cd /; setpriv --reuid=postgres --regid=postgres --init-groups psql -Atc 'select 6 * 7'", "42"),
    ("mariadb", "mariadb -Ne 'select 6 * 7'", "42"),
    ("redis-server", "redis-cli ping", "PONG"),
    ("memcached", "printf 'version\\r\\nquit\\r\\n' | socat - TCP:127.0.0.1:11211", "VERSION 1."),
    ("ssh", "ssh-keyscan -t ed25519 127.0.0.1 2>&1", "127.0.0.1 ssh-ed25519 AAAA"),
    ("cron", "ls /tmp/cron-ran", "/tmp/cron-ran"),
    ("rsyslog", "logger -t test hello && grep 'test: hello' /var/log/syslog", "hello"),
    ("dnsmasq", "getent hosts answer.test", "192.0.2.7"),
    ("exim4", "printf 'QUIT\\r\\n' | socat -t 5 - TCP:127.0.0.1:25,crnl", "ESMTP Exim"),
    ("fail2ban", "fail2ban-client ping", "pong"),
    ("supervisor", "supervisorctl version", "4.2"),
    ("tinyproxy", "curl -sI -x http://127.0.0.1:8888 http://127.0.0.1/", "Via: 1.1 tinyproxy"),
    ("rabbitmq-server", "printf 'AMQP\\000\\000\\011\\001' | socat -t 2 - TCP:127.0.0.1:5672 | tr -d '\\000'", "RabbitMQ"),
)


def distribution(root, **options):
    # However slow the machine: the order of the stop is looked at, not its haste.
    return Box(root=debian_root(root), private_network=True, files=FILES, environment={"SYSTEMCTL_STOP_GRACE": "90s"}, **options)


def ask_everyone(box):
    for service, question, answer in QUESTIONS:
        last = [None]

        def answers():
            last[0] = box.run(question, seconds=30)
            return answer in last[0].out
        wait_for(answers, 15, lambda: "%s answers %r" % (service, last[0]))


def use_and_halt(box, privileged):
    box.wait_running(150, states=("running", "degraded"))
    states = box.systemctl("is-active", *SERVICES).out.split()
    equal(dict(zip(SERVICES, states)), dict.fromkeys(SERVICES, "active"))
    chrony = box.show("chrony", "ActiveState", "ConditionResult")
    equal(chrony, {"ActiveState": "active", "ConditionResult": "yes"} if privileged else
          {"ActiveState": "inactive", "ConditionResult": "no"})
    ask_everyone(box)
    equal(box.zombies(), [])
    with ExitStop(box) as stop:
        box.signal(signal.SIGTERM)
        equal(stop.processes_left(90), [])
    equal(box.wait_exit(), 0)
    assert "database system is shut down" in box.read("/var/log/postgresql/postgresql-15-main.log")
    assert "mariadbd: Shutdown complete" in box.stderr()
    for line in box.stderr().splitlines():
        assert "SIGKILL" not in line and "Failed with result" not in line, line


@tagged("slow", "debian")
@deadline(400)
def test_a_distribution_without_systemd_runs_as_in_an_unprivileged_container():
    with distribution("distribution", capabilities=UNPRIVILEGED) as box:
        use_and_halt(box, privileged=False)


@tagged("slow", "debian")
@deadline(400)
def test_a_distribution_without_systemd_runs_with_a_cgroup_and_what_its_image_left_in_run():
    with distribution("distribution", cgroup2=True, keep_run=True) as box:
        use_and_halt(box, privileged=True)


@tagged("slow", "debian")
@deadline(400)
def test_a_distribution_with_systemd_runs_as_in_an_unprivileged_container_and_what_its_image_left_in_run():
    with distribution("distribution-systemd", capabilities=UNPRIVILEGED, keep_run=True) as box:
        use_and_halt(box, privileged=False)


@tagged("slow", "debian")
@deadline(400)
def test_a_distribution_with_systemd_runs_with_a_cgroup():
    with distribution("distribution-systemd", cgroup2=True) as box:
        use_and_halt(box, privileged=True)
