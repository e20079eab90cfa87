#!/usr/bin/python3
"""hostile: malicious and faulty clients.

Garbage, half-closed sockets, readers that do not read, writers that vanish,
more connections than allowed, endless lines, SIGTERM under load.
After each the server must serve an honest client as before, in
bounded memory, without leaking a connection.

With a sanitizer (LARDER_SANITIZED names it) the server's memory is not checked.
"""

import os
import random
import select
import socket
import sys
import threading
import time

from stress import SANITIZED, Closed, Failure, larderd, packets, until

RNG = random.Random(int(os.environ.get("LARDER_SEED", "1")))


def honest(server, what):
    """A new client gets the right answers."""
    with server.connect() as c:
        c.send(b"set honest 5 0 3\r\nabc\r\nget honest\r\n")
        wanted = b"STORED\r\nVALUE honest 5 3\r\nabc\r\nEND\r\n"
        got = c.read(len(wanted))
        if got != wanted:
            raise Failure(f"after {what} an honest client reads {got!r}")


def all_gone(server, what):
    """No connection is left but the one that asks."""
    with server.connect() as c:
        def alone():
            # memcached counts its listening sockets, too
            n = int(c.stats()["curr_connections"])
            return n <= 2 or f"{n} connections"
        until(what, alone)


def flush_now(server):
    """Garbage may contain a delayed flush_all, which would run during the next checks."""
    with server.connect() as c:
        answer = c.ask("flush_all")
        if answer != "OK":
            raise Failure(f"flush_all is answered {answer!r}")


def room(server, what):
    """A new connection is served, as soon as the server has noticed that others have closed."""
    def served():
        try:
            with server.connect() as c:
                return c.ask("mn") == "MN" or "refused"
        except (Closed, Failure, OSError):
            return "refused"
    until(what, served)


def in_bounds(server, what, mib):
    rss = server.rss_kib() / 1024
    if not SANITIZED and rss > mib:
        raise Failure(f"{what}: {rss:.1f} MiB resident, {mib} allowed")


WORDS = (b"get", b"set", b"mg", b"ms", b"ma", b"md", b"gat", b"incr", b"k", b"0", b"1", b"5", b"-1", b"noreply", b"v", b"q",
         b"\r\n", b"\n", b" ", b"\r", b"\0", b"x" * 250, b"x" * 251, b"99999999999", b"b", b"N30", b"stats", b"flush_all",
         b"verbosity 0", b"touch", b"cas", b"append", b"\xff\xfe", b"\x80\x0a")


def garbage():
    """Bytes at random, and words at random, in pieces at random."""
    with larderd.Server("-t", "2") as server:
        for _ in range(300):
            with server.connect() as c:
                for _ in range(RNG.randrange(1, 6)):
                    if RNG.random() < 0.3:
                        c.send(RNG.randbytes(RNG.randrange(1, 3000)))
                    else:
                        c.send(b"".join(RNG.choice(WORDS) + RNG.choice((b" ", b"", b"\r\n"))
                                        for _ in range(RNG.randrange(1, 60))))
        all_gone(server, "after garbage")
        flush_now(server)
        honest(server, "garbage")


def half_closed():
    """Requests before the client ends its sending side are answered; then the server closes."""
    with larderd.Server("-t", "2") as server:
        for n in (0, 1, 10, 1000):
            with server.connect() as c:
                c.send(b"get nothing\r\n" * n)
                c.sock.shutdown(socket.SHUT_WR)
                got = c.wait_closed()
                if got != b"END\r\n" * n:
                    raise Failure(f"half-closed after {n} gets: {len(got)} bytes of replies")
            with server.connect() as c:
                c.send(b"get nothing\r\n" * n + b"set k 0 0 100\r\nhalf of it")
                c.sock.shutdown(socket.SHUT_WR)
                if c.wait_closed() != b"END\r\n" * n:
                    raise Failure(f"half-closed within a body, after {n} gets: replies are lost")
        honest(server, "half-closed sockets")
        all_gone(server, "after half-closed sockets")


def slow_readers():
    """Forty clients ask for 10,000 values of 1 KB, twice, and do not read.  Later some read, and some close."""
    value = bytes(range(64, 128)) * 16
    keys = [b"slow-%04d" % i for i in range(10000)]
    line = b"get " + b" ".join(keys) + b"\r\n"
    whole = b"".join(b"VALUE %s 0 %d\r\n%s\r\n" % (k, len(value), value) for k in keys) + b"END\r\n"
    with larderd.Server("-t", "2", "-m", "64") as server:
        with server.connect() as c:
            for k in keys:
                c.send(b"set %s 0 0 %d noreply\r\n%s\r\n" % (k, len(value), value))
            c.ask("mn")
        slow = [server.connect() for _ in range(40)]
        for c in slow:
            c.sock.setblocking(True)
            c.sock.settimeout(larderd.REPLY_S)
            c.sock.sendall(line)    # the second one may not fit: the server has stopped reading
            c.sock.setblocking(False)
            try:
                c.sock.send(line)
            except OSError:
                pass
        # other clients are served at the same time
        for _ in range(20):
            honest(server, "slow readers")
            in_bounds(server, "with 40 slow readers", 64 + 24)
        for c in slow[10:]:
            c.close()
        for c in slow[:10]:
            if c.read(len(whole)) != whole:
                raise Failure("a slow reader's reply is not what was stored")
            in_bounds(server, "with slow readers that read", 64 + 24)
            c.close()
        honest(server, "slow readers")
        all_gone(server, "after slow readers")


def vanishing_writers():
    """A set is announced, begun, and never finished.  Its memory is freed."""
    with larderd.Server("-t", "2", "-m", "64") as server:
        for _ in range(3):
            writers = []
            for i in range(80):         # 500 KB each: together less than the memory
                c = server.connect()
                c.send(b"set vanish%d 0 0 500000\r\n" % i + b"x" * RNG.randrange(0, 300000))
                writers.append(c)
            honest(server, "writers that wait")
            for c in writers:
                c.close()
            all_gone(server, "after vanishing writers")
        with server.connect() as c:
            c.send(b"get" + b"".join(b" vanish%d" % i for i in range(80)) + b"\r\n")
            if c.read_until(b"\r\n") != b"END\r\n":
                raise Failure("half a value can be read")
            big = b"y" * 500000
            for i in range(90):         # all memory can be used again
                c.send(b"set big%d 0 0 500000\r\n%s\r\n" % (i, big))
                got = c.read_until(b"\r\n")
                if got != b"STORED\r\n":
                    raise Failure(f"after vanishing writers, set {i} is answered {got!r}")
        in_bounds(server, "after vanishing writers", 64 + 24)


def packets_that_lie():
    """Random packets with random lengths, in random pieces; none of them stores a value that could be read."""
    with larderd.Server("-t", "2") as server:
        for _ in range(300):
            with server.connect() as c:
                c.send(packets.request("noop"))
                for _ in range(RNG.randrange(1, 30)):
                    wrong = {}
                    for name, most in (("n_key", 260), ("n_extras", 25), ("n_body", 600)):
                        if RNG.random() < 0.2:
                            wrong[name] = RNG.choice((RNG.randrange(most), (1 << (32 if name == "n_body" else 8)) - 1))
                    c.send(packets.request(RNG.randrange(0, 0x26), key=b"k" * RNG.randrange(0, 4),
                                           value=RNG.randbytes(RNG.randrange(0, 300)),
                                           extras=RNG.randbytes(RNG.choice((0, 0, 4, 8, 20))), cas=RNG.randrange(2), **wrong))
        all_gone(server, "after packets with wrong lengths")
        flush_now(server)
        honest(server, "packets with wrong lengths")


def packets_unread():
    """Twenty clients request a large value a thousand times, in binary, and do not read; 64 KB keys are never complete."""
    with larderd.Server("-t", "2", "-m", "64") as server:
        with server.connect() as c:
            c.send(packets.request("set", key=b"k", value=b"v" * 100000, extras=bytes(8)))
            if packets.read(c).status != 0:
                raise Failure("a set of 100,000 bytes is refused")
        many = packets.request("get", key=b"k") * 1000
        slow = [server.connect() for _ in range(20)]
        for c in slow:
            c.sock.send(many)
        keys = [server.connect() for _ in range(200)]
        for c in keys:
            c.send(packets.request("get", key=b"k" * 60000, n_key=65535, n_body=65535))
        honest(server, "packets that are not read")
        in_bounds(server, "with packets that are not read", 64 + 24)
        for c in slow[:2]:
            for _ in range(1000):
                if packets.read(c).value != b"v" * 100000:
                    raise Failure("a slow reader's packet is not what was stored")
        for c in slow + keys:
            c.close()
        all_gone(server, "after packets that are not read")


def endless_lines():
    """Lines without end: most close the connection immediately; the keys of a multi-get are answered as they arrive."""
    with larderd.Server("-t", "2") as server:
        for start in (b"set ", b"x", b"mg ", b"\x80", b"  "):
            with server.connect() as c:
                c.send(start + b"k" * 10000)
                c.wait_closed()
        with server.connect() as c:
            try:
                for _ in range(8):      # 8 MB of it
                    c.send(b"get " + b"k " * (1 << 19))
            except (Failure, OSError):
                pass
        honest(server, "endless lines")
        all_gone(server, "after endless lines")
        in_bounds(server, "after endless lines", 64 + 24)


def too_many():
    """-c 20: connections within the limit are served, others are refused, or wait; a place that becomes free is used."""
    with larderd.Server("-t", "2", "-c", "20", listen="tcp") as server:
        conns = [server.connect() for _ in range(60)]
        for c in conns:
            c.send(b"mn\r\n")
        unheard = list(conns)
        while unheard:      # a connection that waits for a place is not read
            ready, _, _ = select.select([c.sock for c in unheard], [], [], larderd.REPLY_S)
            if not ready:
                break
            for c in [c for c in unheard if c.sock in ready]:
                c.fill()
                if c.eof or c.buffer.endswith(b"\r\n"):
                    unheard.remove(c)
        served = [c for c in conns if c.buffer == b"MN\r\n"]
        refused = [c for c in conns if c not in served and c not in unheard]
        for c in refused:
            if bytes(c.buffer) not in (b"", b"ERROR Too many open connections\r\n"):
                raise Failure(f"a connection over the limit gets {bytes(c.buffer)!r}")
        if not 1 <= len(served) <= 20:
            raise Failure(f"-c 20: {len(served)} of 60 connections are served, {len(refused)} refused")
        for c in served:
            c.buffer.clear()
        for c in served:
            if c.ask("mn") != "MN":
                raise Failure("-c: a connection within the limit is no longer served")
        for c in conns:
            c.close()
        room(server, "after closing them all, a new connection")
        all_gone(server, "after too many connections")
    return f"{len(served)} served, {len(refused)} refused, {len(unheard)} left waiting"


def no_descriptors():
    """ulimit -n 40 with -c 1000: it may refuse to start with a reason, but not crash."""
    try:
        server = larderd.Server("-t", "2", "-c", "1000", listen="tcp", nofile=40)
    except Failure as e:
        if "exited with" not in str(e) or len(str(e).splitlines()) < 2 or "exited with -" in str(e):
            raise Failure(f"out of descriptors: {e}") from None
        return "does not start"
    with server:
        conns = []
        for _ in range(100):
            try:
                conns.append(server.connect())
                conns[-1].send(b"mn\r\n")
            except OSError:
                pass
        if conns[0].read_until(b"\r\n") != b"MN\r\n":
            raise Failure("out of descriptors: the first connection is not served")
        for c in conns:
            c.close()
        room(server, "after running out of descriptors, a new connection")
        honest(server, "running out of descriptors")


def sigterm_while_busy():
    """It ends immediately and with status 0, whatever the clients are doing."""
    server = larderd.Server("-t", "2")
    stop = threading.Event()

    def work(me):
        try:
            with server.connect() as c:
                big = b"z" * 100000
                while not stop.is_set():
                    c.send(b"set busy%d 0 0 100000\r\n%s\r\nget busy%d busy0 busy1\r\n" % (me, big, me))
                    c.read_until(b"END\r\n")
        except (Closed, Failure, OSError):
            pass

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    idle = [server.connect() for _ in range(50)]
    half = server.connect()
    half.send(b"set half 0 0 1000\r\nabc")
    with server.connect() as c:
        until("the clients to be busy", lambda: int(c.stats()["cmd_set"]) > 50 or "idle")
    started = time.monotonic()
    try:
        server.stop()
    finally:
        stop.set()
        for t in threads:
            t.join()
        for c in (*idle, half):
            c.close()
    seconds = time.monotonic() - started
    if seconds > 15 and not SANITIZED:
        raise Failure(f"SIGTERM takes {seconds:.1f} s")


ATTACKS = (garbage, half_closed, slow_readers, vanishing_writers, packets_that_lie, packets_unread, endless_lines, too_many,
           no_descriptors, sigterm_while_busy)


def test():
    bad = 0
    for attack in ATTACKS:
        if len(sys.argv) > 1 and attack.__name__ not in sys.argv[1:]:
            continue
        started = time.monotonic()
        try:
            note = attack()
        except (Failure, Closed, OSError) as e:
            bad += 1
            print(f"FAIL {attack.__name__}: {e!r}" if not isinstance(e, Failure) else f"FAIL {attack.__name__}: {e}")
        else:
            print(f"ok   {attack.__name__} ({time.monotonic() - started:.1f} s{'; ' + note if note else ''})", flush=True)
    if bad:
        raise Failure(f"{bad} of {len(ATTACKS)} attacks do harm")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
