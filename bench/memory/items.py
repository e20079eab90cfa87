#!/usr/bin/env python3
"""items: how many items a server keeps for each GiB of its resident memory, beside memcached.

usage: items.py [options] [KIND ...]

Stores records of a kind (records.py: mixed, session, user, event, php, features, half, random, counter; mixed if none is
given) in larderd and then in memcached, both with one -m and one thread; waits until the server's background work is done;
reads all records back and compares every byte.  LARDERD names our server.

A line for each server: the records that it still has, their keys and values in MiB, the resident memory before the
reading, items for each GiB of it, which share of it is keys and values, the server's CPU seconds while it stored the
records and worked in the background, and while it was read; wrong values.  Then the ratio of items per GiB.

The load is not made by larder-bench, whose keys have one form: a cache of one application has several kinds of keys, and
what a server does for each of them has to be seen.
"""
import argparse
import json
import os
import shlex
import shutil
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import records  # noqa: E402
from running import Running, ours  # noqa: E402

BATCH_OF_SETS, BATCH_OF_GETS = 128, 50
QUIET_SHARE, QUIET_S, SETTLES_S = 0.02, 2, 120
REPLY_S = 60
COLUMNS = ("items", "of", "payload_mib", "rss_mib", "items_per_gib", "payload_rss", "store_cpu_s", "read_cpu_s", "wrong")
FORMATS = ("9d", "9d", "9.1f", "8.1f", "10.0f", "8.3f", "8.2f", "8.2f", "6d")
HEADS = ("items", "of", "MiB", "RSS MiB", "items/GiB", "MiB/RSS", "CPU s", "read s", "wrong")


class Client:
    """A connection in memcached's text protocol."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), REPLY_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input, self.at = b"", 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, request):
        self.socket.sendall(request)

    def receive(self):
        more = self.socket.recv(1 << 18)
        if not more:
            sys.exit("items: the server closed the connection")
        self.input, self.at = self.input[self.at:] + more, 0

    def line(self):
        while (end := self.input.find(b"\r\n", self.at)) < 0:
            self.receive()
        line, self.at = self.input[self.at:end], end + 2
        return line

    def block(self, n):
        """The `n` bytes of a value, and the end of its line; None if that is missing."""
        while len(self.input) - self.at < n + 2:
            self.receive()
        block, self.at = self.input[self.at:self.at + n + 2], self.at + n + 2
        return block[:-2] if block.endswith(b"\r\n") else None


def store(client, keys, values, rate):
    """Sets all records, `rate` of them per second, or as fast as the server accepts them."""
    started, is_waiting = time.monotonic(), False
    for first in range(0, len(keys), BATCH_OF_SETS):
        last = min(first + BATCH_OF_SETS, len(keys))
        request = b"".join([b"set %b 0 0 %d noreply\r\n%b\r\n" % (keys[i], len(values[i]), values[i]) for i in range(first, last)])
        if is_waiting:      # for the batch before, while which this one was composed
            await_batch(client)
        client.send(request + b"version\r\n")
        is_waiting = True
        if rate:
            time.sleep(max(0, started + last / rate - time.monotonic()))
    if is_waiting:
        await_batch(client)


def await_batch(client):
    """A set without memory for it is answered even with noreply."""
    while not client.line().startswith(b"VERSION"):
        pass


def read_back(client, keys, values):
    """Gets all records; how many are there, their bytes, and how many are wrong."""
    there = payload = wrong = 0
    for first in range(0, len(keys), BATCH_OF_GETS):
        last = min(first + BATCH_OF_GETS, len(keys))
        client.send(b"get " + b" ".join(keys[first:last]) + b"\r\n")
        i = first
        while (line := client.line()) != b"END":
            word, key, flags, n = line.split(b" ")
            value = client.block(int(n))
            while i < last and keys[i] != key:
                i += 1
            if word != b"VALUE" or i == last:
                sys.exit(f"items: a reply that no request asked for: {line!r}")
            wrong += value != values[i] or flags != b"0"
            there, payload, i = there + 1, payload + len(key) + int(n), i + 1
    return there, payload, wrong


def settle(server, rest_s):
    """Waits for `rest_s`; or until the server has used less than a fiftieth of a CPU for two seconds."""
    if rest_s is not None:
        time.sleep(rest_s)
        return
    quiet_s, deadline = 0, time.monotonic() + SETTLES_S
    while quiet_s < QUIET_S and time.monotonic() < deadline:
        before = server.cpu_s()
        time.sleep(1)
        quiet_s = quiet_s + 1 if server.cpu_s() - before < QUIET_SHARE else 0


def measured(server, keys, values, a):
    with Client(server.port) as client:
        begin_s = server.cpu_s()
        store(client, keys, values, a.rate)
        settle(server, a.rest)
        stored_s, rss = server.cpu_s(), server.rss()
        there, payload, wrong = read_back(client, keys, values)
        return {"items": there, "of": len(keys), "payload_mib": payload / 2**20, "rss_mib": rss / 2**20,
                "items_per_gib": there * 2**30 / rss, "payload_rss": payload / rss, "store_cpu_s": stored_s - begin_s,
                "read_cpu_s": server.cpu_s() - stored_s, "wrong": wrong}


def servers(a):
    """Names and commands; memcached is the last, if it is there."""
    larderd = ours("LARDERD", "larderd") or sys.exit("items: there is no larderd: set LARDERD")
    shape = ["-m", str(a.memory), "-t", "1", "-l", "127.0.0.1", *(["-u", "root"] if os.geteuid() == 0 else [])]
    found = [(f"larderd {options}".rstrip(), [larderd, *shape, *shlex.split(options)]) for options in a.larderd or [""]]
    path = a.memcached or shutil.which("memcached")
    if path and os.access(path, os.X_OK):
        return [*found, ("memcached", [path, *shape, "-U", "0"])]
    print(f"# memcached: skipped: {path} cannot be executed" if path else "# memcached: skipped: not installed")
    return found


def compare(kind, a):
    """Prints the lines of a kind; returns its figures."""
    keys, values = records.made(kind, a.number, a.seed, a.duplicates)
    results = {}
    print(f"\n# {kind}: {sum(map(len, values)) / a.number:.0f} bytes in the mean\n{'server':<24}"
          + "".join(f"{head:>{int(form[:-1].split('.')[0])}}" for head, form in zip(HEADS, FORMATS)), flush=True)
    for name, command in servers(a):
        with Running("items", name, lambda port, command=command: [*command, "-p", str(port)]) as server:
            results[name] = r = measured(server, keys, values, a)
        print(f"{name:<24}" + "".join(f"{r[column]:{form}}" for column, form in zip(COLUMNS, FORMATS)), flush=True)
    last = list(results)[-1]
    for name, r in results.items():
        r["ratio"] = r["items_per_gib"] / results[last]["items_per_gib"] if results[last]["items"] else None
        if name != last and r["ratio"] is not None:
            print(f"# {name} / {last}: {r['ratio']:.2f}", flush=True)
    return results


def number(least, kind=int):
    def read(text):
        n = kind(text)
        if n < least:
            raise ValueError
        return n
    return read


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("-m", "--memory", type=number(16), default=128, help="-m of the servers, in MiB (128)")
    p.add_argument("-n", "--number", type=number(1), default=800000, help="records (800000)")
    p.add_argument("--rate", type=number(0), default=0, help="sets per second (as fast as the server accepts them)")
    p.add_argument("--rest", type=number(0, float), help="seconds to wait before the reading (until the server is idle)")
    p.add_argument("--duplicates", type=number(0), default=0, help="percentage of the records whose value is one of 256 of its kind")
    p.add_argument("--seed", type=int, default=1, help="of the records (1)")
    p.add_argument("--memcached", metavar="PATH", help="memcached's program, if not the one that is installed")
    p.add_argument("--larderd", action="append", metavar="OPTIONS", help="options of larderd; given several times: a run for each")
    p.add_argument("--json", type=argparse.FileType("w", encoding="utf-8"), help="write the figures to this file")
    p.add_argument("kinds", nargs="*", metavar="KIND", help="kinds of records (mixed)")
    a = p.parse_args()
    for kind in a.kinds:
        if kind != "mixed" and kind not in records.KINDS:
            p.error(f"{kind} is none of mixed, {', '.join(records.KINDS)}")
    return a


def main():
    a = arguments()
    print(f"# -m {a.memory}, one thread, {a.number} records, "
          f"{f'{a.rate} sets per second' if a.rate else 'as fast as it goes'}, "
          f"{'until idle' if a.rest is None else f'a rest of {a.rest:g} s'}, seed {a.seed}, {a.duplicates} % duplicates")
    results = {kind: compare(kind, a) for kind in a.kinds or ["mixed"]}
    if a.json:
        with a.json:
            json.dump(results, a.json, indent=1)
    return int(any(r["wrong"] for kind in results.values() for r in kind.values()))


if __name__ == "__main__":
    sys.exit(main())
