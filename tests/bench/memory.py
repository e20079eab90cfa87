#!/usr/bin/python3
"""memory: the records of bench/memory/items.py, its figures for larderd, and that it detects wrong values."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

import bench
from bench import check, check_that, larderd

FOLDER = os.path.join(os.environ.get("TOP_SRCDIR", "."), "bench", "memory")
SCRIPT = os.path.join(FOLDER, "items.py")
sys.path.insert(1, FOLDER)
import items  # noqa: E402
import records  # noqa: E402

N = 3000


def is_well_formed(kind, value):
    if kind == "php":       # each length is that of its string
        return value.count(b"s:") == len([m for m in re.finditer(rb's:(\d+):"([^"]*)"', value) if int(m[1]) == len(m[2])])
    return kind in ("half", "random") or isinstance(json.loads(value), int if kind == "counter" else dict)


def distinct_records():
    for kind in (*records.KINDS, "mixed"):
        keys, values = records.made(kind, N)
        check(f"{kind}: the same again", records.made(kind, N), (keys, values))
        check_that(f"{kind}: another seed", records.made(kind, N, 2)[1] != values)
        check_that(f"{kind}: keys", all(re.fullmatch(rb"[!-~]{4,250}", k) for k in keys), keys[:5])
        check(f"{kind}: distinct", (len(set(keys)), len(set(values))), (N, N))
        if kind != "mixed":
            check_that(f"{kind}: well formed", all(is_well_formed(kind, v) for v in values), values[:5])
    _, values = records.made("session", N, duplicates_pct=50)
    check_that("a half have common values", N * 0.55 < len(set(values)) < N * 0.62, len(set(values)))


def run(*args, status=0):
    done = subprocess.run([sys.executable, SCRIPT, "-m", "64", "-n", str(N), "--rest", "0", *args], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=5 * bench.FINISHES_S, check=False)
    check(f"items {args}: exit status\n{done.stdout}", done.returncode, status)
    return done.stdout


def figures():
    with tempfile.TemporaryDirectory(prefix="larder-test-") as folder:
        path = f"{folder}/figures.json"
        out = run("--memcached", "/nonexistent", "--larderd", "", "--larderd", "-o no_lru_crawler", "--json", path, "mixed", "random")
        with open(path, encoding="utf-8") as f:
            results = json.load(f)
    check("kinds", list(results), ["mixed", "random"])
    check_that("no memcached", "memcached: skipped: /nonexistent" in out, out)
    for kind, of_kind in results.items():
        check(f"{kind}: servers", list(of_kind), ["larderd", "larderd -o no_lru_crawler"])
        payload = sum(len(k) + len(v) for k, v in zip(*records.made(kind, N)))
        for name, r in of_kind.items():
            check(f"{kind}, {name}: items, wrong", (r["items"], r["of"], r["wrong"]), (N, N, 0))
            check(f"{kind}, {name}: payload", round(r["payload_mib"] * 2**20), payload)
            check_that(f"{kind}, {name}: per GiB", abs(r["items_per_gib"] - N * 1024 / r["rss_mib"]) < 1, r)
            check_that(f"{kind}, {name}: in the table", f"{r['items_per_gib']:.0f}" in out, out)
    out = run("--rate", "20000", "session")
    check_that("alone, or beside memcached", "memcached: skipped" in out or re.search(r"# larderd / memcached: \d", out), out)
    run("nonsense", status=2)


class Liar(threading.Thread):
    """Answers gets on one connection with VALUE lines of `items`, as `spoil` changes them."""

    def __init__(self, stored, spoil):
        super().__init__(daemon=True)
        self.stored, self.spoil = stored, spoil
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        with self.listener, self.listener.accept()[0] as s, s.makefile("rb") as f:
            while line := f.readline():
                reply = b"".join(self.spoil(k, b"VALUE %b 0 %d\r\n%b\r\n" % (k, len(self.stored[k]), self.stored[k])) for k in line.split()[1:])
                s.sendall(reply + b"END\r\n")


def read_from(keys, values, spoil):
    liar = Liar(dict(zip(keys, values)), spoil)
    with items.Client(liar.port) as client:
        return items.read_back(client, keys, values)


def wrong_values():
    keys, values = records.made("half", 500)
    payload = sum(len(k) + len(v) for k, v in zip(keys, values))
    odd = set(keys[1::2])
    check("nothing wrong", read_from(keys, values, lambda k, reply: reply), (500, payload, 0))
    check("a byte of some", read_from(keys, values, lambda k, reply: reply if k in odd else reply[:-3] + bytes([reply[-3] ^ 1, 13, 10])),
          (500, payload, 250))
    check("flags", read_from(keys, values, lambda k, reply: reply.replace(b" 0 ", b" 1 ", 1))[2], 500)
    check("no end of the line", read_from(keys, values, lambda k, reply: reply[:-2] + b"..")[2], 500)
    check("a value of another key", read_from(keys, values, lambda k, reply: b"VALUE %b 0 3\r\nabc\r\n" % k)[2], 500)
    check("misses", read_from(keys, values, lambda k, reply: reply if k in odd else b"")[::2], (250, 0))
    try:
        read_from(keys, values, lambda k, reply: b"VALUE nonsense 0 1\r\nx\r\n")
    except SystemExit as e:
        check_that("another key", "no request asked for" in str(e), e)
    else:
        raise larderd.Failure("another key's value is accepted")


def test():
    distinct_records()
    figures()
    wrong_values()


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
