"""The installer of the tarball and scripts/install, on a Debian with systemd's package and on one without."""
import glob
import os

from harness import CHECKOUT, Box, deadline, debian_root, equal, tagged

IDLE = ["/bin/sh", "-c", "while :; do sleep 1; done"]
LINKS = {**dict.fromkeys("/sbin/init /sbin/halt /sbin/poweroff /sbin/reboot /sbin/shutdown /sbin/runlevel /sbin/telinit".split(), "../bin/systemctl"),
         "/usr/bin/journalctl": "systemctl", "/usr/bin/sctl-render": "systemctl"}
# What is installed without a link of its own.
FILES = ["./etc/dpkg/dpkg.cfg.d/sctl", "./usr/bin/systemctl", "./usr/lib/tmpfiles.d/sctl.conf"]
# What apt has downloaded into the root "packaging".
WITH_SYSTEMD = ("DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-download -o Dir::Cache::archives=/debs "
                "systemd systemd-sysv php8.2-fpm")


def checkout_files():
    """What scripts/install needs of a checkout."""
    names = ["README.md", "LICENSE", "meson.build", "scripts/install", "scripts/lib.sh"]
    for pattern in "docs/*", "packaging/*", "packaging/*/*":
        names += [os.path.relpath(path, CHECKOUT) for path in glob.glob(os.path.join(CHECKOUT, pattern)) if os.path.isfile(path)]
    return {"/src/" + name: (open(os.path.join(CHECKOUT, name)).read(), os.stat(os.path.join(CHECKOUT, name)).st_mode & 0o777) for name in names}


def box_with_checkout(root, init=None):
    """Our scripts and program lie in /src; the root's own systemctl, if any, is in place."""
    return Box(root=debian_root(root), init=init or IDLE, files=checkout_files(), program="/src/build/systemctl")


def state(box):
    """All files of the directories that an installation touches, and the diversions."""
    return box.run("ls -d /run/systemd; cd /; find usr/bin usr/sbin usr/lib/tmpfiles.d usr/lib/sctl usr/share/man usr/share/bash-completion usr/share/doc/sctl "
                   "etc/dpkg ! -type d -printf '%p %m %s %l\\n' 2>/dev/null | sort; dpkg-divert --list").out


def does(box, command):
    # Packages are installed by it, and other tests run beside.
    outcome = box.run(command, seconds=600)
    assert outcome.status == 0, "%s: %r" % (command, outcome)
    return outcome.out


def installs_and_uninstalls(box):
    before = state(box)
    said = does(box, "/src/scripts/install")
    assert "sctl: installed 0." in said, said
    equal("/bin/systemctl is /bin/systemctl.distrib-of-sctl now" in said or "/usr/bin/systemctl is /usr/bin/systemctl.distrib-of-sctl now" in said,
          "usr/bin/systemctl " in before)
    for link, target in LINKS.items():
        equal(box.run("readlink " + link).out, target + "\n")
    equal(box.run("cmp /usr/bin/systemctl /src/build/systemctl").status, 0)
    # Those of a package are not touched.
    for program in ("usr/bin/systemd-tmpfiles", "usr/bin/systemd-sysusers"):
        equal(box.run("test -L /" + program).status, 1 if program in before else 0)
    installed = state(box)
    does(box, "/src/scripts/install")
    equal(state(box), installed)
    equal(does(box, "/src/scripts/install --uninstall"), "sctl is gone from this machine\n")
    equal(state(box), before)


@tagged("slow", "debian")
@deadline(300)
def test_a_package_of_systemd_is_put_aside_and_comes_back():
    with box_with_checkout("systemd") as box:
        installs_and_uninstalls(box)


@tagged("slow", "debian")
@deadline(300)
def test_without_a_package_of_systemd_nothing_is_left_after_uninstalling():
    with box_with_checkout("daemons") as box:
        installs_and_uninstalls(box)


@tagged("slow", "debian")
@deadline(300)
def test_a_destdir_gets_the_program_its_links_and_the_mark_of_systemd_only():
    with box_with_checkout("daemons") as box:
        does(box, "cd /src && DESTDIR=image scripts/install")
        found = box.run("cd /src/image && find . ! -type d ! -path '*/share/*' ! -path '*/usr/lib/sctl/*' | sort").out.split()
        links = ["./usr" + link.replace("/usr", "") for link in LINKS]
        equal(found, sorted(FILES + links))
        equal(box.run("cat /src/image/usr/lib/tmpfiles.d/sctl.conf; stat -c '%a %n' /src/image/run/systemd/system").out,
              "d /run/systemd/system 0755 root root -\n755 /src/image/run/systemd/system\n")
        does(box, "cd /src && DESTDIR=image scripts/install --uninstall")
        equal(box.run("find /src/image -path '*/run/*'; find /src/image ! -type d").out, "")
        equal(box.run("dpkg-divert --list").out.count("sctl"), 0)


@tagged("slow", "debian")
@deadline(300)
def test_where_pid_1_is_systemd_only_force_installs():
    named = ["/bin/sh", "-c", "echo systemd >/proc/$$/comm; while :; do sleep 1; done"]
    with box_with_checkout("daemons", init=named) as box:
        before = state(box)
        refused = box.run("/src/scripts/install")
        equal((refused.status, refused.out), (1, ""))
        assert "PID 1 is systemd" in refused.err and "--force" in refused.err, refused
        equal(state(box), before)
        # Another root's systemd means nothing.
        does(box, "mkdir -p /other/proc && mount --bind / /other && mount -t proc proc /other/proc && chroot /other /src/scripts/install --force")
        does(box, "/src/scripts/install --uninstall")
        does(box, "/src/scripts/install --force && /src/scripts/install --uninstall")


@tagged("slow", "debian")
@deadline(900)
def test_what_an_image_copied_survives_the_packages_of_systemd_in_it():
    with Box(root=debian_root("packaging"), init=IDLE, files=checkout_files(), program="/src/build/systemctl") as box:
        does(box, "cd /src && DESTDIR=image scripts/install && cp -a image/. /")
        does(box, WITH_SYSTEMD)
        # Ours stay, at each installation and upgrade; systemd's own other programs are systemd's.
        for again in "true", "dpkg -i /debs/systemd_*.deb /debs/systemd-sysv_*.deb":
            does(box, again)
            equal(box.run("cmp /usr/bin/systemctl /src/build/systemctl && readlink /sbin/init /usr/bin/journalctl").out, "../bin/systemctl\nsystemctl\n")
            equal(box.run("test -L /usr/bin/systemd-tmpfiles || test -L /usr/bin/systemd-sysusers").status, 1)
        assert "/run/systemd/system" in box.read("/usr/lib/tmpfiles.d/sctl.conf")
        # What goes takes nothing of ours along.
        does(box, "rmdir /run/systemd/system && dpkg --force-all -r systemd systemd-sysv")
        equal(box.run("cmp /usr/bin/systemctl /src/build/systemctl && readlink /sbin/init").out, "../bin/systemctl\n")
        does(box, "dpkg -i /debs/systemd_*.deb")
        does(box, "/usr/lib/sctl/uninstall")
        equal(box.run("systemctl --version | head -n 1 | cut -d ' ' -f 1,2; dpkg-divert --list '*sctl*'; dpkg -V systemd | grep -v ' c '").out, "systemd 252\n")
