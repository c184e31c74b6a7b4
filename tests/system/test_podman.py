"""The main job in podman: an image whose command is `systemctl init`, with an engine's default capabilities and no network; and the
same services where PID 1 is another's, and in an image's build.

$SCTL_PODMAN_FLAGS are added to `podman run`; where raising limits is refused, the default keeps podman from trying. The Debian that all images
are made from lies in the cache; all else is the run's own, so that two runs do not disturb each other.
"""
import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading

from harness import CHECKOUT, Skip, binary, deadline, debian_root, equal, mount, tagged, wait_for

CAP_SYS_RESOURCE = 24
CONTAINERFILE = """FROM sctl-daemons
COPY systemctl /usr/bin/systemctl
CMD ["systemctl", "init"]
"""


def default_flags():
    with open("/proc/self/status") as status:
        effective = [int(line.split()[1], 16) for line in status if line.startswith("CapEff:")][0]
    return "" if effective >> CAP_SYS_RESOURCE & 1 else "--ulimit nofile=1024:1024 --ulimit nproc=2048:2048"


FLAGS = os.environ.get("SCTL_PODMAN_FLAGS", default_flags()).split()


class Podman:
    """A podman with a store of the run's own, over one in the cache that holds what is imported once.

    The run's store, its mounts and locks lie on file systems of our mount namespace, so that they are gone when the containers are, and
    podman takes the next run for another boot.
    """

    def __init__(self):
        for program in "podman", "runc":
            if shutil.which(program) is None:
                raise Skip(program + " is not installed")
        cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "sctl")
        state = os.path.join(cache, "podman-state")
        os.makedirs(state, exist_ok=True)
        self.lock = state + ".lock"
        with self.locked():
            if not os.path.ismount(state):
                for directory in "/dev/shm", state:
                    mount("tmpfs", directory, "tmpfs", 0, "mode=755")
        usual = ["--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "none"]
        shared = os.path.join(cache, "podman")
        self.importing = ["podman", "--root", shared, "--runroot", state, "--tmpdir", os.path.join(state, "tmp")] + usual
        self.command = ["podman", "--root", os.path.join(state, "store"), "--runroot", os.path.join(state, "run"),
                        "--tmpdir", os.path.join(state, "run-tmp"), "--storage-opt", "additionalimagestore=" + shared] + usual

    @contextlib.contextmanager
    def locked(self):
        with open(self.lock, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def run(self, *arguments, status=0, command=None, **options):
        """What podman prints; what it complains about is printed, too."""
        done = subprocess.run((command or self.command) + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              **{"timeout": 120, **options})
        assert status is None or done.returncode == status, "podman %s: %d, %s" % (" ".join(arguments), done.returncode, done.stderr)
        return done.stdout

    def import_root(self, name):
        """The image of a Debian root, which is imported once."""
        root = debian_root(name)
        base = "sctl-%s:%s" % (name, os.path.basename(root))
        with self.locked():
            if not self.run("images", "--quiet", base, command=self.importing).strip():
                with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as tar:
                    self.run("import", "--quiet", "-", base, command=self.importing, stdin=tar.stdout)
        return base

    def build_image(self):
        """The image of the test."""
        base = self.import_root("daemons")
        with tempfile.TemporaryDirectory() as context:
            shutil.copy(binary(), os.path.join(context, "systemctl"))
            with open(os.path.join(context, "Containerfile"), "w") as file:
                file.write(CONTAINERFILE.replace("sctl-daemons", base))
            self.run("build", "--quiet", "--tag", "sctl-test", context)


class Container:
    """One that runs: `arguments` are more flags, the image and its command; without, those of the test's image."""

    def __init__(self, podman, *arguments):
        self.podman = podman
        self.name = podman.run("run", "--detach", "--network=none", *FLAGS, *(arguments or ["sctl-test"])).strip()

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        if kind:
            print("--- podman logs\n%s---" % self.logs(), flush=True)
        self.podman.run("rm", "--force", "--time=0", self.name, status=None)

    def exec(self, command, status=0):
        return self.podman.run("exec", self.name, "/bin/sh", "-c", command, status=status)

    def logs(self):
        done = subprocess.run(self.podman.command + ["logs", self.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout

    def stop(self):
        """Stops it as anybody would; the exit status of its PID 1, which 137 would say to have been killed."""
        self.podman.run("stop", "--time=10", self.name)
        return json.loads(self.podman.run("inspect", self.name))[0]["State"]["ExitCode"]


def podman_test(function):
    """Gives the test a podman with the image."""
    def test():
        podman = Podman()
        podman.build_image()
        function(podman)
    test.__name__ = function.__name__
    return tagged("slow", "podman")(deadline(500)(test))


@podman_test
def test_the_daemons_run_in_podman_and_stop_in_order(podman):
    with Container(podman) as container:
        wait_for(lambda: container.exec("systemctl is-system-running", status=None) == "running\n", 30,
                 lambda: "the end of the boot: " + container.exec("systemctl list-units --failed --no-legend; systemctl list-jobs", status=None))
        assert "Welcome to nginx" in container.exec("curl -fsS http://127.0.0.1/")
        equal(container.exec("redis-cli ping"), "PONG\n")
        container.exec("systemctl restart nginx")
        assert "Active: active (running)" in container.exec("systemctl status nginx")
        container.exec("systemctl stop redis-server && ! redis-cli ping 2>/dev/null && systemctl start redis-server")
        equal(container.stop(), 0)
        assert "nginx.service" in container.logs()


@podman_test
def test_podman_stop_right_after_the_start_ends_with_status_0(podman):
    for milliseconds in (50, 0, 200):
        with Container(podman) as container:
            # The length of time is what is tested: whenever the stop comes, it is honoured.
            threading.Event().wait(milliseconds / 1000)
            equal(container.stop(), 0)


IDLE = ("sleep", "infinity")


@podman_test
def test_services_run_beside_another_pid_1_in_podman(podman):
    for engines_init in [], ["--init"]:
        with Container(podman, *engines_init, "sctl-test", *IDLE) as container:
            equal(container.exec("systemctl is-active nginx", status=3), "inactive\n")
            # podman exec returns when the last writer of its output has gone.
            equal(container.exec("systemctl start nginx redis-server"), "")
            assert "Welcome to nginx" in container.exec("curl -fsS http://127.0.0.1/")
            equal(container.exec("redis-cli ping"), "PONG\n")
            equal(container.exec("systemctl is-active cron", status=3), "inactive\n")
            assert "nginx.service" in container.logs()
            container.exec("systemctl exit")
            wait_for(lambda: container.exec("curl -fsS http://127.0.0.1/ 2>&1", status=None) and not container.exec("pidof nginx", status=None), 10)


BUILDS = """FROM sctl-test
RUN printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/sh -c "date >>/by-web"\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/web.service
RUN systemctl start web && systemctl is-active web && systemctl show -p MainPID nginx
RUN systemctl is-active web || test $? = 3
RUN ["systemctl", "start", "web"]
RUN systemctl enable web
RUN systemctl start redis-server && redis-cli set key from-the-build && systemctl stop redis-server
RUN rm -f /etc/machine-id && touch /etc/machine-id && systemctl status web; true
"""


@podman_test
def test_an_image_build_starts_services_in_one_step_and_enables_in_another(podman):
    with tempfile.TemporaryDirectory() as context:
        with open(os.path.join(context, "Containerfile"), "w") as file:
            file.write(BUILDS)
        podman.run("build", "--quiet", "--network=none", "--no-cache", "--tag", "sctl-test-built", context)
    with Container(podman, "sctl-test-built", "systemctl", "init") as container:
        wait_for(lambda: container.exec("systemctl is-system-running", status=None) == "running\n", 30)
        # Two builds' starts, and the boot's: enabled by the build.
        equal(container.exec("wc -l </by-web; systemctl is-active web"), "3\nactive\n")
        equal(container.exec("redis-cli get key"), "from-the-build\n")
        equal(container.stop(), 0)


# The page's examples (docs/containers.md), as far as podman can run them

REDIS = ("systemctl", "init", "--stop-grace=30s", "redis-server.service", "--")
WAITER = ("sh", "-c", "trap 'redis-cli ping; exit 9' TERM; redis-cli ping; touch /up; while :; do sleep 0.1; done")


def status_in_podman(podman, *arguments, status, **options):
    return podman.run("run", "--rm", "--network=none", *FLAGS, *arguments, status=status, **options)


@podman_test
def test_commands_in_podman(podman):
    equal(status_in_podman(podman, "sctl-test", "systemctl", "init", "--", "sh", "-c", "exit 7", status=7), "")
    equal(status_in_podman(podman, "sctl-test", "systemctl", "init", "--", "no-such-command", status=127), "")
    tini = "ln -s systemctl /usr/bin/tini; exec tini -- sh -c 'echo $PPID; exit 5'"
    equal(status_in_podman(podman, "sctl-test", "sh", "-c", tini, status=5), "1\n")
    # Not root, and nothing to be written; two inits.
    equal(status_in_podman(podman, "--user=1000:1000", "--read-only", "sctl-test", "systemctl", "init", "--", "sh", "-c", "id -u; exit 4", status=4), "1000\n")
    equal(status_in_podman(podman, "--init", "sctl-test", "systemctl", "init", "--", "sh", "-c", "exit 6", status=6), "")
    shell = "echo flags $-; stty size; exit 3\n"
    seen = status_in_podman(podman, "--interactive", "--tty", "sctl-test", "systemctl", "init", "--", "bash", "--norc", status=3, input=shell)
    flags = re.search(r"\nflags (\w+)", seen)
    assert "job control" not in seen and flags and "m" in flags.group(1), seen


@podman_test
def test_units_around_a_command_in_podman(podman):
    health = ["--health-cmd=systemctl healthcheck redis-server main", "--health-interval=disable"]
    with Container(podman, *health, "sctl-test", *REDIS, *WAITER) as container:
        wait_for(lambda: "PONG" in container.logs(), 30)
        container.exec("systemctl healthcheck redis-server main.service -- redis-cli ping")
        podman.run("healthcheck", "run", container.name)
        container.exec("systemctl stop redis-server")
        podman.run("healthcheck", "run", container.name, status=1)
        container.exec("systemctl start redis-server")
        equal(container.stop(), 9)
        equal(container.logs().count("PONG"), 2)


# The README's image, built as it is written there: of this checkout, over a Debian of the name that it says

def blocks_of_readme():
    """The README's texts of files, by the language that they are marked with."""
    with open(os.path.join(CHECKOUT, "README.md")) as file:
        return dict(re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", file.read()))


@tagged("slow", "podman")
@deadline(1500)
def test_the_dockerfile_of_the_readme_builds_and_runs_as_written():
    podman = Podman()
    base = podman.import_root("building")
    podman.run("tag", base, "docker.io/library/debian:bookworm-slim")
    # With what a former build of the same sources has compiled: the image's ccache is the machine's.
    compiled = os.path.join(os.path.dirname(podman.lock), "ccache")
    os.makedirs(compiled, exist_ok=True)
    blocks = blocks_of_readme()
    with tempfile.TemporaryDirectory() as above:
        context = os.path.join(above, "sctl")
        shutil.copytree(CHECKOUT, context, symlinks=True, ignore=shutil.ignore_patterns("build*", ".git", "__pycache__"))
        for name, language in {"Dockerfile": "Dockerfile", "web.service": "ini"}.items():
            with open(os.path.join(context, name), "w") as file:
                file.write(blocks[language])
        podman.run("build", "--tag", "web", "--network=host", "--volume", compiled + ":/root/.cache/ccache", context, timeout=1400)
    with Container(podman, "web") as container:
        wait_for(lambda: container.exec("systemctl is-system-running", status=None) == "running\n", 30,
                 lambda: "the end of the boot: " + container.exec("systemctl list-units --failed; systemctl list-jobs", status=None))
        assert "Active: active (running)" in container.exec("systemctl status web")
        wait_for(lambda: "hello\n" in container.exec("journalctl -o cat -u web -n 20"), 20, "what redis was told in the build")
        equal(container.exec("systemctl is-active nginx redis-server"), "active\nactive\n")
        equal(container.stop(), 0)
