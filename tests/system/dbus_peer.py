"""Just enough of D-Bus for a test to be a peer of its own: calls whose arguments are strings, lists of strings or numbers, and the
header and body of what comes back. It opens the connection as go-systemd does: a bare AUTH first, no Hello.
"""
import select
import socket
import struct
import time

ALIGNMENT = {"y": 1, "g": 1, "n": 2, "q": 2, "b": 4, "i": 4, "u": 4, "s": 4, "o": 4, "a": 4, "x": 8, "t": 8, "d": 8, "(": 8, "{": 8, "v": 1}
NUMBERS = {"y": "B", "n": "h", "q": "H", "b": "I", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}
PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SENDER, SIGNATURE = range(1, 9)


def padding(size, boundary):
    return b"\0" * (-size % boundary)


def marshal(values, signature):
    """Of a signature made of s, u, b and as."""
    out = b""
    types = signature.replace("as", "A")
    for kind, value in zip(types, values):
        out += padding(len(out), 4)
        if kind == "s":
            out += struct.pack("<I", len(value)) + value.encode() + b"\0"
        elif kind == "A":
            inner = marshal(value, "s" * len(value))
            out += struct.pack("<I", len(inner)) + inner
        else:
            out += struct.pack("<I", value)
    return out


class Body:
    def __init__(self, data):
        self.data, self.at = data, 0

    def align(self, boundary):
        self.at += -self.at % boundary

    def number(self, kind):
        size = struct.calcsize(NUMBERS[kind])
        self.align(size)
        value = struct.unpack_from("<" + NUMBERS[kind], self.data, self.at)[0]
        self.at += size
        return value

    def text(self, kind):
        size = self.number("y" if kind == "g" else "u")
        value = self.data[self.at:self.at + size].decode()
        self.at += size + 1
        return value

    def value(self, signature):
        """The value of one complete type, and what is left of the signature."""
        kind, rest = signature[0], signature[1:]
        if kind in NUMBERS:
            return self.number(kind), rest
        if kind in "sog":
            return self.text(kind), rest
        if kind == "v":
            return self.value(self.text("g"))[0], rest
        if kind == "a":
            size = self.number("u")
            self.align(ALIGNMENT[rest[0]])
            end, values, after = self.at + size, [], skip_type(rest)
            while self.at < end:
                values.append(self.value(rest)[0])
            return values, after
        self.align(8)
        values = []
        while rest[0] not in ")}":
            value, rest = self.value(rest)
            values.append(value)
        return tuple(values), rest[1:]

    def values(self, signature):
        found = []
        while signature:
            value, signature = self.value(signature)
            found.append(value)
        return found


def skip_type(signature):
    if signature[0] == "a":
        return skip_type(signature[1:])
    depth = 0
    for index, kind in enumerate(signature):
        depth += (kind in "({") - (kind in ")}")
        if depth == 0:
            return signature[index + 1:]
    raise ValueError(signature)


class Message:
    def __init__(self, kind, fields, data):
        self.kind, self.fields = kind, fields
        self.member = fields.get(MEMBER, "")
        self.signature = fields.get(SIGNATURE, "")
        self.values = Body(data).values(self.signature)


class Peer:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.buffer, self.serial, self.signals = b"", 0, []
        self.socket.sendall(b"\0")
        self.dialogue = [self.say(line) for line in ("AUTH", "AUTH EXTERNAL", "DATA", "NEGOTIATE_UNIX_FD")]
        self.socket.sendall(b"BEGIN\r\n")

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        while b"\r\n" not in self.buffer:
            self.buffer += self.socket.recv(4096)
        answer, self.buffer = self.buffer.split(b"\r\n", 1)
        return answer.decode()

    def call(self, member, signature="", *values, path="/org/freedesktop/systemd1", interface="org.freedesktop.systemd1.Manager"):
        """The answer; AssertionError where it is an error."""
        answer = self.ask(member, signature, *values, path=path, interface=interface)
        assert answer.kind == 2, (member, answer.fields, answer.values)
        return answer

    def ask(self, member, signature, *values, path, interface):
        self.serial += 1
        body = marshal(values, signature)
        fields = b""
        for code, kind, text in ((PATH, "o", path), (INTERFACE, "s", interface), (MEMBER, "s", member), (SIGNATURE, "g", signature)):
            if not text:
                continue
            fields += padding(len(fields), 8) + struct.pack("<BB", code, 1) + kind.encode() + b"\0"
            size = struct.pack("<B", len(text)) if kind == "g" else struct.pack("<I", len(text))
            fields += size + text.encode() + b"\0"
        header = struct.pack("<BBBBII", ord("l"), 1, 0, 1, len(body), self.serial) + struct.pack("<I", len(fields)) + fields
        self.socket.sendall(header + padding(len(header), 8) + body)
        while True:
            message = self.receive()
            if message.fields.get(REPLY_SERIAL) == self.serial:
                return message
            self.signals.append(message)

    def receive(self):
        while True:
            if len(self.buffer) >= 16:
                kind = self.buffer[1]
                body_size = struct.unpack_from("<I", self.buffer, 4)[0]
                fields_size = struct.unpack_from("<I", self.buffer, 12)[0]
                start = 16 + fields_size + (-fields_size % 8)
                if len(self.buffer) >= start + body_size:
                    head, data = Body(self.buffer[:start]), self.buffer[start:start + body_size]
                    head.at = 12
                    fields = dict(head.value("a(yv)")[0])
                    self.buffer = self.buffer[start + body_size:]
                    return Message(kind, fields, data)
            more = self.socket.recv(65536)
            assert more, "the connection ended"
            self.buffer += more

    def wait_signal(self, member, wanted=lambda message: True, seconds=5.0):
        end = time.monotonic() + seconds
        while True:
            for message in self.signals:
                if message.member == member and wanted(message):
                    self.signals.remove(message)
                    return message
            left = end - time.monotonic()
            assert left > 0, "no %s within %g s, but %s" % (member, seconds, [each.member for each in self.signals])
            if self.buffer or select.select([self.socket], [], [], left)[0]:
                self.signals.append(self.receive())
