#!/usr/bin/python3
"""full_memory: values of 100 B to 900 KB in a cache of 64 MB that is always full.

Several connections set, get and delete at random for LARDER_SOAK_SECONDS (10;
the documented figure is for 60).  Every byte of every value that is read is
checked: a value is a function of its key and its version, and a key's only
writer knows which version it must have, if it exists.  All the time

    resident memory <= 64 MiB + 24 MiB      and no reply is a SERVER_ERROR

and at the end the server's counters must agree with the test's.  With a sanitizer
(LARDER_SANITIZED names it) memory is not checked.
"""

import hashlib
import os
import random
import threading
import time

from stress import SANITIZED, Busy, Failure, larderd, until

SECONDS = float(os.environ.get("LARDER_SOAK_SECONDS", "10"))
LIMIT_MIB, SLACK_MIB = 64, 24
N_WRITERS = 4
N_KEYS = 1200           # for each writer; some three times what fits
SMALLEST, LARGEST = 100, 900_000

BYTES = hashlib.shake_128(b"full_memory").digest(LARGEST + (1 << 16))


def value(key, version):
    """The logarithm of the length is evenly distributed."""
    h = int.from_bytes(hashlib.blake2b(b"%s/%d" % (key, version), digest_size=8).digest(), "little")
    n = int(SMALLEST * (LARGEST / SMALLEST) ** ((h >> 16) % 10007 / 10006))
    head = b"%s/%d/" % (key, version)
    at = h & 0xffff
    return head + BYTES[at:at + n - len(head)]


class Writer(Busy):
    """A connection and the keys that only it stores."""

    def __init__(self, server, me, stop):
        super().__init__(server, stop)
        self.me = me
        self.rng = random.Random(me)
        self.version = {}       # of its own keys: the newest, 0 after a delete
        self.count = dict.fromkeys(("sets", "gets", "hits", "deletes", "deleted"), 0)

    def step(self, c):
        self.conn = c
        own = self.rng.randrange(N_KEYS)
        roll = self.rng.random()
        if roll < 0.5:
            self.set(own)
        elif roll < 0.6:
            self.delete(own)
        elif roll < 0.9:
            self.get([(self.me, own)])
        else:
            self.get([(self.rng.randrange(N_WRITERS), self.rng.randrange(N_KEYS)) for _ in range(5)])

    @staticmethod
    def key(who, i):
        return b"soak-%d-%d" % (who, i)

    def reply(self, to):
        line = self.conn.read_until(b"\r\n")[:-2]
        if b"ERROR" in line:
            raise Failure(f"the server answers {line.decode(errors='replace')} to {to}, "
                          f"after {self.count['sets']} sets of this connection")
        return line

    def set(self, i):
        key = self.key(self.me, i)
        version = abs(self.version.get(i, 0)) + 1
        data = value(key, version)
        self.conn.send(b"set %s %d 0 %d\r\n%s\r\n" % (key, version & 0xff, len(data), data))
        self.count["sets"] += 1
        line = self.reply(f"a set of {len(data)} bytes")
        if line != b"STORED":
            raise Failure(f"a set is answered {line!r}")
        self.version[i] = version

    def delete(self, i):
        self.conn.send(b"delete %s\r\n" % self.key(self.me, i))
        self.count["deletes"] += 1
        line = self.reply("a delete")
        if line not in (b"DELETED", b"NOT_FOUND"):
            raise Failure(f"a delete is answered {line!r}")
        self.count["deleted"] += line == b"DELETED"
        self.version[i] = -abs(self.version.get(i, 0))      # negative: deleted, and the version it had

    def get(self, wanted):
        keys = [self.key(*w) for w in wanted]
        self.conn.send(b"get %s\r\n" % b" ".join(keys))
        self.count["gets"] += len(keys)
        while True:
            line = self.reply("a get")
            if line == b"END":
                return
            _, key, flags, n = line.split(b" ")
            data = self.conn.read(int(n) + 2)[:-2]
            self.count["hits"] += 1
            self.check(key, int(flags), data)

    def check(self, key, flags, data):
        try:
            name, version, _ = data.split(b"/", 2)
            version = int(version)
        except ValueError:
            raise Failure(f"{key!r} holds {data[:60]!r}, which was never stored") from None
        if name != key or flags != version & 0xff or data != value(key, version):
            raise Failure(f"{key!r} holds {len(data)} bytes of {name!r} version {version} flags {flags}, not as stored")
        who, i = (int(w) for w in key.split(b"-")[1:])
        if who == self.me and version != self.version.get(i):
            raise Failure(f"{key!r}: version {version} is read where {self.version.get(i)} was stored last")


def watch_memory(server, stop):
    """The highest resident memory until `stop`."""
    highest = 0
    while not stop.wait(0.02):
        highest = max(highest, server.rss_kib())
        if not SANITIZED and highest > (LIMIT_MIB + SLACK_MIB) * 1024:
            stop.set()
    return highest


def numbers(c):
    return {k: int(v) for k, v in c.stats().items() if v.isdigit()}


def agree(what, got, wanted):
    if got != wanted:
        raise Failure(f"stats: {what} is {got}, the test counted {wanted}")


def items_are_in_classes(stats, items):
    """True, or both counts: the mover may evict between the two requests, until it has freed enough."""
    of_classes = sum(int(v) for k, v in items.items() if k.endswith(":number"))
    return stats["curr_items"] == of_classes or (stats["curr_items"], of_classes)


def check_counters(server, total):
    with server.connect() as c:
        until("items are those of the classes", lambda: items_are_in_classes(numbers(c), c.stats("items")))
        items = c.stats("items")        # classes first: evictions in between only make the total larger
        stats = numbers(c)
    agree("cmd_set", stats["cmd_set"], total["sets"])
    agree("total_items", stats["total_items"], total["sets"])
    agree("cmd_get", stats["cmd_get"], total["gets"])
    agree("get_hits", stats["get_hits"], total["hits"])
    agree("get_misses", stats["get_misses"], total["gets"] - total["hits"])
    agree("delete_hits", stats["delete_hits"], total["deleted"])
    agree("delete_misses", stats["delete_misses"], total["deletes"] - total["deleted"])
    agree("store_no_memory", stats["store_no_memory"], 0)
    # classes that are empty now are not listed, nor the evictions that they had
    if sum(int(v) for k, v in items.items() if k.endswith(":evicted")) > stats["evictions"]:
        raise Failure("stats: the classes have evicted more than all together")
    if not 0 < stats["bytes"] <= stats["limit_maxbytes"]:
        raise Failure(f"stats: bytes is {stats['bytes']}, limit_maxbytes {stats['limit_maxbytes']}")
    if not 0 < stats["evictions"] < stats["total_items"]:
        raise Failure(f"stats: evictions is {stats['evictions']} of {stats['total_items']} items; was memory ever full?")
    return stats


def test():
    stop = threading.Event()
    with larderd.Server("-m", str(LIMIT_MIB), "-t", "2") as server:
        writers = [Writer(server, n, stop) for n in range(N_WRITERS)]
        timer = threading.Timer(SECONDS, stop.set)
        started = time.monotonic()
        for t in (*writers, timer):
            t.start()
        highest = watch_memory(server, stop)
        timer.cancel()
        for w in writers:
            w.end()
        seconds = time.monotonic() - started
        if not SANITIZED and highest > (LIMIT_MIB + SLACK_MIB) * 1024:
            raise Failure(f"resident memory reached {highest / 1024:.1f} MiB of {LIMIT_MIB} + {SLACK_MIB} allowed")
        total = {name: sum(w.count[name] for w in writers) for name in writers[0].count}
        stats = check_counters(server, total)
    hit_pct = 100 * total["hits"] // max(1, total["gets"])
    print(f"{seconds:.0f} s: {total['sets']} sets, {total['gets']} gets ({hit_pct} % hits), {total['deletes']} deletes; "
          f"{stats['curr_items']} items, {stats['bytes'] >> 20} MiB of them, "
          f"{stats['evictions']} evicted; at most {highest / 1024:.1f} MiB resident")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
