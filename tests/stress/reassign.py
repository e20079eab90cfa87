#!/usr/bin/python3
"""reassign: pages are moved from class to class by hand while clients read and write.

What is warm keeps its value and its CAS number, and each page is where it was
asked to be.  slabs automove is 0: nothing else moves pages.
"""

import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402
from larderd import Failure  # noqa: E402

N_ITEMS, N_MOVES = 4000, 12
VALUE = b"r" * 1000


def check(what, is_so):
    if not is_so:
        raise Failure(what)


class Traffic(threading.Thread):
    """Writes and reads in both classes, and others, all the while."""

    def __init__(self, server):
        super().__init__()
        self.server, self.stop, self.trouble, self.n = server, threading.Event(), None, 0

    def run(self):
        try:
            with self.server.connect() as c:
                while not self.stop.is_set():
                    for n in (50, 990, 4000):
                        value = bytes([97 + self.n % 26]) * n
                        c.send(b"set t%d 0 0 %d\r\n%s\r\nget t%d\r\n" % (n, n, value, n))
                        check("a set fails", c.read_until(b"\r\n") == b"STORED\r\n")
                        c.read_until(b"\r\n")
                        check("another value is read", c.read_until(b"\r\nEND\r\n")[:n] == value)
                        self.n += 1
        except Exception as e:
            self.trouble = e


def class_of(c, n_value):
    """Where an item of so many bytes lies: the smallest chunk that holds it with its key of 6 bytes."""
    sizes = {int(k.split(":")[0]): int(v) for k, v in c.stats("slabs").items() if k.endswith(":chunk_size")}
    return min(i for i, size in sizes.items() if size >= 24 + 6 + n_value)


def pages(c, class_id):
    return int(c.stats("slabs").get(f"{class_id}:total_pages", 0))


def read_all(c):
    """value and CAS of what is there, by number; reading it keeps it warm."""
    found = {}
    for at in range(0, N_ITEMS, 100):
        c.send(b"gets " + b" ".join(b"r%05d" % i for i in range(at, at + 100)) + b"\r\n")
        while (line := c.read_until(b"\r\n")) != b"END\r\n":
            _, key, _, n, cas = line.split()
            found[int(key[1:])] = (c.read(int(n) + 2)[:-2], int(cas))
    return found


def move(c, source, destination):
    before = pages(c, source), pages(c, destination)
    deadline = time.monotonic() + 20
    while (answer := c.ask(f"slabs reassign {source} {destination}")) != "OK":
        check(f"slabs reassign {source} {destination}: {answer}",
              answer == "BUSY currently processing reassign request" and time.monotonic() < deadline)
    while c.stats()["slab_reassign_running"] != "0":
        check("a page is still being moved", time.monotonic() < deadline)
    after = pages(c, source), pages(c, destination)
    check(f"pages of classes {source} and {destination}: {before} became {after}",
          after == (before[0] - 1, before[1] + 1))


def test():
    with larderd.Server("-m", "64", "-t", "2", "-o", "no_slab_automove") as server, server.connect() as c:
        c.send(b"".join(b"set r%05d 0 0 %d noreply\r\n%s\r\n" % (i, len(VALUE), VALUE) for i in range(N_ITEMS)))
        c.send(b"".join(b"delete r%05d noreply\r\n" % i for i in range(N_ITEMS) if i % 3))
        check("mn: no MN", c.ask("mn") == "MN")
        c.send(b"set small0 0 0 50 noreply\r\n%s\r\n" % (b"s" * 50))
        check("mn: no MN", c.ask("mn") == "MN")
        before = read_all(c)
        check(f"{len(before)} items were stored", len(before) == (N_ITEMS + 2) // 3)
        source, destination = class_of(c, len(VALUE)), class_of(c, 50)
        traffic = Traffic(server)
        traffic.start()
        for _ in range(N_MOVES):
            move(c, source, destination)
            after = read_all(c)
            check(f"{sum(after.get(i) != before[i] for i in before)} of {len(before)} items are lost, or "
                  f"are not as they were", after == before)
        traffic.stop.set()
        traffic.join()
        if traffic.trouble:
            raise traffic.trouble
        moved = int(c.stats()["slabs_moved"])
        check(f"slabs_moved is {moved}", moved >= N_MOVES)
    print(f"{N_MOVES} pages moved, {len(before)} items kept with their CAS numbers, {traffic.n} others written meanwhile")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
