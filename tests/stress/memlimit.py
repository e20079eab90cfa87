#!/usr/bin/python3
"""memlimit: cache_memlimit down and up under writes.

Down, resident memory follows within seconds, and a value stored during that
can be read immediately; up, nothing more is evicted until the new limit is reached.
With a sanitizer (LARDER_SANITIZED names it) memory is not checked.
"""

import time

from stress import AS_STORED, SANITIZED, Failure, Setter, larderd, until

LARGE_MIB, SMALL_MIB, SLACK_MIB = 96, 16, 16
VALUE = b"v" * 1000


class Writer(Setter):
    """Reads back its last value; if the other writers have written much since then, its eviction is allowed."""

    all = []

    def __init__(self, server, me):
        super().__init__(server, me, VALUE)
        self.all.append(self)

    def step(self, c):
        self.before = self.written()
        super().step(c)

    def written(self):
        return sum(w.n for w in self.all)

    def answered(self, c):
        c.send(b"get w%d-%d\r\n" % (self.me, self.n - 1))
        there = c.read_until(b"END\r\n").count(VALUE)
        if there != 1 and (self.written() - self.before) * len(VALUE) < SMALL_MIB << 17:    # an eighth of the store
            raise Failure(f"the last value of writer {self.me} is missing")


def resize(c, mib):
    answer = c.ask(f"cache_memlimit {mib}")
    if answer != "OK":
        raise Failure(f"cache_memlimit {mib}: {answer}")


def used_mib(c):
    return int(c.stats("slabs")["total_malloced"]) >> 20


def await_rest(c):
    """Waits until the mover is idle: a whole round of it evicts nothing."""
    def rests():
        before, rounds = c.stats()["evictions"], mover_rounds(c)
        until("the mover makes its rounds", lambda: mover_rounds(c) >= rounds + 2)      # one may have been running
        return c.stats()["evictions"] == before or "it evicts"
    until("evictions end when no client writes", rests)


def mover_rounds(c):
    return int(c.stats("larder")["mover_rounds"])


def test():
    with larderd.Server("-m", str(LARGE_MIB), "-t", "2", *AS_STORED) as server, server.connect() as c:
        idle = server.rss_kib()
        writers = [Writer(server, i) for i in range(3)]
        for w in writers:
            w.start()
        until("memory is full", lambda: int(c.stats()["evictions"]) > 1000, 120)
        full = server.rss_kib()
        started = time.monotonic()
        resize(c, SMALL_MIB)
        until("pages are returned to the kernel", lambda: used_mib(c) <= SMALL_MIB, 120)
        seconds = time.monotonic() - started
        small = server.rss_kib()
        if not SANITIZED and small - idle > (SMALL_MIB + SLACK_MIB) * 1024:
            raise Failure(f"resident memory is still {small} KiB, was {full} before and {idle} at start")
        for w in writers:
            w.stop.set()
        for w in writers:
            w.end()
        await_rest(c)
        resize(c, LARGE_MIB)
        evictions = c.stats()["evictions"]
        c.send(b"".join(b"set again%d 0 0 %d noreply\r\n%s\r\n" % (i, len(VALUE), VALUE) for i in range(40000)))
        if c.stats()["evictions"] != evictions:
            raise Failure("items are evicted although the limit was raised")
    print(f"{full >> 10} MiB resident, {small >> 10} within {seconds:.1f} s of {LARGE_MIB} -> {SMALL_MIB} MiB, "
          f"while {sum(w.n for w in writers)} values were stored")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
