#!/usr/bin/python3
"""commands: every command of larder against running servers."""

import base64
import os
import subprocess
import tempfile

from cli import NO, TROUBLE, USAGE, Larder, check, check_that, environment, main
import larderd


def stores_and_reads(l):
    check("set", l.run("set", "k", "value", "--flags", "7", "--ttl", "100"), (b"", b""))
    check("get", l.out("get", "k"), b"value\n")
    check("raw get", l.out("get", "--raw", "k", "k"), b"valuevalue")
    got = l.json("get", "k")[0]
    check("its flags and time to live", (got["key"], got["value"], got["flags"], got["ttl"] in range(90, 101)),
          ("k", "value", 7, True))
    check("set by CAS", l.out("set", "k", "other", "--cas", str(got["cas"])), b"")
    check_that("its old CAS", "k" in l.err("set", "k", "x", "--cas", str(got["cas"]), status=NO))
    check("the same in JSON", l.json("set", "k", "x", "--cas", "1", status=NO)[0]["stored"], False)
    check("get", l.out("get", "k"), b"other\n")
    raw = bytes(range(256)) * 100
    l.run("set", "bytes", stdin=raw)
    check("raw bytes", l.out("get", "-r", "bytes"), raw)
    check("raw bytes in JSON", base64.b64decode(l.json("get", "bytes")[0]["value_base64"]), raw)
    l.run("set", "empty", "")
    check("an empty value", l.out("get", "empty"), b"\n")
    l.run("set", "text", 'line\none "quoted" \\ ü\x01')
    check("text in JSON", l.json("get", "text")[0]["value"], 'line\none "quoted" \\ ü\x01')
    l.run("set", "dash", "--", "-5")
    check("a value with a dash", l.out("get", "dash"), b"-5\n")
    check("a key with a space", (l.out("set", "a key", "v"), l.out("get", "a key")), (b"", b"v\n"))


def finds_servers():
    """Servers from a cluster, a file and a name; a list that cannot be read is an error, but not wrong usage."""
    with larderd.Server("--cluster=127.0.0.1:1", listen="tcp") as server:
        place = f"127.0.0.1:{server.port}"
        found = Larder(LARDER_SERVERS=f"cluster+{place}", LARDER_PROTOCOL="binary")
        check("a cluster's", found.out("where", "k"), Larder("127.0.0.1:1").out("where", "k"))
        with tempfile.NamedTemporaryFile("w", suffix=".servers") as f:
            f.write(f"# one\n{place}\n")
            f.flush()
            check("a file's", Larder(f"file+{f.name}").out("set", "k", "v"), b"")
        check_that("no file", "/nowhere" in Larder("file+/nowhere").err("get", "k", status=TROUBLE))
        check_that("a name's", "127.0.0.1" in Larder(f"dns+localhost:{server.port}").out("where", "k").decode())


def says_no(l):
    check("get of a missing key", l.run("get", "k", "missing", status=NO)[0], b"other\n")
    check_that("the error names it", "missing" in l.err("get", "missing", status=NO))
    check("quietly", l.err("-q", "get", "missing", status=NO), "")
    check("in JSON", l.json("get", "missing", status=NO), [{"key": "missing", "found": False}])
    check("add over", l.err("add", "k", "v", status=NO) != "", True)
    l.run("add", "added", "1")
    l.run("replace", "added", "2")
    l.run("replace", "missing", "2", status=NO)
    l.run("append", "added", "3")
    l.run("prepend", "added", "1")
    check("all that", l.out("get", "added"), b"123\n")
    l.run("append", "missing", "3", status=NO)
    l.run("delete", "added", "missing", status=NO)
    l.run("get", "added", status=NO)
    check("delete in JSON", l.json("delete", "dash", "dash", status=NO),
          [{"key": "dash", "deleted": True}, {"key": "dash", "deleted": False}])


def counts(l):
    l.run("set", "n", "10")
    check("incr", l.out("incr", "n"), b"11\n")
    check("incr by", l.out("incr", "n", "5"), b"16\n")
    check("decr", l.json("decr", "n", "100"), [{"key": "n", "found": True, "value": 0}])
    l.run("incr", "missing", status=NO)
    check("initial", l.out("incr", "made", "3", "--initial", "40", "--ttl", "60"), b"40\n")
    check("and then", l.out("decr", "made", "3", "--initial", "40"), b"37\n")
    check_that("its time to live", l.json("get", "made")[0]["ttl"] in range(50, 61))
    check_that("not a number", "k" in l.err("incr", "k", status=NO))
    check_that("too large", "large" in l.err("set", "large", stdin=bytes(2_000_000), status=NO))
    l.run("incr", "n", "-1", status=USAGE)
    check("numbers are decimal", l.out("incr", "decimal", "--initial", "010"), b"10\n")
    check("in the delta, too", l.out("incr", "decimal", "010"), b"20\n")
    l.run("incr", "n", "--ttl", "5", status=USAGE)
    l.run("touch", "n", "--ttl", "77")
    check_that("touched", l.json("get", "n")[0]["ttl"] in range(70, 78))
    check("touch of a missing key", l.json("touch", "missing", status=NO), [{"key": "missing", "touched": False}])


def asks_servers(l, two, first, second):
    stats = l.json("stats")[0]
    check("stats", (stats["server"], stats["threads"], stats["version"]), (first.path, 2, "1.6.45"))
    check_that("plain stats", b"\ncurr_items " in l.out("stats"))
    check_that("a group", b"verbosity " in l.out("stats", "settings"))
    check("of two", [s["server"] for s in two.json("stats")], [first.path, second.path])
    check("version", l.out("version").split(b"\n")[:2], [b"version 1.6.45", b"larder_version " + l.out("--version").split()[1]])
    check("version, as JSON", l.json("version")[0], {"server": first.path, "version": "1.6.45",
                                                    "larder_version": l.out("--version").split()[1].decode()})
    check_that("plain, of two", two.out("version").startswith(first.path.encode() + b" version "), two.out("version"))
    check_that("no such group", first.path in l.err("stats", "nonsense", status=TROUBLE))
    pings = two.json("ping", "-n", "3", "-i", "1ms")
    check("pings", [(p["server"], p["number"], p["answered"]) for p in pings],
          [(s.path, n, True) for n in (1, 2, 3) for s in (first, second)])
    check_that("their sum", b"3 of 3 answered" in l.out("ping", "-n", "3", "-i", "1ms"))
    top = two.json("top", "-n", "2", "-i", "10ms")
    check("top", ([t["server"] for t in top], top[0]["limit"]), ([first.path, second.path] * 2, 64 << 20))
    check_that("plain top", b" hit% " in l.out("top", "--once", "-i", "1ms"))
    check_that("no such column", "get/s hit%" in l.err("top", "--once", "--sort", "beauty", status=USAGE))
    keys = [f"key{i}" for i in range(100)]
    where = {w["key"]: w["server"] for w in two.json("where", *keys)}
    check("both servers have keys", set(where.values()), {first.path, second.path})
    for key in keys[:10]:
        two.run("set", key, where[key])
        alone = Larder(where[key])
        check("the key is on the server that `where` names", alone.out("get", key), where[key].encode() + b"\n")
        check("plain where", two.out("where", key), where[key].encode() + b"\n")
    l.run("flush")
    l.run("get", "k", status=NO)
    l.run("set", "k", "v")
    l.run("flush", "1000")
    check("not yet", l.out("get", "k"), b"v\n")
    l.run("flush", "soon", status=USAGE)


def watches(l, server):
    with subprocess.Popen(l.command("--json", "watch", "mutations"), stdout=subprocess.PIPE, env=environment()) as watcher:
        try:
            with server.connect() as c:
                while True:     # until the first event arrives, the watcher was not connected
                    c.ask("stats")
                    c.send(b"ms c2VlbiBi 1 b\r\nx\r\n")   # "seen b": the server escapes the space
                    c.read_until(b"HD\r\n")
                    if larderd.select.select([watcher.stdout], [], [], 0.01)[0]:
                        break
            line = watcher.stdout.readline()
            check_that("a mutation", b'"key": "seen b"' in line and b'"type": "item_store"' in line, line)
        finally:
            watcher.terminate()
            watcher.wait()
    check_that("an unknown stream", l.err("watch", "nonsense", status=TROUBLE) != "")


def speaks_every_protocol(server):
    for protocol in ("meta", "text", "binary"):
        l = Larder(server, options=["-o", f"protocol={protocol}"])
        l.run("set", "spoken", protocol, "--flags", "3")
        got = l.json("get", "spoken")[0]
        check(protocol, (got["value"], got["flags"], got["cas"] > 0), (protocol, 3, True))
        l.run("get", "unspoken", status=NO)


def reads_settings(server, other):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "larder", "larder.conf")
        os.mkdir(os.path.dirname(path))
        with open(path, "w") as f:
            f.write(f"# ours\n\n  servers = {server.path} \nprotocol=text\n")
        check_that("a file of settings", server.path.encode() in Larder(XDG_CONFIG_HOME=folder).out("version", "--json"))
        named = Larder(LARDER_CONFIG=path, LARDER_SERVERS=other.path)
        check_that("the environment overrides the file", other.path.encode() in named.out("version", "--json"))
        check_that("an option overrides both", server.path.encode() in named.out("version", "--json", "-s", server.path))
        with open(path, "a") as f:
            f.write("colour = green\n")
        check_that("the error names the invalid line", f"{path}:5: colour" in Larder(LARDER_CONFIG=path).err("version", status=USAGE))
        check_that("a missing file", "nothing" in Larder().err("-c", folder + "/nothing", "version", status=USAGE))


def refuses_nonsense(l):
    for words in ((), ("nonsense",), ("get",), ("set",), ("set", "k", "v", "w"), ("get", "k", "--ttl", "5"),
                  ("set", "k", "v", "--ttl", "soon"), ("set", "k", "v", "--flags", "-1"), ("--nonsense", "get", "k"),
                  ("get", "k", "--timeout", "1h"), ("get", "k", "--servers"), ("get", "k", "-o", "nonsense=1"),
                  ("get", "k", "-o", "protocol"), ("set", "k", "v", "--flags", "4294967296")):
        check_that(f"{words} is explained", l.err(*words, status=USAGE).startswith("larder: "))
    for words in (("get", "k" * 251), ("get", ""), ("set", "k", "v", "--ttl", "99999999999999"), ("version", "-s", ""), ("version", "-s", ", ,")):
        check_that(f"{words} is explained", l.err(*words, status=USAGE).startswith("larder: "))
    check("help", l.out("--help")[:6], b"usage:")
    check_that("help of a command", b"--ttl" in l.out("set", "--help"))
    check("version", l.out("--version")[:7], b"larder ")
    gone = Larder("/nonexistent/socket")
    check_that("no server", "/nonexistent/socket" in gone.err("get", "k", status=TROUBLE))
    gone.run("ping", "-n", "1", status=TROUBLE)
    check("JSON without a server", gone.json("top", "-n", "1", status=TROUBLE)[0]["server"], "/nonexistent/socket")
    for words in (("stats",), ("--help",), ("--version",), ("set", "--help")):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(l.command(*words), stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)
        check(f"{words}: no room for the output", (done.returncode, b"No space left" in done.stderr), (TROUBLE, True))


def test():
    finds_servers()
    with larderd.Server("-t", "2") as first, larderd.Server() as second:
        l, two = Larder(first), Larder(first, second)
        stores_and_reads(l)
        says_no(l)
        counts(l)
        asks_servers(l, two, first, second)
        watches(l, first)
        speaks_every_protocol(first)
        reads_settings(first, second)
        refuses_nonsense(l)
    print("larder: items, servers, settings, refusals: good")


if __name__ == "__main__":
    main(test)
