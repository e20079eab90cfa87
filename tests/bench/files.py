#!/usr/bin/python3
"""files: every file that larder-bench writes has the same figures: tables, JSON, CSV, plots, and HdrHistogram logs.

The logs are decoded here from the format's description alone: base64, deflate, zigzag LEB128, counts by slot.
"""

import base64
import csv
import os
import re
import struct
import tempfile
import xml.etree.ElementTree
import zlib

import bench
from bench import check, check_that, larderd

COOKIE, COOKIE_DEFLATED = 0x1c849303, 0x1c849304
RUNS, SECONDS = 2, 3
SHORT_S = 0.5         # a rest after the last full second is neither drawn nor a progress line if it is shorter
SVG = "{http://www.w3.org/2000/svg}"


def numbers(data):
    """Zigzag LEB128."""
    at = 0
    while at < len(data):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            if shift == 56:     # the ninth has eight bits
                value |= byte << shift
                break
            value |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield (value >> 1) ^ -(value & 1)


def decoded(text):
    """{slot: count} of a V2 histogram with 3 digits."""
    outer = base64.b64decode(text, validate=True)
    cookie, n = struct.unpack(">ii", outer[:8])
    check("the outer cookie", (cookie & ~0xf0, n), (COOKIE_DEFLATED & ~0xf0, len(outer) - 8))
    plain = zlib.decompress(outer[8:])
    cookie, n, shift, digits, least, most, ratio = struct.unpack(">iiiiqqd", plain[:40])
    check("the inner head", (cookie & ~0xf0, n, shift, digits, least, ratio),
          (COOKIE & ~0xf0, len(plain) - 40, 0, 3, 1, 1.0))
    check_that("it can hold hours", most > 3600e9, most)
    counts, slot = {}, 0
    for number in numbers(plain[40:]):
        if number < 0:
            slot -= number
        else:
            if number:
                counts[slot] = number
            slot += 1
    return counts


def highest(slot):
    """The greatest value of a slot: 2048 slots of 1, then 1024 for each doubling."""
    if slot < 2048:
        return slot
    doubling = slot // 1024 - 1
    return ((slot - doubling * 1024 + 1) << doubling) - 1


def percentile(counts, percent):
    total, seen = sum(counts.values()), 0
    for slot in sorted(counts):
        seen += counts[slot]
        if seen >= total * percent / 100 - 1e-6:
            return highest(slot)
    return 0


def log_of(path):
    """{tag: {slot: count}} of a whole log, and {tag: [(from, length)]} of its lines, whose format is checked."""
    sums, seconds = {}, {}
    with open(path, encoding="ascii") as f:
        lines = f.read().splitlines()
    check("the version", lines[1], "#[Histogram log format version 1.3]")
    check_that("the start", re.fullmatch(r"#\[StartTime: \d+\.\d{3} \(seconds since epoch\), .*\]", lines[2]), lines[2])
    for line in lines[5:]:
        tag, start, length, most, text = line.split(",")
        counts = decoded(text)
        check(f"{line[:40]}: the greatest", f"{percentile(counts, 100) / 1e6:.6f}", most)
        tag = tag.removeprefix("Tag=")
        seconds.setdefault(tag, []).append((float(start), float(length)))
        total = sums.setdefault(tag, {})
        for slot, n in counts.items():
            total[slot] = total.get(slot, 0) + n
    return sums, seconds


def check_log(path, report):
    log, seconds = log_of(path)
    for kind in ("Sets", "Gets"):
        counts, row = log[kind], report[kind]
        said = [(s["From"], s["Length"]) for s in row["Time-Serie"].values() if "Min Latency" in s]
        check_that(f"{kind}: a line for each second that has some", len(said) == len(seconds[kind]) and all(
            abs(a - b) < 0.002 for x, y in zip(said, seconds[kind]) for a, b in zip(x, y)), (said, seconds[kind]))
        check(f"{kind}: as many in the log", sum(counts.values()), row["Count"])
        for name, ms in row["Percentile Latencies"].items():
            check(f"{kind} {name}", f"{percentile(counts, float(name[1:])) / 1e6:.6f}", f"{ms:.6f}")
        mean = sum(highest(s) * n for s, n in counts.items()) / sum(counts.values()) / 1e6
        check_that(f"{kind}: the mean", abs(mean - row["Average Latency"]) <= mean / 500, (mean, row["Average Latency"]))


def check_percentiles(path, row):
    with open(path, encoding="ascii") as f:
        lines = [line.split() for line in f if line[:1] != "#"][2:]
    check("the last line has all requests", (float(lines[-1][1]), int(lines[-1][2])), (1.0, row["Count"]))
    check_that("shares rise", all(float(a[1]) < float(b[1]) for a, b in zip(lines, lines[1:])))
    check(".hgrm: the greatest", lines[-1][0], f"{row['Max Latency']:.6f}")


def check_csv(path, row):
    with open(path, encoding="ascii", newline="") as f:
        rows = list(csv.DictReader(f))
    check("CSV: a line for each second, of this run", [r["run"] for r in rows], ["1"] * len(row["Time-Serie"]))
    check("CSV: requests", sum(int(r["sets"]) + int(r["gets"]) for r in rows), row["Count"])
    check_that("CSV: the seconds are consecutive",
               all(abs(float(a["from s"]) + float(a["length s"]) - float(b["from s"])) < 0.002
                   for a, b in zip(rows, rows[1:])))


def check_plots(prefix, n_seconds):
    for name, n_lines in (("percentiles", 2), ("latency", 4), ("throughput", 1)):
        root = xml.etree.ElementTree.parse(f"{prefix}-{name}.svg").getroot()
        check(f"{name}: what it is", root.tag, SVG + "svg")
        drawn = [p.get("d") for p in root.iter(SVG + "path") if p.get("class") == "line"]
        check(f"{name}: lines and their names", len(drawn), 2 * n_lines)
        for d in drawn[::2]:
            points = [tuple(map(float, p.split())) for p in re.split("[ML]", d)[1:]]
            check_that(f"{name}: a point for each second", name == "percentiles" or len(points) == n_seconds, points)
            check_that(f"{name}: within the frame", all(79 <= x <= 931 and 49 <= y <= 421 for x, y in points), points)


def check_clients(path, total):
    with open(path, encoding="ascii", newline="") as f:
        rows = list(csv.DictReader(f))
    check("--client-stats: requests", sum(int(r["requests"]) for r in rows[-6:]), total)


def one_run(folder, server):
    done = bench.run("-s", "127.0.0.1", "-p", server.port, "-t", 2, "-c", 3, "--test-time", SECONDS, "--ratio", "1:3",
                     "--hdr-file-prefix", f"{folder}/h", "--csv-out-file", f"{folder}/c.csv", "-o", f"{folder}/out",
                     "--svg-file-prefix", f"{folder}/p", "--client-stats", f"{folder}/clients.csv",
                     "--print-percentiles", "50,90,99,99.9,100")
    check_log(f"{folder}/h_run_1.hlog", done.all)
    seconds = done.row()["Time-Serie"].values()
    # On a busy machine the once-a-second report may come late: two of three must be there.
    check_that("seconds", SECONDS - 1 <= len(seconds) <= SECONDS + 1, seconds)
    check_that("none of them short but the last", all(s["Length"] >= SHORT_S for s in list(seconds)[:-1]), seconds)
    n_long = sum(s["Length"] >= SHORT_S for s in seconds)
    check_percentiles(f"{folder}/h_GET_run_1.hgrm", done.row("Gets"))
    check_percentiles(f"{folder}/h_FULL_run_1.hgrm", done.row())
    check_csv(f"{folder}/c.csv", done.row())
    check_plots(f"{folder}/p", n_long)
    check_clients(f"{folder}/clients.csv", done.row()["Count"])
    check("JSON: the minimum is the minimum of all seconds", min(s["Min Latency"] for s in seconds if "Min Latency" in s),
          done.row()["Min Latency"])
    check("JSON: the seconds add up", sum(s["Count"] for s in seconds), done.row()["Count"])
    with open(f"{folder}/out", encoding="utf-8") as f:
        text = f.read()
    check("the table is written to the file", done.out, "")
    gets = re.search(r"^Gets +([\d.]+)", text, re.M)
    check("the table has the rate", f"{float(gets[1]):.2f}", f"{done.row('Gets')['Ops/sec']:.2f}")
    check("a progress line each second", done.err.count("ops/sec"), n_long)
    return done


def check_server(done, server):
    """The server's own counters are in the report, and its CPU and memory are that process's."""
    s = done.all["Server"]
    bench.check_close("Server: sets", s["Sets"], done.row("Sets")["Count"])
    bench.check_close("Server: hits", s["Hits"], done.row("Gets")["Hits"])
    bench.check_close("Server: misses", s["Misses"], done.row("Gets")["Misses"])
    check("Server: the process of the memory", s["Process"], server.process.pid)
    check_that("Server: its memory", abs(s["RSS bytes"] / 1024 - server.rss_kib()) < 20000, s["RSS bytes"])
    check_that("Server: its CPU", 0 < s["CPU seconds"] < 4 * SECONDS, s)
    check_that("Client: our CPU", 0 < done.all["Client"]["CPU seconds"] <= 2 * (SECONDS + 1), done.all["Client"])


def several_runs(folder, server):
    done = bench.run("-s", "127.0.0.1", "-p", server.port, "-P", "memcache_binary", "-t", 1, "-c", 2, "-n", 3000, "-x", RUNS, "-q",
                     "--hdr-file-prefix", f"{folder}/several", "--no-server-stats")
    best, worst, mean = (done.report[t] for t in ("BEST RUN RESULTS", "WORST RUN RESULTS",
                                                  f"AGGREGATED AVERAGE RESULTS ({RUNS} runs)"))
    check_that("best, mean, worst", best["Totals"]["Ops/sec"] >= mean["Totals"]["Ops/sec"] >= worst["Totals"]["Ops/sec"])
    check("all requests of all runs", mean["Totals"]["Count"], RUNS * 6000)
    check_that("--no-server-stats", "Server" not in best and "Server:" not in done.out)
    check("files of each run", sorted(n for n in os.listdir(folder) if n.endswith("hlog") and "several" in n),
          [f"several_run_{i + 1}.hlog" for i in range(RUNS)])


def progress(server):
    """The last progress line is the complete one, whether or not the run ended at a full second."""
    for words in (("-n", "allkeys", "--key-maximum", 99), ("-n", 50), ("-n", 13, "--rate-limiting", 10)):
        done = bench.run("-s", "127.0.0.1", "-p", server.port, "-t", 1, "-c", 1, *words)
        last = re.findall(r"\[RUN #1 (\d+)%", done.err)[-1:]
        check(f"{words}: the last progress line", last, ["100"])


def unwritable(folder, server):
    for option in ("--json-out-file", "--out-file", "--csv-out-file", "--client-stats"):
        done = bench.run("-s", "127.0.0.1", "-p", server.port, "-q", "-n", 1, option, f"{folder}/none/file", status=1)
        check_that(f"{option}: reported", f"{folder}/none/file: No such file" in done.err, done.err)
    for option, name in (("--svg-file-prefix", "file-latency.svg"), ("--hdr-file-prefix", "file_run_1.hlog")):
        done = bench.run("-s", "127.0.0.1", "-p", server.port, "-q", "-n", 1, option, f"{folder}/none/file", status=1)
        check_that(f"{option}: reported", f"{folder}/none/{name}: No such file" in done.err, done.err)
        check_that(f"{option}: before it begins", "Totals" not in done.out, done.out)
    if os.path.exists("/dev/full"):
        done = bench.run("-s", "127.0.0.1", "-p", server.port, "-n", 10, "-q", "-o", "/dev/full", status=1)
        check_that("a full disk: an error", "could not be written" in done.err, done.err)


def test():
    with tempfile.TemporaryDirectory(prefix="larder-test-") as folder, \
            larderd.Server("-m", "64", "-t", "1", listen="tcp") as server:
        check_server(one_run(folder, server), server)
        several_runs(folder, server)
        progress(server)
        unwritable(folder, server)


if __name__ == "__main__":
    larderd.binary()
    bench.binary()
    larderd.main(test)
