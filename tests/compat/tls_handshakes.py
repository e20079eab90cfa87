"""TLS handshakes: which clients are accepted, which are refused, what is counted, and which are too slow."""

import socket
import ssl
import struct

import compat
from compat import check, check_that
from secure import Certificates, Client, Server, free_port, refused, until

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
OLD = ssl.TLSVersion.TLSv1_1
WEAK = "ALL:@SECLEVEL=0"        # OpenSSL needs this for TLS 1.1


def await_failed(server, what, n, **who):
    """A client may see the failure before the server has counted it."""
    def counted():
        failed = int(server.counts(**who)["worker_tls_handshake_errors"])
        return failed == n or failed
    until(f"{what}{n} handshakes have failed", counted)


def versions(certs):
    for least, good, bad in (("2", (V12, V13), (OLD,)), ("3", (V13,), (V12, OLD))):
        with Server(certs, words=[f"ssl_min_version={least}"]) as s:
            for v in good:
                with s.client(version=v) as c:
                    check("version", c.sock.version(), {V12: "TLSv1.2", V13: "TLSv1.3"}[v])
                    check_that(f"{v} is served", c.works())
            for v in bad:
                check_that(f"{v} is refused", refused(s, certs.context(version=v, ciphers=WEAK)))
            await_failed(s, "", len(bad))
    with Server(certs, words=["ssl_min_version=1", f"ssl_ciphers={WEAK}"]) as s:
        with s.client(certs.context(version=OLD, ciphers=WEAK)) as c:
            check("version", c.sock.version(), "TLSv1.1")
            check_that("an old version is accepted if configured", c.works())


def ciphers(certs):
    with Server(certs, words=["ssl_ciphers=ECDHE-ECDSA-AES128-GCM-SHA256",
                              "ssl_ciphersuites=TLS_CHACHA20_POLY1305_SHA256"]) as s:
        with s.client(version=V12) as c:
            check("cipher", c.sock.cipher()[0], "ECDHE-ECDSA-AES128-GCM-SHA256")
        with s.client(version=V13) as c:
            check("cipher suite", c.sock.cipher()[0], "TLS_CHACHA20_POLY1305_SHA256")
        check_that("another cipher is refused",
                   refused(s, certs.context(version=V12, ciphers="ECDHE-ECDSA-AES256-GCM-SHA384")))


def client_certificates(certs):
    certs.make("expired", days=-1)
    certs.make("stranger", by="other")
    wanted = {"0": "yyyy", "1": "yynn", "2": "nynn", "3": "nynn"}
    for mode, answers in wanted.items():
        with Server(certs, words=[f"ssl_verify_mode={mode}", f"ssl_ca_cert={certs.path('ca.pem')}"]) as s:
            for version in (V12, V13):
                for who, answer in zip((None, "client", "expired", "stranger"), answers):
                    got = "n" if refused(s, certs.context(client=who, version=version)) else "y"
                    check(f"mode {mode}, {version}, certificate of {who}", got, answer)
            await_failed(s, f"mode {mode}: ", 2 * answers.count("n"), client="client")


def listeners(certs):
    plain, any_one, mutual = free_port(), free_port(), free_port()
    with Server(certs, "-l", f"notls:127.0.0.1:{plain},btls:127.0.0.1:{any_one},proto[ascii]:mtls:127.0.0.1:{mutual}",
                words=["ssl_verify_mode=2", f"ssl_ca_cert={certs.path('ca.pem')}"]) as s:
        with Client(s.raw(plain)) as c:
            check_that("notls is plain", c.works())
        for version in (V12, V13):
            nobody, client = certs.context(version=version), certs.context(client="client", version=version)
            check_that("without a mode, ssl_verify_mode decides", refused(s, nobody) and not refused(s, client))
            check_that("btls asks no client for a certificate", not refused(s, nobody, any_one))
            check_that("mtls asks every client for one", refused(s, nobody, mutual) and not refused(s, client, mutual))
        check_that("TLS to a plain port is refused", refused(s, certs.context(), plain))
        with s.client(client="client") as c:
            check_that("the server still works", c.works())


def datagrams(certs):
    """-U with -Z: only on sockets that -l makes plain."""
    secret, plain = free_port(), free_port()
    with Server(certs, "-U", str(secret), "-l", f"notls:127.0.0.1:{plain}") as s:
        with s.client() as c:
            udp = {address for address in c.stats("conns").values() if address.startswith("udp")}
        check("UDP sockets", udp, {f"udp:127.0.0.1:{plain}"})
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as u:
            u.settimeout(compat.larderd.REPLY_S)
            u.connect(("127.0.0.1", plain))
            u.send(struct.pack(">HHHH", 1, 0, 1, 0) + b"version\r\n")
            check_that("UDP is served", u.recv(1400)[8:].startswith(b"VERSION "))
    chain = f"ssl_chain_cert={certs.path('server.pem')},ssl_key={certs.path('server.key')}"
    for words, says in ((["-U", str(secret)], "notls"), (["-U", str(secret), "-l", "127.0.0.1"], "notls"),
                        (["-o", "ssl_verify_mode=2"], "ssl_ca_cert"), (["-o", "ssl_verify_mode=3"], "ssl_ca_cert")):
        for check_config in ([], ["--check-config"]):
            command = [compat.larderd.binary(), "-u", "root", "-p", str(free_port()), "-Z", "-o", chain, *words, *check_config]
            done = compat.subprocess.run(command, stdin=compat.subprocess.DEVNULL, stdout=compat.subprocess.DEVNULL,
                                         stderr=compat.subprocess.PIPE, timeout=60)
            text = done.stderr.decode()
            check(f"{words} {check_config}: status", done.returncode, 64)
            check_that(f"{words} {check_config}: what is wrong", says in text and text.count("\n") == 1, text)


def plain_to_tls(certs):
    with Server(certs) as s:
        before = int(s.counts()["worker_tls_handshake_errors"])
        for words in (b"version\r\n", b"get a\r\n" * 1000, b"\x80" + bytes(23), b"\x16\x03\x01\xff\xff" + bytes(100),
                      b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"):
            with Client(s.raw()) as c:
                c.send(words)
                check_that(f"{words[:10]} is closed", c.is_dropped())
        with s.client() as c:
            check("ssl_handshake_errors", int(c.stats()["ssl_handshake_errors"]), before + 5)
            check("ssl_proto_errors", c.stats()["ssl_proto_errors"], "0")
        with s.raw(), s.raw() as reset:
            reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until("closing without a byte is closed", lambda: s.counts()["worker_tls_handshake_errors"] == str(before + 5))


def garbage_after_handshake(certs):
    with Server(certs) as s:
        with s.client() as c:
            check_that("it works", c.works())
            raw = socket.socket(fileno=c.sock.detach())
            raw.settimeout(compat.larderd.REPLY_S)      # a detached socket has no timeout of its own
            raw.sendall(b"\x17\x03\x03\x00\x20" + b"no record of ours, that is clear")
            with Client(raw) as broken:
                check_that("garbage is closed", broken.is_dropped())
        with s.client() as c:
            check("ssl_proto_errors", c.stats()["ssl_proto_errors"], "1")


class Slowly:
    """A client's side of a handshake, whose bytes the test transfers."""

    def __init__(self, certs, raw):
        self.raw, self.to, self.fro = raw, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = certs.context().wrap_bio(self.fro, self.to)

    def step(self, call):
        """The call's result, or None; the bytes that it wants to send are in self.to."""
        try:
            return call()
        except ssl.SSLWantReadError:
            return None

    def carry(self, each):
        """Sends all its bytes, in pieces of `each`."""
        data = self.to.read()
        for at in range(0, len(data), each):
            self.raw.sendall(data[at:at + each])

    def hear(self):
        self.fro.write(self.raw.recv(1 << 16))

    def run(self, call, each):
        while (result := self.step(call)) is None:
            self.carry(each)
            self.hear()
        self.carry(each)
        return result


def byte_by_byte(certs):
    with Server(certs) as s, s.raw() as raw:
        c = Slowly(certs, raw)
        while True:
            done = c.step(lambda: c.tls.do_handshake() or True)
            c.carry(1)
            if done:
                break
            c.hear()
        c.tls.write(b"version\r\n")
        c.carry(1)
        check_that("the client is served", c.run(lambda: c.tls.read(100), 1).startswith(b"VERSION"))


def stop_half_way(certs, s):
    """Three clients that stop after no byte, after one, and after their first message."""
    c = Slowly(certs, None)
    c.step(c.tls.do_handshake)
    stopped = [s.raw(), s.raw(), s.raw()]
    for raw, said in zip(stopped, (b"", b"\x16", c.to.read())):
        raw.sendall(said)
    return stopped


def half_way(certs):
    """The server serves other clients at the same time."""
    with Server(certs, words=["ssl_handshake_timeout=600"]) as s:
        stopped = stop_half_way(certs, s)
        check_that("the first message is answered", len(stopped[-1].recv(1 << 16)) > 0)
        with s.client() as other:
            def handshakes():
                n = [*other.stats("conns").values()].count("conn_tls_handshake")
                return n == 3 or n
            until("`stats conns` shows three handshakes", handshakes)
            check_that("other clients are served", other.works())
        for raw in stopped:
            raw.close()


def too_slow(certs):
    """The test reads the counters without TLS, because its own handshake might be too slow as well."""
    plain = free_port()
    with Server(certs, "-l", f"notls:127.0.0.1:{plain}", words=["ssl_handshake_timeout=1"]) as s:
        for raw in stop_half_way(certs, s):
            check_that("a handshake that takes too long is closed", Client(raw).is_dropped())
            raw.close()
        with Client(s.raw(plain)) as c:
            check("counted as too slow", c.stats("larder")["worker_tls_handshake_timeouts"], "3")
            check("and counted as errors", c.stats()["ssl_handshake_errors"], "3")


def starts_that_fail(certs):
    certs.make("another")
    certs.run("ec", "-in", "server.key", "-aes128", "-passout", "pass:secret", "-out", "locked.key")
    certs.run("ec", "-in", "server.key", "-outform", "DER", "-out", "server.der")
    certs.put("both.pem", open(certs.path("server.pem"), "rb").read() + open(certs.path("server.key"), "rb").read())
    certs.put("empty.pem", b"")
    p = certs.path
    for words, say in (
            ("", "needs a certificate"),
            (f"ssl_chain_cert={p('none.pem')}", "Error loading the certificate chain: " + p("none.pem") + " : No such file"),
            (f"ssl_chain_cert={p('empty.pem')}", "Error loading the certificate chain: " + p("empty.pem")),
            (f"ssl_chain_cert={p('server.pem')}", "Error loading the key: " + p("server.pem")),
            (f"ssl_chain_cert={p('server.pem')},ssl_key={p('another.key')}", "key values mismatch"),
            (f"ssl_chain_cert={p('server.pem')},ssl_key={p('locked.key')}", "Error loading the key: " + p("locked.key")),
            (f"ssl_chain_cert={p('both.pem')},ssl_ca_cert={p('empty.pem')}", "Error loading the CA certificate"),
            (f"ssl_chain_cert={p('both.pem')},ssl_ciphers=NONSENSE", "provided cipher(s): NONSENSE : no cipher match"),
            (f"ssl_chain_cert={p('both.pem')},ssl_ciphersuites=NONSENSE", "provided cipher suite(s): NONSENSE : no cipher match")):
        command = [compat.larderd.binary(), "-Z", "-u", "root", "-l", "127.0.0.1", "-p", "-1"]
        done = compat.subprocess.run(command + (["-o", words] if words else []), stdin=compat.subprocess.DEVNULL,
                                     stdout=compat.subprocess.PIPE, stderr=compat.subprocess.PIPE, timeout=60)
        text = done.stderr.decode()
        check(f"status with {words}", done.returncode, 64)
        check_that(f"with {words} it prints {say!r}", say in text and text.count("\n") == 1, text)
    for words in ([], ["ssl_keyformat=2", f"ssl_key={p('server.der')}"]):
        with Server(certs, name="both", words=words) as s:
            check_that("a key in another file and another format is accepted", not refused(s, certs.context()))


def test():
    with Certificates() as certs:
        for part in (versions, ciphers, client_certificates, listeners, datagrams, plain_to_tls, garbage_after_handshake,
                     byte_by_byte, half_way, too_slow, starts_that_fail):
            part(certs)


compat.main(test)
