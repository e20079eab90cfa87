"""Clients that connect, shake hands, get and go leave nothing behind: memory stays where it was.

LARDER_TLS_ROUNDS is how many (500).
"""

import os
import ssl

import compat
from compat import check, check_that
from secure import Certificates, Server

ROUNDS = int(os.environ.get("LARDER_TLS_ROUNDS", "500"))
CLIENTS = 4
SLACK_KIB = 2048        # what the heap may keep for itself; a leak of 4 KiB a connection is as much in 500


def churn(server, contexts, rounds):
    def come_and_go(me):
        context = contexts[me % len(contexts)]
        for _ in range(rounds // CLIENTS):
            with server.client(context) as c:
                c.send(b"get a\r\n")
                check("get", c.line() + c.line() + c.line(), "VALUE a 0 2hiEND")
                c.stats("conns")    # of all threads, while others begin and end: TSan looks

    compat.in_threads(CLIENTS, come_and_go)


def test():
    with Certificates() as certs:
        contexts = [certs.context(version=v) for v in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2)]
        with Server(certs, words=["ssl_session_cache"]) as s:
            with s.client() as c:
                check("set", c.ask("set a 0 0 2\r\nhi"), "STORED")
            churn(s, contexts, 200)         # the heap finds its size
            before = s.rss_kib()
            churn(s, contexts, ROUNDS)
            grown = s.rss_kib() - before
            print(f"{ROUNDS} rounds: {before} KiB before, {grown} more after")
            if not os.environ.get("LARDER_SANITIZED"):
                check_that("memory stays where it was", grown < SLACK_KIB, grown)
            check("handshakes", int(s.counts()["worker_tls_handshakes"]), 1 + 200 + ROUNDS // CLIENTS * CLIENTS + 1)


compat.main(test)
