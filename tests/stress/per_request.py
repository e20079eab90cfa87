#!/usr/bin/python3
"""per_request: the locks, allocations and system calls of a request, by the server's own counters.

A pipeline of gets and a multi-get of existing keys must take no mutex,
no bucket lock and no heap block, and one read and one send for each
time that the connection becomes readable.  Writes in their steady state must
allocate no block either, and take a mutex only once for many of them.
"""

import functools

from stress import Failure, larderd, until

N_KEYS, ROUNDS, PIPELINE = 2000, 300, 32
ROUNDS_MIN = 10         # on a slow machine
UNCLEAN_MAX = 5
VALUE = b"v" * 100

LOCKS = ("lock_takes", "store_bucket_locks")
ALLOCATIONS = ("buffer_mallocs", "worker_allocations")
CALLS = ("worker_reads", "worker_sends")


def key(i):
    return b"key-%011d" % (i % N_KEYS)


def counters(admin):
    return {name: int(value) for name, value in admin.stats("larder").items() if value.isdigit()}


def spent(admin, work, rounds):
    """What `work` adds to the counters, without what reading them adds; None: the mover ran at the same time."""
    counters(admin)
    first, second = counters(admin), counters(admin)
    work(rounds)
    after = counters(admin)
    if after["mover_rounds"] != first["mover_rounds"]:
        return None
    return {name: after[name] - 2 * second[name] + first[name] for name in first}


def measure(admin, work, free):
    """The costs of `work`, and for how many rounds; `free` are the counters that must stay 0.

    The mover runs once a second: on a slow machine fewer rounds fit in between.  A run of the mover that had already begun
    cannot be told from the requests; but its costs do not occur each time, and those of the requests do.
    """
    rounds, unclean = ROUNDS, 0
    for _ in range(50):
        begun = counters(admin)["mover_rounds"]
        until("the mover has just worked", lambda: counters(admin)["mover_rounds"] > begun)
        cost = spent(admin, work, rounds)
        if cost is None:
            rounds = max(rounds // 2, ROUNDS_MIN)
        elif unclean == UNCLEAN_MAX or all(cost[name] == 0 for name in free):
            return cost, rounds
        else:
            unclean += 1
    raise Failure("the mover is never idle")


def gets(conn, rounds):
    for r in range(rounds):
        conn.send(b"".join(b"get %s\r\n" % key(r * PIPELINE + i) for i in range(PIPELINE)))
        for i in range(PIPELINE):
            conn.read(len(b"VALUE %s 0 100\r\n" % key(0)) + 100 + len(b"\r\nEND\r\n"))


def multi_gets(conn, rounds):
    for r in range(rounds):
        conn.send(b"get %s\r\n" % b" ".join(key(r * PIPELINE + i) for i in range(PIPELINE)))
        conn.read(PIPELINE * (len(b"VALUE %s 0 100\r\n" % key(0)) + 102) + len(b"END\r\n"))


def sets(conn, rounds):
    for r in range(rounds):
        conn.send(b"".join(b"set %s 0 0 100\r\n%s\r\n" % (key(r * PIPELINE + i), VALUE) for i in range(PIPELINE)))
        conn.read(PIPELINE * len(b"STORED\r\n"))


def must_be_none(what, cost, names):
    for name in names:
        if cost[name] != 0:
            raise Failure(f"{what}: {name} rose by {cost[name]}")


def test():
    with larderd.Server("-m", "64", "-t", "1") as server:
        with server.connect() as conn, server.connect() as admin:
            sets(conn, ROUNDS)      # every key exists, every buffer is allocated
            for what, work in (("gets", gets), ("keys of multi-gets", multi_gets)):
                free = LOCKS + ALLOCATIONS
                cost, rounds = measure(admin, functools.partial(work, conn), free)
                must_be_none(f"{rounds * PIPELINE} {what}", cost, free)
                print(f"{rounds * PIPELINE} {what}: no lock, no allocation, "
                      f"{cost['worker_reads']} reads and {cost['worker_sends']} sends for {rounds} pipelines")
            cost, rounds = measure(admin, functools.partial(sets, conn), ALLOCATIONS)
            n = rounds * PIPELINE
            must_be_none(f"{n} sets", cost, ALLOCATIONS)
            if cost["lock_takes"] * 8 > n:
                raise Failure(f"{n} sets took {cost['lock_takes']} mutexes")
            print(f"{n} sets: {cost['lock_takes']} mutexes, {cost['store_bucket_locks']} bucket locks, no allocation, "
                  f"{cost['worker_reads']} reads and {cost['worker_sends']} sends")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
