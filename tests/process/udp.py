#!/usr/bin/python3
"""udp: requests and replies in datagrams; invalid requests are dropped, and no reply is much larger than its request."""

import os
import socket
import struct
import tempfile

import process
from process import Failure, check, check_that, free_port, larderd, refused

PAYLOAD = 1392
REPLY_MAX = 64 << 10
TOO_LARGE = b"SERVER_ERROR reply too large for UDP\r\n"


class Client:
    """Sends requests in datagrams."""

    def __init__(self, port, host="127.0.0.1", source=None):
        self.sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        if source:
            self.sock.bind(source)
        self.sock.connect((host, port))
        self.sock.settimeout(larderd.REPLY_S)
        self.id = 0xfe00

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, request, sequence=0, total=1, reserved=0):
        self.id = (self.id + 1) & 0xffff
        self.sock.send(struct.pack(">HHHH", self.id, sequence, total, reserved) + request)

    def reply(self):
        """All datagrams of one reply, joined."""
        parts, wanted = {}, None
        while wanted is None or len(parts) < wanted:
            data = self.sock.recv(70000)
            number, sequence, total, reserved = struct.unpack(">HHHH", data[:8])
            check("reserved", reserved, 0)
            check("request id", number, self.id)
            check_that("sequence", sequence < total and sequence not in parts, (sequence, total))
            check_that("size of a datagram", 8 < len(data) <= 1400, len(data))
            check("total", total, wanted or total)
            parts[sequence], wanted = data[8:], total
        for i in range(wanted - 1):
            check("all but the last are full", len(parts[i]), PAYLOAD)
        return b"".join(parts[i] for i in range(wanted))

    def ask(self, request, **head):
        self.send(request, **head)
        return self.reply()

    def silence(self, request, **head):
        """No reply: the next datagram is the answer to a later request."""
        self.send(request, **head)
        self.alive()

    def alive(self):
        check("version", self.ask(b"version\r\n").split()[0], b"VERSION")


def server(*args):
    tcp, udp = free_port(), free_port()
    s = larderd.Server("-l", "127.0.0.1", "-p", str(tcp), "-U", str(udp), *args, address=("127.0.0.1", tcp))
    s.udp = udp
    return s


def counters(s):
    with s.connect() as c:
        return {k: int(v) for k, v in c.stats("larder").items() if k.startswith("worker_udp")}


def text():
    with server() as s, Client(s.udp) as u:
        check("set", u.ask(b"set k 5 0 3\r\nabc\r\n"), b"STORED\r\n")
        check("get", u.ask(b"get k\r\n"), b"VALUE k 5 3\r\nabc\r\nEND\r\n")
        check("a line may end without CR", u.ask(b"get k\n"), b"VALUE k 5 3\r\nabc\r\nEND\r\n")
        check("miss", u.ask(b"get none\r\n"), b"END\r\n")
        check("meta", u.ask(b"mg k v\r\n"), b"VA 3\r\nabc\r\n")
        check("several requests", u.ask(b"get none\r\nincr k 1\r\nmn\r\n"),
              b"END\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\nMN\r\n")
        check("unknown", u.ask(b"gopher\r\n"), b"ERROR\r\n")
        u.silence(u.ask(b"gopher\r\n"))     # an ERROR gets no answer, or two servers would answer each other for ever
        u.silence(b"set q 0 0 1 noreply\r\n1\r\n")
        check("it was run", u.ask(b"get q\r\n"), b"VALUE q 0 1\r\n1\r\nEND\r\n")
        u.silence(b"quit\r\n")
        check("commands before quit", u.ask(b"get q\r\nquit\r\nget q\r\n"), b"VALUE q 0 1\r\n1\r\nEND\r\n")
        check_that("stats", u.ask(b"stats\r\n").endswith(b"\r\nEND\r\n"))
        with s.connect() as c:
            stats = c.stats("conns")
            udp = [k.split(":")[0] for k, v in stats.items() if v == f"udp:127.0.0.1:{s.udp}"]
            check("a socket for each worker", len(udp), 4)
            for fd in udp:
                check("lines", (stats[fd + ":UDP"], stats[fd + ":state"]), ("UDP", "conn_read"))
            check("tcp", c.stats("settings")["udpport"], str(s.udp))


def long_replies():
    """Any number of datagrams, up to the bound."""
    with server("-t", "2") as s, Client(s.udp) as u, s.connect() as c:
        for n in (1, PAYLOAD - 20, PAYLOAD, 8000, 9000, 20000, 60000):
            value = bytes(i * 7 % 251 for i in range(n))
            c.send(b"set big 0 0 %d\r\n%s\r\n" % (n, value))
            check("set", c.read_until(b"\r\n"), b"STORED\r\n")
            check(f"{n} bytes", u.ask(b"get big\r\n"), b"VALUE big 0 %d\r\n%s\r\nEND\r\n" % (n, value))
        c.send(b"set one 0 0 100\r\n" + b"x" * 100 + b"\r\n")
        check("set", c.read_until(b"\r\n"), b"STORED\r\n")
        block = b"VALUE one 0 100\r\n" + b"x" * 100 + b"\r\n"
        check("more requests than -R", u.ask(b"get one\r\n" * 400), (block + b"END\r\n") * 400)
        check("a long get", u.ask(b"get " + b"one " * 450 + b"\r\n"), block * 450 + b"END\r\n")
        check("a long get with a bad key", u.ask(b"get " + b"one " * 2000 + b"k" * 251 + b"\r\n"),
              b"CLIENT_ERROR bad command line format\r\n")
        u.silence(b"get " + b"one " * 1000)     # a request never continues in another datagram


def too_large():
    """A reply over the bound becomes an error in the request's protocol."""
    with server("-I", "4m") as s, Client(s.udp) as u, s.connect() as c:
        for n in (REPLY_MAX, 200_000, 3_000_000):
            c.send(b"set big 0 0 %d\r\n%s\r\n" % (n, b"x" * n))
            check("set", c.read_until(b"\r\n"), b"STORED\r\n")
            check(f"{n} bytes", u.ask(b"get big\r\n"), TOO_LARGE)
            u.alive()
        c.send(b"set one 0 0 1000\r\n" + b"x" * 1000 + b"\r\n")
        check("set", c.read_until(b"\r\n"), b"STORED\r\n")
        check("a get of many keys", u.ask(b"get " + b"one " * 300 + b"\r\n"), TOO_LARGE)
        check("many gets", u.ask(b"get one\r\n" * 3000), TOO_LARGE)
        key = b"big"
        packet = struct.pack(">BBHBBHIIQ", 0x80, 0, len(key), 0, 0, 0, len(key), 77, 0) + key
        reply = u.ask(packet)
        check("binary: magic, opcode", reply[:2], b"\x81\x00")
        check("binary: status", struct.unpack(">H", reply[6:8])[0], 3)
        check("binary: opaque", struct.unpack(">I", reply[12:16])[0], 77)
        check("counted", counters(s)["worker_udp_too_large"], 6)
        check("a dump", u.ask(b"lru_crawler metadump all\r\n"), TOO_LARGE)
        u.alive()


def outside_address():
    """An address of this machine that is not its loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found = probe.getsockname()[0]
        except OSError:
            return None
    return None if found.startswith(("127.", "0.")) else found


def amplification():
    """Beyond the loopback a reply is at most the factor times the request, both with their frame headers."""
    host = outside_address()
    if host is None:
        print("only a loopback here: the factor is not tested")
        return
    tcp, udp = free_port(), free_port()
    listen = f"127.0.0.1:{tcp}"
    for factor in (1, 2, 10, 50):
        with larderd.Server("-l", listen, "-l", host, "-p", str(udp), "-U", str(udp), "-o", f"udp_reply_factor={factor}",
                            address=("127.0.0.1", tcp)) as s, s.connect() as c, Client(udp, host) as u:
            request = b"get value\r\n"
            most = factor * (8 + len(request))
            frame = len(b"VALUE value 0 100\r\n\r\nEND\r\n") + 8
            fits = most - frame     # the largest value of three digits whose reply is within the bound
            sizes = [(1200, False)] + ([(fits, True), (fits + 1, False)] if 100 <= fits < 999 else [])
            for n, good in sizes:
                value = b"x" * n
                c.send(b"set value 0 0 %d\r\n%s\r\n" % (n, value))
                check("set", c.read_until(b"\r\n"), b"STORED\r\n")
                wanted = b"VALUE value 0 %d\r\n%s\r\nEND\r\n" % (n, value)
                if good:
                    check("exactly the bound", len(wanted) + 8, most)
                    check(f"{n} bytes at factor {factor}", u.ask(request), wanted)
                elif len(TOO_LARGE) + 8 <= most:
                    check(f"{n} bytes at factor {factor}", u.ask(request), TOO_LARGE)
                else:
                    u.send(request)     # even the error is too large: the next datagram answers another request
                check("a reply that is no larger than its request", u.ask(b"mn\r\n" * 5), b"MN\r\n" * 5)


def hostile():
    with server("-t", "1") as s, Client(s.udp) as u:
        raw = 0
        for n in range(9):      # no frame header, or nothing after it
            u.sock.send(b"\0\1\0\0\0\1\0\0"[:n])
            raw += 1
        u.alive()
        for head in ({"total": 0}, {"total": 2}, {"total": 256}, {"total": 65535}, {"total": 2, "sequence": 1}):
            u.silence(b"get k\r\n", **head)
            raw += 1
        check("sequence and reserved of a request are ignored", u.ask(b"mn\r\n", sequence=7, reserved=9), b"MN\r\n")
        check("dropped", counters(s)["worker_udp_dropped"], raw)

        u.silence(b"get k")                                 # half a line
        u.silence(b"set k 0 0 10\r\n12345")                 # half a value
        check("and it is not stored", u.ask(b"get k\r\n"), b"END\r\n")
        u.silence(b"x" * 3000)                              # a line without end
        check("the rest of a value is only a line", u.ask(b"67890\r\n"), b"ERROR\r\n")
        check("complete commands are run", u.ask(b"mn\r\nset k 0 0 10\r\n123"), b"MN\r\n")
        check("a refused value whose rest is not sent",
              u.ask(b"set k 0 0 100000000\r\n123"), b"SERVER_ERROR object too large for cache\r\n")
        u.alive()
        u.silence(b"GET / HTTP/1.0\r\n\r\n")
        u.silence(b"\x80")                                  # half a packet
        check("an invalid packet", u.ask(b"\x80\0\0\3\0\0\0\0\xff\xff\xff\xff" + bytes(12))[:2], b"\x81\0")
        u.silence(b"\x80\1\0\1\x08\0\0\0\0\0\0\x0a" + bytes(20) + b"k")   # a set without its value
        check("a bad chunk", u.ask(b"set k 0 0 1\r\n1234\r\n").split(b"\r\n")[0], b"CLIENT_ERROR bad data chunk")
        u.alive()
        big = b"set k 0 0 65000\r\n" + b"y" * 65000 + b"\r\n"
        check("the largest datagram", u.ask(big), b"STORED\r\n")
        u.silence(bytes(60000))
        for seed in range(300):
            noise = bytes((seed * 31 + i * i * 7 + (i >> 3)) & 0xff for i in range(seed * 5))
            u.sock.send(b"\0\1\0\0\0\1\0\0" + noise)      # a reply to this would have the id 1
            u.send(b"mn\r\n")
            hear_the_last(u)
        check_that("still alive", s.alive())


def hear_the_last(u):
    while u.sock.recv(70000)[:2] != struct.pack(">H", u.id):
        pass


def from_a_server():
    """A datagram from the server's own port number is the reply of another server, or forged to look like one."""
    with server() as s:
        with Client(s.udp, source=("127.0.0.2", s.udp)) as u, Client(s.udp) as other:
            u.send(b"get k\r\n")
            other.alive()
            while counters(s)["worker_udp_dropped"] == 0:
                other.alive()
            u.sock.setblocking(False)
            try:
                raise Failure(f"answered with {u.sock.recv(2000)!r}")
            except BlockingIOError:
                pass


def protocols():
    noop = bytes([0x80, 10]) + bytes(22)
    with server() as s, Client(s.udp) as u:
        for _ in range(2):      # the protocol is decided for each datagram
            check("packet", u.ask(noop), bytes([0x81, 10]) + bytes(22))
            check("line", u.ask(b"mn\r\n"), b"MN\r\n")


def many_clients():
    with server("-t", "4") as s:
        clients = [Client(s.udp) for _ in range(60)]
        for round_ in range(5):
            for i, u in enumerate(clients):
                u.send(b"set k%d 0 0 1\r\n%d\r\nget k%d\r\n" % (i, round_, i))
            for i, u in enumerate(clients):
                check("reply", u.reply(), b"STORED\r\nVALUE k%d 0 1\r\n%d\r\nEND\r\n" % (i, round_))
        for u in clients:
            u.sock.close()
        check("all of them", counters(s)["worker_udp_datagrams"], 300)


def ports():
    """-U alone also opens TCP on that port; -p 0 leaves only UDP; a second server on the UDP port does not start."""
    udp = free_port()
    with larderd.Server("-l", "127.0.0.1", "-U", str(udp), address=("127.0.0.1", udp)) as s:
        with Client(udp) as u:
            u.alive()
            refused("-l", "127.0.0.1", "-p", str(free_port()), "-U", str(udp), status=71, says="UDP port.*in use")
            refused("-U", "65536", says="-U ")
            u.alive()
        check_that("still alive", s.alive())
    if process.has_ipv6():
        tcp, other = free_port(), free_port()
        with tempfile.TemporaryDirectory() as folder:
            said = os.path.join(folder, "ports")
            with larderd.Server("-l", f"127.0.0.1:{tcp}", "-l", "::1", "-p", str(other), "-U", str(other),
                                address=("127.0.0.1", tcp), env=dict(os.environ, MEMCACHED_PORT_FILENAME=said)):
                with open(said, encoding="ascii") as f:
                    check("the file of ports", f.read().splitlines(),
                          [f"TCP INET: {tcp}", f"TCP INET6: {other}", f"UDP INET: {tcp}", f"UDP INET6: {other}"])
                with Client(tcp) as four, Client(other, "::1") as six:
                    four.alive()
                    six.alive()


def test():
    text()
    long_replies()
    too_large()
    amplification()
    hostile()
    from_a_server()
    protocols()
    many_clients()
    ports()


larderd.main(test)
