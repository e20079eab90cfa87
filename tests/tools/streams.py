#!/usr/bin/python3
"""streams: dump, export and import."""

import base64
import fcntl
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time

from cli import NO, SECONDS, TROUBLE, Larder, check, check_that, main, until
import larderd

N_ITEMS = 500
SEED = 5


def fill(server):
    """{key: (value, flags, seconds to live)}; keys and values of any bytes."""
    r = random.Random(SEED)
    items = {}
    for i in range(N_ITEMS):
        key = b"key:%d" % i if i % 3 else bytes(r.choices(range(256), k=r.randrange(1, 120))) + b"%d" % i
        items[key] = (r.randbytes(r.choice([0, 1, 20, 1000, 50_000 if i % 50 == 0 else 5])), r.randrange(1 << 32),
                      r.choice([0, 10_000, 1_000_000]))
    with server.connect() as c:
        for key, (value, flags, ttl) in items.items():
            encoded = base64.b64encode(key)
            c.send(b"ms %s %d b F%d T%d\r\n%s\r\n" % (encoded, len(value), flags, ttl, value))
            check("stored", c.read_until(b"\r\n"), b"HD\r\n")
    return items


def holds(what, servers, items):
    """All items are on one server or another, unchanged."""
    found = {}
    for server in servers:
        with server.connect() as c:
            for key in items:
                c.send(b"mg %s b v f t\r\n" % base64.b64encode(key))
                head = c.read_until(b"\r\n").split()
                if head[0] == b"VA":
                    found[key] = (c.read(int(head[1]) + 2)[:-2], int(head[2][1:]), int(head[3][1:]))
    check(f"{what}: number of items", len(found), len(items))
    for key, (value, flags, ttl) in items.items():
        got = found[key]
        check(f"{what}: value and flags of {key}", got[:2], (value, flags))
        check_that(f"{what}: time to live of {key}", got[2] == -1 if ttl == 0 else ttl - 600 < got[2] <= ttl, (got, ttl))


def copies(source, items, first, second):
    one, two = Larder(source), Larder(first, second)
    exported = one.out("export")
    check("an export consists of meta requests", exported[:3], b"ms ")
    two.run("import", stdin=exported)
    holds("import", (first, second), items)
    check("all of both servers", sorted(two.out("export").split(b"\r\n")) == sorted(exported.split(b"\r\n")), True)
    check("items that were kept", two.json("import", "--keep", stdin=exported), [{"stored": 0, "kept": N_ITEMS, "failed": 0}])
    with source.connect() as c:     # a server accepts it directly
        two.run("flush")
        with first.connect() as raw:
            raw.send(exported + b"mn\r\n")
            raw.read_until(b"MN\r\n")
        holds("sent to a server", (first,), items)
        check("the source is unchanged", int(c.stats()["curr_items"]), N_ITEMS)
    check("in JSON", sorted(o["flags"] for o in one.json("export")), sorted(v[1] for v in items.values()))
    dumped = {o["key"]: o for o in one.json("dump") if "key" in o}
    check("a dump in JSON has only items", len(one.json("dump")), N_ITEMS)
    for key, (_, flags, ttl) in items.items():
        if key.startswith(b"key:"):
            d = dumped[key.decode()]
            # memcached reports the flags since 1.6.24.
            said = d["flags"] if "flags" in d or source.exe == larderd.binary() else flags
            check_that(f"dump of {key}", said == flags and (d["expires"] == -1) == (ttl == 0), d)
    check("a plain dump", [line[:4] for line in one.out("dump").splitlines()], [b"key="] * N_ITEMS)


def uses_files(source, target):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "items")
        Larder(source).run("export", path)
        Larder(target).run("flush")
        check_that("files", f"{N_ITEMS} items stored" in Larder(target).err("import", path))
        check_that("no such file", path + "x" in Larder(target).err("import", path + "x", status=TROUBLE))
        check_that("a folder", folder + ": Is a directory" in Larder(target).err("import", folder, status=TROUBLE))
        check_that("no such folder", "/x" in Larder(target).err("export", path + "x/x", status=TROUBLE))
        check_that("a disk without room", "/dev/full: " in Larder(source).err("export", "/dev/full", status=TROUBLE))


def reads_what_memcached_tool_writes(target):
    l = Larder(target)
    later = int(time.time()) + 1000
    l.run("import", stdin=b"add old 5 %d 5\r\nhello\r\nset other 0 0 2\nhi\nadd past 0 1000000000 1\r\nx\r\n" % later)
    got = l.json("get", "old", "other")
    check("its items", [(g["value"], g["flags"], g["ttl"] > 0) for g in got], [("hello", 5, True), ("hi", 0, False)])
    l.run("get", "past", status=NO)


def explains_what_is_broken(target):
    l = Larder(target)
    for stream, says in ((b"hello\r\n", "item 1"), (b"ms k 5\r\nabc", "item 1"), (b"ms k 3\r\nabcd\r\n", "item 1"),
                         (b"ms k 1\r\nx\r\nms k -1\r\n", "item 2"), (b"ms k 1", "item 1"), (b"\r\n", "item 1"),
                         (b"ms " + b"k" * 251 + b" 1\r\nx\r\n", "item 1"), (b"ms k 1 Q\r\nx\r\n", "item 1"),
                         (b"ms =b= 1 b\r\nx\r\n", "item 1"), (b"ms " + b"k" * 5000 + b"\r\n", "item 1"),
                         (b"ms k 99999999999\r\n", "item 1"), (b"set k 0 0 1 0 0 0 0 0 0\r\nx\r\n", "item 1")):
        check_that(f"{stream[:30]} is explained", says in l.err("import", stdin=stream, status=TROUBLE), stream)
    check("an import of nothing", l.json("import", stdin=b"")[0]["stored"], 0)
    check("the item before the error", l.out("get", "k"), b"x\n")
    large = b"ms large 2000000\r\n" + bytes(2_000_000) + b"\r\nms small 1\r\ns\r\n"
    check("an item that is too large", l.json("import", stdin=large, status=TROUBLE), [{"stored": 1, "kept": 0, "failed": 1}])
    gone = Larder("/nonexistent/socket", options=["-t", "200ms"])
    check("no server", gone.json("import", stdin=b"ms k 1\r\nx\r\n" * 3, status=TROUBLE)[0]["failed"], 3)
    gone.run("export", status=TROUBLE)
    gone.run("dump", status=TROUBLE)


def waits_as_long_as_it_is_told():
    """With a longer timeout, a server may need more than the default of a second."""
    with socket.create_server(("127.0.0.1", 0)) as slow:
        def serve():
            with slow.accept()[0] as c:
                c.recv(100)
                time.sleep(1.2)
                c.sendall(b"key=late exp=-1\r\nEND\r\n")
                c.recv(100)
        thread = threading.Thread(target=serve)
        thread.start()
        place = f"127.0.0.1:{slow.getsockname()[1]}"
        check("a slow dump", Larder(place, options=["-o", "timeout_ms=60000"]).out("dump"), b"key=late exp=-1\n")
        thread.join()


def read_to(c, end):
    last = b""
    while not last.endswith(end):
        received = c.recv(1 << 20)
        check_that("larder sends all its requests", received, last[-9:])
        last = (last + received)[-100:]


def refuses_early(listening, client):
    """A server that answers the first value after some of its bytes, and reads the others once larder waits for that."""
    def waits():
        unread = struct.unpack("i", fcntl.ioctl(c, termios.TIOCOUTQ, bytes(4)))[0]
        with open(f"/proc/{client.pid}/stat") as f:
            state = f.read().rsplit(") ")[1][0]
        return (unread == 0 and state == "S") or client.poll() is not None or (unread, state)

    with listening.accept()[0] as c:
        c.settimeout(SECONDS)
        check("the beginning of a set", c.recv(9), b"ms large ")
        c.sendall(b"SERVER_ERROR object too large for cache\r\n")
        until("larder has read the answer, and waits", waits)
        read_to(c, b"\r\ns\r\n")
        c.sendall(b"HD\r\n")


def goes_on_after_an_early_refusal():
    """The next value does not fit behind the rest of the refused one, which has no outstanding request any more."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        path, items = os.path.join(folder, "socket"), os.path.join(folder, "items")
        listening.bind(path)
        listening.listen()
        listening.settimeout(SECONDS)
        with open(items, "wb") as f:
            f.write(b"ms large 4000000\r\n" + bytes(4_000_000) + b"\r\nms small 1\r\ns\r\n")
        l = Larder(path, options=["-o", "queue_max=1000"])
        with subprocess.Popen(l.command("--json", "import", items), stdout=subprocess.PIPE, env=l.environment) as client:
            try:
                refuses_early(listening, client)
                out = client.communicate(timeout=SECONDS)[0]
            finally:
                client.kill()
        check("the status of the import", client.returncode, TROUBLE)
        check("a value that is refused early", json.loads(out), {"stored": 1, "kept": 0, "failed": 1})


def goes_to_memcached_and_back(source, items, first, second):
    """The memcached of Debian 12 is 1.6.18."""
    path = shutil.which("memcached")
    if path is None:
        print("memcached: not installed")
        return
    # Without its maintainer, which may move an item past a dump.
    with larderd.Server("-o", "no_lru_maintainer", exe=path) as there:
        Larder(there).run("import", stdin=Larder(source).out("export"))
        holds("import to memcached", (there,), items)
        Larder(first, second).run("flush")
        copies(there, items, first, second)
        plain = Larder(there, options=("-o", "protocol=text"))
        out, err = plain.run("export", status=NO)
        n_plain = sum(key.startswith(b"key:") for key in items)
        check_that("an export by the text protocol: all keys that it can contain", out.count(b"ms key:") == n_plain, n_plain)
        check_that("it reports the others", b"items left out" in err, err)
    with larderd.Server("-o", "no_lru_crawler", exe=path) as there:
        check_that("a server that does not list its keys", "lru crawler" in Larder(there).err("export", status=TROUBLE))


def test():
    with larderd.Server() as source, larderd.Server() as first, larderd.Server() as second:
        items = fill(source)
        copies(source, items, first, second)
        goes_to_memcached_and_back(source, items, first, second)
        uses_files(source, first)
        reads_what_memcached_tool_writes(first)
        explains_what_is_broken(first)
    waits_as_long_as_it_is_told()
    goes_on_after_an_early_refusal()
    print(f"larder: {N_ITEMS} items dumped, exported and imported; invalid streams: good")


if __name__ == "__main__":
    main(test)
