#!/usr/bin/python3
"""pressure: levels of memory pressure in a simulated cgroup and host, what each does, and where it is reported.

The test writes the files that a checked build reads in place of the kernel's.
"""

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile

import process
from process import as_user, check, check_that, larderd, until

LIMIT = 1 << 30
MIB = 1 << 20
REFUSED = "SERVER_ERROR out of memory storing object"


class Surroundings:
    """A control group of version 2 with a limit; the test sets how much of it is used."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="larder-around-")
        self.write("proc/self/cgroup", "0::/box\n")
        self.write("proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        self.write("sys/fs/cgroup/box/memory.max", f"{LIMIT}\n")
        self.use(0.1)

    def write(self, path, text):
        path = os.path.join(self.dir.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(path + ".new", path)

    def stand_on(self, mount):
        """Uses the kernel's own groups instead of the test's."""
        top = os.path.join(self.dir.name, "sys/fs/cgroup")
        shutil.rmtree(top)
        os.symlink(mount, top)

    def use(self, share):
        self.write("sys/fs/cgroup/box/memory.current", f"{int(LIMIT * share)}\n")

    def environment(self):
        return dict(os.environ, LARDER_HOST_FILES=self.dir.name, SAID=os.path.join(self.dir.name, "said"))

    def said(self, more=""):
        """The levels that the command was run with."""
        try:
            with open(os.path.join(self.dir.name, "said" + more), encoding="ascii") as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.dir.cleanup()


def server_in(around, *args, **more):
    return larderd.Server("-m", "64", "-t", "2", *args, env=around.environment(), **more)


def wait_for_level(c, level):
    until(f"the level becomes {level}",
          lambda: (now := c.stats("larder")["pressure_level"]) == level or now, 30)


def wait_for_word(around, level):
    """Only the last of several changes during a run is passed to the command."""
    until(f"the command runs for {level}", lambda: around.said()[-1:] == [level] or around.said())


def heard(watcher):
    """The levels in the lines that the watcher got so far, among those of moved pages."""
    while not watcher.eof and select.select([watcher.sock], [], [], 0)[0]:
        watcher.fill()
    return re.findall(r"type=memory_pressure level=(\w+) was=\w+ used=\d+ limit=\d+ .*\n", watcher.buffer.decode())


def fill(c, n_mib):
    value = b"v" * 10000
    for i in range(n_mib * 100):
        c.send(b"set fill%d 0 0 10000 noreply\r\n%s\r\n" % (i, value))
    check("filled", c.ask("mn"), "MN")


def binary_set(c, key):
    """The status of a reply to a set packet."""
    body = b"\0" * 8 + key + b"v"
    c.send(b"\x80\x01" + len(key).to_bytes(2, "big") + b"\x08\0\0\0" + len(body).to_bytes(4, "big") + b"\0" * 12 + body)
    head = c.read(24)
    c.read(int.from_bytes(head[8:12], "big"))
    return int.from_bytes(head[6:8], "big")


def up_and_down():
    """All levels, one after the other, and back."""
    with Surroundings() as around, \
            server_in(around, "--on-pressure", 'ls /proc/self/fd >"$SAID.fds"; echo $LARDER_PRESSURE >>"$SAID"') as server, \
            server.connect() as c, server.connect() as packets, server.connect() as watcher:
        check("watching", watcher.ask("watch sysevents"), "OK")
        check("at first", c.stats("larder")["pressure_level"], "normal")
        fill(c, 40)
        full = int(c.stats("larder")["memory_taken"])

        around.use(0.80)
        wait_for_level(c, "warning")
        wait_for_word(around, "warning")
        check("the limit does not change", int(c.stats("larder")["memory_limit_said"]), 64 * MIB)
        check("a set", (c.send(b"set k 0 0 1\r\nv\r\n"), c.read_until(b"\r\n"))[1], b"STORED\r\n")
        c.ask("set n 0 0 1\r\n9")

        around.use(0.92)
        wait_for_level(c, "critical")
        wait_for_word(around, "critical")
        until("pages are returned to the kernel", lambda: int(c.stats("larder")["memory_taken"]) < full / 2)
        check_that("the limit is below -m", int(c.stats("larder")["memory_limit_now"]) < 64 * MIB)
        check("sets succeed", c.ask("set k 0 0 1\r\nv"), "STORED")
        c.ask("set n 0 0 1\r\n9")

        around.use(0.97)
        wait_for_level(c, "emergency")
        wait_for_word(around, "emergency")
        check("ms", c.ask("ms new 1\r\nv"), REFUSED)
        check("set", c.ask("set new 0 0 1\r\nv"), REFUSED)
        check("add", c.ask("add new 0 0 1\r\nv"), REFUSED)
        check("mg N", c.ask("mg new N30 v"), "EN")
        check("packet", binary_set(packets, b"new"), 0x82)
        check("get", c.ask("mg k v"), "VA 1")
        c.read_until(b"\r\n")
        check("touch", c.ask("touch k 100"), "TOUCHED")
        check("incr", c.ask("incr n 1"), "10")
        check("delete", c.ask("delete k"), "DELETED")
        check("a refused set removes the old value", (c.ask("set n 0 0 1\r\n1"), c.ask("get n"))[1], "END")
        check("counted", int(c.stats("larder")["store_refused"]), 6)

        around.use(0.10)
        wait_for_level(c, "normal")
        until("the limit is -m again", lambda: c.stats("larder")["memory_limit_now"] == str(64 * MIB))
        check("set", c.ask("set new 0 0 1\r\nv"), "STORED")
        now = c.stats("larder")
        check("times", [now[f"pressure_{name}"] for name in ("warnings", "criticals", "emergencies", "normals")],
              ["2", "2", "1", "1"])
        events = ["warning", "critical", "emergency", "critical", "warning", "normal"]
        until("watched", lambda: (now := heard(watcher)) == events or now)
        until("the command has run", lambda: around.said() == events or around.said())
        check("only the standard descriptors, and one of ls", around.said(".fds"), ["0", "1", "2", "3"])


def what_does_not_fit():
    """-m over the group's limit: the store's limit is lowered before the group is full."""
    with Surroundings() as around, server_in(around, "-m", "4096") as server, server.connect() as c:
        now = c.stats("larder")
        check("as configured", int(now["memory_limit_said"]), 4096 * MIB)
        room = 0.8625 * LIMIT - 0.1 * LIMIT
        check_that("held", abs(int(now["memory_limit_now"]) - room) < 2 * MIB, now["memory_limit_now"])
        check("cache_memlimit", c.ask("cache_memlimit 100"), "OK")
        until("a limit within the group", lambda: c.stats("larder")["memory_limit_now"] == str(100 * MIB))


def told_to_look_away():
    """no_pressure, at a reload; and changed thresholds."""
    with Surroundings() as around:
        config = os.path.join(around.dir.name, "conf")
        around.write("conf", "pressure = yes\n")
        around.use(0.8)
        with server_in(around, "--config", config) as server, server.connect() as c:
            wait_for_level(c, "warning")
            around.write("conf", "pressure_warning = 0.85\n")
            server.process.send_signal(signal.SIGHUP)
            wait_for_level(c, "normal")
            around.write("conf", "pressure_emergency = 0.8\n")
            server.process.send_signal(signal.SIGHUP)
            server.wait_log("expected each at least as large as the one before")
            around.use(0.99)
            wait_for_level(c, "emergency")
            around.write("conf", "no_pressure\n")
            server.process.send_signal(signal.SIGHUP)
            wait_for_level(c, "normal")
            check("set", c.ask("set new 0 0 1\r\nv"), "STORED")
            check("the whole limit", c.stats("larder")["memory_limit_now"], str(64 * MIB))


def a_share():
    """-m auto."""
    with Surroundings() as around:
        for word, mib in ("auto", 716), ("auto:25", 256), ("auto:100", 1024):
            done = subprocess.run([larderd.binary(), "--check-config", "-m", word, *as_user()], env=around.environment(),
                                  stdout=subprocess.PIPE, text=True, timeout=60, check=False)
            check(word, re.search(r"^memory-limit = (\d+)", done.stdout, re.M)[1], str(mib))
        with server_in(around, "-m", "auto:25") as server, server.connect() as c:
            check("at first", c.stats("settings")["maxbytes"], str(256 * MIB))
            around.write("sys/fs/cgroup/box/memory.max", f"{LIMIT // 2}\n")
            server.process.send_signal(signal.SIGHUP)
            until("a reload reads the group again", lambda: (now := c.stats("settings")["maxbytes"]) == str(128 * MIB) or now)


@contextlib.contextmanager
def group_of_the_kernel():
    """A control group of version 2 with pressure triggers: mount point and folder; None if that is not permitted."""
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        mount = next((line.split()[4] for line in f if " - cgroup2 " in line), None)
    group = f"{mount}/larder-test-{os.getpid()}"
    try:
        os.mkdir(group)
    except OSError:
        yield None
        return
    try:
        yield (mount, group) if os.path.exists(f"{group}/memory.pressure") else None
    finally:
        if os.path.isdir(group):
            os.rmdir(group)


def alarm_that_goes():
    """The group with the pressure trigger is removed, as when a service moves to another group: from then on larderd polls."""
    with group_of_the_kernel() as found, Surroundings() as around:
        if found is None:
            print("cannot make a control group here: a lost pressure trigger is not tested")
            return
        mount, group = found
        around.write("proc/self/cgroup", f"0::/{os.path.basename(group)}\n")
        around.write("proc/pressure/memory", "some avg10=0.00\n")
        around.stand_on(mount)
        with server_in(around) as server, server.connect() as c:
            check("asked", c.stats("larder")["pressure_stalls"], "alarm")
            around.write("proc/self/cgroup", "0::/\n")
            os.rmdir(group)
            until("the trigger is lost", lambda: (now := c.stats("larder")["pressure_stalls"]) == "looking" or now)
            before = c.stats("larder")
            until("larderd polls", lambda: int(c.stats("larder")["pressure_looks"]) > int(before["pressure_looks"]) + 1)
            check("no further alarm", c.stats("larder")["pressure_alarms"], before["pressure_alarms"])


def refusals():
    for word in "auto:0", "auto:101", "auto:", "auto:x", "autos", "auto:5x":
        process.refused("-m", word, status=64, says="auto:<1 to 100>")
    process.refused("-o", "pressure_warning=0.95", status=64, says="expected each at least as large")
    process.refused("-o", "pressure_warning=0", status=64, says="over 0")
    process.refused("--on-pressure", "true", "-o", "drop_privileges", status=64, says="forbids starting programs")


def test():
    refusals()
    if os.environ.get("LARDER_CHECKS", "no") == "no":
        larderd.skip("a simulated cgroup needs a checked build")
    a_share()
    what_does_not_fit()
    told_to_look_away()
    alarm_that_goes()
    up_and_down()


larderd.main(test)
