#!/usr/bin/python3
"""load: the requests that larder-bench reports are those that the server counted, to the last one; in every protocol.

Against larderd, and Debian's memcached and Redis where they are installed.  Every value is verified.
"""

import json

import bench
from bench import check, check_that, larderd

REQUESTS, CLIENTS, THREADS = 800, 5, 2
SETS, GETS = 1, 3
SHAPE = ("-n", REQUESTS, "-c", CLIENTS, "-t", THREADS, "--ratio", f"{SETS}:{GETS}", "-q", "--verify")
SIZES = ("--data-size-range", "1-3000", "--expiry-range", "100-200", "--key-maximum", "300")
TOTAL = REQUESTS * CLIENTS * THREADS


def counters(server):
    with server.connect() as c:
        return {k: int(v) for k, v in c.stats().items() if k in ("cmd_get", "cmd_set", "get_hits", "get_misses")}


def check_counts(what, done, before, after, keys_each):
    sets, gets = done.row("Sets"), done.row("Gets")
    spent = {k: after[k] - before[k] for k in after}
    check(f"{what}: requests", done.row()["Count"], TOTAL)
    check(f"{what}: sets", (sets["Count"], spent["cmd_set"]), (TOTAL // (SETS + GETS) * SETS,) * 2)
    check(f"{what}: gets", gets["Count"] * keys_each, spent["cmd_get"])
    check(f"{what}: hits", gets["Hits"], spent["get_hits"])
    check(f"{what}: misses", gets["Misses"], spent["get_misses"])
    check(f"{what}: errors, wrong values", (done.row()["Errors"], gets["Wrong Values"]), (0, 0))
    check_that(f"{what}: hits and misses", gets["Hits"] > 0 and gets["Misses"] > 0)
    check_that(f"{what}: reported", f"Verified: {gets['Hits']} values, 0 of them wrong" in done.out, done.out)


def memcached_protocols():
    for protocol in ("memcache_text", "meta", "memcache_binary"):
        for more in ((), ("--pipeline", 16), ("--multi-key-get", 7, "--pipeline", 3, "-R"), ("--distinct-client-seed",)):
            with larderd.Server("-m", "64", "-t", "2", listen="tcp") as server:
                before = counters(server)
                done = bench.run("-s", "127.0.0.1", "-p", server.port, "-P", protocol, *SHAPE, *SIZES, *more)
                check_counts(f"{protocol} {more}", done, before, counters(server), 7 if "-R" in more else 1)
    print("text, meta, binary: counts agree with larderd's")


def unix_socket():
    with larderd.Server("-m", "64") as server:
        before = counters(server)
        done = bench.run("-S", server.path, "-P", "meta", *SHAPE, *SIZES)
        check_counts("a UNIX socket", done, before, counters(server), 1)


def patterns():
    """P:P with allkeys sets every key once, and then gets all; patterns except R do so, too, when they cover all keys."""
    with larderd.Server("-m", "64", listen="tcp") as server:
        base = ("-s", "127.0.0.1", "-p", server.port, "-P", "meta", "-c", 3, "-t", 2, "-n", "allkeys", "--key-minimum", 5,
                "--key-maximum", 1004, "--verify", "-q")
        done = bench.run(*base, "--ratio", "1:0", "--key-pattern", "P:P", "--pipeline", 10)
        check("P:P sets each key once", done.row("Sets")["Count"], 1000)
        with server.connect() as c:
            check("all found", c.stats()["curr_items"], "1000")
        done = bench.run(*base, "--ratio", "0:1", "--key-pattern", "P:P")
        check("P:P gets each key once", (done.row("Gets")["Hits"], done.row("Gets")["Misses"]), (1000, 0))
        done = bench.run(*base, "--ratio", "0:1", "--key-pattern", "S:S")
        check("S:S: each client gets all", (done.row("Gets")["Hits"], done.row("Gets")["Misses"]), (6000, 0))
        for pattern in "GZR":
            done = bench.run(*base, "--ratio", "0:1", "--key-pattern", f"R:{pattern}")
            check(f"{pattern} stays within the keys", done.row("Gets")["Misses"], 0)


def contents():
    """Every content of --values in every range of sizes, verified by another run and by an independent reader of JSON."""
    keys, sizes = 400, ("--data-size-range", "1-5000")
    for more in (("--values", "json"), ("--values", "half"), ("--values", "text"), ("--values", "random"),
                 ("--values", "json", "--duplicates", 50), ("--duplicates", 100)):
        with larderd.Server("-m", "64", "-t", "1", listen="tcp") as server:
            base = ("-s", "127.0.0.1", "-p", server.port, "-c", 2, "-t", 1, "-n", "allkeys", "--key-maximum", keys - 1,
                    "--key-pattern", "P:P", "-q", *sizes, *more)
            bench.run(*base, "-P", "meta", "--ratio", "1:0")
            done = bench.run(*base, "-P", "memcache_binary", "--ratio", "0:1", "--verify")
            check(f"{more}: hits, wrong values", (done.row("Gets")["Hits"], done.row("Gets")["Wrong Values"]), (keys, 0))
            other = ("--values", "text" if "json" in more else "json", "--duplicates", 10)
            done = bench.run(*base[:-len(more)], *other, "--ratio", "0:1", "--verify", status=3)
            check_that(f"{more}: other contents are detected", done.row("Gets")["Wrong Values"] > keys * 0.8)
            with server.connect() as c:
                values = []
                for key in range(keys):
                    c.send(f"get memtier-{key}\r\n".encode())
                    n = int(c.read_until(b"\r\n").split()[3])
                    values.append(c.read(n + 7)[:n])
            if "json" in more or "half" in more:
                check_that(f"{more}: JSON", all(isinstance(json.loads(v), (dict if 16 <= len(v) <= 1024 else (int, list))) for v in values))
            least, most = (keys - 5, keys) if "--duplicates" not in more else (250, 350) if "json" in more else (190, 240)
            check_that(f"{more}: different values", least <= len(set(values)) <= most, len(set(values)))


def same_seed():
    """The same seed gives the same keys."""
    seen = []
    for more in ((), (), ("--seed", 5), ("--randomize",)):
        with larderd.Server("-m", "64", "-t", "1", listen="tcp") as server:
            done = bench.run("-s", "127.0.0.1", "-p", server.port, "-c", 1, "-t", 1, "-n", 3000, "-q", "--ratio", "1:1",
                             "--key-maximum", 5000, *more)
            seen.append(done.row("Gets")["Hits"])
    check("the same seed, the same hits", seen[0], seen[1])
    check_that("another seed, other hits", len(set(seen)) > 1, seen)


def peers():
    peer = bench.memcached()
    if peer:
        with peer:
            for protocol in ("memcache_text", "meta", "memcache_binary"):
                done = bench.run("-s", "localhost", "-p", peer.port, "-P", protocol, *SHAPE, *SIZES, "--multi-key-get", 3)
                check(f"memcached, {protocol}", (done.row()["Count"], done.row()["Errors"]), (TOTAL, 0))
    peer = bench.redis()
    if peer:
        with peer:
            before = [bench.redis_stat(peer.port, n) for n in ("keyspace_hits", "keyspace_misses")]
            done = bench.run("-s", "localhost", "-p", peer.port, "-P", "redis", *SHAPE, *SIZES, "--multi-key-get", 3,
                             "--pipeline", 8, "--wait-ratio", "10:1", "--select-db", 2)
            after = [bench.redis_stat(peer.port, n) for n in ("keyspace_hits", "keyspace_misses")]
            gets = done.row("Gets")
            check("redis: hits, misses", [gets["Hits"], gets["Misses"]], [b - a for a, b in zip(before, after)])
            check_that("redis: items of the database that was loaded", done.all["Server"]["Items"] > 0, done.all["Server"])
            check_that("redis: waits", done.row("Waits")["Count"] > 50, done.row("Waits"))
            check("redis: errors, wrong values", (done.row()["Errors"], gets["Wrong Values"]), (0, 0))
    print("memcached, redis: " + ("loaded" if peer else "not both installed"))


def mistakes():
    done = bench.run("-s", "127.0.0.1", "-p", bench.free_port(), "-q", status=1)
    check_that("no server on the port: an error", "cannot connect: Connection refused" in done.err, done.err)
    done = bench.run("-s", "name.invalid", "-q", status=1)
    check_that("no such name: an error", "name.invalid" in done.err, done.err)
    done = bench.run("--data-size-list", "nonsense", status=2)
    check_that("an invalid list: an error", "--data-size-list" in done.err, done.err)
    with larderd.Server("-m", "64", "-B", "binary", listen="tcp") as server:
        done = bench.run("-s", "127.0.0.1", "-p", server.port, "-P", "memcache_text", "-q", status=1)
        check_that("the wrong protocol: an error", done.err.strip() != "", done.err)
    with larderd.Server("-m", "64", "-I", "2048", listen="tcp") as server:
        done = bench.run("-s", "127.0.0.1", "-p", server.port, "-n", 10, "-c", 1, "-t", 1, "-d", 5000, "--ratio", "1:1", "-q")
        check("too large: errors", done.row("Sets")["Errors"], 5)
        check_that("too large: the reason", "SERVER_ERROR object too large for cache" in done.out, done.out)


def test():
    memcached_protocols()
    unix_socket()
    patterns()
    contents()
    same_seed()
    peers()
    mistakes()


if __name__ == "__main__":
    larderd.binary()
    bench.binary()
    larderd.main(test)
