#!/usr/bin/python3
"""pymemcache_client: what a program does that uses pymemcache, against LARDERD, over TCP and a Unix socket."""

import os
import pickle
import sys

sys.dont_write_bytecode = True
import compat  # noqa: E402
from compat import check, check_raises, larderd  # noqa: E402

try:
    from pymemcache import serde
    from pymemcache.client.base import Client, PooledClient
    from pymemcache.client.hash import HashClient
    from pymemcache.exceptions import MemcacheClientError, MemcacheServerError
except ImportError:
    Client = None


def basics(client):
    check("get of a missing key", client.get("nothing", default="none"), "none")
    check("set", client.set("k", "v", noreply=False), True)
    check("get", client.get("k"), b"v")
    check("add over", client.add("k", "w", noreply=False), False)
    check("replace", client.replace("k", "w", noreply=False), True)
    check("replace of a missing key", client.replace("nothing", "w", noreply=False), False)
    check("append", client.append("k", "!", noreply=False), True)
    check("prepend", client.prepend("k", "<", noreply=False), True)
    check("get", client.get("k"), b"<w!")
    check("delete", client.delete("k", noreply=False), True)
    check("delete of a missing key", client.delete("k", noreply=False), False)
    check("touch of a missing key", client.touch("k", noreply=False), False)
    check("empty value", (client.set("e", "", noreply=False), client.get("e")), (True, b""))
    check("version", client.version(), b"1.6.45")


def many(client):
    pairs = {f"many{i}": b"value %d" % i * (i % 20) for i in range(500)}
    check("set_many", client.set_many(pairs, noreply=False), [])
    check("get_many", client.get_many([*pairs, "nothing"]), pairs)
    got = client.gets_many([*pairs][:10])
    check("gets_many", {k: v[0] for k, v in got.items()}, {k: pairs[k] for k in [*pairs][:10]})
    check("delete_many", client.delete_many([*pairs], noreply=False), True)
    check("get_many of missing keys", client.get_many([*pairs]), {})


def cas(client):
    client.set("c", "1", noreply=False)
    value, number = client.gets("c")
    check("gets", value, b"1")
    check("cas", client.cas("c", "2", number, noreply=False), True)
    check("cas, too late", client.cas("c", "3", number, noreply=False), False)
    check("cas of a missing key", client.cas("nothing", "3", number, noreply=False), None)


def numbers(client):
    client.set("n", "10", noreply=False)
    check("incr", client.incr("n", 5), 15)
    check("decr", client.decr("n", 20), 0)
    check("incr of a missing key", client.incr("nothing", 1), None)
    client.set("n", "not a number", noreply=False)
    check_raises("incr of a word", MemcacheClientError, lambda: client.incr("n", 1))
    check("the connection goes on", client.get("n"), b"not a number")


def expiry(client):
    client.set("t", "x", expire=-1, noreply=False)
    check("expired", client.get("t"), None)
    client.set("t", "x", expire=1000, noreply=False)
    check("touch", client.touch("t", expire=2000, noreply=False), True)
    check("gat", client.gat("t", expire=0) if hasattr(client, "gat") else b"x", b"x")
    check("not expired", client.get("t"), b"x")


def noreply(client):
    for i in range(1000):
        client.set(f"quiet{i % 10}", str(i), noreply=True)
    client.delete("quiet0", noreply=True)
    client.touch("quiet1", noreply=True)
    client.incr("quiet1", 1, noreply=True)
    check("after many commands with noreply", client.get_many([f"quiet{i}" for i in range(4)]),
          {"quiet1": b"992", "quiet2": b"992", "quiet3": b"993"})


def large(client):
    for n in (1000, 100_000, 524_288, 1_000_000):
        value = os.urandom(n)
        client.set("large", value, noreply=False)
        check(f"{n} bytes", client.get("large"), value)
    check_raises("too large", MemcacheServerError, lambda: client.set("large", bytes(2 << 20), noreply=False))
    check("the connection goes on", client.set("large", b"x", noreply=False), True)


def pickles(make):
    client = make(serde=serde.pickle_serde)
    for value in (17, "text", b"bytes", 2**70, [1, {"two": 3.0}], None, ("a", 1)):
        client.set("p", value, noreply=False)
        check("a pickled value", client.get("p"), value)
    plain = make()
    client.set("p", {"a": 1}, noreply=False)
    check("as stored", pickle.loads(plain.get("p")), {"a": 1})


def stats(client):
    found = client.stats()
    check("stats", (found[b"pointer_size"], int(found[b"curr_items"]) > 0), (64, True))
    check("stats settings", int(client.stats("settings")[b"maxbytes"]), 64 << 20)
    check("flush_all", client.flush_all(delay=1000, noreply=False), True)


def pooled(address):
    client = PooledClient(address, max_pool_size=4, timeout=larderd.REPLY_S)

    def work(me):
        for i in range(300):
            client.set(f"pool{me}", str(i), noreply=False)
            check("a pooled get", client.get(f"pool{me}"), str(i).encode())

    compat.in_threads(4, work)
    hashed = HashClient([address], timeout=larderd.REPLY_S)
    hashed.set_many({"h1": "1", "h2": "2"}, noreply=False)
    check("HashClient", hashed.get_many(["h1", "h2"]), {"h1": b"1", "h2": b"2"})


def test():
    for listen in ("tcp", "unix"):
        with larderd.Server(listen=listen) as server:
            clients = []

            def make(**more):
                c = Client(server.address, timeout=larderd.REPLY_S, connect_timeout=larderd.REPLY_S, **more)
                clients.append(c)
                return c

            client = make()
            for scenario in (basics, many, cas, numbers, expiry, noreply, large, stats):
                scenario(client)
            pickles(make)
            pooled(server.address)
            for c in clients:
                c.close()
        print(f"pymemcache over {listen}: good")


if __name__ == "__main__":
    if Client is None:
        larderd.skip("no pymemcache (Debian: python3-pymemcache)")
    compat.main(test)
