#!/usr/bin/python3
"""login_storm: an endless stream of wrong passwords: other clients are served, addresses take turns, and the server can stop.

No step is timed: a login with slow hashes is queued so many times that the queue is not empty when another request
has been answered.  `stats larder` has the number of waiting logins, and of computed hashes.
"""

import base64
import hashlib
import os
import re
import select
import signal
import socket
import struct
import tempfile

from process import SANITIZED, check, check_that, larderd, until

import packets
from checks import in_threads
from logins import log_in, read_packet, reloaded, sasl, users_file

EACH_MAX = 256      # for one address: PEER_QUEUE_EACH_MAX
MANY = 40           # slow logins: seconds of hashing, in which a busy machine finishes a reload or reads the server's memory
WRONG = b"CLIENT_ERROR authentication failure\r\n"
TOO_MANY = b"SERVER_ERROR too many logins are waiting\r\n"


def hashed(password, ln):
    salt = os.urandom(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=1 << ln, r=8, p=1, maxmem=64 << 20, dklen=32)
    salt, digest = (base64.b64encode(b).decode().rstrip("=") for b in (salt, digest))
    return f"$scrypt$ln={ln},r=8,p=1${salt}${digest}"


QUICK = hashed("hush", 1)
SLOW = hashed("hush", 13)       # the highest cost that the file allows
# A wrong password for `slow` costs four slow hashes, a tenth of a second.
USERS = "".join(f"slow:{hashed(f'hush{i}', 13)}\n" for i in range(4)) + f"app:{SLOW}\nquick:{QUICK}\nplain:hush\n"


def users(directory, more=""):
    return users_file(directory, USERS + more)


def login(name, password):
    body = f"{name} {password}".encode()
    return b"set login 0 0 %d\r\n%s\r\n" % (len(body), body)


def connect_from(server, address):
    """A connection from this address: those that begin with 127 belong to this machine."""
    s = socket.create_connection(server.address, larderd.REPLY_S, source_address=(address, 0))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return larderd.Conn(larderd.OVER_TLS.wrap_socket(s) if larderd.OVER_TLS else s)


def said(c):
    return c.read_until(b"\r\n")


def said_so_far(c):
    while select.select([c.sock], [], [], 0)[0] and not c.eof:
        c.fill()
    return bytes(c.buffer)


def turned_away(c):
    return int(c.stats("larder")["worker_auth_turned_away"])


def welcome(c, name="plain", password="hush"):
    check(f"login of {name}", log_in(c, name, password), "STORED")
    return c


def figures(c):
    s = c.stats("larder")
    return int(s["logins_waiting"]), int(s["password_hashes"])


class Storm:
    """Connections of one address with a wrong password each; `honest` reads the counters."""

    def __init__(self, server, honest, n, name="slow", behind=b""):
        waiting, hashes = figures(honest)
        self.conns = [server.connect() for _ in range(n)]
        for c in self.conns:
            c.send(login(name, "wrong") + behind)
        each = 4 if name == "slow" else 1
        # All have been read: else the queue could seem short because the worker has not read them yet.
        until("all are waiting", lambda: (now := figures(honest))[0] + (now[1] - hashes) // each + 1 >= waiting + n or now)

    def close(self):
        for c in self.conns:
            c.close()


def others_are_served():
    """While passwords are checked one worker serves a logged-in client, and then a login from another address."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users(d), "-t", "1", listen="tcp") as server, server.connect() as honest:
            welcome(honest)
            check("set", honest.ask("set k 0 0 5\r\nhello"), "STORED")
            storm = Storm(server, honest, 200)
            before = figures(honest)
            for _ in range(200):
                honest.send(b"get k\r\n")
                check("get", honest.read_until(b"END\r\n"), b"VALUE k 0 5\r\nhello\r\nEND\r\n")
            after = figures(honest)
            check_that("the passwords are still being checked", after[0] > 0, (before, after))
            # The other address may wait for a running login of the first, and one more.
            with connect_from(server, "127.0.0.2") as other:
                welcome(other, "app")
                check("its get", other.ask("get nothing"), "END")
            turn = figures(honest)
            check_that("another address does not wait for all logins of the first", turn[0] > 0, (after, turn))
            # A password that was right before needs no hash, and does not wait.
            with server.connect() as same:
                welcome(same, "app")
            check_that("a known password does not wait", figures(honest)[0] > 0, figures(honest))
            storm.close()


def bounded():
    """An address with too many waiting logins gets an error immediately; it may try again, and others are not refused."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users(d), "-S", "-t", "2", listen="tcp") as server, server.connect() as honest:
            welcome(honest)
            storm = Storm(server, honest, EACH_MAX)
            # 256 wait.  In a tenth of a second a place is free again, and one of these gets it.
            refused, packed = [server.connect() for _ in range(100)], [server.connect() for _ in range(20)]
            for c in refused:
                c.send(login("slow", "wrong") * 12 + b"mn\r\n")
            for c in packed:
                c.send(packets.request("sasl_auth", key=b"PLAIN", value=b"\0slow\0wrong", opaque=7))
            until("most are refused", lambda: (n := turned_away(honest)) >= 50 * 12 + 10 or n)
            with connect_from(server, "127.0.0.2") as other:
                welcome(other, "app")
            check_that("the queue has been full all the time", figures(honest)[0] > EACH_MAX // 2, figures(honest))
            # Refused twelve times, and not closed: these passwords were not checked, so they are not failures.
            answers = [said_so_far(c) for c in refused]
            check_that("text", answers.count(TOO_MANY * 12 + b"CLIENT_ERROR unauthenticated\r\n") >= 40, answers)
            answers = [packets.Reply(b) for b in map(said_so_far, packed) if b]
            check_that("packets", any((r.status, r.opaque, r.value) == (0x85, 7, b"Busy") for r in answers), answers)
            stats, larder = honest.stats(), honest.stats("larder")
            check_that("counted", int(stats["auth_errors"]) >= int(larder["worker_auth_turned_away"]) > 600, (stats, larder))
            check_that("logged", b": too many are waiting" in server.stderr(), server.stderr())
            check_that("no secret in the log", b"wrong" not in server.stderr(), server.stderr())
            for c in refused + packed:
                c.close()
            storm.close()


def in_order():
    """Commands after a login are answered after it, with its rights."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users(d), "-t", "1") as server:
            behind = b"set k 0 0 2\r\nhi\r\n" + b"get k\r\n" * 40
            answers = b"STORED\r\n" + b"VALUE k 0 2\r\nhi\r\nEND\r\n" * 40
            for i in range(20):
                with server.connect() as c:
                    c.send(b"get k\r\n" + login("quick", "wrong") + login("quick", f"wrong{i}") + b"get k\r\n" +
                           login("quick", "hush") + behind + b"quit\r\n")
                    check("replies", c.wait_closed(), b"CLIENT_ERROR unauthenticated\r\n" + WRONG + WRONG +
                          b"CLIENT_ERROR unauthenticated\r\nSTORED\r\n" + answers)
                with server.connect() as c:     # it ends its sending side, and reads on
                    c.send(login("quick", f"wrong{i}") + login("app", "hush") + behind)
                    c.shut()
                    check("replies", c.wait_closed(), WRONG + b"STORED\r\n" + answers)
            with server.connect() as c:
                c.send(login("quick", "wrong") * 9 + login("quick", "hush") + behind)
                check("eight failures", c.wait_closed(), WRONG * 8)


def in_packets():
    """The same with SASL: opaque is returned, and packets after a login run after it."""
    def plain(password, **more):
        return packets.request("sasl_auth", key=b"PLAIN", value=f"\0quick\0{password}".encode(), **more)

    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users(d), "-S", "-t", "1") as server:
            for i in range(20):
                with server.connect() as c:
                    c.send(plain(f"wrong{i}", opaque=1) + plain("hush", opaque=2) +
                           packets.request("setq", key=b"k", value=b"hi", extras=bytes(8), opaque=3) +
                           packets.request("getq", key=b"nothing", opaque=4) + packets.request("get", key=b"k", opaque=5) +
                           packets.request("sasl_auth", key=b"PLAIN", opaque=6) +
                           packets.request("sasl_step", key=b"PLAIN", value=b"\0quick\0wrong", opaque=7) +
                           packets.request("get", key=b"k", opaque=8))
                    got = [read_packet(c) for _ in range(6)]
                    check("replies", [(r.opaque, r.status) for r in got],
                          [(1, 0x20), (2, 0), (5, 0), (6, 0x21), (7, 0x20), (8, 0x20)])
                    check("words", (got[1].value, got[2].value), (b"Authenticated", b"hi"))
                    check("the connection is closed", c.wait_closed(), b"")


def alike():
    """An unknown name costs the same hash as a wrong password, on the same path; a right one costs it only once."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users_file(d, f"quick:{QUICK}\nmonitor:{hashed('hush', 1)}\n"), "-S") as server, \
                server.connect() as honest:
            welcome(honest, "monitor")
            for say in (log_in, sasl):      # each protocol has its own table of known passwords
                for name, password, cost in (("quick", "wrong", 1), ("nobody", "wrong", 1), ("nobody", "hush", 1),
                                             ("quick", "hush", 1), ("quick", "hush", 0), ("quick", "wrong", 1)):
                    before = honest.stats("larder")
                    with server.connect() as c:
                        say(c, name, password)
                    after = honest.stats("larder")
                    for what, n in (("password_hashes", cost), ("worker_auth_cmds", 1), ("worker_requests", 2)):
                        check(f"{what} of {name}:{password}", int(after[what]) - int(before[what]), n)


def count_in_memory(pid, what):
    """How often the bytes occur in memory that the process may write to."""
    n = 0
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            first, last, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            first, last = int(first, 16), int(last, 16)
            if not rights.startswith("rw") or last - first > 1 << 28:      # the arena: it has no items
                continue
            try:
                memory.seek(first)
                n += memory.read(last - first).count(what)
            except OSError:     # mapped, but not readable
                pass
    return n


def wiped():
    """A password is in the server's memory once while it waits, and never afterwards."""
    secret = "hush-hush-and-hush"
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users(d), "-S", "-t", "1") as server, server.connect() as honest:
            welcome(honest)
            try:
                check("before", count_in_memory(server.process.pid, secret.encode()), 0)
            except PermissionError:
                return
            for name in ("quick", "app", "plain", "nobody"):
                with server.connect() as c, server.connect() as b:
                    whole = login(name, secret)
                    c.send(whole[:-9])
                    figures(honest)     # by now the worker has the first part
                    c.send(whole[-9:])
                    check("a login", said(c), WRONG)
                    check("by SASL", sasl(b, name, secret), 0x20)
                check(f"after {name}", count_in_memory(server.process.pid, secret.encode()), 0)
            storm = Storm(server, honest, MANY)
            with server.connect() as c:
                c.send(login("app", secret))
                until("it waits", lambda: (n := count_in_memory(server.process.pid, secret.encode())) == 1 or n)
                check("the login", said(c), WRONG)
            check("after it", count_in_memory(server.process.pid, secret.encode()), 0)
            storm.close()


def clients_leave():
    """A thousand clients that close while their password is checked, properly or with a reset."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users(d), "-t", "2", listen="tcp") as server, server.connect() as honest:
            welcome(honest)
            before = figures(honest)[1]

            def leave_often(me):
                for i in range(250):
                    c = server.connect()
                    c.send(login("quick", "wrong" if i % 2 else "hush") + b"get k\r\n" * (i % 3))
                    if i % 4 == me:
                        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    c.close()

            in_threads(4, leave_often)
            until("all have closed", lambda: (n := honest.stats()["curr_connections"]) == "1" or n)
            check("none waits", figures(honest)[0], 0)
            check_that("hashes were computed", figures(honest)[1] > before)


def reload_meanwhile():
    """SIGHUP while passwords are checked: those checked later are compared with the new file."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users(d), "-t", "1", "-v") as server, server.connect() as honest:
            welcome(honest)
            changed = USERS.replace(SLOW, hashed("new", 13))
            storm = Storm(server, honest, MANY)
            with server.connect() as new, server.connect() as old:
                new.send(login("app", "new") + b"mn\r\n")
                old.send(login("app", "hush"))
                users_file(d, changed)
                for _ in range(3):
                    reloaded(server, b"reload: done")
                check("the new password", said(new), b"STORED\r\n")
                check("it has its rights", said(new), b"MN\r\n")
                check("the old password", said(old), WRONG)
            for c in storm.conns:
                check("the wrong ones", said(c), WRONG)
            storm.close()


def graceful_stop():
    """Waiting logins and the commands after them are answered, and then their connections are closed."""
    with tempfile.TemporaryDirectory() as d:
        server = larderd.Server("-Y", users(d), "-o", "stop_grace=600")
        honest = welcome(server.connect())
        storm = Storm(server, honest, 20, behind=b"mn\r\n")
        right = server.connect()
        right.send(login("app", "hush") + b"mn\r\n")
        check_that("some wait", figures(honest)[0] > 0, figures(honest))
        server.told = True
        server.process.send_signal(signal.SIGUSR1)
        for c in storm.conns:
            check("a wrong one", c.wait_closed(), WRONG + b"CLIENT_ERROR unauthenticated\r\n")
        check("the right one", right.wait_closed(), b"STORED\r\nMN\r\n")
        check("an idle connection", honest.wait_closed(), b"")
        server.finish()
        storm.close()


def stop():
    """A stop does not wait for the queue."""
    with tempfile.TemporaryDirectory() as d:
        for name, n in (("slow", 250), ("quick", 100)):
            server = larderd.Server("-Y", users(d), "-t", "2")
            honest = welcome(server.connect())
            storm = Storm(server, honest, n, name)
            server.stop()
            answers = [c.wait_closed() for c in storm.conns]
            check_that("answers", set(answers) <= {b"", WRONG}, set(answers))
            if name == "slow":
                check_that("most are not answered", answers.count(b"") > n // 2, answers.count(b""))
            storm.close()
            honest.close()


def not_idle():
    """A connection whose password is being checked does not count as idle: -o idle_timeout does not close it."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server("-Y", users(d), "-o", "idle_timeout=1", "-t", "1") as server:
            idle, waiting = welcome(server.connect()), []
            for _ in range(60):     # no Storm: its reader of counters would be idle while the others connect
                waiting.append(server.connect())
                waiting[-1].send(login("slow", "wrong"))
            check("an idle one", idle.wait_closed(), b"")
            check_that("passwords are still being checked", any(said_so_far(c) == b"" for c in waiting))
            for c in waiting:
                check("one that waited", said(c), WRONG)
                c.close()


def test():
    others_are_served()
    bounded()
    in_order()
    in_packets()
    alike()
    if not SANITIZED:       # a sanitizer keeps copies of its own
        wiped()
    clients_leave()
    reload_meanwhile()
    graceful_stop()
    stop()
    not_idle()


if __name__ == "__main__":
    larderd.main(test)
