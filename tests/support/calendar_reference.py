"""What systemd 252 itself says of calendar expressions: its own functions, of the library that systemd-analyze is made of.

Started as a program it answers questions as tests/support/calendar_answers.cpp does; that its local zone can be chosen, which glibc keeps for itself."""
import ctypes
import os
import subprocess
import sys

LIBRARY = "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so"


def available():
    return os.path.exists(LIBRARY)


class Answers:
    """A process that answers questions in the local zone ZONE ("" for that of the machine)."""

    def __init__(self, command, zone):
        environment = dict(os.environ, TZ=zone)
        if not zone:
            del environment["TZ"]
        self.command, self.environment = command, environment

    def ask(self, questions):
        text = "".join(f"{after} {count} {expression}\n" for expression, after, count in questions)
        done = subprocess.run(self.command, env=self.environment, input=text, capture_output=True, text=True, timeout=3000)
        if done.returncode != 0 or done.stderr:
            raise RuntimeError(f"{self.command[0]}: status {done.returncode}: {done.stderr[-2000:]}")
        answers = done.stdout.split("\n")[:-1]
        assert len(answers) == len(questions)
        return answers


def reference(zone):
    return Answers([sys.executable, os.path.abspath(__file__)], zone)


def answer(library, after, count, expression):
    spec = ctypes.c_void_p()
    status = library.calendar_spec_from_string(expression.encode(), ctypes.byref(spec))
    if status < 0:
        return f"!{-status}"
    text = ctypes.c_char_p()
    library.calendar_spec_to_string(spec, ctypes.byref(text))
    parts, moment = [text.value.decode()], ctypes.c_uint64(after)
    for _ in range(count):
        status = library.calendar_spec_next_usec(spec, moment, ctypes.byref(moment))
        if status < 0:
            parts.append(f"!{-status}")
            break
        parts.append(str(moment.value))
    library.calendar_spec_free(spec)
    return "\t".join(parts)


def main():
    library = ctypes.CDLL(LIBRARY)
    library.log_set_max_level(0)  # it tells the log when it gives up
    for line in sys.stdin:
        after, count, expression = line.rstrip("\n").split(" ", 2)
        sys.stdout.write(answer(library, int(after), int(count), expression) + "\n")


if __name__ == "__main__":
    main()
