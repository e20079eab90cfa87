"""larderd: starts, talks to and stops the server under test.

Every Python test of this tree gets its server here.  LARDERD names the binary,
LARDERD_ARGS has more options for it.  With LARDERD_TLS they include -Z, and
connections are TCP and encrypted.
A server listens on a Unix socket in its own folder, or on a free port
of the loopback; it is up when a connection to it succeeds.  stop() sends
SIGTERM and then requires: exit status 0, and nothing on stderr that a
sanitizer or a failed assertion would have written.

No function sleeps where it can wait for an event.
"""

import ctypes
import os
import random
import re
import select
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

SKIPPED = 77            # what automake reads as "skipped"
START_S = 30            # a server under a sanitizer, on a busy machine
STOP_S = 20
REPLY_S = float(os.environ.get("LARDER_REPLY_SECONDS", "30"))      # no reply takes as long, but this machine may

OVER_TLS = None
if os.environ.get("LARDERD_TLS"):
    OVER_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    OVER_TLS.check_hostname = False
    OVER_TLS.verify_mode = ssl.CERT_NONE

TROUBLE = re.compile(rb"Sanitizer|runtime error:|larder: assertion failed|Assertion .* failed")

# Options for tests that fill the memory with equal values, or with those that compress.
AS_STORED = ("--compression=off", "--share=off")


class Failure(Exception):
    """The server did something wrong.  The text is for the reader of the test's log."""


class Closed(Exception):
    """The server closed the connection.  args[0] is what was received before."""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def binary():
    """The server under test; exits if there is none."""
    path = os.environ.get("LARDERD")
    if not path:
        skip("LARDERD does not name a server")
    if not os.access(path, os.X_OK):
        print(f"LARDERD={path} cannot be executed")
        sys.exit(1)
    return os.path.abspath(path)


def wait_for_text(path, needle, after=0):
    """Waits until a growing file has `needle` after its first `after` bytes; returns the end of the needle."""
    libc = ctypes.CDLL(None)
    with os.fdopen(libc.inotify_init1(os.O_CLOEXEC), "rb", 0) as news:
        libc.inotify_add_watch(news.fileno(), path.encode(), 2)     # IN_MODIFY
        while True:
            with open(path, "rb") as f:
                text = f.read()
            at = text.find(needle.encode(), after)
            if at >= 0:
                return at + len(needle.encode())
            if not select.select([news], [], [], REPLY_S)[0]:
                raise Failure(f"{path} does not contain {needle!r}, but:\n{text.decode(errors='replace')}")
            news.read(4096)


reserved = []       # sockets that keep other tests away from this process's ports


def free_port():
    """A port that is free for TCP and UDP, and reserved for this process while it lives.

    It is not an ephemeral port, which the kernel could give to another process
    before a server starts or restarts.  Other tests reserve ports by the same abstract name.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        first_dealt = int(f.read().split()[0])
    for port in random.SystemRandom().sample(range(12000, max(first_dealt, 20000)), 1000):
        ours = socket.socket(socket.AF_UNIX)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                ours.bind(f"\0larder-test-port-{port}")
                tcp.bind(("", port))
                udp.bind(("", port))
                reserved.append(ours)
                return port
            except OSError:
                ours.close()
    raise Failure("no free port")


class Server:
    """A running server.  `listen` is "unix" or "tcp"; a context manager that stops it.

    With `address`, the arguments contain where it listens, and it is reached there.
    Other arguments are passed to subprocess.Popen.
    """

    def __init__(self, *args, listen="unix", exe=None, nofile=None, address=None, **popen):
        self.exe = exe or binary()
        listen = "tcp" if OVER_TLS else listen
        self.listen = listen if address is None else "unix" if isinstance(address, str) else "tcp"
        self.given = address
        self.popen = popen
        self.dir = tempfile.mkdtemp(prefix="larder-test-")
        self.process = None
        self.told = False
        self._start(args, nofile)

    def _start(self, args, nofile):
        command = [self.exe, *args, *shlex.split(os.environ.get("LARDERD_ARGS", ""))]
        if os.geteuid() == 0 and "-u" not in args:
            command += ["-u", "root"]
        if self.given is not None:
            self.address = self.given
        elif self.listen == "unix":
            self.path = os.path.join(self.dir, "socket")
            command += ["-s", self.path]
            self.address = self.path
        else:
            self.port = free_port()
            command += ["-l", "127.0.0.1", "-p", str(self.port)]
            self.address = ("127.0.0.1", self.port)
        limit = None
        if nofile:
            import resource
            def limit():
                resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))
        self.command = command
        self._launch(limit)

    def _launch(self, limit=None):
        """Runs the command until it listens."""
        with open(os.path.join(self.dir, "stderr"), "wb") as err:
            usual = {"stdin": subprocess.DEVNULL, "stdout": err, "stderr": err, "preexec_fn": limit}
            self.process = subprocess.Popen(self.command, **(usual | self.popen))
        deadline = time.monotonic() + START_S
        while True:
            try:
                with self._socket() as probe:
                    probe.shutdown(socket.SHUT_WR)
                    while probe.recv(64):   # until the server has closed its end, too
                        pass
                return
            except OSError:
                pass
            if self.process.poll() is not None:
                self._give_up(f"exited with {self.process.returncode} before it listened")
            if time.monotonic() > deadline:
                self._give_up(f"does not listen after {START_S} s")
            time.sleep(0.002)

    def _give_up(self, why):
        text = self.stderr().decode(errors="replace")
        self.kill()
        raise Failure(f"{' '.join(self.command)}: {why}\n{text}")

    def _socket(self):
        s = socket.socket(socket.AF_UNIX if self.listen == "unix" else socket.AF_INET)
        try:
            s.settimeout(REPLY_S)
            s.connect(self.address)
            if self.listen != "unix":
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            s.close()
            raise
        return s

    def connect(self):
        s = self._socket()
        return Conn(OVER_TLS.wrap_socket(s) if OVER_TLS else s)

    def stderr(self):
        try:
            with open(os.path.join(self.dir, "stderr"), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def wait_log(self, needle, after=0):
        """Waits until stderr has `needle` after its first `after` bytes; returns the end of the needle."""
        return wait_for_text(os.path.join(self.dir, "stderr"), needle, after)

    def whole_log(self):
        """Standard error with all lines logged so far: SIGHUP's line comes after them.  Needs -v."""
        before = len(self.stderr())
        self.process.send_signal(signal.SIGHUP)
        return self.stderr()[:self.wait_log("info: reload: done", before)]

    def rss_kib(self):
        """Resident memory now, from /proc."""
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+) kB", f.read())[1])

    def alive(self):
        return self.process.poll() is None

    def terminate(self):
        """Sends SIGTERM, once: a second one would stop it immediately.  stop() checks how it ended."""
        if self.alive() and not self.told:
            self.told = True
            self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends it and raises Failure unless its status is 0."""
        self.terminate()
        self.finish()

    def finish(self):
        """Waits for it to end, and raises Failure unless its status is 0."""
        self._reap()
        self.kill()

    def halt(self):
        """Ends it, and keeps its address for resume()."""
        self.terminate()
        self._reap()

    def resume(self):
        """Starts another, empty, on the address of a halted one."""
        self.told = False
        self._launch()

    def restart(self):
        self.halt()
        self.resume()

    def _reap(self):
        try:
            status = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._give_up(f"still runs {STOP_S} s after SIGTERM")
        text = self.stderr()
        if status != 0 or TROUBLE.search(text):
            self.kill()
            raise Failure(f"{' '.join(self.command)}: exit status {status}\n{text.decode(errors='replace')}")

    def kill(self):
        if self.process and self.alive():
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            self.stop()
        else:
            text = self.stderr().decode(errors="replace")
            if text:
                print(f"--- stderr of {self.exe}\n{text}---", file=sys.stderr)
            self.kill()


class Conn:
    """A client's connection: sends without ever blocking on its own replies, reads exactly."""

    def __init__(self, s):
        self.sock = s
        self.sock.setblocking(False)
        self.buffer = bytearray()
        self.eof = False

    def _receive(self):
        """One non-blocking read.  False if there was nothing."""
        try:
            got = self.sock.recv(1 << 18)
            while OVER_TLS and self.sock.pending():     # select does not see bytes that TLS has buffered
                got += self.sock.recv(self.sock.pending())
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            return False
        except OSError:
            got = b""   # reset: the server closed with unread requests
        if got:
            self.buffer += got
        else:
            self.eof = True
        return True

    def send(self, data):
        """Sends all; replies that arrive during this are kept.  The reader notices a closed connection."""
        view = memoryview(data)
        deadline = time.monotonic() + REPLY_S
        while view:
            want_read = [] if self.eof else [self.sock]
            readable, writable, _ = select.select(want_read, [self.sock], [], REPLY_S)
            if readable:
                self._receive()
            if writable:
                try:
                    n = self.sock.send(view)
                except (BlockingIOError, InterruptedError, ssl.SSLWantWriteError):
                    n = 0
                except OSError:
                    return
                if n:
                    view = view[n:]
                    deadline = time.monotonic() + REPLY_S
            if time.monotonic() > deadline:
                raise Failure(f"the server reads no more ({len(view)} of {len(data)} bytes left)")

    def fill(self, seconds=None):
        """Waits for more bytes.  Raises Closed at the end of the stream, Failure if none arrive."""
        if self.eof:
            raise Closed(bytes(self.buffer))
        readable, _, _ = select.select([self.sock], [], [], REPLY_S if seconds is None else seconds)
        if not readable:
            raise Failure("no reply")
        self._receive()

    def read(self, n):
        while len(self.buffer) < n:
            self.fill()
        data = bytes(self.buffer[:n])
        del self.buffer[:n]
        return data

    def read_until(self, end):
        """Reads up to and including the first `end`."""
        scanned = 0
        while True:
            at = self.buffer.find(end, scanned)
            if at >= 0:
                return self.read(at + len(end))
            scanned = max(0, len(self.buffer) - len(end) + 1)
            self.fill()

    def ask(self, line):
        """Sends one line and returns the one line of its reply, both without line ends."""
        self.send(line.encode() + b"\r\n")
        return self.read_until(b"\r\n")[:-2].decode()

    def stats(self, group=""):
        """STAT lines as a dict, in the order of the reply."""
        self.send(f"stats {group}".strip().encode() + b"\r\n")
        found = {}
        while True:
            line = self.read_until(b"\r\n")[:-2].decode()
            if line == "END":
                return found
            word = line.split(" ", 2)
            if word[0] != "STAT" or len(word) < 2:
                raise Failure(f"stats {group}: {line!r}")
            found[word[1]] = word[2] if len(word) > 2 else ""

    def wait_closed(self):
        """Reads to the end of the stream; returns what was received before it."""
        while not self.eof:
            self.fill()
        data = bytes(self.buffer)
        self.buffer.clear()
        return data

    def shut(self):
        """Ends the sending side.  TLS's close_notify is left out, as most clients do."""
        socket.socket.shutdown(self.sock, socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def main(test):
    """Runs `test()`; a Failure becomes its place, a readable message and exit status 1."""
    try:
        test()
    except Failure as e:
        traceback.print_tb(e.__traceback__, file=sys.stdout)
        print(f"FAIL: {e}")
        sys.exit(1)
    except Closed as e:
        print(f"FAIL: the server closed the connection after {bytes(e.args[0][:200])!r}")
        raise
