#!/usr/bin/python3
"""monitoring: programs that watch a server by its text statistics get the values they read.

monitored.py lists which program reads what.  This test sends each program's
request to a server whose counters are all above 0; then it checks the rules
about several values: sums, differences that must not be
negative, and the buffer that must hold the whole reply.
"""

import re
import sys

sys.dont_write_bytecode = True
import compat  # noqa: E402
import monitored  # noqa: E402
from compat import Failure, check, check_that, larderd, until  # noqa: E402

COLLECTD_BUFFER = 4096
# lines that TLS and -o idle_timeout would add to bare stats, in their longest form
LINES_TO_COME = ("idle_kicks", "ssl_new_sessions", "ssl_handshake_errors", "ssl_proto_errors",
                 "time_since_server_cert_refresh")
BUSY_DIGITS = 13    # a counter after 200 days at 500,000 a second; a limit of 9 TB
NOT_COUNTED = {"pid", "uptime", "time", "version", "libevent", "pointer_size", "slab_reassign_last_busy_status",
               "threads", "hash_power_level", "hash_is_expanding", "slab_reassign_running", "lru_crawler_running",
               "accepting_conns", "reserved_fds", "log_watchers", "max_connections"}


def move_every_counter(c):
    """Hits and misses of each kind, in several classes, one of them of chained chunks."""
    for size in (1, 100, 1000, 20_000, 700_000):
        c.send(b"set n%d 0 0 %d\r\n%s\r\n" % (size, size, b"x" * size))
        check("set", c.read_until(b"\r\n"), b"STORED\r\n")
    for line, want in (("get n1 nothing", "VALUE n1 0 1"), ("delete nothing", "NOT_FOUND"), ("incr nothing 1", "NOT_FOUND"),
                       ("decr nothing 1", "NOT_FOUND"), ("touch nothing 9", "NOT_FOUND"), ("touch n1 900", "TOUCHED"),
                       ("flush_all 900", "OK"), ("mg n1", "HD"), ("delete n100", "DELETED")):
        check(line, c.ask(line), want)
        if line.startswith("get "):
            c.read_until(b"END\r\n")
    for word, reply in (("missing", "NOT_FOUND"), ("n1", "EXISTS")):
        c.send(f"cas {word} 0 0 1 18446744073709551615\r\n7\r\n".encode())
        check("cas", c.read_until(b"\r\n"), f"{reply}\r\n".encode())
    unique = re.search(r"(\d+)$", c.ask("gets n1"))[1]
    c.read_until(b"END\r\n")
    c.send(f"cas n1 0 0 1 {unique}\r\n7\r\n".encode())
    check("cas", c.read_until(b"\r\n"), b"STORED\r\n")
    check("incr", c.ask("incr n1 5"), "12")
    check("decr", c.ask("decr n1 2"), "10")
    c.send(b"set big 0 0 %d\r\n%s\r\n" % (2 << 20, bytes(2 << 20)))
    check("too large", c.read_until(b"\r\n"), b"SERVER_ERROR object too large for cache\r\n")
    c.send(b"set gone 0 -1 1\r\nx\r\nget gone\r\n")
    check("stored, and expired", c.read_until(b"END\r\n"), b"STORED\r\nEND\r\n")


def as_asked(c, ask):
    """{name: value}, as the strictest program reads it: one space on either side of the name, nothing else until END."""
    c.send(ask)
    text = c.read_until(b"END\r\n").decode()
    found = {}
    for line in text.split("\r\n")[:-2]:
        part = re.fullmatch(r"STAT ([^ ]+) ([^ ]+)", line)
        if not part:
            raise Failure(f"{ask!r}: telegraf gives up at {line!r}")
        check_that(f"{part[1]} is unique", part[1] not in found)
        found[part[1]] = part[2]
    return found


def every_tool_reads(c):
    wrong = []
    for tool in monitored.TOOLS:
        if tool.binary:
            continue
        for group, names in tool.names.items():
            if names:
                ask = tool.ask if group == "" else tool.ask.replace(b"stats", b"stats " + group.encode())
                wrong += monitored.complaints(tool, group, plain_settings(c, ask) if group == "settings" else as_asked(c, ask))
    if wrong:
        raise Failure("\n".join(wrong))


def plain_settings(c, ask):
    """A setting's value may have one word, several, or none (domain_socket): a name, one space, and the rest."""
    c.send(ask)
    lines = c.read_until(b"END\r\n").decode().split("\r\n")[:-2]
    check_that("settings", all(re.match(r"STAT [^ ]+ ", line) for line in lines), lines)
    return dict(line.split(" ", 2)[1:] for line in lines)


def as_ints(found):
    return {name: int(value) for name, value in found.items() if value.isdigit()}


def at_rest(c):
    """stats, stats slabs and stats items of one moment: flushed items are swept gradually, and none between these three."""
    found = []

    def asked():
        before = as_ints(as_asked(c, b"stats\r\n"))
        slabs, items = as_asked(c, b"stats slabs\r\n"), as_asked(c, b"stats items\r\n")
        after = as_ints(as_asked(c, b"stats\r\n"))
        found[:] = before, monitored.by_class(slabs, "slabs"), monitored.by_class(items, "items")
        return before["curr_items"] == after["curr_items"]

    until("no item is swept", asked)
    return found


def differences(c, what):
    """The exporter subtracts cas counts from sets; phpMemcachedAdmin and Grafana boards subtract hits from gets."""
    s, classes, items = at_rest(c)
    check_that(f"{what}: a cas is a set, too", s["cmd_set"] >= s["cas_hits"] + s["cas_misses"] + s["cas_badval"], s)
    check_that(f"{what}: get_hits and get_misses are cmd_get", s["get_hits"] + s["get_misses"] == s["cmd_get"], s)
    check_that(f"{what}: touches", s["touch_hits"] + s["touch_misses"] == s["cmd_touch"], s)
    check_that(f"{what}: expired and flushed are misses", s["get_expired"] + s["get_flushed"] <= s["get_misses"], s)
    check_that(f"{what}: uptime divides", s["uptime"] >= 1, s)
    totals = as_ints(classes.pop(None))
    check_that(f"{what}: classes", len(classes) == totals["active_slabs"] > 0, totals)
    for number, row in classes.items():
        row = as_ints(row)
        held = as_ints(items.get(number, {"mem_requested": "0", "number": "0"}))
        check_that(f"{what}: class {number}: sets", row["cmd_set"] >= row["cas_hits"] + row["cas_badval"], row)
        check_that(f"{what}: class {number}: chunks", row["used_chunks"] + row["free_chunks"] == row["total_chunks"], row)
        check_that(f"{what}: class {number}: items are in chunks", held["number"] <= row["used_chunks"], (row, held))
    # in one class it may be different: a chained item is requested in one class and stored in others
    requested = sum(int(row["mem_requested"]) for row in items.values())
    check_that(f"{what}: not more requested than allocated", requested <= totals["total_malloced"], (requested, totals))
    check_that(f"{what}: items of no class", set(items) <= set(classes), (set(items), set(classes)))
    check(f"{what}: number of items", sum(int(i["number"]) for i in items.values()), s["curr_items"])
    slab_sets = sum(int(row["cmd_set"]) for row in classes.values())
    check_that(f"{what}: sets of all classes", slab_sets <= s["cmd_set"], (slab_sets, s["cmd_set"]))


def sums(c):
    """phpMemcachedAdmin adds up every value over a cluster's servers, except those that it knows are not numbers."""
    for name, value in as_asked(c, b"stats\r\n").items():
        if name not in ("libevent", "version", "slab_reassign_last_busy_status"):
            check_that(f"{name} can be added", re.fullmatch(r"\d+(\.\d+)?", value), value)


def fits_collectd(c):
    """A buffer of 4096 bytes holds all of bare stats and its end, even when the counters are long."""
    found = as_asked(c, b"stats\r\n")
    found.update(dict.fromkeys(LINES_TO_COME, "0"))
    size = len("END\r\n")
    for name, value in found.items():
        if name not in NOT_COUNTED:
            value = value.rjust(BUSY_DIGITS + (7 if "." in value else 0), "9")
        size += len(f"STAT {name} {value}\r\n")
    check_that("a busy server's statistics fit collectd's buffer", size < COLLECTD_BUFFER, size)
    return size


def cachedump(c):
    """phpMemcachedAdmin lists a class: key, size and expiry of each item."""
    for number in monitored.by_class(as_asked(c, b"stats items\r\n"), "items"):
        c.send(b"stats cachedump %d 100\r\n" % number)
        for line in c.read_until(b"END\r\n").decode().split("\r\n")[:-2]:
            check_that("cachedump", re.fullmatch(r"ITEM \S+ \[\d+ b; -?\d+ s\]", line), line)


def nothing_of_others(c):
    """The exporter assumes extstore or the proxy in use when it finds these names."""
    for name in as_asked(c, b"stats\r\n"):
        check_that(name, not re.match(r"extstore_|proxy_", name))


def versions(c):
    """libmemcached reads three numbers of a byte each.  Others require 1.6 or later."""
    number = re.match(r"VERSION (\d+)\.(\d+)\.(\d+)", c.ask("version"))
    check_that("version", number and all(int(n) <= 255 for n in number.groups()) and int(number[1]) >= 1, number)
    check("stats has the same", as_asked(c, b"stats\r\n")["version"].startswith(number[0][len("VERSION "):]), True)


def cas_alone():
    """Only cas has stored anything."""
    with larderd.Server() as server, server.connect() as c:
        c.send(b"cas nothing 0 0 1 5\r\nx\r\n")
        check("cas", c.read_until(b"\r\n"), b"NOT_FOUND\r\n")
        s = as_ints(as_asked(c, b"stats\r\n"))
        check("cas_misses and cmd_set", (s["cas_misses"], s["cmd_set"]), (1, 1))


def no_room_by_class():
    """Dashboards of stats items show which class lacks memory."""
    with larderd.Server("-M", "-m", "8", "--share=off") as server, server.connect() as c:
        refused, n = 0, 0
        while refused < 3:
            c.send(b"set k%d 0 0 900\r\n%s\r\n" % (n, b"x" * 900))
            refused += c.read_until(b"\r\n") != b"STORED\r\n"
            n += 1
        full = re.search(r"cls=(\d+)", c.ask("me k0"))[1]
        found = monitored.by_class(as_asked(c, b"stats items\r\n"), "items")
        check("outofmemory", {str(number): row["outofmemory"] for number, row in found.items()}, {full: "3"})
        check("every store is refused", as_asked(c, b"stats\r\n")["store_no_memory"], "3")


def test():
    with larderd.Server(listen="tcp") as server, server.connect() as c:
        sums(c)                 # a server without any requests so far
        check_that("uptime at the start", int(as_asked(c, b"stats\r\n")["uptime"]) >= 1)
        move_every_counter(c)
        every_tool_reads(c)
        differences(c, "after traffic")
        sums(c)
        cachedump(c)
        nothing_of_others(c)
        versions(c)
        size = fits_collectd(c)
        check("stats reset", c.ask("stats reset"), "RESET")
        differences(c, "after a reset")
        check("flush_all", c.ask("flush_all"), "OK")
        c.ask("get n1")
        differences(c, "after a flush")
    cas_alone()
    no_room_by_class()
    tools = ", ".join(tool.name for tool in monitored.TOOLS if not tool.binary)
    print(f"a busy server's stats are {size} bytes; content: {tools}")


if __name__ == "__main__":
    compat.main(test)
