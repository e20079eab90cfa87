#!/usr/bin/python3
"""stopping: how larderd ends, by signal and by command, and what happens to connections with unsent replies."""

import os
import signal
import tempfile

from process import check, larderd, until

N, SIZE = 32, 1_000_000      # more than a socket buffers


def await_state(server, state):
    with server.connect() as c:
        until(f"a connection is in {state}", lambda: state in (states := c.stats("conns").values()) or [*states])


def ask_for_much(server):
    """A connection that waits for much more than its socket buffers, and does not read."""
    c = server.connect()
    c.send(b"set big 0 0 %d\r\n%s\r\n" % (SIZE, b"x" * (SIZE)))
    check("set", c.read_until(b"\r\n"), b"STORED\r\n")
    c.send(b"get " + b"big " * N + b"\r\n")
    await_state(server, "conn_mwrite")      # the worker has served it, and its replies wait
    return c


def signals_caught(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(next(line for line in f if line.startswith("SigCgt")).split()[1], 16)


def stops_at_once():
    """A stop does not wait for a client that does not read."""
    for sent in (signal.SIGTERM, signal.SIGINT):
        server = larderd.Server("-m", "128")
        held = ask_for_much(server)
        server.told = True
        server.process.send_signal(sent)
        server.finish()
        held.close()


def answers_leave():
    """SIGUSR1: waiting replies are sent completely, idle connections are closed, new ones are refused."""
    server = larderd.Server("-m", "128", "-o", "stop_grace=60")
    resting, half, slow = server.connect(), server.connect(), ask_for_much(server)
    check("version", resting.ask("version").split()[0], "VERSION")
    half.send(b"get k")
    server.told = True
    server.process.send_signal(signal.SIGUSR1)
    check("an idle connection", resting.wait_closed(), b"")
    check("half a line", half.wait_closed(), b"")
    line = slow.read_until(b"\r\n")
    for _ in range(N):
        check("value", line, b"VALUE big 0 %d\r\n" % (SIZE))
        check("its bytes", slow.read(SIZE + 2), b"x" * (SIZE) + b"\r\n")
        line = slow.read_until(b"\r\n")
    check("end", line, b"END\r\n")
    check("and then the end of the stream", slow.wait_closed(), b"")
    server.finish()


def body_on_its_way():
    """A value that has begun to arrive may arrive completely, and is answered."""
    server = larderd.Server("-o", "stop_grace=60")
    c = server.connect()
    c.send(b"set k 0 0 10\r\n12345")
    await_state(server, "conn_nread")
    server.told = True
    server.process.send_signal(signal.SIGUSR1)
    c.send(b"67890\r\n")
    check("reply", c.read_until(b"\r\n"), b"STORED\r\n")
    check("then", c.wait_closed(), b"")
    server.finish()


def grace_is_bounded():
    server = larderd.Server("-m", "128", "-o", "stop_grace=1")
    held = ask_for_much(server)
    server.told = True
    server.process.send_signal(signal.SIGUSR1)
    server.finish()
    held.close()


def grace_is_cut_short():
    """SIGTERM during a graceful stop: a clean stop now."""
    server = larderd.Server("-m", "128", "-o", "stop_grace=3600")
    held = ask_for_much(server)
    resting = server.connect()
    server.process.send_signal(signal.SIGUSR1)
    resting.wait_closed()       # the graceful stop has begun
    server.stop()
    held.close()


def command():
    for line in ("shutdown", "shutdown graceful"):
        server = larderd.Server("-A")
        with server.connect() as c, server.connect() as other:
            check("version", other.ask("version").split()[0], "VERSION")
            c.send(line.encode() + b"\r\n")
            check(f"{line}: no word", c.wait_closed(), b"")
            other.wait_closed()
        server.told = True
        server.finish()


def fill(pipe):
    """Fills it, so that not a byte more fits while the returned descriptor is open."""
    end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    for n in (4096, 1):
        try:
            while True:
                os.write(end, b"x" * n)
        except BlockingIOError:
            pass
    return end


def twice():
    """The second SIGTERM does not wait until the first has stopped the server.

    The first stop is blocked for as long as the test needs: its log is a full pipe that is not read.
    """
    with tempfile.TemporaryDirectory() as folder:
        log, script = os.path.join(folder, "log"), os.path.join(folder, "start")
        os.mkfifo(log)
        with open(script, "w", encoding="utf-8") as f:
            f.write(f'#!/bin/sh\nexec {larderd.binary()} "$@" 2<>{log}\n')
        os.chmod(script, 0o755)
        server = larderd.Server("-v", exe=script)
        full = fill(log)
        pid = server.process.pid
        server.process.send_signal(signal.SIGTERM)
        until("the first is handled", lambda: signals_caught(pid) & 1 << signal.SIGTERM - 1 == 0)
        server.process.send_signal(signal.SIGTERM)
        check("status", server.process.wait(larderd.STOP_S), -signal.SIGTERM)
        server.kill()
        os.close(full)


def pipe_is_nothing():
    """A client that has closed before its answer is sent."""
    with larderd.Server("-m", "128") as server:
        ask_for_much(server).close()
        server.process.send_signal(signal.SIGPIPE)
        with server.connect() as c:
            check("version", c.ask("version").split()[0], "VERSION")


def test():
    stops_at_once()
    answers_leave()
    body_on_its_way()
    grace_is_bounded()
    grace_is_cut_short()
    command()
    twice()
    pipe_is_nothing()


larderd.main(test)
