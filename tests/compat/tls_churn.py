"""Clients that connect, shake hands, send a get and close leave nothing behind: memory does not grow.

LARDER_TLS_ROUNDS is the number of rounds (500).
"""

import os
import ssl

import compat
from compat import check, check_that
from secure import Certificates, Server

ROUNDS = int(os.environ.get("LARDER_TLS_ROUNDS", "500"))
CLIENTS = 4
SLACK_KIB = 2048        # what the heap may keep; 500 connections that leak 4 KiB each would need as much


def churn(server, contexts, rounds):
    def come_and_go(me):
        context = contexts[me % len(contexts)]
        for _ in range(rounds // CLIENTS):
            with server.client(context) as c:
                c.send(b"get a\r\n")
                check("get", c.line() + c.line() + c.line(), "VALUE a 0 2hiEND")
                c.stats("conns")    # reads all threads' connections, while others open and close: for TSan

    compat.in_threads(CLIENTS, come_and_go)


def test():
    with Certificates() as certs:
        contexts = [certs.context(version=v) for v in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2)]
        with Server(certs, words=["ssl_session_cache"]) as s:
            with s.client() as c:
                check("set", c.ask("set a 0 0 2\r\nhi"), "STORED")
            churn(s, contexts, 200)         # the heap reaches its size
            before = s.rss_kib()
            churn(s, contexts, ROUNDS)
            grown = s.rss_kib() - before
            print(f"{ROUNDS} rounds: {before} KiB before, {grown} more after")
            if not os.environ.get("LARDER_SANITIZED"):
                check_that("memory does not grow", grown < SLACK_KIB, grown)
            check("handshakes", int(s.counts()["worker_tls_handshakes"]), 1 + 200 + ROUNDS // CLIENTS * CLIENTS + 1)


compat.main(test)
