#!/usr/bin/python3
"""size_shift: the item sizes of a full cache change completely, repeatedly, at full speed.

Each time the requested items fit into memory, but it is full of another
size.  No set is refused, and by the time that the memory could have been
written twice, nearly all reads hit: 99 of 100 on a quiet machine.  The bound
here is lower, but higher than a cache could reach that does not move pages.
The policy is lru, which depends on the order of reads alone.  By adaptive, the
default, an item's age counts in seconds: on a busy machine fewer reads pass before
the old items count as idle.
"""

import random

from stress import AS_STORED, SANITIZED, Failure, check, larderd

MIB = 1 << 20
LIMIT_MIB = 12
FILL = 0.7              # share of the limit, in keys, values and their overhead
OVERHEAD = 60
BATCH = 50
LEAST = 0.7             # share of the reads
SIZES = (100, 4096, 300000, 100) if SANITIZED else (100, 4096, 100, 300000, 100, 20000)


class Shift:
    """Reads keys of one size at random, and sets the missing ones."""

    def __init__(self, c, phase, size):
        self.c, self.phase, self.size = c, phase, size
        self.value = bytes([65 + phase]) * size
        self.n_keys = int(LIMIT_MIB * MIB * FILL / (size + OVERHEAD))
        self.batch = min(BATCH, max(1, self.n_keys // 20))
        self.random = random.Random(phase)
        self.written = 0

    def step(self):
        """Returns how many of a batch hit."""
        keys = {f"p{self.phase}-{self.random.randrange(self.n_keys)}" for _ in range(self.batch)}
        self.c.send(("get " + " ".join(keys) + "\r\n").encode())
        answer = self.c.read_until(b"END\r\n")
        there = set()
        at = 0
        while answer.startswith(b"VALUE ", at):
            end = answer.index(b"\r\n", at)
            _, key, _, n = answer[at:end].split()
            check(f"size of {key}", int(n), self.size)
            there.add(key.decode())
            at = end + 2 + self.size + 2
        for key in keys - there:
            self.c.send(b"set %s 0 0 %d\r\n%s\r\n" % (key.encode(), self.size, self.value))
            self.written += self.size + OVERHEAD
        for key in keys - there:
            answer = self.c.read_until(b"\r\n")[:-2].decode()
            if answer != "STORED":
                raise Failure(f"size {self.size}: {answer}")
        return len(there) / len(keys)

    def hits(self, n):
        """The share of hits in about `n` reads."""
        rounds = n // self.batch + 1
        return sum(self.step() for _ in range(rounds)) / rounds


def test():
    with larderd.Server("-m", str(LIMIT_MIB), "-I", "1m", "-t", "1", "--policy=lru", *AS_STORED) as server, server.connect() as c:
        seen = []
        for phase, size in enumerate(SIZES):
            shift = Shift(c, phase, size)
            reads = 0
            while shift.written < 2 * LIMIT_MIB * MIB and reads < 12 * shift.n_keys:
                shift.step()    # a read at least a key and more, or all memory twice
                reads += shift.batch
            ratio = shift.hits(2000)
            seen.append(f"{size} B: {ratio * 100:.1f} %")
            if ratio < LEAST:
                raise Failure(f"hits with {size} bytes, {shift.written / MIB:.1f} MiB written: {ratio:.3f}")
        stats = c.stats("larder")
        check("refused", int(stats["store_no_memory"]), 0)
        print(f"hits after each change: {', '.join(seen)}; {stats['pages_moved']} pages moved")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
