#!/usr/bin/python3
"""Compares random templates: what Jinja2 makes of them, and what src/template does.

Usage: tests/fuzz/compare_templates.py RENDERER [COUNT [SEED]]. RENDERER is the program of tests/support/render.cpp (meson's target
`render-templates`). Each difference is printed; the status is 1 if there was one."""
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import jinja2  # noqa: E402
import jinja_reference  # noqa: E402
import template_cases  # noqa: E402

VARIABLES = ("{'i': 7, 'z': 0, 'f': 2.5, 's': 'héllo World', 't': 'a,b;c', 'e': '', 'l': [3, 1, 2], 'm': ['b', 'A', 'c'], 'n': none, 'y': true, "
             "'d': {'k': 1, 'x': [1, 2], 'n': {'q': 'deep'}}, 'r': [{'a': 1, 'b': 'x'}, {'a': 3, 'b': 'y'}, {'a': 1, 'b': 'z'}], 'u': (1, 'two')}")
NAMES = "i z f s t e l m n y d r u nope v w".split()
FILTERS = """abs capitalize center(8) default('D') d(1,true) dictsort e escape filesizeformat first float forceescape indent indent(2,true) int
int(5) join join(', ') last length list lower items|list map('string')|list map(attribute='a')|list max min pprint reject('odd')|list
rejectattr('a','eq',1)|list replace('l','L') replace('a','b',1) reverse reverse|list round round(1) round(1,'ceil') round(-1) safe select|list
select('number')|list selectattr('a')|list slice(2)|list batch(2)|list batch(3,'-')|list sort sort(true) sort(attribute='a') sort(case_sensitive=true) string
striptags sum sum(attribute='a') title tojson trim trim('hd') truncate(5) truncate(5,true,'') upper urlencode urlize wordcount wordwrap(5) xmlattr groupby('a')
attr('upper') unique|list|length to_json split(',') format(1) map('upper')|list map(attribute='b',default='-')|join items|first map('default',1)|list
count string|length lower|title list|last""".split()
TESTS = """defined undefined none odd even divisibleby(2) boolean integer float number string mapping iterable sequence callable lower upper true false
escaped sameas(none) in([1,2,'a']) eq(1) ne(2) lt(3) ge(1)""".split()
METHODS = """upper() lower() strip() split() split(',') title() replace('l','r') startswith('h') endswith('d') find('o') count('l') join(['p','q']) format(1)
isdigit() zfill(9) center(12,'*') keys()|list values()|list items()|list get('k') get('zz','no') copy() index(1) count(1) append(1) pop() pop(0) extend([9]) reverse() sort()
update({'h':1}) insert(0,5) partition('o') splitlines() isupper() k x n a b nope ljust(9,'.') rsplit('o',1) lstrip('h') swapcase() capitalize() setdefault('k',3) remove(1) real""".split()
OPERATORS = "+ - * / // % ** ~ and or == != < <= > >= in".split() + ["not in"]
LITERALS = ["0", "1", "2", "-3", "10", "1.5", "0.1", "1e3", "100000000000000000000", "''", "'a'", "'Ab c'", "'%s'", "'{}'", "'<b>'", "true", "false", "none", "[]", "[1, 2]",
            "['x', 1]", "{}", "{'k': 'v'}", "(1, 2)", "()", "range(4)", "'é'", "'a\\nb'", "\"it's\"", "namespace(q=1)", "dict(a=1)", "[[1, 2], [3]]", "'12'", "' 4.5 '"]


class Generator:
    def __init__(self, rng):
        self.rng = rng

    def expression(self, depth):
        pick = self.rng.random()
        if depth <= 0 or pick < 0.16:
            return self.rng.choice(NAMES + ["loop.index", "loop.last", "loop.length"] if pick < 0.02 else NAMES)
        if pick < 0.34:
            return self.rng.choice(LITERALS)
        inner = self.expression(depth - 1)
        if pick < 0.52:
            return f"{inner}|{self.rng.choice(FILTERS)}"
        if pick < 0.60:
            test = self.rng.choice(TESTS)
            return f"({inner} is {'not ' if self.rng.random() < 0.3 else ''}{test})"
        if pick < 0.70:
            return f"{self.atom(inner)}.{self.rng.choice(METHODS)}"
        if pick < 0.78:
            return f"{self.atom(inner)}[{self.subscript(depth - 1)}]"
        if pick < 0.93:
            text = f"{inner} {self.rng.choice(OPERATORS)} {self.expression(depth - 1)}"
            return f"({text})" if self.rng.random() < 0.6 else text
        if pick < 0.96:
            other = f" else {self.expression(depth - 1)}" if self.rng.random() < 0.8 else ""
            return f"({inner} if {self.expression(depth - 1)}{other})"
        if pick < 0.98:
            return f"[{inner}, {self.expression(depth - 1)}]"
        return self.rng.choice([f"not {inner}", f"-{inner}", f"(+{inner})", f"{{'p': {inner}}}"])

    def atom(self, text):
        return text if re.fullmatch(r"[a-z]+", text) else f"({text})"

    def subscript(self, depth):
        pick = self.rng.random()
        if pick < 0.4:
            return self.rng.choice(["0", "-1", "1", "'k'", "'a'", "'n'", "5"])
        if pick < 0.7:
            return self.rng.choice(["1:", ":-1", "::-1", "1:3", "::2", ":", "-2:", "3:0:-1"])
        return self.expression(depth)

    def statement(self, depth):
        pick, body = self.rng.random(), lambda: self.block(depth - 1)
        dash = lambda: self.rng.choice(["", "", "", "-"])  # noqa: E731
        if depth <= 0 or pick < 0.4:
            return f"{{{{{dash()} {self.expression(self.rng.choice([1, 1, 2]))} {dash()}}}}}"
        if pick < 0.5:
            return f"{{%{dash()} set {self.rng.choice(['v', 'w', 'i', 'v, w'])} = {self.expression(2)} {dash()}%}}"
        if pick < 0.6:
            other = f"{{% else %}}{body()}" if self.rng.random() < 0.5 else ""
            return f"{{% if {self.expression(2)} {dash()}%}}{body()}{other}{{%{dash()} endif %}}"
        if pick < 0.74:
            target = self.rng.choice(["v", "w", "v, w", "i"])
            test = f" if {self.expression(1)}" if self.rng.random() < 0.2 else ""
            source = self.rng.choice(["l", "m", "r", "d", "d.items()", "s", "range(3)", "u", "[[1, 2], [3, 4]]", self.expression(2)])
            other = f"{{% else %}}{body()}" if self.rng.random() < 0.3 else ""
            return f"{{% for {target} in {source}{test} {dash()}%}}{body()}{other}{{% endfor {dash()}%}}"
        if pick < 0.8:
            name = self.rng.choice(["mac", "mac2"])
            return f"{{% macro {name}(v, w={self.expression(1)}) %}}{body()}{{% endmacro %}}{{{{ {name}({self.expression(1)}) }}}}"
        if pick < 0.84:
            return f"{{% filter {self.rng.choice(['upper', 'trim', 'indent', 'title', 'escape', 'replace(1, 2)'])} %}}{body()}{{% endfilter %}}"
        if pick < 0.88:
            return f"{{% set v %}}{body()}{{% endset %}}[{{{{ v }}}}]"
        if pick < 0.92:
            return f"{{% with v = {self.expression(2)}, w = v|default(1) %}}{body()}{{% endwith %}}"
        if pick < 0.95:
            return f"{{% do {self.expression(2)} %}}"
        if pick < 0.97:
            name = f"b{self.rng.randrange(1000)}"
            return f"{{% block {name}{self.rng.choice(['', ' scoped'])} %}}{body()}{{% endblock %}}"
        return self.rng.choice(["{# c #}", "{% raw %}{{ x }}{% endraw %}", "{%- raw -%} r {%- endraw -%}", "{% autoescape true %}" + body() + "{% endautoescape %}",
                                "{% include 'inc' %}", "{% import 'lib' as v %}{{ v.lm(2) }}", "{% from 'lib' import lm, lv as w %}{{ lm(w) }}", "{% call lm2() %}" + body() + "{% endcall %}"])

    def block(self, depth):
        parts = [self.rng.choice(["", " ", "text ", "\n", "  <p>"]) + self.statement(depth) for _ in range(self.rng.choice([1, 1, 2]))]
        return "".join(parts)

    def template(self):
        if self.rng.random() < 0.5:
            text = "{{ " + self.expression(self.rng.choice([1, 1, 2, 2, 3])) + " }}"
        else:
            count, depth = self.rng.choice([1, 1, 2]), self.rng.choice([1, 2, 2, 3])
            text = "".join(self.rng.choice(["", " ", "\n", "a "]) + self.statement(depth) for _ in range(count))
        if self.rng.random() < 0.15:
            escaping = self.rng.choice(["true", "true", "y", "z", "1 == 1", self.expression(1)])
            text = f"{{% autoescape {escaping} %}}{text}{{% endautoescape %}}"
        if self.rng.random() < 0.08:  # what is no template
            at = self.rng.randrange(len(text) + 1)
            text = text[:at] + self.rng.choice(["{{", "}}", "{%", "%}", "'", "(", ")", "|", ".", "}", "]", " if ", " else "]) + text[at + self.rng.randrange(3):]
        return {"main": text, "inc": "<{{ i }}{{ v|default('-') }}>", "lib": "{% macro lm(a) %}({{ a }}){% endmacro %}{% set lv = 5 %}"}


def plain(result, with_lines_differ=False):
    """Without what differs from run to run or between C++ and Python as is said in docs/templates.md."""
    if result[0] == "ok":
        return "ok", re.sub(r"0x[0-9a-f]{6,}|(<|&lt;)((built-in )?(method|function|bound)|generator object|[a-z_]+(iterator|reversed) object).*?(>|&gt;)", "<>", result[1])
    if result[1] in ("RecursionError", "MemoryError"):
        return "error", "limit"
    if with_lines_differ:
        return result[:2] + result[3:]
    return result


def main():
    if jinja2.__version__ != jinja_reference.VERSION:
        print(f"skip: this is Jinja2 {jinja2.__version__}, not {jinja_reference.VERSION}")
        return 0
    jinja_reference.limit_memory()
    count, seed = int((sys.argv + ["", "", "2000"])[2] or 2000) if len(sys.argv) > 2 else 2000, int(sys.argv[3]) if len(sys.argv) > 3 else 1
    renderer, wrong, failed = template_cases.Renderer(sys.argv[1]), 0, 0
    for number in range(seed, seed + count):
        sources = Generator(random.Random(number)).template()
        wanted, got = jinja_reference.render(sources, VARIABLES), renderer.render(sources, VARIABLES)
        failed += wanted[0] != "ok"
        # Jinja2 does not say the line where constants fail when it compiles.
        lines_differ = "{% with" in sources["main"] or wanted[:1] == ("error",) and wanted[2] == 0
        if plain(wanted, lines_differ) != plain(got, lines_differ):
            wrong += 1
            print(f"{number}: {sources['main']!r}\n  wanted {wanted!r}\n  got    {got!r}", flush=True)
    print(f"{count} templates, {failed} of them errors, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
