#!/usr/bin/python3
"""limits: what happens at -c, without descriptors, and to idle connections."""

import os
import resource
import time

from process import check, check_that, larderd, until

SORRY = b"ERROR Too many open connections\r\n"


def number(c, name):
    return int(c.stats()[name])


def wait_for(what, c, name, value):
    until(f"{what}: {name} becomes {value}", lambda: number(c, name) == value)


def refused_at_once():
    """maxconns_fast: a connection over the limit gets an error, and does not occupy a place."""
    with larderd.Server("-c", "3") as server:
        held = [server.connect() for _ in range(3)]
        for c in held:
            check("within the limit", c.ask("mn"), "MN")
        for n in range(1, 6):
            with server.connect() as fourth:
                check("over it", fourth.wait_closed(), SORRY)
            check("rejected", number(held[0], "rejected_connections"), n)
        check("still accepting", number(held[0], "accepting_conns"), 1)
        descriptors = set(k.split(":")[0] for k in held[0].stats("conns"))
        held.pop().close()
        wait_for("one has closed", held[0], "curr_connections", 2)
        free, = descriptors - set(k.split(":")[0] for k in held[0].stats("conns"))
        until("its descriptor is closed", lambda: not os.path.lexists(f"/proc/{server.process.pid}/fd/{free}"))
        with server.connect() as again:
            check("a free place", again.ask("mn"), "MN")
            check("descriptors are used again", set(k.split(":")[0] for k in again.stats("conns")), descriptors)
        for c in held:
            c.close()


def waits():
    """no_maxconns_fast: a connection over the limit waits until another closes."""
    with larderd.Server("-c", "2", "-o", "no_maxconns_fast") as server:
        first, second = server.connect(), server.connect()
        check("within the limit", second.ask("mn"), "MN")
        third = server.connect()
        third.send(b"mn\r\n")
        wait_for("full", first, "accepting_conns", 0)
        check_that("times that accepting stopped", number(first, "listen_disabled_num") >= 1)
        check_that("no connection is rejected", "rejected_connections" not in first.stats(), "")
        check_that("it is not served", not third.buffer and not third.eof)
        second.close()
        check("a free place", third.read_until(b"\r\n"), b"MN\r\n")
        third.close()
        wait_for("not full", first, "accepting_conns", 1)
        check_that("for how long", number(first, "time_in_listen_disabled_us") > 0)
        first.close()


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def no_descriptors():
    """The process has no descriptor left: open connections are served, the listener does not spin, and accepts again later."""
    with larderd.Server("-t", "1") as server:
        pid = server.process.pid
        first = server.connect()
        check("served", first.ask("mn"), "MN")
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")), before[1]))
        waiting = [server.connect() for _ in range(10)]
        for c in waiting:
            c.send(b"mn\r\n")
        wait_for("no descriptor", first, "accepting_conns", 0)
        used, start = cpu_s(pid), time.monotonic()
        while time.monotonic() - start < 1:     # CPU time over a second is what is measured
            check("the first is served", first.ask("mn"), "MN")
            time.sleep(0.05)
        check_that("nothing spins", cpu_s(pid) - used < 0.5 * (time.monotonic() - start), cpu_s(pid) - used)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for c in waiting:
            check("served at last", c.read_until(b"\r\n"), b"MN\r\n")
            c.close()
        first.close()


def reserved():
    """-c counts clients; larderd reserves its own descriptors in addition."""
    with larderd.Server("-c", "100", "-t", "2") as server, server.connect() as c:
        limit = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)[0]
        own = len(os.listdir(f"/proc/{server.process.pid}/fd")) - 1
        check_that("room for all", limit >= 100 + number(c, "reserved_fds"), limit)
        check_that("what is reserved is enough", own <= number(c, "reserved_fds"), own)


IDLE_S, SHORT_S = 3, 1      # after SHORT_S a connection is not idle, however late the server's clock is


class Talker:
    """Asks, and reconnects if this machine was so slow between two requests that the server closed it as idle."""

    def __init__(self, server):
        self.server, self.n_kicked = server, 0
        self._connect()

    def _connect(self):
        self.spoke, self.c = time.monotonic(), self.server.connect()

    def number(self, name):
        while True:
            began = time.monotonic()
            try:
                found = number(self.c, name)
                self.spoke = began
                return found
            except larderd.Closed:
                self.c.close()
                silence = time.monotonic() - self.spoke
                check_that("an active connection is not closed", silence > SHORT_S, silence)
                self.n_kicked += 1
                self._connect()


def silent():
    """-o idle_timeout: a connection that neither sends nor receives a byte is closed, whatever it is in the middle of."""
    with larderd.Server("-o", f"idle_timeout={IDLE_S},body_timeout=0", "-I", "16m") as server:
        talks = Talker(server)
        with server.connect() as c:
            c.send(b"set large 0 0 12000000\r\n" + b"x" * 12000000 + b"\r\n")
            check("stored", c.read_until(b"\r\n"), b"STORED\r\n")
        spoke = time.monotonic()
        silent_ones = {
            "says nothing": b"mn\r\n",
            "half a line": b"get a",
            "half a value": b"set k 0 0 10\r\n123",
            "half of a value that is discarded": b"set k 0 0 100000000\r\n123",
            "does not read its answer": b"get large\r\n" * 4,
        }
        silent_ones = {name: (server.connect(), said) for name, said in silent_ones.items()}
        for c, said in silent_ones.values():
            c.send(said)
        until(f"{', '.join(silent_ones)}: all are closed",
              lambda: talks.number("idle_kicks") == len(silent_ones) + talks.n_kicked)
        silence = time.monotonic() - spoke
        check_that("not before their time", silence > SHORT_S, silence)
        talks.c.close()


def moving():
    """A connection that sends or receives, however slowly, is not idle."""
    with larderd.Server("-o", f"idle_timeout={IDLE_S},body_timeout={IDLE_S}") as server:
        slow, talks = server.connect(), Talker(server)
        slow.send(b"set k 0 0 1000\r\n")
        began, n, longest, last = time.monotonic(), 0, 0.0, time.monotonic()
        while time.monotonic() - began < 2 * IDLE_S:
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            slow.send(b"x")
            n += 1
            talks.number("idle_kicks")
            time.sleep(0.05)
        try:
            slow.send(b"x" * (1000 - n) + b"\r\n")
            check("stored", slow.read_until(b"\r\n"), b"STORED\r\n")
        except larderd.Closed:
            check_that("closed though it moved", longest > SHORT_S, longest)


def body_timeout():
    """A value that stops arriving is dropped; a connection that is only idle stays."""
    with larderd.Server("-o", "body_timeout=1") as server:
        idle, half, talks = server.connect(), server.connect(), server.connect()
        check("served", idle.ask("mn"), "MN")
        half.send(b"set k 0 0 300000\r\n" + b"x" * 100000)
        until("the connection is closed", lambda: talks.stats("larder")["worker_body_timeouts"] == "1")
        check("its memory", talks.stats("larder")["body_bytes"], "0")
        check("and its size", talks.stats("larder")["body_bytes_announced"], "0")
        check("the idle one is still there", idle.ask("mn"), "MN")
        check("the other is not", half.wait_closed(), b"")


def test():
    refused_at_once()
    waits()
    no_descriptors()
    reserved()
    silent()
    moving()
    body_timeout()


larderd.main(test)
