#!/usr/bin/python3
"""dumps: many concurrent dumps of a store that is written to, for clients that read slowly or close.

Every key that exists during the whole dump must be in it exactly once,
and no key twice.  A dump that is not read may hold a buffer, not the store:

    resident memory while no dump is read  <=  before + 1 MiB a dump

and other connections are served at the same time.  When all are read or closed,
no dump is left.  With a sanitizer (LARDER_SANITIZED names it) memory is not checked.
"""

import time

from stress import SANITIZED, Busy, Failure, larderd, until

N_STABLE, N_CHURN = 40_000, 40_000
N_DUMPS, N_GIVEN_UP = 12, 4


def sets(kind, numbers, value=b"0123456789"):
    return b"".join(b"set %s%06d 0 0 %d noreply\r\n%s\r\n" % (kind, i, len(value), value) for i in numbers)


class Churn(Busy):
    """Adds, replaces and removes keys until it is stopped: the index splits during the dumps."""

    def __init__(self, server):
        super().__init__(server)
        self.at = 0

    def step(self, c):
        some = range(self.at, self.at + 200)
        c.send(sets(b"c", some) + sets(b"s", (i % N_STABLE for i in some), b"another value"))
        c.send(b"".join(b"delete c%06d noreply\r\n" % (i % N_CHURN) for i in some[::3]))
        if c.ask("mn") != "MN":
            raise Failure("mn: no MN")
        self.at = (self.at + 200) % N_CHURN


def begin(server, words, end):
    c = server.connect()
    c.send(b"lru_crawler %s\r\n" % words)
    c.end = end
    return c


def read_keys(c, key_of):
    """The keys of a dump, after its OK."""
    if c.read_until(b"\r\n") != b"OK\r\n":
        raise Failure("a dump did not begin with OK")
    text = bytearray()
    while not text.endswith(c.end):
        if not c.buffer:
            c.fill()
        text += c.buffer
        c.buffer.clear()
    return [key_of(line) for line in bytes(text)[:-len(c.end)].splitlines()]


def check_keys(what, keys):
    if len(set(keys)) != len(keys):
        raise Failure(f"{what}: {len(keys) - len(set(keys))} keys are in it twice")
    there = sum(k.startswith(b"s") for k in keys)
    if there != N_STABLE:
        raise Failure(f"{what}: {there} of the {N_STABLE} keys that stayed")


def wait_until_none_is_going_on(server):
    with server.connect() as c:
        until("no dump is left", lambda: c.stats()["lru_crawler_running"] == "0")


def test():
    formats = [(b"metadump all", b"END\r\n", lambda line: line.split(b" ")[0][4:]),
               (b"metadump hash", b"END\r\n", lambda line: line.split(b" ")[0][4:]),
               (b"mgdump all", b"EN\r\n", lambda line: line[3:])]
    with larderd.Server("-m", "256", "-t", "2") as server:
        with server.connect() as c:
            for at in range(0, N_STABLE, 1000):
                c.send(sets(b"s", range(at, at + 1000)))
            c.ask("mn")
        before = server.rss_kib()
        dumps = [(begin(server, words, end), words, key_of)
                 for words, end, key_of in (formats[i % len(formats)] for i in range(N_DUMPS))]
        time.sleep(0.2)         # they fill the kernel's buffers, and stop
        grown = server.rss_kib() - before
        if not SANITIZED and grown > N_DUMPS * 1024:
            raise Failure(f"{N_DUMPS} unread dumps take {grown} KiB")
        churn = Churn(server)
        churn.start()
        started = time.monotonic()
        with server.connect() as c:
            for _ in range(200):
                if c.ask("mn") != "MN":
                    raise Failure("mn: no MN")
        waited = time.monotonic() - started
        for c, _, _ in dumps[:N_GIVEN_UP]:
            c.read_until(b"\r\n")
            c.close()
        n = 0
        for c, words, key_of in dumps[N_GIVEN_UP:]:
            keys = read_keys(c, key_of)
            check_keys(words.decode(), keys)
            if c.ask("mn") != "MN":    # a command after a dump is served
                raise Failure("mn after a dump: no MN")
            n += len(keys)
            c.close()
        churn.end()
        wait_until_none_is_going_on(server)
    print(f"{N_DUMPS} dumps of {n // (N_DUMPS - N_GIVEN_UP)} keys, {N_GIVEN_UP} given up: "
          f"{grown} KiB while they stood still, and 200 requests served in {waited * 1000:.0f} ms")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
