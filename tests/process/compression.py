#!/usr/bin/python3
"""compression: clients of a full cache see the same bytes, sizes and answers whether a value is compressed or not.

Values are compressed in the background: the test stores until the counters of `stats cold` show it.  A full cache may evict
any item, so a miss is no error; most items must be there.
"""

import collections
import json
import os
import random
import re
import signal

from process import SANITIZED, check, check_that, free_port, larderd, refused, until
import packets      # process has added its folder to the path
from config import File
from udp import Client

SMALL = ("-m", "8", "-t", "2", "-o", "track_sizes")
AT_ONCE, MANY = 100, 50
PATIENCE_S = 120
USAGE = 64
FLAGS = 7


def key(i):
    return b"user:%d:profile" % i


def record(i):
    """What an application would store: a dictionary has most of it."""
    r = random.Random(i)
    return json.dumps({"id": i, "name": f"user {r.randrange(10**6)}", "email": f"u{i:x}@example.com", "active": i % 3 == 0,
                       "role": r.choice(("admin", "editor", "viewer")), "token": f"{r.getrandbits(64):016x}",
                       "visits": r.randrange(1000), "city": r.choice(("Berlin", "Paris", "London", "Madrid")),
                       "tags": ["common", "words"] * r.randrange(1, 4)}).encode()


def noise(i):
    return random.Random(i).randbytes(300)


class Cache:
    """A connection to a server, and the items that were stored through it."""

    def __init__(self, c):
        self.c, self.n = c, 0

    def store(self, n=AT_ONCE, value=record):
        for first in range(self.n, self.n + n, AT_ONCE):
            values = [(key(i), value(i)) for i in range(first, first + AT_ONCE)]
            self.c.send(b"".join(b"set %s %d 0 %d\r\n%s\r\n" % (k, FLAGS, len(v), v) for k, v in values))
            check("sets", self.c.read(AT_ONCE * len(b"STORED\r\n")), b"STORED\r\n" * AT_ONCE)
        self.n += n

    def stat(self, name, group="cold"):
        return float(self.c.stats(group)[name])

    def store_until(self, what, holds):
        def more():
            self.store()
            return holds(now := self.c.stats("cold")) or now
        until(what, more, PATIENCE_S)

    def overfill(self, value=record):
        while self.stat("evictions", "") == 0:
            self.store(1000, value)
        self.store(self.n // AT_ONCE * AT_ONCE, value)

    def get(self, which, command=b"get"):
        """The words after the length, and the value, of each key that is there."""
        found = {}
        for at in range(0, len(which), MANY):
            self.c.send(command + b" " + b" ".join(key(i) for i in which[at:at + MANY]) + b"\r\n")
            while (words := self.c.read_until(b"\r\n").split()) != [b"END"]:
                check("a reply", (words[0], words[2]), (b"VALUE", b"%d" % FLAGS))
                value = self.c.read(int(words[3]) + 2)
                check("the end of a value", value[-2:], b"\r\n")
                found[int(words[1].split(b":")[1])] = (words[4:], value[:-2])
        return found

    def must_be(self, what, which, wanted, command=b"get"):
        """Most are there, with the wanted values.  Returns which."""
        found = self.get(which, command)
        for i, (_, value) in found.items():
            check(f"{what}: {key(i)}", value, wanted(i))
        check_that(f"{what}: most are there", len(found) * 2 > len(which), (len(found), len(which)))
        return sorted(found)


def packed(c):
    """A full cache; a quarter of its items or more is compressed."""
    cache = Cache(c)
    cache.store_until("values are compressed", lambda now: int(now["packed_items"]) > 2000 and
                      int(now["packed_items"]) * 4 > cache.stat("curr_items", ""))
    return cache, sorted(cache.get(range(cache.n)))


# ---- the commands -------------------------------------------------------------


def meta_get(cache, which):
    n_found = 0
    for i in which:
        value = record(i)
        line = cache.c.ask(f"mg {key(i).decode()} s f v")
        if line != "EN":
            check("mg", line, f"VA {len(value)} s{len(value)} f{FLAGS}")
            check("its value", cache.c.read(len(value) + 2), value + b"\r\n")
            n_found += 1
    check_that("mg: most are there", n_found * 2 > len(which), (n_found, len(which)))


def binary_get(server, which):
    n_found = 0
    with server.connect() as c:
        for i in which:
            c.send(packets.request("get", key(i)))
            r = packets.read(c)
            if r.status == 0:
                check("binary get", (r.extras, r.value), (FLAGS.to_bytes(4, "big"), record(i)))
                n_found += 1
    check_that("binary: most are there", n_found * 2 > len(which), (n_found, len(which)))


def datagram_get(server, which):
    n_found = 0
    with Client(server.udp) as u:
        for i in which:
            value, reply = record(i), u.ask(b"get %s\r\n" % key(i))
            if reply != b"END\r\n":
                check("UDP", reply, b"VALUE %s %d %d\r\n%s\r\nEND\r\n" % (key(i), FLAGS, len(value), value))
                n_found += 1
    check_that("UDP: most are there", n_found * 2 > len(which), (n_found, len(which)))


def change(c, line, value):
    c.send(b"%s %d\r\n%s\r\n" % (line, len(value), value))
    return c.read_until(b"\r\n")[:-2]


def changes(cache, there):
    """An item may have been evicted before the command."""
    c = cache.c
    for i, ((cas,), value) in cache.get(there[::9], b"gets").items():
        check("gets", value, record(i))
        c.send(b"cas %s %d 0 1 %d\r\nx\r\n" % (key(i), FLAGS, int(cas) + 1))
        check_that("cas, wrong", c.read_until(b"\r\n") in (b"EXISTS\r\n", b"NOT_FOUND\r\n"))
        c.send(b"cas %s %d 0 %d %s\r\n%s\r\n" % (key(i), FLAGS, len(value), cas, value[::-1]))
        check_that("cas", c.read_until(b"\r\n") in (b"STORED\r\n", b"NOT_FOUND\r\n"))
    cache.must_be("cas", there[::9], lambda i: record(i)[::-1])
    for i in there[1::9]:
        check_that("append", change(c, b"append %s 0 0" % key(i), b"<end") in (b"STORED", b"NOT_STORED"))
    cache.must_be("append", there[1::9], lambda i: record(i) + b"<end")
    for i in there[2::9]:
        check_that("prepend", change(c, b"prepend %s 0 0" % key(i), b"begin>") in (b"STORED", b"NOT_STORED"))
    cache.must_be("prepend", there[2::9], lambda i: b"begin>" + record(i))
    for i in there[3::9]:
        check_that("incr", c.ask(f"incr {key(i).decode()} 1") in
                   ("CLIENT_ERROR cannot increment or decrement non-numeric value", "NOT_FOUND"))
    for i in there[4::9]:
        check_that("touch", c.ask(f"touch {key(i).decode()} 0") in ("TOUCHED", "NOT_FOUND"))
        check_that("stale", c.ask(f"md {key(i).decode()} I T0") in ("HD", "NF"))
        check_that("replace", change(c, b"replace %s %d 0" % (key(i), FLAGS), b"short") in (b"STORED", b"NOT_STORED"))
    cache.must_be("replace", there[4::9], lambda i: b"short")
    cache.must_be("those that did not change", there[5::9], record)
    for i in there[6::9]:
        check_that("delete", c.ask(f"delete {key(i).decode()}") in ("DELETED", "NOT_FOUND"))
    check("deleted", cache.get(there[6::9]), {})


def dumped(c):
    """The size of each item, by its key, of a dump."""
    check("a dump", c.ask("lru_crawler metadump all"), "OK")
    lines = c.read_until(b"END\r\n").decode().splitlines()[:-1]
    return {m[1]: int(m[2]) for m in (re.match(r"key=(\S+) .* size=(\d+)", line) for line in lines)}


def sizes(cache):
    """They are those of plain items: `stats sizes` agrees with the dump, the dump with the values."""
    overhead = {n - len(record(int(k.split("%3A")[1]))) - len(k.replace("%3A", ":")) for k, n in dumped(cache.c).items()}
    check("one overhead", len(overhead), 1)

    def agree():
        histogram = collections.Counter(f"{(n + 31) // 32 * 32}" for n in dumped(cache.c).values())
        now = {name: int(n) for name, n in cache.c.stats("sizes").items()}
        return now == histogram or (now, histogram)
    until("stats sizes", agree)
    check_that("bytes are those in memory", cache.stat("bytes", "") < sum(dumped(cache.c).values()))


def test_commands():
    tcp, udp = free_port(), free_port()
    with larderd.Server("-l", "127.0.0.1", "-p", str(tcp), "-U", str(udp), *SMALL, address=("127.0.0.1", tcp)) as server, \
            server.connect() as c:
        server.udp = udp
        cache, there = packed(c)
        cache.must_be("get", there, record)
        cache.must_be("gat", there[::5], record, b"gat 0")
        meta_get(cache, there[::7])
        binary_get(server, there[::11])
        datagram_get(server, there[::13])
        sizes(cache)
        changes(cache, there)


def test_flush():
    """A flush removes the dictionaries too, since they have pieces of values."""
    with larderd.Server(*SMALL) as server, server.connect() as c:
        cache, _ = packed(c)
        check("flush_all", c.ask("flush_all"), "OK")
        check("none is there", cache.get(range(cache.n)), {})
        wanted = {"packed_items": 0, "dictionaries": 0, "dictionaries_retired": 0, "dictionary_bytes": 0, "prepared_bytes": 0}
        until("all is freed", lambda: (now := {name: int(c.stats("cold")[name]) for name in wanted}) == wanted or now, PATIENCE_S)
        cache.store_until("values are compressed again", lambda now: int(now["packed_items"]) > 100)
        cache.must_be("new values", range(cache.n - AT_ONCE, cache.n), record)


# ---- what is not compressed ---------------------------------------------------


def test_off():
    for option in "--compression=off", "--compression-cpu=0":
        with larderd.Server(*SMALL, option) as server, server.connect() as c:
            cache = Cache(c)
            cache.overfill()
            names = ("packed_items", "tries", "trainings", "dictionaries", "unpromising", "samples")
            check(option, [cache.stat(name) for name in names], [0] * len(names))


def test_no_evictions():
    """With -M values are compressed before a store is refused, and none is lost."""
    with larderd.Server(*SMALL, "-M") as server, server.connect() as c:
        cache, refused_at = Cache(c), None
        while cache.stat("bytes", "") < 2 << 20:
            cache.store()
        until("there is a dictionary", lambda: cache.stat("adopted") > 0, PATIENCE_S)
        while cache.stat("pages_used", "larder") * 8 <= cache.stat("pages_total", "larder") * 7:
            cache.store()
        until("values are compressed", lambda: cache.stat("packed") > 0, PATIENCE_S)
        while refused_at is None:
            replies = [change(c, b"set %s %d 0" % (key(i), FLAGS), record(i)) for i in range(cache.n, cache.n + AT_ONCE)]
            cache.n += AT_ONCE
            refused_at = next((n for n, r in enumerate(replies) if r != b"STORED"), None)
        check("all are there", len(cache.must_be("stored", range(cache.n - AT_ONCE), record)), cache.n - AT_ONCE)
        check_that("compressed", cache.stat("packed_items") > 0, c.stats("cold"))


def test_noise():
    """Random values cost nothing: without a dictionary none is tried, and with one hardly any."""
    with larderd.Server(*SMALL) as server, server.connect() as c:
        cache = Cache(c)
        cache.overfill(noise)
        check("compressed", cache.stat("packed_items"), 0)
        check_that("tried", cache.stat("tries") < cache.n / 100, c.stats("cold"))
        cache.must_be("the newest", range(cache.n - AT_ONCE, cache.n), noise)
    with larderd.Server(*SMALL) as server, server.connect() as c:
        cache, _ = packed(c)
        n, first = cache.n, c.stats("cold")
        while cache.stat("unpromising") < 1000:
            cache.store(1000, noise)
            second = cache.stat("time", "")  # values that are younger than half a second are not looked at
            until("a second passes", lambda: cache.stat("time", "") > second)
            check_that("they are looked at", cache.n < n + 100000, c.stats("cold"))
        vain = cache.stat("tries_vain") - float(first["tries_vain"])
        check_that("tried in vain", vain < (cache.n - n) / 100, (first, c.stats("cold")))


# ---- settings -----------------------------------------------------------------


def reload(server):
    before = len(server.stderr())
    server.process.send_signal(signal.SIGHUP)
    server.wait_log("reload: done", before)


def test_reload():
    with File() as f:
        f.write("verbose = 1\n")
        with larderd.Server(*SMALL, "--config", f.path) as server, server.connect() as c:
            cache, there = packed(c)
            beside = cache.stat("limit", "memory") - cache.stat("store_limit", "memory")
            f.write("verbose = 1\ncompression = off\n")
            reload(server)
            cache.must_be("they can be read", there, record)
            cache.store()       # a pass that had begun has ended
            before = cache.stat("packed")
            cache.overfill()
            check("no more are compressed", cache.stat("packed"), before)
            check_that("less memory is needed beside the items",
                       cache.stat("limit", "memory") - cache.stat("store_limit", "memory") <= beside)
            f.write("verbose = 1\ncompression = lz4\n")
            reload(server)
            trainings = cache.stat("trainings")
            cache.store_until("a dictionary for lz4", lambda now: float(now["trainings"]) > trainings)
            before = cache.stat("packed")
            cache.store_until("values are compressed by it", lambda now: float(now["packed"]) > before + 1000)
            cache.must_be("they can be read", sorted(cache.get(range(cache.n))), record)
            f.write("verbose = 1\ncompression = lz4\ncompression-cpu = 0\n")
            reload(server)
            check("no CPU time", cache.stat("cpu_credit"), 0)


def test_bad():
    refused("--compression=x", status=USAGE, says=r'--compression cannot be "x": expected one of auto\|zstd\|lz4\|off')
    refused("--compression-cpu=101", status=USAGE, says='--compression-cpu cannot be "101": expected a number from 0 to 100')


def test():
    larderd.binary()
    if os.environ.get("LARDER_PACK"):
        larderd.skip("LARDER_PACK: every value is compressed")
    # The other parts are about what is not compressed, and need no sanitizer of threads.
    parts = test_commands, test_flush, test_reload
    if SANITIZED != "thread":
        parts += test_off, test_no_evictions, test_noise, test_bad
    for part in parts:
        part()
        print(f"{part.__name__}: good")


if __name__ == "__main__":
    larderd.main(test)
