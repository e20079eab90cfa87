#!/usr/bin/python3
"""twemproxy: Debian's nutcracker in front of two servers serves a client.

Keys are spread over both; a request for many keys is split, and its replies are joined.
One server dies: the proxy ejects it, and the other serves all keys.  It is started
again: the proxy uses it again.
"""

import os
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import compat  # noqa: E402
from compat import Failure, check, check_that, free_port, larderd, until  # noqa: E402

N_KEYS = 300
KEYS = [f"key{i}" for i in range(N_KEYS)]
RETRY_MS = 300      # after which an ejected server is tried again

CONFIG = """pool:
  listen: {listen} 0600
  hash: md5
  distribution: ketama
  auto_eject_hosts: true
  timeout: 60000
  server_retry_timeout: {retry}
  server_failure_limit: 1
  preconnect: true
  servers:
   - 127.0.0.1:{first}:1 first
   - 127.0.0.1:{second}:1 second
"""


class Proxy:
    """A running nutcracker.  A context manager that ends it."""

    def __init__(self, first, second):
        self.path = os.path.join(first.dir, "proxy")
        self.log = self.path + ".log"
        config = self.path + ".yml"
        with open(config, "w") as f:
            f.write(CONFIG.format(listen=self.path, retry=RETRY_MS, first=first.port, second=second.port))
        tool = compat.find("nutcracker", package="nutcracker")
        self.process = subprocess.Popen([tool, "-c", config, "-o", self.log, "-a", "127.0.0.1", "-s", str(free_port())])

    def connect(self):
        deadline = time.monotonic() + larderd.START_S
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self.path)
                return larderd.Conn(s)
            except OSError:
                s.close()
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(self.log) as f:
                    raise Failure(f"nutcracker does not listen\n{f.read()}")
            time.sleep(0.005)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(larderd.STOP_S)


def put(c, key, value):
    c.send(b"set %s 7 0 %d\r\n%s\r\n" % (key.encode(), len(value), value))
    return c.read_until(b"\r\n").decode().rstrip()


def get_many(c, keys, command="get"):
    """{key: value} of one request."""
    c.send(f"{command} {' '.join(keys)}\r\n".encode())
    found = {}
    while True:
        word = c.read_until(b"\r\n").split()
        if word == [b"END"]:
            return found
        if word[0] != b"VALUE" or word[2] != b"7":
            raise Failure(f"{command}: {word}")
        found[word[1].decode()] = c.read(int(word[3]) + 2)[:-2]


def n_items(server):
    with server.connect() as c:
        return int(c.stats()["curr_items"])


def serves(c, first, second):
    for key in KEYS:
        check(f"set {key}", put(c, key, b"value of " + key.encode()), "STORED")
    held = n_items(first), n_items(second)
    check_that("both servers hold a good part of the keys", sum(held) == N_KEYS and min(held) > N_KEYS // 10, held)
    wanted = {key: b"value of " + key.encode() for key in KEYS}
    check("get of all", get_many(c, [*KEYS, "nothing"]), wanted)
    check("gets of all", get_many(c, KEYS, "gets"), wanted)
    check("add over", (c.send(b"add key1 7 0 1\r\nx\r\n"), c.read_until(b"\r\n"))[1], b"NOT_STORED\r\n")
    check("numbers", [put(c, "n", b"10"), c.ask("incr n 5"), c.ask("decr n 20"), c.ask("delete n")],
          ["STORED", "15", "0", "DELETED"])
    check("delete", [c.ask(f"delete {key}") for key in KEYS[:50]], ["DELETED"] * 50)
    check("get of a deleted key", get_many(c, KEYS[:60]), {key: wanted[key] for key in KEYS[50:60]})
    large = os.urandom(900_000)
    check("set of a large value", put(c, "large", large), "STORED")
    check("get of it", get_many(c, ["large"])["large"] == large, True)
    c.send(b"".join(b"get %s\r\n" % key.encode() for key in KEYS[50:]))     # in one write
    for key in KEYS[50:]:
        check("pipelined", c.read_until(b"END\r\n"), b"VALUE %s 7 %d\r\n%s\r\nEND\r\n"
              % (key.encode(), len(wanted[key]), wanted[key]))


def loses_one(proxy, first, second):
    """Each time the proxy tries the ejected server, one request is refused, and its key has to be set again."""
    second.halt()
    left = list(KEYS)
    with proxy.connect() as c:
        def all_served():
            left[:] = [key for key in left if put(c, key, b"again") != "STORED"]
            return not left or left
        until("the remaining server serves all keys", all_served)
    check_that("all are found", n_items(first) >= N_KEYS, n_items(first))


def takes_it_back(proxy, second):
    with proxy.connect() as c, second.connect() as direct:
        def asked_again():
            for key in KEYS:
                put(c, key, b"back")
            return int(direct.stats()["curr_items"]) > N_KEYS // 10
        until("the returned server is used again", asked_again)
        for key in KEYS:    # the first keys may have been set before it was used
            check(f"set {key}", put(c, key, b"back"), "STORED")
        check("get of all", get_many(c, KEYS), dict.fromkeys(KEYS, b"back"))


def test():
    compat.find("nutcracker", package="nutcracker")
    with larderd.Server(listen="tcp") as first, larderd.Server(listen="tcp") as second:
        with Proxy(first, second) as proxy:
            with proxy.connect() as c:
                serves(c, first, second)
            loses_one(proxy, first, second)
            second.resume()
            takes_it_back(proxy, second)
    print("twemproxy: get, set, delete, many keys; one ejected, and back: good")


if __name__ == "__main__":
    compat.main(test)
