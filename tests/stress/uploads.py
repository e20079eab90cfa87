#!/usr/bin/python3
"""uploads: values that are announced, and come slowly, together, or not at all.

    values that do not come     cost the cache an eighth of its items at most
    those that come together    are stored, however many wait for each other's memory
    an honest client            stores its value, whatever others have begun
    a client that hangs up      leaves nothing behind

LARDER_UPLOADS_SECONDS (5) bounds the storm of clients that hang up.
"""

import os
import random
import threading
import time

from stress import Busy, check, check_that, in_threads, larderd, until

SECONDS = float(os.environ.get("LARDER_UPLOADS_SECONDS", "5"))
LIMIT_MIB = 64
SIZE = 900_000
SMALL = b"x" * 100


def fill(c, n):
    for first in range(0, n, 1000):
        c.send(b"".join(b"set k%d 0 0 %d noreply\r\n%s\r\n" % (i, len(SMALL), SMALL) for i in range(first, first + 1000)))
    check("all are taken", c.ask("mn"), "MN")


def items(c):
    return int(c.stats()["curr_items"])


def counts(c):
    return {k: int(v) for k, v in c.stats("larder").items() if k.startswith(("body_", "worker_body_"))}


def announce(server, n, first=b"", size=SIZE):
    """Connections that each announce a value and send no more of it than `first`."""
    conns = [server.connect() for _ in range(n)]
    for i, c in enumerate(conns):
        c.send(b"set up%d 0 0 %d\r\n" % (i, size) + first)
    return conns


def only_announced():
    """70 values of which not one byte comes: nothing is lost, and nothing is held."""
    with larderd.Server("-m", str(LIMIT_MIB)) as server, server.connect() as c:
        fill(c, 200_000)
        before = items(c)
        held = announce(server, 70)
        until("all are announced", lambda: counts(c)["body_bytes_announced"] == 70 * SIZE)
        check("what they hold", counts(c)["body_bytes"], 0)
        check("items", items(c), before)
        check("a value of somebody else", store(c, "mine", SIZE), "STORED")
        for d in held:
            d.close()
        until("all are forgotten", lambda: counts(c)["body_bytes_announced"] == 0)


def begun_in_a_full_cache():
    """400 values that stop after 1000 bytes, in a cache that is full: what they hold is bounded, and others store theirs."""
    with larderd.Server("-m", str(LIMIT_MIB), "-t", "4") as server, server.connect() as c:
        fill(c, 700_000)
        check_that("it is full", int(c.stats()["evictions"]) > 0)
        before = items(c)
        held = announce(server, 400, b"y" * 1000)
        until("as many as there can be are announced, the others were refused",
              lambda: counts(c)["body_bytes_announced"] > LIMIT_MIB * 1024 * 1024)
        n = counts(c)
        check_that("what they hold is bounded", n["body_bytes"] <= n["body_bytes_limit"] + 2 * SIZE, n)
        check_that("the cache is there", items(c) > before * 7 / 8, (items(c), before))
        for d in held:
            d.close()
        until("all are forgotten", lambda: counts(c)["body_bytes_announced"] == counts(c)["body_bytes"] == 0)


def stalled_at_the_bound():
    """Values that hold all that such values may hold and do not come: those who wait for it get it within seconds."""
    with larderd.Server("-m", str(LIMIT_MIB), "-t", "4", "-o", "body_timeout=0") as server, server.connect() as c:
        fill(c, 700_000)
        held = announce(server, 40, b"y" * (SIZE // 2))
        until("the bound is met", lambda: counts(c)["body_waits"] > 0)
        with server.connect() as honest:
            check("stored all the same", store(honest, "mine", SIZE), "STORED")
            check("and there", len(get(honest, "mine")), SIZE)
        check_that("some were refused for it", counts(c)["worker_body_overdue"] > 0, counts(c))
        refused = 0
        for d in held:          # they may still send what they owe, and go on
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
    """60 clients whose values come at the same time, in small pieces: all are stored, and right to the byte."""
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
        until("nothing is left behind", lambda: counts(c)["body_bytes_announced"] == counts(c)["body_bytes"] == 0)


class HangsUp(Busy):
    """Announces, sends a part, and is gone; sometimes finishes."""

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
        check("and one that comes", store(c, f"a{self.rng.randrange(50)}", self.rng.choice([9000, 40000, SIZE])), "STORED")


class Shifts(Busy):
    """Stores small values of sizes that change, so that pages move between classes."""

    def __init__(self, server, me):
        super().__init__(server)
        self.rng = random.Random(me)

    def step(self, c):
        size = self.rng.choice([50, 300, 1000, 3000, 7000])
        c.send(b"".join(b"set s%d 0 0 %d noreply\r\n%s\r\n" % (self.rng.randrange(100_000), size, b"s" * size)
                        for _ in range(max(1, 300_000 // size))))
        check("taken", c.ask("mn"), "MN")


def hang_up():
    """Chains that are given up before they are published, beside page moves."""
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
        until("nothing is left behind", lambda: counts(c)["body_bytes"] == counts(c)["body_bytes_announced"] == 0)


def test():
    only_announced()
    begun_in_a_full_cache()
    stalled_at_the_bound()
    together()
    hang_up()


larderd.main(test)
