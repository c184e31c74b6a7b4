"""The examples of docs/containers.md are run as they stand there: what is PID 1, the probes, the hooks, the grace."""
import json
import os
import re
import shlex
import signal

from entry import CommandBox, FILES, LINKS, exists, heard, wait_heard, wait_up
from harness import equal, read_file, wait_for

PAGE = read_file(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/containers.md"))
SLEEPER = "[Service]\nExecStart=/bin/sleep 1000\n"
UNITS = {"redis.service": SLEEPER, "worker.service": SLEEPER, "web.service": "[Service]\nExecStart=/listener web 0\n"}
APP = "#!/bin/sh\nexec /listener a 3\n"


def words_after(key, after=""):
    """The list that follows `key`, after the first place of `after`."""
    found = re.search(re.escape(key) + r"\s*(\[[^\]]*\])", PAGE[PAGE.index(after):])
    assert found, "no %s on the page" % key
    return json.loads(found.group(1))


def line_with(text):
    """The words of the command line on the page that contains `text`, without what makes the container."""
    line = next(line for line in PAGE.splitlines() if text in line and line.startswith("    "))
    return shlex.split(line[line.index("systemctl"):], comments=True)


def page_box(words, **options):
    return CommandBox(init=words, units=UNITS, files={**FILES, "/app": APP, **options.pop("files", {})}, links=LINKS, **options)


def test_the_status_of_a_command():
    line = next(line for line in PAGE.splitlines() if line.startswith("    $ systemctl init -- "))
    wanted = PAGE[PAGE.index(line):].splitlines()[1].strip()
    with page_box(shlex.split(line[len("    $ "):line.rindex(";")])) as box:
        equal(str(box.wait_exit()), wanted)


def test_a_link_in_the_place_of_another_init():
    link = re.search(r"^RUN (ln -sf .*)$", PAGE, re.M)
    words = words_after("ENTRYPOINT", link.group(0))
    script = "%s; exec %s sh -c 'cat /proc/1/cmdline; exit 7'" % (link.group(1), " ".join(words))
    with CommandBox(init=["/bin/sh", "-c", script]) as box:
        equal(box.wait_exit(), 7)
        equal(box.stdout().split("\0")[:len(words)], words)


def test_a_trap():
    script = "#!/bin/sh\necho $1 >>/trapped\nrm -f /a.up\nsystemctl restart main.service\n"
    with page_box(line_with("--trap=HUP"), files={"/etc/on-hup": script}) as box:
        wait_up(box)
        first = box.main_pid("main.service")
        box.signal(signal.SIGHUP)
        wait_for(lambda: exists(box, "/trapped") and box.main_pid("main.service") not in (0, first))
        equal(box.read("/trapped"), "1\n")
        wait_up(box)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 3)


def test_dockers_healthcheck():
    words = words_after("CMD", "HEALTHCHECK --interval")
    curl = "#!/bin/sh\necho \"$@\" >>/asked\nexit $(cat /answer)\n"
    with page_box(["systemctl", "init", "--", "/app"], files={"/usr/local/bin/curl": curl, "/answer": "0"}) as box:
        wait_up(box)
        equal(box.run(*words).status, 0)
        box.put({"/answer": "22"})
        equal(box.run(*words).status, 1)
        equal(box.read("/asked").splitlines(), ["-fs http://localhost/"] * 2)
        box.put({"/answer": "0"})
        box.systemctl("stop", "main.service")
        equal(box.run(*words).status, 1)


def test_podmans_stop_timeout_and_grace():
    words = line_with("podman run --stop-timeout")
    equal(re.search(r"podman run --stop-timeout=(\d+)", PAGE).group(1), re.search(r"--stop-grace=(\d+)s", " ".join(words)).group(1))
    with page_box(words) as box:
        wait_up(box, "web")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 0)
        equal(heard(box, "web")[:1], ["SIGTERM"])


def test_compose():
    words = words_after("entrypoint:") + words_after("command:", "entrypoint:")
    probe = words_after("test:", "healthcheck:")
    equal(probe[0], "CMD")
    assert "stop_grace_period: 30s" in PAGE and "--stop-grace=30s" in words
    with page_box(words) as box:
        wait_up(box)
        equal(box.run(*probe[1:]).status, 0)
        box.systemctl("stop", "redis")
        equal(box.run(*probe[1:]).status, 1)
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 3)


def test_kubernetes():
    words = words_after("command:", "- name: app")
    ready, alive, stop = (words_after("command:", key) for key in ("readinessProbe:", "livenessProbe:", "preStop:"))
    grace = int(re.search(r"terminationGracePeriodSeconds: (\d+)", PAGE).group(1))
    assert "--stop-grace=%ds" % grace in words
    with page_box(words, files={"/probe": "#!/bin/sh\ntest ! -e /sick\n"}) as box:
        wait_up(box)
        equal(box.systemctl("start", "worker.service").status, 0)
        # Its own timeout is shorter than a loaded machine may need once.
        wait_for(lambda: box.run(*ready).status == 0)
        equal(box.run(*alive).status, 0)
        box.put({"/sick": ""})
        equal(box.run(*alive).status, 1)
        equal(box.run(*stop).status, 0)
        equal(box.systemctl("is-active", "worker.service", "redis.service").out, "inactive\nactive\n")
        box.systemctl("stop", "redis.service")
        equal(box.run(*ready).status, 1)
        with open(box.path("/dev/termination-log"), "w"):
            pass
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 3)
        # The page quotes the line.
        assert "`%s`" % box.read("/dev/termination-log").strip() in PAGE, box.read("/dev/termination-log")


def test_kubernetes_without_root_and_with_a_read_only_root():
    words = words_after("command:", "- name: app")
    words = words[:words.index("redis.service")] + ["--", "sh", "-c", "exit 3"]
    with CommandBox(init=["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"] + words, read_only=True) as box:
        equal(box.wait_exit(), 3)


def test_a_shared_process_namespace():
    words = words_after("command:", "- name: app")
    words = ["systemctl", "init", "--"] + words[words.index("--") + 1:]
    with page_box(["/bin/sleep", "1000"]) as box:
        box.run("(%s >/dev/null 2>&1 & echo $! >/init); while [ ! -e /a.up ]; do sleep 0.01; done; kill -USR1 $(cat /init)" % " ".join(words))
        wait_heard(box, "SIGUSR1")
        box.run("kill -TERM $(cat /init)")
        wait_heard(box, "SIGUSR1", "SIGTERM")


def test_molecules_command_lets_services_be_controlled():
    words = words_after("`command:", "## Ansible")
    with page_box(words) as box:
        box.wait_running(states=("running", "degraded"))
        equal(box.systemctl("start", "web").status, 0)
        wait_up(box, "web")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(10), 0)
