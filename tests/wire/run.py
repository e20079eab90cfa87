#!/usr/bin/python3
"""run: plays the conversations of tests/wire against a server.

    LARDERD=./larderd tests/wire/run.py [-v] [--how NAME] [--theirs] [FILE.wire ...]

Without files it plays all of them.  Each conversation is played three times,
on a fresh server each: line by line ("whole"), a byte at a time ("bytes"), and
with everything that may be sent ahead in one write ("pipelined"); with a sanitizer
a byte at a time and in one write, with that of threads only the last.  The format is in README.md beside this file.

--theirs means that LARDERD is memcached: that is how a conversation is
validated.  Then `theirs<` is expected instead of `ours<`, files with an `ours:`
header are left out unless named, and `clock` allows for memcached's debugtime.

Exit status: 0 all as written, 1 not, 77 no server to test.
"""

import argparse
import glob
import hashlib
import os
import re
import shlex
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import larderd  # noqa: E402
import packets  # noqa: E402
from larderd import Closed, Failure  # noqa: E402

HOWS = ("whole", "bytes", "pipelined")
N_HOWS = {"": 3, "thread": 1}.get(os.environ.get("LARDER_SANITIZED", ""), 2)     # the first lies between the other two
BYTEWISE = 600          # of a long message, this much at each end is sent byte by byte
SERVER_ARGS = ["-t", "2"]


class Mistake(Exception):
    """An invalid .wire file."""


# ---- templates: the text after > and < ---------------------------------

def noise(n, tag):
    """n bytes that look random, of every value, the same for the same tag."""
    return hashlib.shake_128(tag.encode()).digest(n)


ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "s": b" "}
PATTERNS = {
    "num": rb"[0-9]+", "cas": rb"[0-9]+", "int": rb"-?[0-9]+", "word": rb"[^ \r\n]+", "text": rb"[^\r\n]*",
    "time": rb"[0-9]+\.[0-9]{6}",
}


class Pattern:
    """A part of a reply that is not known in advance; it ends before the next space or line end."""

    def __init__(self, text):
        words = text.split()
        self.text, self.name = text, words[1] if len(words) > 1 else None
        span = re.fullmatch(r"(-?\d+)\.\.(-?\d+)", words[0])
        self.range = (int(span[1]), int(span[2])) if span else None
        if not span and words[0] not in PATTERNS:
            raise Mistake(f"no pattern <{text}>")
        self.regex = re.compile(PATTERNS["int" if span else words[0]])
        self.to_line_end = words[0] == "text"

    def fits(self, got):
        if not self.regex.fullmatch(got):
            return False
        return not self.range or self.range[0] <= int(got) <= self.range[1]

    def __str__(self):
        return f"<{self.text}>"


class Ref:
    """$name: what a pattern caught earlier."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return f"${self.name}"


class PacketNumber:
    """A number of a packet: caught earlier, or (with a pattern) to be caught now."""

    def __init__(self, name, size, any_value=False):
        self.name, self.size, self.any_value = name, size, any_value

    def __str__(self):
        return f"<{self.size} bytes: {self.name or 'any'}>"


NOW = "{now}"           # a name for `lets` that no `let` can define


def expand_braces(inner, lets):
    """{text*N}, {noise N tag}, {now+N}."""
    m = re.fullmatch(r"now(?:([+-]\d+))?", inner)
    if m:
        return [b"%d" % (lets[NOW] + int(m[1] or 0))]
    m = re.fullmatch(r"noise (\d+)(?: (\w+))?", inner)
    if m:
        return [noise(int(m[1]), m[2] or "")]
    text, star, n = inner.rpartition("*")
    if not star or not n.isdigit():
        raise Mistake(f"no such thing as {{{inner}}}")
    if "%d" not in text:
        return [literal(text, lets) * int(n)]
    return [b"".join(literal(text.replace("%d", str(i)), lets) for i in range(int(n)))]


def literal(text, lets):
    parts = compile_template(text, False, lets)
    if not all(isinstance(p, bytes) for p in parts):
        raise Mistake(f"what is caught while playing cannot be used in {text}")
    return b"".join(parts)


def compile_template(text, patterns, lets):
    """A list of bytes, Pattern and Ref."""
    parts, i = [b""], 0

    def add(piece):
        if isinstance(piece, bytes) and isinstance(parts[-1], bytes):
            parts[-1] += piece
        else:
            parts.append(piece)

    while i < len(text):
        c = text[i]
        if c == "\\":
            e = text[i + 1:i + 2]
            if e == "x":
                add(bytes.fromhex(text[i + 2:i + 4]))
                i += 4
            elif e in ESCAPES:
                add(ESCAPES[e])
                i += 2
            elif e and not e.isalnum():
                add(e.encode())
                i += 2
            else:
                raise Mistake(f"no escape \\{e}")
        elif c == "|":
            add(b"\r\n")
            i += 1
        elif c == "{":
            end = text.find("}", i)
            if end < 0:
                raise Mistake("{ without }")
            for piece in expand_braces(text[i + 1:end], lets):
                add(piece)
            i = end + 1
        elif c == "<" and patterns:
            end = text.find(">", i)
            if end < 0:
                raise Mistake("< without >")
            add(Pattern(text[i + 1:end]))
            i = end + 1
        elif c == "$":
            m = re.match(r"\$([a-z]\w*)", text[i:])
            if not m:
                raise Mistake("a $ that is not a name; write \\$")
            add(lets[m[1]] if m[1] in lets else Ref(m[1]))
            i += len(m[0])
        else:
            add(c.encode())
            i += 1
    return [p for p in parts if p != b""]


def has_line_end(text):
    """False if a lone backslash says that the line has none."""
    return not text.endswith("\\") or text.endswith("\\\\")


def whole_line(text, patterns, lets):
    """A template with its line end, if it has one."""
    if not has_line_end(text):
        return compile_template(text[:-1], patterns, lets)
    return compile_template(text + "|", patterns, lets)


# ---- packets: the text after >bin and <bin -------------------------------------

def packet_number(text, size, lets):
    """Bytes, or a part that is known only while playing."""
    m = re.fullmatch(r"<cas(?: (\w+))?>", text)
    if m:
        return PacketNumber(m[1], size, any_value=True)
    if text.startswith("$"):
        return PacketNumber(text[1:], size)
    digits = literal(text, lets).decode()
    try:
        return packets.number(int(digits, 0), size)
    except ValueError:
        raise Mistake(f"{text} is no number") from None


def packet_fields(words, known, lets):
    """{"key": bytes, ...} of name=template words; numbers stay text."""
    fields = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or name not in known or name in fields:
            raise Mistake(f"no field {word}")
        fields[name] = literal(text, lets) if name in ("key", "value", "extras") else text
    return fields


def packet_opcode(word):
    try:
        return packets.OPCODES[word] if word in packets.OPCODES else int(word, 16)
    except ValueError:
        raise Mistake(f"no opcode {word}") from None


def split_fields(text):
    """At spaces, but not in <cas name>."""
    return re.findall(r"(?:<[^>]*>|\{[^}]*\}|\S)+", text)


def compile_packet(text, is_reply, lets):
    """A list of bytes and PacketNumber."""
    opcode, *words = split_fields(text)
    status, error = 0, b""
    if is_reply:
        if not words:
            raise Mistake("a reply has a status")
        word = words.pop(0)
        if word in packets.STATUSES:
            status, error = packets.STATUSES[word]
        else:
            status = int(word, 16)
    more = ("number",) if is_reply else ("magic", "n_key", "n_extras", "n_body", "datatype", "vbucket")
    fields = packet_fields(words, ("key", "value", "extras", "opaque", "cas", *packets.EXTRAS, *more), lets)
    key = fields.get("key", b"")
    value = fields.get("value", b"" if key else error)
    if "number" in fields:
        value = packets.number(int(fields["number"], 0), 8)
    extras = fields.get("extras", b"") + b"".join(
        packets.number(int(fields[name], 0), size) for name, size in packets.EXTRAS.items() if name in fields)
    small = {name: int(fields[name], 0) for name in more if name in fields and name != "number"}
    data = packets.head(
        small.get("magic", packets.REPLY if is_reply else packets.REQUEST), packet_opcode(opcode),
        small.get("n_key", len(key)), small.get("n_extras", len(extras)), small.get("vbucket", status),
        small.get("n_body", len(extras) + len(key) + len(value)), 0, 0, small.get("datatype", 0))
    opaque = packet_number(fields.get("opaque", "0"), 4, lets)
    cas = packet_number(fields.get("cas", "0"), 8, lets)
    parts = [data[:12]]
    for part in (opaque, cas, extras + key + value):
        if isinstance(part, bytes) and isinstance(parts[-1], bytes):
            parts[-1] += part
        else:
            parts.append(part)
    return [p for p in parts if p != b""]


# ---- files ---------------------------------------------------------------

class Step:
    def __init__(self, line, source, kind, conn="", **more):
        self.line, self.source, self.kind, self.conn = line, source, kind, conn
        self.__dict__.update(more)


class Script:
    """A .wire file, read."""

    HEADER = re.compile(r"(server|theirs|file|listen|needs|plays|ours|ends): *(.*)$")
    ARROW = re.compile(r"(?:(\w+) ?)?(>|<)(each|bin)?(?: (.*))?$")
    OTHER = re.compile(r"(?:(\w+) )?(close|nothing|hangup|shut)$")

    def __init__(self, path, now=0):
        self.path, self.name = path, os.path.basename(path)
        self.header = {}
        self.lets = {NOW: now}
        self.steps = []
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        self.asks_the_time = any("{now" in line for line in lines)
        i = 0
        while i < len(lines):
            n, text = i + 1, lines[i]
            i += 1
            block = []
            while i < len(lines) and re.match(r"\s+[^#\s]", lines[i]):
                block += re.sub(r"\s{2,}#.*$", "", lines[i]).split()
                i += 1
            text = re.sub(r"(^|\s{2,})#.*$", "", text).rstrip()
            try:
                if text:
                    self._line(n, text, block)
            except Mistake as e:
                raise Mistake(f"{self.name}:{n}: {e}") from None
        self._check_order()

    def _line(self, n, text, block):
        m = self.HEADER.match(text)
        if m and not self.steps:
            self.header[m[1]] = m[2]
            return
        add = self.steps.append
        m = self.ARROW.match(text)
        if m:
            self._arrow(n, text, m, block)
            return
        if block:
            raise Mistake("an indented line without a line to continue")
        m = self.OTHER.match(text)
        if m:
            add(Step(n, text, m[2], m[1] or ""))
            return
        word, _, rest = text.partition(" ")
        if word == "wall" and re.fullmatch(r"[+-]\d+", rest):
            add(Step(n, text, "clock", seconds="wall " + rest.lstrip("+")))
        elif word == "clock" and re.fullmatch(r"\+\d+", rest):
            add(Step(n, text, "clock", seconds=int(rest)))
        elif word == "sync" and not rest:
            add(Step(n, text, "sync"))
        elif word == "let":
            name, _, value = rest.partition(" ")
            self.lets[name] = literal(value, self.lets)
        elif word == "stat":
            group, colon, pairs = rest.partition(": ")
            words = (pairs if colon else rest).split()
            if not words or len(words) % 2:
                raise Mistake("stat needs pairs of name and value")
            pairs = [(words[k], compile_template(words[k + 1], True, self.lets)) for k in range(0, len(words), 2)]
            add(Step(n, text, "stat", group=group if colon else "", pairs=pairs))
        else:
            raise Mistake(f"unknown line: {text}")

    def _arrow(self, n, text, m, block):
        conn, arrow, each, rest = m[1] or "", m[2], m[3] == "each", m[4] or ""
        binary = m[3] == "bin"
        audience = None
        if arrow == "<" and conn in ("ours", "theirs"):
            audience, conn = conn, ""
        if each:
            rest = "|".join(rest.replace("%", word) for word in block)
        elif block:
            raise Mistake("only an `each` line can be continued")
        kind = "send" if arrow == ">" else "expect"
        parts = compile_packet(rest, arrow == "<", self.lets) if binary else whole_line(rest, arrow == "<", self.lets)
        self.steps.append(Step(n, text, kind, conn, audience=audience, parts=parts, binary=binary, whole=has_line_end(rest)))

    def _check_order(self):
        """A command whose reply is not awaited may still be running when another connection or the clock continues."""
        running = {}
        for step in self.steps:
            if step.kind == "sync":
                running = {}
                continue
            beside = step.kind in ("clock", "stat")
            for conn, sent in running.items():
                if beside or conn != step.conn:
                    raise Mistake(f"{self.name}:{sent.line}: it may still be running in line {step.line}: write a `nothing` after it")
            if step.kind == "send" and step.whole:
                running[step.conn] = step
            elif step.kind not in ("hangup", "shut"):
                running.pop(step.conn, None)

    def plays(self):
        return self.header.get("plays", " ".join(HOWS)).split()


# ---- playing ---------------------------------------------------------------

def short(data, limit=300):
    if len(data) <= limit:
        return repr(data)[1:]
    return f"{data[:limit // 2]!r}"[1:] + f" ... ({len(data)} bytes) ... " + f"{data[-limit // 3:]!r}"[1:]


class Stage:
    """One playing of one script on one server."""

    def __init__(self, script, server, how, theirs):
        self.script, self.server, self.how, self.theirs = script, server, how, theirs
        self.conns = {}
        self.caught = {}
        self.side = None
        self.shifted = 0
        self.dead = set()       # connections that the server or we closed
        self.binary = set()     # connections that began with a packet
        self.text = set()       # those that did not
        self.held = []          # pipelined: steps not played yet, all of one connection
        self.last_sent = None

    def conn(self, name):
        if name not in self.conns:
            self.conns[name] = self.server.connect()
        return self.conns[name]

    def side_conn(self):
        if self.side is None:
            self.side = self.server.connect()
        return self.side

    def ready(self):
        """Does the server have what the script needs?"""
        if "debug" not in self.script.header.get("needs", "").split():
            return True
        if self.side_conn().ask("debugtime 0") != "OK":
            return False
        self.side_conn().ask("debugtime p")     # from now on the clock stands still, if it can
        return True

    def begin(self):
        """Compiles the script again with the value of {now}: the server's clock, which may have stood still for a while."""
        now = int(self.side_conn().stats()["time"]) if self.script.asks_the_time else 0
        self.script = Script(self.script.path, now)

    def fail(self, step, message):
        sent = f"\n      after {self.last_sent.line}: {self.last_sent.source}" if self.last_sent else ""
        raise Failure(f"{self.script.name}:{step.line}: {step.source}{sent}\n      {message}")

    def resolve(self, step, parts):
        out = []
        for p in parts:
            if isinstance(p, Ref):
                if p.name not in self.caught:
                    self.fail(step, f"nothing was caught as ${p.name}")
                p = self.caught[p.name]
            elif isinstance(p, PacketNumber) and not p.any_value:
                if p.name not in self.caught:
                    self.fail(step, f"nothing was caught as ${p.name}")
                p = packets.number(int(self.caught[p.name]), p.size)
            out.append(p)
        return out

    def transmit(self, conn, data):
        if self.how != "bytes":
            conn.send(data)
            return
        head = data[:BYTEWISE]
        tail_at = max(len(head), len(data) - BYTEWISE)
        for b in head:
            conn.send(bytes((b,)))
            os.sched_yield()
        at = len(head)
        while at < tail_at:     # a stride that is not a power of two, so that chunk borders are crossed
            conn.send(data[at:min(at + 1447, tail_at)])
            at += 1447
        for b in data[tail_at:]:
            conn.send(bytes((b,)))
            os.sched_yield()

    def expect(self, step):
        conn = self.conn(step.conn)
        wanted = self.resolve(step, step.parts)
        got = bytearray()
        try:
            for i, part in enumerate(wanted):
                if isinstance(part, bytes):
                    while len(conn.buffer) < len(part):
                        if not part.startswith(bytes(conn.buffer)):
                            break
                        conn.fill()
                    if not conn.buffer.startswith(part):
                        raise Failure("differs")
                    got += conn.read(len(part))
                    continue
                if isinstance(part, PacketNumber):
                    number = int.from_bytes(conn.read(part.size), "big")
                    got += packets.number(number, part.size)
                    if number == 0:
                        raise Failure("differs")
                    if part.name:
                        self.caught[part.name] = b"%d" % number
                    continue
                stop = re.compile(rb"\r\n" if part.to_line_end else rb"[ \r\n]")
                while not stop.search(conn.buffer):
                    conn.fill()
                found = part.regex.match(conn.buffer)
                text = bytes(found[0]) if found else b""
                if not part.fits(text):
                    raise Failure("differs")
                got += conn.read(len(text))
                if part.name:
                    self.caught[part.name] = text
        except (Failure, Closed) as e:
            why = "the server closed the connection" if isinstance(e, Closed) else str(e)
            self.linger(conn)
            show = "".join(short(p)[1:-1] if isinstance(p, bytes) else str(p) for p in wanted)
            self.fail(step, f"expected: {show}\n      got:      {short(bytes(got + conn.buffer))[1:-1]}   ({why})")

    def linger(self, conn):
        """More bytes, for the report."""
        try:
            while len(conn.buffer) < 4096:
                conn.fill(0.2)
        except (Failure, Closed):
            pass

    def expect_close(self, step):
        conn = self.conn(step.conn)
        try:
            rest = conn.wait_closed()
        except Failure:
            self.fail(step, f"the server does not close the connection; it sent {short(bytes(conn.buffer))}")
        if rest:
            self.fail(step, f"before closing it sent {short(rest)}")
        self.dead.add(step.conn)

    def expect_nothing(self, step):
        """A no-op's reply must be the very next bytes."""
        conn = self.conn(step.conn)
        ask, answer = b"mn\r\n", b"MN\r\n"
        if step.conn in self.binary:
            ask = packets.request("noop", opaque=0x4e4f4f50)
            answer = packets.head(packets.REPLY, 0x0a, 0, 0, 0, 0, 0x4e4f4f50, 0)
        conn.send(ask)
        try:
            got = conn.read(len(answer))
        except Closed:
            self.fail(step, "the server closed the connection")
        except Failure:
            self.fail(step, f"the answer to a no-op is {short(bytes(conn.buffer))}")
        if got != answer:
            self.linger(conn)
            self.fail(step, f"expected nothing, got {short(got + bytes(conn.buffer))}")

    def clock(self, step):
        # memcached keeps the sum of all shifts and, until the second ends, adds all of it each time
        amount = step.seconds - self.shifted if self.theirs else step.seconds
        self.shifted = step.seconds
        answer = self.side_conn().ask(f"debugtime {amount}")
        if answer != "OK":
            self.fail(step, f"debugtime says {answer}")

    def stat(self, step):
        found = self.side_conn().stats(step.group)
        for name, parts in step.pairs:
            got = found.get(name)
            parts = self.resolve(step, parts)
            if len(parts) == 1 and isinstance(parts[0], Pattern):
                good = got is not None and parts[0].fits(got.encode())
                if good and parts[0].name:
                    self.caught[parts[0].name] = got.encode()
            else:
                good = got is not None and got.encode() == b"".join(parts)
            if not good:
                want = "".join(p.decode() if isinstance(p, bytes) else str(p) for p in parts)
                self.fail(step, f"expected: {name} {want}\n      got:      {name} {got}")

    def note_dialect(self, step):
        """The first bytes of a connection decide."""
        if step.conn not in self.binary | self.text:
            (self.binary if step.binary else self.text).add(step.conn)

    def play_step(self, step):
        if step.kind == "send":
            self.note_dialect(step)
            self.last_sent = step
            self.transmit(self.conn(step.conn), b"".join(self.resolve(step, step.parts)))
        elif step.kind == "expect":
            self.expect(step)
        elif step.kind == "close":
            self.expect_close(step)
        elif step.kind == "nothing":
            self.expect_nothing(step)
        elif step.kind == "sync":
            for name in [n for n in self.conns if n not in self.dead]:
                step.conn = name
                self.expect_nothing(step)
        elif step.kind == "clock":
            self.clock(step)
        elif step.kind == "stat":
            self.stat(step)
        elif step.kind in ("hangup", "shut"):
            if step.kind == "shut":
                self.conn(step.conn).shut()
            else:
                self.conn(step.conn).close()
                del self.conns[step.conn]
                self.binary.discard(step.conn)
                self.text.discard(step.conn)

    def release(self):
        """Pipelined: sends everything that was held in one write, then reads its replies."""
        sends = [s for s in self.held if s.kind == "send"]
        if sends:
            self.last_sent = sends[-1]
            self.note_dialect(sends[0])
            data = b"".join(b"".join(self.resolve(s, s.parts)) for s in sends)
            self.conn(sends[0].conn).send(data)
        for step in self.held:
            if step.kind != "send":
                self.play_step(step)
        self.held = []

    def hold(self, step):
        """Pipelined: may this step wait with the others?"""
        if step.kind not in ("send", "expect", "close"):
            return False
        if self.held and self.held[0].conn != step.conn:
            return False
        if step.kind == "send":
            known = set(self.caught)
            return all(p.name in known for p in step.parts if isinstance(p, (Ref, PacketNumber)))
        return True

    def play(self):
        for step in self.script.steps:
            if step.kind == "expect" and step.audience not in (None, "theirs" if self.theirs else "ours"):
                continue
            if self.how == "pipelined":
                if self.hold(step):
                    self.held.append(step)
                    continue
                self.release()
                if step.kind in ("send", "expect", "close"):
                    self.held.append(step)
                    continue
            self.play_step(step)
        self.release()
        for name in self.conns:     # no more replies than expected
            if name not in self.dead:
                self.expect_nothing(Step("end", "(end of file)", "nothing", name))

    def finish(self):
        for conn in [*self.conns.values(), *([self.side] if self.side else [])]:
            conn.close()


def play(script, how, theirs, stopping):
    with tempfile.NamedTemporaryFile(prefix="larder-wire-") as file:
        file.write(literal(script.header.get("file", ""), {}))
        file.flush()
        return play_with(script, how, theirs, stopping, file.name)


def play_with(script, how, theirs, stopping, file):
    """None if it passed, "skipped", or a report."""
    args = SERVER_ARGS + shlex.split(script.header.get("server", "").replace("$file", file))
    if theirs:
        args += shlex.split(script.header.get("theirs", ""))
    try:
        server = larderd.Server(*args, listen=script.header.get("listen", "unix"))
    except Failure as e:
        return str(e)
    stage = Stage(script, server, how, theirs)
    report = None
    try:
        if not stage.ready():
            report = "skipped"
        else:
            stage.begin()
            stage.play()
    except (Failure, Closed, OSError, Mistake) as e:
        report = str(e) or repr(e)
        if not server.alive():
            report += f"\n      the server has ended: {server.stderr().decode(errors='replace')}"
    finally:
        stage.finish()
    if script.header.get("ends") != "itself":
        server.terminate()      # ends in the background; see stop_all
    stopping.append((f"{script.name} [{how}]", server))
    return report


def stop_all(stopping, down_to):
    """Waits until at most `down_to` servers are still ending; returns reports of those that failed."""
    bad = []
    while len(stopping) > down_to:
        name, server = stopping.pop(0)
        try:
            server.finish()
        except Failure as e:
            bad.append(f"{name}: {e}")
    return bad


def ways(script, asked):
    """How it is played.  The ways differ only in what one thread does, so the sanitizer of threads sees the last one alone."""
    found = [how for how in asked or HOWS if how in script.plays()]
    return found if asked else found[-N_HOWS:]


def main():
    ap = argparse.ArgumentParser(description="Plays conversations against LARDERD.")
    ap.add_argument("files", nargs="*")
    ap.add_argument("-v", "--verbose", action="store_true", help="name passing conversations, too")
    ap.add_argument("--how", choices=HOWS, action="append", help="play only this way")
    ap.add_argument("--theirs", action="store_true", help="LARDERD is memcached")
    args = ap.parse_args()
    larderd.binary()
    paths = args.files or sorted(glob.glob(os.path.join(HERE, "*", "*.wire")))
    try:
        scripts = [Script(path) for path in paths]
    except Mistake as e:
        print(f"FAIL {e}")
        return 1
    n_good, failed, skipped, stopping = 0, [], [], []
    for script in scripts:
        if args.theirs and "ours" in script.header and not args.files:
            continue
        for how in ways(script, args.how):
            report = play(script, how, args.theirs, stopping)
            name = f"{script.name} [{how}]"
            if report == "skipped":
                skipped.append(name)
            elif report:
                failed.append(name)
                print(f"FAIL {name}\n      {report}", flush=True)
            else:
                n_good += 1
                if args.verbose:
                    print(f"ok   {name}", flush=True)
        for report in stop_all(stopping, 40):
            failed.append(report)
            print(f"FAIL at the end of {report}", flush=True)
    for report in stop_all(stopping, 0):
        failed.append(report)
        print(f"FAIL at the end of {report}", flush=True)
    if skipped:
        print(f"skipped without debugtime: {len(skipped)}")
    print(f"{n_good} playings of {len(scripts)} conversations good, {len(failed)} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
