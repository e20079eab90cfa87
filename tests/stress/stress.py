"""stress: what the tests of a server under load share."""

import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402,F401
import packets  # noqa: E402,F401
from checks import SANITIZED, check, check_that, in_threads, until  # noqa: E402,F401
from larderd import AS_STORED, Closed, Failure  # noqa: E402,F401


class Busy(threading.Thread):
    """A client that calls step(c) on its own connection until end(), which raises the exception of step."""

    def __init__(self, server, stop=None):
        super().__init__()
        self.server, self.stop, self.trouble = server, stop or threading.Event(), None

    def run(self):
        try:
            with self.server.connect() as c:
                while not self.stop.is_set():
                    self.step(c)
        except Exception as e:
            self.trouble = e
            self.stop.set()

    def end(self):
        self.stop.set()
        self.join()
        if self.trouble:
            raise self.trouble


class Setter(Busy):
    """Sets new keys, as fast as the server reads, 100 with noreply at a time; answered(c) says whether a reply follows."""

    def __init__(self, server, me, value):
        super().__init__(server)
        self.me, self.value, self.n = me, value, 0

    def step(self, c):
        c.send(b"".join(b"set w%d-%d 0 0 %d noreply\r\n%s\r\n" % (self.me, i, len(self.value), self.value)
                        for i in range(self.n, self.n + 100)))
        self.n += 100
        self.answered(c)

    def answered(self, c):
        if c.ask("mn") != "MN":
            raise Failure("no answer")
