#!/usr/bin/python3
"""long_gets: gets of any number of keys are answered as their keys arrive, and need no memory for them.

A line that arrives in pieces is answered like a whole one.  For lines without end, also before a login, and for replies
that are not read, a connection holds at most 16 KiB of unread input.

With a sanitizer (LARDER_SANITIZED names it) the server's memory is not checked, and less is sent.
"""

import os
import random
import select
import sys
import tempfile

from stress import SANITIZED, Failure, check, check_that, larderd, until

RNG = random.Random(int(os.environ.get("LARDER_SEED", "1")))
N_CLIENTS = 60
LINE = (1 if SANITIZED else 16) << 20   # bytes of a line without end
EACH_KIB = 16                           # that a connection may hold
N_UNREAD = 300
FIRST_KIB = 2 << 10                     # what the first ones of a worker may hold besides
KEPT_KIB = 1100                         # a worker's own buffers, and those that it keeps for later connections
SPARE_KIB = 3 << 10                     # what workers keep in all: buffers, and memory that they once took for replies

KEYS = [b"%s-%d" % (b"key" * (1 + i % 6), i) for i in range(300)]


def value(i):
    return b"%d" % i * (1 + i * 7 % 60) if i % 50 else b"v" * (3000 if i % 100 else 20000)


def fill(server):
    with server.connect() as c:
        for i, key in enumerate(KEYS):
            if i % 3:
                c.send(b"set %s %d 0 %d noreply\r\n%s\r\n" % (key, i, len(value(i)), value(i)))
        check("after storing", c.ask("mn"), "MN")


def some_keys(n):
    """Keys of all lengths, with spaces and bytes of all kinds, so that lines are cut inside keys and between them."""
    odd = (b"noreply", b"\0", b"\r", b"\t", b"x" * 250, b"get", b"\xff" * 30)
    return [RNG.choice(KEYS) if RNG.random() < 0.9 else RNG.choice(odd) for _ in range(n)]


def line():
    """A request, mostly a long one, some of them with an error."""
    word = RNG.choice((b"get", b"gets", b"get", b"gat 0", b"gats 100"))
    words = [word, *some_keys(RNG.choice((1, 3, 100, 250, 300, 2000)))]
    if RNG.random() < 0.3:
        words.insert(RNG.randrange(1, len(words) + 1), b"y" * RNG.choice((251, 252, 5000)))
    if RNG.random() < 0.1:
        words[0] = RNG.choice((b" get", b"gat", b"gat 1x", b"gat 99999999999"))
    return RNG.choice((b" ", b" ", b"   ")).join(words) + RNG.choice((b"", b" ", b" " * 3000)) + RNG.choice((b"\r\n", b"\n"))


def dialogue():
    return b"".join(RNG.choice((line, line, lambda: b"mn\r\n", lambda: b"get %s\r\n" % KEYS[1]))() for _ in range(8)) + b"me gone\r\n"


def pieces(data, cuts):
    edges = [0, *sorted(cuts), len(data)]
    return [data[a:b] for a, b in zip(edges, edges[1:])]


def answer(server, parts, beside=None):
    """The replies to the parts; with another connection (`beside`), the server has read each part before the next is sent."""
    with server.connect() as c:
        for part in parts:
            c.send(part)
            if beside is not None:
                check("beside", beside.ask("mn"), "MN")
        while not c.buffer.endswith(b"EN\r\n"):
            c.fill()
        return bytes(c.buffer)


def cut_anywhere():
    """A long line is answered the same, wherever it is cut.  One worker, so that it reads in the order of sending."""
    with larderd.Server("-t", "1", "-m", "64") as server, server.connect() as beside:
        fill(server)
        for round_ in range(10 if SANITIZED else 40):
            data = dialogue()
            whole = answer(server, [data])
            ways = [RNG.sample(range(1, len(data)), 40), range(1000, len(data), 2049), range(16384, len(data), 16384)]
            at = data.find(b" ", RNG.randrange(len(data)))
            ways.append(range(max(at - 10, 1), min(at + 300, len(data))))
            for cuts in ways:
                cut = answer(server, pieces(data, cuts), beside)
                if cut != whole:
                    at = next((i for i, (a, b) in enumerate(zip(cut, whole)) if a != b), min(len(cut), len(whole)))
                    raise Failure(f"round {round_}: cut at {list(cuts)[:50]} the answer's byte {at} is another one: "
                                  f"{cut[max(at - 100, 0):at + 50]!r}, whole {whole[max(at - 100, 0):at + 50]!r}")


def send_in_turn(conns, data, n):
    """`data` n times to each in turn; connections that the server closes are left out."""
    for _ in range(n):
        for c in conns:
            if not c.eof:
                c.send(data)


def endless():
    """Sixty lines without end: every key is looked up, none is kept."""
    n_keys = (64 << 10) // 256 - 1
    chunk = b"".join(b"gone%0246d " % i for i in range(n_keys)) + b"there "
    with larderd.Server("-t", "2", "-m", "64") as server, server.connect() as admin:
        check("storing", admin.ask("set there 0 0 0\r\n"), "STORED")
        conns = [server.connect() for _ in range(N_CLIENTS)]
        for c in conns:
            c.send(b"get " + b"k " * 2000)
        before = server.rss_kib()
        n = -(-LINE // len(chunk))
        send_in_turn(conns, chunk, n)
        wanted = N_CLIENTS * (2000 + n * (n_keys + 1))
        until("all keys looked up", lambda: int(admin.stats()["cmd_get"]) in (wanted,) or admin.stats()["cmd_get"])
        grown = server.rss_kib() - before
        stats = admin.stats()
        check("hits", int(stats["get_hits"]), N_CLIENTS * n)
        check_that("resident memory does not grow", SANITIZED or grown <= N_CLIENTS * EACH_KIB + SPARE_KIB, f"{grown} KiB more")
        for c in conns:
            c.send(b"\r\n")
        for c in conns:
            wanted = b"VALUE there 0 0\r\n\r\n" * n + b"END\r\n"
            check_that("every key is answered", c.read(len(wanted)) == wanted)
            check("after the line", c.ask("mn"), "MN")
            c.close()
    return f"{N_CLIENTS} lines of {n * len(chunk) >> 20} MiB: {grown} KiB more"


def endless_words():
    """A key without end is refused, once; spaces without end are not kept."""
    with larderd.Server("-t", "2", "-m", "64") as server:
        before = server.rss_kib()
        conns = [server.connect() for _ in range(N_CLIENTS)]
        for i, c in enumerate(conns):
            c.send((b"get ", b"get k ", b"gat 0", b"gat ")[i % 4])
        send_in_turn(conns[::2], b"x" * (1 << 16), LINE // 4 >> 16)
        send_in_turn(conns[1::2], b" " * (1 << 16), LINE // 4 >> 16)
        for i, c in enumerate(conns):
            c.send(b"\r\nmn\r\n")
            bad = b"CLIENT_ERROR bad command line format\r\n"
            wanted = (bad, b"END\r\n", b"CLIENT_ERROR invalid exptime argument\r\n", bad)[i % 4] + b"MN\r\n"
            check(f"line {i}", c.read(len(wanted)), wanted)
        grown = server.rss_kib() - before
        check_that("resident memory does not grow", SANITIZED or grown <= N_CLIENTS * EACH_KIB + SPARE_KIB, f"{grown} KiB more")


def before_login():
    """Before a login a line of keys may be no longer than others; a longer one is refused, and the connection closed."""
    with tempfile.NamedTemporaryFile("w") as users:
        users.write("name:password\n")
        users.flush()
        os.chmod(users.name, 0o644)
        with larderd.Server("-t", "2", "-m", "64", "-Y", users.name) as server:
            before = server.rss_kib()
            conns = [server.connect() for _ in range(N_CLIENTS)]
            for i, c in enumerate(conns):
                c.send((b"get ", b"gats 0 ", b"get " + b"x" * 300, b" get ")[i % 4])
            send_in_turn(conns, b"k " * (1 << 15), LINE >> 16)
            for c in conns:
                check_that("refused once", c.wait_closed() in (b"", b"CLIENT_ERROR unauthenticated\r\n"))
            grown = server.rss_kib() - before
            check_that("resident memory does not grow", SANITIZED or grown <= N_CLIENTS * EACH_KIB + SPARE_KIB, f"{grown} KiB more")
            with server.connect() as c:
                c.send(b"get " + b"k " * 1000)
                check("a login after a line of permitted length", c.ask("\r\nset k 0 0 13\r\nname password"),
                      "CLIENT_ERROR unauthenticated")
                check("logged in", c.read_until(b"\r\n"), b"STORED\r\n")
                c.send(b"get " + b"k " * 10000)
                check("long lines after the login", c.ask(""), "END")


def unread(what, request):
    """Hundreds of clients that ask and do not read: 16 KiB of each wait at most, and one read more of the first ones."""
    with larderd.Server("-t", "1", "-m", "64") as server, server.connect() as admin:
        fill(server)
        conns = [server.connect() for _ in range(N_UNREAD)]
        for c in conns:
            data = memoryview(request)
            while data and select.select([], [c.sock], [], 0)[1]:
                try:
                    data = data[c.sock.send(data):]
                except BlockingIOError:
                    break

        def all_stuck():
            states = [v for k, v in admin.stats("conns").items() if k.endswith(":state")]
            return states.count("conn_mwrite") == N_UNREAD or states
        until(f"{what}: all wait for their clients", all_stuck)
        kib = int(admin.stats("memory")["read_buffers"]) >> 10
        check_that(f"{what}: bytes received and not read", kib <= N_UNREAD * EACH_KIB + FIRST_KIB + KEPT_KIB, f"{kib} KiB")
        for c in conns:
            c.close()
    return f"{kib} KiB"


def unread_lines():
    return unread("long lines", b"get " + (KEYS[50] + b" ") * 20000)


def unread_pipeline():
    return unread("a pipeline", b"get %s\r\n" % KEYS[50] * 20000)


def test():
    for part in (cut_anywhere, endless, endless_words, before_login, unread_lines, unread_pipeline):
        if len(sys.argv) > 1 and part.__name__ not in sys.argv[1:]:
            continue
        note = part()
        print(f"ok   {part.__name__}" + (f": {note}" if note else ""), flush=True)


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
