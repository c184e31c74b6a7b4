"""The Debian package and the tarball that scripts/package makes."""
import os
import subprocess
import tempfile

from harness import CHECKOUT, Box, binary, deadline, debian_root, equal, tagged
from test_install import IDLE, WITH_SYSTEMD, does, state


def make(directory, **options):
    made = subprocess.run([os.path.join(CHECKOUT, "scripts/package"), "--program", binary(), "--output", directory], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    equal((made.returncode, made.stdout.count("\n")), (0, 3))
    return {name: open(os.path.join(directory, name), "rb").read() for name in os.listdir(directory)}


def box_with_packages():
    """A Debian in which systemd's packages lie in /debs, and ours in /ours.deb and /ours.tar.gz."""
    with tempfile.TemporaryDirectory() as directory:
        made = make(directory)
    files = {"/ours.deb": [text for name, text in made.items() if name.endswith(".deb")][0],
             "/ours.tar.gz": [text for name, text in made.items() if name.endswith(".tar.gz")][0]}
    return Box(root=debian_root("packaging"), init=IDLE, files=files, program="/src/systemctl")


OURS = "cmp /usr/bin/systemctl /src/systemctl && readlink /sbin/init /bin/journalctl && man -w systemctl && man -w init && systemctl --version | sed -n '3s/:.*//p'"


def is_ours(box):
    equal(box.run(OURS).out, "../bin/systemctl\nsystemctl\n/usr/share/man/man1/systemctl.1.gz\n/usr/share/man/man1/systemctl-init.1.gz\nsctl 0.1.0\n")


@tagged("slow", "debian")
@deadline(300)
def test_the_same_program_makes_the_same_packages_anywhere():
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first = make(one)
        second = make(other, cwd="/", umask=0o077, env={**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "GZIP": "-1", "XZ_DEFAULTS": "-1"})
        equal(sorted(first), sorted(second))
        for name in first:
            assert first[name] == second[name], name + " differs"
        equal(subprocess.run(["sha256sum", "--check", "--status", "SHA256SUMS"], cwd=one).returncode, 0)


@tagged("slow", "debian")
@deadline(300)
def test_lintian_has_nothing_to_say_about_the_package():
    with box_with_packages() as box:
        checked = box.run("lintian --allow-root --fail-on error,warning /ours.deb", seconds=120)
        equal((checked.status, checked.out), (0, ""))


@tagged("slow", "debian")
@deadline(300)
def test_the_package_puts_systemds_programs_aside_and_gives_them_back():
    with box_with_packages() as box:
        does(box, WITH_SYSTEMD)
        before = state(box)
        assert "usr/bin/systemctl " in before
        does(box, "dpkg -i /ours.deb")
        is_ours(box)
        installed = state(box)
        # An upgrade of either.
        does(box, "dpkg -i /debs/systemd_*.deb /debs/systemd-sysv_*.deb")
        does(box, "dpkg -i /ours.deb")
        is_ours(box)
        equal(state(box), installed)
        equal(box.run("test -L /usr/bin/systemd-tmpfiles").status, 1)
        does(box, "dpkg --purge sctl")
        equal(state(box), before)
        equal(box.run("dpkg -V systemd systemd-sysv | grep -v ' c '").out, "")


@tagged("slow", "debian")
@deadline(300)
def test_packages_that_come_later_find_what_they_need_and_what_goes_leaves_ours():
    with box_with_packages() as box:
        before = state(box)
        does(box, "dpkg -i /ours.deb")
        is_ours(box)
        equal(box.run("readlink /usr/bin/systemd-tmpfiles").out, "systemctl\n")
        # php-fpm wants a systemd-tmpfiles: nothing of systemd is installed for it.
        simulated = does(box, "apt-get --simulate --no-install-recommends install php8.2-fpm")
        assert "Inst php8.2-fpm" in simulated and "Inst systemd " not in simulated, simulated
        does(box, WITH_SYSTEMD)
        is_ours(box)
        equal(box.run("test -L /usr/bin/systemd-tmpfiles").status, 1)
        does(box, "rmdir /run/systemd/system && dpkg --force-all --purge systemd systemd-sysv")
        is_ours(box)
        equal(box.run("readlink /usr/bin/systemd-tmpfiles").out, "systemctl\n")
        does(box, "dpkg --purge php8.2-fpm sctl")
        after = state(box).splitlines()
        equal([line for line in after if "/sctl" in line or "of-sctl" in line], [])
        equal([line for line in before.splitlines() if line not in after], [])


@tagged("slow", "debian")
@deadline(300)
def test_the_tarball_installs_and_uninstalls():
    with box_with_packages() as box:
        before = state(box)
        said = does(box, "tar -C /tmp -xf /ours.tar.gz && /tmp/sctl-*/install")
        assert said.startswith("sctl: installed 0.1.0 in /: "), said
        is_ours(box)
        # The other way of installation finds this one.
        refused = box.run("dpkg -i /ours.deb")
        assert refused.status == 1 and "/usr/lib/sctl/uninstall takes that away" in refused.err, refused
        is_ours(box)
        does(box, "dpkg --purge sctl; /tmp/sctl-*/install --uninstall")
        equal(state(box), before)


@tagged("slow", "debian")
@deadline(300)
def test_bash_completes_verbs_options_values_and_units():
    ask = """
. /usr/share/bash-completion/bash_completion
for name in systemctl journalctl; do . /usr/share/bash-completion/completions/$name; done
compopt() { :; }
try() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=(); _$1; echo "${COMPREPLY[*]}"; }
try systemctl is-a
try systemctl --no-l
try systemctl --type = ser
try systemctl -t sli
try systemctl start web
try systemctl enable we
try systemctl init --stop-g
try journalctl --out
try journalctl -u we
try journalctl -o short-i
"""
    with box_with_packages() as box:
        does(box, "dpkg -i /ours.deb")
        box.put({"/etc/systemd/system/web.service": "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n", "/ask": ask})
        does(box, "systemctl start web")
        equal(does(box, "bash /ask").splitlines(),
              ["is-active", "--no-legend", "service", "slice", "web.service", "web.service", "--stop-grace=", "--output=", "web.service",
               "short-iso short-iso-precise"])
