"""packed: plays another test once more, on a server that packs every value as soon as it is stored.

LARDER_PACK is a mode of builds with --enable-checks (slab/form/pack_always.h).
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "wire"))
import larderd  # noqa: E402
from checks import SANITIZED, check  # noqa: E402

N_VALUES = 200


def skip_unless(possible, why):
    if not possible:
        print(f"SKIP: {why}")
        sys.exit(77)


def check_mode():
    """Values are packed indeed, and some with a dictionary."""
    with larderd.Server() as server, server.connect() as c:
        for i in range(N_VALUES):
            value = b"value %d of the same kind as the others, which is long enough to be a dictionary" % i
            c.send(b"set k%d 0 0 %d\r\n%s\r\n" % (i, len(value), value))
            check(f"set {i}", c.read_until(b"\r\n"), b"STORED\r\n")
        cold = c.stats("cold")
        check("packed items", int(cold["packed_items"]), N_VALUES)
        check("dictionaries", int(cold["dictionaries"]), 2)  # for all values, and for their kind


def play(test, *arguments, modes=("LARDER_PACK",), check_first=check_mode):
    """Becomes the test, a path from the folder tests.  `check_first` checks the first mode alone."""
    skip_unless(os.environ.get("LARDER_CHECKS") in ("yes", "full"), "the modes need --enable-checks")
    os.environ[modes[0]] = "1"
    larderd.main(check_first)
    os.environ.update(dict.fromkeys(modes, "1"))
    path = os.path.join(HERE, "..", test)
    os.execv(sys.executable, [sys.executable, path, *arguments, *sys.argv[1:]])


def skip_if_sanitized(why):
    skip_unless(not SANITIZED, why)


def play_if_sanitized(test, **modes):
    """The long ones: only where a sanitizer sees more than the test itself."""
    skip_unless(SANITIZED, "only in a build with a sanitizer")
    play(test, **modes)
