"""Cases of tests/data/templates/*.txt, and the program that renders them (tests/support/render.cpp).

A case begins with a line "== NAME", then its template; "-- NAME" begins another template, "-- variables" an expression that is the dict of
variables, "-- output" what is printed, "-- error TYPE LINE" the message of the error. What a section holds ends before the newline that the
next marker stands behind."""
import subprocess


class Case:
    def __init__(self, name):
        self.name, self.sources, self.variables, self.result = name, {}, "", None

    def text(self):
        parts = ["== " + self.name + "\n"]
        for i, (name, source) in enumerate(self.sources.items()):
            parts.append((f"-- {name}\n" if i else "") + source + "\n")
        if self.variables:
            parts.append("-- variables\n" + self.variables + "\n")
        if self.result and self.result[0] == "ok":
            parts.append("-- output\n" + self.result[1] + "\n")
        elif self.result:
            parts.append(f"-- error {self.result[1]} {self.result[2]}\n" + self.result[3] + "\n")
        return "".join(parts)


def parse(text):
    cases, section, lines = [], None, []

    def close():
        if section is None:
            return
        body, case = "\n".join(lines), cases[-1]
        if section == "main":
            case.sources["main"] = body
        elif section == "variables":
            case.variables = body
        elif section == "output":
            case.result = ("ok", body)
        elif section.startswith("error "):
            _, kind, line = section.split(" ")
            case.result = ("error", kind, int(line), body)
        else:
            case.sources[section] = body

    for line in text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"):
        if line.startswith("== ") or line.startswith("-- "):
            close()
            lines = []
            section = "main" if line.startswith("== ") else line[3:]
            if line.startswith("== "):
                cases.append(Case(line[3:]))
        elif section is not None:
            lines.append(line)
    close()
    return cases


class Renderer:
    """The program, which is started again when it has died."""

    def __init__(self, binary):
        self.binary, self.process, self.count = binary, None, 0

    def render(self, sources, variables=""):
        # It keeps all memory, so it is started afresh now and then.
        self.count += 1
        if self.process is not None and self.count % 500 == 0:
            self.process.stdin.close()
            self.process.wait()
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen([self.binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        to, back = self.process.stdin, self.process.stdout
        for name, text in [*sources.items()] + ([("variables", variables)] if variables else []):
            data = text.encode("utf-8", "surrogatepass")
            to.write(b"TEMPLATE %s %d\n" % (name.encode(), len(data)) + data)
        to.write(b"render\n")
        to.flush()
        head = back.readline().decode().split()
        if not head:
            return "died", self.process.wait()
        text = back.read(int(head[-1])).decode("utf-8", "replace")
        back.read(1)
        if head[0] == "ok":
            return "ok", text
        return "error", head[1], int(head[2]), text
