#!/usr/bin/python3
"""wrong: how larder-bench handles servers that send wrong replies, break off or stay silent.

A small server of this file answers in the text protocol, from a dictionary, with one fault.
"""

import re
import socket
import threading

import bench
from bench import check, check_that, larderd

KEYS = 50


class Liar(threading.Thread):
    """Answers get and set; `spoil(n, reply)` may change the reply to the nth get, or end the connection with None."""

    def __init__(self, spoil, step=None):
        super().__init__(daemon=True)
        self.spoil, self.step, self.items, self.n_gets = spoil, step, {}, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.start()

    def run(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)    # each piece is sent immediately
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        f = s.makefile("rb")
        try:
            while line := f.readline():
                word = line.split()
                with self.lock:
                    reply = self.answer(word, f)
                if reply is None:
                    break
                for i in range(0, len(reply), self.step or len(reply)):
                    s.sendall(reply[i:i + (self.step or len(reply))])
        except OSError:
            pass
        finally:
            f.close()
            s.close()

    def answer(self, word, f):
        if word[0] == b"set":
            self.items[word[1]] = f.read(int(word[4]) + 2)[:-2]
            return b"STORED\r\n"
        if word[0] != b"get":
            return b"ERROR\r\n"
        value = self.items.get(word[1])
        reply = b"END\r\n" if value is None else b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (word[1], len(value), value)
        self.n_gets += value is not None
        return self.spoil(self.n_gets, reply) if value is not None else reply

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def load(port, *more, status=0):
    return bench.run("-s", "127.0.0.1", "-p", port, "-c", 2, "-t", 1, "-n", 300, "--ratio", "1:3", "--key-maximum", KEYS - 1,
                     "-d", 64, "-q", *more, status=status)


def flipped(n, reply):
    if n % 10 != 0:
        return reply
    at = reply.index(b"\r\n") + 2 + n % 64
    return reply[:at] + bytes([reply[at] ^ 1]) + reply[at + 1:]


def corruption():
    with Liar(flipped) as liar:
        done = load(liar.port, "--verify", status=3)
        check("each flipped byte is found", done.row("Gets")["Wrong Values"], liar.n_gets // 10)
        check_that("and reported", f"{liar.n_gets // 10} of them wrong" in done.out, done.out)
        done = load(liar.port)
        check("without --verify values are not checked", done.row("Gets")["Wrong Values"], 0)
    with Liar(lambda n, r: r.replace(b"VALUE memtier-", b"VALUE memtier-1") if n == 20 else r) as liar:
        done = load(liar.port, "--verify", status=3)
        check("the value of another key is found", done.row("Gets")["Wrong Values"], 1)


def in_pieces():
    with Liar(lambda n, r: r, step=1) as liar:
        done = load(liar.port, "--verify")
        check("byte by byte", (done.row()["Count"], done.row()["Errors"], done.row()["Wrong Values"]), (600, 0, 0))


def nonsense():
    for what, reply, says in (("not the protocol", b"HTTP/1.1 400 Bad Request\r\n", "does not speak this protocol"),
                              ("too much", b"END\r\nEND\r\n", "without a request|does not speak"),
                              ("a huge length", b"VALUE memtier-1 0 99999999999\r\n", "does not speak this protocol"),
                              ("an endless line", b"x" * 10000, "does not speak|without an end"),
                              ("hanging up", None, "closed the connection|Connection reset")):
        with Liar(lambda n, r, reply=reply: reply if n == 30 else r) as liar:
            done = load(liar.port, status=1)
            check_that(f"{what}: {says}", re.search(says, done.err), done.err)


def breaking_off():
    """With --reconnect-on-error a broken connection costs its requests and nothing else."""
    with Liar(lambda n, r: None if n % 50 == 0 else r) as liar:
        done = load(liar.port, "--reconnect-on-error", "--verify")
        client = done.all["Client"]
        check("lost requests, broken connections", client["Lost Requests"], client["Connection Errors"])
        check_that("as often as the server closed", client["Connection Errors"] == liar.n_gets // 50 > 0, client)
        check("the others are counted", done.row()["Count"] + client["Lost Requests"], 600)


def silence():
    """A server that accepts connections and sends nothing: the run ends when its time and --drain-time are over."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as mute:
        port = mute.getsockname()[1]
        begin = bench.now()
        done = bench.run("-s", "127.0.0.1", "-p", port, "-c", 2, "-t", 2, "--test-time", 1, "--drain-time", 1, "-q")
        check_that("it ends in time", bench.now() - begin < 30)
        check("no replies", (done.row()["Count"], done.all["Client"]["Lost Requests"]), (0, 4))
        begin = bench.now()
        done = bench.run("-s", "127.0.0.1", "-p", port, "-c", 2, "-t", 2, "-a", "me:secret", "--connection-timeout", 1, "-q",
                         "--no-server-stats", status=1)
        check_that("a login waits no longer than --connection-timeout", bench.now() - begin < 10)
        check_that("and reports it", "does not answer the login" in done.err, done.err)


def test():
    corruption()
    in_pieces()
    nonsense()
    breaking_off()
    silence()


if __name__ == "__main__":
    bench.binary()
    larderd.main(test)
