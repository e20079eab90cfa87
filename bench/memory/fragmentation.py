#!/usr/bin/python3
"""fragmentation: how much of a full cache's pages is free, and how much of its resident memory holds items, while sizes change.

    LARDERD=./larderd LARDER_BENCH=./larder-bench python3 bench/memory/fragmentation.py [MIB] [SECONDS]

A server of MIB (256) is loaded for SECONDS (30) each with several mixes of item sizes in turn; a third of the
requests are sets.  Every five seconds a line:

  fragmentation    the share of the pages of all classes that holds no item (`stats pages`)
  payload/limit    the bytes of items, with their headers and keys, divided by -m
  payload/rss      the same, divided by the resident memory

Loopback only; it ends by itself.
"""

import argparse
import os
import socket
import subprocess
import time

STEP_S = 5
LOADS = (
    ("50 to 2000 B", "--data-size-range=50-2000"),
    ("3 to 12 KB", "--data-size-range=3000-12000"),
    ("20 to 300 B", "--data-size-range=20-300"),
    ("100 B to 100 KB", "--data-size-list=100:50,1000:30,10000:15,100000:5"),
)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def stats(port, group):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as c:
        c.sendall(b"stats" + (b" " + group if group else b"") + b"\r\n")
        answer = b""
        while not answer.endswith(b"END\r\n"):
            got = c.recv(1 << 20)
            if not got:
                raise SystemExit("the server closed the connection")
            answer += got
    return dict(line.split(" ", 2)[1:] for line in answer.decode().split("\r\n") if line.startswith("STAT"))


def await_server(process, port):
    for _ in range(1000):
        if process.poll() is not None:
            raise SystemExit(f"the server ended: {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise SystemExit("the server does not listen")


def show(port, seconds):
    pages, memory, general = stats(port, b"pages"), stats(port, b"memory"), stats(port, b"")
    payload = int(general["bytes"])
    print(f"  {seconds:4.0f} s  fragmentation {pages['fragmentation']}  "
          f"payload/limit {payload / int(general['limit_maxbytes']):.3f}  "
          f"payload/rss {payload / int(memory['resident']):.3f}  evictions {general['evictions']}", flush=True)


def load(bench, port, sizes, seconds):
    started = time.monotonic()
    command = [bench, "-s", "127.0.0.1", "-p", str(port), "--ratio=1:2", "--key-pattern=G:G", "--key-maximum=4000000",
               "-c", "4", "-t", "1", "--pipeline=32", f"--test-time={seconds}", "--no-server-stats", sizes]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while True:
            try:
                if process.wait(STEP_S) != 0:
                    raise SystemExit(f"{bench} failed: {process.returncode}")
                return
            except subprocess.TimeoutExpired:
                show(port, time.monotonic() - started)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("mib", nargs="?", type=int, default=256)
    p.add_argument("seconds", nargs="?", type=int, default=30)
    a = p.parse_args()
    larderd, bench = os.environ.get("LARDERD"), os.environ.get("LARDER_BENCH")
    if not larderd or not bench:
        raise SystemExit("LARDERD and LARDER_BENCH name the two programs")
    port = free_port()
    user = ["-u", "root"] if os.geteuid() == 0 else []
    server = subprocess.Popen([larderd, "-m", str(a.mib), "-p", str(port), "-l", "127.0.0.1", "-t", "1", *user])
    try:
        await_server(server, port)
        for name, sizes in LOADS:
            print(name)
            load(bench, port, sizes, a.seconds)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
