"""sctl-render, the program itself: what it prints, writes and leaves behind."""
import os
import signal
import subprocess
import tempfile

from harness import Skip, binary, equal, wait_for


class Place:
    """A directory with templates in t and output in o."""

    def __init__(self, **files):
        self.directory = tempfile.TemporaryDirectory()
        self.path = self.directory.name
        os.mkdir(self.at("t"))
        os.mkdir(self.at("o"))
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_", "."), text)

    def at(self, name):
        return os.path.join(self.path, name)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.at(name)), exist_ok=True)
        with open(self.at(name), "w") as file:
            file.write(text)
        os.chmod(self.at(name), mode)

    def read(self, name):
        with open(self.at(name)) as file:
            return file.read()

    def start(self, *words, **options):
        return subprocess.Popen(("sctl-render",) + words, executable=binary(), cwd=self.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, **options)

    def run(self, *words, stdin="", **options):
        """(status, stdout, stderr)"""
        process = self.start(*words, **options)
        out, err = process.communicate(stdin, timeout=20)
        return process.returncode, out, err

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.directory.cleanup()


def test_a_tree_is_rendered_with_variables_and_the_environment():
    with Place(v_yml="port: 80\nhosts: [a, b]\n", t__etc__a_conf="{{ port }} {% for h in hosts %}{{ h }},{% endfor %} {{ NAME }}\n") as place:
        equal(place.run("-V", "v.yml", "-t", "t", "-o", "o", env={"NAME": "x", "port": "81"}), (0, "", ""))
        equal(place.read("o/etc/a.conf"), "81 a,b, x\n")
        equal(place.run("-V", "v.yml", "-t", "t", "-o", "o", env={"NAME": "y"}), (0, "", "o/etc/a.conf: exists, left as it is\n"))
        equal(os.listdir(place.at("o/etc")), ["a.conf"])


def test_one_template_goes_to_the_standard_output():
    with Place(v_yml="a: [1, 2]\n", x_txt="{{ a | sum }}\n") as place:
        equal(place.run("-V", "v.yml", "x.txt"), (0, "3\n", ""))
        equal(place.run("-V", "v.yml", "-", stdin="{{ a }}"), (0, "[1, 2]", ""))
        equal(place.run("-V", "-", "x.txt", stdin="a: [5]"), (0, "5\n", ""))
        equal(place.run("-V", "v.yml", "--check", "x.txt"), (0, "", ""))


def test_an_error_names_the_file_and_the_line():
    with Place(v_yml="a: 1\n", t__a="x\n{{ nope }}\ny\n", t__b="{% if %}\n", t__c="fine {{ a }}") as place:
        undefined = "t/a:2: UndefinedError: 'nope' is undefined\n  1 | x\n> 2 | {{ nope }}\n  3 | y\n  4 | \n"
        wrong = "t/b:1: TemplateSyntaxError: Expected an expression, got 'end of statement block'\n> 1 | {% if %}\n  2 | \n"
        equal(place.run("-V", "v.yml", "-t", "t", "-o", "o"), (1, "", undefined))
        equal(os.listdir(place.at("o")), [])
        equal(place.run("-V", "v.yml", "-t", "t", "--check"), (1, "", undefined + wrong))
        place.write("v.yml", "a: 1\nb: [\n")
        status, out, err = place.run("-V", "v.yml", "-t", "t", "-o", "o")
        assert (status, out) == (1, "") and err.startswith("v.yml:3: while parsing a flow node\n"), err


def test_a_check_looks_for_names_where_the_rendering_does_not_come():
    text = ("{% if a %}{{ a }}{% else %}\n{{ gone }}{{ gone }}{% endif %}\n{% if b is defined %}{{ b }}{% endif %}{{ c|d('x') }}{% for x in [] %}{{ x }}{{ too }}{% endfor %}"
            "{% macro m(y) %}{{ y }}{{ last }}{% endmacro %}{% set v = 1 %}{% block z %}{{ v }}{{ range(1)|list }}{% endblock %}")
    with Place(v_yml="a: 1\n", t__a=text, t__b="{% extends 'p' %}{% block z %}{{ w }}{% endblock %}", j__p="{% set w = 1 %}{% block z %}{% endblock %}") as place:
        status, out, err = place.run("-V", "v.yml", "-t", "t", "-j", "j", "--check")
        equal((status, out), (1, ""))
        equal([line for line in err.splitlines() if line.startswith("t/")],
              ["t/a:2: UndefinedError: 'gone' is undefined", "t/a:3: UndefinedError: 'too' is undefined", "t/a:3: UndefinedError: 'last' is undefined"])
        equal(place.run("-V", "v.yml", "-t", "t", "-j", "j", "-o", "o"), (0, "", ""))
        equal(place.run("-V", "v.yml", "-t", "t", "-j", "j", "--check", env={"gone": "", "too": "", "last": ""}), (0, "", ""))


def test_quiet_says_errors_alone():
    with Place(t__a="a", o__a="old", t__b="{{ nope }}") as place:
        status, _, err = place.run("-q", "-t", "t", "-o", "o")
        assert status == 1 and err.startswith("t/b:1: UndefinedError"), err


def test_included_templates_lie_below_their_own_directory():
    with Place(t__a="{% include 'head' %}{% include 'd/tail' %}", j__head="head ", j__d__tail="tail") as place:
        equal(place.run("-j", "j", "-t", "t", "-o", "o"), (0, "", ""))
        equal(place.read("o/a"), "head tail")
        equal(place.run("-j", "t", "-t", "t", "-o", "o"), (1, "", "t: lies below the directory of templates, t\n"))
        equal(place.run("-j", "j", "-", stdin="{% include '../v' %}")[2].splitlines()[0], "<stdin>:1: TemplateNotFound: ../v")


def test_a_bad_command_line_is_2_and_missing_files_are_1():
    with Place() as place:
        equal(place.run()[0], 2)
        equal(place.run("--nope")[0], 2)
        equal(place.run("none"), (1, "", "none: No such file or directory\n"))
        equal(place.run("-V", "none", "-"), (1, "", "none: No such file or directory\n"))
        equal(place.run("-t", "none", "-o", "o"), (1, "", "none: No such file or directory\n"))


def test_modes_and_owners_are_taken_over():
    if os.getuid() != 0:
        raise Skip("not root")
    with Place() as place:
        place.write("t/d/a", "x", 0o640)
        os.chmod(place.at("t/d"), 0o750)
        for name in "t/d", "t/d/a":
            os.chown(place.at(name), 12, 34)
        os.chmod(place.at("t/d/a"), 0o4755)
        equal(place.run("-t", "t", "-o", "o"), (0, "", ""))
        for name, mode in ("o/d", 0o40750), ("o/d/a", 0o104755):
            info = os.stat(place.at(name))
            equal((info.st_mode, info.st_uid, info.st_gid), (mode, 12, 34))
        # Who may not give a file away keeps it, without another's set-user-ID bit.
        os.chmod(place.path, 0o755)
        os.mkdir(place.at("mine"))
        os.chown(place.at("mine"), 77, 77)
        os.chmod(place.at("t/d"), 0o755)
        status, _, err = place.run("-t", "t", "-o", "mine", user=77, group=77, extra_groups=[])
        equal((status, len(err.splitlines())), (0, 2))
        equal(os.stat(place.at("mine/d/a")).st_mode & 0o7777, 0o755)


def test_what_cannot_be_read_or_written_is_said():
    if os.getuid() != 0:
        raise Skip("not root")
    with Place() as place:
        os.chmod(place.path, 0o755)
        place.write("t/a", "x", 0o600)
        os.chown(place.at("o"), 77, 77)
        equal(place.run("-t", "t", "-o", "o", user=77, group=77, extra_groups=[]), (1, "", "t/a: Permission denied\n"))
        os.chmod(place.at("t/a"), 0o644)
        os.chown(place.at("o"), 0, 0)
        equal(place.run("-t", "t", "-o", "o", user=77, group=77, extra_groups=[]), (1, "", "o/a: Permission denied\n"))
        mount = "mount -t tmpfs -o ro,size=64k none o && exec sctl-render -t t -o o"
        done = subprocess.run(["unshare", "-m", "sh", "-c", "ln -s %s sctl-render; PATH=.:$PATH; " % binary() + mount], cwd=place.path,
                              stderr=subprocess.PIPE, text=True, check=False)
        equal((done.returncode, done.stderr), (1, "o/a: Read-only file system\n"))
        place.write("t/b", "{{ 'x' * 200000 }}")
        mount = mount.replace("ro,", "") + "; ls -A o >&2"
        done = subprocess.run(["unshare", "-m", "sh", "-c", "PATH=.:$PATH; " + mount.replace("exec ", "")], cwd=place.path,
                              stderr=subprocess.PIPE, text=True, check=False)
        equal(done.stderr, "o/b: No space left on device\na\n")


def test_a_signal_ends_it_and_leaves_no_half_of_a_file():
    with Place(t__a="x", t__b="{% for i in range(10**9) %}{% endfor %}", t__c="y") as place:
        process = place.start("-t", "t", "-o", "o")
        wait_for(lambda: os.listdir(place.at("o")) == ["a"])
        process.send_signal(signal.SIGTERM)
        equal(process.wait(10), 128 + signal.SIGTERM)
        process.communicate()
        equal(os.listdir(place.at("o")), ["a"])
