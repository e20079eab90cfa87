"""secure: a larderd with TLS, certificates made for the test, and clients that may misbehave.

Certificates come from the openssl command and live in the test's own folder.
Only larderd's own tests use this; memcached's TLS differs in many details.
"""

import os
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
import warnings

from compat import check_that, find, free_port, larderd, until  # noqa: F401

EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
warnings.simplefilter("ignore", DeprecationWarning)     # the tests use old versions of TLS on purpose


class Certificates:
    """A folder of certificates: `ca` and `other` are two unrelated roots."""

    def __init__(self):
        self.openssl = find("openssl", package="openssl")
        self.dir = tempfile.mkdtemp(prefix="larder-tls-")
        self.root("ca")
        self.root("other")
        self.make("server")
        self.make("client")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def run(self, *words):
        done = subprocess.run([self.openssl, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=self.dir)
        check_that(f"openssl {' '.join(words)}", done.returncode == 0, done.stdout)

    def root(self, name):
        self.run("req", "-x509", *EC, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
                 "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")

    def make(self, name, by="ca", days=2, cn=None):
        """NAME.pem and NAME.key, signed by the root `by`; with a negative number of days it has expired."""
        self.run("req", *EC, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={cn or name}")
        self.run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key",
                 "-CAcreateserial", "-days", str(days), "-out", f"{name}.pem")

    def put(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)

    def context(self, client=None, version=None, ciphers=None):
        """A client's context: it trusts `ca`, and may have a certificate and be limited to one version."""
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.check_hostname = False
        c.load_verify_locations(self.path("ca.pem"))
        if client:
            c.load_cert_chain(self.path(f"{client}.pem"), self.path(f"{client}.key"))
        if version:
            c.minimum_version = ssl.TLSVersion.TLSv1    # the defaults could contradict the new limit
            c.maximum_version = version
            c.minimum_version = version
        if ciphers:
            c.set_ciphers(ciphers)
        return c


class Server(larderd.Server):
    """-Z with the certificate `name`, and its key if that is a file; on a free port.  `words` are more words of -o."""

    def __init__(self, certs, *args, name="server", words=(), **more):
        self.certs = certs
        key = certs.path(name + ".key")
        words = [f"ssl_chain_cert={certs.path(name + '.pem')}", *([f"ssl_key={key}"] if os.path.exists(key) else []), *words]
        super().__init__("-Z", "-t", "2", "-o", ",".join(words), *args, listen="tcp", **more)

    def raw(self, port=None):
        s = socket.create_connection(("127.0.0.1", port or self.port), timeout=larderd.REPLY_S)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def client(self, context=None, port=None, session=None, **more):
        return Client(self.raw(port), context or self.certs.context(**more), session)

    def counts(self, **more):
        """`stats larder`, over a connection of its own."""
        with self.client(**more) as c:
            return c.stats("larder")


class Client:
    """Over TLS, or plain without a context; every call blocks."""

    def __init__(self, raw, context=None, session=None):
        try:
            self.sock = context.wrap_socket(raw, session=session) if context else raw
        except Exception:
            raw.close()
            raise
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def fill(self):
        more = self.sock.recv(1 << 16)
        if not more:
            raise larderd.Closed(self.buffer)
        self.buffer += more

    def read(self, n):
        parts, have = [self.buffer], len(self.buffer)
        while have < n:
            more = self.sock.recv(1 << 16)
            if not more:
                raise larderd.Closed(b"".join(parts)[-200:])
            parts.append(more)
            have += len(more)
        data = b"".join(parts)
        self.buffer = data[n:]
        return data[:n]

    def exchange(self, said, n):
        """Sends `said` and reads `n` bytes at the same time, in one thread: two must not use one TLS connection."""
        view, got, have = memoryview(said), [self.buffer], len(self.buffer)
        self.sock.setblocking(False)
        while view or have < n:
            moved = False
            try:
                sent = self.sock.send(view[:1 << 16]) if view else 0
                view, moved = view[sent:], sent > 0
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                pass
            try:
                more = self.sock.recv(1 << 16) if have < n else b""
                if not more and have < n:
                    raise larderd.Closed(b"".join(got)[-200:])
                got.append(more)
                have, moved = have + len(more), moved or bool(more)
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                pass
            if not moved:
                ready = select.select([self.sock], [self.sock] if view else [], [], larderd.REPLY_S)
                check_that("the exchange makes progress", any(ready))
        self.sock.settimeout(larderd.REPLY_S)
        data = b"".join(got)
        self.buffer = data[n:]
        return data[:n]

    def line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode()

    def ask(self, text):
        self.send(text.encode() + b"\r\n")
        return self.line()

    def stats(self, group=""):
        self.send(f"stats {group}".strip().encode() + b"\r\n")
        found = {}
        while (line := self.line()) != "END":
            _, name, value = (line + "  ").split(" ", 2)
            found[name] = value.strip()
        return found

    def works(self):
        return self.ask("version").startswith("VERSION ")

    def is_dropped(self):
        """Waits for the server to close; data before that is ignored."""
        try:
            while self.sock.recv(1 << 16):
                pass
        except OSError as e:
            return not isinstance(e, (TimeoutError, socket.timeout))
        return True


def refused(server, context, port=None, session=None):
    """Whether the server refuses a client.  With TLS 1.3 the client only learns it when it reads."""
    try:
        with server.client(context, port, session) as c:
            c.works()
    except (ssl.SSLError, ConnectionError, larderd.Closed):
        return True
    return False
