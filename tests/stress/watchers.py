#!/usr/bin/python3
"""watchers: the live log under load.

Watchers that do not read, that open and close while commands run, and that are
still open when the server ends.  The rules: commands are answered, every
event is counted as sent, skipped or dropped, memory is bounded, and
the counts of connections are right at the end.
"""

import sys
import threading
import time

from stress import AS_STORED, SANITIZED, Closed, Failure, in_threads, larderd, until

ROUNDS = 60 if SANITIZED else 300
BATCH = b"".join(b"set key%d 0 0 10\r\n0123456789\r\nget key%d none%d\r\ndelete key%d\r\n" % (n, n, n, n)
                 for n in range(50)) + b"mn\r\n"


def watch(server, streams="fetchers mutations deletions connevents rawcmds"):
    c = server.connect()

    def accepted():
        c.send(f"watch {streams}\r\n".encode())
        said = c.read_until(b"\r\n")
        return said == b"OK\r\n" or said  # those that have just closed may still be counted
    until("a watcher is accepted", accepted)
    return c


def load(server, rounds=ROUNDS):
    with server.connect() as c:
        for _ in range(rounds):
            c.send(BATCH)
            c.read_until(b"MN\r\n")


def alone(server):
    """No watcher is left, and one connection is open."""
    with server.connect() as c:
        def gone():
            s = c.stats()
            left = int(s["log_watchers"]), int(s["curr_connections"])
            return left == (0, 1) or f"{left[0]} watchers and {left[1]} connections are left"
        until("after the last watcher", gone)


def stalled():
    """Watchers that do not read: commands go on, lines are skipped and counted, memory does not grow."""
    with larderd.Server("-t", "2", "-o", "watcher_logbuf_size=16,worker_logbuf_size=16") as server:
        watchers = [watch(server) for _ in range(20)]
        load(server, 20)
        before = server.rss_kib()
        in_threads(3, lambda _: load(server))
        grown = server.rss_kib() - before
        with server.connect() as c:
            def numbers():
                return {k: int(v) for k, v in c.stats().items() if k.startswith("log_")}
            until("lines are skipped", lambda: numbers()["log_watcher_skipped"] > 0)    # the watchers' thread may lag behind
            s = numbers()
        if s["log_watchers"] != 20:
            raise Failure(f"all 20 watchers should be open: {s}")
        if s["log_worker_written"] + s["log_worker_dropped"] < 3 * ROUNDS * 200:
            raise Failure(f"events are missing: {s}")
        if grown > 8192 and not SANITIZED:
            raise Failure(f"{grown} KiB more for watchers that do not read")
        said = watchers[0]
        for _ in range(100000):  # it reads at last, and gets a line about those it missed
            if b"skipped=" in said.buffer:
                break
            said.buffer.clear()
            load(server, 1)
            said.fill()
        else:
            raise Failure("no line says that lines were skipped")
        for w in watchers:
            w.close()
        alone(server)
    return f"{s['log_watcher_sent']} lines sent, {s['log_watcher_skipped']} skipped, {s['log_worker_dropped']} events dropped"


def whole():
    """A watcher that reads gets every event, if the rings are large enough: each line once."""
    with larderd.Server("-t", "1", "-o", "watcher_logbuf_size=8192,worker_logbuf_size=8192") as server:
        w = watch(server, "mutations")
        with server.connect() as c:
            for n in range(2000):
                c.send(b"set k%d 0 0 1 noreply\r\nx\r\n" % n)
            c.ask("mn")
        ids = set()
        for n in range(2000):
            line = w.read_until(b"\n").decode()
            if f" key=k{n} " not in line:
                raise Failure(f"line {n} is {line!r}")
            ids.add(line.split()[1])
        if len(ids) != 2000:
            raise Failure("two lines have the same gid")
        w.close()
        alone(server)


def fickle():
    """Watchers that open, read a little or nothing, and close, while commands run."""
    with larderd.Server("-t", "2", "-o", "worker_logbuf_size=4") as server:
        stop = threading.Event()
        trouble = []

        def busy():
            try:
                while not stop.is_set():
                    load(server, 1)
            except (Failure, Closed, OSError) as e:
                trouble.append(e)

        def come_and_go(me):
            try:
                for n in range(10 if SANITIZED else 200):
                    w = watch(server, ("fetchers", "mutations connevents", "rawcmds deletions")[(n + me) % 3])
                    if n % 3 == 0:
                        w.fill()
                    if n % 4 == 0:
                        w.send(b"quit\r\nget x\r\n" * 100)
                    w.close()
            except (Failure, Closed, OSError) as e:
                trouble.append(e)

        threads = [threading.Thread(target=busy) for _ in range(2)]
        visitors = [threading.Thread(target=come_and_go, args=(n,)) for n in range(4)]
        for t in threads + visitors:
            t.start()
        for t in visitors:
            t.join()
        stop.set()
        for t in threads:
            t.join()
        if trouble:
            raise trouble[0]
        alone(server)


def evictions():
    """Every counted eviction has its line, whichever thread evicts."""
    logs = "watcher_logbuf_size=65536,worker_logbuf_size=65536"
    with larderd.Server("-t", "2", "-m", "8", "-o", logs, *AS_STORED) as server:
        w = watch(server, "evictions sysevents")
        lines = []
        done = threading.Event()

        def read():
            try:
                while not done.is_set() or w.buffer:
                    try:
                        lines.append(w.read_until(b"\n"))
                    except Failure:
                        pass
            except Closed:
                pass

        reader = threading.Thread(target=read)
        reader.start()
        with server.connect() as c:
            for n in range(12000 if SANITIZED else 20000):
                c.send(b"set k%d 0 0 1000 noreply\r\n%s\r\n" % (n, b"v" * 1000))
            c.ask("mn")

            def told():
                s = c.stats()
                n = sum(b"type=eviction" in line for line in list(lines))
                return (n == int(s["evictions"]) > 0) or f"{s['evictions']} evictions, {n} lines"
            try:
                until("evictions", told)
            finally:
                done.set()
                server.terminate()
                reader.join()
        w.close()


def at_the_end():
    """The server ends with open watchers, reading and not, and commands running."""
    server = larderd.Server("-t", "2")
    watchers = [watch(server) for _ in range(10)]
    stop = threading.Event()

    def busy():
        try:
            while not stop.is_set():
                load(server, 1)
        except (Failure, Closed, OSError):
            pass

    t = threading.Thread(target=busy)
    t.start()
    watchers[0].fill()
    try:
        server.stop()
    finally:
        stop.set()
        t.join()
    watchers[0].wait_closed()
    for w in watchers:
        w.close()


TRIALS = (stalled, whole, fickle, evictions, at_the_end)


def test():
    for trial in TRIALS:
        if len(sys.argv) > 1 and trial.__name__ not in sys.argv[1:]:
            continue
        started = time.monotonic()
        try:
            note = trial()
        except (Failure, Closed) as e:
            raise Failure(f"{trial.__name__}: {e}") from None
        print(f"ok   {trial.__name__} ({time.monotonic() - started:.1f} s{'; ' + note if note else ''})", flush=True)


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
