"""Runs systemd's own systemd-tmpfiles or systemd-sysusers and ours on the same tree, and compares all that came of it.

Each case starts from a tree of its own at /tree of a box made of the Debian root that has systemd's package. Both programs work at the
same path, one after the other, so that their words can be compared as they are.
"""
import os
import shutil
import stat

from harness import CHECKOUT, Box, debian_root

IDLE = ["/bin/sh", "-c", "while :; do sleep 1; done"]
TREE = "/tree"


def tools_box():
    """systemd's programs are in place; ours, under both names, in /ours."""
    links = {"/ours/systemd-tmpfiles": "/ours/systemctl", "/ours/systemd-sysusers": "/ours/systemctl"}
    return Box(root=debian_root("systemd"), init=IDLE, program="/ours/systemctl", links=links,
               environment={"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})


def debian_files(kind):
    """The files of Debian's packages in tests/data (their comments taken out), by the path that they have in /usr/lib."""
    directory = os.path.join(CHECKOUT, "tests/data/debian", kind)
    return {"/usr/lib/%s/%s" % (kind, name): open(os.path.join(directory, name)).read() for name in sorted(os.listdir(directory))}


def attributes_of(path):
    try:
        return {name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False)
                if not name.startswith(("trusted.", "security."))}
    except OSError:
        return {}


def snapshot(top, times=()):
    """A line for each thing in the tree: what stat says of it, what is in it, its attributes; of `times` also when it was changed."""
    lines = {}
    for directory, names, files in os.walk(top):
        for name in names + files + ([""] if directory == top else []):
            path = os.path.join(directory, name)
            info = os.lstat(path)
            kind = stat.S_IFMT(info.st_mode)
            inside = os.path.relpath(path, top)
            content = ""
            if kind == stat.S_IFREG:
                content = open(path, "rb").read()
            elif kind == stat.S_IFLNK:
                content = os.readlink(path)
            elif kind in (stat.S_IFCHR, stat.S_IFBLK):
                content = info.st_rdev
            lines[inside] = "%o %d:%d %d %r %r %s" % (info.st_mode, info.st_uid, info.st_gid, info.st_nlink if kind == stat.S_IFREG else 0,
                                                      content, attributes_of(path), info.st_mtime_ns if inside in times else "")
    return lines


def clear(box):
    box.run("umount -R %s/*mount* 2>/dev/null; chattr -R -ia %s 2>/dev/null; rm -rf %s" % (TREE, TREE, TREE))
    shutil.rmtree(box.path(TREE), ignore_errors=True)


def result_of(box, program, files, setup, command, times):
    """What one program made of a case: exit status, words, tree."""
    clear(box)
    box.put({TREE + "/etc/passwd": "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n",
             TREE + "/etc/group": "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nadm:x:4:www-data\n"})
    box.put({TREE + name: text for name, text in files.items()})
    prepared = box.run("umask 022; cd %s && { %s\n}" % (TREE, setup or ":"))
    assert prepared.status == 0, prepared
    done = box.run("cd / && %s" % command.replace("PROGRAM", program))
    words = (done.out + done.err).replace(program, "PROGRAM").splitlines()
    return done.status, words, snapshot(box.path(TREE), times)


def differences(name, real, ours):
    """Nothing where both are the same, otherwise lines for a person."""
    found = []
    if real[0] != ours[0]:
        found.append("%s: exit status %d, ours %d" % (name, real[0], ours[0]))
    if sorted(real[1]) != sorted(ours[1]):
        found.append("%s: words\n  %s\nours\n  %s" % (name, "\n  ".join(real[1]), "\n  ".join(ours[1])))
    for path in sorted(set(real[2]) | set(ours[2])):
        if real[2].get(path) != ours[2].get(path):
            found.append("%s: %s\n  %s\nours\n  %s" % (name, path, real[2].get(path), ours[2].get(path)))
    return found


def compare(box, program, cases):
    """All cases; fails with what differs. A case is a dictionary: files, setup (a shell's text), command, times."""
    found = []
    for name, case in cases.items():
        arguments = (case.get("files", {}), case.get("setup"), case["command"], case.get("times", ()))
        real = result_of(box, "/usr/bin/" + program, *arguments)
        ours = result_of(box, "/ours/" + program, *arguments)
        found += differences(name, real, ours)
    clear(box)
    assert not found, "\n".join(["%d differences" % len(found)] + found)
    print("%d cases, no difference" % len(cases))
