#!/usr/bin/env python3
"""Runs the system tests: functions test_* of tests/system/test_*.py and tests/system/*/test.py, each in a process of its own.

    run.py [--binary build/systemctl] [-j N] [--list] [SELECTOR...]

A selector is a tag (slow, podman, ansible, debian), or a part of a test's name, which is FILE.FUNCTION without the words `test`.
Prints `ok NAME`, `FAIL NAME` with what the test printed, or `skip NAME: reason`, and ends with `N passed, N failed, N skipped`,
or puts these numbers into the file that $SCTL_TOTALS names. What failed is said once more before, or added to the file that
$SCTL_FAILURES names. Needs root and namespaces; without, every test is skipped.
"""
import argparse
import glob
import importlib.util
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import control_groups
import harness

HERE = os.path.dirname(os.path.abspath(__file__))
USUAL_DEADLINE = 60
PASSED, FAILED, SKIPPED = 0, 1, 77
KNOWN_TAGS = ("slow", "podman", "ansible", "debian")


class Test:
    def __init__(self, name, function):
        self.name, self.function = name, function
        self.tags = getattr(function, "tags", ())
        self.deadline = getattr(function, "deadline", USUAL_DEADLINE)

    def selected(self, selectors):
        return not selectors or any(each in self.tags or (each not in KNOWN_TAGS and each in self.name) for each in selectors)


class Running:
    """A test in a forked process, which leads a process group of its own so that it can be ended with all it started."""

    def __init__(self, test):
        self.test, self.began = test, time.monotonic()
        self.log = tempfile.TemporaryFile()
        self.failure = None
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            # Of a background job of a script SIGINT is ignored, and of all that it executes.
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(self.log.fileno(), 1)
            os.dup2(self.log.fileno(), 2)
            os._exit(run_here(test))
        self.descriptor = os.pidfd_open(self.pid)

    def overdue(self):
        return time.monotonic() - self.began > self.test.deadline

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def finish(self, progress):
        """Reports the test, behind what is to be said of the whole, and returns what it came to."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.kill()
        os.close(self.descriptor)
        self.log.seek(0)
        text = self.log.read().decode(errors="replace")
        seconds = time.monotonic() - self.began
        if status == PASSED:
            print("%sok %s (%.1f s)" % (progress, self.test.name, seconds), flush=True)
        elif status == SKIPPED:
            print("%sskip %s: %s" % (progress, self.test.name, (text.strip().splitlines() or ["it did not say why"])[-1]), flush=True)
        else:
            why = " (killed after its deadline of %g s)" % self.test.deadline if status == -signal.SIGKILL else ""
            self.failure = "FAIL %s%s\n%s" % (self.test.name, why, "".join("    %s\n" % line for line in text.splitlines()))
            print(progress + self.failure, flush=True)
            status = FAILED
        return status


def run_here(test):
    """In the test's process: its exit status."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    status = FAILED
    try:
        test.function()
        status = PASSED
    except harness.Skip as reason:
        print(reason)
        status = SKIPPED
    except BaseException:
        traceback.print_exc(file=sys.stdout)
    sys.stdout.flush()
    return status


def load_tests():
    tests = []
    for path in sorted(glob.glob(HERE + "/test_*.py") + glob.glob(HERE + "/*/test.py")):
        case = os.path.basename(os.path.dirname(path)) if path.endswith("/test.py") else os.path.basename(path)[5:-3]
        spec = importlib.util.spec_from_file_location("case_" + case, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        tests += [Test("%s.%s" % (case, name[5:]), function) for name, function in vars(module).items()
                  if name.startswith("test_") and callable(function)]
    return tests


def run_all(tests, at_once):
    """Runs the tests, the longest first so that the last one is not waited for alone."""
    waiting = sorted(tests, key=lambda test: test.deadline)
    running, results, failures = [], [], []
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(Running(waiting.pop()))
            ended = select.select([each.descriptor for each in running], [], [], 0.5)[0]
            for each in [each for each in running if each.descriptor in ended]:
                running.remove(each)
                progress = "[%d/%d] " % (len(results) + 1, len(tests)) if sys.stdout.isatty() else ""
                results.append(each.finish(progress))
                failures += [each.failure] if each.failure else []
            for each in running:
                if each.overdue():
                    each.kill()
            reap_others(running)
    finally:
        for each in running:
            each.kill()
    return results, failures


def reap_others(running):
    """As the first process of its namespace the runner gets what the tests have left behind."""
    ours = {each.pid for each in running}
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in ours:
            try:
                os.waitpid(int(name), os.WNOHANG)
            except ChildProcessError:
                pass


def why_not():
    """What keeps all tests from running here, or nothing."""
    if os.geteuid() != 0:
        return "needs root"
    probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"], stderr=subprocess.PIPE, text=True)
    return "no namespaces here: " + probe.stderr.strip() if probe.returncode else None


def enter_namespaces():
    """Runs this program again in a mount and pid namespace of its own: its end then ends and unmounts all that tests have left."""
    os.environ["SCTL_NAMESPACES"] = "entered"
    unshare = shutil.which("unshare")
    os.execv(unshare, [unshare, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
                       sys.executable] + sys.argv)


def tell_failures(failures):
    """Once more at the end, where many lines are between a failure and the totals."""
    if "SCTL_FAILURES" in os.environ:
        with open(os.environ["SCTL_FAILURES"], "a") as file:
            file.write("".join(failures))
    elif len(failures) > 1:
        print("\n" + "".join(failures), flush=True)


def tell(totals):
    if "SCTL_TOTALS" in os.environ:
        with open(os.environ["SCTL_TOTALS"], "w") as file:
            file.write("%d %d %d\n" % totals)
    else:
        print("%d passed, %d failed, %d skipped" % totals, flush=True)


def main():
    parser = argparse.ArgumentParser(description="Runs the system tests.")
    parser.add_argument("--binary", default=os.path.join(HERE, "../../build/systemctl"))
    parser.add_argument("-j", type=int, default=2, help="tests at once")
    parser.add_argument("--list", action="store_true", help="print names and tags only")
    parser.add_argument("selectors", nargs="*")
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    tests = [test for test in load_tests() if test.selected(options.selectors)]
    if options.list:
        print("\n".join(" ".join((test.name,) + test.tags) for test in tests))
        return 0
    if not tests:
        print("no test matches %s" % " ".join(options.selectors))
        return 1
    reason = why_not() if "SCTL_NAMESPACES" not in os.environ else None
    if reason:
        for test in tests:
            print("skip %s: %s" % (test.name, reason))
        tell((0, 0, len(tests)))
        return 0
    if "SCTL_NAMESPACES" not in os.environ:
        enter_namespaces()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    harness.use_binary(os.path.abspath(options.binary))
    with control_groups.of_run():
        results, failures = run_all(tests, options.j)
    tell_failures(failures)
    tell(tuple(results.count(each) for each in (PASSED, FAILED, SKIPPED)))
    return 1 if FAILED in results else 0


if __name__ == "__main__":
    sys.exit(main())
