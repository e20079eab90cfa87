#!/usr/bin/python3
"""per_request: what a request costs in locks, allocations and system calls, by the server's own counters.

A pipeline of gets and a multi-get of values that are there must take no mutex,
no bucket lock and no block from the heap, and one read and one send for each
time that the connection becomes readable.  Writes in their steady state must
take no block either, and a mutex only once for many of them.
"""


from stress import Failure, larderd

N_KEYS, ROUNDS, PIPELINE = 2000, 300, 32
VALUE = b"v" * 100

LOCKS = ("lock_takes", "store_bucket_locks")
ALLOCATIONS = ("buffer_mallocs", "worker_allocations")
CALLS = ("worker_reads", "worker_sends")


def key(i):
    return b"key-%011d" % (i % N_KEYS)


def counters(admin):
    return {name: int(value) for name, value in admin.stats("larder").items() if value.isdigit()}


def spent(admin, work):
    """What `work` adds to the counters, less what looking at them adds itself; in a moment when the mover rests."""
    for _ in range(50):
        counters(admin)
        first, second = counters(admin), counters(admin)
        work()
        after = counters(admin)
        if after["mover_rounds"] == first["mover_rounds"]:
            return {name: after[name] - 2 * second[name] + first[name] for name in first}
    raise Failure("the mover never rests")


def gets(conn):
    def work():
        for r in range(ROUNDS):
            conn.send(b"".join(b"get %s\r\n" % key(r * PIPELINE + i) for i in range(PIPELINE)))
            for i in range(PIPELINE):
                conn.read(len(b"VALUE %s 0 100\r\n" % key(0)) + 100 + len(b"\r\nEND\r\n"))
    return work


def multi_gets(conn):
    def work():
        for r in range(ROUNDS):
            conn.send(b"get %s\r\n" % b" ".join(key(r * PIPELINE + i) for i in range(PIPELINE)))
            conn.read(PIPELINE * (len(b"VALUE %s 0 100\r\n" % key(0)) + 102) + len(b"END\r\n"))
    return work


def sets(conn):
    def work():
        for r in range(ROUNDS):
            conn.send(b"".join(b"set %s 0 0 100\r\n%s\r\n" % (key(r * PIPELINE + i), VALUE) for i in range(PIPELINE)))
            conn.read(PIPELINE * len(b"STORED\r\n"))
    return work


def must_be_none(what, cost, names):
    for name in names:
        if cost[name] != 0:
            raise Failure(f"{ROUNDS * PIPELINE} {what}: {name} went up by {cost[name]}")


def test():
    with larderd.Server("-m", "64", "-t", "1") as server:
        with server.connect() as conn, server.connect() as admin:
            sets(conn)()    # every key is there, every buffer that will be needed has been taken
            for what, work in (("gets", gets(conn)), ("keys of multi-gets", multi_gets(conn))):
                cost = spent(admin, work)
                must_be_none(what, cost, LOCKS + ALLOCATIONS)
                print(f"{ROUNDS * PIPELINE} {what}: no lock, no allocation, "
                      f"{cost['worker_reads']} reads and {cost['worker_sends']} sends for {ROUNDS} pipelines")
            cost = spent(admin, sets(conn))
            must_be_none("sets", cost, ALLOCATIONS)
            n = ROUNDS * PIPELINE
            if cost["lock_takes"] * 8 > n:
                raise Failure(f"{n} sets took {cost['lock_takes']} mutexes")
            print(f"{n} sets: {cost['lock_takes']} mutexes, {cost['store_bucket_locks']} bucket locks, no allocation, "
                  f"{cost['worker_reads']} reads and {cost['worker_sends']} sends")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
