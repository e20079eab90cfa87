#!/usr/bin/python3
"""memlimit: cache_memlimit down and up while everybody writes.

Down, resident memory follows within seconds, and what is stored meanwhile can
be read at once; up, nothing more is evicted until the new limit is reached.
LARDER_SANITIZED=1: memory is no measure.
"""

import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402
from larderd import Failure  # noqa: E402

SANITIZED = os.environ.get("LARDER_SANITIZED") == "1"
LARGE_MIB, SMALL_MIB, SLACK_MIB = 96, 16, 16
VALUE = b"v" * 1000


class Writer(threading.Thread):
    """Sets new keys, and reads back what was set last."""

    def __init__(self, server, me):
        super().__init__()
        self.server, self.me, self.stop, self.trouble, self.n = server, me, threading.Event(), None, 0

    def run(self):
        try:
            with self.server.connect() as c:
                while not self.stop.is_set():
                    self.step(c)
        except Exception as e:
            self.trouble = e

    def step(self, c):
        c.send(b"".join(b"set w%d-%d 0 0 %d noreply\r\n%s\r\n" % (self.me, i, len(VALUE), VALUE)
                        for i in range(self.n, self.n + 50)))
        self.n += 50
        c.send(b"get w%d-%d\r\n" % (self.me, self.n - 1))
        if c.read_until(b"END\r\n").count(VALUE) != 1:
            raise Failure(f"what writer {self.me} stored last is not there")


def resize(c, mib):
    answer = c.ask(f"cache_memlimit {mib}")
    if answer != "OK":
        raise Failure(f"cache_memlimit {mib}: {answer}")


def used_mib(c):
    return int(c.stats("slabs")["total_malloced"]) >> 20


def await_that(what, is_so, seconds=30):
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise Failure(what)
        time.sleep(0.02)


def await_rest(c):
    """Until the mover has done with what it was at."""
    seen = []
    await_that("evictions go on although nobody writes",
               lambda: seen.append(c.stats()["evictions"]) or len(seen) > 10 and len(set(seen[-10:])) == 1)


def test():
    with larderd.Server("-m", str(LARGE_MIB), "-t", "2") as server, server.connect() as c:
        idle = server.rss_kib()
        writers = [Writer(server, i) for i in range(3)]
        for w in writers:
            w.start()
        await_that("memory was never full", lambda: int(c.stats()["evictions"]) > 1000)
        full = server.rss_kib()
        started = time.monotonic()
        resize(c, SMALL_MIB)
        await_that("pages are not given back", lambda: used_mib(c) <= SMALL_MIB)
        seconds = time.monotonic() - started
        small = server.rss_kib()
        if not SANITIZED and small - idle > (SMALL_MIB + SLACK_MIB) * 1024:
            raise Failure(f"resident memory is still {small} KiB, was {full} before and {idle} at start")
        for w in writers:
            w.stop.set()
        for w in writers:
            w.join()
        await_rest(c)
        resize(c, LARGE_MIB)
        evictions = c.stats()["evictions"]
        c.send(b"".join(b"set again%d 0 0 %d noreply\r\n%s\r\n" % (i, len(VALUE), VALUE) for i in range(40000)))
        if c.stats()["evictions"] != evictions:
            raise Failure("something is evicted although the limit was raised")
        for w in writers:
            if w.trouble:
                raise w.trouble
    print(f"{full >> 10} MiB resident, {small >> 10} within {seconds:.1f} s of {LARGE_MIB} -> {SMALL_MIB} MiB, "
          f"while {sum(w.n for w in writers)} values were stored")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
