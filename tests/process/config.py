#!/usr/bin/python3
"""config: how larderd reads a configuration file, and what it applies again on SIGHUP."""

import contextlib
import os
import re
import select
import signal
import subprocess
import tempfile

from process import as_user, check as expect, check_that, larderd

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
USAGE = 64
CANNOT_WRITE = 74


class File:
    """A configuration file that can be rewritten.  A reader sees the old file or the new one, never half of it."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="larder-config-")
        self.path = os.path.join(self.dir.name, "larderd.conf")

    def write(self, text):
        with open(self.path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(self.path + ".new", self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.dir.cleanup()


def what_would_run(*args):
    """larderd --check-config: its status, and each setting's value and where it comes from."""
    done = subprocess.run([larderd.binary(), "--check-config", *args, *as_user()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60, check=False)
    lines = re.findall(r"^(?:# )?(\S+) = ?(.*?) +# (\S.*)$", done.stdout, re.M)
    return done.returncode, {name: (value, origin) for name, value, origin in lines}, done


def test_check():
    with File() as f:
        f.write("# ours\nport = 1234\nmemory-limit 100   # MiB\nno_maxconns_fast\ndaemon\ndelimiter = \"#\"\n"
                "listen = 127.0.0.1\nlisten = ::1\nthreads = 2\n")
        status, now, done = what_would_run("--config", f.path, "-t", "3", "-o", "idle_timeout=9")
        expect("status", status, 0)
        for name, value, origin in (
                ("port", "1234", f"{f.path}:2"), ("memory-limit", "100", f"{f.path}:3"), ("delimiter", '"#"', f"{f.path}:6"),
                ("maxconns_fast", "no", f"{f.path}:4"), ("daemon", "yes", f"{f.path}:5"), ("threads", "3", "command line"),
                ("listen", "::1", f"{f.path}:8"), ("idle_timeout", "9", "command line"),
                ("conn-limit", "1024", "default")):
            expect(name, now.get(name), (value, origin))

        lines = [line.split("#")[0].strip() for line in done.stdout.splitlines() if line.startswith("listen =")]
        expect("a list", lines, ["listen = 127.0.0.1", "listen = ::1"])

        # its output is a file with the same meaning
        said = what_would_run("--config", f.path, "-t", "3")[2].stdout
        first = {n: v for n, (v, _) in what_would_run("--config", f.path, "-t", "3")[1].items()}
        f.write(said)
        expect("read back", {n: v for n, (v, _) in what_would_run("--config", f.path)[1].items()}, first)

        f.write("hash_algorithm = murmur3\n")
        status, _, done = what_would_run("--config", f.path)
        expect("a warning", (status, f"{f.path}:1: hash_algorithm: warning: " in done.stderr), (0, True))

        f.write("port = 1\n\nthreads = many\n")
        status, _, done = what_would_run("--config", f.path)
        expect("status of a wrong file", (status, done.stdout), (USAGE, ""))
        expected = f'{f.path}:3: threads cannot be "many": expected a number from 1 to'
        check_that("the error's place and text", expected in done.stderr, done.stderr)


def test_sample():
    """The shipped sample changes nothing; with all its settings uncommented it gives the defaults."""
    with open(os.path.join(TOP, "packaging", "larderd.conf"), encoding="utf-8") as f:
        sample = f.read()
    with File() as f:
        f.write(sample)
        status, as_is, done = what_would_run("--config", f.path)
        expect("the sample", (status, done.stderr), (0, ""))
        expect("origins", {origin for name, (_, origin) in as_is.items() if name != "user"}, {"default"})
        f.write(re.sub(r"^#(?=\S+ = (?!<))", "", sample, flags=re.M))
        status, counted, done = what_would_run("--config", f.path)
        expect("the sample, uncommented", (status, done.stderr), (0, ""))
        expect("defaults", {n: v for n, (v, _) in counted.items()}, {n: v for n, (v, _) in as_is.items()})


def test_full_disk():
    """Output that cannot be written completely is a failure."""
    for option in "--sample-config", "--check-config", "-h", "-V":
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([larderd.binary(), option, *as_user()], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
                                  check=False)
        expect(option, done.returncode, CANNOT_WRITE)
        check_that("it says why", "No space left on device" in done.stderr, done.stderr)


def settings(server):
    with server.connect() as c:
        return c.stats("settings")


def reload(server, done="reload: done"):
    before = len(server.stderr())
    server.process.send_signal(signal.SIGHUP)
    server.wait_log(done, before)
    return server.stderr()[before:].decode()


def test_live():
    with File() as f:
        f.write("conn-limit = 100\nverbose = 1\ndisable-flush-all\nthreads = 2\nidle_timeout = 500\nslab_automove = 0\n")
        with larderd.Server("--config", f.path, "-R", "40") as server, server.connect() as c:
            expect("flush_all", c.ask("flush_all"), "CLIENT_ERROR flush_all not allowed")
            f.write("conn-limit = 150\nverbose = 1\nthreads = 3\nmax-reqs-per-event = 7\ntrack_sizes\npolicy = lfu\n")
            said = reload(server)
            fixed = 'threads cannot change while larderd runs: it stays "2", and a restart would change it to "3"'
            check_that("the log mentions a fixed setting", fixed in said, said)
            now = settings(server)
            for name, value in (("maxconns", "150"), ("num_threads", "2"), ("reqs_per_event", "40"), ("flush_enabled", "yes"),
                                ("idle_timeout", "0"), ("slab_automove", "1"), ("track_sizes", "yes"), ("verbosity", "1")):
                expect(name, now[name], value)
            expect("policy", c.stats("larder")["policy"], "lfu")
            expect("flush_all", c.ask("flush_all"), "OK")
            expect("max_connections", c.stats()["max_connections"], "150")


def test_wrong_stays():
    with File() as f:
        f.write("conn-limit = 100\n")
        with larderd.Server("--config", f.path) as server:
            for text, complaint in (("conn-limit = 200\nnonsense\n", f"{f.path}:2: there is no setting \"nonsense\""),
                                    ("conn-limit = 0\n", f"{f.path}:1: conn-limit cannot be \"0\""),
                                    ("max-item-size = 999m\n", "expected at most half of -m"),
                                    ("conn-limit = 1\0\n", f"{f.path}:1: found a zero byte")):
                f.write(text)
                reload(server, "reload: the settings stay as they were: ")
                check_that(f"the log says {complaint!r}", complaint in server.stderr().decode(), server.stderr())
                expect("maxconns", settings(server)["maxconns"], "100")
            os.unlink(f.path)
            reload(server, "No such file or directory")
            f.write("conn-limit = 120\nverbose = 1\n")
            reload(server)
            expect("maxconns", settings(server)["maxconns"], "120")


def test_commands_are_not_taken_back():
    """A setting that a client changed stays, unless the file changes this setting, too."""
    with File() as f:
        f.write("verbose = 1\nslab_automove = 0\n")
        with larderd.Server("--config", f.path) as server, server.connect() as c:
            expect("verbosity", c.ask("verbosity 2"), "OK")
            expect("slabs automove", c.ask("slabs automove 2"), "OK")
            reload(server)
            now = settings(server)
            expect("kept", (now["verbosity"], now["slab_automove"]), ("2", "2"))
            f.write("verbose = 3\nslab_automove = 1\n")
            reload(server)
            now = settings(server)
            expect("changed", (now["verbosity"], now["slab_automove"]), ("3", "1"))


def test_idle_timeout_begins_and_ends():
    """Connections that were open before the setting was made are closed by it, and stay open once it is removed."""
    with File() as f:
        f.write("verbose = 1\n")
        with larderd.Server("--config", f.path) as server:
            with server.connect() as idle:
                expect("version", idle.ask("version")[:7], "VERSION")
                f.write("verbose = 1\nidle_timeout = 1\n")
                reload(server)
                idle.wait_closed()
            f.write("verbose = 1\n")
            reload(server)
            with server.connect() as c:
                stats = c.stats()
                expect("stats has no idle_kicks", "idle_kicks" in stats, False)


def test_limit_lets_waiting_in():
    """With no_maxconns_fast a connection over the limit waits; a higher limit lets it in."""
    with File() as f:
        f.write("verbose = 1\nconn-limit = 1\nno_maxconns_fast\n")
        with larderd.Server("--config", f.path) as server, server.connect() as first:
            expect("first", first.ask("mn"), "MN")
            with server.connect() as second:
                second.send(b"mn\r\n")
                f.write("verbose = 1\nconn-limit = 5\nno_maxconns_fast\n")
                reload(server)
                expect("second", second.read_until(b"\r\n"), b"MN\r\n")


def test_without_a_file():
    with larderd.Server("-v") as server:
        reload(server)
        reload(server)
        expect("it serves", settings(server)["verbosity"], "1")


@contextlib.contextmanager
def background(home, *args):
    """larderd with -d and -P pid, started in `home`, which it leaves; its pid and log.  It must end with status 0."""
    log = os.path.join(home, "log")
    with open(log, "wb") as err:
        done = subprocess.run([larderd.binary(), "-d", "-P", "pid", *args, *as_user()], cwd=home, stdin=subprocess.DEVNULL,
                              stdout=err, stderr=err, timeout=larderd.START_S, check=False)
    with open(log, encoding="utf-8") as err:
        text = err.read()
        expect(f"status ({text})", (done.returncode, "error" in text), (0, False))
    with open(os.path.join(home, "pid"), encoding="utf-8") as pidfile:
        pid = int(pidfile.read())
    ended = os.pidfd_open(pid)
    try:
        yield pid, log
    finally:
        os.kill(pid, signal.SIGTERM)
        there = select.select([ended], [], [], larderd.STOP_S)[0]
        os.close(ended)
    check_that("it ends", there)
    expect("the pidfile is removed", os.path.exists(os.path.join(home, "pid")), False)


def test_daemon():
    """In the background it has left the folder that --config and -P were relative to; a reload still finds the file."""
    with File() as f:
        f.write("verbose = 1\nconn-limit = 100\nunix-socket = socket\n")
        with background(f.dir.name, "--config", "larderd.conf") as (pid, log):
            f.write("verbose = 1\nconn-limit = 123\nunix-socket = socket\n")
            os.kill(pid, signal.SIGHUP)
            larderd.wait_for_text(log, "reload: conn-limit was 100 and is 123 now")
            larderd.wait_for_text(log, "reload: done")


def test_nothing_to_listen_on():
    """-p 0 alone starts, as memcached does, and warns that no client can connect."""
    with File() as f, background(f.dir.name, "-p", "0") as (_, log):
        larderd.wait_for_text(log, "warning: -p 0 turns TCP off")


TESTS = [f for name, f in sorted(globals().items()) if name.startswith("test_")]


def test():
    for one in TESTS:
        one()
    print(f"{len(TESTS)} tests good")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
