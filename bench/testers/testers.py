#!/usr/bin/env python3
"""testers: larder-bench beside memtier_benchmark: how much CPU each needs for the same load, and whether their counts agree.

    MEMTIER=memtier_benchmark python3 bench/testers/testers.py [ROUNDS [SCALE]]

Both get the same options, in turn, against the same larderd, ROUNDS times (5); SCALE (1) makes the runs longer.  LARDERD
and LARDER_BENCH name our programs.  The server runs on the first CPU, the tester on another one if possible.

ops per CPU second  operations divided by the tester's own user and system time, as the kernel reports it at the end: it
                    does not depend on how fast the server is, and little on other load of the machine
rate                what the tester itself reports; both are printed beside what the server counted in the same time
"""
import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS, TESTERS = 100000, ("larder-bench", "memtier")
WORKLOADS = {   # options for both, and requests of each client; as in ../versus
    "get-p32": ("-c 16 --pipeline 32 --ratio 0:1", 100000),
    "get-1": ("-c 50 --pipeline 1 --ratio 0:1", 6000),
    "set-p32": ("-c 16 --pipeline 32 --ratio 1:0", 60000),
    "limited": ("-c 10 --pipeline 1 --ratio 0:1 --rate-limiting 200", 1000),
}


def program(variable, name):
    for path in (os.environ.get(variable), os.path.join(HERE, "..", "..", "build", "release", name), shutil.which(name)):
        if path and os.access(path, os.X_OK):
            return os.path.abspath(path)
    sys.exit(f"testers: no {name}: set {variable}")


def pinned(cpu):
    cpus = sorted(os.sched_getaffinity(0))
    return lambda: os.sched_setaffinity(0, {cpus[cpu % len(cpus)]})


class Server:
    def __init__(self, path):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        as_root = ["-u", "root"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen([path, "-l", "127.0.0.1", "-p", str(self.port), "-t", "1", "-m", "256", *as_root],
                                        preexec_fn=pinned(0))

    def __enter__(self):
        while True:
            try:
                self.counted()
                return self
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("testers: the server does not listen")
                time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def counted(self):
        with socket.create_connection(("127.0.0.1", self.port), 5) as s, s.makefile("rwb") as f:
            f.write(b"stats\r\n")
            f.flush()
            stats = dict(line.split()[1:3] for line in iter(f.readline, b"END\r\n") if len(line.split()) > 2)
        return {name: int(stats[name.encode()]) for name in ("cmd_get", "cmd_set", "get_misses")}


def load(path, words, server, n):
    """One run: its CPU time, the rate that it reports, and what the server counted."""
    with tempfile.NamedTemporaryFile(suffix=".json") as f:
        command = [path, "-s", "127.0.0.1", "-p", str(server.port), "-P", "memcache_text", "-t", "1", "-n", str(n), "-d", "32",
                   "--key-minimum", "1", "--key-maximum", str(KEYS), "--hide-histogram", "--json-out-file", f.name, *words]
        before = server.counted()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   preexec_fn=pinned(1))
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        if status != 0:
            sys.exit(f"testers: {' '.join(command)}\n{said.decode(errors='replace')}")
        spent = {k: v - before[k] for k, v in server.counted().items()}
        return {"cpu_s": used.ru_utime + used.ru_stime, "rate": json.load(f)["ALL STATS"]["Totals"]["Ops/sec"],
                "ops": spent["cmd_get"] + spent["cmd_set"], "misses": spent["get_misses"]}


def race(paths, name, rounds, scale):
    words, n = WORKLOADS[name]
    n = int(n * scale)
    runs = {tester: [] for tester in TESTERS}
    with Server(program("LARDERD", "larderd")) as server:
        load(paths[TESTERS[0]], "-c 1 --ratio 1:0 --key-pattern P:P".split(), server, KEYS)
        for _ in range(rounds):
            for tester in TESTERS:
                runs[tester].append(load(paths[tester], words.split(), server, n))
    medians = {}
    for tester in TESTERS:
        medians[tester] = {"per_cpu": statistics.median(r["ops"] / r["cpu_s"] for r in runs[tester]),
                           "rate": statistics.median(r["rate"] for r in runs[tester])}
        print(f"{name:<10}{tester:<14}{medians[tester]['per_cpu']:>14.0f}{medians[tester]['rate']:>12.0f}"
              f"{runs[tester][0]['ops']:>10}{runs[tester][0]['misses']:>8}")
    ours, theirs = (medians[t] for t in TESTERS)
    print(f"{name:<10}{'ratio':<14}{ours['per_cpu'] / theirs['per_cpu']:>14.2f}{ours['rate'] / theirs['rate']:>12.2f}", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("rounds", nargs="?", type=int, default=5)
    p.add_argument("scale", nargs="?", type=float, default=1)
    a = p.parse_args()
    paths = {"larder-bench": program("LARDER_BENCH", "larder-bench"), "memtier": program("MEMTIER", "memtier_benchmark")}
    print(f"{'':<10}{'':<14}{'ops/CPU s':>14}{'rate':>12}{'counted':>10}{'misses':>8}")
    for name in WORKLOADS:
        race(paths, name, max(a.rounds, 1), a.scale)


if __name__ == "__main__":
    main()
