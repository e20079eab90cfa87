#!/usr/bin/python3
"""unread: clients that request much and do not read.

N clients (LARDER_UNREAD_CLIENTS, 900; no more than select can wait for) each ask for 3000 keys of 1 KB, in gets of 100 keys, and read nothing:

    resident memory <= -m + -o conn_memory + 16 MiB
    other clients are served, and no connection is closed
    when they read at last, each gets every value that it requested, in order
"""

import os
import socket

from stress import SANITIZED, check, check_that, larderd, until

LIMIT_MIB, CONN_MIB, SLACK_MIB = 64, 4 if SANITIZED else 32, 16
N_CLIENTS = int(os.environ.get("LARDER_UNREAD_CLIENTS", "150" if SANITIZED else "900"))     # a sanitizer build is slow
N_KEYS, N_ASKED, AT_ONCE = 2000, 1000 if SANITIZED else 3000, 100
SIZE = 1000


def key(i):
    return b"key:%05d" % (i % N_KEYS)


def value(i):
    return (b"%05d" % (i % N_KEYS)) * (SIZE // 5)


def fill(c):
    c.send(b"".join(b"set %s 0 0 %d noreply\r\n%s\r\n" % (key(i), SIZE, value(i)) for i in range(N_KEYS)))
    check("stored", c.ask("mn"), "MN")


def questions(first):
    return b"".join(b"get " + b" ".join(key(first + i + k) for k in range(AT_ONCE)) + b"\r\n" for i in range(0, N_ASKED, AT_ONCE))


def answers(first):
    for i in range(0, N_ASKED, AT_ONCE):
        yield b"".join(b"VALUE %s 0 %d\r\n%s\r\n" % (key(first + i + k), SIZE, value(first + i + k)) for k in range(AT_ONCE)) + b"END\r\n"


class Unread:
    """A client that requests much and does not read; the requests that the server does not read wait here."""

    def __init__(self, server, me):
        self.conn = server.connect()
        self.conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self.first, self.left = me, memoryview(questions(me))
        self.push()

    def push(self):
        """True when the server reads no more for now, or has all."""
        while self.left:
            try:
                self.left = self.left[self.conn.sock.send(self.left):]
            except BlockingIOError:
                return True
        return True

    def read_all(self):
        for i, wanted in enumerate(answers(self.first)):
            while len(self.conn.buffer) < len(wanted):
                self.push()
                self.conn.fill()
            check(f"answer {i} of client {self.first}", self.conn.read(len(wanted)), wanted)
        self.conn.close()


def held(c):
    return int(c.stats("larder")["conn_bytes"])


def look(server, c, when):
    rss = server.rss_kib() / 1024
    most = LIMIT_MIB + CONN_MIB + SLACK_MIB
    check_that(f"resident memory {when}", SANITIZED or rss <= most, f"{rss:.0f} MiB of {most}")
    check_that(f"what connections hold {when}", held(c) <= CONN_MIB << 20, held(c))


def test():
    limit = f"conn_memory={CONN_MIB}m"
    with larderd.Server("-m", str(LIMIT_MIB), "-t", "4", "-c", str(N_CLIENTS + 100), "-o", limit, nofile=N_CLIENTS + 1000) as server, \
            server.connect() as c:
        fill(c)
        rude = [Unread(server, me) for me in range(N_CLIENTS)]
        until("all requests are read", lambda: int(c.stats()["curr_connections"]) == N_CLIENTS + 1)
        until("many replies wait", lambda: held(c) > CONN_MIB << 19)
        look(server, c, "while they do not read")
        for i in range(200):
            c.send(b"get " + key(i) + b"\r\n")
            check("an honest client", c.read_until(b"END\r\n"), b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (key(i), SIZE, value(i)))
        many = b"get " + b" ".join(key(i) for i in range(1000)) + b"\r\n"
        c.send(many)
        check("a large answer for it", len(c.read_until(b"END\r\n")) > 1000 * SIZE, True)
        for r in rude:
            r.push()
        look(server, c, "after more questions")
        n = {k: int(v) for k, v in c.stats("larder").items() if "squeezes" in k}
        check_that("the bound was near", n["worker_squeezes"] > 0, n)
        check("no connection is closed", int(c.stats()["curr_connections"]), N_CLIENTS + 1)
        for r in rude:
            r.read_all()
        until("all is freed", lambda: held(c) == 0)


larderd.main(test)
