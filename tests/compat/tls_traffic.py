"""Data sent over TLS arrives unchanged: large, many, slow, in odd pieces, and cut off."""

import random
import socket
import ssl
import struct

import compat
from compat import check, check_that
from secure import Certificates, Client, Server, until

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def value(n):
    return random.Random(n).randbytes(n)


def put(key, v):
    return b"set %s 0 0 %d\r\n%s\r\n" % (key, len(v), v)


def shown(key, v):
    return b"VALUE %s 0 %d\r\n%s\r\n" % (key, len(v), v)


def sizes(certs):
    """The sizes that exactly fill a record or one of larder's buffers, and one byte more and less."""
    around = (0, 1, 1000, 4096, 8192, 16384, 32768, 65536, 262144, 1000000)
    lengths = sorted({n + d for n in around for d in (-3, -2, -1, 0, 1, 2, 3) if 0 <= n + d})
    for words in ([], ["ssl_wbuf_size=1"], ["ssl_wbuf_size=64"]):
        with Server(certs, "-I", "2m", words=words) as s:
            for version in (V12, V13):
                with s.client(version=version) as c:
                    for n in lengths:
                        v = value(n)
                        c.send(put(b"k", v))
                        check(f"set of {n} bytes", c.line(), "STORED")
                        c.send(b"get k\r\n")
                        wanted = shown(b"k", v) + b"END\r\n"
                        check_that(f"get of {n} bytes", c.read(len(wanted)) == wanted)


def pipelined(certs):
    """Large and small values in turn, in both directions at the same time."""
    values = {b"key%d" % i: value(n) for i, n in enumerate((10, 1000000, 0, 16384, 70000, 9000, 300000, 5))}
    rounds = 12
    asked = b"".join(put(k, v) for k, v in values.items()) + b"get " + b" ".join(values) + b"\r\n" + b"mn\r\n" * 300
    wanted = b"STORED\r\n" * len(values) + b"".join(shown(k, v) for k, v in values.items()) + b"END\r\n" + b"MN\r\n" * 300
    with Server(certs, "-I", "2m") as s, s.client() as c:
        check_that("all rounds", c.exchange(asked * rounds, len(wanted) * rounds) == wanted * rounds)


def slow_reader(certs):
    """A client that requests much and reads slowly waits, and delays no other client."""
    v = value(1000000)
    with Server(certs, "-I", "2m") as s:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(compat.larderd.REPLY_S)
        raw.connect(("127.0.0.1", s.port))
        with Client(raw, certs.context()) as slow, s.client() as other:
            slow.send(put(b"large", v))
            check("set", slow.line(), "STORED")
            slow.send(b"get large\r\n" * 30)

            def waits():
                return "conn_mwrite" in other.stats("conns").values()
            until("the server waits for its reader", waits)
            for _ in range(200):
                check_that("other clients are served", other.works())
            other.send(b"delete large\r\n")
            check("delete", other.line(), "DELETED")
            wanted = shown(b"large", v) + b"END\r\n"
            for at in range(0, len(wanted), 50000):
                check_that("the replies are of the values at the time of the get",
                           slow.read(min(50000, len(wanted) - at)) == wanted[at:at + 50000])
        with s.client() as c:
            check_that("closing in the middle frees the connection", c.works())


def odd_records(certs):
    """One byte a record, and records that split requests at every place."""
    said = put(b"a", b"12345") + b"get a\r\n" + b"mg a v\r\n" + put(b"a", b"") + b"get a b\r\n"
    wanted = b"STORED\r\n" + shown(b"a", b"12345") + b"END\r\nVA 5\r\n12345\r\nSTORED\r\n" + shown(b"a", b"") + b"END\r\n"
    with Server(certs) as s, s.client() as c:
        for step in (1, 2, 3, 7):
            for at in range(0, len(said), step):
                c.send(said[at:at + step])
            check_that(f"records of {step}", c.read(len(wanted)) == wanted)
        for cut in range(len(said)):
            c.send(said[:cut])
            c.send(said[cut:])
            check_that(f"cut at {cut}", c.read(len(wanted)) == wanted)


def ends(certs):
    """Closing properly, with a reset, in the middle of a record and of a value: the server frees everything."""
    with Server(certs) as s:
        with s.client() as c:
            check_that("it works", c.works())
            c.send(put(b"k", b"v") + b"get k\r\nquit\r\n")
            wanted = b"STORED\r\n" + shown(b"k", b"v") + b"END\r\n"
            check("replies before the end", c.read(len(wanted)), wanted)
            check("close_notify, not only an end", c.sock.recv(1), b"")
        with s.client() as c:
            c.send(b"get k\r\n")
            check("the answer", c.read(len(wanted) - 8), wanted[8:])
            c.sock.unwrap().close()     # our close_notify, answered with the server's
        for rudely in (False, True):
            for n in (0, 1, 4, 5, 6, 100):
                with s.client() as c:
                    check_that("it works", c.works())
                    raw = socket.socket(fileno=c.sock.detach())
                    raw.sendall(b"\x17\x03\x03\x01\x00"[:n].ljust(n, b"x"))
                    if rudely:
                        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    raw.close()
        with s.client() as c:
            c.send(b"set half 0 0 100000\r\n" + bytes(50000))
            check_that("before the rest of its value", s.alive())
        with s.client() as c:

            def alone():
                return c.stats()["curr_connections"] == "1"
            until("all connections are freed", alone)
            check("half a value is not stored", c.ask("get half"), "END")
            n = c.stats("larder")
            check("no protocol errors", (n["worker_tls_proto_errors"], n["worker_tls_handshake_errors"]), ("0", "0"))


def unix_stays_plain(certs):
    words = f"ssl_chain_cert={certs.path('server.pem')},ssl_key={certs.path('server.key')}"
    with compat.larderd.Server("-Z", "-o", words) as s, s.connect() as c:
        check_that("a UNIX socket is plain", c.ask("version").startswith("VERSION"))
        check_that("and reported as plain", b"UNIX sockets are not encrypted" in s.stderr(), s.stderr())


def in_kernel(certs):
    v = value(300000)
    with Server(certs, words=["ssl_kernel_tls"]) as s, s.client(ciphers="ECDHE+AESGCM", version=V12) as c:
        c.send(put(b"k", v))
        check("set", c.line(), "STORED")
        for _ in range(20):
            c.send(b"get k\r\n")
            wanted = shown(b"k", v) + b"END\r\n"
            check_that("get", c.read(len(wanted)) == wanted)
        n = int(c.stats("larder")["worker_tls_in_kernel"])
        with open("/proc/sys/net/ipv4/tcp_available_ulp") as f:
            can = "tls" in f.read().split()     # read after the test: its first connection may have loaded the module
        check("connections that the kernel encrypts", n, 1 if can else 0)
        check("ssl_kernel_tls", c.stats("settings")["ssl_kernel_tls"], "yes")


def test():
    with Certificates() as certs:
        for part in (sizes, pipelined, slow_reader, odd_records, ends, unix_stays_plain, in_kernel):
            part(certs)


compat.main(test)
