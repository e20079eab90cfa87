#!/usr/bin/python3
"""connections: what many connections cost the server, and how a storm of reconnects delays another client.

    LARDERD=./larderd python3 bench/connections/connections.py idle  [N]          20,000: bytes of RSS each
    LARDERD=./larderd python3 bench/connections/connections.py storm [N] [TIMES]  5,000, five times: another client's latency
    LARDERD=./larderd python3 bench/connections/connections.py                    both

PEER=path of a memcached: measure it, too.  Loopback only; N is bounded by the descriptors that a process may have.

idle   N connections are opened, each sets and gets a key, and then they are idle.  The growth of the server's
       VmRSS is divided by N: it does not include the kernel's own memory for sockets.
storm  N connections are closed and opened again at once, TIMES times, each asking for a key as soon as it is open.
       During this an older connection sends a get, waits for its answer, and so on; its latencies before and
       during the storm are printed.  Client and server share this machine, so "during" includes the client's work.
"""

import errno
import multiprocessing
import os
import random
import resource
import select
import socket
import subprocess
import sys
import time

PER_ADDRESS = 20000     # connections from one source address: below the range of ephemeral ports
SETTLE = 200            # connections before the first measurement, so that one-time costs are not counted
PROBE_S = 3.0           # how long latency is measured before the storm
BLOCK_PROBE, BLOCK_IDLE, BLOCK_STORM = 0, 10, 20    # see source()
RUN = 0


class Server:
    def __init__(self, exe, n):
        self.exe = exe
        self.address = ("127.0.0.1", free_port())
        user = ["-u", "root"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen([exe, "-l", "127.0.0.1", "-p", str(self.address[1]), "-c", str(n + SETTLE + 50),
                                         "-b", "8192", "-m", "64", "-t", "2", *user])
        while True:
            try:
                connect(self.address, BLOCK_PROBE).close()
                return
            except ConnectionRefusedError:
                if self.process.poll() is not None:
                    sys.exit(f"{exe} ended with {self.process.returncode}")
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def rss(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmRSS:"))


def free_port():
    """Below the kernel's ephemeral ports, so that no connection of ours connects to itself."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def source(block, i=0):
    """An address of the loopback for the i-th connection; no two blocks, and no two runs, share one."""
    return f"127.{RUN}.{block}.{1 + i // PER_ADDRESS}"


def connect(address, block, i=0):
    s = socket.socket()
    s.bind((source(block, i), 0))
    s.connect(address)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def ask(s, request, answer):
    s.sendall(request)
    got = b""
    while len(got) < len(answer):
        part = s.recv(len(answer) - len(got))
        if not part:
            break
        got += part
    if got != answer:
        sys.exit(f"asked {request!r}, read {got!r}")


def open_and_use(address, block, i):
    s = connect(address, block, i)
    ask(s, b"set k 0 0 1\r\nv\r\n", b"STORED\r\n")
    ask(s, b"get k\r\n", b"VALUE k 0 1\r\nv\r\nEND\r\n")
    return s


def idle(exe, n):
    with Server(exe, n) as server:
        held = [open_and_use(server.address, BLOCK_IDLE, i) for i in range(SETTLE)]
        before = server.rss()
        held += [open_and_use(server.address, BLOCK_IDLE, i) for i in range(SETTLE, SETTLE + n)]
        each = (server.rss() - before) / n
        for s in held:
            s.close()
    print(f"{os.path.basename(exe):12} {n} idle connections: {each:.0f} bytes of RSS each")


def percentile(latencies, p):
    return sorted(latencies)[min(len(latencies) - 1, int(len(latencies) * p / 100))] * 1e6


def show(exe, when, latencies):
    print(f"{os.path.basename(exe):12} {when:13} {len(latencies):7} gets   p50 {percentile(latencies, 50):7.0f} us"
          f"   p99 {percentile(latencies, 99):7.0f} us   max {max(latencies) * 1e6:7.0f} us")


def reconnect_all(address, held, block):
    """Drops `held`, opens as many at once, and waits until each has been answered."""
    n = len(held)
    for s in held:
        s.close()
    held = []
    waiting = select.epoll()
    by_fd = {}
    for i in range(n):
        s = socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        s.bind((source(block, i), 0))
        if s.connect_ex(address) not in (0, errno.EINPROGRESS):
            sys.exit("connect failed")
        held.append(s)
        by_fd[s.fileno()] = s
        waiting.register(s, select.EPOLLOUT)
    left = n
    while left > 0:
        events = waiting.poll(60)
        if not events:
            sys.exit(f"{left} of {n} connections were not answered within 60 s")
        for fd, what in events:
            s = by_fd[fd]
            if what & select.EPOLLOUT:
                error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error:
                    sys.exit(f"a connection of the storm: {os.strerror(error)}")
                s.send(b"get k\r\n")
                waiting.modify(fd, select.EPOLLIN)
            elif s.recv(100) == b"":
                sys.exit("a connection of the storm was closed")
            else:
                waiting.unregister(fd)
                left -= 1
    return held


def storm_main(address, n, times, ready, go, over):
    held = [connect(address, BLOCK_STORM, i) for i in range(n)]
    ready.set()
    go.wait()
    for i in range(times):      # a new address each time: the ports of the last one are not free yet
        held = reconnect_all(address, held, BLOCK_STORM + 1 + i % 200)
    over.set()


def probe(s, until):
    latencies = []
    while not until():
        start = time.perf_counter()
        ask(s, b"get k\r\n", b"VALUE k 0 1\r\nv\r\nEND\r\n")
        latencies.append(time.perf_counter() - start)
        time.sleep(0.0002)      # leaves the processor to others, as a client with work of its own does
    return latencies


def storm(exe, n, times):
    ready, go, over = (multiprocessing.Event() for _ in range(3))
    with Server(exe, n) as server:
        s = open_and_use(server.address, BLOCK_PROBE, 0)
        client = multiprocessing.Process(target=storm_main, args=(server.address, n, times, ready, go, over))
        client.start()
        ready.wait()
        end = time.monotonic() + PROBE_S
        before = probe(s, lambda: time.monotonic() > end)
        start = time.monotonic()
        go.set()
        during = probe(s, lambda: over.is_set() or not client.is_alive())
        took = time.monotonic() - start
        client.join()
        s.close()
    if client.exitcode != 0:
        sys.exit("the storm failed")
    show(exe, "before", before)
    show(exe, "in the storm", during)
    print(f"{os.path.basename(exe):12} {n * times} reconnects in {took:.2f} s")


def main():
    global RUN
    exes = [os.environ.get("LARDERD", "./larderd")]
    if os.environ.get("PEER"):
        exes.append(os.environ["PEER"])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    what = sys.argv[1] if len(sys.argv) > 1 else "both"
    numbers = [int(a) for a in sys.argv[2:]]
    if what not in ("idle", "storm", "both"):
        sys.exit(__doc__)
    for RUN, exe in enumerate(exes, random.randrange(1, 250)):
        if what in ("idle", "both"):
            n = numbers[0] if what == "idle" and numbers else 20000
            if n + SETTLE + 200 > hard:
                sys.exit(f"{n} connections need as many descriptors; this process may have {hard} (ulimit -Hn)")
            idle(exe, n)
        if what in ("storm", "both"):
            n, times = (numbers + [5000, 5][len(numbers):])[:2] if what == "storm" else (5000, 5)
            storm(exe, n, times)


main()
