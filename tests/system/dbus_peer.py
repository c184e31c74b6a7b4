"""Just enough of D-Bus for a test to be a peer of its own. It opens the connection as go-systemd does: a bare AUTH first, no Hello.

As a program it is a peer in the place where it is run: it connects to the socket that it is given, makes the calls that it reads
as JSON, lists of path, interface, member, signature and values, and writes what each came to: ask_within() runs it in a pid
namespace, for a manager believes only a process that it can see.
"""
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import termios
import time

ALIGNMENT = {"y": 1, "g": 1, "n": 2, "q": 2, "b": 4, "i": 4, "u": 4, "h": 4, "s": 4, "o": 4, "a": 4, "x": 8, "t": 8, "d": 8, "(": 8, "{": 8, "v": 1}
NUMBERS = {"y": "B", "n": "h", "q": "H", "b": "I", "i": "i", "u": "I", "h": "I", "x": "q", "t": "Q", "d": "d"}
PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SENDER, SIGNATURE = range(1, 9)


def padding(size, boundary):
    return b"\0" * (-size % boundary)


class Writer:
    def __init__(self):
        self.data = b""

    def align(self, boundary):
        self.data += padding(len(self.data), boundary)

    def number(self, kind, value):
        self.align(ALIGNMENT[kind])
        self.data += struct.pack("<" + NUMBERS[kind], value)

    def text(self, kind, value):
        self.number("y" if kind == "g" else "u", len(value.encode()))
        self.data += value.encode() + b"\0"

    def value(self, signature, value):
        """Writes a value of one complete type and gives what is left of the signature. A variant is its signature and its value."""
        kind, rest = signature[0], signature[1:]
        if kind in NUMBERS:
            self.number(kind, value)
        elif kind in "sog":
            self.text(kind, value)
        elif kind == "v":
            self.text("g", value[0])
            self.value(*value)
        elif kind == "a":
            self.number("u", 0)
            size_at = len(self.data) - 4
            self.align(ALIGNMENT[rest[0]])
            start = len(self.data)
            for each in value:
                self.value(rest, each)
            self.data = self.data[:size_at] + struct.pack("<I", len(self.data) - start) + self.data[size_at + 4:]
            rest = skip_type(rest)
        else:
            self.align(8)
            for each in value:
                rest = self.value(rest, each)
            rest = rest[1:]
        return rest


def marshal(values, signature):
    writer = Writer()
    for value in values:
        signature = writer.value(signature, value)
    assert not signature, "values are missing for " + signature
    return writer.data


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
        self.buffer, self.serial, self.signals, self.descriptors = b"", 0, [], []
        self.socket.sendall(b"\0")
        self.dialogue = [self.say(line) for line in ("AUTH", "AUTH EXTERNAL", "DATA", "NEGOTIATE_UNIX_FD")]
        self.socket.sendall(b"BEGIN\r\n")
        self.wait_until_read()

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        while b"\r\n" not in self.buffer:
            self.buffer += self.socket.recv(4096)
        answer, self.buffer = self.buffer.split(b"\r\n", 1)
        return answer.decode()

    def wait_until_read(self):
        """systemd does not look at a call that it has read together with BEGIN before something else comes."""
        end = time.monotonic() + 5
        unread = bytearray(4)
        while time.monotonic() < end:
            fcntl.ioctl(self.socket, termios.TIOCOUTQ, unread)
            if not any(unread):
                return
            time.sleep(0.001)
        raise AssertionError("the manager does not read")

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
            more, descriptors, _, _ = socket.recv_fds(self.socket, 65536, 16)
            self.descriptors += descriptors
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


def outcome(peer, path, interface, member, signature="", *values):
    answer = peer.ask(member, signature, *values, path=path, interface=interface)
    found = {"error": answer.fields.get(ERROR_NAME, ""), "signature": answer.signature, "values": answer.values}
    while peer.descriptors:
        with os.fdopen(peer.descriptors.pop(), "rb") as file:
            found["file"] = file.read().decode(errors="replace")
    return found


def ask_within(pid, calls, seconds=60.0):
    """What each of the calls came to at the manager that is `pid`, for a peer in its pid namespace: error (a name), signature, values."""
    done = subprocess.run(["nsenter", "--target=%d" % pid, "--pid", "--", sys.executable, os.path.abspath(__file__),
                           "/proc/%d/root/run/systemd/private" % pid], input=json.dumps(calls), stdout=subprocess.PIPE, timeout=seconds,
                          check=True, text=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    connection = Peer(sys.argv[1])
    print(json.dumps([outcome(connection, *call) for call in json.load(sys.stdin)]))
