#!/usr/bin/python3
"""versus: bench/versus runs each server in turn, and prints a table, ratios that follow from its figures, and a plot."""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import bench
from bench import check, check_that, larderd

SCRIPT = os.path.join(os.environ.get("TOP_SRCDIR", "."), "bench", "versus", "versus.py")
WORKLOADS = ("get-p32", "mget-100")


def run(*args, status=0):
    done = subprocess.run([sys.executable, SCRIPT, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=5 * bench.FINISHES_S, check=False)
    check(f"versus {args}: exit status\n{done.stdout}", done.returncode, status)
    return done.stdout


def test():
    user = " -u root" if os.geteuid() == 0 else ""
    servers = [f"{name}=" + larderd.binary() + " -p PORT -l 127.0.0.1 -m 64 -t 1" + user for name in ("one", "two:meta")]
    with tempfile.TemporaryDirectory(prefix="larder-test-") as folder:
        out = run("--rounds", "1", "--secs", "2", "--keys", "1000", "--json", f"{folder}/j", "--svg", f"{folder}/s.svg",
                  *(w for name in WORKLOADS for w in ("--workload", name)), *servers)
        check_that("no misses, no errors", "misses" not in out, out)
        with open(f"{folder}/j", encoding="utf-8") as f:
            medians = json.load(f)["medians"]
        check("workloads", tuple(medians), WORKLOADS)
        for name, m in medians.items():
            check(f"{name}: servers", list(m), ["one", "two"])
            check(f"{name}: the last is 1", m["two"]["ratio"], 1)
            check(f"{name}: the ratio", m["one"]["ratio"], m["one"]["us"] / m["two"]["us"])
            check_that(f"{name}: figures", all(s["ops"] > 100 and s["us"] > 0 and s["rss"] > 1 and s["p99"] >= s["p50"] > 0
                                               for s in m.values()), m)
            check_that(f"{name}: is in the table", f"# {name}:" in out and f"{m['one']['us']:.3f}" in out, out)
        root = xml.etree.ElementTree.parse(f"{folder}/s.svg").getroot()
        check("bars", len([r for r in root.iter("{http://www.w3.org/2000/svg}rect") if r.get("class") == "bar"]), 4)
    check_that("a server that does not start", "does not listen" in run("broken=false", status=1))
    check_that("an unknown name", "neither" in run("nonsense", status=1))
    check_that("two servers of a name", "the same NAME" in run("one=false", "one=true", status=1))
    for words in (("--rounds", "0"), ("--secs", "x"), ("--svg", "/dev/null/file")):
        check_that(f"{words}: before it begins", words[0] in run(*words, servers[0], status=2))


if __name__ == "__main__":
    larderd.binary()
    bench.binary()
    larderd.main(test)
