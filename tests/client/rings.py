#!/usr/bin/python3
"""rings: larder's rings choose the same server for a key as the real clients and proxies.

Each row names a dialect, its oracle, and the servers; an oracle that is not
installed is skipped.  `rings.py --write FILE` stores some of the oracles'
answers, as vectors for machines without them.
"""

import os
import random
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import oracles  # noqa: E402
from oracles import Missing, Server, Sinks  # noqa: E402

SKIPPED = 77
N_KEYS = 2_000 if os.environ.get("LARDER_SANITIZED") else 10_000     # those builds check our ring, not the clients
N_FEW = 2_000       # for rows that differ from another only in the hash
N_STORED = 8        # keys of a row in the file of vectors
SEED = 20261121

EQUAL = [Server(f"10.1.0.{i}", 11211) for i in range(1, 11)]
PORTS = [Server("cache.example", 11209 + i) for i in range(7)]
WEIGHTS = [Server(f"10.2.{i % 3}.{i}", 11211 + i % 2, i * 7 % 13 + 1) for i in range(12)]
HUNDRED = [Server(f"192.168.{i // 10}.{100 + i}", 11000 + i % 4) for i in range(100)]
ONE = [Server("alone", 11211)]
SOCKETS = [Server("/run/a.sock", 0), Server("/run/b.sock", 0, 3), Server("c", 11211)]
LISTS = {"equal": EQUAL, "ports": PORTS, "weights": WEIGHTS, "hundred": HUNDRED, "one": ONE}


def keys_of(n, letters):
    """Half of them count up, half consist of whatever the client accepts: any bytes, or characters."""
    r = random.Random(SEED)
    counted = [b"user:%d:name" % i for i in range(n // 2)]
    return counted + [letters(r) for _ in range(n - len(counted))]


def raw(r):
    return bytes(r.choices([c for c in range(33, 256) if c != 127], k=r.randrange(1, 120)))


def unicode(r):
    return "".join(r.choices([chr(c) for c in range(33, 127)] + ["é", "ß", "€", "漢"], k=r.randrange(1, 60))).encode()


def ascii_only(r):
    return bytes(r.choices(range(33, 127), k=r.randrange(1, 120)))


def probe(dialect, servers, keys, out=(), **environment):
    """The answers of our ring: lists of numbers."""
    words = []
    for i, s in enumerate(servers):
        alias = f"={s.alias}" if s.alias else ""
        where = s.host if s.host.startswith("/") else f"{s.host}:{s.port}"
        words.append(f"{'!' if i in out else ''}{where}:{s.weight}{alias}")
    done = subprocess.run([os.environ["ROUTE_PROBE"], dialect, *words], input=b"".join(k + b"\n" for k in keys),
                          stdout=subprocess.PIPE, check=True, env={**os.environ, **environment})
    return words, oracles.lines(done.stdout)


class Comparison:
    def __init__(self, write):
        self.n_compared = 0
        self.missing = set()
        self.failed = []
        self.write = write

    def compare(self, dialect, oracle, how, servers, n=N_KEYS, letters=raw, what="", **probing):
        name = f"{oracle.__name__} {how}".strip() + f", {len(servers)} servers {what}".rstrip()
        keys = keys_of(n, letters)
        try:
            theirs = oracle(how, servers, keys)
        except Missing as e:
            if str(e) not in self.missing:
                print(f"skipped: {e}", flush=True)
            self.missing.add(str(e))
            return
        words, ours = probe(dialect, servers, keys, **probing)
        self.judge(dialect, name, keys, theirs, ours)
        if self.write and not probing:
            chosen = keys[:N_STORED // 2] + [k for k in keys[n // 2:] if len(k) < 40][:N_STORED // 2]
            at = {k: t[0] for k, t in zip(keys, theirs)}
            self.write.write(b"ring %s %s\n" % (dialect.encode(), " ".join(words).encode()))
            self.write.writelines(b"%d %s\n" % (at[k], k) for k in chosen)

    def without(self, dialect, oracle, how, servers, gone, letters=raw, numbered=False):
        """One server is removed from our ring; the oracle's never had it.  `numbered` servers report their own numbers."""
        keys = keys_of(N_FEW, letters)
        left = [i for i in range(len(servers)) if i != gone]
        try:
            theirs = oracle(how, [servers[i] for i in left], keys)
        except Missing:
            return
        if not numbered:
            theirs = [[left[t[0]]] for t in theirs]
        self.judge(dialect, f"{oracle.__name__} {how} without one of {len(servers)}", keys, theirs,
                   probe(dialect, servers, keys, out=(gone,))[1])

    def judge(self, dialect, name, keys, theirs, ours):
        wrong = [(k, t, o) for k, t, o in zip(keys, theirs, ours) if t[0] != o[0]]
        if len(theirs) != len(keys) or len(ours) != len(keys):
            wrong.append(("number of answers", len(theirs), len(ours)))
        self.n_compared += len(keys)
        if wrong:
            self.failed.append(name)
        print(f"{'FAILED' if wrong else 'good'}: {dialect} is {name}: {len(keys)} keys"
              + (f", {len(wrong)} differ: {wrong[:3]}" if wrong else ""), flush=True)


def libmemcached(c):
    ask = oracles.libmemcached
    for servers in (*LISTS.values(), SOCKETS):
        c.compare("libmemcached-modula", ask, "", servers)
        c.compare("libmemcached-ketama", ask, "ketama", servers)
        c.compare("libmemcached-ketama", ask, "distribution=consistent", servers, N_FEW)
        c.compare("libmemcached-weighted", ask, "weighted", servers)
        c.compare("libmemcached-spy", ask, "distribution=spy", servers)
        c.compare("libmemcached-spy-weighted", ask, "weighted distribution=spy", servers)
    for hash_name in oracles.HASH:
        c.compare(f"libmemcached-modula/{hash_name}", ask, f"hash={hash_name}", EQUAL, N_FEW)
        c.compare(f"libmemcached-ketama/{hash_name}", ask, f"ketama hash={hash_name}", PORTS, N_FEW)
        c.compare(f"libmemcached-weighted/{hash_name}", ask, f"weighted hash={hash_name}", WEIGHTS, N_FEW)
    c.without("libmemcached-ketama", ask, "ketama", EQUAL, 4)
    c.without("libmemcached-weighted", ask, "weighted", WEIGHTS, 3)


def pymemcache(c):
    """It hashes characters, not bytes, and refuses keys that are not ASCII unless allow_unicode_keys is set."""
    ask = oracles.pymemcache
    for servers in (EQUAL, PORTS, HUNDRED, ONE):
        c.compare("pymemcache", ask, "", servers, N_KEYS if len(servers) < 50 else N_FEW // 4, ascii_only)
    c.without("pymemcache", ask, "", EQUAL, 9, ascii_only)


def dalli(c):
    for servers in LISTS.values():
        c.compare("dalli", oracles.dalli, "", servers)
    c.without("dalli", oracles.dalli, "", WEIGHTS, 0)
    dead = {2, 3, 5, 7}     # live servers are tried in our ring's order
    keys = keys_of(N_FEW, raw)
    try:
        theirs = oracles.dalli(",".join(map(str, dead)), WEIGHTS, keys)
    except Missing:
        return
    ours = [[n for n in choice if n not in dead][:1] or [-1]
            for choice in probe("dalli", WEIGHTS, keys, CHOICES="12")[1]]
    c.judge("dalli", "dalli with four dead", keys, theirs, ours)


def spymemcached(c):
    """Java's addresses without a name are numbers."""
    ask = oracles.spymemcached
    ports = [s._replace(host="10.3.0.1") for s in PORTS]
    for servers in (ports, HUNDRED):
        c.compare("spymemcached", ask, "", servers, letters=unicode)
    for servers in (EQUAL, WEIGHTS):
        c.compare("spymemcached-weighted", ask, "weighted", servers, letters=unicode)
    keys = keys_of(N_KEYS, unicode)
    try:
        theirs = ask("", EQUAL, keys)
    except Missing:
        return
    ours = probe("spymemcached", EQUAL, keys, CHOICES="12")[1]
    c.judge("spymemcached", "spymemcached", keys, theirs, ours)
    asked = [list(dict.fromkeys(t)) for t in theirs]    # it may try a server twice
    c.judge("spymemcached", "spymemcached, the servers it tries next,", keys, [[t] for t in asked], [[o] for o in ours])


def twemproxy(c):
    for weights, aliases in (([1] * 5, False), ([1, 4, 2, 7], False), ([3, 1, 1], True)):
        with Sinks(weights, aliases) as sinks:
            c.compare("twemproxy-ketama", oracles.twemproxy, "ketama fnv1a_64", sinks.servers)
            c.compare("twemproxy-ketama/md5", oracles.twemproxy, "ketama md5", sinks.servers)
            c.compare("twemproxy-modula", oracles.twemproxy, "modula fnv1a_64", sinks.servers)
            if aliases:
                c.compare("ketama", oracles.twemproxy, "ketama md5", sinks.servers)
    with tempfile.TemporaryDirectory() as folder, Sinks([1, 2, 3], sockets=folder) as sinks:
        c.compare("twemproxy-ketama/md5", oracles.twemproxy, "ketama md5", sinks.servers, N_FEW, what="on sockets")
    with Sinks([1, 2, 1]) as sinks:
        for hash_name in ("one_at_a_time", "crc16", "crc32", "crc32a", "fnv1_64", "fnv1_32", "fnv1a_32", "hsieh",
                          "murmur", "jenkins"):
            c.compare(f"twemproxy-ketama/{hash_name}", oracles.twemproxy, f"ketama {hash_name}", sinks.servers, N_FEW)
        c.compare("twemproxy-ketama", oracles.twemproxy, "ketama fnv1a_64 {}", sinks.servers, what="and tags", TAG="{}")
        c.compare("twemproxy-ketama", oracles.twemproxy, "ketama fnv1a_64 ::", sinks.servers, what="and tags", TAG="::")
        c.without("twemproxy-ketama", oracles.twemproxy, "ketama fnv1a_64", sinks.servers, 1, numbered=True)


def memcached_proxy(c):
    with Sinks([1] * 5) as sinks:
        c.compare("jump", oracles.memcached_proxy, "", sinks.servers)
        c.compare("memcached-proxy", oracles.memcached_proxy, "dist = mcp.dist_ring_hash", sinks.servers)
        for mode in ("ketama", "twemproxy", "evcache"):
            rules = f"dist = mcp.dist_ring_hash, omode = '{mode}'"
            c.compare(f"memcached-proxy-{mode}/xxh3", oracles.memcached_proxy, rules, sinks.servers, N_FEW)
            rules += ", hash = mcp.dist_ring_hash.hash"
            c.compare(f"memcached-proxy-{mode}", oracles.memcached_proxy, rules, sinks.servers)
        c.compare("jump", oracles.memcached_proxy, "filter = 'tags', filter_conf = '{}'", sinks.servers, N_FEW, TAG="{}")


def pecl_memcache(c):
    for weights in ([1] * 4, [1, 3, 2, 5]):
        with Sinks(weights) as sinks:
            c.compare("pecl-memcache", oracles.pecl_memcache, "standard crc32", sinks.servers)
            c.compare("pecl-memcache/fnv1a_32", oracles.pecl_memcache, "standard fnv", sinks.servers, N_FEW)
            c.compare("pecl-memcache-consistent", oracles.pecl_memcache, "consistent crc32", sinks.servers)
            c.compare("pecl-memcache-consistent/fnv1a_32", oracles.pecl_memcache, "consistent fnv", sinks.servers, N_FEW)


def main():
    write = open(sys.argv[2], "wb") if sys.argv[1:2] == ["--write"] else None
    c = Comparison(write)
    for of in (libmemcached, pymemcache, dalli, spymemcached, twemproxy, memcached_proxy, pecl_memcache):
        start = time.monotonic()
        of(c)
        print(f"{of.__name__}: {time.monotonic() - start:.1f} s", flush=True)
    print(f"{c.n_compared} keys compared, {len(c.failed)} rows differ, {len(c.missing)} oracles missing")
    if c.failed:
        sys.exit(f"rings.py: {'; '.join(c.failed)}")
    if c.n_compared == 0:
        print("skipped: no client is installed")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
