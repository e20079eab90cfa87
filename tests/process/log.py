#!/usr/bin/python3
"""log: no client waits for the reader of standard error; lines that do not fit into the pipe are dropped and counted."""

import fcntl
import os
import select
import signal
import socket

from process import check, check_that, larderd

N_CLIENTS, N_REQUESTS, N_KEYS = 4, 50, 200      # a pipe holds 64 KiB, and a line of debug some 40 bytes


def flood(server):
    """Many lines, and each request is answered."""
    clients = [server.connect() for _ in range(N_CLIENTS)]
    keys = b"".join(b"get key%06d\r\n" % i for i in range(N_KEYS))
    for _ in range(N_REQUESTS):
        for c in clients:
            c.send(keys)
        for c in clients:
            check("answered", c.read(len(b"END\r\n") * N_KEYS), b"END\r\n" * N_KEYS)
    for c in clients:
        c.close()


def dropped(server):
    with server.connect() as c:
        return int(c.stats("larder")["log_lines_dropped"])


class Reader:
    """Lines from the other end of the server's standard error."""

    def __init__(self, fd):
        self.fd, self.text = fd, b""

    def read_past(self, needle):
        while needle not in self.text:
            check_that(f"{needle} is logged", select.select([self.fd], [], [], larderd.REPLY_S)[0], self.text[-300:])
            self.text += os.read(self.fd, 1 << 16)
        self.text = self.text.split(needle, 1)[1]


def nobody_reads(reader, writer, *args):
    """Clients are served and lines are dropped; once they are read, one has the number of dropped lines, and new ones follow."""
    with larderd.Server("-vv", *args, stderr=writer) as server:
        flood(server)
        check_that("lines are dropped", dropped(server) > 0)
        check("for other processes the file still blocks", fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_NONBLOCK, 0)
        lines = Reader(reader)
        lines.read_past(b" log lines were dropped: ")
        server.process.send_signal(signal.SIGHUP)
        lines.read_past(b"larderd: info: reload: done\n")
        with server.connect() as c:
            check("served", c.ask("get here"), "END")
        lines.read_past(b" get here\n")


def ends_unread(reader, writer):
    """The exit waits only briefly for the reader."""
    with larderd.Server("-vv", stderr=writer) as server:
        flood(server)
        check_that("lines are dropped", dropped(server) > 0)
    check_that("the pipe has lines", os.read(reader, 100).startswith(b"larderd: "))


def starts_unread(_, writer):
    """A server starts although the pipe is full."""
    fill(writer)
    with larderd.Server("-vv", stderr=writer) as server, server.connect() as c:
        check("served", c.ask("get here"), "END")


def fill(writer):
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)


def all_is_read(reader, writer):
    """If lines are read, none is dropped: those before the start and at the end are complete and in order."""
    with larderd.Server("-v", stderr=writer) as server:
        check("dropped", dropped(server), 0)
    os.close(writer)
    text = b""
    while got := os.read(reader, 1 << 16):
        text += got
    lines = text.decode().splitlines()
    check("the first line", lines[0].split("listening on")[0], "larderd: info: ")
    check("the last", lines[-1], "larderd: info: stopping (Terminated)")


def with_pipe(f, *args):
    reader, writer = os.pipe()
    f(reader, writer, *args)
    os.close(reader)


def with_socket(f, *args):
    """Like the journal's."""
    ours, its = socket.socketpair()
    with ours, its:
        f(ours.fileno(), its.fileno(), *args)


def test():
    with_pipe(nobody_reads)
    with_pipe(nobody_reads, "-t", "1")
    with_socket(nobody_reads)
    with_pipe(ends_unread)
    with_pipe(starts_unread)
    with_pipe(all_is_read)


larderd.main(test)
