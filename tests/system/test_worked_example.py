"""The worked example of docs/templates.md, done as it is written there: its Dockerfile over a Debian that has the packages, its files, its `docker run`."""
import json
import os
import re
import shlex
import signal
import subprocess

from harness import CHECKOUT, UNPRIVILEGED, Box, deadline, debian_root, equal, read_file, tagged

PSQL = "cd / && setpriv --reuid=postgres --regid=postgres --init-groups psql -Atc "


def worked_example():
    """The section's files by name, and the words of its `docker run`."""
    section = read_file(os.path.join(CHECKOUT, "docs/templates.md")).split("\n## A worked example\n")[1].split("\n## ")[0]
    files = dict(re.findall(r"(?s)`([^`\n]+)`[^`\n]*:\n\n```\w+\n(.*?)^```$", section, re.M))
    started = re.findall(r"^    docker run (.*)$", section, re.M)
    equal(len(started), 1)
    return files, shlex.split(started[0])


def steps_of(dockerfile):
    """[(instruction, text)] of a file without continued lines."""
    return [tuple(line.split(" ", 1)) for line in dockerfile.splitlines()]


def copied(files, text):
    """What a COPY puts where; our package is the binary that every box has."""
    source, target = text.split()
    if source == "sctl_*.deb":
        return {}
    found = {name: text for name, text in files.items() if name == source or name.startswith(source + "/")}
    assert found, "COPY of what is not on the page: " + source
    return {target + name[len(source):]: text for name, text in found.items()}


def run_step(box, environment, text):
    """A RUN before the boot. What it would install, the root has."""
    for command in text.split(" && "):
        words = shlex.split(command)
        if words[:2] == ["apt-get", "update"]:
            continue
        if words[:2] == ["apt-get", "install"]:
            command = "dpkg-query -W " + shlex.join(word for word in words[2:] if not word.startswith(("-", "/")))
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot", box.root, "/bin/sh", "-ec", command],
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        assert done.returncode == 0, "RUN %s: status %d, %s" % (command, done.returncode, done.stdout)


def build(files, given):
    """The box that the image is, with `given` variables; it has not been started."""
    steps = steps_of(files["Dockerfile"])
    equal(steps[0], ("FROM", "debian:bookworm-slim"))
    command = [json.loads(text) for instruction, text in steps if instruction == "CMD"][-1]
    variables = dict(text.split("=", 1) for instruction, text in steps if instruction == "ENV")
    box = Box(root=debian_root("database"), private_network=True, capabilities=UNPRIVILEGED, init=command, environment={**variables, **given},
              links={"/usr/bin/sctl-render": "systemctl"})
    try:
        for instruction, text in steps:
            if instruction == "COPY":
                box.put(copied(files, text))
            elif instruction == "RUN":
                run_step(box, {"PATH": box.environment["PATH"]}, text)
    except BaseException:
        box.close()
        raise
    return box


@tagged("slow", "debian")
@deadline(400)
def test_postgresql_and_nginx_run_with_what_the_page_renders():
    files, words = worked_example()
    given = dict(value.split("=", 1) for flag, value in zip(words, words[1:]) if flag == "-e")
    equal(given, {"HTTP_PORT": "80", "PG_MAX_CONNECTIONS": "60"})
    with build(files, given) as box:
        box.wait_running(120)
        equal(box.systemctl("is-active", "nginx", "postgresql@15-main").out, "active\nactive\n")
        for setting, value in {"max_connections": "60", "shared_buffers": "32MB", "work_mem": "2MB"}.items():
            equal(box.run(PSQL + shlex.quote("show " + setting)).out, value + "\n")
        equal(box.run("curl -fsS http://127.0.0.1/").out,
              "<!DOCTYPE html>\n<title>Orders &amp; returns</title>\n<p>60 may be connected.</p>\n")
        moved = box.run("curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' http://127.0.0.1/shop").out
        equal(moved, "301 http://127.0.0.1/orders")
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(60), 0)


@tagged("slow", "debian")
@deadline(200)
def test_the_page_s_build_fails_where_a_template_names_what_is_not_there():
    files, _ = worked_example()
    files["templates/srv/site/index.html"] += "{% if site.port == 1 %}{{ site_title }}{% endif %}"
    try:
        build(files, {}).close()
    except AssertionError as error:
        assert "'site_title' is undefined" in str(error), error
    else:
        raise AssertionError("the build has not failed")
