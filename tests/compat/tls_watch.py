"""A watcher over TLS gets the same lines as any other, even if it reads late, and lines about clients that break TLS."""

import socket

import compat
from compat import check, check_that
from secure import Certificates, Server, until


def log_line(w):
    """The lines of the log end with LF alone."""
    while b"\n" not in w.buffer:
        w.fill()
    line, w.buffer = w.buffer.split(b"\n", 1)
    return line.decode()


def told(certs):
    with Server(certs, "-t", "2") as s, s.client() as w, s.client() as c:
        check("watch", w.ask("watch mutations connevents"), "OK")
        check("set", c.ask("set k 0 0 1\r\nx"), "STORED")
        check_that("a line", " type=item_store key=k status=stored cmd=set " in log_line(w))
        with s.raw() as raw:
            raw.sendall(b"get k\r\n" * 10)
            kinds = [next(x for x in log_line(w).split() if x.startswith("type=")) for _ in range(3)]
        check("a client that does not speak TLS", kinds, ["type=conn_new", "type=conntlserr", "type=conn_close"])
        w.send(b"quit\r\n" * 5000)      # read and discarded, many records of it
        check("set", c.ask("set k 0 0 1\r\ny"), "STORED")
        check_that("a line", " type=item_store key=k " in log_line(w))


def reads_late(certs):
    """Its socket fills in the middle of a record; when it reads again all lines are whole."""
    with Server(certs, "-t", "1", words=["watcher_logbuf_size=64"]) as s, s.client() as w, s.client() as c:
        check("watch", w.ask("watch fetchers"), "OK")
        key = b"k" * 250
        asked = b"mg %s q\r\n" % key * 500 + b"mn\r\n"

        def more_lines():
            c.send(asked)
            check("mn", c.line(), "MN")
            return int(c.stats()["log_watcher_skipped"]) > 0
        until("lines are skipped", more_lines)
        while True:
            c.send(b"mg x\r\n")     # makes new lines, so that the watcher gets some at last
            check("mg", c.line(), "EN")
            line = log_line(w)
            if line.startswith("skipped="):
                break
            check_that("a whole line", line.endswith("size=0") and " type=item_get key=" in line, line)


def gone(certs):
    """Watchers that close, with or without close_notify, are removed; so are those that the server closes."""
    with Server(certs, "-t", "2") as s, s.client() as c:
        for n in range(5):
            with s.client() as w:
                check("watch", w.ask("watch"), "OK")
                if n % 2:
                    w.sock.shutdown(socket.SHUT_RDWR)   # without close_notify
        until("no watcher is left", lambda: c.stats()["log_watchers"] == "0")
        until("no connection is left", lambda: c.stats()["curr_connections"] == "1")
        kept = [s.client() for _ in range(3)]
        for w in kept:
            check("watch", w.ask("watch fetchers"), "OK")
        c.ask("mg a")
    for w in kept:
        w.close()


def test():
    with Certificates() as certs:
        for part in (told, reads_late, gone):
            part(certs)


compat.main(test)
