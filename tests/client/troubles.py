"""troubles: liblarder and servers that are silent, slow, closed, half closed or invalid: results, times, recovery.

Each is a small server of this file, or larderd killed and started again. LIBRARY_PROBE_UNDER may name a
command to run the program under, for example valgrind with --error-exitcode.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
from compat import check, check_that, free_port, larderd, until  # noqa: E402

PROBE = os.environ.get("LIBRARY_PROBE")
OK, MISS, TIMEOUT, UNREACHABLE, CLOSED, DEAD, PROTOCOL = 0, 1, 16, 17, 18, 19, 23
PATIENT = ("timeout_ms=20000", "connect_timeout_ms=20000")
SLOW = 20 if os.environ.get("LIBRARY_PROBE_UNDER") or os.environ.get("LARDER_SANITIZED") else 5     # a busy machine, too


class Probe:
    """library_probe, which reads keys on command."""

    def __init__(self, place, *options):
        command = [*os.environ.get("LIBRARY_PROBE_UNDER", "").split(), PROBE, "get", place, *PATIENT, *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def get(self, key="key"):
        """The code, the milliseconds and the value."""
        self.process.stdin.write(f"{key}\n".encode())
        self.process.stdin.flush()
        words = self.process.stdout.readline().rstrip(b"\n").split(b" ", 2)
        if len(words) < 3:
            raise larderd.Failure(f"the program ended with {self.process.wait()}")
        return int(words[0]), int(words[1]), words[2]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        status = self.process.wait(30)
        if kind is None:
            check("the program's exit status", status, 0)


class Fake:
    """A server that calls `serve(sock)` for each connection."""

    def __init__(self, serve):
        self.serve = serve
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.place = "127.0.0.1:%d" % self.sock.getsockname()[1]
        self.held = []
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            self.held.append(conn)
            try:
                self.serve(conn)
            except OSError:
                pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        self.thread.join()
        for conn in self.held:
            conn.close()


def n_items(server):
    with server.connect() as conn:
        return int(conn.stats()["curr_items"])


def in_time(what, ask, code, least, most):
    """ask() returns `code`, never in less than `least` ms, and within `most` in one of several tries."""
    took = []
    while len(took) < 8:
        got = ask()
        check(f"{what}: code", got[0], code)
        check_that(f"{what}: {least} ms at least", least <= got[1], got)
        took.append(got[1])
        if got[1] <= most:
            return
    raise larderd.Failure(f"{what}: {took} ms, never within {most}")


def black_hole():
    """It accepts connections, and never answers."""
    with Fake(lambda conn: None) as fake:
        with Probe(fake.place, "timeout_ms=100", "failures=100") as probe:
            in_time("black hole", probe.get, TIMEOUT, 95, 100 + 200 * SLOW)
            in_time("black hole again", probe.get, TIMEOUT, 95, 100 + 200 * SLOW)
        with Probe(fake.place, "timeout_ms=100", "failures=2", "retry_ms=60000") as probe:
            check("two timeouts", [probe.get()[0] for _ in range(2)], [TIMEOUT, TIMEOUT])
            in_time("marked down", probe.get, DEAD, 0, 15 * SLOW)


def no_accept():
    """The server accepts no connection and the kernel's queue is full: connecting times out."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = []
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", port))
            waiting.append(s)
        with Probe(f"127.0.0.1:{port}", "connect_timeout_ms=150", "failures=100") as probe:
            in_time("no connection", probe.get, TIMEOUT, 145, 150 + 200 * SLOW)
        for s in waiting:
            s.close()


def refused():
    with Probe(f"127.0.0.1:{free_port()}", "retry_ms=60000") as probe:
        check("no server", probe.get()[0], UNREACHABLE)
        check("no server, again", probe.get()[0], UNREACHABLE)
        check("marked down", probe.get()[0], DEAD)
    with Probe("/nowhere/at/all") as probe:
        check("no such socket", probe.get()[0], UNREACHABLE)
    with Probe("no-such-host.invalid") as probe:
        check("no such host", probe.get()[0], UNREACHABLE)


def read_line(conn):
    line = b""
    while not line.endswith(b"\n"):
        more = conn.recv(1)
        if not more:
            raise OSError("gone")
        line += more
    return line


def slow():
    """An answer byte by byte; then one that is too late, and must not be returned for the next request."""
    reply = b"VA 5 f7\r\nvalue\r\n"
    go_on = threading.Event()

    def serve(conn):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = read_line(conn).split()[1]
        if key == b"late":
            threading.Thread(target=lambda: (go_on.wait(), conn.sendall(b"VA 5 f0\r\nwrong\r\n")), daemon=True).start()
            return
        for i in range(len(reply)):
            conn.sendall(reply[i:i + 1])

    with Fake(serve) as fake, Probe(fake.place) as probe:
        check("byte by byte", probe.get()[::2], (OK, b"value"))
    with Fake(serve) as fake, Probe(fake.place, "timeout_ms=100", "failures=100") as probe:
        check("too late", probe.get("late")[0], TIMEOUT)
        check("a long timeout from here on", probe.get("timeout_ms=20000")[0], OK)
        go_on.set()
        check("not another's answer", probe.get()[::2], (OK, b"value"))


def half_closed():
    """The server has ended its side: before, within and after an answer."""
    for sent, code in ((b"", CLOSED), (b"VA 5 f", CLOSED), (b"VA 5 f7\r\nval", CLOSED), (b"EN\r\n", MISS)):
        def serve(conn, sent=sent):
            read_line(conn)
            conn.sendall(sent)
            conn.shutdown(socket.SHUT_WR)

        with Fake(serve) as fake, Probe(fake.place, "failures=100") as probe:
            check(f"half closed after {sent!r}", probe.get()[0], code)
            check(f"half closed after {sent!r}, again", probe.get()[0], code)


REPLIES = {
    "meta": (b"VA 5 f7\r\n", b"value\r\n"),
    "text": (b"VALUE key 7 5\r\nvalue\r\nEND", b"\r\n"),
    "binary": (b"\x81\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x09\x00\x00\x00\x00" + 8 * b"\x01", b"\x00\x00\x00\x07value"),
}


def cut():
    """Each answer cut at every byte: with the rest later, or never.  The client returns the whole value or a code, never a part."""
    for protocol, parts in REPLIES.items():
        reply = b"".join(parts)
        ends = {"at": 0, "for_good": False}

        def serve(conn, reply=reply, ends=ends):
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conn.recv(100)
            conn.sendall(reply[:ends["at"]])
            if ends["for_good"]:
                conn.close()
            else:
                conn.sendall(reply[ends["at"]:])
                conn.shutdown(socket.SHUT_WR)

        with Fake(serve) as fake:
            for at in range(len(reply) + 1):
                for ends["for_good"] in (False, True):
                    ends["at"] = at
                    whole = not ends["for_good"] or at == len(reply)
                    with_value = (OK, b"value")
                    with Probe(fake.place, f"protocol={protocol}") as probe:
                        got = probe.get()[::2]
                        check(f"{protocol} cut at {at}, for good: {ends['for_good']}", got,
                              with_value if whole else (CLOSED, b""))


def mad():
    """Answers that no server sends."""
    for reply in (b"VA x\r\n", b"VA 999999999999\r\n", b"VA 5 f0\r\nvaluexx", b"\x81\x00", b"x" * 9000, b"EN\r\nEN\r\n",
                  b"HTTP/1.1 400 Bad\r\n\r\n"):
        def serve(conn, reply=reply):
            read_line(conn)
            conn.sendall(reply)

        answered = reply.startswith(b"EN")
        with Fake(serve) as fake, Probe(fake.place, f"timeout_ms={20000 if answered else 300}", "failures=100") as probe:
            got = [probe.get()[0] for _ in range(2)]
            allowed = (MISS, PROTOCOL) if answered else (PROTOCOL, TIMEOUT)
            check_that(f"{reply[:40]!r}", all(code in allowed for code in got), got)


def endless():
    """A get has one value: a second one is not an answer, and the client does not read on until time is up."""
    def serve(conn):
        read_line(conn)
        while True:
            conn.sendall(100 * b"VALUE key 0 5\r\nvalue\r\n")

    with Fake(serve) as fake, Probe(fake.place, "protocol=text") as probe:
        check("values without end", probe.get()[0], PROTOCOL)


def many_in_vain():
    """The first connection breaks, the others get one byte: many keys take no longer than a few."""
    for protocol, byte in (("meta", b"V"), ("text", b"V"), ("binary", b"\x81")):
        broken = []

        def serve(conn, broken=broken, byte=byte):
            conn.recv(100)
            if not broken:
                broken.append(True)
                conn.shutdown(socket.SHUT_RDWR)
            else:
                conn.sendall(byte)

        with Fake(serve) as fake, Probe(fake.place, f"protocol={protocol}", "timeout_ms=100", "failures=100") as probe:
            code, ms, _ = probe.get("*300")
            check(f"many silent, {protocol}: code", code, TIMEOUT)
            check_that(f"many silent, {protocol}: not the sum of all", 95 <= ms < 300 * 100 / 2, ms)


def not_in_meta():
    """Only the text protocol ends an answer with END."""
    def serve(conn):
        read_line(conn)
        conn.sendall(b"END\r\n")

    for protocol, code in (("meta", PROTOCOL), ("text", MISS)):
        with Fake(serve) as fake, Probe(fake.place, f"protocol={protocol}") as probe:
            check(f"END in {protocol}", probe.get()[0], code)


def commands():
    """A command waits timeout_ms for the first line of its answer, and without limit for the lines of a live log."""
    def serve(conn):
        if read_line(conn) == b"watch\r\n":
            conn.sendall(b"OK\r\n")
            time.sleep(0.5)     # longer than timeout_ms: the log has no line for a while
            conn.sendall(b"something\r\n")
            conn.shutdown(socket.SHUT_WR)

    with Fake(serve) as fake, Probe(fake.place, "timeout_ms=100", "failures=100") as probe:
        in_time("a command without an answer", lambda: probe.get("!silence"), TIMEOUT, 95, 100 + 200 * SLOW)
        codes = []      # on a slow machine the first answer may be too late
        until("a live log", lambda: codes.append(probe.get("!watch")[0]) or codes[-1] == CLOSED or codes)
        check("a live log: codes", set(codes[:-1]) - {TIMEOUT}, set())


def restarted():
    """Killed: an error immediately. Started again: an answer, in the same program."""
    with larderd.Server("-m", "64", listen="tcp") as server:
        place = f"127.0.0.1:{server.port}"
        with Probe(place, "retry_ms=10", "retry_max_ms=20") as probe:
            check("before", probe.get()[0], MISS)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            check("killed", probe.get()[0], UNREACHABLE)    # after a broken connection a new one was tried
            server._launch()
            until("it answers again", lambda: (code := probe.get()[0]) == MISS or code, 30)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server._launch()
            check("a restart between two calls", probe.get()[0], MISS)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server._launch()
            check("a restart before storing many", probe.get("#100")[0], OK)
            check("all of them", n_items(server), 100)


def stopped():
    """Stopped and continued: timeouts, then answers, each to its own request."""
    with larderd.Server("-m", "64", listen="tcp") as server:
        with Probe(f"127.0.0.1:{server.port}", "retry_ms=10", "retry_max_ms=20", "timeout_ms=200") as probe:
            until("before", lambda: (code := probe.get()[0]) == MISS or code)    # a busy machine may be late
            server.process.send_signal(signal.SIGSTOP)
            os.waitpid(server.process.pid, os.WUNTRACED)
            check("stopped", probe.get()[0], TIMEOUT)
            server.process.send_signal(signal.SIGCONT)
            until("it answers again", lambda: (code := probe.get()[0]) == MISS or code, 30)


def stands_in():
    """One of three is dead: with failover the next server of the ring replaces it; without, its keys are missing."""
    with larderd.Server("-m", "64", listen="tcp") as a, larderd.Server("-m", "64", listen="tcp") as b:
        gone = free_port()
        places = f"127.0.0.1:{a.port},127.0.0.1:{b.port},127.0.0.1:{gone}"
        with Probe(places, "failover=on", "failures=1", "retry_ms=60000") as probe:
            codes = [probe.get(f"key{i}")[0] for i in range(60)]
            check("the failing get", codes.count(UNREACHABLE), 1)
            check("the others do not fail", codes.count(MISS), 59)
        with Probe(places, "failures=1", "retry_ms=60000") as probe:
            codes = [probe.get(f"key{i}")[0] for i in range(60)]
            check_that("without failover", codes.count(DEAD) >= 5 and codes.count(MISS) >= 20, codes)
        with Probe(places, "replicas=2", "failures=1", "retry_ms=60000") as probe:
            codes = [probe.get(f"key{i}")[0] for i in range(60)]
            check("with replicas no key is lost", codes.count(MISS), 60)
            check("with replicas a set succeeds", probe.get("#60")[0], OK)
        with Fake(lambda conn: None) as silent:
            places = f"127.0.0.1:{a.port},127.0.0.1:{b.port},{silent.place}"
            with Probe(places, "replicas=3", "timeout_ms=1000", "failures=1000") as probe:
                in_time("many stored, one is silent", lambda: probe.get("#60"), OK, 950, 20000)
        for each in (a, b):
            until("each has all", lambda each=each: n_items(each) == 60 or n_items(each))   # including the silent server


def main():
    if not PROBE:
        larderd.skip("LIBRARY_PROBE does not name the program")
    for trouble in (black_hole, no_accept, refused, slow, half_closed, cut, mad, endless, many_in_vain, not_in_meta, commands, restarted, stopped, stands_in):
        trouble()


if __name__ == "__main__":
    larderd.main(main)
