#!/usr/bin/python3
"""resident: a full cache is as large as -m, including the process's code, heap and stacks.

    -m - 2 MiB <= resident memory <= -m + 2 MiB     with one client, from 64 MiB on

with compression and without.
With a sanitizer (LARDER_SANITIZED names it) memory is not checked.
"""

import os

from stress import SANITIZED, Failure, check, check_that, larderd, until

SLACK_KIB = 2 << 10
MIB = 1 << 20
RANDOM = os.urandom(64 << 10)


def record(i, size):
    """A value whose first half compresses about as those of applications do, and its second half does not."""
    text = (b'{"id":%d,"name":"user %d","email":"u%x@example.com","token":"%016x","roles":["reader","writer"],"active":true}'
            % (i, i * 7919 % 100003, i * 31, i * 0x9E3779B97F4A7C15 % (1 << 64)))
    return (text * (size // len(text) + 1))[:size - size // 2] + RANDOM[i % 9973:][:size // 2]


def fill(c, mib, size):
    """Sets until items are evicted, and then half as many again."""
    n, evicted = 0, int(c.stats()["evictions"])

    def more(mib):
        nonlocal n
        for _ in range(mib * MIB // (100 * (size + 70)) + 1):
            c.send(b"".join(b"set key%09d 0 0 %d noreply\r\n%s\r\n" % (n + i, size, record(n + i, size)) for i in range(100)))
            n += 100
        check("stored", c.ask("mn"), "MN")

    while int(c.stats()["evictions"]) == evicted:
        more(max(mib // 16, 1))
        check_that("it becomes full", n * size < 16 * mib * MIB, n)
    more(mib // 2)


def numbers(c, group=""):
    return {name: int(value) for name, value in c.stats(group).items() if value.lstrip("-").isdigit()}


def is_as_large(server, c, mib):
    rss_kib, memory = server.rss_kib(), numbers(c, "memory")
    print(f"-m {mib}: {rss_kib / 1024:.2f} MiB resident, of which the store may have {memory['store_limit'] / MIB:.2f}")
    if abs(rss_kib - (mib << 10)) > SLACK_KIB:
        raise Failure(f"-m {mib}: {rss_kib} KiB are resident: {memory}")
    check("the limit in `stats`", (memory["limit"], numbers(c)["limit_maxbytes"]), (mib * MIB, mib * MIB))
    check_that("the store has used all that it may", memory["taken"] > memory["store_limit"] * 0.95, memory)


def full(mib, *args):
    with larderd.Server("-m", str(mib), *args) as server, server.connect() as c:
        for size in (100, 10000):
            fill(c, mib, size)
            is_as_large(server, c, mib)


def resized():
    """cache_memlimit also limits the whole process."""
    with larderd.Server("-m", "64") as server, server.connect() as c:
        fill(c, 64, 1000)
        check("up", c.ask("cache_memlimit 100"), "OK")
        fill(c, 100, 1000)
        is_as_large(server, c, 100)
        check("down", c.ask("cache_memlimit 64"), "OK")
        until("pages are returned to the kernel", lambda: numbers(c, "memory")["taken"] <= numbers(c, "memory")["store_limit"])
        is_as_large(server, c, 64)


def small():
    """A small cache leaves at most an eighth to the process, and still holds two of the largest values."""
    for mib, item in ((2, "100k"), (8, "4m"), (8, "1m"), (32, "1m")):
        with larderd.Server("-m", str(mib), "-I", item) as server, server.connect() as c:
            memory = numbers(c, "memory")
            largest = int(c.stats("settings")["item_size_max"])
            check_that("what the store leaves", memory["limit"] - memory["store_limit"] <= memory["limit"] // 8, memory)
            check_that("two values", memory["store_limit"] >= 2 * largest, memory)
            fill(c, mib, 1000)
            value = b"x" * (largest - 200)
            for name in (b"one", b"two"):
                c.send(b"set %s 0 0 %d\r\n%s\r\n" % (name, len(value), value))
                check("a large value", c.read_until(b"\r\n"), b"STORED\r\n")


def test():
    small()
    if SANITIZED:
        larderd.skip("a sanitizer has memory of its own")
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    if os.path.exists(path):
        with open(path, encoding="ascii") as f:
            if "[always]" in f.read():
                larderd.skip("huge pages are on for all memory: stacks and heap have no fixed size")
    full(64, "-t", "1")
    full(64, "-t", "1", "--compression=off")
    full(128, "-t", "4")
    resized()


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
