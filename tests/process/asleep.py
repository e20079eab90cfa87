#!/usr/bin/python3
"""asleep: a server that was stopped for a while returns no item that expired during that time.

When it continues, a worker may run before the main thread, whose tick is the clock.  To make sure of that, all threads
get one processor, and the main thread the lowest priority.
"""

import os
import signal
import time

from process import check, check_that, larderd

ROUNDS, N_CLIENTS = 3, 20


def favour_workers(pid):
    """One processor for all threads, and the main thread only when the others are idle."""
    one = {min(os.sched_getaffinity(0))}
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), one)
    os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


def sleep_past(pid, seconds):
    os.kill(pid, signal.SIGSTOP)
    began = time.clock_gettime(time.CLOCK_BOOTTIME)
    while time.clock_gettime(time.CLOCK_BOOTTIME) < began + seconds:    # the passing of time is the condition
        time.sleep(0.1)


def expires(server):
    pid = server.process.pid
    clients = [server.connect() for _ in range(N_CLIENTS)]
    for n in range(ROUNDS):
        for i, c in enumerate(clients):
            check("stored", c.ask(f"set {n}-{i} 0 1 1\r\nx"), "STORED")
        sleep_past(pid, 2.5)
        for i, c in enumerate(clients):
            c.send(b"get %d-%d\r\n" % (n, i))
        os.kill(pid, signal.SIGCONT)
        for c in clients:
            check("the first request", c.read_until(b"\r\n"), b"END\r\n")
    for c in clients:
        c.close()


def is_flushed(server):
    """Nor an item that a delayed flush_all has removed by then."""
    with server.connect() as c:
        check("stored", c.ask("set k 0 0 1\r\nx"), "STORED")
        check("flush_all", c.ask("flush_all 2"), "OK")
        sleep_past(server.process.pid, 3.5)
        c.send(b"get k\r\n")
        os.kill(server.process.pid, signal.SIGCONT)
        check("the first request", c.read_until(b"\r\n"), b"END\r\n")


def is_new(server):
    """A time to live begins at the request, not at the last tick."""
    with server.connect() as c:
        check("stored", c.ask("set k 0 0 1\r\nx"), "STORED")
        sleep_past(server.process.pid, 3.5)
        c.send(b"set k 0 1000 1\r\nx\r\n")
        began = time.monotonic()
        os.kill(server.process.pid, signal.SIGCONT)
        check("stored", c.read_until(b"\r\n"), b"STORED\r\n")
        time.sleep(1)       # for one tick of the main thread
        left = int(c.ask("mg k t").split("t")[1])
        check_that("time to live", 1000 - (time.monotonic() - began) - 1 <= left <= 1000, left)


def test():
    with larderd.Server("-t", "2") as server:
        favour_workers(server.process.pid)
        expires(server)
        is_flushed(server)
        is_new(server)


larderd.main(test)
