#!/usr/bin/python3
"""storms: how badly behaved clients delay a well-behaved one.

    LARDERD=./larderd python3 bench/storms/storms.py [SECONDS]       10 seconds for each row

PEER=path of a memcached: measure it, too, in the rows that it supports.  Loopback only.  The server has two threads and 64 MB, which
are full.  A client that has logged in sends gets and sets, each after the previous reply; its latencies
are printed for an idle server, for each storm alone, and for all together, with the share of the cache's items that is left.

uploads    400 connections that each announce 900,000 bytes, send 1000 of them, and start again a quarter of a second
           after they are refused, so that the storm's own work does not take the processors that it shares with the server
logins     10 connections with 100 wrong passwords a second together, against a file with scrypt hashes (larderd only)
unread     200 connections that each ask for 10,000 keys of 1 KB and read nothing
log        -vv into a pipe that is read slowly
"""

import multiprocessing
import os
import select
import socket
import subprocess
import sys
import tempfile
import time

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
N_ITEMS, SIZE = 50_000, 1000
NAME, PASSWORD = b"app", b"secret"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Conn:
    def __init__(self, server, log_in=True):
        self.sock = socket.create_connection(("127.0.0.1", server.port), 60)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        if log_in and server.users:
            self.ask(login(NAME, PASSWORD), b"STORED\r\n")

    def until(self, end):
        while end not in self.buffer:
            got = self.sock.recv(1 << 18)
            if not got:
                raise ConnectionError("the server closed the connection")
            self.buffer += got
        at = self.buffer.index(end) + len(end)
        said, self.buffer = self.buffer[:at], self.buffer[at:]
        return said

    def ask(self, line, wanted=None):
        self.sock.sendall(line)
        said = self.until(b"\r\n" if wanted is None else wanted[-2:])
        if wanted is not None and said != wanted:
            raise ConnectionError(f"{line[:40]!r} was answered {said[:80]!r}")
        return said

    def items(self):
        self.sock.sendall(b"stats\r\n")
        return int(self.until(b"END\r\n").split(b"STAT curr_items ")[1].split()[0])


def login(name, password):
    body = name + b" " + password
    return b"set x 0 0 %d\r\n%s\r\n" % (len(body), body)


class Server:
    """A server that is full; with `log`, -vv into a pipe that is read slowly."""

    def __init__(self, exe, users, log):
        self.port, self.users = free_port(), users
        args = [exe, "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", "-m", "64", "-t", "2", "-c", "2000"]
        args += ["-u", "root"] if os.geteuid() == 0 else []
        args += ["-Y", users] if users else []
        args += ["-vv"] if log else []
        self.err = None
        read, write = os.pipe() if log else (None, os.open(os.devnull, os.O_WRONLY))
        self.process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=write)
        os.close(write)
        self.err = read
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"{exe} ended with {self.process.returncode}")
                time.sleep(0.02)
        self.fill()

    def fill(self):
        c = Conn(self)
        for first in range(0, N_ITEMS, 100):
            c.sock.sendall(b"".join(b"set k%d 0 0 %d noreply\r\n%s\r\n" % (i, SIZE, b"x" * SIZE)
                                    for i in range(first, first + 100)) + b"version\r\n")
            c.until(b"\r\n")
            self.read_log()
        c.sock.close()

    def read_log(self):
        """A slow reader: at most 4 KiB of what is in the pipe."""
        if self.err is not None and select.select([self.err], [], [], 0)[0]:
            os.read(self.err, 4096)

    def stop(self):
        self.process.terminate()
        while self.process.poll() is None:
            self.read_log()
            time.sleep(0.01)


class Storm(multiprocessing.Process):
    """A separate process, so that the measuring client does not wait for this interpreter's lock."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.over = server, multiprocessing.Event()

    def run(self):
        try:
            self.blow()
        except OSError as e:
            print(f"{type(self).__name__} ended: {e}", file=sys.stderr)


class Uploads(Storm):
    def blow(self):
        def begin(c, i):
            c.sock.sendall(b"set up%d 0 0 900000\r\n" % i + b"y" * 1000)
        conns = [Conn(self.server) for _ in range(400)]
        for i, c in enumerate(conns):
            begin(c, i)
        while not self.over.wait(0.25):
            for c in select.select([c.sock for c in conns], [], [], 0)[0]:
                i = next(i for i, d in enumerate(conns) if d.sock is c)
                conns[i].sock.close()       # once refused, it would still have to send all that it announced: close instead
                conns[i] = Conn(self.server)
                begin(conns[i], i)


class Logins(Storm):
    def blow(self):
        conns = [Conn(self.server, log_in=False) for _ in range(10)]
        asked = [0] * 10
        n = 0
        while not self.over.wait(0.01):
            i = n % 10
            n += 1
            conns[i].sock.sendall(login(NAME, b"wrong%d" % n))
            asked[i] += 1
            if asked[i] == 8:       # the last attempt that a connection has
                conns[i].sock.close()
                conns[i], asked[i] = Conn(self.server, log_in=False), 0


class Unread(Storm):
    def blow(self):
        conns = [Conn(self.server) for _ in range(200)]
        wanted = b"".join(b"get " + b" ".join(b"k%d" % (first + i) for i in range(100)) + b"\r\n" for first in range(0, 10_000, 100))
        for c in conns:
            c.sock.setblocking(False)
            try:
                c.sock.send(wanted)
            except BlockingIOError:
                pass
        self.over.wait()


class Log(Storm):
    def blow(self):
        while not self.over.wait(0.1):
            self.server.read_log()


def measure(c, seconds):
    """Latencies of the well-behaved client, in ms, sorted: three gets and a set, one after the other."""
    found, n, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        n += 1
        before = time.monotonic()
        if n % 4:
            c.sock.sendall(b"get honest\r\n")
            c.until(b"END\r\n")
        else:
            c.ask(b"set honest 0 0 100\r\n" + b"z" * 100 + b"\r\n", b"STORED\r\n")
        found.append((time.monotonic() - before) * 1e3)
        time.sleep(0.0005)
    return sorted(found)


def row(exe, name, storms, users):
    server = Server(exe, users, Log in storms)
    c = Conn(server)
    try:
        quiet = measure(c, SECONDS / 2)
        before = c.items()
        blowing = [kind(server) for kind in storms]
        for s in blowing:
            s.start()
        time.sleep(1.0)
        during = measure(c, SECONDS)
        left = c.items() / before
        for s in blowing:
            s.over.set()
        for s in blowing:
            s.join()
    finally:
        server.stop()
    p99 = [lat[len(lat) * 99 // 100] for lat in (quiet, during)]
    print(f"{os.path.basename(exe):12} {name:10} quiet p50 {quiet[len(quiet) // 2]:6.3f} p99 {p99[0]:6.3f}   during p50 "
          f"{during[len(during) // 2]:6.3f} p99 {p99[1]:7.3f} max {during[-1]:8.3f} ms   p99 ratio {p99[1] / p99[0]:5.1f}   "
          f"items left {100 * left:5.1f} %", flush=True)


def users_file(exe):
    hashed = subprocess.run([exe, "--hash-password"], input=PASSWORD + b"\n", stdout=subprocess.PIPE, check=True).stdout
    with tempfile.NamedTemporaryFile(delete=False) as f:
        f.write(NAME + b":" + hashed.strip() + b"\n")
    os.chmod(f.name, 0o644)
    return f.name


def main():
    exe = os.environ.get("LARDERD") or sys.exit("LARDERD does not name a server")
    users = users_file(exe)
    try:
        for name, storms in (("nothing", []), ("uploads", [Uploads]), ("logins", [Logins]), ("unread", [Unread]), ("log", [Log]),
                             ("all", [Uploads, Logins, Unread, Log])):
            row(exe, name, storms, users)
        peer = os.environ.get("PEER")
        for name, storms in (("nothing", []), ("uploads", [Uploads]), ("unread", [Unread])):
            if peer:    # the log is left out: memcached 1.6.45 stops answering when its pipe is full
                row(peer, name, storms, None)
    finally:
        os.unlink(users)


main()
