#!/usr/bin/python3
"""Reads random documents of YAML with PyYAML 6.0 (Debian's python3-yaml) and with src/template/yaml, and prints where they differ.

Usage: tests/fuzz/compare_yaml.py PROGRAM [COUNT [SEED]]      PROGRAM is what `ninja -C build tests/read-yaml` makes"""
import pathlib
import random
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import yaml_reference  # noqa: E402

PIECES = ["a", "b: ", "- ", ": ", "\n", "\n  ", "\n    ", " ", "#", " #x", "&a ", "*a", "!x ", "!!str ", "!!int ", "!!set ", "!!omap ", "[", "]", "{", "}",
          ",", ", ", "? ", "|\n", ">\n", ">-\n", "|+\n", "'", '"', "\\", "<<: ", "<<", "=", "---\n", "...\n", "%YAML 1.1\n", "\t", "é", "€", "\r\n", "12",
          "0x1f", "1:30", "yes", "~", "2001-01-02", "1.5", ".inf", "!!binary ", "!!float ", "\u2028", "\u0085", "@", "`", "!", "&", "*"]
LETTERS = "0123456789_.:-+eExXbBinfNaN tTZ~yYoOsSuUlL"


def scalar(random):
    kind = random.randrange(8)
    if kind < 3:
        return "".join(random.choice(LETTERS) for _ in range(random.randrange(1, 9)))
    if kind == 3:
        return random.choice(["yes", "no", "on", "off", "null", "~", "<<", "=", "true", "False", ".inf", ".nan", "0777", "1_000", "0b11", "1:30:15", "1e3"])
    if kind == 4:
        return "%04d-%02d-%d%s" % (random.randrange(1, 3000), random.randrange(1, 14), random.randrange(1, 33), random.choice(
            ["", " %d:%02d:%02d" % (random.randrange(25), random.randrange(61), random.randrange(61)), "T1:02:03.%dZ" % random.randrange(10**random.randrange(1, 9)),
             " 1:02:03 %s%d:30" % (random.choice("+-"), random.randrange(26))]))
    if kind == 5:
        return random.choice(["'%s'", '"%s"']) % random.choice(["x", "a b", "12", "yes", "€", ": ", "# "])
    if kind == 6:
        return str(random.randrange(-10**random.randrange(1, 25), 10**random.randrange(1, 25)))
    return repr(random.uniform(-1, 1) * 10**random.randrange(-20, 20))


def without_name(text):
    # CSafeLoader does not say which.
    return re.sub(r"(found undefined alias|found duplicate anchor) '[^']*'", r"\1", text)


class Writer:
    """Documents that mean something, in flow style."""

    def __init__(self, random):
        self.random, self.anchors = random, 0

    def value(self, depth):
        random, kind = self.random, self.random.randrange(14)
        before = ""
        if random.randrange(8) == 0:
            self.anchors += 1
            before = "&a%d " % self.anchors
        if kind == 0 and self.anchors:
            return "*a%d " % random.randrange(1, self.anchors + 1)
        if depth <= 0 or kind < 6:
            tag = random.choice(["", "", "", "", "!!str ", "!!int ", "!!float ", "!!bool ", "!!null ", "!!binary ", "!!timestamp ", "! "]) if kind == 1 else ""
            return before + tag + scalar(random)
        tag = random.choice(["!!set ", "!!omap ", "!!pairs ", "!!map ", "!!seq ", "!x ", "! "]) if random.randrange(6) == 0 else ""
        if kind < 9 or tag in ("!!omap ", "!!pairs "):
            return before + tag + "[" + ", ".join(
                "{%s: %s}" % (scalar(random), self.value(depth - 2)) if tag in ("!!omap ", "!!pairs ") else self.value(depth - 1)
                for _ in range(random.randrange(4))) + "]"
        if tag == "!!set ":
            return before + tag + "{" + ", ".join(str(random.randrange(99)) for _ in range(random.randrange(4))) + "}"
        return before + tag + "{" + ", ".join(
            "%s: %s" % ("<<" if random.randrange(5) == 0 else self.value(0), self.value(depth - 1)) for _ in range(random.randrange(5))) + "}"


def block(random, writer, depth, indentation):
    blanks = " " * indentation
    if depth <= 0 or random.randrange(4) == 0:
        return " " + writer.value(1) + "\n"
    lines = []
    for i in range(random.randrange(1, 4)):
        lead = "-" if depth % 2 else random.choice(["k%d:" % i, "<<:", "%s:" % scalar(random)])
        lines.append(blanks + lead + block(random, writer, depth - 1, indentation + 2))
    return "\n" + "".join(lines)


def document(random):
    kind = random.randrange(4)
    if kind == 0:
        return "".join(random.choice(PIECES) for _ in range(random.randrange(1, 14)))
    if kind == 1:
        return Writer(random).value(4)
    if kind == 2:
        return block(random, Writer(random), random.randrange(1, 5), 0).lstrip("\n")
    return "- " + scalar(random)


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**6)
    chance = random.Random(seed)
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    wrong = good = 0
    for _ in range(count):
        data = document(chance).replace("\r\n", "\n").encode()
        # A tab behind "!" is an error for SafeLoader, a text for CSafeLoader, and for us as a blank is.
        if re.search(rb"! *\t", data):
            continue
        process.stdin.write(b"%d\n" % len(data) + data)
        process.stdin.flush()
        size = process.stdout.readline()
        if not size:
            print("it died of", data)
            return 1
        ours = process.stdout.read(int(size)).decode("utf-8", "replace")
        process.stdout.read(1)
        theirs = yaml_reference.show(yaml_reference.load(data))
        good += theirs.startswith("value")
        if without_name(ours) != without_name(theirs) and not theirs.startswith("error RecursionError"):
            wrong += 1
            print("====", data, "\n-- PyYAML:", theirs, "\n-- ours:", ours)
    print(f"seed {seed}: {count} documents, {good} of them YAML with a value, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
