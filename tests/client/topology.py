"""topology: servers that are added and removed while a program runs, from a file, from DNS and from `config get cluster`.

topology_probe is the program; this file changes the servers around it.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
from compat import check, check_that, free_port, larderd, until  # noqa: E402
import secure  # noqa: E402
import troubles  # noqa: E402

PROBE = os.environ.get("TOPOLOGY_PROBE")
OK, MISS, TIMEOUT, UNREACHABLE, CLOSED, NO_SERVERS, PROTOCOL, BAD_ARGUMENT = 0, 1, 16, 17, 18, 20, 23, 25
PATIENT = troubles.PATIENT
SOON = ("refresh_ms=20", *PATIENT)
FAR = ("refresh_ms=86400000", *PATIENT)


class Probe:
    def __init__(self, servers, *options, hosts=None):
        command = [*os.environ.get("LIBRARY_PROBE_UNDER", "").split(), PROBE, servers, *options]
        environment = dict(os.environ, **({"TOPOLOGY_HOSTS": hosts} if hosts else {}))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self.first = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise larderd.Failure(f"the program ended with {self.process.wait()}")
        return line.rstrip(b"\n").decode()

    def ask(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.answer()

    def names(self):
        return self.ask("names").split()

    def code(self, line):
        return int(self.ask(line).split(" ")[0])

    def use(self):
        """A call that waits; the result is the list of servers after it."""
        self.ask("get key")
        return self.names()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        status = self.process.wait(60)
        if kind is None:
            check("the program's exit status", status, 0)


class Three:
    """Three servers and a folder."""

    def __enter__(self):
        self.servers = [larderd.Server("-m", "64", listen="tcp") for _ in range(3)]
        self.a, self.b, self.c = self.servers
        self.names = [place(s) for s in self.servers]
        self.folder = tempfile.mkdtemp(prefix="larder-topology-")
        return self

    def __exit__(self, kind, value, traceback):
        shutil.rmtree(self.folder)
        for server in self.servers:
            server.__exit__(kind, value, traceback)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path + ".new", "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.rename(path + ".new", path)
        return path


def place(server):
    return f"127.0.0.1:{server.port}"


def connections(server):
    """How many have been accepted since the start, without the test's own."""
    with server.connect() as conn:
        return int(conn.stats()["total_connections"]) - 1


def file():
    with Three() as t:
        a, b, c = t.names
        path = t.write("list", f"# ours\n{a}\n{b} # the second\n")
        with Probe("file+" + path, *SOON) as probe:
            check("at first", (probe.first, probe.names()), ("0 ", [a, b]))
            check("set", probe.code("set key value"), OK)
            probe.use()
            before = connections(t.a) + connections(t.b)
            t.write("list", f"{a},{b},{c}")
            until("the third is found", lambda: probe.use() == [a, b, c])
            t.write("list", f"{b}\n{a}")
            until("one removed, and another order", lambda: probe.use() == [b, a])
            for i in range(50):
                probe.ask(f"get key{i}")
            check_that("connections were kept", connections(t.a) + connections(t.b) <= before + 4, before)
            for broken in ("", "# nothing\n", f"{a} {b}:port", "\0", "x" * 300, "a," * 600000):
                t.write("list", broken)
                code, why = probe.ask("refresh").split(" ", 1)
                check_that(f"{broken[:30]!r}: an error", int(code) in (NO_SERVERS, BAD_ARGUMENT) and path in why, (code, why))
                check(f"{broken[:30]!r}: the old ones stay", probe.use(), [b, a])
            os.unlink(path)
            check("no file: an error", probe.code("refresh"), BAD_ARGUMENT)
            check("no file: the old servers stay", probe.use(), [b, a])
            t.write("list", c)
            until("a valid file again", lambda: probe.use() == [c])
            check("refresh", probe.ask("refresh"), "0 ")
            check("a plain list ends the watch", (probe.code(f"servers {a}"), t.write("list", b) and probe.use()), (OK, [a]))
            check("an invalid source changes nothing", (probe.code("servers file+/nowhere"), probe.use()), (BAD_ARGUMENT, [a]))
        with Probe("file+" + path, *FAR) as probe:
            t.write("list", f"{a},{c}")
            check("not before its time", probe.use(), [b])
            check("refresh", (probe.code("refresh"), probe.names()), (OK, [a, c]))


def names():
    """From DNS: the program's own resolver, whose names are in a file."""
    with Three() as t:
        hosts = t.write("hosts", "cache 127.0.0.3 127.0.0.1 127.0.0.3 ::1\nsix ::2 ::1\nnone\n")
        with Probe("dns+cache:1234", *SOON, hosts=hosts) as probe:
            check("sorted, once each, IPv4 alone", (probe.first, probe.names()), ("0 ", ["127.0.0.1:1234", "127.0.0.3:1234"]))
            t.write("hosts", "cache 127.0.0.1 127.0.0.2\n")
            until("another address", lambda: probe.use() == ["127.0.0.1:1234", "127.0.0.2:1234"])
            t.write("hosts", "cache\n")
            code, why = probe.ask("refresh").split(" ", 1)
            check_that("no address: an error", int(code) == UNREACHABLE and "cache" in why, why)
            check("the old servers stay", probe.use(), ["127.0.0.1:1234", "127.0.0.2:1234"])
            t.write("hosts", "cache 127.0.0.9\n")
            check("larder_service does not look names up", (probe.ask("service 100"), len(probe.names())), ("0", 2))
            check("refresh does", (probe.ask("refresh"), probe.names()), ("0 ", ["127.0.0.9:1234"]))
        t.write("hosts", "six ::2 ::1 ::2\n")
        with Probe("dns+six", *FAR, hosts=hosts) as probe:
            check("IPv6", probe.names(), ["[::1]:11211", "[::2]:11211"])
            for wrong in ("dns+", "dns+six:port", "dns+/path"):
                check(wrong, probe.code(f"servers {wrong}"), BAD_ARGUMENT)
        with Probe(f"dns+localhost:{t.a.port}", *FAR) as probe:
            check_that("the system's resolver", probe.first == "0 " and place(t.a) in probe.names(), probe.first)
            check("a server from its answer", probe.code("get key"), MISS)


def told(server, version, *nodes):
    value = f"{version}\n{' '.join(nodes)}\n"
    with server.connect() as conn:
        check("config set", conn.ask(f"config set cluster 0 {len(value)}\r\n{value}"), "STORED")


def node(name):
    return f"127.0.0.1||{name.rsplit(':', 1)[1]}"


def cluster():
    with Three() as t, larderd.Server("-m", "64", "-o", "cluster_set", listen="tcp") as first:
        a, b, c = t.names
        check("no list is known", Probe_once(f"cluster+{place(first)}"), (NO_SERVERS, []))
        for none in (b"ERROR", b"END"):
            check(f"a server that answers {none}", Probe_once(f"cluster+{fake_place(none + CRLF)}"), (NO_SERVERS, []))
        told(first, 5, node(a), node(b))
        for protocol in ("meta", "text", "binary"):
            with Probe(f"cluster+{place(first)}", f"protocol={protocol}", *SOON) as probe:
                check(f"{protocol}: at first", (probe.first, probe.names()), ("0 ", [a, b]))
                told(first, 6, node(a), node(c))
                until(f"{protocol}: a higher version", lambda: probe.use() == [a, c])
                told(first, 5, node(b))
                check(f"{protocol}: a lower one", (probe.code("refresh"), probe.names()), (OK, [a, c]))
                told(first, 6, node(b))
                check(f"{protocol}: the same", (probe.code("refresh"), probe.names()), (OK, [a, c]))
            told(first, 5, node(a), node(b))
        with Probe(f"cluster+{place(first)}", *SOON) as probe:
            told(first, 9, node(c))
            until("larder_service asks, too", lambda: probe.ask("service 50") and probe.names() == [c])
        with Probe(f"cluster+127.0.0.1:{free_port()},{place(first)}", *FAR) as probe:
            check("the first candidate is dead", (probe.first, probe.names()), ("0 ", [c]))
        for wrong in ("cluster+", "cluster+host:port"):
            check(wrong, Probe_once(wrong), (BAD_ARGUMENT, []))


CRLF = b"\r\n"
FAKES = []


def fake_place(answer):
    """A server that answers every line with `answer`."""
    def serve(conn):
        while True:
            troubles.read_line(conn)
            conn.sendall(answer)
    fake = troubles.Fake(serve).__enter__()
    FAKES.append(fake)
    return fake.place


def Probe_once(servers, *options):
    with Probe(servers, *options, *FAR) as probe:
        return int(probe.first.split(" ")[0]), probe.names()


def mad_cluster():
    """Invalid lists from a server: an error, and the old servers stay."""
    def answer(value):
        return b"CONFIG cluster 0 %d\r\n%s\r\nEND\r\n" % (len(value), value)
    for value in (b"", b"12", b"12\n", b"x\na||1", b"1\na", b"1\na|b", b"1\na||0", b"1\na||65536", b"1\n/etc/x||1", b"1\na=b||1",
                  b"1\na,b||1", b"1\n||1", b"1\nunix:/x||1\n", b"1\n" + b"h" * 300 + b"||1", b"99999999999999999999\na||1"):
        code, names_there = Probe_once(f"cluster+{fake_place(answer(value))}")
        check_that(f"{value[:40]!r}", code in (PROTOCOL, NO_SERVERS) and names_there == [], (code, names_there))
    for whole in (b"END\r\n", b"STORED\r\n", b"VALUE cluster 0 3\r\nabc\r\nEND\r\n", b"\x81\r\n", b"CONFIG cluster 0 x\r\n",
                  b"CONFIG cluster 0 999999999999\r\n", b"CLIENT_ERROR unauthenticated\r\n"):
        code, names_there = Probe_once(f"cluster+{fake_place(whole)}")
        check_that(f"{whole[:40]!r}", code != OK and names_there == [], (code, names_there))
    code, names_there = Probe_once(f"cluster+{fake_place(answer(b'7' + CRLF + b'host||1 |::1|2'))}")
    check("CRLF, an address alone", (code, names_there), (OK, ["host:1", "[::1]:2"]))


def candidates():
    """Which servers to ask when the first has died: those that it has listed; and a dead server triggers a query."""
    with Three() as t, larderd.Server("-o", "cluster_set", listen="tcp") as b:
        with larderd.Server("-o", "cluster_set", listen="tcp") as first:
            gone = f"127.0.0.1:{free_port()}"
            for server in (first, b):
                told(server, 1, node(gone), node(place(b)))
            with Probe(f"cluster+{place(first)}", *FAR, "failures=1") as probe:
                check("at first", probe.names(), [gone, place(b)])
                first.halt()
                told(b, 2, node(place(b)), node(t.names[2]))
                # the next query is due in a day, but one server cannot be reached
                until("after a failure", lambda: [probe.ask(f"get key{i}") for i in range(20)] and
                      probe.names() == [place(b), t.names[2]])
            first.resume()


def logins_and_tls():
    """The connection that asks for the list logs in, and speaks TLS, as the others do."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "users")
        with open(path, "w", encoding="ascii") as f:
            f.write("name:secret word\n")
        os.chmod(path, 0o600)
        with larderd.Server("-Y", path, "--cluster=127.0.0.1:1", listen="tcp") as server:
            who = ("username=name", "password=secret word")
            check("login", Probe_once(f"cluster+{place(server)}", *who), (OK, ["127.0.0.1:1"]))
            check_that("no login", Probe_once(f"cluster+{place(server)}")[0] != OK, "")
    with secure.Certificates() as certs, secure.Server(certs, "--cluster=127.0.0.1:1") as server:
        options = ("tls=on", f"tls_ca={certs.path('ca.pem')}", "tls_name=server")
        check("TLS", Probe_once(f"cluster+127.0.0.1:{server.address[1]}", *options), (OK, ["127.0.0.1:1"]))


def serve(probe, ms, counts):
    """Returns how many requests are outstanding after that; `counts` has how often each code was returned."""
    *codes, left = probe.ask(f"service {ms}").split()
    for word in codes:
        code, n = map(int, word.split(":"))
        counts[code] = counts.get(code, 0) + n
    return int(left)


def in_flight():
    """Requests to a removed server end as larder.h says, those to a kept one are answered; a callback may send another request."""
    hold = socket.create_server(("127.0.0.1", 0))
    hole = "127.0.0.1:%d" % hold.getsockname()[1]
    with Three() as t:
        a = t.names[0]
        path = t.write("list", f"{a} {hole}")
        with Probe("file+" + path, *FAR) as probe:
            taken = int(probe.ask("submit 2000"))
            check("accepted", taken, 2000)
            counts = {}
            serve(probe, 300, counts)
            t.write("list", a)
            check("the change", probe.code("refresh"), OK)
            until("none is left", lambda: (left := serve(probe, 50, counts)) == 0 or left)
            closed = counts.get(CLOSED, 0)
            check_that("some were for the removed server", 100 < closed < 1900, counts)
            check("each had its callback, and asked again", counts, {MISS: 2000, CLOSED: closed})
    hold.close()


def pool():
    with Three() as t:
        a, b, c = t.names
        path = t.write("list", f"{c},{a}")
        with Probe(a, *SOON) as probe:
            check("many threads", probe.ask(f"pool 6 {a},{b},{c} file+{path}"), "good")


def main():
    if not PROBE:
        larderd.skip("TOPOLOGY_PROBE does not name the program")
    try:
        for scenario in (file, names, cluster, mad_cluster, candidates, logins_and_tls, in_flight, pool):
            scenario()
    finally:
        for fake in FAKES:
            fake.__exit__()


if __name__ == "__main__":
    larderd.main(main)
