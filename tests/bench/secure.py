#!/usr/bin/python3
"""secure: logins and TLS: good and bad passwords and certificates, resumed sessions; and clients that reconnect.

Every kind of connection also passes a storm: all clients reconnect at once, repeatedly, and no request is lost.
"""

import os
import sys
import tempfile

import bench
from bench import check, check_that, larderd

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "compat"))
import compat  # noqa: E402,F401
from secure import Certificates, Server  # noqa: E402

LOAD = ("-c", 3, "-t", 2, "-n", 200, "--ratio", "1:1", "--key-maximum", 50, "--verify", "-q")
ALL = 1200


def load(server, *more, status=0):
    done = bench.run(*LOAD, *more, server=server, status=status)
    if status == 0:
        check(f"{more}: requests, errors, lost", (done.row()["Count"], done.row()["Errors"], done.all["Client"]["Lost Requests"]),
              (ALL, 0, 0))
    return done


def logins(folder):
    users = os.path.join(folder, "users")
    with open(users, "w", encoding="ascii") as f:
        f.write("me:se:cret\n")
    os.chmod(users, 0o600)
    for protocol, args in (("memcache_text", ("-Y", users)), ("meta", ("-Y", users)), ("memcache_binary", ("-S", "-Y", users))):
        with larderd.Server("-m", "64", *args, listen="tcp") as server:
            done = load(server, "-P", protocol, "-a", "me:se:cret")
            bench.check_close(f"{protocol}: the server's counters, behind a login", done.all["Server"]["Hits"], done.row("Gets")["Hits"])
            done = load(server, "-P", protocol, "-a", "me:wrong", status=1)
            check_that(f"{protocol}: a wrong password is reported", "larder-bench: " in done.err and "wrong" not in done.err, done.err)
    peer = bench.redis("--requirepass", "secret")
    if peer:
        with peer:
            load(peer, "-P", "redis", "-a", "secret")
            load(peer, "-P", "redis", "-a", "default:secret")
            done = load(peer, "-P", "redis", "-a", "no", status=1)
            check_that("redis: a wrong password is reported", "WRONGPASS" in done.err or "invalid password" in done.err, done.err)


def coming_and_going():
    with larderd.Server("-m", "64", "-t", "2", listen="tcp") as server:
        done = load(server, "--reconnect-interval", 10)
        check("a new connection each 10 requests", done.row("Connects")["Count"], 6 * (200 // 10))
        for pipeline in (1, 8):
            done = bench.run("-c", 10, "-t", 2, "--test-time", 2, "--storm-interval", "0.1", "--pipeline", pipeline, "--verify",
                             "-q", server=server)
            # Twenty times, or less if the process waits for a processor: storms that are due together are one.
            check_that("storms: every client, each time", 20 * 5 <= done.row("Connects")["Count"] <= 20 * 20,
                       done.row("Connects")["Count"])
            check("storms: no request is lost", (done.row()["Errors"], done.all["Client"]["Lost Requests"],
                                              done.all["Client"]["Connection Errors"]), (0, 0, 0))


def encrypted():
    with Certificates() as certs, Server(certs, "-m", "64", words=["ssl_session_cache"]) as server:
        believe = ("--tls", "--cacert", certs.path("ca.pem"), "--sni", "server")
        for protocol in ("memcache_text", "meta", "memcache_binary"):
            done = load(server, "-P", protocol, *believe, "--pipeline", 4, "--data-size-range", "1-40000")
            bench.check_close("the server's counters, over TLS", done.all["Server"]["Sets"], ALL // 2)
        before = server.counts()
        done = load(server, *believe, "--reconnect-interval", 20, "--tls-resume", "--key-prefix", "other-")
        spent = {k: int(v) - int(before[k]) for k, v in server.counts().items() if k.startswith("worker_tls_") and v.isdigit()}
        check("connects", done.row("Connects")["Count"], 6 * 10)
        check_that("sessions are resumed", spent["worker_tls_resumed"] >= 6 * 8, spent)
        load(server, "--tls", "--tls-skip-verify", "--open-loop", 2000, "--key-prefix", "other-")
        for more, says in (((), "certificate|issuer"), (("--cacert", certs.path("other.pem"), "--sni", "server"), "certificate|issuer"),
                           (("--cacert", certs.path("ca.pem"), "--sni", "elsewhere"), "mismatch")):
            done = load(server, "--tls", *more, status=1)
            check_that(f"{more}: not believed", "TLS: " in done.err and any(w in done.err for w in says.split("|")), done.err)
        done = load(server, status=1)
        check_that("without --tls: an error", done.err.strip() != "", done.err)
    with Certificates() as certs, Server(certs, "-m", "64", words=["ssl_verify_mode=2", f"ssl_ca_cert={certs.path('ca.pem')}"]) as server:
        mine = ("--tls", "--tls-skip-verify", "--cert", certs.path("client.pem"), "--key", certs.path("client.key"))
        load(server, *mine)
        load(server, "--tls", "--tls-skip-verify", status=1)


def test():
    with tempfile.TemporaryDirectory(prefix="larder-test-") as folder:
        logins(folder)
    coming_and_going()
    encrypted()


if __name__ == "__main__":
    larderd.binary()
    bench.binary()
    larderd.main(test)
