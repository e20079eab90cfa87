"""bench: what the tests of larder-bench share: running it, and servers for it to load."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402
from checks import SANITIZED, check, check_that, free_port, until  # noqa: E402,F401
from larderd import Failure  # noqa: E402,F401

FINISHES_S = 60


def binary():
    path = os.environ.get("LARDER_BENCH")
    if not path:
        larderd.skip("LARDER_BENCH does not name the program")
    return os.path.abspath(path)


class Done:
    """The result of a run of larder-bench: its exit status, what it printed, and its JSON."""

    def __init__(self, status, out, err, report):
        self.status, self.out, self.err, self.report = status, out, err, report
        self.all = report.get("ALL STATS", {}) if report else {}

    def row(self, name="Totals"):
        return self.all[name]


def started(*args):
    return subprocess.Popen([binary(), *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def run(*args, status=0, before=(), server=None):
    """Runs it to its end, with `before` before all other options; on `server` if given.  `status` None: any status."""
    if server is not None:
        args = ("-s", "127.0.0.1", "-p", server.port, *args)
    with tempfile.TemporaryDirectory(prefix="larder-test-") as folder:
        path = os.path.join(folder, "report.json")
        p = started(*before, "--json-out-file", path, *args)
        try:
            out, err = p.communicate(timeout=FINISHES_S)
        except subprocess.TimeoutExpired:
            p.kill()
            out, err = p.communicate()
            raise Failure(f"{args} does not end\n{out}\n{err}") from None
        if status is not None and p.returncode != status or larderd.TROUBLE.search((out + err).encode()):
            raise Failure(f"larder-bench {' '.join(map(str, args))}: exit status {p.returncode}\n{out}\n{err}")
        try:
            with open(path, encoding="utf-8") as f:
                report = json.load(f)
        except (FileNotFoundError, ValueError):     # it ended before it wrote the file
            if status == 0:
                raise
            report = None
        return Done(p.returncode, out, err, report)


def check_close(what, counted, wanted):
    """The counters of a server's threads lag a little behind: a reader may see fewer than happened, but never more."""
    check_that(f"{what}: {wanted}", wanted * 0.95 <= counted <= wanted, counted)


class Peer:
    """Another server that is installed here; peer() returns None if it is not."""

    def __init__(self, name, command, protocol):
        self.name, self.protocol = name, protocol
        self.port = free_port()
        self.process = subprocess.Popen([name + "-server" if name == "redis" else command[0],
                                         *(w.replace("PORT", str(self.port)) for w in command[1:])], executable=command[0],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(f"{name} listens", self._listens)

    def _listens(self):
        import socket
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError as e:
            return str(e)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def memcached(*args):
    path = shutil.which("memcached")
    user = ["-u", "root"] if os.geteuid() == 0 else []
    return path and Peer("memcached", [path, "-l", "127.0.0.1", "-p", "PORT", "-U", "0", *user, *args], "memcache_text")


def redis(*args):
    # In Debian's redis-tools the server has another name; Debian's package of the server would start it.
    path = shutil.which("redis-server") or shutil.which("valkey-server") or shutil.which("redis-check-rdb")
    return path and Peer("redis", [path, "--port", "PORT", "--bind", "127.0.0.1", "--save", "", *args], "redis")


def redis_stat(port, name):
    """A field of Redis's INFO."""
    import socket
    with socket.create_connection(("127.0.0.1", port), larderd.REPLY_S) as s:
        s.sendall(b"INFO\r\n")
        got = b""
        while not re.match(rb"\$(\d+)\r\n", got) or len(got) < int(re.match(rb"\$(\d+)\r\n", got)[1]):
            got += s.recv(65536)
    return int(re.search(rb"%s:(\d+)" % name.encode(), got)[1])


def now():
    return time.monotonic()
