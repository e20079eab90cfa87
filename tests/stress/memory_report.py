#!/usr/bin/python3
"""memory_report: the lines of `stats memory` add up to the resident memory, within 3 percent, whatever uses it.

With a sanitizer (LARDER_SANITIZED names it) memory is not checked.
"""

from stress import SANITIZED, Failure, check, check_that, larderd, until

NOT_PARTS = ("limit", "store_limit", "conn_limit", "taken", "resident", "sum", "unexplained", "untouched")
PERCENT = 3


def record(i, size):
    """Values of 100 bytes are all different, and compress."""
    return (b'{"id":%d,"name":"user %d","email":"%x@example.com","token":"%016x","active":true}'
            % (i, i * 7919 % 100003, i * 31, i * 0x9E3779B97F4A7C15 % (1 << 64))).ljust(size)[:size]


def fill(c, n, size, name):
    for at in range(0, n, 100):
        c.send(b"".join(b"set %s%d 0 0 %d noreply\r\n%s\r\n" % (name, i, size, record(i, size)) for i in range(at, at + 100)))
    check("filled", c.ask("mn"), "MN")


def report(server, c, what):
    before = server.rss_kib() << 10
    now = {name: int(value) for name, value in c.stats("memory").items()}
    after = server.rss_kib() << 10
    parts = sum(value for name, value in now.items() if name not in NOT_PARTS) - now["untouched"]
    check(f"{what}: the sum", now["sum"], parts)
    check(f"{what}: unexplained", now["unexplained"], now["resident"] - now["sum"])
    check_that(f"{what}: resident in /proc",
               min(before, after) * 0.98 < now["resident"] < max(before, after) * 1.02, (before, now["resident"], after))
    if abs(now["unexplained"]) > now["resident"] * PERCENT / 100:
        raise Failure(f"{what}: {now}")
    print(f"{what}: {now['resident']} resident, {100 * now['unexplained'] / now['resident']:+.2f} % unexplained")
    return now


def test():
    if SANITIZED:
        larderd.skip("a sanitizer has memory of its own")
    with larderd.Server("-m", "96", "-t", "2") as server, server.connect() as c:
        fill(c, 800000, 100, b"small")
        small = report(server, c, "small values")
        check_that("items", small["items"] > 50 << 20, small)
        until("values are compressed", lambda: int(c.stats("cold")["packed_items"]) > 0)
        fill(c, 300, 500000, b"large")
        report(server, c, "large values")
        crowd = [server.connect() for _ in range(400)]
        for other in crowd:
            other.send(b"set half 0 0 30000\r\n" + b"x" * 20000)
        for other in crowd:
            other.send(b"y" * 10000 + b"\r\n")
            check("stored", other.read_until(b"\r\n"), b"STORED\r\n")
        now = report(server, c, "connections")
        check_that("connections", now["connections"] > small["connections"], now)
        for other in crowd:
            other.close()
        until("they have closed", lambda: int(c.stats()["curr_connections"]) <= 2)    # memcached counts the listening one
        check("less", c.ask("cache_memlimit 32"), "OK")
        until("pages are returned", lambda: int(c.stats("memory")["taken"]) <= int(c.stats("memory")["store_limit"]))
        report(server, c, "shrinking")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
