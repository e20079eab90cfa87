#!/usr/bin/python3
"""service: larderd under a service manager, whose part this test plays: sockets that it passes, and notifications.

The interface is systemd's: LISTEN_FDS and related variables, NOTIFY_SOCKET, WATCHDOG_USEC.
"""

import os
import re
import signal
import shutil
import socket
import ssl
import subprocess
import tempfile

import process
from process import check, check_that, dial, free_port, larderd


class Manager:
    """Starts larderd as systemd does."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory()
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = os.path.join(self.dir.name, "notify")
        self.notify.bind(self.path)
        self.notify.settimeout(larderd.START_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.notify.close()
        self.dir.cleanup()

    def script(self, sockets, names=None, pid="$$", more=""):
        """A shell script that runs larderd with the sockets as descriptors 3, 4, ..."""
        path = os.path.join(self.dir.name, "start")
        # from the last one down: a higher number may be a descriptor still to be copied
        high = [(s.fileno(), 3 + i) for i, s in enumerate(sockets)]
        moves = " ".join(f"{100 + to}<&{fd}" for fd, to in high) + " " + " ".join(f"{to}<&{100 + to}" for _, to in high)
        with open(path, "w") as f:
            f.write("#!/bin/bash\n" + more)
            if sockets:
                f.write(f"exec {moves}\n" + "exec " + " ".join(f"{100 + to}<&-" for _, to in high) + "\n")
                f.write(f"export LISTEN_FDS={len(sockets)} LISTEN_PID={pid}\n")
            if names is not None:
                f.write(f"export LISTEN_FDNAMES='{names}'\n")
            f.write(f"export NOTIFY_SOCKET={self.path}\nexec {larderd.binary()} \"$@\"\n")
        os.chmod(path, 0o755)
        return path

    def start(self, sockets, *args, address, **script):
        return larderd.Server(*args, exe=self.script(sockets, **script), address=address,
                              pass_fds=[s.fileno() for s in sockets])

    def told(self):
        return self.notify.recv(4096).decode().split("\n")


def listening_tcp():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    return s


def bound_udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    return s


def listening_unix(folder):
    s = socket.socket(socket.AF_UNIX)
    s.bind(os.path.join(folder, "handed"))
    s.listen()
    return s


def start_refused(m, sockets, says, *args, **script):
    done = subprocess.run([m.script(sockets, **script), *args, *process.as_user()], stderr=subprocess.PIPE, text=True,
                          pass_fds=[s.fileno() for s in sockets], timeout=larderd.START_S, check=False)
    check(f"exit status ({done.stderr})", done.returncode, 71)
    check_that(f"says {says!r}", re.search(says, done.stderr), done.stderr)


def handed_over_with_tls():
    """With -Z a TCP socket speaks TLS unless its name says notls, and a UNIX socket is plain."""
    openssl = shutil.which("openssl")
    if not openssl:
        print("no openssl (Debian: openssl): -Z is left out")
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Manager() as m, listening_tcp() as a, listening_tcp() as b, listening_unix(m.dir.name) as c:
        both = os.path.join(m.dir.name, "both.pem")
        subprocess.run([openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", both, "-out", both + ".crt", "-days", "2", "-subj", "/CN=x"], check=True,
                       stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(both, "a") as f, open(both + ".crt") as crt:
            f.write(crt.read())
        words = ["-Z", "-o", f"ssl_chain_cert={both}"]
        with m.start([a, b, c], *words, names="x:notls:y", address=b.getsockname()) as server:
            with socket.create_connection(a.getsockname(), larderd.REPLY_S) as raw, context.wrap_socket(raw) as tls:
                tls.sendall(b"version\r\n")
                check_that("TLS is spoken", tls.recv(100).startswith(b"VERSION "))
            for address, kind in ((b.getsockname(), socket.AF_INET), (c.getsockname(), socket.AF_UNIX)):
                with socket.socket(kind) as plain:
                    plain.settimeout(larderd.REPLY_S)
                    plain.connect(address)
                    plain.sendall(b"version\r\n")
                    check_that(f"{address} is plain", plain.recv(100).startswith(b"VERSION "))
            check_that("it lives", server.alive())
        with bound_udp() as u:
            with m.start([a, u, b], *words, names="x:notls:notls", address=b.getsockname()), \
                    socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
                plain.settimeout(larderd.REPLY_S)
                plain.connect(u.getsockname())
                plain.send(bytes((0, 1, 0, 0, 0, 1, 0, 0)) + b"version\r\n")
                check_that("UDP by the name of notls", plain.recv(1400)[8:].startswith(b"VERSION "))
            start_refused(m, [a, u], "UDP socket.*notls", *words, names="x:y")
            start_refused(m, [a, u], "UDP socket.*notls", *words, names="x:btls")


def handed_over():
    """TCP and UNIX sockets together; their names may be prefixes of -l, with a + for the colon."""
    with Manager() as m, listening_tcp() as tcp, listening_tcp() as named, listening_unix(m.dir.name) as unix:
        addresses = [s.getsockname() for s in (tcp, named, unix)]
        with m.start([tcp, named, unix], address=addresses[0],
                     names="larderd.socket:proto[ascii]+tag[web]:tag_u_") as server, server.connect() as c:
            ready = m.told()
            check_that("ready", "READY=1" in ready and f"MAINPID={server.process.pid}" in ready, ready)
            stats = c.stats("conns")
            check("tags", sorted(v for k, v in stats.items() if k.endswith(":tag")), ["u", "web"])
            listen = sorted(v for k, v in stats.items() if k.endswith(":addr") and
                            stats[k.split(":")[0] + ":state"] == "conn_listening")
            check("only these", listen, sorted([f"tcp:127.0.0.1:{addresses[0][1]}", f"tcp:127.0.0.1:{addresses[1][1]}",
                                                f"unix:{addresses[2]}"]))
            with dial(addresses[1][1]) as other:
                check("version", other.ask("version").split()[0], "VERSION")
            s = socket.socket(socket.AF_UNIX)
            s.connect(addresses[2])
            with larderd.Conn(s) as other:
                check("version", other.ask("version").split()[0], "VERSION")
            environ = open(f"/proc/{server.process.pid}/environ", "rb").read()
            check_that("the environment names the socket", b"LISTEN_FDS" in environ, environ)
        check("stopping", m.told(), ["STOPPING=1"])
        check_that("the file of a passed socket stays", os.path.exists(addresses[2]))


def besides():
    """Addresses that the command line names are opened too, unless a passed socket has them."""
    port = free_port()
    with Manager() as m, listening_tcp() as tcp:
        listen = f"127.0.0.1:{port},127.0.0.1:{tcp.getsockname()[1]}"
        with m.start([tcp], "-l", listen, address=tcp.getsockname()) as server:
            with server.connect() as c, dial(port) as other:
                for one in (c, other):
                    check("version", one.ask("version").split()[0], "VERSION")


def somebody_elses():
    """LISTEN_PID of another process: the descriptors are not for larderd."""
    port = free_port()
    with Manager() as m, listening_tcp() as tcp:
        with m.start([tcp], "-l", "127.0.0.1", "-p", str(port), address=("127.0.0.1", port), pid="1") as server:
            with server.connect() as c:
                stats = c.stats("conns")
                check("one socket", sum(v == "conn_listening" for v in stats.values()), 1)


def refused():
    with Manager() as m, listening_tcp() as tcp, open(os.devnull, encoding="ascii") as file, \
            socket.socket() as unbound:
        start_refused(m, [tcp], "proto\\[gopher\\]", names="proto[gopher]")
        start_refused(m, [tcp, file], "descriptor 4.*not a listening socket")
        start_refused(m, [tcp, unbound], "descriptor 4.*not a listening socket")


def abstract():
    """A NOTIFY_SOCKET without a file."""
    name = f"larder-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind("\0" + name)
        notify.settimeout(larderd.START_S)
        with larderd.Server(env=dict(os.environ, NOTIFY_SOCKET="@" + name)):
            check_that("ready", notify.recv(4096).startswith(b"READY=1"))


def nobody_there():
    """A NOTIFY_SOCKET without a reader, or with an invalid address, does not prevent the start."""
    for where in ("/nonexistent/notify", "nonsense", "/" + "x" * 300):
        with larderd.Server(env=dict(os.environ, NOTIFY_SOCKET=where, LISTEN_FDS="x", LISTEN_PID="y")) as server:
            with server.connect() as c:
                check("version", c.ask("version").split()[0], "VERSION")


def reload():
    with Manager() as m:
        with larderd.Server(exe=m.script([])) as server:
            check("ready", m.told()[0], "READY=1")
            server.process.send_signal(signal.SIGHUP)
            told = m.told()
            check_that("reloading", told[0] == "RELOADING=1" and re.fullmatch(r"MONOTONIC_USEC=\d+", told[1]), told)
            check("reloaded", m.told(), ["READY=1"])


def watchdog():
    with Manager() as m:
        with larderd.Server(exe=m.script([], more="export WATCHDOG_USEC=200000 WATCHDOG_PID=$$\n")):
            check("ready", m.told()[0], "READY=1")
            check("fed", m.told(), ["WATCHDOG=1"])
            check("and again", m.told(), ["WATCHDOG=1"])


def not_read():
    """The server does not wait for a manager that does not read: the watchdog's messages are lost one after the other."""
    with Manager() as m, listening_tcp() as tcp:
        with m.start([tcp], "-v", address=tcp.getsockname(), more="export WATCHDOG_USEC=2000\n") as server:
            at = 0
            for _ in range(50):     # each would wait two seconds
                at = server.wait_log("cannot notify the service manager", at)
            m.notify.close()


def test():
    handed_over()
    handed_over_with_tls()
    besides()
    somebody_elses()
    refused()
    abstract()
    nobody_there()
    reload()
    watchdog()
    not_read()


larderd.main(test)
