"""systemctl edit at a terminal: what the editor is given, what comes of it, and all messages are those of Debian's systemctl 252."""
import re

from harness import deadline, equal, tagged
from machine import CLIENTS, Machine

UNITS = {
    "web.service": "[Unit]\nDescription=Web\n[Service]\nExecStart=/bin/sleep 1000\n\n",
    "tpl@.service": "[Service]\nExecStart=/bin/sleep %i\n",
    "m2.service": "[Service]\nExecStart=/bin/sleep 1\n",
}
# Notes down what it was given, and does what /tmp/action says.
EDITOR = """#!/bin/sh
{ echo "$# files"; for file; do echo "$file"; cat "$file" 2>&1; stat -c %A "$file" 2>&1; done; } >/tmp/seen
. /tmp/action
"""
ADD = 'for f; do sed -i "s/^### Anything.*/&\\n[Service]\\nEnvironment=A=b/" "$f"; done'
NONE = {"SYSTEMD_EDITOR": None, "EDITOR": None, "VISUAL": None}
# What the editor does, the arguments, and variables.
STEPS = [
    (ADD, ["web"], {}), ("sed -i s/A=b/A=c/ $1", ["web"], {}), ("sed -i '/Environment/d;/Service/d' $1", ["web"], {}), ("true", ["web"], {}),
    ("sed -i s/7/8/ $1", ["--full", "vendor"], {}), (": >$1", ["--full", "vendor"], {}), (ADD, ["tpl@5"], {}), (ADD, ["tpl@.service"], {}),
    ("true", ["--full", "tpl@6"], {}), (ADD, ["nosuch"], {}), ("echo '[Service]' >$1", ["--force", "nosuch"], {}),
    ("echo '[Service]' >$1", ["--force", "--full", "nosuch2"], {}), (": >$1", ["--force", "--full", "nosuch3"], {}),
    (ADD, ["--runtime", "m2"], {}), ("true", ["--runtime", "--full", "m2"], {}), (ADD, ["web", "m2"], {}), ("exit 3", ["web"], {}),
    ("kill -9 $$", ["web"], {}), ("rm $1", ["web"], {}), (ADD, ["masked"], {}), (ADD, ["web"], {**NONE, "EDITOR": "/editor -x  'y z'"}),
    (ADD, ["web"], {**NONE, "VISUAL": "/editor"}), (ADD, ["web"], NONE), (ADD, ["web"], {"SYSTEMD_EDITOR": "/nowhere"}), (ADD, ["x*nomatch"], {}),
    ("sed -i /discarded/d $1", ["m2"], {}), ("sed -i /Anything/d $1", ["m2"], {}),
]


def without_random_names(text):
    return re.sub(r"(\.#[\w@.-]+?\.(?:conf|service))[0-9a-f]{16}", r"\1", text).replace("\r", "")


def edits(machine, client):
    """What each step gives: the screen, what the editor has seen, and the files that are there then."""
    results = []
    machine.run("rm -rf /etc/systemd/system/*.d /run/systemd/system/*.d /etc/systemd/system/vendor.service /etc/systemd/system/tpl@6.service "
                "/etc/systemd/system/nosuch*; systemctl daemon-reload")
    for action, words, variables in STEPS:
        machine.run("sh", "-c", "printf '%s\\n' \"$1\" >/tmp/action; rm -f /tmp/seen", "sh", action)
        screen = machine.at_terminal("/bin/sh", "-c", '"$0" edit "$@"; echo "status $?"', CLIENTS[client], *words, columns=300,
                                     environment={"SYSTEMD_EDITOR": "/editor", **variables})
        seen = machine.run("cat /tmp/seen").out
        files = machine.run("cd /; find etc/systemd/system run/systemd/system ! -name '*.wants' ! -type l | sort | while read f; do echo $f; "
                            "[ ! -f $f ] || cat $f; done").out
        results.append((words, without_random_names(screen), without_random_names(seen), without_random_names(files)))
    return results


@tagged("slow", "debian")
@deadline(300)
def test_what_is_edited_and_said_is_as_with_debians():
    files = {"/editor": (EDITOR, 0o755), "/usr/lib/systemd/system/vendor.service": "[Service]\nExecStart=/bin/sleep 7\n",
             "/etc/systemd/system/web.service.d/10-a.conf": "[Service]\nNice=1\n"}
    with Machine("ours", UNITS, files) as machine:
        machine.run("ln -s /dev/null /etc/systemd/system/masked.service")
        for ours, theirs in zip(edits(machine, "ours"), edits(machine, "debian")):
            equal(ours, theirs)
        for words in (["edit", "web"], ["--root=/", "edit", "web"], ["edit"]):
            ours, theirs = machine.systemctl("ours", *words), machine.systemctl("debian", *words)
            equal((ours.status, ours.err), (theirs.status, theirs.err))
