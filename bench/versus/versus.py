#!/usr/bin/env python3
"""Runs cache servers in turn on the standard workloads and compares them: a table, a plot, and ratios.

usage: versus.py [options] [NAME[:PROTOCOL]=COMMAND ...]

Without COMMANDs it compares larderd with those of memcached, valkey-server, redis-server and pogocache that are installed.
COMMAND starts a server in the foreground; PORT in it is replaced by a free one.  PROTOCOL is one of larder-bench's; the
default is redis for names that begin with redis or valkey, and memcache_text for all others.  "larderd" or a peer's name
alone stands for the default command.  LARDERD and LARDER_BENCH name our programs.

Each server runs alone, on the first CPU; the client on the others.  The figure to trust is the server's CPU time for each
operation: it does not depend on how fast the client is.  Ratios are against the last server; below 1 is cheaper.
"""
import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from html import escape

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from running import Running, ours  # noqa: E402

# The requests, the number of keys and the size of their values; {keys} is the greatest key number.
WORKLOADS = {
    "get-1": ("one get at a time on 50 connections", "-c 50 --pipeline 1 --ratio 0:1", 200000, 100),
    "get-p32": ("pipelines of 32 gets on 16 connections", "-c 16 --pipeline 32 --ratio 0:1", 200000, 100),
    "set-p32": ("pipelines of 32 sets", "-c 16 --pipeline 32 --ratio 1:0", 200000, 100),
    "mix-p32": ("one set to nine gets, pipelines of 32", "-c 16 --pipeline 32 --ratio 1:9", 200000, 100),
    "zipf-p32": ("gets of keys by Zipf's law", "-c 16 --pipeline 32 --ratio 0:1 --key-pattern R:Z --key-zipf-exp 0.99", 200000, 100),
    "mget-100": ("gets of 100 keys each; an operation is a key", "-c 16 --ratio 0:1 --multi-key-get 100", 200000, 100),
    "get-16k": ("one get at a time of 16 KiB", "-c 32 --ratio 0:1", 20000, 16384),
}
KEYS_EACH = {"mget-100": 100}
PEERS = {
    "larderd": ("-p PORT -l 127.0.0.1 -t 1 -m 2048", "memcache_text"),
    "pogocache": ("-p PORT -h 127.0.0.1 -t 1", "memcache_text"),
    "valkey-server": ("--port PORT --bind 127.0.0.1 --save '' --appendonly no", "redis"),
    "redis-server": ("--port PORT --bind 127.0.0.1 --save '' --appendonly no", "redis"),
    "memcached": ("-p PORT -l 127.0.0.1 -t 1 -m 2048 -U 0", "memcache_text"),
}
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#d62728", "#8c564b", "#7f7f7f", "#17becf")


class Server:
    def __init__(self, name, command, protocol):
        self.name, self.command, self.protocol = name, command, protocol

    @classmethod
    def known(cls, name):
        """One of PEERS, if it is installed."""
        path = ours("LARDERD", name) if name == "larderd" else shutil.which(name)
        if not path:
            return None
        words, protocol = PEERS[name]
        as_root = " -u root" if name in ("larderd", "memcached") and os.geteuid() == 0 else ""
        return cls(name, f"{shlex.quote(path)} {words}{as_root}", protocol)

    @classmethod
    def of(cls, word):
        if "=" not in word:
            if word not in PEERS:
                sys.exit(f"versus: {word} is neither NAME=COMMAND nor one of {', '.join(PEERS)}")
            return cls.known(word) or sys.exit(f"versus: {word} is not installed")
        name, command = word.split("=", 1)
        name, _, protocol = name.partition(":")
        return cls(name, command, protocol or ("redis" if name.startswith(("redis", "valkey")) else "memcache_text"))

    def running(self, cpus):
        def words(port):
            return [*on_cpus(cpus), *(word.replace("PORT", str(port)) for word in shlex.split(self.command))]
        return Running("versus", f"{self.name} ({self.command})", words, subprocess.DEVNULL)


def on_cpus(cpus):
    return ["taskset", "-c", cpus] if cpus else []


def load(a, server, running, words):
    """Runs larder-bench; returns its figures for all requests."""
    with tempfile.NamedTemporaryFile(suffix=".json") as f:
        command = [*on_cpus(a.client_cpus), a.bench, "-s", "127.0.0.1", "-p", str(running.port), "-P", server.protocol, "-t", "1",
                   "-q", "--hide-histogram", "--no-server-stats", "--json-out-file", f.name, *words]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            sys.exit(f"versus: {server.name}: {shlex.join(command)}\n{done.stdout}")
        return json.load(f)["ALL STATS"]


def race(a, server, name):
    """One server, one workload, once."""
    _, words, n_keys, size = WORKLOADS[name]
    keys = ["--key-maximum", str(min(n_keys, a.keys or n_keys) - 1), "-d", str(size)]
    with server.running(a.server_cpu) as running:
        load(a, server, running, [*keys, *shlex.split("-c 4 --pipeline 16 --ratio 1:0 --key-pattern P:P -n allkeys")])
        before = running.cpu_s()
        stats = load(a, server, running, [*keys, *words.split(), "--test-time", str(a.secs)])
        total, each = stats["Totals"], KEYS_EACH.get(name, 1)
        if total["Errors"] or total["Misses"]:
            print(f"# {server.name}: {total['Errors']} errors, {total['Misses']} misses in {name}", file=sys.stderr)
        return {"ops": total["Ops/sec"] * each, "us": (running.cpu_s() - before) * 1e6 / (total["Count"] * each),
                "client_us": stats["Client"]["CPU microseconds per operation"] / each,
                "p50": total["Percentile Latencies"]["p50.00"], "p99": total["Percentile Latencies"]["p99.00"],
                "p999": total["Percentile Latencies"]["p99.90"], "rss": running.rss() / 2**20}


def table(name, servers, results):
    """Prints one workload's table; returns its medians, with ratios."""
    medians = {s.name: {k: statistics.median(r[k] for r in results[s.name]) for k in results[s.name][0]} for s in servers}
    last = medians[servers[-1].name]
    print(f"\n# {name}: {WORKLOADS[name][0]}")
    print(f"{'server':<16}{'ops/s':>11}{'us/op':>9}{'ratio':>7}{'client us':>11}{'p50 ms':>9}{'p99 ms':>9}{'p99.9':>9}{'RSS MiB':>9}")
    for s in servers:
        m = medians[s.name]
        m["ratio"] = m["us"] / last["us"] if last["us"] else 0
        print(f"{s.name:<16}{m['ops']:>11.0f}{m['us']:>9.3f}{m['ratio']:>7.2f}{m['client_us']:>11.3f}{m['p50']:>9.3f}{m['p99']:>9.3f}"
              f"{m['p999']:>9.3f}{m['rss']:>9.1f}", flush=True)
    return medians


def plot(file, servers, all_medians):
    """Bars: CPU for each operation as a ratio to the last server's."""
    left, top, high, bar = 60, 50, 300, 22
    width_each = bar * len(servers) + 30
    width = left + width_each * len(all_medians) + 20
    most = max([1.2] + [m["ratio"] for medians in all_medians.values() for m in medians.values()])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top + high + 70}" font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{left}" y="24">Server CPU for each operation, {escape(servers[-1].name)} = 1 (lower is cheaper)</text>']
    for i in range(int(most / 0.2) + 1):
        y = top + high - high * i * 0.2 / most
        out.append(f'<path d="M{left} {y:.1f}H{width - 10}" stroke="#ddd"/><text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{i * 0.2:.1f}</text>')
    for i, (name, medians) in enumerate(all_medians.items()):
        x = left + 15 + i * width_each
        out.append(f'<text x="{x + bar * len(servers) / 2}" y="{top + high + 18}" text-anchor="middle">{escape(name)}</text>')
        for j, s in enumerate(servers):
            h = high * medians[s.name]["ratio"] / most
            out.append(f'<rect class="bar" x="{x + j * bar}" y="{top + high - h:.1f}" width="{bar - 3}" height="{h:.1f}" fill="{COLOURS[j % 8]}">'
                       f'<title>{escape(s.name)}: {medians[s.name]["us"]:.3f} us, {medians[s.name]["ratio"]:.2f}</title></rect>')
    for j, s in enumerate(servers):
        x = left + j * 130
        out.append(f'<rect x="{x}" y="{top + high + 38}" width="12" height="12" fill="{COLOURS[j % 8]}"/>'
                   f'<text x="{x + 18}" y="{top + high + 48}">{escape(s.name)}</text>')
    with file:
        file.write("\n".join([*out, "</svg>", ""]))


def positive(text):
    n = int(text)
    if n < 1:
        raise ValueError
    return n


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=positive, default=3, help="times that each server runs each workload; medians are shown")
    p.add_argument("--secs", type=positive, default=3, help="seconds of each run")
    p.add_argument("--keys", type=positive, help="at most this many keys")
    p.add_argument("--workload", action="append", choices=WORKLOADS, help="only this; may be given several times")
    first, *others = map(str, sorted(os.sched_getaffinity(0)))
    is_pinned = others and shutil.which("taskset")
    p.add_argument("--server-cpu", default=first if is_pinned else "", help="CPUs of the servers, as taskset writes them")
    p.add_argument("--client-cpus", default=",".join(others) if is_pinned else "", help="CPUs of the client")
    p.add_argument("--json", type=argparse.FileType("w", encoding="utf-8"), help="write everything to this file")
    p.add_argument("--svg", type=argparse.FileType("w", encoding="utf-8"), help="write the plot to this file")
    p.add_argument("servers", nargs="*", metavar="NAME[:PROTOCOL]=COMMAND")
    return p.parse_args()


def main():
    a = arguments()
    a.bench = ours("LARDER_BENCH", "larder-bench") or sys.exit("versus: there is no larder-bench: set LARDER_BENCH")
    servers = [Server.of(w) for w in a.servers] or [s for s in map(Server.known, PEERS) if s]
    if not servers:
        sys.exit("versus: no server is installed")
    if len({s.name for s in servers}) < len(servers):
        sys.exit("versus: two servers have the same NAME")
    print(f"# {a.rounds} rounds of {a.secs} s; servers on CPU {a.server_cpu or 'any'}, client on {a.client_cpus or 'any'}; "
          f"us/op is the server's CPU; ratios against {servers[-1].name}")
    for s in servers:
        print(f"# {s.name} ({s.protocol}): {s.command}")
    all_medians, everything = {}, {}
    for name in a.workload or WORKLOADS:
        results = {s.name: [] for s in servers}
        for _ in range(a.rounds):
            for s in servers:
                results[s.name].append(race(a, s, name))
        all_medians[name], everything[name] = table(name, servers, results), results
    if a.svg:
        plot(a.svg, servers, all_medians)
    if a.json:
        with a.json:
            json.dump({"medians": all_medians, "runs": everything}, a.json, indent=1)


if __name__ == "__main__":
    main()
