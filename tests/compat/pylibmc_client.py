#!/usr/bin/python3
"""pylibmc_client: what a program does that uses libmemcached through pylibmc, against LARDERD."""

import os
import sys

sys.dont_write_bytecode = True
import compat  # noqa: E402
from compat import check, check_raises, larderd  # noqa: E402

try:
    import pylibmc
    from pylibmc import autoconf
except ImportError:
    pylibmc = None


def stored(call):
    """In the binary protocol a replace of a missing key is a different error."""
    try:
        return call()
    except pylibmc.NotFound:
        return False


def basics(client):
    check("get of a missing key", client.get("nothing"), None)
    check("set", client.set("k", "v"), True)
    check("get", client.get("k"), "v")
    check("add over", client.add("k", "w"), False)
    check("replace", client.replace("k", "w"), True)
    check("replace of a missing key", stored(lambda: client.replace("nothing", "w")), False)
    check("append", client.append("k", "!"), True)
    check("prepend", client.prepend("k", "<"), True)
    check("get", client.get("k"), "<w!")
    check("append to a missing key", client.append("nothing", "x"), False)
    check("delete", client.delete("k"), True)
    check("delete of a missing key", client.delete("k"), False)
    check("touch", (client.set("k", "v"), client.touch("k", 100), client.touch("nothing", 100)), (True, True, False))


def types(client):
    """They are stored as client flags and pickles."""
    for value in (17, -3, 2**70, 1.5, b"bytes", "text", "", [1, {"two": 3.0}], ("a", None)):
        client.set("t", value)
        check("a value", client.get("t"), value)
        check("its type", type(client.get("t")), type(value))


def many(client):
    pairs = {f"many{i}": "value %d " % i * (i % 50) for i in range(2000)}
    check("set_multi", client.set_multi(pairs), [])
    check("get_multi", client.get_multi([*pairs, "nothing"]), pairs)
    check("get_multi with a prefix", client.get_multi(["1", "2"], key_prefix="many"),
          {"1": pairs["many1"], "2": pairs["many2"]})
    check("delete_multi", client.delete_multi([*pairs]), True)
    check("get_multi of missing keys", client.get_multi([*pairs]), {})


def cas(client):
    client.set("c", "1")
    value, number = client.gets("c")
    check("gets", value, "1")
    check("cas", client.cas("c", "2", number), True)
    check("cas, too late", client.cas("c", "3", number), False)
    check("the value", client.get("c"), "2")


def numbers(client):
    client.set("n", 10)
    check("incr", client.incr("n", 5), 15)
    check("decr", client.decr("n", 20), 0)
    check_raises("incr of a missing key", pylibmc.NotFound, lambda: client.incr("nothing", 1))
    client.set("n", "word")
    check_raises("incr of a word", pylibmc.Error, lambda: client.incr("n", 1))
    check("the connection goes on", client.get("n"), "word")


def large(client):
    for n in (1000, 100_000, 524_288, 1_000_000):
        value = os.urandom(n)
        client.set("large", value)
        check(f"{n} bytes", client.get("large"), value)
    check_raises("too large", pylibmc.Error, lambda: client.set("large", os.urandom(2 << 20)))
    check("the connection goes on", client.set("large", b"x"), True)
    client.set("squeezed", "x" * 100_000, min_compress_len=1000)
    check("compressed", client.get("squeezed"), "x" * 100_000)


def expiry(client):
    client.set("e", "x", time=1000)
    check("not expired", client.get("e"), "x")
    client.touch("e", 2592001)     # a Unix time, in 1970; the binary protocol has no negative times
    check("expired", client.get("e"), None)


def stats(client):
    (_, found), = client.get_stats()
    found = {k: v if isinstance(v, str) else v.decode() for k, v in found.items()}
    check("stats", (found["version"], found["pointer_size"]), ("1.6.45", "64"))
    check("flush_all", client.flush_all(), True)


def threads(client):
    pool = pylibmc.ThreadMappedPool(client)

    def work(me):
        with pool.reserve() as c:
            for i in range(300):
                c.set(f"thread{me}", i)
                check("a threaded get", c.get(f"thread{me}"), i)
        pool.relinquish()

    compat.in_threads(4, work)


def discovery(address):
    """It asks for a cluster's servers; after ERROR it gets the key that older ElastiCache had instead."""
    check_raises("no cluster", autoconf.NoAutoconfFound, lambda: autoconf.elasticache(address))
    client = pylibmc.Client([address], binary=False)
    client.set("AmazonElastiCache:cluster", b"12\nlocalhost|127.0.0.1|" + address.split(":")[1].encode())
    found = autoconf.elasticache(address)
    check("the server of the list", (found.set("found", "x"), client.get("found")), (True, "x"))
    client.flush_all()


def scenario(address, binary, behaviors):
    client = pylibmc.Client([address], binary=binary, behaviors=behaviors)
    for part in (basics, types, many, cas, numbers, large, expiry, threads, stats):
        part(client)
    client.disconnect_all()


def test():
    for listen in ("tcp", "unix"):
        with larderd.Server(listen=listen) as server:
            address = server.path if listen == "unix" else f"127.0.0.1:{server.port}"
            for binary in (False, True):
                scenario(address, binary, {"cas": True})
                scenario(address, binary, {"cas": True, "no_block": True, "tcp_nodelay": True})
            if listen == "tcp":
                discovery(address)
        print(f"pylibmc over {listen}: good")


if __name__ == "__main__":
    if pylibmc is None:
        larderd.skip("no pylibmc (Debian: python3-pylibmc)")
    compat.main(test)
