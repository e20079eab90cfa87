"""Certificates that are reloaded: under load, with valid files and invalid ones, by command and by SIGHUP."""

import os
import shutil
import signal
import ssl
import threading

import compat
from compat import check, check_that
from secure import Certificates, Server, until


FIFO = object()


def serial(certs, client):
    """The serial number of the certificate that the server sent."""
    der = client.sock.getpeercert(binary_form=True)
    for name in ("first", "second"):
        if ssl.PEM_cert_to_DER_cert(open(certs.path(name + ".pem")).read()) == der:
            return name
    return "another"


def install(certs, name):
    """Replaces certificate and key, as an operator does: one after the other."""
    for source, used in ((name + ".pem", "used.pem"), (name + ".key", "used.key"), ("ca.pem", "used.ca")):
        shutil.copy(certs.path(source), certs.path("aside"))
        os.replace(certs.path("aside"), certs.path(used))


def by_command(certs, *args):
    install(certs, "first")
    with Server(certs, *args, name="used") as s, s.client() as old:
        check("at the start", serial(certs, old), "first")
        install(certs, "second")
        with s.client() as c:
            check("before the reload", serial(certs, c), "first")
        check("refresh_certs", old.ask("refresh_certs"), "OK")
        with s.client() as c:
            check("after the reload", serial(certs, c), "second")
        check_that("the old connection stays", old.works())
        check("with its first certificate", serial(certs, old), "first")


def in_the_sandbox(certs):
    """Handshakes and reloads need only system calls that -o drop_privileges allows; a build without it has no such setting."""
    probe = compat.run([compat.larderd.binary(), "-u", "root", "--check-config"])
    if b"drop_privileges" in probe and not os.environ.get("LARDER_SANITIZED"):    # a sanitizer makes system calls of its own
        by_command(certs, "-o", "drop_privileges")


def bad_ones(certs):
    path = certs.path("used.pem")
    install(certs, "second")
    with Server(certs, name="used", words=[f"ssl_ca_cert={certs.path('used.ca')}"]) as s, s.client() as c:
        for what, name, data, say in (
                ("no file", "used.pem", None, f"Error loading the certificate chain: {path} : No such file or directory"),
                ("an empty file", "used.pem", b"", f"Error loading the certificate chain: {path} : "),
                ("rubbish", "used.pem", b"-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n",
                 f"Error loading the certificate chain: {path} : "),
                ("another's key", "used.key", open(certs.path("first.key"), "rb").read(), "Error loading the key: "),
                ("an invalid key file", "used.key", b"rubbish", "Error loading the key: "),
                ("a FIFO", "used.pem", FIFO, f"Error loading the certificate chain: {path} : not a regular file"),
                ("a FIFO for a key", "used.key", FIFO, f"Error loading the key: {certs.path('used.key')} : not a regular file"),
                ("a FIFO for the roots", "used.ca", FIFO,
                 f"Error loading the CA certificate: {certs.path('used.ca')} : not a regular file")):
            install(certs, "second")
            if data in (None, FIFO):
                os.remove(certs.path(name))
            if data is FIFO:
                os.mkfifo(certs.path(name))
            elif data is not None:
                certs.put(name, data)
            answer = c.ask("refresh_certs")
            check_that(f"{what}: the error is reported", answer.startswith(say), answer)
            s.wait_log(answer)
            with s.client() as other:
                check(f"{what}: the old certificate stays", serial(certs, other), "second")
                check_that(f"{what}: the connection goes on", c.works() and other.works())
        install(certs, "first")
        check("refresh_certs", c.ask("refresh_certs"), "OK")
        with s.client() as other:
            check("a valid file is loaded again", serial(certs, other), "first")
    with compat.larderd.Server() as s, s.connect() as c:
        check("without -Z", c.ask("refresh_certs"), "Error TLS not enabled")


def by_signal(certs):
    install(certs, "first")
    with Server(certs, "-v", name="used") as s:
        install(certs, "second")
        s.process.send_signal(signal.SIGHUP)

        def now():
            with s.client() as c:
                return serial(certs, c)
        until("SIGHUP reloads", lambda: now() == "second")
        certs.put("used.pem", b"")
        s.process.send_signal(signal.SIGHUP)
        until("a bad file is logged", lambda: b"the certificates stay as they were" in s.stderr())
        check("and the old certificate stays", now(), "second")


def under_load(certs):
    """Clients connect, some stay and work, while certificates change."""
    install(certs, "first")
    over, seen = threading.Event(), set()
    with Server(certs, name="used") as s:

        def come_and_go(_):
            context = certs.context()
            with s.client(context) as stays:
                while not over.is_set():
                    with s.client(context) as c:
                        seen.add(serial(certs, c))
                        check("a set", c.ask("set k 0 0 2\r\nhi"), "STORED")
                    check_that("an open connection is served", stays.works())

        def change(_):
            try:
                with s.client() as c:
                    for i in range(60):
                        install(certs, ("second", "first")[i % 2])
                        check("refresh_certs", c.ask("refresh_certs"), "OK")
            finally:
                over.set()

        compat.in_threads(5, lambda me: change(me) if me == 0 else come_and_go(me))
        check("certificates seen", seen - {"first", "second"}, set())
        n = s.counts()
        check("handshakes that failed", n["worker_tls_handshake_errors"], "0")
        check("sessions from before stay valid", n["worker_tls_proto_errors"], "0")


def test():
    with Certificates() as certs:
        certs.make("first", cn="server")
        certs.make("second", cn="server")
        for part in (by_command, in_the_sandbox, bad_ones, by_signal, under_load):
            part(certs)


compat.main(test)
