#!/usr/bin/python3
"""Records what Jinja2 3.1.2 (Debian's python3-jinja2) makes of the templates in tests/data/templates/*.txt.

Usage: tests/record_templates.py          writes the results into the files
       tests/record_templates.py --check  only says where a file has another result than Jinja2 gives; status 1 then"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "support"))
import jinja2  # noqa: E402
import jinja_reference  # noqa: E402
import template_cases  # noqa: E402


def main():
    if jinja2.__version__ != jinja_reference.VERSION:
        print(f"skip: this is Jinja2 {jinja2.__version__}, not {jinja_reference.VERSION}")
        return 0
    check, wrong, count = "--check" in sys.argv[1:], 0, 0
    for path in sorted((HERE / "data" / "templates").glob("*.txt")):
        cases = template_cases.parse(path.read_text(encoding="utf-8"))
        for case in cases:
            result = jinja_reference.render(case.sources, case.variables)
            count += 1
            if check and result != case.result:
                print(f"{path.name}: {case.name}: recorded {case.result}, now {result}")
                wrong += 1
            case.result = result
        if not check:
            path.write_text("".join(case.text() for case in cases), encoding="utf-8")
    print(f"{count} templates" + (f", {wrong} differ" if check else " recorded"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
