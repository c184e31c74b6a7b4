// The program of the python3 that runs hooks which are modules of Python.
#pragma once

namespace sctl {

// Each request is a line of JSON: {"call": FUNCTION, "path": FILE, "variables": {...}}. Its answer
// is one, on descriptor 3: what the call has changed of variables and environment, or an error's
// lines. A module is loaded when its file is first asked for, with "call" null.
inline constexpr const char* python_driver = R"(
import importlib.util, json, os, sys, traceback
requests = os.fdopen(os.dup(0), encoding="utf-8")
answers = os.fdopen(os.dup(3), "w", encoding="utf-8")
os.close(3)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
modules, variables, seen = {}, {}, {}

def plain(value):
    if isinstance(value, (set, frozenset)):
        return list(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError("a value of the type %s cannot be handed on" % type(value).__name__)

def text(value):
    return json.dumps(value, default=plain)

def load(path):
    name = os.path.basename(path)[:-3]
    spec = importlib.util.spec_from_file_location(name, path)
    modules[path] = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(modules[path])

def call(request):
    given = {name: text(value) for name, value in request["variables"].items()}
    for name in [name for name in variables if name not in given]:
        del variables[name]
    for name in given:
        if name not in variables or seen.get(name) != given[name]:
            variables[name] = request["variables"][name]
    function = getattr(modules[request["path"]], request["call"], None)
    if function is not None:
        function(variables)
    now = {}
    for name, value in variables.items():
        if not isinstance(name, str):
            raise TypeError("the name of a variable is no text: %r" % (name,))
        now[name] = text(value)
    seen.clear()
    seen.update(now)
    return {"set": {name: json.loads(value) for name, value in now.items() if given.get(name) != value},
            "removed": [name for name in given if name not in now]}

for line in requests:
    request = json.loads(line)
    environment, answer = dict(os.environ), {}
    try:
        if request["call"] is None:
            load(request["path"])
        else:
            answer = call(request)
    except SystemExit as end:
        answer = {"status": end.code if isinstance(end.code, int) else 0 if end.code is None else 1}
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException as error:
        traceback.print_exc()
        answer = {"error": traceback.format_exception_only(type(error), error)[-1].strip()}
    answer["environment"] = {name: value for name, value in os.environ.items() if environment.get(name) != value}
    answer["unset"] = [name for name in environment if name not in os.environ]
    sys.stdout.flush()
    sys.stderr.flush()
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
)";

} // namespace sctl
