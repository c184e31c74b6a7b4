"""What --help says, and that the manual pages tell of all of it."""
import os
import re
import subprocess

from harness import CHECKOUT, Box, binary, deadline, equal, tagged, wait_for
from machine import Machine
from show_units import GO


def help_of(*words):
    return subprocess.run([binary()] + list(words) + ["--help"], stdout=subprocess.PIPE, text=True, check=True).stdout


def render_help():
    return subprocess.run(["sctl-render", "--help"], executable=binary(), stdout=subprocess.PIPE, text=True, check=True).stdout


def page(name):
    """A manual page without its markup: "-" and the name of an option are two words there."""
    text = open(os.path.join(CHECKOUT, "docs", name)).read()
    return re.sub(r"\bFl Fl ", "--", text)


def options(text):
    """The long options of a --help, and those named in its last lines."""
    return set(re.findall(r"(?<![\w=-])--[a-z][a-z-]*", text))


def test_help_is_no_wider_than_a_terminal():
    for words in [], ["init"], ["healthcheck"]:
        for line in help_of(*words).splitlines():
            assert len(line) <= 80, line
    for line in render_help().splitlines():
        assert len(line) <= 80, line


def test_help_knows_init_and_healthcheck():
    text = help_of()
    assert "systemctl init [OPTIONS...]" in text and "  healthcheck [UNIT...]" in text, text


def test_the_manual_pages_tell_of_every_verb_and_option():
    client, init, journal = page("systemctl.1"), page("systemctl-init.1"), page("journalctl.1")
    text = help_of()
    verbs = [line.split()[0] for line in text.split("Verbs:\n")[1].split("\n\n")[0].splitlines() if line.startswith("  ") and line[2] != " "]
    equal([verb for verb in verbs if not re.search(r"(?m)^\.(It|Nm)?.*\b%s\b" % verb, client)], [])
    equal([each for each in options(text) if each not in client], [])
    equal([each for each in options(help_of("init")) if each not in init], [])
    equal([each for each in options(render_help()) if each not in page("sctl-render.1")], [])
    with Box(init=["/bin/sleep", "1000"], links={"/usr/bin/journalctl.ours": "systemctl"}) as box:
        shown = box.run("ln -s /usr/bin/systemctl /tmp/journalctl; /tmp/journalctl --help").out
    equal([each for each in options(shown) if each not in journal], [])


# What systemctl 252 shows with --with-dependencies

UNITS = {"web.service": "[Unit]\nRequires=db.service\nWants=cache.service missing.service\nBindsTo=side.service\n" + GO,
         "db.service": "[Unit]\nWants=deeper.service\n" + GO, "cache.service": GO, "side.service": GO, "deeper.service": GO}
FILES = {"/opt/t/go": "#!/bin/sh\nexec /bin/sleep 1000\n"}


@tagged("slow", "debian")
@deadline(300)
def test_with_dependencies_shows_what_systemd_shows():
    seen = {}
    for init in "debian", "ours":
        with Machine(init, units=UNITS, files=FILES) as machine:
            equal(machine.systemctl(init, "start", "web").status, 0)
            wait_for(lambda machine=machine, init=init: machine.systemctl(init, "is-active", "side", "db", "cache").out == "active\n" * 3)
            # Of what systemd knows and ours does not have to know, nothing.
            known = [name for name in UNITS] + ["missing.service"]
            listed = machine.systemctl(init, "--with-dependencies", "--all", "--plain", "--no-legend", "list-units", "web.service").out
            seen[init] = {
                "list-units": [line.split()[:4] for line in listed.splitlines() if line.split()[0] in known],
                "show": [line for line in machine.systemctl(init, "--with-dependencies", "show", "-p", "Id", "web").out.split() if line[3:] in known],
                "status": [line.split()[1] for line in machine.systemctl(init, "--with-dependencies", "status", "web").out.splitlines()
                           if line[:1] in "●○×" and line[:1] and line.split()[1] in known],
                "cat": [line for line in machine.systemctl(init, "--with-dependencies", "cat", "web").out.splitlines()
                        if line.startswith("# /etc")],
                "reverse": [line for line in machine.systemctl(init, "--with-dependencies", "--reverse", "show", "-p", "Id", "db").out.split()],
            }
    assert all(seen["debian"].values()), seen
    for verb in seen["debian"]:
        # What one property names is in the order of a hash table in systemd.
        equal((verb, sorted(seen["ours"][verb])), (verb, sorted(seen["debian"][verb])))
