#!/usr/bin/python3
"""Writes recorded templates or documents as seeds of a fuzz target, each as a file: tests/fuzz/write_seeds.py TARGET DIRECTORY

TARGET is template_syntax, template or yaml; other targets have their seeds in tests/data/corpus, and nothing is written."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "support"))
import template_cases  # noqa: E402


def templates():
    for path in sorted((TESTS / "data" / "templates").glob("*.txt")):
        yield from template_cases.parse(path.read_text(encoding="utf-8"))


def whole_case(case):
    case.result = None
    return case.text().split("\n", 1)[1]


def documents():
    for path in sorted((TESTS / "data" / "yaml").glob("*.txt")):
        for case in path.read_text(encoding="utf-8").split("== ")[1:]:
            yield case.split("\n", 1)[1].split("\n-- ")[0]


def main():
    target, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    seeds = {"template_syntax": lambda: (case.sources["main"] for case in templates()), "template": lambda: map(whole_case, templates()), "yaml": documents}
    for number, text in enumerate(seeds.get(target, list)()):
        (directory / f"seed{number}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
