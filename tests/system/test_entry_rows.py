"""Holds docs/inits.md and the tests of command mode together: each row has a test that is named by its id, and each id a row."""
import glob
import os
import re

from harness import equal, read_file

HERE = os.path.dirname(os.path.abspath(__file__))
ID = r"[A-Z][0-9][0-9]"


def ids(first, last):
    """"E20" and "E47": all from the one to the other; "" as the last: the first alone."""
    return {"%s%02d" % (first[0], number) for number in range(int(first[1:]), int((last or first)[1:]) + 1)}


def test_each_row_has_a_test_and_each_test_a_row():
    text = read_file(os.path.join(HERE, "../../docs/inits.md"))
    listed = [id for first, last in re.findall(r"^\| (%s)(?: to (%s))? \|" % (ID, ID), text, re.M) for id in sorted(ids(first, last))]
    equal(sorted(set(listed)), sorted(listed))
    tested = set()
    for path in glob.glob(os.path.join(HERE, "test_entry_*.py")):
        for name in re.findall(r"^def test_((?:%s_(?:to_)?)+)" % ID, read_file(path), re.M):
            for first, last in re.findall(r"(%s)(?:_to_(%s))?_" % (ID, ID), name):
                tested |= ids(first, last)
    equal(sorted(tested), sorted(listed))
