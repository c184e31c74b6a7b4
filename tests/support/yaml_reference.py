"""PyYAML itself: what src/template/yaml must equal. Debian 12's python3-yaml 6.0 is the reference: run with /usr/bin/python3.

Values are those of SafeLoader, and so are the errors of its Composer, which say more; where a text is no YAML, libyaml's words count
(CSafeLoader), as it reads for us too, and so do its places. Where the two do not agree whether a text is YAML, libyaml is right."""
import io
import re

import yaml

VERSION = "6.0"


class NamedText(io.StringIO):
    name = "file.yml"


def load_with(text, loader):
    try:
        return ("value", yaml.load(NamedText(text), Loader=loader))
    except RecursionError:
        return ("error", "RecursionError", "")
    except Exception as error:
        return ("error", type(error).__name__, str(error))


def load(data):
    """("value", VALUE) or ("error", TYPE, MESSAGE) of bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return ("error", "UnicodeDecodeError", str(error))
    # As a file opened as text has it.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = load_with(text, yaml.SafeLoader)
    if plain[0] == "error" and plain[1] == "ReaderError":
        return plain
    fast = load_with(text[1:] if text.startswith("\ufeff") else text, yaml.CSafeLoader)
    wrong = ("ScannerError", "ParserError")
    if fast[0] == "error" and fast[1] in wrong:
        return fast
    if plain[0] == "error" and plain[1] in (*wrong, "ConstructorError"):
        return fast
    return plain


def show(result):
    if result[0] == "value":
        return "value\n" + repr(result[1])
    return "error %s\n%s" % result[1:]


def read_cases(text):
    """[name, document, result] of a file of tests/data/yaml."""
    cases = []
    for line in text.split("\n")[:-1]:
        if line.startswith("== "):
            cases.append([line[3:], "", ""])
        elif line.startswith("-- "):
            cases[-1][2] = line[3:] + "\n"
        elif cases[-1][2]:
            cases[-1][2] += line + "\n"
        else:
            cases[-1][1] += line + "\n"
    return cases


def document_bytes(text):
    if text.endswith("\\\n"):
        text = text[:-2]
    return re.sub(rb"\\&(..)", lambda found: bytes([int(found[1], 16)]), text.encode())
