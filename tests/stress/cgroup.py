#!/usr/bin/python3
"""cgroup: the kernel never kills larderd in a control group of 512 MiB, however fast it is filled and whatever its neighbours use.

Makes a group below its own, version 1 or 2; skipped if that is not permitted.
"""

import os
import re
import stat
import subprocess
import sys
import tempfile

from stress import AS_STORED, SANITIZED, Failure, Setter, check, check_that, larderd, until

MIB = 1 << 20
LIMIT_MIB = 512
VALUE = b"v" * 8000
# A neighbour: holds as many MiB as the last line of its input says, and prints a line when it does.
HOG = """
import sys
held = bytearray()
for line in sys.stdin:
    n = int(line) << 20
    if n < len(held):
        held = bytearray()
    for at in range(len(held), n, 1 << 20):
        held += b'x' * (1 << 20)
    print(len(held) >> 20, flush=True)
"""


def read(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


class Group:
    """A control group with a limit, and a way to start programs in it."""

    def __init__(self):
        self.v2 = False
        self.dir = None
        for v2 in False, True:
            above = self._ours(v2)
            if above and self._make(above, v2):
                return
        larderd.skip("no control group with a memory limit can be made here")

    @staticmethod
    def _ours(v2):
        """The folder of this process's group."""
        kind, option = ("cgroup2", "") if v2 else ("cgroup", "memory")
        for line in read("/proc/self/mountinfo").splitlines():
            fields, rest = line.split(" - ")
            if rest.split()[0] == kind and (v2 or option in rest.split()[2].split(",")):
                break
        else:
            return None
        top, mount = fields.split()[3:5]
        for line in read("/proc/self/cgroup").splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0" if v2 else option in controllers.split(","):
                inside = path[len(top.rstrip("/")):] if path.startswith(top.rstrip("/")) else ""
                return mount + inside if os.path.isdir(mount + inside) else mount
        return None

    def _make(self, above, v2):
        path = os.path.join(above, f"larder-test-{os.getpid()}")
        try:
            os.mkdir(path)
            self.dir, self.v2 = path, v2
            write(os.path.join(path, "memory.max" if v2 else "memory.limit_in_bytes"), str(LIMIT_MIB * MIB))
            if subprocess.run(self.command("true"), check=False).returncode == 0:
                return True
        except OSError as e:
            print(f"{path}: {e}")
        self.remove()
        return False

    def command(self, *words):
        return ["/bin/sh", "-c", f'echo $$ >{self.dir}/cgroup.procs && exec "$@"', "sh", *words]

    def killed(self):
        """How many of its processes the kernel has killed."""
        text = read(os.path.join(self.dir, "memory.events" if self.v2 else "memory.oom_control"))
        return int(re.search(r"^oom_kill (\d+)", text, re.M)[1])

    def remove(self):
        if self.dir and os.path.isdir(self.dir):
            os.rmdir(self.dir)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        until("the group has no process left", lambda: read(os.path.join(self.dir, "cgroup.procs")) == "")
        self.remove()


class Hog:
    """A neighbour in the same group."""

    def __init__(self, group):
        self.process = subprocess.Popen(group.command(sys.executable, "-c", HOG), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def hold(self, n_mib):
        self.process.stdin.write(f"{n_mib}\n")
        self.process.stdin.flush()
        if self.process.stdout.readline().strip() != str(n_mib):
            raise Failure(f"the neighbour was killed at {n_mib} MiB")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()


class Load:
    """A server in the group, and writers."""

    def __init__(self, group, *args):
        self.group = group
        self.dir = tempfile.TemporaryDirectory(prefix="larder-cgroup-")
        exe = os.path.join(self.dir.name, "larderd")
        write(exe, f'#!/bin/sh\necho $$ >{group.dir}/cgroup.procs && exec {larderd.binary()} "$@"\n')
        os.chmod(exe, stat.S_IRWXU)
        self.server = larderd.Server(*args, "-t", "2", "-v", *AS_STORED, exe=exe)
        self.c = self.server.connect()
        self.writers = [Setter(self.server, i, VALUE) for i in range(3)]     # the server counts the refused sets

    def now(self, name):
        return self.c.stats("larder")[name]

    def number(self, name):
        return int(self.now(name))

    def share(self):
        return self.number("pressure_cgroup_used") / (LIMIT_MIB * MIB)

    def left_mib(self):
        """How much of the group's limit is left when the store is as large as it may be."""
        now = {name: int(self.now(name)) for name in ("pressure_cgroup_used", "memory_limit_now", "memory_taken")}
        still = max(0, now["memory_limit_now"] - now["memory_taken"])
        return LIMIT_MIB - (now["pressure_cgroup_used"] + still) // MIB

    def start(self):
        for w in self.writers:
            w.start()

    def await_written(self, n_mib):
        n = sum(w.n for w in self.writers) + n_mib * MIB // len(VALUE)
        until(f"{n_mib} MiB are written", lambda: sum(w.n for w in self.writers) >= n or self.trouble(), 120)

    def trouble(self):
        for w in self.writers:
            if w.trouble:
                raise w.trouble
        return False

    def await_look(self):
        """Waits until the server has looked at the present state."""
        n = self.number("pressure_looks") + 1
        until("larderd polls", lambda: self.number("pressure_looks") >= n)

    def calm(self):
        return self.now("pressure_level") in ("normal", "warning")

    def levels(self):
        """How often each was entered."""
        return [self.number(f"pressure_{name}") for name in ("normals", "warnings", "criticals", "emergencies")]

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        for w in self.writers:
            if w.is_alive():
                w.end()
        self.c.close()
        self.server.__exit__(kind, value, traceback)
        self.dir.cleanup()


def as_much_as_is_good(group):
    """-m auto: full, and never under pressure."""
    with Load(group, "-m", "auto") as load:
        check("70 percent", load.number("memory_limit_said") // MIB, LIMIT_MIB * 70 // 100)
        load.start()
        load.await_written(3 * LIMIT_MIB)
        until("it is full", lambda: load.number("store_evicted") > 0)
        load.await_look()
        check("levels", load.levels()[2:], [0, 0])
        check_that("in use", load.share() > 0.65, load.share())
        check("as configured", load.number("memory_limit_now"), load.number("memory_limit_said"))
        print(f"-m auto: {load.number('memory_taken') >> 20} MiB taken, {load.share():.3f} used, levels {load.levels()}")


def more_than_there_is(group):
    """-m 4096: the store stops growing below the limit; it shrinks for a neighbour, and grows when the neighbour shrinks."""
    with Load(group, "-m", "4096") as load, Hog(group) as hog:
        load.start()
        load.await_written(3 * LIMIT_MIB)
        load.await_look()
        check_that("it has grown to its limit", 0.80 < load.share() < 0.90, load.share())
        check("levels", load.levels(), [0, 1, 0, 0])
        full = load.number("memory_taken")
        for n_mib in range(8, 168, 8):
            hog.hold(n_mib)
            load.await_look()
        until("pages are returned to the kernel", lambda: full - load.number("memory_taken") > 100 * MIB)
        until("the group has room again", lambda: load.share() < 0.90)
        load.await_written(LIMIT_MIB)
        print(f"-m 4096: {full >> 20} MiB taken, {load.number('memory_taken') >> 20} beside a neighbour's 160; "
              f"{load.share():.3f} used, levels {load.levels()}")
        until("the pressure is over", load.calm, 60)
        before = load.levels()
        hog.hold(160 + load.left_mib() - 16)        # all at once: the server cannot react before the group is this full
        until("the level was critical, or worse", lambda: sum(load.levels()[2:]) > sum(before[2:]))
        load.await_written(LIMIT_MIB)
        hog.hold(0)
        until("it has grown again", lambda: load.number("memory_taken") > full * 3 / 4, 60)
        until("only a warning", load.calm, 60)


def nothing_to_give(group):
    """-M, and a neighbour: the store cannot evict, so it must refuse sets."""
    with Load(group, "-m", "360", "-M") as load, Hog(group) as hog:
        load.start()
        load.await_written(LIMIT_MIB)
        held = 40
        while load.now("pressure_level") != "emergency":
            held += 8
            hog.hold(held)
            load.await_look()
        check("a new item", load.c.ask("set new 0 0 1\r\nv"), "SERVER_ERROR out of memory storing object")
        check_that("refused", load.number("store_refused") > 0)
        load.c.send(b"get w0-0\r\n")
        check_that("reads succeed", VALUE in load.c.read_until(b"END\r\n"))
        hog.hold(0)
        until("the pressure is over", load.calm, 60)
        print(f"-M: emergency with a neighbour's {held} MiB, levels {load.levels()}")


def test():
    if SANITIZED:
        larderd.skip("a sanitizer uses more memory than the server")
    with Group() as group:
        print(f"version {2 if group.v2 else 1}, {group.dir}")
        for part in as_much_as_is_good, more_than_there_is, nothing_to_give:
            part(group)
            check("killed", group.killed(), 0)


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
