#!/usr/bin/python3
"""differential_binary: as differential.py, for the binary protocol.

    LARDERD=./larderd [ORACLE=memcached] tests/diff/differential_binary.py [--seed N] [--count N] [--only K] [-k N]

Packets of every opcode over a few keys, some with wrong lengths, pipelined
and split at random bytes, go to LARDERD and to ORACLE.  Replies must be the
equal in every byte, with CAS numbers numbered by first occurrence.
README.md beside this file lists what is not sent, and why.

Exit status: 0 equal, 1 not, 77 no server or no oracle.
"""

import argparse
import os
import random
import re
import shutil
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "wire"))
import larderd  # noqa: E402
import packets  # noqa: E402
from larderd import Closed, Failure  # noqa: E402

DEFAULT_COUNT = 1500
N_KEYS = 4
MARK = 0xffff0000

GETS = ("get", "getq", "getk", "getkq")
GATS = ("touch", "gat", "gatq", "gatk", "gatkq")
PUTS = ("set", "setq", "add", "addq", "replace", "replaceq")
CONCATS = ("append", "appendq", "prepend", "prependq")
COUNTS = ("incr", "incrq", "decr", "decrq")


class Packet:
    """One request.  `i` is the number of its key, or None; `cas` is "last" for this key's last known number."""

    def __init__(self, opcode, i=None, value=b"", extras=b"", cas=0, key=b"", closes=False, **wrong):
        self.opcode, self.i, self.value, self.extras, self.cas, self.key = opcode, i, value, extras, cas, key
        self.closes, self.wrong = closes, wrong
        self.loses = "magic" in wrong           # memcached closes without the replies that it has not sent
        self.fetches = opcode in GETS + GATS    # memcached holds the item until the reply is sent ...
        self.counts = opcode in COUNTS          # ... and until then incr makes a new item instead of counting in place

    def data(self, side, opaque):
        key = self.key if self.i is None else side.key(self.i)
        cas = side.cas_of.get(self.i, 99) if self.cas == "last" else self.cas
        return packets.request(self.opcode, key=key, value=self.value, extras=self.extras, opaque=opaque, cas=cas,
                               **self.wrong)

    def __repr__(self):
        key = self.key if self.i is None else f"#{self.i}"
        value = self.value if len(self.value) < 60 else f"{self.value[:30]!r}... ({len(self.value)} bytes)"
        return f"{self.opcode} key={key} value={value} extras={self.extras.hex()} cas={self.cas} {self.wrong or ''}"


class Generator:
    def __init__(self, rng, old):
        self.rng, self.old = rng, old

    def exp(self):
        return packets.number(self.rng.choice((0, 0, 0, 0, 100, 2592000, 2592001, 2**31 - 1, 2**31, 2**32 - 1)), 4)

    def number(self):
        return packets.number(self.rng.choice((0, 1, 1, 2, 10, 999, 2**63, 2**64 - 1)), 8)

    def flags(self):
        return packets.number(self.rng.choice((0, 0, 1, 65536, 2**32 - 1)), 4)

    def cas(self):
        return self.rng.choice((0, 0, 0, 0, "last", "last", 5, 2**64 - 1))

    def value(self):
        kind = self.rng.randrange(10)
        if kind < 4:
            return self.rng.choice((b"0", b"1", b"9", b"99", b"12345", b"18446744073709551615", b"18446744073709551616", b"5  ", b"5\0",
                                    b"41\0abc", b"5 x"))
        if kind < 8:    # never blank
            n = self.rng.choice((1, 2, 5, 40, 300))
            return bytes(self.rng.choice(b"abcxyz 0189\r\n\xff") for _ in range(n - 1)) + b"z"
        return b"" if kind == 8 else b"n" + self.rng.randbytes(self.rng.choice((2000, 9000, 20000)))

    def packet(self):
        i = self.rng.randrange(N_KEYS)
        pick = self.rng.random()
        choice = self.rng.choice
        if pick < 0.25:
            return Packet(choice(GETS), i, cas=self.cas())
        if pick < 0.35:
            return Packet(choice(GATS), i, extras=self.exp(), cas=self.cas())
        if pick < 0.60:
            return Packet(choice(PUTS), i, value=self.value(), extras=self.flags() + self.exp(), cas=self.cas())
        if pick < 0.70:
            return Packet(choice(CONCATS), i, value=self.value(), cas=self.cas())
        if pick < 0.82:
            return Packet(choice(COUNTS), i, extras=self.number() + self.number() + self.exp(), cas=self.cas())
        if pick < 0.90:
            return Packet(choice(("delete", "deleteq")), i, cas=self.cas())
        return self.other()

    def other(self):
        choice = self.rng.choice
        return choice((
            Packet("noop"), Packet("noop", datatype=3, vbucket=0x1234), Packet("version"),
            Packet(choice(("flush", "flushq")), extras=packets.number(choice((100000, 2592001, 1000000000)), 4)),
            Packet("stat", key=choice((b"nothing", b"detail", b"detail x"))), Packet("sasl_list"),
            Packet("sasl_auth", key=b"PLAIN", value=b"\0user\0word"), Packet("sasl_step", key=b"PLAIN"),
            # no key and no extras: see the README
            Packet(choice((0x1b, 0x1f, 0x30, 0x40, 0x7f, 0xff)), value=b"x" * choice((0, 0, 5, 3000))),
        ))

    def wrong(self):
        """A valid packet with one wrong field.  It ends the connection, or the server waits for bytes that are not sent."""
        p = self.packet()
        p.closes = True
        kind = self.rng.randrange(9)
        if kind == 0:
            p.wrong["magic"] = self.rng.choice((0, 0x81, 0x67))
            p.loses = True
        elif kind == 1:
            p.wrong["n_body"] = self.rng.choice((0, 1, *(() if self.old else (2**30 + 1, 2**31, 2**32 - 1))))
        elif kind == 2:
            p.wrong["n_key"] = self.rng.choice((0, 7, 250, 251))    # 7: also a key of this conversation
        elif kind == 3:
            p.wrong["n_extras"] = self.rng.choice((0, 1, 4, 8, 20, 255))
        elif kind == 4 and p.opcode != "stat":      # it would be a request for all statistics
            p.i, p.key = None, self.rng.choice((b"", b"k" * 251, b"k" * 1000))
        elif kind == 5 and p.opcode not in ("flush", "flushq"):
            p.extras = self.rng.randbytes(self.rng.choice((0, 1, 4, 8, 20, 24)))
        elif kind == 6 and p.opcode not in GATS + ("stat",):
            p.value += b"xyz"
        elif kind == 7:
            return Packet(self.rng.choice(("quit", "quitq")), closes=True)
        else:
            return Packet("noop", closes=True, magic=0x55)
        pad_front(p)
        return p


def pad_front(p):
    """memcached waits for extras and key before it refuses them, so they are sent."""
    n_key = len(p.key) + (8 if p.i is not None else 0)
    n_body = len(p.extras) + n_key + len(p.value)
    n_front = p.wrong.get("n_extras", len(p.extras)) + p.wrong.get("n_key", n_key)
    if n_front > n_body:
        p.wrong.setdefault("n_body", n_body)
        p.value += b"x" * n_front


def is_skipped(p):
    """Where memcached loses its place in the stream, and larder does not: see the README."""
    if p.opcode in packets.OPCODES and p.opcode != "verbosity":
        known = p.opcode in GATS + ("stat",)
        n_body = p.wrong.get("n_body", len(p.extras) + len(p.key) + len(p.value) + (8 if p.i is not None else 0))
        n_front = p.wrong.get("n_extras", len(p.extras)) + p.wrong.get("n_key", len(p.key) + (8 if p.i is not None else 0))
        return known and n_body > n_front
    return bool(p.extras or p.key or p.wrong)


# ---- a server's side of it -------------------------------------------------

class Side:
    def __init__(self, server):
        self.server = server

    def begin(self, tag):
        self.tag = tag
        self.conn = self.server.connect()
        self.cas_of, self.cas_names = {}, {}
        self.closed = False

    def key(self, i):
        return self.tag + b"%d" % i

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

    def run(self, batch, rng):
        """Sends the packets in pieces; returns the masked replies."""
        data = b"".join(p.data(self, n) for n, p in enumerate(batch))
        replies = []
        try:
            if batch[-1].closes:
                self.send_split(data, rng)
                self.conn.sock.shutdown(socket.SHUT_WR)
            else:
                self.send_split(data + packets.request("noop", opaque=MARK), rng)
            while True:
                reply = packets.read(self.conn)
                if reply.opaque == MARK:
                    break
                replies.append(self.mask(reply, batch))
        except Closed as e:
            if e.args[0]:
                replies.append(("cut short", bytes(e.args[0])))
            self.closed = True
        return replies

    def mask(self, r, batch):
        p = batch[r.opaque] if r.opaque < len(batch) else None
        if p is None:
            return ("an opaque that was not sent", r.opaque)
        if r.cas and p.i is not None:
            self.cas_of[p.i] = r.cas
        cas = self.cas_names.setdefault(r.cas, len(self.cas_names)) if r.cas else None
        value = re.sub(rb"^\d+\.\d+\.\d+$", b"?", r.value) if p.opcode == "version" else r.value
        return (r.magic, r.opcode, r.status, r.datatype, r.opaque, r.extras, r.key.replace(self.tag, b"k"), value, cas)


# ---- comparing ---------------------------------------------------------------

class Race:
    def __init__(self, ours, oracle):
        self.sides = (Side(ours), Side(oracle))
        self.n_played = 0

    def play(self, batches, seed):
        """None if the replies agree; else (batch number, ours, theirs)."""
        self.n_played += 1
        for side in self.sides:
            side.begin(b"a%06d" % self.n_played)
        try:
            for n, batch in enumerate(batches):
                ours, theirs = [side.run(batch, random.Random(seed + n)) for side in self.sides]
                closed = [side.closed for side in self.sides]
                if ours != theirs or closed[0] != closed[1]:
                    return n, [*ours, ("closed", closed[0])], [*theirs, ("closed", closed[1])]
                if closed[0]:
                    return None
        finally:
            for side in self.sides:
                side.conn.close()
        return None

    def shrink(self, batches, seed):
        """The fewest packets that still disagree."""
        at = 0
        flat = [(n, p) for n, batch in enumerate(batches) for p in batch]
        while at < len(flat):
            fewer = flat[:at] + flat[at + 1:]
            numbers = sorted({n for n, _ in fewer})
            candidate = [[p for m, p in fewer if m == n] for n in numbers]
            try:
                differs = candidate and self.play(candidate, seed) is not None
            except Failure:
                differs = True
            if differs:
                flat, batches = fewer, candidate
            else:
                at += 1
        return batches


def conversation(rng, old):
    """Packets in batches.  1.6.18 (`old`) waits for bodies of any length."""
    generator = Generator(rng, old)
    batches, batch = [], []
    for _ in range(rng.randrange(5, 40)):
        p = generator.packet()
        if is_skipped(p):
            continue
        if batch and ((p.counts and any(x.fetches for x in batch)) or p.cas == "last" or rng.random() < 0.2):
            batches.append(batch)
            batch = []
        batch.append(p)
    if rng.random() < 0.7:
        p = generator.wrong()
        if not is_skipped(p):
            if batch and (p.loses or (p.counts and any(x.fetches for x in batch))):
                batches.append(batch)
                batch = []
            batch.append(p)
    return batches + ([batch] if batch else [])


def report(race, batches, number, seed):
    print(f"MISMATCH in conversation {number} of seed {seed}; shrinking ...", flush=True)
    small = race.shrink(batches, number)
    try:
        n, ours, theirs = race.play(small, number) or (len(small) - 1, ["(not every time)"], [])
    except Failure as e:
        n, ours, theirs = len(small) - 1, [str(e)], []
    for i, batch in enumerate(small):
        for p in batch:
            print(f"    > {p!r}{'  <- here' if i == n else ''}")
        print("    --")
    for name, replies in (("ours:  ", ours), ("oracle:", theirs)):
        print(" ", name, *(f"{r!r:.300}" for r in replies), sep="\n      ")
    print(f"  again: --seed {seed} --only {number}")


def main():
    ap = argparse.ArgumentParser(description="Compares LARDERD's packets with a memcached's.")
    ap.add_argument("--seed", type=int, default=None, help="0 draws a new seed, as does no option without LARDER_DIFF_SEED")
    ap.add_argument("--count", type=int, default=int(os.environ.get("LARDER_DIFF_COUNT", DEFAULT_COUNT)))
    ap.add_argument("--only", type=int, default=None, help="play this conversation of the seed only")
    ap.add_argument("-k", "--keep-going", type=int, default=1, metavar="N", help="stop after N mismatches")
    args = ap.parse_args()
    larderd.binary()
    oracle = shutil.which(os.environ.get("ORACLE", "memcached"))
    if not oracle:
        larderd.skip("no memcached to compare with (ORACLE, or the PATH)")
    seed = args.seed if args.seed is not None else int(os.environ.get("LARDER_DIFF_SEED", "0"))
    seed = seed or random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}, {args.count} conversations, against {oracle}", flush=True)
    n_bad = n_packets = 0
    arguments = ("-t", "1", "-m", "512")
    # without no_lru_maintainer it now and then holds an item just when a decr pads it
    with larderd.Server(*arguments) as ours, larderd.Server(*arguments, "-o", "no_lru_maintainer", exe=oracle) as theirs:
        race = Race(ours, theirs)
        with theirs.connect() as c:
            old = tuple(int(n) for n in re.findall(r"\d+", c.ask("version"))[:3]) < (1, 6, 45)
        for number in range(args.count) if args.only is None else [args.only]:
            batches = conversation(random.Random(f"{seed}/{number}"), old)
            n_packets += sum(len(b) for b in batches)
            try:
                bad = race.play(batches, number)
            except Failure as e:
                if not ours.alive() or not theirs.alive():
                    print("a server has ended", *batches, sep="\n")
                    raise
                print(e)
                bad = True
            if bad:
                report(race, batches, number, seed)
                n_bad += 1
                if n_bad >= args.keep_going:
                    break
    print(f"{n_packets} packets, {n_bad} mismatches")
    return 1 if n_bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as e:
        print(f"FAIL: {e}")
        sys.exit(1)
