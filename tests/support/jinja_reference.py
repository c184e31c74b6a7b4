"""Jinja2 itself, set up as the program entrypoint sets it up: what the room src/template must equal.

Debian 12's python3-jinja2 3.1.2 is the reference: run with /usr/bin/python3."""
import builtins
import glob
import json
import resource

import jinja2

VERSION = "3.1.2"


def unique(a):
    try:
        return set(a)
    except TypeError:
        out = []
        for x in a:
            if x not in out:
                out.append(x)
        return out


def intersect(a, b):
    return unique(x for x in a if x in b)


def difference(a, b):
    return unique(x for x in a if x not in b)


def union(a, b):
    return unique(list(a) + list(b))


def symmetric_difference(a, b):
    both = intersect(a, b)
    return difference(list(a) + list(b), both)


def split(value, sep=None, maxsplit=-1):
    return jinja2.filters.soft_str(value).split(sep, maxsplit)


def to_json(value, indent=None):
    return json.dumps(value, indent=indent)


def to_pretty_json(value, indent=4):
    return json.dumps(value, indent=indent, sort_keys=True)


class FatalError(Exception):
    pass


def fatal_error(message=""):
    raise FatalError(message)


@jinja2.pass_context
def context(ctx):
    return ctx


def environment(sources, loop_controls=True):
    env = jinja2.Environment(
        loader=jinja2.DictLoader(sources), undefined=jinja2.StrictUndefined, keep_trailing_newline=True,
        extensions=["jinja2.ext.do"] + (["jinja2.ext.loopcontrols"] if loop_controls else []))
    for name in "unique intersect difference union symmetric_difference split to_json to_pretty_json".split():
        env.filters[name] = globals()[name]
    for name in "abs all any max min round zip".split():
        env.globals[name] = getattr(builtins, name)
    env.globals.update(context=context, glob=lambda pathname: glob.glob(pathname), iglob=lambda pathname: glob.iglob(pathname),
                       fatal_error=fatal_error)
    return env


def variables_of(text):
    """What tests/support/test_variables.hpp makes of the same text."""
    if not text:
        return {}
    kept = []
    env = environment({})
    env.from_string("{% do keep(" + text + ") %}").render(keep=kept.append)
    return kept[0]


def line_of(error, names):
    """The innermost line of a template that an error passed through."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line, traceback = 0, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in names or traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def render(sources, variables=""):
    """("ok", output) or ("error", type, line, message) of the first of the templates."""
    name = next(iter(sources))
    try:
        given = variables_of(variables)
        return "ok", environment(sources).get_template(name).render(given)
    except RecursionError as error:
        return "error", "RecursionError", 0, str(error)
    except Exception as error:
        message = str(error.message) if isinstance(error, jinja2.TemplateSyntaxError) else str(error)
        return "error", type(error).__name__, line_of(error, sources), message


def limit_memory(size=2 << 30):
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
