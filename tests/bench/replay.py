#!/usr/bin/python3
"""replay: a trace whose hits and misses are known beforehand, in every protocol, from files of all kinds."""

import os
import random
import shutil
import subprocess
import tempfile

import bench
from bench import check, check_that, larderd

N, N_KEYS, COPIES = 4000, 300, 3
MASK, STEP = (1 << 64) - 1, 0x9e3779b97f4a7c15
PART = 1024


def mixed(x):
    x ^= x >> 33
    x = x * 0xff51afd7ed558ccd & MASK
    x ^= x >> 33
    x = x * 0xc4ceb9fe1a85ec53 & MASK
    return x ^ x >> 33


def value(copy, key, size):
    """The stored value without --values: parts of random bytes (bench/load/plan/values.h)."""
    seed, n, out = mixed(key ^ mixed(copy) ^ mixed(size + 1)), -(-size // PART), b""
    for i in range(n):
        start, state = len(out), mixed((seed + i) & MASK)
        for _ in range(0, size * (i + 1) // n - start, 8):
            state = (state + STEP) & MASK
            out += mixed(state).to_bytes(8, "little")
        out = out[:size * (i + 1) // n]
    return out


def made():
    """(key, key size, value size) of each request; a key keeps its sizes."""
    r = random.Random(11)
    sizes = [(r.randint(1, 60), r.choice((0, 1, 7, 100, 5000))) for _ in range(N_KEYS)]
    return [(k, *sizes[k]) for k in (int(N_KEYS * r.random() ** 2) for _ in range(N))]


def lines(requests):
    return "".join(f"{i // 100},{k},{n_key},{n_value},7,get,3600\n" for i, (k, n_key, n_value) in enumerate(requests))


def replay(server, *args, status=0):
    return bench.run(*args, status=status, before=("replay",), server=server)


def with_protocols(folder, requests):
    path = os.path.join(folder, "trace.csv")
    with open(path, "w", encoding="ascii") as f:
        f.write("time,key,key_size,size,client,op,ttl\n" + lines(requests) + "9,1,5,5,0,delete,0\n")
    seen = {k: (n_key, n_value) for k, n_key, n_value in requests}
    misses, second = len(seen), len({k for k, *_ in requests} - {k for k, *_ in requests[:N // 2]})
    for protocol in ("memcache_text", "meta", "memcache_binary"):
        with larderd.Server("-m", "64", "-t", "1", listen="tcp") as server:
            done = replay(server, "-P", protocol, "--copies", COPIES, "--copy-delay", 50, path)
            r = done.report
            check(f"{protocol}: gets", (r["Gets"], r["Lines Left Out"]), (N * COPIES, 2))
            check(f"{protocol}: misses", r["Misses"], misses * COPIES)
            check(f"{protocol}: of the second half", round(r["Miss Ratio Of Second Half"] * N / 2), second)
            check(f"{protocol}: wrong, errors", (r["Wrong Values"], r["Errors"]), (0, 0))
            keys = sum(max(n_key, len(f"{c}:{k}")) + n for c in range(COPIES) for k, (n_key, n) in seen.items())
            check(f"{protocol}: items still there", (r["Items Still There"], r["Payload Bytes"]), (misses * COPIES, keys))
            with server.connect() as c:
                stats = c.stats()
                check(f"{protocol}: the server's items", int(stats["curr_items"]), misses * COPIES)
                check(f"{protocol}: the server's sets", int(stats["cmd_set"]), misses * COPIES)
                for k, (n_key, n_value) in list(seen.items())[:20]:
                    key = f"2:{k}".rjust(n_key, "0")
                    wanted = value(2, k, n_value)
                    c.send(f"get {key}\r\n".encode())
                    check(f"{protocol}: the value of {key}", c.read_until(b"\r\n"), f"VALUE {key} 0 {n_value}\r\n".encode())
                    check(f"{protocol}: its bytes", c.read(n_value + 7), wanted + b"\r\nEND\r\n")


def other_files(folder, requests):
    """Compressed, through a pipe, with keys that are not numbers; and files that cannot be read."""
    text = "".join(f"0,user:{k}-x,20,50,1,get,0\n" for k, *_ in requests).encode()
    plain = os.path.join(folder, "names.csv")
    with open(plain, "wb") as f:
        f.write(text)
    paths = [plain]
    if shutil.which("zstd"):
        subprocess.run(["zstd", "-q", plain], check=True)
        paths.append(plain + ".zst")
        with open(os.path.join(folder, "broken.zst"), "wb") as f:
            f.write(open(plain + ".zst", "rb").read()[:-20])
    with larderd.Server("-m", "64", listen="tcp") as server:
        for path in paths:
            with server.connect() as c:
                check("flush", c.ask("flush_all"), "OK")
            r = replay(server, path).report
            check(f"{path}: misses", r["Misses"], len({k for k, *_ in requests}))
        bad = [("nothing.csv", "No such file")] + [("broken.zst", "could not be read to the end")] * (len(paths) > 1)
        with open(os.path.join(folder, "none.csv"), "w", encoding="ascii") as f:
            f.write("no,trace\n")
        for name, says in (*bad, ("none.csv", "contains no gets")):
            done = replay(server, os.path.join(folder, name), status=1)
            check_that(f"{name}: {says}", says in done.err, done.err)


def contents(folder):
    """The values of --values are read back as they were stored; with --duplicates keys share them, also those of two copies."""
    path = os.path.join(folder, "contents.csv")
    with open(path, "w", encoding="ascii") as f:
        f.write("".join(f"0,{k},8,200,0,get,0\n" for k in range(1000)) * 2)
    for more, distinct in ((("--values", "json"), (2000, 2000)), (("--values", "half", "--duplicates", 50), (1150, 1350)),
                           (("--values", "text", "--duplicates", 100), (250, 256)), (("--duplicates", 100), (250, 256))):
        with larderd.Server("-m", "64", listen="tcp") as server:
            r = replay(server, "--copies", 2, *more, path).report
            check(f"{more}: gets, misses, wrong", (r["Gets"], r["Misses"], r["Wrong Values"]), (4000, 2000, 0))
            with server.connect() as c:
                values = set()
                for key in (f"{copy}:{k}".rjust(8, "0") for copy in range(2) for k in range(1000)):
                    c.send(f"get {key}\r\n".encode())
                    c.read_until(b"\r\n")
                    values.add(c.read(207)[:200])
        check_that(f"{more}: different values", distinct[0] <= len(values) <= distinct[1], len(values))


def expiring(folder):
    """With --ttl-divisor items expire, after a second at least, perhaps before the next get; without it none does."""
    path = os.path.join(folder, "ttl.csv")
    with open(path, "w", encoding="ascii") as f:
        f.write("0,1,5,10,0,get,7200\n0,2,5,10,0,get,0\n")
    for more, wanted in (((), [-1, -1]), (("--ttl-divisor", 2), [3600, -1]), (("--ttl-divisor", 100000), [1, -1])):
        with larderd.Server("-m", "64", listen="tcp") as server:
            replay(server, *more, path)
            with server.connect() as c:
                said = [c.ask(f"mg 000:{k} t") for k in (1, 2)]
            times = [0 if s == "EN" else int(s.removeprefix("HD t")) for s in said]
            check_that(f"{more}: times", all(a == b if b < 0 else b - 60 < a <= b and a >= 0 for a, b in zip(times, wanted)), said)


def test():
    requests = made()
    with tempfile.TemporaryDirectory(prefix="larder-test-") as folder:
        with_protocols(folder, requests)
        other_files(folder, requests)
        contents(folder)
        expiring(folder)


if __name__ == "__main__":
    larderd.binary()
    bench.binary()
    larderd.main(test)
