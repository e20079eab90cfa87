#!/usr/bin/python3
"""wipe: --wipe-on-free: a client's secret is in the server's item memory only as long as its item exists.

The test reads the memory of the running process, /proc/PID/mem, and searches the arena of the items.  Each secret is
stored and freed in another way.  A server without the option keeps them, so the search would find what was not wiped.
"""

import contextlib
import re
import struct

from process import check, check_that, larderd, until

MIB = 1 << 20
LIMIT_MIB = 16
MAGIC, VERSION = b"lalrder1", 3
ALIGN = 2 * MIB
SMALL, LARGE = 300, 100_000     # bytes of a value; a large one is a chain


class Memory:
    """The arena in a server's memory."""

    def __init__(self, server):
        self.pid = server.process.pid
        try:
            self.mem = open(f"/proc/{self.pid}/mem", "rb", buffering=0)
        except PermissionError:
            larderd.skip("this user may not read the memory of another process")
        self.base = self.find()
        version, = struct.unpack("<I", self.read(8, 4))
        check("version of slab/layout.h, whose places follow here", version, VERSION)
        page_shift, n_nodes, self.size = struct.unpack("<IIQ", self.read(24, 16))
        self.pages, n_pages = struct.unpack("<QI", self.read(72, 12))
        check("one memory node", n_nodes, 1)
        check("the pages end the arena", self.pages + (n_pages << page_shift), self.size)

    def find(self):
        """The mapping that begins with the superblock; the kernel may have joined it with one before it."""
        with open(f"/proc/{self.pid}/maps", encoding="ascii") as f:
            for line in f:
                start, end = (int(x, 16) for x in re.match(r"(\w+)-(\w+) ", line).groups())
                first = -(-start // ALIGN) * ALIGN
                for at in range(first, min(end, first + 64 * ALIGN), ALIGN):
                    if self.peek(at) == MAGIC:
                        return at
        raise larderd.Failure("no arena in the memory of the server")

    def peek(self, at):
        try:
            self.mem.seek(at)
            return self.mem.read(8)
        except OSError:     # a gap, or a sanitizer's
            return b""

    def read(self, offset, n):
        self.mem.seek(self.base + offset)
        data = b""
        while len(data) < n:
            data += self.mem.read(n - len(data))
        return data

    def count(self, secret):
        """In all pages that the limit allows, in use or not."""
        return self.read(self.pages, LIMIT_MIB * MIB).count(secret)


class Trial:
    """A server, with or without the option."""

    def __init__(self, *args):
        self.n = 0
        self.stack = contextlib.ExitStack()
        self.wipes = "--wipe-on-free" in args
        self.server = self.stack.enter_context(larderd.Server("-m", str(LIMIT_MIB), "-o", "no_numa", *args))
        self.c = self.stack.enter_context(self.server.connect())
        self.memory = Memory(self.server)

    def secret(self):
        """Bytes that were not used before, of one length."""
        self.n += 1
        return b"secret-%03d-" % self.n

    def set(self, key, value, ttl=0):
        self.store(f"set {key} 5 {ttl}", value, "STORED")

    def store(self, line, value, reply):
        """`line` lacks the length."""
        self.c.send(b"%s %d\r\n%s\r\n" % (line.encode(), len(value), value))
        check(line, self.c.read_until(b"\r\n").decode(), reply + "\r\n")

    def set_secret(self, key, n):
        secret = self.secret()
        self.set(key, (secret * n)[:n])
        check_that("the secret is in the arena", self.memory.count(secret) > 0)
        return secret

    def wait_for_mover(self):
        """Until all background work was done at least once."""
        def rounds():
            return int(self.c.stats("larder")["mover_rounds"])
        enough = rounds() + 2
        until("rounds of the mover", lambda: rounds() >= enough)

    def left(self, secrets):
        """Secrets, by the ways in which they were freed, that are still in the arena."""
        return [what for what, secret in secrets.items() if self.memory.count(secret) > 0]


# ---- ways to free an item --------------------------------------------------

def delete(t, n):
    secret = t.set_secret("deleted", n)
    check("delete", t.c.ask("delete deleted"), "DELETED")
    return secret


def delete_key(t, n):
    secret = t.secret()
    key = "user:" + secret.decode()
    t.set(key, b"x" * n)
    check_that("the key is in the arena", t.memory.count(secret) > 0)
    check("delete", t.c.ask(f"delete {key}"), "DELETED")
    return secret


def overwrite(t, n):
    secret = t.set_secret("overwritten", n)
    t.set("overwritten", b"short")
    return secret


def expire(t, n):
    secret = t.secret()
    t.set("expires", (secret * n)[:n], ttl=1)
    return secret


def get_and_touch(t, n):
    secret = t.set_secret("touched", n)
    t.c.send(b"gat 1 touched\r\n")
    check("gat", t.c.read_until(b"END\r\n").count(secret) > 0, True)
    return secret


def append(t, n):
    secret = t.secret()
    value = (secret * n)[:n]
    t.set("appended", value)
    t.store("append appended 0 0", value, "STORED")
    t.store("prepend appended 0 0", value, "STORED")
    t.set("appended", b"short")
    return secret


def add(t, n):
    """Refused when its value has arrived."""
    secret = t.secret()
    t.set("there", b"short")
    t.store("add there 0 0", (secret * n)[:n], "NOT_STORED")
    return secret


def abort(t, n):
    """Half of a value arrives."""
    secret = t.secret()
    with t.server.connect() as c:
        c.send(b"set aborted 0 0 %d\r\n%s" % (2 * n, (secret * n)[:n]))
        until("the beginning is in the arena", lambda: t.memory.count(secret) > 0)
    return secret


def increment(t, n):
    del n
    t.n += 1
    secret = b"%d" % (7305412986300000 + 10 * t.n)
    t.set("number", secret)
    check("incr", t.c.ask("incr number 1"), str(int(secret) + 1))
    return secret


def flush(t, n):
    secret = t.set_secret("flushed", n)
    check("flush_all", t.c.ask("flush_all"), "OK")
    return secret


WAYS = [delete, delete_key, overwrite, expire, get_and_touch, append, add, abort, increment]


def wipes(t):
    """All ways, and then flush_all, which would end the others."""
    for ways in (WAYS, [flush]):
        secrets = {(way.__name__, n): way(t, n) for way in ways for n in (SMALL, LARGE)}
        until("no byte of a secret is left", lambda: not (left := t.left(secrets)) or left)


def wipes_not(t):
    """So this test can fail.  The sizes differ, so that no item overwrites another."""
    secrets = {(way.__name__, n): way(t, n) for way, n in ((delete, SMALL), (overwrite, 2 * SMALL), (abort, LARGE))}
    t.wait_for_mover()
    check("secrets that are left", t.left(secrets), list(secrets))


# ---- whole pages -----------------------------------------------------------

def evict(t):
    """Other values fill the memory."""
    secret = t.set_secret("evicted", LARGE)
    value = b"x" * 20_000
    for i in range(4 * LIMIT_MIB * MIB // len(value)):
        t.set(f"fill-{i}", value)
    until("the secret is evicted", lambda: t.c.ask("mg evicted s") == "EN")
    until("evicted: no byte of the secret is left", lambda: t.memory.count(secret) == 0 or t.memory.count(secret))


def class_of(c, n_item):
    """The class of an item of this size, with its header."""
    sizes = {int(k.split(":")[0]): int(v) for k, v in c.stats("slabs").items() if k.endswith(":chunk_size")}
    return min(i for i, size in sizes.items() if size >= n_item)


def reassign(c, source, destination):
    def taken():
        answer = c.ask(f"slabs reassign {source} {destination}")
        return answer == "OK" or answer
    until("a page may be moved", taken)
    until("a page is moved", lambda: c.stats()["slab_reassign_running"] == "0")


def move(t):
    """A page changes class: of the items that are moved, only the new copy is left."""
    n, kept_of, secret = 600, 5, t.secret()
    value = secret + b"x" * 900
    t.set("other", b"x" * 5000)
    t.c.send(b"".join(b"set moves-%03d 0 0 %d noreply\r\n%s\r\n" % (i, len(value), value) for i in range(n)))
    check("mn", t.c.ask("mn"), "MN")
    check("items", t.memory.count(secret), n)
    t.c.send(b"".join(b"delete moves-%03d noreply\r\n" % i for i in range(n) if i % kept_of))
    check("mn", t.c.ask("mn"), "MN")
    for _ in range(3):
        reassign(t.c, class_of(t.c, 24 + 9 + len(value)), class_of(t.c, 24 + 5 + 5000))
    check_that("items were moved", int(t.c.stats("larder")["store_relocated"]) > 0)
    t.c.send(b"get " + b" ".join(b"moves-%03d" % i for i in range(n)) + b"\r\n")
    check("items that are left", t.c.read_until(b"END\r\n").count(secret), n // kept_of)
    if t.wipes:
        until("no other copies are left", lambda: t.memory.count(secret) == n // kept_of or t.memory.count(secret))
    else:
        check_that("without the option they are", t.memory.count(secret) > n // kept_of)


def test():
    for args in ([], ["--wipe-on-free"]):
        trial = Trial("-o", "no_slab_automove", "--compression=off", *args)
        with trial.stack:
            move(trial)
            (wipes if trial.wipes else wipes_not)(trial)
    trial = Trial("--wipe-on-free", *larderd.AS_STORED)
    with trial.stack:
        evict(trial)


larderd.main(test)
