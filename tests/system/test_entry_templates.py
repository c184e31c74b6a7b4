"""entrypoint's variables, templates and hooks, under its name and with --like=entrypoint, and the same around units and a plain boot."""
import signal

from entry import LINKS, CommandBox, command_box, exists, outcome_of
from harness import SYSTEMCTL_INIT, Box, equal, wait_for

UNIT = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'cat /out/f >/seen'\n"
STAGES = """
def prehook(v): log("pre", v)
def hook(v): log("hook", v)
def posthook(v): log("post", v)
def log(stage, v):
    with open("/log", "a") as file:
        file.write("NAME %s\\n" % stage)
"""


def runs(*words, options=(), **given):
    """(status, stdout, stderr) of the command under both names, which is the same."""
    first = outcome_of(*options, *words, program="entrypoint", **given)
    options = [long_name(word) for word in options]
    equal(outcome_of("--like=entrypoint", *joined(options), "--", *words, **given), first)
    return first


def long_name(word):
    return {"-V": "--variables", "-t": "--templates", "-o": "--output", "-j": "--jinja", "-H": "--hooks"}.get(word, word)


def joined(words):
    """"--templates", "/t": one word."""
    return ["%s=%s" % pair for pair in zip(words[::2], words[1::2])]


def shows(template, output, variables="", **given):
    """A template becomes this."""
    files = {"/variables.yml": variables, "/templates/out": template, **given.pop("files", {})}
    equal(runs("cat", "/out", files=files, **given), (0, output, ""))


def fails(message, *words, files=None, **given):
    """It ends with 1, says this, and the command is not run."""
    status, out, err = runs(*(words or ("echo", "ran")), files=files or {}, **given)
    equal((status, out), (1, ""))
    assert message in err, err


def test_E20_variables_are_read_from_yaml():
    shows("{{ a }} {{ b.c[1] }}", "1 y", "a: 1\nb: {c: [x, y]}\n")
    equal(runs("cat", "/out", options=("-V", "/v"), files={"/v": "a: 2\n", "/variables.yml": "a: 1\n", "/templates/out": "{{ a }}"}), (0, "2", ""))


def test_E21_the_environment_counts_more_and_is_text():
    shows("{{ a }} {{ a is string }} {{ b }}", "5 True x", "a: 1\n", environment={"a": "5", "b": "x"})


def test_E22_no_file_of_variables_is_fine():
    equal(runs("cat", "/out", files={"/templates/out": "x"}, options=("-V", "/none")), (0, "x", ""))


def test_E23_a_file_of_variables_that_cannot_be_read_is_an_error():
    fails("/variables.yml: Is a directory", files={"/variables.yml/x": ""})
    fails("/variables.yml:2: while parsing a flow sequence", files={"/variables.yml": "a: [1\n"})
    fails("the variables are no mapping but list", files={"/variables.yml": "- 1\n"})


def test_E24_an_undefined_variable_is_an_error():
    fails("/templates/f:2: UndefinedError: 'nope' is undefined", files={"/templates/f": "a\n{{ nope }}\n"})


def test_E25_is_defined_and_default_may_ask_for_one():
    shows("{{ nope is defined }} {{ nope | default('d') }} {{ a.b | default('e') }}", "False d e", "a: {}\n")


def test_E26_an_undefined_attribute_is_an_error():
    fails("'dict object' has no attribute 'b'", files={"/templates/f": "{{ a.b }}", "/variables.yml": "a: {}\n"})


def test_E27_an_error_ends_with_1_and_the_command_is_not_run():
    fails("/templates/f:1: ZeroDivisionError: integer division or modulo by zero", files={"/templates/f": "{{ 1 // 0 }}"})
    fails("FatalError: stop here", files={"/templates/f": "{{ fatal_error('stop here') }}"})


def test_E28_a_syntax_error_shows_the_lines_around():
    fails("/templates/f:3: TemplateSyntaxError: ", files={"/templates/f": "1\n2\n{% if %}\n4\n5\n6\n"})
    fails("\n  1 | 1\n  2 | 2\n> 3 | {% if %}\n  4 | 4\n  5 | 5\n", "true", files={"/templates/f": "1\n2\n{% if %}\n4\n5\n6\n"})


def test_E29_what_exists_is_left_alone_with_a_line():
    equal(runs("cat", "/out", "/other", files={"/templates/out": "new", "/templates/other": "2", "/out": "old"}), (0, "old2", "/out: exists, left as it is\n"))


def test_E30_the_tree_is_walked():
    files = {"/t/a": "{{ 1 }}", "/t/d/.e/f": "{{ 2 }}", "/o/x": ""}
    equal(runs("sh", "-c", "cat /o/a /o/d/.e/f", files=files, options=("-t", "/t", "-o", "/o")), (0, "12", ""))


def test_E31_modes_and_owners_are_those_of_the_templates():
    files = {"/templates/new/f": ("x", 0o640), "/templates/old/g": ("x", 0o4755), "/old/h": ""}
    hook = "#!/bin/sh\nif [ $1 = pre ]; then chmod 710 /templates/new; chown -R 12:34 /templates/new; chmod 700 /templates/old; chmod 755 /old; fi\n"
    equal(runs("stat", "-c", "%n %a %u %g", "/new", "/new/f", "/old", "/old/g", files={**files, "/entrypoint_hooks/a": hook}),
          (0, "/new 710 12 34\n/new/f 640 12 34\n/old 755 0 0\n/old/g 4755 0 0\n", ""))


def test_E32_conditions():
    shows("{% if a == 1 %}x{% elif a == 2 %}y{% else %}z{% endif %}", "y", "a: 2\n")


def test_E33_loops():
    shows("{% for k, v in a.items() %}{{ loop.index }}{{ k }}{{ v }}{% if not loop.last %},{% endif %}{% else %}none{% endfor %}"
          "{% for x in [] %}{% else %} none{% endfor %}", "1x1,2y2 none", "a: {x: 1, y: 2}\n")


def test_E34_white_space_and_raw_text_and_comments():
    shows("a\n{%- if true %} b {%- endif %}\n{% raw %}{{ x }}{% endraw %}{# no #}\n", "a b\n{{ x }}\n")


def test_E35_filters_and_tests():
    shows("{{ a | sort | join('-') }} {{ a | map('string') | list }} {{ 3 is odd }} {{ 'ab' | upper }}", "1-2 ['2', '1'] True AB", "a: [2, 1]\n")


def test_E36_set_and_macros():
    shows("{% set a = 1 %}{% macro m(x, y=2) %}{{ x }}{{ y }}{{ a }}{% endmacro %}{{ m(0) }} {{ m(0, y=5) }}", "021 051")


def test_E37_include_and_import():
    files = {"/jinja/part": "part {{ a }}", "/jinja/d/macros": "{% macro m() %}macro{% endmacro %}"}
    shows("{% include 'part' %} {% from 'd/macros' import m %}{{ m() }}", "part 1 macro", "a: 1\n", files=files)
    equal(runs("cat", "/out", files={"/templates/out": "{% include 'p' %}", "/j/p": "other"}, options=("-j", "/j")), (0, "other", ""))


def test_E38_extends():
    shows("{% extends 'base' %}{% block b %}child {{ super() }}{% endblock %}", "<child base>", files={"/jinja/base": "<{% block b %}base{% endblock %}>"})


def test_E39_do_changes_and_prints_nothing():
    shows("{% set a = [1] %}{% do a.append(2) %}{{ a }}", "[1, 2]")


def test_E40_the_newline_at_the_end_stays():
    shows("x\n\n", "x\n\n")


def test_E41_filters_and_functions_of_its_own():
    shows("{{ 'a:b' | split(':') }} {{ a | to_json }} {{ [1, 1] | unique }} {{ [1, 2] | intersect([2]) }} {{ min(3, 2) }} {{ glob('/etc/pass[w]d') }}",
          "['a', 'b'] {\"x\": 1} {1} {2} 2 ['/etc/passwd']", "a: {x: 1}\n")


def test_E42_the_command_and_its_arguments_are_templates():
    equal(runs("{{ tool }}", "{{ a + 1 }}", "{% if a %}yes{% endif %}", "{a}", files={"/variables.yml": "tool: echo\na: 1\n"}), (0, "2 yes {a}\n", ""))
    fails("argument 1:1: UndefinedError: 'nope' is undefined", "echo", "{{ nope }}")
    equal(outcome_of("--no-init", "echo", "{{ a }}", program="entrypoint", files={"/variables.yml": "a: 1\n"}), (0, "1\n", ""))


def test_E43_hooks_are_called_in_three_stages_in_the_order_of_their_names():
    hooks = {"/h/%s.py" % name: STAGES.replace("NAME", name) for name in "ba"}
    program = "#!/bin/sh\ncat >/dev/null; echo \"c $1\" >>/log\n"
    files = {**hooks, "/h/c": program, "/h/README": "x", "/h/.d.py": "boom", "/templates/out": "{% do glob('/log') %}{{ 'x' if glob('/log') }}"}
    log = "".join("%s %s\n" % (name, stage) for stage in ("pre", "hook", "post") for name in "abc")
    equal(runs("cat", "/log", "/out", files=files, options=("-H", "/h")), (0, log + "x", ""))


def test_E44_hooks_change_variables_and_the_environment_and_fail():
    python = ("import os\ncount = 0\ndef prehook(v):\n    global count\n    count += 1\n    v['new'] = {'n': [1]}\n    del v['gone']\n    os.environ['FROM_HOOK'] = 'e'\n"
              "def posthook(v):\n    print('count', count, v['shell'], v['day'])\n")
    program = "#!/usr/bin/python3\nimport json, os, sys\nv = json.load(sys.stdin)\nprint(json.dumps({'shell': v['new']['n'] + [os.environ['FROM_HOOK']]}))\nprint('said', file=sys.stderr)\n"
    files = {"/variables.yml": "gone: 1\nday: 2001-02-03\n", "/entrypoint_hooks/a.py": python, "/entrypoint_hooks/b": program,
             "/templates/out": "{{ new }} {{ shell }} {{ gone is defined }} {{ day.year }}\n"}
    equal(runs("sh", "-c", "cat /out; echo $FROM_HOOK", files=files),
          (0, "count 1 [1, 'e'] 2001-02-03\n{'n': [1]} [1, 'e'] False 2001\ne\n", "b: said\n" * 3))
    fails("a.py: ValueError: no", files={"/entrypoint_hooks/a.py": "def prehook(v): raise ValueError('no')\n"})
    fails("a.py: SyntaxError: ", files={"/entrypoint_hooks/a.py": "def\n"})
    fails("/entrypoint_hooks/a: has not answered in JSON", files={"/entrypoint_hooks/a": "#!/bin/sh\necho x\n"})
    fails("/entrypoint_hooks/a: has answered no object of JSON", files={"/entrypoint_hooks/a": "#!/bin/sh\necho '[]'\n"})
    status, out, err = runs("echo", "ran", files={"/entrypoint_hooks/a": "#!/bin/sh\nexit 7\n"})
    equal((status, out, err), (7, "", "/entrypoint_hooks/a: has ended with status 7\n"))
    with CommandBox(init=["/usr/bin/env", "PATH=/none", "/usr/local/bin/entrypoint", "/bin/echo", "ran"], links=LINKS, files={"/entrypoint_hooks/a.py": ""}) as box:
        equal((box.wait_exit(), box.stdout()), (1, ""))
        assert "/entrypoint_hooks/a.py: a hook in Python, for which there is no interpreter: " in box.stderr(), box.stderr()


def test_E45_skip_entrypoint_leaves_the_words_of_the_command_alone():
    files = {"/templates/out": "{{ nope }}", "/variables.yml": "- 1", "/entrypoint_hooks/a.py": "boom"}
    equal(runs("echo", "{{ 1 + 1 }}", files=files, environment={"SKIP_ENTRYPOINT": "1"}), (0, "2\n", ""))
    fails("'HOME' is undefined", "echo", "{{ HOME }}", files=files, environment={"SKIP_ENTRYPOINT": "1"})
    fails("", files=files, environment={"SKIP_ENTRYPOINT": ""})


def test_E46_texts_are_utf8():
    shows("ä {{ a }} {{ a | length }}", "ä € 1", "a: €\n")
    fails("/templates/f: no UTF-8", files={"/templates/f": b"\xff\xfe"})
    fails("UnicodeDecodeError", files={"/variables.yml": b"a: \xff\n"})


def test_E47_variables_are_yaml_1_1():
    shows("{{ a }} {{ b }} {{ c }} {{ d }} {{ e }} {{ f }}", "True 511 2001-02-03 {'x': 1, 'y': 3} {1} 90",
          "a: yes\nb: 0777\nc: 2001-02-03\nbase: &b {x: 1, y: 2}\nd: {<<: *b, y: 3}\ne: !!set {1}\nf: 1:30\n")


def test_E48_a_jinja_root_inside_the_template_root():
    fails("/t/j: lies below the directory of templates, /t", options=("-t", "/t", "-j", "/t/j"), files={"/t/j/x": "x"})


def test_E49_around_units_and_a_plain_boot_it_is_asked_for_by_the_image():
    files = {"/templates/out/f": "{{ a }}", "/variables.yml": "a: 1\n", "/out/x": ""}
    units = {"a.service": UNIT}
    for options, environment, more in ((["--templates"], {}, {}), ([], {"SYSTEMCTL_TEMPLATES": "1"}, {}), ([], {}, {"/etc/sctl/templates": ""})):
        with Box(init=SYSTEMCTL_INIT + options + ["a.service"], units=units, files={**files, **more}, environment=environment) as box:
            wait_for(lambda: exists(box, "/seen") and box.read("/seen"))
            equal(box.read("/seen"), "1")
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(), 0)
    with Box(units=units, files={**files, "/etc/sctl/templates": ""}, links={"/etc/systemd/system/default.target": "/etc/systemd/system/a.service"}) as box:
        wait_for(lambda: exists(box, "/out/f"))
    equal(outcome_of("--", "ls", "/out", files=files), (0, "x\n", ""))
    equal(outcome_of("--templates=/none", "--hooks=/h", "a.service", units=units, files={"/h/a": "#!/bin/sh\nexit 9\n"}),
          (9, "", "/h/a: has ended with status 9\n"))


def test_E50_what_takes_too_long_and_signals_end_it():
    slow = "#!/bin/sh\ntouch /up; sleep 1000\n"
    status, _, err = outcome_of("--hooks=/h", "--hooks-timeout=1s", "--", "true", files={"/h/a": slow})
    equal((status, err), (1, "/h/a: has not ended in time\n"))
    for program, words in (("entrypoint", ("-H", "/h", "true")), (None, ("--hooks=/h", "a.service"))):
        with command_box(*words, program=program, files={"/h/a": slow}, units={"a.service": UNIT}) as box:
            wait_for(lambda: exists(box, "/up"))
            box.signal(signal.SIGTERM)
            equal(box.wait_exit(), 128 + signal.SIGTERM)


def test_a_hook_that_is_told_to_end_has_time_for_it():
    patient = "#!/bin/sh\ntrap 'sleep 0.2; echo done >/log; exit' TERM\ntouch /up; while :; do sleep 0.05; done\n"
    with command_box("--hooks=/h", "--", "true", program=None, files={"/h/a": patient}) as box:
        wait_for(lambda: exists(box, "/up"))
        box.signal(signal.SIGTERM)
        equal(box.wait_exit(), 128 + signal.SIGTERM)
        equal(box.read("/log"), "done\n")


def test_a_hook_that_ignores_SIGTERM_is_killed_when_its_grace_is_over():
    deaf = "#!/bin/sh\ntrap '' TERM\necho $$ >/pid; touch /up; while :; do sleep 0.05; done\n"
    script = "systemctl init --any-pid --stop-grace=500ms --hooks=/h -- true & until [ -e /up ]; do sleep 0.05; done; kill $!; wait $!; echo $?; kill -0 $(cat /pid) || echo gone"
    with Box(init=["/bin/sh", "-c", script], files={"/h/a": deaf}) as box:
        equal(box.wait_exit(), 0)
        equal(box.stdout(), "143\ngone\n")
    # Python is told so at the end of the preparation, too.
    deaf = "import signal, threading\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nthreading.Thread(target=threading.Event().wait).start()\n"
    equal(outcome_of("--hooks=/h", "--stop-grace=500ms", "--", "echo", "ran", files={"/h/a.py": deaf})[:2], (0, "ran\n"))


def test_quiet_is_quiet_about_what_exists():
    files = {"/templates/out": "new", "/out": "old", "/entrypoint_hooks/a": "#!/bin/sh\necho said >&2\n"}
    equal(outcome_of("-q", "cat", "/out", program="entrypoint", files=files), (0, "old", "a: said\n" * 3))
    equal(outcome_of("-q", "--templates", "--", "cat", "/out", files=files), (0, "old", "a: said\n" * 3))


def test_orphans_of_hooks_are_reaped_and_may_go_on():
    hook = "#!/bin/sh\n[ $1 = pre ] || exit 0\nfor i in 1 2 3; do (sleep 0.01 &) done\nsetsid sleep 1000 </dev/null >/dev/null 2>&1 &\n"
    script = "ps -eo stat,args | grep -c '^Z'; ps -eo args | grep -c '^sleep 1000'"
    equal(outcome_of("--hooks=/h", "--", "sh", "-c", script, files={"/h/a": hook})[1].split()[1], "1")
