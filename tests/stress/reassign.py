#!/usr/bin/python3
"""reassign: pages are moved from class to class by command while clients read and write.

Warm items keep their value and CAS number, and each page is in the requested
class.  slabs automove is 0: nothing else moves pages.
"""


from stress import Busy, check, check_that, larderd, until

N_ITEMS, N_MOVES = 4000, 12
VALUE = b"r" * 1000


class Traffic(Busy):
    """Writes and reads in both classes and others, until it is stopped."""

    def __init__(self, server):
        super().__init__(server)
        self.n = 0

    def step(self, c):
        for n in (50, 990, 4000):
            value = bytes([97 + self.n % 26]) * n
            c.send(b"set t%d 0 0 %d\r\n%s\r\nget t%d\r\n" % (n, n, value, n))
            check_that("it is stored", c.read_until(b"\r\n") == b"STORED\r\n")
            c.read_until(b"\r\n")
            check_that("the stored value is read", c.read_until(b"\r\nEND\r\n")[:n] == value)
            self.n += 1


def class_of(c, n_value):
    """The class of an item with a value of this size: the smallest chunk that holds it with its key of 6 bytes."""
    sizes = {int(k.split(":")[0]): int(v) for k, v in c.stats("slabs").items() if k.endswith(":chunk_size")}
    return min(i for i, size in sizes.items() if size >= 24 + 6 + n_value)


def pages(c, class_id):
    return int(c.stats("slabs").get(f"{class_id}:total_pages", 0))


def read_all(c):
    """Value and CAS number of each existing item, by its number; reading keeps items warm."""
    found = {}
    for at in range(0, N_ITEMS, 100):
        c.send(b"gets " + b" ".join(b"r%05d" % i for i in range(at, at + 100)) + b"\r\n")
        while (line := c.read_until(b"\r\n")) != b"END\r\n":
            _, key, _, n, cas = line.split()
            found[int(key[1:])] = (c.read(int(n) + 2)[:-2], int(cas))
    return found


def move(c, source, destination):
    before = pages(c, source), pages(c, destination)

    def taken():
        answer = c.ask(f"slabs reassign {source} {destination}")
        check_that("a page may be requested", answer in ("OK", "BUSY currently processing reassign request"), answer)
        return answer == "OK"
    until("the request is accepted", taken)
    until("the page is moved", lambda: c.stats()["slab_reassign_running"] == "0")
    check(f"pages of class {source}", pages(c, source), before[0] - 1)
    # an overwritten item's chunk is freed a moment later: until then the new one may need a page
    check_that(f"pages of class {destination}", pages(c, destination) > before[1], before[1])


def test():
    with larderd.Server("-m", "64", "-t", "2", "-o", "no_slab_automove") as server, server.connect() as c:
        c.send(b"".join(b"set r%05d 0 0 %d noreply\r\n%s\r\n" % (i, len(VALUE), VALUE) for i in range(N_ITEMS)))
        c.send(b"".join(b"delete r%05d noreply\r\n" % i for i in range(N_ITEMS) if i % 3))
        check("mn", c.ask("mn"), "MN")
        c.send(b"set small0 0 0 50 noreply\r\n%s\r\n" % (b"s" * 50))
        check("mn", c.ask("mn"), "MN")
        before = read_all(c)
        check("items stored", len(before), (N_ITEMS + 2) // 3)
        source, destination = class_of(c, len(VALUE)), class_of(c, 50)
        traffic = Traffic(server)
        traffic.start()
        for _ in range(N_MOVES):
            move(c, source, destination)
            after = read_all(c)
            check_that(f"{len(before)} items are as they were", after == before,
                       [i for i in before if after.get(i) != before[i]])
        traffic.end()
        moved = int(c.stats()["slabs_moved"])
        check_that("pages were moved", moved >= N_MOVES, moved)
    print(f"{N_MOVES} pages moved, {len(before)} items kept with their CAS numbers, {traffic.n} others written meanwhile")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
