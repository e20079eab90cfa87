#!/usr/bin/python3
"""listing: scripts that list the keys class by class find all of them, and the classes' counts add up to the whole.

memcached has at most 63 classes, and once had 42: scripts therefore try the numbers 1..63
or 1..42 with `stats cachedump` or lru_crawler, whether such a class exists or not.
The test stores keys of all sizes, so that every class of the server is in use.

memcached's cachedump shows only its cold segment; without its LRU
maintainer that segment has all items.
"""

import re
import sys

sys.dont_write_bytecode = True
import compat  # noqa: E402
from compat import check, check_that, larderd  # noqa: E402
from monitored import by_class  # noqa: E402

NUMBERS = 64        # memcached's, including 0, which is no class
OLD_NUMBERS = 43    # before 1.4.29; still enough without -f


def sizes():
    n = 1
    while n < 200_000:
        yield n
        n = max(n + 7, n * 26 // 25)
    yield 900_000


KEYS = {f"key{n}": n for n in sizes()}


def fill(c):
    for key, n in KEYS.items():
        c.send(b"set %s 0 0 %d\r\n%s\r\n" % (key.encode(), n, bytes(n)))
        check(f"set {key}", c.read_until(b"\r\n"), b"STORED\r\n")


def dumped(c, number):
    """[(key, bytes)] of stats cachedump."""
    c.send(f"stats cachedump {number} 0\r\n".encode())
    items = [re.fullmatch(r"ITEM (\S+) \[(\d+) b; 0 s\]", line) for line in c.read_until(b"END\r\n").decode().split("\r\n")[:-2]]
    check_that(f"cachedump of {number}: each line is one", all(items), items)
    return [(item[1], int(item[2])) for item in items]


def crawled(server, number):
    """{key: class} of lru_crawler metadump."""
    with server.connect() as c:
        c.send(f"lru_crawler metadump {number}\r\n".encode())
        lines = c.read_until(b"END\r\n").decode()
    return dict(re.findall(r"key=(\S+) .* cls=(\d+) ", lines.removeprefix("OK\r\n")))


def class_of(c, key):
    return re.search(r" cls=(\d+) ", c.ask(f"me {key}"))[1]


def walks(server, c, highest):
    for numbers in {NUMBERS, highest}:
        by_number = {n: dumped(c, n) for n in range(numbers)}
        check(f"cachedump of all numbers below {numbers}", sorted(item for items in by_number.values() for item in items),
              sorted(KEYS.items()))
        for number in range(1, numbers):
            there = {key for key, _ in by_number[number]}
            check(f"metadump of {number}", crawled(server, number), dict.fromkeys(there, str(number)))
    for number, items in by_number.items():
        for key, _ in items[:2]:
            check(f"class of {key}", class_of(c, key), str(number))
    for number in (NUMBERS, 999):
        check(f"cachedump of {number}", c.ask(f"stats cachedump {number} 0"), "CLIENT_ERROR Illegal slab id")
        for what in ("crawl", "metadump", "mgdump"):
            check(f"{what} of {number}", c.ask(f"lru_crawler {what} {number}"), "BADCLASS invalid class id")
    check("crawl of the last", c.ask(f"lru_crawler crawl {NUMBERS - 1}"), "OK")


def adds_up(c, highest):
    """A class holds the items that fit its chunks and not the next smaller ones, and the classes add up to the whole."""
    slabs, items = by_class(c.stats("slabs"), "slabs"), by_class(c.stats("items"), "items")
    slabs.pop(None)
    check_that("no number is over memcached's", all(0 < n < highest for n in {*slabs, *items}), (set(slabs), set(items)))
    check_that("items are in classes", set(items) <= set(slabs), (set(slabs), set(items)))
    check("items in all", sum(int(row["number"]) for row in items.values()), len(KEYS))
    chunks = [int(slabs[n]["chunk_size"]) for n in sorted(slabs)]
    check("chunks grow with the number", chunks, sorted(set(chunks)))
    for key, n in KEYS.items():
        described = re.search(r" cls=(\d+) size=(\d+)", c.ask(f"me {key}"))
        number, size = int(described[1]), int(described[2])
        if size <= chunks[-1]:
            check_that(f"{key} fits its class", size <= int(slabs[number]["chunk_size"]), (size, slabs[number]))
            below = [int(slabs[k]["chunk_size"]) for k in slabs if k < number]
            check_that(f"{key} fits none below", all(size > chunk for chunk in below), (size, number))


def watched():
    """The live log has the same class numbers."""
    with larderd.Server("-m", "8", *larderd.AS_STORED) as server, server.connect() as c, server.connect() as w, server.connect() as e:
        for watcher, streams in ((w, "fetchers mutations deletions"), (e, "evictions")):
            check("watch", watcher.ask(f"watch {streams}"), "OK")
        c.send(b"set k 0 0 7000\r\n%s\r\nget k\r\nmn\r\n" % bytes(7000))
        c.read_until(b"MN\r\n")
        number = class_of(c, "k")
        check("delete", c.ask("delete k"), "DELETED")
        lines = w.read_until(b"type=deleted").decode() + w.read_until(b"\n").decode()
        of_class = set(re.findall(r" clsid=(\d+) ", lines))
        check("class numbers in the live log", of_class - {"0"}, {number})
        for i in range(3000):
            c.send(b"set v%d 0 0 7000 noreply\r\n%s\r\n" % (i, bytes(7000)))
        check("stored", c.ask("mn"), "MN")
        e.read_until(b"type=eviction")
        check("evictions in the live log", re.search(r" clsid=(\d+) ", e.read_until(b"\n").decode())[1], number)


def refuses_numbers(c):
    for pair in ("1 64", "64 1", "999 1", "-1 64", "0 64", "1 -1"):
        check(f"slabs reassign {pair}", c.ask(f"slabs reassign {pair}"), "BADCLASS invalid src or dst class id")
    check("slabs reassign 70 70", c.ask("slabs reassign 70 70"), "SAME src and dst class are identical")


def test():
    for listen, highest, *args in (("tcp", OLD_NUMBERS), ("unix", OLD_NUMBERS), ("unix", OLD_NUMBERS, "-m", "1024"),
                                   ("unix", OLD_NUMBERS, "-f", "1.25"), ("unix", OLD_NUMBERS, "-f", "2"),
                                   ("unix", NUMBERS, "-m", "256", "-f", "1.02")):
        with larderd.Server("-o", "no_lru_maintainer", *args, listen=listen) as server, server.connect() as c:
            fill(c)
            walks(server, c, highest)
            adds_up(c, highest)
            refuses_numbers(c)
        print(f"{' '.join(args) or 'as it is'}, over {listen}: good", flush=True)
    watched()


if __name__ == "__main__":
    compat.main(test)
