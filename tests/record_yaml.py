#!/usr/bin/python3
"""Records what PyYAML 6.0 (Debian's python3-yaml) makes of the documents in tests/data/yaml/*.txt.

Usage: tests/record_yaml.py          writes the results into the files
       tests/record_yaml.py --check  only says where a file has another result than PyYAML gives; status 1 then"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "support"))
try:
    import yaml
    import yaml_reference
except ImportError:
    yaml = None


def main():
    if yaml is None or yaml.__version__ != yaml_reference.VERSION or not yaml.__with_libyaml__:
        print("skip: there is no PyYAML 6.0 with libyaml")
        return 0
    check, wrong, count = "--check" in sys.argv[1:], 0, 0
    for path in sorted((HERE / "data" / "yaml").glob("*.txt")):
        text = ""
        for name, document, recorded in yaml_reference.read_cases(path.read_text(encoding="utf-8")):
            result = yaml_reference.show(yaml_reference.load(yaml_reference.document_bytes(document))) + "\n"
            count += 1
            if check and result != recorded:
                print(f"{path.name}: {name}: recorded {recorded!r}, now {result!r}")
                wrong += 1
            text += f"== {name}\n{document}-- {result}"
        if not check:
            path.write_text(text, encoding="utf-8")
    print(f"{count} documents" + (f", {wrong} differ" if check else " recorded"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
