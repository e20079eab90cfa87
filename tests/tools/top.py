#!/usr/bin/python3
"""top: `larder top` on a terminal, and its output for scripts."""

import signal
import threading
import time

from cli import GOOD, SANITIZED, TROUBLE, Larder, check, check_that, main, until
import larderd
from terminal import Terminal

HEADINGS = "get/s hit% set/s evict in/s out/s cpu% rss conns level full% items bytes limit pack% ratio".split()
EVERY = ("-i", "100ms")
HELD_S = 0.5
KEYS = "q quit  space pause"


class Load(threading.Thread):
    """Repeatedly gets 20 keys, of which 5 exist, and stores one."""

    def __init__(self, server):
        super().__init__()
        self.server, self.over, self.began, self.rounds = server, threading.Event(), time.monotonic(), 0

    def run(self):
        with self.server.connect() as c:
            while not self.over.wait(0.01):
                c.send(b"set k 0 0 1\r\nx\r\n" + b"get k k k k k\r\n" + b"get none none none none none none none none\r\n" +
                       b"get none none none none none none none\r\n")
                c.read_until(b"END\r\nEND\r\n")
                self.rounds += 1

    def per_second(self):
        return self.rounds / (time.monotonic() - self.began)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def name(server):
    return f"127.0.0.1:{server.port}"


def row(lines, begins):
    """The words of the row, without the first."""
    return next((line.split()[1:] for line in lines if line.startswith(begins)), None)


def cells(lines, begins):
    """The cells of a row by their headings."""
    heading = row(lines, "server")
    got = row(lines, begins)
    return dict(zip(heading, got)) if heading and got and len(got) == len(heading) else {}


def rate(lines, server, heading):
    """0 if there is none."""
    cell = cells(lines, name(server)).get(heading, "-")
    return 0.0 if cell == "-" else float(cell)


def order(lines):
    return [line.split()[0] for line in lines if line.startswith("127.")]


def terminal(*servers, options=(), **how):
    return Terminal(Larder(*servers, options=options).command("top", *EVERY), **how)


def shows_the_load(idle, busy):
    with Load(busy) as load, terminal(idle, busy) as t:
        t.shows("the table", lambda s: "larder top: 2 servers, every 0.1 s, sorted by the order given" in s[0])
        t.shows("the keys", lambda s: s[23].startswith(KEYS))
        t.shows("the columns that fit in 80", lambda s: row(s, "server") == HEADINGS[:10])
        t.shows("rates, or - without any", lambda s: cells(s, name(busy)).get("hit%") == "25.0"
                and cells(s, name(idle)).get("hit%") == "-" and cells(s, name(idle)).get("set/s") == "0")
        t.shows("their sum", lambda s: cells(s, "all").get("hit%") == "25.0" and float(cells(s, "all")["conns"]) >= 3)
        t.shows("figures of larderd", lambda s: cells(s, name(busy)).get("level") == "ok"
                and cells(s, name(busy))["rss"].endswith("M"))
        check("as large as the terminal", (len(t.screen.lines()), max(map(len, t.screen.lines())) <= 80), (24, True))
        if not SANITIZED:
            t.shows("the rate of sets", lambda s: abs(rate(s, busy, "set/s") / load.per_second() - 1) < 0.3)
            t.shows("the rate of gets", lambda s: abs(rate(s, busy, "get/s") / load.per_second() / 20 - 1) < 0.3)
        sorts(t, idle, busy)
        pauses(t, load)
        changes_size(t)
        helps(t)
        t.keys("+")
        t.shows("half as often", lambda s: "every 0.2 s" in s[0])
        t.keys("--")
        t.shows("no more often than ten times a second", lambda s: "every 0.1 s" in s[0])
        t.keys("x~\x7f")
        t.keys("q")
        check("its errors", t.ends(GOOD), "")


def sorts(t, idle, busy):
    check("in the order given", order(t.screen.lines()), [name(idle), name(busy)])
    t.keys(">")
    t.shows("sorted", lambda s: "sorted by get/s, largest first" in s[0] and order(s) == [name(busy), name(idle)])
    t.keys("r")
    t.shows("turned around", lambda s: "sorted by get/s, smallest first" in s[0] and order(s) == [name(idle), name(busy)])
    t.keys("\x1bOC")
    t.keys("r")
    t.shows("by the next column", lambda s: "sorted by hit%, largest first" in s[0] and order(s) == [name(busy), name(idle)])
    t.keys("<<")
    t.shows("in the order given, again", lambda s: "sorted by the order given" in s[0] and order(s) == [name(idle), name(busy)])


def pauses(t, load):
    t.keys(" ")
    t.shows("it shows that it is paused", lambda s: "PAUSED" in s[0])
    held, rounds = t.screen.lines(), load.rounds
    until("the load goes on", lambda: load.rounds > rounds + 10)
    t.read(HELD_S)
    check("held", t.screen.lines(), held)
    t.keys(">")
    t.shows("sorted while paused", lambda s: "get/s, largest first -- PAUSED" in s[0])
    t.keys("< ")
    t.shows("continues", lambda s: "PAUSED" not in s[0])


def changes_size(t):
    t.resize(30, 122)
    t.shows("wider", lambda s: row(s, "server") == HEADINGS and s[29].startswith(KEYS) and len(order(s)) == 2)
    t.resize(5, 40)
    t.shows("smaller", lambda s: row(s, "server") == HEADINGS[:4] and s[4].startswith(KEYS) and len(order(s)) == 0)
    t.resize(6, 40)
    t.shows("room for one server", lambda s: len(order(s)) == 1)
    first = order(t.screen.lines())
    t.keys("j")
    t.shows("the next", lambda s: len(order(s)) == 1 and order(s) != first)
    t.keys("jjjk")
    t.shows("not past the last one, and back", lambda s: order(s) == first)
    t.resize(1, 1)
    t.keys("h")
    t.shows("one place", lambda s: s == ["q"])
    t.keys("h")
    t.resize(24, 80)
    t.shows("the first size again", lambda s: row(s, "server") == HEADINGS[:10] and s[23].startswith(KEYS) and len(order(s)) == 2)


def helps(t):
    t.keys("?")
    t.shows("help", lambda s: any("pause, continue" in line for line in s) and not row(s, "server") and s[23].startswith(KEYS))
    t.keys("h")
    t.shows("the table again", lambda s: row(s, "server") == HEADINGS[:10])


def servers_come_and_go(stays, goes):
    with terminal(stays, goes, options=("-t", "20")) as t:
        t.shows("both", lambda s: cells(s, name(goes)).get("conns") and cells(s, name(stays)).get("conns"))
        goes.halt()
        t.shows("one has ended", lambda s: "no connection" in " ".join(row(s, name(goes)) or "") and cells(s, name(stays)).get("conns"))
        goes.resume()
        t.shows("it is back", lambda s: cells(s, name(goes)).get("conns") and cells(s, name(goes)).get("get/s") == "0")
        goes.process.send_signal(signal.SIGSTOP)
        try:
            t.keys(">")
            t.shows("one is stopped: keys work", lambda s: "sorted by get/s" in s[0])
            with Load(stays):
                t.shows("the other is still updated", lambda s: cells(s, name(stays)).get("hit%") == "25.0")
        finally:
            goes.process.send_signal(signal.SIGCONT)
        t.shows("it continues", lambda s: cells(s, name(goes)).get("cpu%"))
        t.keys("q")
        t.ends(GOOD)
        goes.halt()
    with terminal(stays, goes) as t:
        t.shows("one has ended", lambda s: "no connection" in " ".join(row(s, name(goes)) or ""))
        t.keys("q")
        t.ends(TROUBLE)
    goes.resume()


def ends_in_every_way(server):
    for how in (signal.SIGINT, signal.SIGTERM):
        with terminal(server) as t:
            t.shows("the table", lambda s: cells(s, name(server)).get("conns"))
            t.signal(how)
            t.ends(GOOD)
    with terminal(server) as t:
        t.shows("the table", lambda s: cells(s, name(server)).get("conns"))
        t.keys("\x03")
        t.ends(GOOD)
    with terminal(server) as t:
        t.shows("the table", lambda s: cells(s, name(server)).get("conns"))
        t.hang_up()
        until("it ends", lambda: t.process.poll() is not None)
    with Terminal(Larder(server).command("top", "-n", "2", *EVERY)) as t:
        t.ends(GOOD)
        check_that("it has drawn the table", b"get/s" in t.seen, t.seen)
    with terminal(server, kind="nonsense", columns=120) as t:
        t.shows("lines instead", lambda s: any(cells([h, r], name(server)) for h in s for r in s))
        t.signal(signal.SIGINT)
        check_that("says why", "writing lines instead" in t.ends(GOOD))


def writes_for_scripts(first, second):
    both = Larder(first, second)
    rows = both.json("top", "--once", "-i", "20ms")
    check("JSON", [r["server"] for r in rows], [name(first), name(second)])
    check("known", (rows[0]["pressure"], rows[0]["resident"] > 1 << 20, rows[0]["limit"], rows[0]["sets_per_second"]),
          ("normal", True, 64 << 20, 0))
    check_that("no gets: no share of hits", "hit_percent" not in rows[0], rows[0])
    with Load(second):
        def tells():
            rows = both.json("top", "--once", "-i", "300ms", "--sort", "set/s")
            is_so = [r["server"] for r in rows] == [name(second), name(first)] and rows[0].get("cpu_percent", -1) >= 0
            return is_so and rows[0].get("hit_percent") == 25 or rows
        # It may read the counters between two gets of the load.
        until("sorted, with rates from the first", tells)
    lines = both.out("top", "-1", "-i", "1ms").decode().splitlines()
    check("lines", (row(lines, "server"), order(lines)), (HEADINGS, [name(first), name(second)]))
    check("in every protocol", [len(Larder(first, options=("-o", f"protocol={p}")).json("top", "-1", "-i", "1ms")[0]) > 10
                                for p in ("meta", "text", "binary")], [True] * 3)


def has_screen(server):
    """Without ncurses it prints why, and writes lines."""
    with terminal(server) as t:
        until("something is drawn", lambda: t.read() or b"server" in t.seen)
        has = b"\x1b" in t.seen         # a drawing program moves the cursor first
        t.signal(signal.SIGINT)
        errors = t.ends(GOOD)
        if not has:
            check_that("it prints why", "without ncurses" in errors, errors)
        return has


def test():
    calm = ("-t", "2", "-o", "no_pressure")     # independent of the machine's memory pressure
    with larderd.Server(*calm, listen="tcp") as first, larderd.Server(*calm, listen="tcp") as second:
        writes_for_scripts(first, second)
        if has_screen(first):
            shows_the_load(first, second)
            servers_come_and_go(first, second)
            ends_in_every_way(first)
    print("top: good")


if __name__ == "__main__":
    main(test)
