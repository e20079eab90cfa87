#!/usr/bin/python3
"""differential: sends the same random conversation to two servers, and compares the replies.

    LARDERD=./larderd [ORACLE=memcached] tests/diff/differential.py [--seed N] [--count N] [-v] [--theirs]

Valid and invalid commands of the classic and the meta protocol over a few keys,
pipelined and split at random bytes, go to LARDERD and to ORACLE (by default
the memcached of the PATH: Debian's 1.6.18).  Replies must be equal, with CAS
numbers numbered by first occurrence, and times left out.  Stats are
not compared.  README.md beside this file says what is not generated, and why.

A mismatch is shrunk to the fewest commands that show it, and printed with the
seed.  --count (or LARDER_DIFF_COUNT) is the number of conversations; make check
plays those of one seed (LARDER_DIFF_SEED); by hand it draws a new seed.

larder's replies are those of memcached 1.6.45.  OLD_SKIP lists where 1.6.18 differs
from that; BETTER where larder differs from both on purpose.  --theirs means that
LARDERD is itself a memcached 1.6.45: OLD_SKIP was found and is kept right that way.

Exit status: 0 equal, 1 not, 77 no server or no oracle.
"""

import argparse
import base64
import os
import random
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "wire"))
import larderd  # noqa: E402
from larderd import Closed, Failure  # noqa: E402

DEFAULT_COUNT = 3000
N_KEYS = 4
FORMAT = b"CLIENT_ERROR bad command line format"

# ---- where the oracle's reply does not count --------------------------------

# Debian's 1.6.18 words many errors differently from 1.6.45: there, any error equals any other (tests/wire
# compares the exact words).  OLD_SKIP lists the commands whose effects differ, which are therefore not sent
# to it: (a pattern of the command, why).
OLD_SKIP = [
    (rb" ", "it ignores spaces before any command"),
    (rb"[^\n]*\0", "a zero byte ends its line"),
    (rb"[^\n]* ([0-9]{11}|4294967296)[ \r\n]", "it cuts long numbers to 32 bits"),
    (rb"[^\n]* \+[0-9]", "it accepts a plus in a number"),
    (rb"[^\n]*  [^\n]*noreply", "it counts every space when it looks for noreply"),
    (rb"m[gsda] [^\n]* E", "it has no E"),
    (rb"m[sa] [^\n]* M[^ \r\n]{2}", "it requires a mode of one letter"),
    (rb"ms [^\n]* N", "it has no N for ms"),
    (rb"ms [^\n]* s", "its ms does not report the size"),
    (rb"m[gsda] [^\n]* x", "it has no x"),
    (rb"mn\n", "it reads it as a command"),
    (rb"me +[^ \r\n]+ +[^ \r\n]", "it ignores everything after the key"),
    (rb"ms +[^ ]{251}", "it does not discard the body"),
    (rb"[^\n]* -[ \r\n]", "it refuses a lone dash as a number"),
    (rb"(?:flush_all|verbosity) +[^ ]+ +[^ ]+ ", "it allows fewer extra words"),
    (rb"ma [^\n]* N", "its q does not hide that ma made the item"),
    (rb"(?!(?:set|add|replace|append|prepend|cas|delete|incr|decr|touch|flush_all|verbosity) )[^\n]*noreply",
     "it answers unknown commands in spite of noreply"),
    (rb"(?:set|add|replace|append|prepend)\b(?! +[^ ]{1,250} +[0-9]{1,10} +-?[0-9]{1,10} +[0-9]{1,9}( +noreply)? *\r?\n)",
     "it does not discard the body after an invalid line"),
    (rb"cas\b(?! +[^ ]{1,250} +[0-9]{1,10} +-?[0-9]{1,10} +[0-9]{1,9} +(@c[0-9]@|[0-9]{1,19})( +noreply)? *\r?\n)", "the same"),
    (rb"mg [^\n]* C", "it has no C for mg"),
    (rb"gats? +[^ ]+ *\r?\n", "it accepts a gat without keys"),
    (rb"(?:incr|decr|touch) +[^ ]+ +[^ ]+ +[^ ]+ ", "it looks for noreply in one place only"),
    (rb"delete +[^ ]+ +(?!noreply\s|0\s)|delete +[^ ]+ +[^ ]+ ", "it allows nothing after the key but 0 or noreply"),
    (rb"m[gda] +[^ ]+ (?:[^\n]* )?[^A-Za-z \r\n]", "it accepts some flags that are not letters"),
    (rb"ms +[^ ]+ +[^ ]+ (?:[^\n]* )?[^A-Za-z \r\n]", "the same"),
    (rb"(?:gets?|gats?) [^\n]*[^ \r\n]{251}", "its stray line is in another place"),
]

# Where larder is right and memcached is not: (a pattern of the command, larder's reply, why).  None has an effect.
BETTER = [
    (rb"gets? +[^ \r\n]{251}", FORMAT + b"\r\n",
     "memcached adds an empty line to this error"),
    (rb"mn\n", b"MN\r\n", "memcached reads it as one byte short"),
]

# As OLD_SKIP, for every memcached.  Blank values are not generated either: memcached's incr reads beyond them.
BETTER_SKIP = [
    (rb"[^\n]* -[ \r\n]", "memcached reads a lone dash as 0"),
    (rb"m[a-z] [^\n]*[TNRCEFDJ]-[ \r\n]", "the same, of a flag"),
    (rb"ms [^\n]* p", "p is larder's own flag"),
    (rb"m[ga] [^\n]* O[^ \r\n]{32}", "memcached runs the command and then reports the error"),
    (rb"gets? +[^ \r\n]{1,250} [^\n]*[^ \r\n]{251}", "memcached fetches the keys before it, which counts as a read of them"),
    (rb"gats? [^\n]*[^ \r\n]{251}", "memcached touches the keys before it, and adds an empty line"),
    (rb"m[a-z] +@b\d@[^ \r\n]", "memcached ignores what is not base64"),
    (rb"me ", "its b works only if another flag follows"),
    (rb"ma [^\n]*E[01]", "memcached loses E when the number gets longer"),
    (rb"ma [^\n]*T", "and T"),
]


# ---- commands ----------------------------------------------------------------

class Command:
    """Bytes to send.  @k0@ is the first key, @b0@ the same in base64, @c0@ its last known CAS number."""

    def __init__(self, data, alone=False, fetches=False, counts=False, short=False, closes=False):
        self.data = data
        self.closes = closes
        self.short = short          # announces a longer body than it sends
        self.alone = alone          # never in a pipeline: it ends the connection, or memcached loses replies
        self.fetches = fetches      # memcached holds the item until the reply is sent ...
        self.counts = counts        # ... and until then incr makes a new item instead of counting in place

    def __repr__(self):
        return brief(self.data)


def brief(data):
    if len(data) <= 200:
        return repr(data)[1:]
    return f"{data[:100]!r}"[1:] + f" ... ({len(data)} bytes) ... " + f"{data[-40:]!r}"[1:]


class Generator:
    def __init__(self, rng):
        self.rng = rng

    # words

    def key(self):
        return b"@k%d@" % self.rng.randrange(N_KEYS)

    def number(self, *more):
        return self.rng.choice((b"0", b"1", b"7", b"42", b"1000", *more))

    def exptime(self):
        return self.rng.choice((b"0", b"0", b"0", b"0", b"1000", b"100", b"-1", b"2592000", b"2592001", b"2147483647"))

    def client_flags(self):
        return self.rng.choice((b"0", b"0", b"1", b"5", b"65536", b"4294967295"))

    def value(self):
        kind = self.rng.randrange(10)
        if kind < 4:
            return self.rng.choice((b"0", b"1", b"9", b"10", b"99", b"100", b"12345", b"18446744073709551615",
                                    b"18446744073709551616", b"007", b"5  ", b"5\0", b"41\0abc", b"5 x",
                                    b"\0" + b"5", b"-5\0", b"8\0" + b"x" * 300))
        if kind < 8:
            n = self.rng.choice((1, 2, 5, 40, 100, 300))
            # never blank: see BETTER
            return bytes(self.rng.choice(b"abcxyz 0189\r\n\xff") for _ in range(n - 1)) + b"z"
        if kind == 8:
            return b""
        return larderd_noise(self.rng.choice((2000, 9000, 20000)), self.rng)

    def delta(self):
        return self.rng.choice((b"0", b"1", b"1", b"2", b"10", b"999", b"18446744073709551615"))

    def junk(self):
        return self.rng.choice((b"x", b"-1", b"1x", b"+1", b"1.5", b"18446744073709551616", b"99999999999", b"noreply",
                                b"0x10", b"\xff\xfe", b"\t", b"\0", b"-", b"4294967296", b"T0", b"q"))

    # commands

    def command(self):
        roll = self.rng.random()
        if roll < 0.45:
            return self.classic()
        if roll < 0.85:
            return self.meta()
        return self.broken()

    def line(self, *words, body=None):
        """A line, now and then with a bare LF or extra spaces."""
        gap = b"  " if self.rng.random() < 0.03 else b" "
        data = gap.join(words)
        if self.rng.random() < 0.03:
            data += b" "
        data += b"\n" if self.rng.random() < 0.05 else b"\r\n"
        if body is not None:
            data += body + b"\r\n"
        return data

    def classic(self):
        pick = self.rng.random()
        noreply = [b"noreply"] if self.rng.random() < 0.12 else []
        if pick < 0.30:
            word = self.rng.choice((b"get", b"get", b"gets", b"gat", b"gats"))
            time = [self.exptime()] if word.startswith(b"gat") else []
            keys = [self.key() for _ in range(self.rng.choice((1, 1, 2, 4)))]
            return Command(self.line(word, *time, *keys), fetches=True)
        if pick < 0.62:
            word = self.rng.choice((b"set", b"set", b"set", b"add", b"replace", b"append", b"prepend"))
            body = self.value()
            return Command(self.line(word, self.key(), self.client_flags(), self.exptime(), b"%d" % len(body), *noreply,
                                     body=body))
        if pick < 0.70:
            i = self.rng.randrange(N_KEYS)
            body = self.value()
            cas = b"@c%d@" % i if self.rng.random() < 0.7 else self.number(b"1000000000000007")
            return Command(self.line(b"cas", b"@k%d@" % i, self.client_flags(), self.exptime(), b"%d" % len(body), cas,
                                     *noreply, body=body), alone=b"@c" in cas)
        if pick < 0.78:
            return Command(self.line(b"delete", self.key(), *([b"0"] if self.rng.random() < 0.1 else []), *noreply))
        if pick < 0.90:
            word = self.rng.choice((b"incr", b"decr"))
            return Command(self.line(word, self.key(), self.delta(), *noreply), counts=True)
        if pick < 0.95:
            return Command(self.line(b"touch", self.key(), self.exptime(), *noreply))
        return Command(self.line(*self.rng.choice(((b"version",), (b"verbosity", b"0"), (b"mn",),
                                                   (b"flush_all", b"100000"), (b"flush_all", b"100000", b"noreply"),
                                                   (b"flush_all", b"2592001"), (b"flush_all", b"1000000000", b"noreply")))))

    def meta_key(self):
        """The key word, and the flag that belongs to it."""
        i = self.rng.randrange(N_KEYS)
        if self.rng.random() < 0.15:
            return b"@b%d@" % i, [b"b"], i
        return b"@k%d@" % i, [], i

    def meta_flags(self, letters, i):
        token = {
            b"O": lambda: self.rng.choice((b"1", b"", b"abc", b"0123456789012345678901234567890", b"{*}")),
            b"T": self.exptime, b"N": lambda: self.rng.choice((b"0", b"30", b"1000")),
            b"R": lambda: self.rng.choice((b"20", b"5000")),     # not N's time: after a second it would win
            b"C": lambda: self.rng.choice((b"@c%d@" % i, b"@c%d@" % i, b"0", b"5", b"1000000000000007")),
            b"E": lambda: b"%d" % self.rng.choice((0, 1000000000000000 + self.rng.randrange(20))),
            b"F": self.client_flags, b"D": self.delta, b"J": self.delta,
        }
        chosen = [c for c in (letters[k:k + 1] for k in range(len(letters))) if self.rng.random() < 0.25]
        self.rng.shuffle(chosen)
        return [c + token[c]() if c in token else c for c in chosen]

    def meta(self):
        pick = self.rng.random()
        key, flags, i = self.meta_key()
        if pick < 0.40:
            flags += self.meta_flags(b"vvkcfsthlquOTNRCEPL", i)
            flags = list(dict((f[:1], f) for f in flags).values())
            return self.with_cas(Command(self.line(b"mg", key, *flags), fetches=True))
        if pick < 0.65:
            body = self.value()
            flags += self.meta_flags(b"kcsqOTFCEINPL", i)
            if self.rng.random() < 0.4:
                flags.append(b"M" + self.rng.choice((b"S", b"E", b"A", b"P", b"R", b"SET", b"x")))
            return self.with_cas(Command(self.line(b"ms", key, b"%d" % len(body), *flags, body=body)))
        if pick < 0.78:
            flags += self.meta_flags(b"kqOTFCEIx", i)
            return self.with_cas(Command(self.line(b"md", key, *flags)))
        if pick < 0.95:
            flags += self.meta_flags(b"vkctqOTNJDCE", i)
            if self.rng.random() < 0.4:
                flags.append(b"M" + self.rng.choice((b"I", b"D", b"+", b"-", b"INCR", b"x")))
            return self.with_cas(Command(self.line(b"ma", key, *flags), counts=True))
        if pick < 0.98:
            return Command(self.line(b"me", key), fetches=True)
        return Command(self.line(b"mn"))

    def with_cas(self, command):
        command.alone = command.alone or b"@c" in command.data
        return command

    def broken(self):
        """A valid command with one fault."""
        good = self.classic() if self.rng.random() < 0.5 else self.meta()
        line, end, body = re.match(rb"([^\n]*?)(\r?\n)(.*)", good.data, re.S).groups()
        words = line.split(b" ")
        kind = self.rng.randrange(12)
        at = self.rng.randrange(len(words))
        if words[0] == b"flush_all":        # a fault might leave it valid
            return good
        if kind == 0:
            if words[at][:2] not in (b"@k", b"@b") or at == len(words) - 1:     # or another word becomes the key
                del words[at]
        elif kind == 1:
            words.insert(at, words[at])
        elif kind in (2, 3):
            at = max(at, 1) if len(words) > 1 else 0
            # only keys of this conversation
            words[at] = words[at] + self.junk() if words[at][:2] in (b"@k", b"@b") else self.junk()
        elif kind == 4:
            words[at] = words[at].swapcase() if b"@" not in words[at] else b"k" * 251
        elif kind == 5:
            words.append(self.junk())
        elif kind == 6:
            words = words[:self.rng.randrange(len(words)) + 1]
        elif kind == 7:
            words.insert(0, b"")
        elif kind == 8 and body:
            body = body[:-2][:self.rng.randrange(1, 4) * -1] + b"\r\n"       # too short
        elif kind == 9 and body:
            body = body[:-2] + b"!" * self.rng.randrange(1, 5) + b"\r\n"     # too long
        elif kind == 10:
            words = [self.rng.choice((b"", b"x", b"xy", b"bogus", b"bogus noreply", b"GET", b"   "))]
            body = b""
        elif kind == 11 and self.rng.random() < 0.3:
            return Command(self.rng.choice((b"GET / HTTP/1.1\r\n\r\n", b"quit\r\n", b"x" * 3000)), alone=True, closes=True)
        line = b" ".join(words)
        if too_much_announced(line, len(body)):
            return good
        data = line + end + body
        long_get = re.search(rb"^(gets?|gats?) .*[^ ]{251}", line)
        return Command(data, alone=bool(long_get) or good.alone, fetches=good.fetches, counts=good.counts, short=True)


def larderd_noise(n, rng):
    # Not a digit first: the numbers above are listed on purpose, and noise must not add others.
    return b"n" + rng.randbytes(n - 1).replace(b"@", b"a")


def too_much_announced(line, n_body):
    """Would the server wait for a longer body than the few bytes that follow a batch?"""
    words = [w for w in line.split(b" ") if w]      # a tab is not a space here
    for at in (2, 4):
        if len(words) <= at or words[0] not in ((b"ms",) if at == 2 else STORING):
            continue
        if n_body <= 2 and words[at].isdigit() and int(words[at]) > 0:      # the blank lines would be the value
            return True
        if b"@" in words[at] or (re.fullmatch(rb"\+?[0-9]{1,10}", words[at]) and n_body + 5 < int(words[at]) + 2):
            return True
    return False


ERROR = re.compile(rb"(CLIENT_)?ERROR\b")
STORING = (b"set", b"add", b"replace", b"append", b"prepend", b"cas")


# ---- a server's side of it -------------------------------------------------

class Side:
    """One server, and what it has returned so far in one conversation.

    plain_keys: a key in base64 equals the plain key.  memcached loses the mark when
    the item grows, or when mg's N makes it; larder does not.
    """

    def __init__(self, server, plain_keys):
        self.server, self.plain_keys = server, plain_keys

    def begin(self, tag):
        self.tag = tag
        self.conn = self.server.connect()
        self.cas_of = {}    # key number -> last CAS number
        self.cas_names = {}
        self.closed = False

    def key(self, i):
        return self.tag + b"%d" % i

    def fill_in(self, data):
        def word(m):
            kind, i = m[1], int(m[2])
            if kind == b"k":
                return self.key(i)
            if kind == b"b":
                return base64.b64encode(self.key(i))
            return self.cas_of.get(i, b"1000000000000099")
        return re.sub(rb"@([kbc])(\d)@", word, data)

    def look(self, i):
        """Reads key i's CAS number; its reply is not compared."""
        self.conn.send(b"mg %s c u\r\n" % self.key(i))
        line = self.conn.read_until(b"\r\n")
        m = re.search(rb" c(\d+)", line)
        if m:
            self.cas_of[i] = m[1]
        else:
            self.cas_of.pop(i, None)

    def cas_name(self, digits):
        if int(digits) >= 10**15 or digits == b"0":     # chosen by the client, or 0
            return digits
        return self.cas_names.setdefault(digits, b"#%d" % len(self.cas_names))

    def send_split(self, data, rng):
        how = rng.random()
        if how < 0.5 or len(data) > 4000:
            self.conn.send(data)
            return
        at = 0
        while at < len(data):
            n = 1 if how < 0.6 else rng.randrange(1, 40)
            self.conn.send(data[at:at + n])
            at += n
            if rng.random() < 0.3:
                os.sched_yield()

    def run(self, batch, rng, mark):
        """Sends the commands in pieces; returns the masked replies."""
        for command in batch:
            for m in re.findall(rb"@c(\d)@", command.data):
                self.look(int(m))
        data = b"".join(self.fill_in(c.data) for c in batch)
        # blank lines for a body that was too short, then a miss that no other command causes
        end = b"EN k%s\r\n" % mark
        try:
            if batch[0].closes:
                self.conn.send(data)
                self.closed = True
                return self.mask(self.conn.wait_closed())
            if any(c.short for c in batch):
                data += b"\r\n" * 4
            self.send_split(data + b"mg %s k\r\n" % mark, rng)
            replies = self.conn.read_until(end)[:-len(end)]
        except Closed as e:
            replies = e.args[0]
            self.closed = True
        return self.mask(replies)

    def mask(self, replies):
        """The replies as a list, without what may differ."""
        out, at = [], 0
        while at < len(replies):
            end = replies.find(b"\r\n", at)
            if end < 0:
                out.append(replies[at:])
                break
            line, at = replies[at:end], end + 2
            m = re.fullmatch(rb"VALUE (\S+) (\d+) (\d+)(?: (\d+))?", line)
            v = re.fullmatch(rb"VA (\d+)(.*)", line)
            if m or v:
                n = int(m[3] if m else v[1])
                value, at = replies[at:at + n + 2], at + n + 2
                if m and m[4]:
                    line = b"VALUE %s %s %s %s" % (m[1], m[2], m[3], self.cas_name(m[4]))
                out.append(self.mask_meta(line) + b"|" + value)
            else:
                out.append(self.mask_meta(line))
        if self.plain_keys:
            for i in range(N_KEYS):
                out = [r.replace(b" k" + base64.b64encode(self.key(i)) + b" b", b" k" + self.key(i)) for r in out]
        return [r.replace(self.tag, b"k").replace(base64.b64encode(self.tag), b"b") for r in out]

    def mask_meta(self, line):
        if re.fullmatch(rb"VERSION \d+\.\d+\.\d+", line):
            return b"VERSION"
        if line.startswith(b"ME "):
            line = re.sub(rb"(?<= )(la|cls|size)=\d+", rb"\1=?", line)
            line = re.sub(rb"(?<= )exp=-?(?!1\b)\d+", rb"exp=?", line)
            return re.sub(rb"(?<= cas=)\d+", lambda m: self.cas_name(m[0]), line)
        if re.match(rb"(HD|VA|EN|NF|NS|EX)\b", line):
            line = re.sub(rb"(?<= )t\d+", b"t?", line)
            line = re.sub(rb"(?<= )l\d+", b"l?", line)
            line = re.sub(rb"(?<= )c(\d+)", lambda m: b"c" + self.cas_name(m[1]), line)
        return line


# ---- comparing -----------------------------------------------------------------

class Race:
    def __init__(self, ours, oracle, old, theirs, more_skipped=()):
        self.more_skipped = [(p.encode(), "") for p in more_skipped]
        self.sides = (Side(ours, not theirs), Side(oracle, not theirs))
        self.old, self.theirs = old, theirs
        self.n_played = 0

    def wanted(self, batch):
        """The reply from BETTER to a command that is alone in its batch; None means: ask the oracle."""
        if len(batch) == 1 and not self.theirs:
            for pattern, reply, _ in BETTER:
                if re.match(pattern, batch[0].data):
                    return reply
        return None

    def same(self, ours, theirs):
        if len(ours) != len(theirs):
            return False
        for a, b in zip(ours, theirs):
            if a != b and not (self.old and ERROR.match(a) and ERROR.match(b)):
                return False
        return True

    def play(self, batches, seed):
        """None if the replies agree; else (batch index, ours, theirs)."""
        self.n_played += 1
        tag = b"a%06dk" % self.n_played     # nine bytes with the digit after it: base64 without padding
        mark = b"end-of-%06d" % self.n_played
        for side in self.sides:
            side.begin(tag)
        try:
            for n, batch in enumerate(batches):
                got = [side.run(batch, random.Random(seed + n), mark) for side in self.sides]
                fixed = self.wanted(batch)
                if fixed is not None:
                    got[1] = fixed.split(b"\r\n")[:-1] + got[1][len(got[1]) - 4 * batch[0].short:]
                if not self.same(*got):
                    return n, *got
                if self.sides[0].closed != self.sides[1].closed:
                    return n, [b"(closed)" if s.closed else b"(open)" for s in self.sides][0:1], \
                        [b"(closed)" if s.closed else b"(open)" for s in self.sides][1:2]
                if self.sides[0].closed:
                    return None
        finally:
            for side in self.sides:
                side.conn.close()
        return None

    def shrink(self, batches, seed):
        """The fewest commands that still disagree."""
        def fails(candidate):
            try:
                return self.play(candidate, seed) is not None
            except Failure:
                return True
        changed = True
        while changed:
            changed = False
            for i in range(len(batches) - 1, -1, -1):
                for candidate in self.without(batches, i):
                    if fails(candidate):
                        batches, changed = candidate, True
                        break
        return batches

    @staticmethod
    def without(batches, i):
        if i >= len(batches):
            return
        yield batches[:i] + batches[i + 1:]
        if len(batches[i]) > 1:
            for k in range(len(batches[i])):
                yield batches[:i] + [batches[i][:k] + batches[i][k + 1:]] + batches[i + 1:]


def conversation(rng, race):
    """Commands in batches; each `alone` command in a batch of its own."""
    generator = Generator(rng)
    patterns = [] if race.theirs else [row[0] for row in BETTER]
    skipped = ([] if race.theirs else BETTER_SKIP) + (OLD_SKIP if race.old else []) + race.more_skipped
    batches, batch = [], []
    for _ in range(rng.randrange(5, 40)):
        c = generator.command()
        if not race.theirs and c.short and re.match(rb"ms [^\n]* E", c.data):
            continue        # memcached applies the E of a set with a bad body to the next set
        better = any(re.match(p, c.data) for p in patterns)
        if not better and any(re.match(p, c.data) for p, _ in skipped):
            continue
        alone = c.alone or better
        if batch and (alone or (c.counts and any(x.fetches for x in batch)) or rng.random() < 0.25):
            batches.append(batch)
            batch = []
        batch.append(c)
        # 1.6.18 answers an unknown command in spite of noreply, so no cuttable command may follow
        if alone or (race.old and c.short):
            batches.append(batch)
            batch = []
    if batch:
        batches.append(batch)
    return batches


def report(race, batches, seed, number):
    print(f"MISMATCH in conversation {number} of seed {seed}; shrinking ...", flush=True)
    small = race.shrink(batches, seed)
    try:
        n, ours, theirs = race.play(small, seed) or (len(small) - 1, [b"(not every time)"], [])
    except Failure as e:
        n, ours, theirs = len(small) - 1, [str(e).encode()], []
    for i, batch in enumerate(small):
        mark = "  <- here" if i == n else ""
        for command in batch:
            print(f"    > {command!r}{mark}")
        print("    --")
    print("  ours:  ", *(brief(r) for r in ours), sep="\n      ")
    print("  oracle:", *(brief(r) for r in theirs), sep="\n      ")
    print(f"  again: --seed {seed} --only {number}")


def main():
    ap = argparse.ArgumentParser(description="Compares LARDERD's replies with a memcached's.")
    ap.add_argument("--seed", type=int, default=None, help="0 draws a new seed, as does no option without LARDER_DIFF_SEED")
    ap.add_argument("--count", type=int, default=int(os.environ.get("LARDER_DIFF_COUNT", DEFAULT_COUNT)))
    ap.add_argument("--only", type=int, default=None, help="play this conversation of the seed only")
    ap.add_argument("--theirs", action="store_true", help="LARDERD is a memcached 1.6.45")
    ap.add_argument("--skip", action="append", default=[], metavar="REGEX", help="also leave out these commands")
    ap.add_argument("-k", "--keep-going", type=int, default=1, metavar="N", help="stop after N mismatches")
    args = ap.parse_args()
    larderd.binary()
    oracle = shutil.which(os.environ.get("ORACLE", "memcached"))
    if not oracle:
        larderd.skip("no memcached to compare with (ORACLE, or the PATH)")
    # Every make check plays the same conversations, so that a failure has a cause in the change; by hand, new ones.
    seed = args.seed if args.seed is not None else int(os.environ.get("LARDER_DIFF_SEED", "0"))
    seed = seed or random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}, {args.count} conversations, against {oracle}", flush=True)
    n_bad = 0
    # without no_lru_maintainer it now and then holds an item just when a decr pads it
    still = ("-o", "no_lru_maintainer")
    arguments = ("-t", "1", "-m", "512")
    with larderd.Server(*arguments, *(still if args.theirs else ())) as ours, \
            larderd.Server(*arguments, *still, exe=oracle) as theirs:
        with theirs.connect() as c:
            version = tuple(int(n) for n in re.findall(r"\d+", c.ask("version"))[:3])
        race = Race(ours, theirs, version < (1, 6, 45), args.theirs, args.skip)
        numbers = range(args.count) if args.only is None else [args.only]
        n_commands = 0
        for number in numbers:
            rng = random.Random(f"{seed}/{number}")
            batches = conversation(rng, race)
            n_commands += sum(len(b) for b in batches)
            try:
                bad = race.play(batches, number)
            except Failure as e:
                if not ours.alive() or not theirs.alive():
                    print("a server has ended")
                    print(*batches, sep="\n")
                    raise
                bad = True
                print(e)
            if bad:
                report(race, batches, seed, number)
                n_bad += 1
                if n_bad >= args.keep_going:
                    break
    print(f"{n_commands} commands, {n_bad} mismatches")
    return 1 if n_bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as e:
        print(f"FAIL: {e}")
        sys.exit(1)
