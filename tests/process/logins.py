#!/usr/bin/python3
"""logins: -Y and -S in a running server: valid and invalid files, reloads under load, every role with every command."""

import os
import re
import signal
import statistics
import subprocess
import tempfile
import threading
import time

from process import Failure, as_user, check, check_that, larderd, refused, until

import packets

SECRETS = ("hush-one", "hush-two", "hush-three")


def users_file(directory, text, name="users"):
    """Written to another name and renamed, as the manual says."""
    path = os.path.join(directory, name)
    with open(path + ".new", "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path + ".new", 0o600)
    os.rename(path + ".new", path)
    return path


def log_in(c, name, password):
    body = f"{name} {password}"
    c.send(f"set login 0 0 {len(body)}\r\n{body}\r\n".encode())
    return c.read_until(b"\r\n").decode().strip()


def read_packet(c):
    head = c.read(packets.HEAD)
    return packets.Reply(head + c.read(int.from_bytes(head[8:12], "big")))


def ask_packet(c, *args, **more):
    """The first reply; statistics are read to their end."""
    c.send(packets.request(*args, **more))
    first = last = read_packet(c)
    while last.opcode == packets.OPCODES["stat"] and last.key:
        last = read_packet(c)
    return first


def sasl(c, name, password):
    return ask_packet(c, "sasl_auth", key=b"PLAIN", value=f"\0{name}\0{password}".encode()).status


def hash_of(password):
    return subprocess.run([larderd.binary(), "--hash-password"], input=password + "\n", text=True, check=True,
                          capture_output=True).stdout.strip()


def hashes():
    """--hash-password prints a hash that the file accepts, and refuses what it cannot hash."""
    one, two = hash_of("hush-one"), hash_of("hush-one")
    check_that("a hash", re.fullmatch(r"\$scrypt\$ln=11,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}", one), one)
    check_that("a new salt", one != two)
    for wrong in ("", "\n", "x" * 1025, "zero\0byte\n"):
        done = subprocess.run([larderd.binary(), "--hash-password"], input=wrong, text=True, capture_output=True,
                              check=False)
        check(f"--hash-password of {wrong[:20]!r}", (done.returncode, done.stdout), (64, ""))
    with tempfile.TemporaryDirectory() as d:
        path = users_file(d, f"app:{one}\nplain:hush-two\n")
        with larderd.Server("-Y", path) as server:
            for name, password, answer in (("app", "hush-one", "STORED"), ("app", "hush-two", "CLIENT_ERROR"),
                                           ("plain", "hush-two", "STORED"), ("app", one, "CLIENT_ERROR")):
                for _ in range(2):
                    with server.connect() as c:
                        check(f"{name} with {password}", log_in(c, name, password).split()[0], answer)


def refusals():
    """An error names the file and the line, and does not print the line."""
    os.environ.pop("MEMCACHED_SASL_PWDB", None)
    refused("-S", "-B", "auto", status=64, says="expected binary")
    refused("-S", "-B", "ascii", status=64, says="expected binary")
    refused("-S", "-l", "127.0.0.1:x", status=None, says="MEMCACHED_SASL_PWDB|127.0.0.1:x")     # with Cyrus: the address
    refused("-Y", "/nonexistent/users", status=78, says="/nonexistent/users: No such file")
    with tempfile.TemporaryDirectory() as d:
        for text, says in (("a:b\nhush-one\n", "users:2: expected name:password"), ("", "expected at least one user"),
                           ("a:b\nhush-one role=x:hush-two\n", "users:2: expected one of the roles"),
                           ("a:$scrypt$ln=20,r=8,p=1$hush-one$hush-two\n", "users:1: the hash costs too much")):
            path = users_file(d, text)
            refused("-Y", path, status=78, says=re.escape(says))
            done = subprocess.run([larderd.binary(), "-Y", path, *as_user()], capture_output=True, text=True, check=False)
            check_that("no secret in the error", "hush" not in done.stderr, done.stderr)


def counted_and_logged():
    """A refused login is counted and logged, escaped and without its secret, at every verbosity."""
    with tempfile.TemporaryDirectory() as d:
        path = users_file(d, "foo:hush-one\n")
        with larderd.Server("-Y", path, "-vvv", listen="tcp") as server:
            with server.connect() as c:
                for name, password in (("foo", "hush-two"), ("b\x1b[31m\x7fb", "hush-three"), ("foo", "hush-one")):
                    log_in(c, name, password)
                stats, settings = c.stats(), c.stats("settings")
            check("stats", (stats["auth_cmds"], stats["auth_errors"]), ("3", "2"))
            check("settings", (settings["auth_enabled_ascii"], settings["auth_enabled_sasl"],
                               settings["binding_protocol"]), (path, "no", "ascii"))
            server.wait_log(r'login of "b\x1b[31m\x7fb" from')
            text = server.stderr().decode()
            check_that("the log", re.search(r'login of "foo" from tcp:127\.0\.0\.1:\d+ refused', text), text)
            check_that("no secret in it", not any(s in text for s in SECRETS), text)


def mixed_up():
    """Messages with parts in the wrong place: what is logged as a name is never a secret."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-S", "-Y", users_file(d, "foo:hush-one\n"), "-vvv") as server, server.connect() as c:
            for message in (b"foo\0hush-one", b"foo\0hush-one\0", b"hush-one", b"\0hush-one", b"foo\0foo\0hush-one\0"):
                check(f"{message}", ask_packet(c, "sasl_auth", key=b"PLAIN", value=message).status, 0x20)
            check_that("no secret in the log", b"hush" not in server.whole_log(), server.stderr())


def pwdb():
    """-S alone: MEMCACHED_SASL_PWDB, also relative to where larderd was started; no other protocol."""
    with tempfile.TemporaryDirectory() as d:
        users_file(d, "foo:hush-one\n")
        with larderd.Server("-S", env={**os.environ, "MEMCACHED_SASL_PWDB": "users"}, cwd=d) as server:
            with server.connect() as c:
                check("version before a login", ask_packet(c, "version").status, 0)
                check("the wrong password", sasl(c, "foo", "hush-two"), 0x20)
                check("the right one", sasl(c, "foo", "hush-one"), 0)
                check("a get", ask_packet(c, "get", key=b"nothing").status, 1)
                check("reauthenticating", (sasl(c, "foo", "hush-two"), ask_packet(c, "get", key=b"k").status), (0x20, 0x20))
                check("the connection is closed", c.wait_closed(), b"")
            with server.connect() as c:
                c.send(b"version\r\n" + b" " * 30)
                check("text", c.wait_closed(), b"")


# ---- every role with every command ----

# The command, and the least role that may run it.  Values fit what the commands before have stored.
MONITOR, READ, WRITE, ADMIN = range(4)
TEXT = (
    ("version", MONITOR), ("stats", MONITOR), ("stats settings", MONITOR), ("stats items", MONITOR),
    ("stats slabs", MONITOR), ("stats conns", MONITOR), ("stats larder", MONITOR),
    ("get k", READ), ("gets k", READ), ("mg k v", READ), ("mg k t h l s f c u", READ), ("me k", READ),
    ("set k 0 0 1|1", WRITE), ("add n 0 0 1|1", WRITE), ("replace k 0 0 1|1", WRITE), ("append k 0 0 1|1", WRITE),
    ("prepend k 0 0 1|1", WRITE), ("cas k 0 0 1 1|1", WRITE), ("incr k 1", WRITE), ("decr k 1", WRITE),
    ("touch k 0", WRITE), ("gat 0 k", WRITE), ("gats 0 k", WRITE), ("delete n", WRITE), ("ms k 1|1", WRITE),
    ("ma k", WRITE), ("md n", WRITE), ("mg k v T0", WRITE), ("mg k N9", WRITE), ("mg k R9", WRITE), ("mg k E9", WRITE),
    ("flush_all 1000", ADMIN), ("verbosity 0", ADMIN), ("stats reset", ADMIN), ("stats detail on", ADMIN),
    ("stats detail dump", ADMIN), ("stats detail off", ADMIN), ("stats cachedump 1 1", ADMIN), ("slabs automove 0", ADMIN),
    ("cache_memlimit 64", ADMIN), ("refresh_certs", ADMIN),
    ("lru_crawler enable", ADMIN), ("shutdown", ADMIN),
)
FOUR, EIGHT, TWENTY = bytes(4), bytes(8), bytes(20)
BINARY = (
    (("version",), MONITOR), (("noop",), MONITOR), (("stat", b"settings"), MONITOR), (("stat", b"sizes"), MONITOR),
    (("get", b"k"), READ), (("getk", b"k"), READ),
    (("set", b"k", b"1", EIGHT), WRITE), (("add", b"n", b"1", EIGHT), WRITE), (("replace", b"k", b"1", EIGHT), WRITE),
    (("append", b"k", b"1"), WRITE), (("prepend", b"k", b"1"), WRITE), (("delete", b"n"), WRITE),
    (("incr", b"k", b"", TWENTY), WRITE), (("decr", b"k", b"", TWENTY), WRITE), (("touch", b"k", b"", FOUR), WRITE),
    (("gat", b"k", b"", FOUR), WRITE), (("gatk", b"k", b"", FOUR), WRITE),
    (("flush", b"", b"", bytes((0, 0, 0, 99))), ADMIN), (("stat", b"reset"), ADMIN), (("stat", b"detail on"), ADMIN),
)


def text_answer(c, command):
    """All replies to the command, up to that of a no-op."""
    c.send(command.replace("|", "\r\n").encode() + b"\r\nmn\r\n")
    return c.read_until(b"MN\r\n")


def matrix():
    with tempfile.TemporaryDirectory() as d:
        path = users_file(d, "".join(f"{r} role={r}:hush\n" for r in ("monitor", "read", "write", "admin")) + "any:hush\n")
        with larderd.Server("-Y", path, "-S") as server:
            for role, name in enumerate(("monitor", "read", "write", "admin", "any")):
                with server.connect() as c, server.connect() as b:
                    check("login", (log_in(c, name, "hush"), sasl(b, name, "hush")), ("STORED", 0))
                    for command, least in TEXT:
                        answer = text_answer(c, command)
                        denied = answer.startswith(b"CLIENT_ERROR permission denied")
                        check(f"{name}: {command}: denied ({answer[:80]})", denied, role < least)
                        check_that(f"{name}: {command}: one error", answer.count(b"denied") == denied, answer)
                    for packet, least in BINARY:
                        status = ask_packet(b, *packet).status
                        check(f"{name}: {packet}: denied", status == 0x20, role < least)


# ---- reloading ----

def reloaded(server, what):
    """Sends SIGHUP, and waits until the log says `what` once more."""
    before = server.stderr().count(what)
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + larderd.START_S
    while server.stderr().count(what) == before:
        if time.monotonic() > end:
            raise Failure(f"no {what!r} after SIGHUP\n{server.stderr().decode(errors='replace')[-2000:]}")
        time.sleep(0.002)


def many_users(n, extra=""):
    return "".join(f"user{i}:hush{i}\n" for i in range(n)) + extra


def reload_under_load():
    stop, failures, n_logins = threading.Event(), [], [0, 0, 0]

    def keep_logging_in(i):
        try:
            while not stop.is_set():
                with server.connect() as c:
                    check("a login that is always right", log_in(c, "user7", "hush7"), "STORED")
                    check("a command", c.ask("mn"), "MN")
                with server.connect() as c:
                    check("one that is always wrong", log_in(c, "user7", "hush8").split()[0], "CLIENT_ERROR")
                n_logins[i] += 1
        except Exception as e:      # noqa: BLE001: told by the main thread
            failures.append(e)

    with tempfile.TemporaryDirectory() as d:
        path = users_file(d, many_users(10_000, "old:hush\n"))
        with larderd.Server("-Y", path, "-v", "-c", "200") as server:
            before = server.connect()
            check("old", log_in(before, "old", "hush"), "STORED")
            threads = [threading.Thread(target=keep_logging_in, args=(i,)) for i in range(3)]
            for t in threads:
                t.start()
            for i in range(6):
                users_file(d, many_users(10_000, f"new{i}:hush\n"))
                reloaded(server, b"reload: done")
                with server.connect() as c:
                    check(f"new{i}", log_in(c, f"new{i}", "hush"), "STORED")
                with server.connect() as c:
                    check(f"new{i - 1} is removed", log_in(c, f"new{i - 1}", "hush").split()[0], "CLIENT_ERROR")
                users_file(d, many_users(500, "this is no user\n"))
                reloaded(server, b"users:501: ")
                with server.connect() as c:
                    check(f"new{i} stays", log_in(c, f"new{i}", "hush"), "STORED")
            until("all have logged in", lambda: all(n_logins) or bool(failures) or n_logins)
            stop.set()
            for t in threads:
                t.join()
            if failures:
                raise failures[0]
            check("a logged-in connection stays so", before.ask("mn"), "MN")
            before.close()
            check_that("no secret in the log", b"hush" not in server.stderr())


# ---- time ----

def computed_s(process):
    """Seconds of CPU time that it used, now that it is idle: they do not depend on how busy this machine is."""
    clock = ~process.pid << 3 | 2       # computed as for clock_getcpuclockid(3)
    was = None
    while (now := time.clock_gettime(clock)) != was:
        was = now
        time.sleep(0.002)       # a thread's time is up to date when it sleeps
    return now


def seconds_of(server, name, password):
    with server.connect() as c:
        check("a no-op before the login", c.ask("mn"), "CLIENT_ERROR unauthenticated")
        start = computed_s(server.process)
        log_in(c, name, password)
        return computed_s(server.process) - start


def unknown_is_as_slow():
    """An unknown name is refused as slowly as a wrong password; a password that was right once is accepted quickly."""
    with tempfile.TemporaryDirectory() as d:
        path = users_file(d, f"app:{hash_of('hush-one')}\n")
        with larderd.Server("-Y", path, "-t", "1") as server:
            wrong, unknown, right = [], [], []
            for i in range(9):
                wrong.append(seconds_of(server, "app", "hush-two"))
                unknown.append(seconds_of(server, f"nobody{i}", "hush-two"))
                right.append(seconds_of(server, "app", "hush-one"))
            wrong, unknown, right = (statistics.median(x) for x in (wrong, unknown, right))
            check_that("unknown is as slow as wrong", 0.4 < unknown / wrong < 2.5, (wrong, unknown))
            check_that("right is quick", right < wrong / 2, (right, wrong))


def test():
    hashes()
    refusals()
    counted_and_logged()
    mixed_up()
    pwdb()
    matrix()
    reload_under_load()
    unknown_is_as_slow()


if __name__ == "__main__":
    larderd.main(test)
