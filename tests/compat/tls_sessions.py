"""Resumed sessions: tickets of TLS 1.2, keys of TLS 1.3, and none unless configured."""

import ssl

import compat
from compat import check, check_that
from secure import Certificates, Server, free_port, refused

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def come_twice(server, context):
    """Whether the second connection resumes the session of the first."""
    with server.client(context) as c:
        check("the first connection is new", c.sock.session_reused, False)
        check_that("it works", c.works())       # with TLS 1.3 this also reads the tickets
        session = c.sock.session
    with server.client(context, session=session) as c:
        check_that("the second works", c.works())
        return c.sock.session_reused


def without(certs):
    with Server(certs) as s:
        for version in (V12, V13):
            check(f"{version}: resumed without the cache", come_twice(s, certs.context(version=version)), False)
        with s.client() as c:
            check("ssl_new_sessions", c.stats().get("ssl_new_sessions"), None)
            check("resumed", c.stats("larder")["worker_tls_resumed"], "0")


def with_cache(certs):
    with Server(certs, words=["ssl_session_cache"]) as s:
        resumed = 0
        for version in (V12, V13):
            for tickets in (True, False) if version == V12 else (True,):
                context = certs.context(version=version)
                if not tickets:
                    context.options |= ssl.OP_NO_TICKET     # without tickets, the server stores the session
                check(f"{version}, tickets {tickets}: resumed", come_twice(s, context), True)
                resumed += 1
        with s.client() as c:
            n = c.stats("larder")
            check("counted as resumed", int(n["worker_tls_resumed"]), resumed)
            check("finished", int(n["worker_tls_handshakes"]), 2 * resumed + 1)
            check_that("ssl_new_sessions", int(c.stats()["ssl_new_sessions"]) >= resumed)


def with_client_certificates(certs):
    words = ["ssl_session_cache", "ssl_verify_mode=2", f"ssl_ca_cert={certs.path('ca.pem')}"]
    with Server(certs, words=words) as s:
        for version in (V12, V13):
            check(f"{version}: resumed", come_twice(s, certs.context(client="client", version=version)), True)


def other_socket(certs):
    """A session from a socket that asks for no certificate is not accepted by a socket that requires one."""
    free, mutual = free_port(), free_port()
    words = ["ssl_session_cache", "ssl_verify_mode=2", f"ssl_ca_cert={certs.path('ca.pem')}"]
    listen = f"btls:127.0.0.1:{free},mtls:127.0.0.1:{mutual},127.0.0.1:{free_port()}"
    with Server(certs, "-l", listen, words=words, address=("127.0.0.1", free)) as s:
        strict = (mutual, int(listen.rsplit(":", 1)[1]))
        for version in (V12, V13):
            for tickets in (True, False):
                context = certs.context(version=version)
                if not tickets:
                    context.options |= ssl.OP_NO_TICKET
                with s.client(context, free) as c:
                    check_that("it works", c.works())
                    session = c.sock.session
                for port in strict:
                    check_that(f"{version}, tickets {tickets}, {listen}, {port}: refused",
                               refused(s, context, port, session))


def reloaded(certs):
    with Server(certs, words=["ssl_session_cache"]) as s:
        for version in (V12, V13):
            context = certs.context(version=version)
            with s.client(context) as c:
                check_that("it works", c.works())
                session = c.sock.session
                check("refresh_certs", c.ask("refresh_certs"), "OK")
            with s.client(context, session=session) as c:
                check(f"{version}: a session of before the reload", c.sock.session_reused, False)
                check_that("is a new session", c.works())


def test():
    with Certificates() as certs:
        for part in (without, with_cache, with_client_certificates, other_socket, reloaded):
            part(certs)


compat.main(test)
