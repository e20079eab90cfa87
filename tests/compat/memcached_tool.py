#!/usr/bin/python3
"""memcached_tool: memcached-tool displays, lists and dumps the server's items.

Debian has the script in its package `memcached`, MEMCACHED_SRC in scripts/; the test
runs it over TCP and a Unix socket.  A dump is complete and can be loaded into
another server, as operators do to move a cache.
"""

import os
import re
import shutil
import sys
import urllib.parse

sys.dont_write_bytecode = True
import compat  # noqa: E402
from compat import Failure, check, check_that, larderd  # noqa: E402

PLACES = (os.path.join(os.environ.get("MEMCACHED_SRC", "/nonexistent"), "scripts/memcached-tool"),
          os.path.join(os.path.dirname(shutil.which("memcached") or "/usr/bin/memcached"),
                       "../share/memcached/scripts/memcached-tool"))

ITEMS = {f"key{i}": (i, b"value %d\r\n" % i * (i % 300 + 1)) for i in range(500)}
ITEMS["large"] = (7, bytes(range(256)) * 2000)
ITEMS["50%/odd&key=\xff"] = (1, b"x")


def find():
    for path in PLACES:
        if os.access(path, os.R_OK):
            return path
    larderd.skip("no memcached-tool (Debian: memcached)")


def fill(c):
    for key, (flags, value) in ITEMS.items():
        c.send(b"set %s %d 0 %d\r\n%s\r\n" % (key.encode("latin1"), flags, len(value), value))
        check(f"set {key}", c.read_until(b"\r\n"), b"STORED\r\n")
    check("an item with an expiry", (c.send(b"set mortal 0 5000 1\r\nm\r\n"), c.read_until(b"\r\n"))[1], b"STORED\r\n")


def table(text):
    """The last two words of each line: name -> value."""
    return dict(line.split()[-2:] for line in text.decode().splitlines()[1:])


def displays(tool, c):
    """Class, size, age, pages, items, full, evicted, when, out of memory: for each class that has pages."""
    rows = []
    for line in tool("display").decode().splitlines()[1:]:
        row = re.fullmatch(r" *(\d+) +([\d.]+[BK]) +(\d+)s +(\d+) +(\d+) +(yes|no) +(\d+) +(\d+) +(\d+)", line)
        if not row:
            raise Failure(f"display: {line!r}")
        rows.append(row)
    check("items of all classes", sum(int(row[5]) for row in rows), len(ITEMS) + 1)
    slabs = c.stats("slabs")
    check("classes", {f"{row[1]}:total_pages": row[4] for row in rows},
          {name: v for name, v in slabs.items() if name.endswith(":total_pages") and v != "0"})


def shows(tool, c):
    for mode, group in (("stats", ""), ("settings", "settings")):
        found, wanted = table(tool(mode)), c.stats(group)
        missing = [name for name, value in wanted.items() if value and name not in found]
        check(f"{mode}: names it does not see", missing, [])
    check("stats: curr_items", table(tool("stats"))["curr_items"], str(len(ITEMS) + 1))
    check("settings: maxbytes", table(tool("settings"))["maxbytes"], str(64 << 20))
    check("sizes", sum(int(n) for n in table(tool("sizes")).values()), len(ITEMS) + 1)


def lists(tool):
    keys = [re.match(r"key=(\S+) exp=(-?\d+) ", line) for line in tool("keys").decode().splitlines()]
    check_that("keys: each line is one", all(keys), keys)
    found = {urllib.parse.unquote(key[1], encoding="latin1"): int(key[2]) for key in keys}
    check("keys", set(found), {*ITEMS, "mortal"})
    check("keys: those without expiry", {end for key, end in found.items() if key != "mortal"}, {-1})
    check_that("keys: an expiry is a Unix time", found["mortal"] > 1_700_000_000, found["mortal"])
    check("keys: some", len(tool("keys", "10").splitlines()), 10 - 1)     # it counts the OK as a key


def plays_back(tool, server):
    """Loading the dump into an empty server gives the same items."""
    dump = tool("dump")
    with larderd.Server() as other, other.connect() as c:
        c.send(dump + b"mn\r\n")
        check("loading the dump", c.read_until(b"MN\r\n"), b"STORED\r\n" * (len(ITEMS) + 1) + b"MN\r\n")
        for key, (flags, value) in ITEMS.items():
            c.send(b"get %s\r\n" % key.encode("latin1"))
            wanted = b"VALUE %s %d %d\r\n%s\r\nEND\r\n" % (key.encode("latin1"), flags, len(value), value)
            check(f"{key}, played back", c.read(len(wanted)), wanted)
        left = int(re.search(r"t(\d+)", c.ask("mg mortal t"))[1])
        check_that("the expiry is kept", 4900 < left <= 5000, left)


def test():
    script = [compat.find("perl", package="perl"), find()]
    if compat.run([script[0], "-e", "print eval { require URI::Escape } ? 'ok' : 'no'"]) != b"ok":
        larderd.skip("perl has no URI::Escape (Debian: liburi-perl)")
    for listen in ("tcp", "unix"):
        with larderd.Server("-o", "track_sizes", listen=listen) as server, server.connect() as c:
            where = server.path if listen == "unix" else f"127.0.0.1:{server.port}"

            def tool(*mode):
                return compat.run([*script, where, *mode])

            fill(c)
            displays(tool, c)
            shows(tool, c)
            lists(tool)
            plays_back(tool, server)
        print(f"memcached-tool over {listen}: display, stats, settings, sizes, keys, dump: good")


if __name__ == "__main__":
    compat.main(test)
