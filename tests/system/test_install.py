"""scripts/install on a Debian with systemd's package and on one without."""
from harness import CHECKOUT, Box, deadline, debian_root, equal, tagged

IDLE = ["/bin/sh", "-c", "while :; do sleep 1; done"]
LINKS = "/usr/bin/journalctl /sbin/init /sbin/halt /sbin/poweroff /sbin/reboot /sbin/shutdown /sbin/runlevel /sbin/telinit"


def box_with_checkout(root):
    """Our scripts and program lie in /src; the root's own systemctl, if any, is in place."""
    scripts = {"/src/scripts/" + name: (open("%s/scripts/%s" % (CHECKOUT, name)).read(), 0o755) for name in ("install", "lib.sh")}
    return Box(root=debian_root(root), init=IDLE, files=scripts, program="/src/build/systemctl")


def state(box):
    return box.run("ls -d /run/systemd; ls -l --time-style=+ /usr/lib/tmpfiles.d/sctl.conf /usr/bin/*systemctl* /usr/bin/systemd-tmpfiles /usr/bin/systemd-sysusers /usr/bin/journalctl* /usr/sbin/* | grep -v '^total'; dpkg-divert --list").out


def installs_and_uninstalls(box):
    before = state(box)
    equal(box.run("/src/scripts/install").status, 0)
    equal(box.run("readlink " + LINKS).out, "/usr/bin/systemctl\n" * 8)
    equal(box.run("cmp /usr/bin/systemctl /src/build/systemctl").status, 0)
    # Those of a package are not touched.
    for program in ("/usr/bin/systemd-tmpfiles", "/usr/bin/systemd-sysusers"):
        equal(box.run("test -L " + program).status, 1 if program in before else 0)
    installed = state(box)
    equal(box.run("/src/scripts/install").status, 0)
    equal(state(box), installed)
    return before


@tagged("slow", "debian")
@deadline(300)
def test_a_package_of_systemd_is_put_aside_and_comes_back():
    with box_with_checkout("systemd") as box:
        before = installs_and_uninstalls(box)
        assert "systemctl.distrib" in state(box)
        equal(box.run("/src/scripts/install --uninstall").status, 0)
        equal(state(box), before)


@tagged("slow", "debian")
@deadline(300)
def test_without_a_package_of_systemd_nothing_is_left_after_uninstalling():
    with box_with_checkout("daemons") as box:
        before = installs_and_uninstalls(box)
        equal(box.run("/src/scripts/install --uninstall").status, 0)
        equal(state(box), before)


@tagged("slow", "debian")
@deadline(300)
def test_a_destdir_gets_the_program_its_links_and_the_mark_of_systemd_only():
    with box_with_checkout("daemons") as box:
        equal(box.run("DESTDIR=/image /src/scripts/install").status, 0)
        equal(box.run("cd /image && find . ! -type d | sort").out.split(),
              sorted(["./usr/lib/tmpfiles.d/sctl.conf"] + ["./usr/bin/" + name for name in "systemctl journalctl systemd-tmpfiles systemd-sysusers".split()]
                     + ["./usr/sbin/" + name for name in "init halt poweroff reboot shutdown runlevel telinit".split()]))
        equal(box.run("cat /image/usr/lib/tmpfiles.d/sctl.conf; stat -c '%a %n' /image/run/systemd/system").out,
              "d /run/systemd/system 0755 root root -\n755 /image/run/systemd/system\n")
        equal(box.run("DESTDIR=/image /src/scripts/install --uninstall; find /image -path '*/run/*'; find /image ! -type d").out, "")
        equal(box.run("dpkg-divert --list").out.count("sctl"), 0)
