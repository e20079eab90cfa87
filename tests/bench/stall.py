#!/usr/bin/python3
"""stall: the latencies of an open loop show that a server stalled, and those of a closed loop hide it.

The server is stopped (SIGSTOP) for a quarter of a second in each run.  In the closed loop that delays the
few outstanding requests; in the open one all that were due during the stall.
"""

import math
import re
import signal
import tempfile
import threading
import time
import xml.etree.ElementTree

import bench
from bench import SANITIZED, check, check_that, larderd

STALL_S, SECONDS, RATE = 0.25, 3, 2000
CLIENTS, TRIES = 4, 3
SVG = "{http://www.w3.org/2000/svg}"


def run(server, *more):
    """A run with a stall after the load has begun."""
    def stall():
        with server.connect() as c:
            bench.until("the load has begun", lambda: int(c.stats()["cmd_get"]) > begun + 100)
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(STALL_S)
        server.process.send_signal(signal.SIGCONT)

    with server.connect() as c:
        begun = int(c.stats()["cmd_get"])
    thread = threading.Thread(target=stall)
    thread.start()
    done = bench.run("-s", "127.0.0.1", "-p", server.port, "-c", CLIENTS, "-t", 1, "--test-time", SECONDS, "--ratio", "0:1",
                     "--print-percentiles", "50,99,99.9", "-q", *more)
    thread.join()
    return done.row("Gets")


def milliseconds(path, number):
    """The points of a plot's line, from 0, read from the axis of milliseconds, which is logarithmic."""
    root = xml.etree.ElementTree.parse(path).getroot()
    marks = sorted((float(t.get("y")) - 4, math.log10(float(t.text))) for t in root.iter(SVG + "text") if t.get("text-anchor") == "end")
    (high, most), (low, least) = marks[0], marks[-1]
    lines = [p.get("d") for p in root.iter(SVG + "path") if p.get("class") == "line"]
    points = [float(p.split()[1]) for p in re.split("[ML]", lines[2 * number])[1:]]
    return [10 ** (least + (low - y) / (low - high) * (most - least)) for y in points]


def check_plots(prefix, p999):
    """The stall stands out of the plot of the seconds, in the line of p99.9, and is in the curve of percentiles."""
    over_time, curve = milliseconds(prefix + "-latency.svg", 1), milliseconds(prefix + "-percentiles.svg", 0)
    check_that("the plot over time has the stall", max(over_time) > STALL_S * 800, over_time)
    check_that("the plot of percentiles has it", max(curve) > STALL_S * 900, curve[-20:])
    check_that("both have the size that they declare", any(abs(y / p999 - 1) < 0.1 for y in curve), (p999, curve[-20:]))


def test():
    with tempfile.TemporaryDirectory(prefix="larder-test-") as folder:
        stalls(folder + "/plot")


def stalls(prefix):
    with larderd.Server("-m", "64", "-t", "1", listen="tcp") as server:
        shown = {}
        for name, more in (("closed", ()), ("open", ("--open-loop", RATE)),
                           ("constant", ("--open-loop", RATE, "--arrivals", "constant")),
                           ("limited", ("--rate-limiting", 100))):
            more += ("--svg-file-prefix", prefix)
            row = shown[name] = run(server, *more)
            for _ in range(TRIES):      # on a busy machine there are other stalls, which are measured as well
                if name != "closed" or row["Percentile Latencies"]["p99.90"] < STALL_S * 500:
                    break
                row = shown[name] = run(server, *more)
            if name == "open":
                check_plots(prefix, row["Percentile Latencies"]["p99.90"])
            # In a closed loop only outstanding requests are delayed, and the client itself may run late when the stall begins.
            least = STALL_S * (900 if name in ("open", "constant") else 600)
            check_that(f"{name}: the stall is its longest latency", row["Max Latency"] > least, row["Max Latency"])
    ms = {name: row["Percentile Latencies"] for name, row in shown.items()}
    for name in ("open", "constant"):
        # A request is due each half millisecond, so of the 500 of the stall the latencies are spread evenly.
        late = RATE * STALL_S / (RATE * SECONDS) * 100
        check_that(f"{name}: p99.9 has the stall", ms[name]["p99.90"] > STALL_S * 1000 * (1 - 0.1 / late) * 0.8, ms[name])
        check_that(f"{name}: so has p99", ms[name]["p99.00"] > STALL_S * 1000 * (1 - 1 / late) * 0.7, ms[name])
        check_that(f"{name}: sent at its rate", abs(shown[name]["Count"] - RATE * SECONDS) < RATE * SECONDS * 0.06,
                   shown[name]["Count"])
    check("constant: every request", abs(shown["constant"]["Count"] - RATE * SECONDS) <= 1, True)
    check_that("limited: not above the rate", shown["limited"]["Count"] <= 100 * CLIENTS * (SECONDS + 0.1), shown["limited"])
    if not SANITIZED:
        check_that("closed: p99.9 does not have the stall", ms["closed"]["p99.90"] < STALL_S * 500, ms["closed"])
    print("p99.9 in ms with a stall of 250: " + ", ".join(f"{name} {p['p99.90']:.2f}" for name, p in ms.items()))


if __name__ == "__main__":
    larderd.binary()
    bench.binary()
    larderd.main(test)
