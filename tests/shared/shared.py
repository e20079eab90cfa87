"""shared: plays another test once more, on a server that shares every value as soon as it is stored.

LARDER_SHARE is a mode of builds with --enable-checks (slab/form/share_always.h).
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "packed"))
import packed  # noqa: E402
from packed import HERE, check, larderd  # noqa: E402, F401

N_VALUES = 200


def check_mode():
    """Values are shared indeed."""
    with larderd.Server() as server, server.connect() as c:
        for i in range(N_VALUES):
            value = b"value %d of ten, of which each has the same number of items" % (i % 10)
            c.send(b"set k%d 0 0 %d\r\n%s\r\n" % (i, len(value), value))
            check(f"set {i}", c.read_until(b"\r\n"), b"STORED\r\n")
        cold = c.stats("cold")
        check("shared items", int(cold["shared_items"]), N_VALUES)
        check("bodies", int(cold["shared_bodies"]), 10)
        check("items", int(c.stats("")["curr_items"]), N_VALUES)


def play(test, *arguments, also=()):
    """Becomes the test, a path from the folder tests; `also` are more modes."""
    packed.play(test, *arguments, modes=("LARDER_SHARE", *also), check_first=check_mode)


def play_if_sanitized(test):
    packed.play_if_sanitized(test, modes=("LARDER_SHARE",), check_first=check_mode)
