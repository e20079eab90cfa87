#!/usr/bin/python3
"""uploads: values that are announced, and arrive slowly, all at once, or never.

    values that never arrive    cost the cache at most an eighth of its items
    those that arrive together  are stored, however many wait for each other's memory
    an honest client            stores its value, whatever other clients have begun
    a client that closes        leaves nothing behind

LARDER_UPLOADS_SECONDS (5) limits the storm of clients that close.
"""

import os
import random
import threading
import time

from stress import AS_STORED, Busy, check, check_that, in_threads, larderd, until

SECONDS = float(os.environ.get("LARDER_UPLOADS_SECONDS", "5"))
LIMIT_MIB = 64
SIZE = 900_000
SMALL = b"x" * 100


def fill(c, n):
    for first in range(0, n, 1000):
        c.send(b"".join(b"set k%d 0 0 %d noreply\r\n%s\r\n" % (i, len(SMALL), SMALL) for i in range(first, first + 1000)))
    check("all are stored", c.ask("mn"), "MN")


def items(c):
    return int(c.stats()["curr_items"])


def counts(c):
    return {k: int(v) for k, v in c.stats("larder").items() if k.startswith(("body_", "worker_body_"))}


def announce(server, n, first=b"", size=SIZE):
    """Connections that each announce a value and send only `first` of it."""
    conns = [server.connect() for _ in range(n)]
    for i, c in enumerate(conns):
        c.send(b"set up%d 0 0 %d\r\n" % (i, size) + first)
    return conns


def only_announced():
    """70 values of which not one byte arrives: no item is evicted, and no memory held."""
    with larderd.Server("-m", str(LIMIT_MIB), *AS_STORED) as server, server.connect() as c:
        fill(c, 200_000)
        before = items(c)
        held = announce(server, 70)
        until("all are announced", lambda: counts(c)["body_bytes_announced"] == 70 * SIZE)
        check("the memory they hold", counts(c)["body_bytes"], 0)
        check("items", items(c), before)
        check("another client's value", store(c, "mine", SIZE), "STORED")
        for d in held:
            d.close()
        until("all are freed", lambda: counts(c)["body_bytes_announced"] == 0)


def begun_in_a_full_cache():
    """400 values that stop after 1000 bytes, in a full cache: they hold bounded memory, and other clients store values."""
    with larderd.Server("-m", str(LIMIT_MIB), "-t", "4", *AS_STORED) as server, server.connect() as c:
        fill(c, 500_000)
        check_that("it is full", int(c.stats()["evictions"]) > 0)
        before = items(c)
        held = announce(server, 400, b"y" * 1000)
        until("as many as possible are announced, the others were refused",
              lambda: counts(c)["body_bytes_announced"] > LIMIT_MIB * 1024 * 1024)
        n = counts(c)
        check_that("they hold bounded memory", n["body_bytes"] <= n["body_bytes_limit"] + 2 * SIZE, n)
        check_that("the cache is kept", items(c) > before * 7 / 8, (items(c), before))
        for d in held:
            d.close()
        until("all are freed", lambda: counts(c)["body_bytes_announced"] == counts(c)["body_bytes"] == 0)


def stalled_at_the_bound():
    """Unfinished values hold all the memory that they may: a new value gets some within seconds."""
    with larderd.Server("-m", str(LIMIT_MIB), "-t", "4", "-o", "body_timeout=0", *AS_STORED) as server, server.connect() as c:
        fill(c, 500_000)
        held = announce(server, 40, b"y" * (SIZE // 2))
        until("the bound is reached", lambda: counts(c)["body_waits"] > 0)
        with server.connect() as honest:
            check("stored", store(honest, "mine", SIZE), "STORED")
            check("and read", len(get(honest, "mine")), SIZE)
        check_that("some were refused for it", counts(c)["worker_body_overdue"] > 0, counts(c))
        refused = 0
        for d in held:          # they may send the rest of a refused value, and continue
            d.send(b"y" * (SIZE - SIZE // 2) + b"\r\n" + b"mn\r\n")
            answer = d.read_until(b"\r\n")
            check_that("either", answer in (b"STORED\r\n", b"SERVER_ERROR out of memory storing object\r\n"), answer)
            refused += answer != b"STORED\r\n"
            check("and then", d.read_until(b"\r\n"), b"MN\r\n")
            d.close()
        check("refused", refused, counts(c)["worker_body_overdue"])


def store(c, key, size):
    c.send(b"set %s 0 0 %d\r\n" % (key.encode(), size) + b"z" * size + b"\r\n")
    return c.read_until(b"\r\n")[:-2].decode()


def get(c, key):
    c.send(b"get %s\r\n" % key.encode())
    line = c.read_until(b"\r\n")
    if line == b"END\r\n":
        return b""
    value = c.read(int(line.split()[3]) + 2)[:-2]
    check("end", c.read_until(b"\r\n"), b"END\r\n")
    return value


def together():
    """60 clients whose values arrive at the same time, in small pieces: each is stored, byte for byte."""
    with larderd.Server("-m", str(LIMIT_MIB), "-t", "4", "-o", "body_memory=2m") as server, server.connect() as c:
        def upload(i):
            rng = random.Random(i)
            value = rng.randbytes(SIZE)
            with server.connect() as d:
                d.send(b"set v%d 0 0 %d\r\n" % (i, SIZE))
                at = 0
                while at < SIZE:
                    n = rng.choice([100, 5000, 20000, 100000])
                    d.send(value[at:at + n])
                    at += n
                d.send(b"\r\n")
                check(f"value {i}", d.read_until(b"\r\n"), b"STORED\r\n")
                found = get(d, f"v{i}")
                check_that(f"value {i} is what was sent", found in (value, b""), len(found))
        in_threads(60, upload)
        check_that("they have waited for each other", counts(c)["body_waits"] > 0, counts(c))
        until("no memory is left", lambda: counts(c)["body_bytes_announced"] == counts(c)["body_bytes"] == 0)


class HangsUp(Busy):
    """Announces a value, sends a part, and closes; sometimes finishes."""

    def __init__(self, server, me):
        super().__init__(server)
        self.rng = random.Random(me)

    def step(self, c):
        held = [self.server.connect() for _ in range(8)]
        for d in held:
            size = self.rng.choice([3000, 17000, 100_000, SIZE])
            d.send(b"set a%d 0 0 %d\r\n" % (self.rng.randrange(50), size) + b"A" * self.rng.randrange(size))
        for d in held:
            d.close()
        check("and one that arrives", store(c, f"a{self.rng.randrange(50)}", self.rng.choice([9000, 40000, SIZE])), "STORED")


class Shifts(Busy):
    """Stores small values of changing sizes, so that pages move between classes."""

    def __init__(self, server, me):
        super().__init__(server)
        self.rng = random.Random(me)

    def step(self, c):
        size = self.rng.choice([50, 300, 1000, 3000, 7000])
        c.send(b"".join(b"set s%d 0 0 %d noreply\r\n%s\r\n" % (self.rng.randrange(100_000), size, b"s" * size)
                        for _ in range(max(1, 300_000 // size))))
        check("stored", c.ask("mn"), "MN")


def hang_up():
    """Chains that are freed before they are published, during page moves."""
    with larderd.Server("-m", "16", "-t", "4") as server, server.connect() as c:
        check("moves", c.ask("slabs automove 2"), "OK")
        busy = [HangsUp(server, i) for i in range(3)] + [Shifts(server, 9)]
        for b in busy:
            b.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and all(b.is_alive() for b in busy):
            c.ask(f"slabs reassign -1 {random.randrange(30)}")
            threading.Event().wait(0.01)
        for b in busy:
            b.end()
        until("no memory is left", lambda: counts(c)["body_bytes"] == counts(c)["body_bytes_announced"] == 0)


def test():
    only_announced()
    begun_in_a_full_cache()
    stalled_at_the_bound()
    together()
    hang_up()


larderd.main(test)
