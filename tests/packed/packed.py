"""packed: plays another test once more, on a server that packs every value as soon as it is stored.

LARDER_PACK is a mode of builds with --enable-checks=full (slab/form/pack_always.h).
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def skip_unless(possible, why):
    if not possible:
        print(f"SKIP: {why}")
        sys.exit(77)


def play(test):
    """Becomes the test, a path from the folder tests."""
    skip_unless(os.environ.get("LARDER_CHECKS") == "full", "packing all values needs --enable-checks=full")
    os.environ["LARDER_PACK"] = "1"
    path = os.path.join(HERE, "..", test)
    os.execv(sys.executable, [sys.executable, path, *sys.argv[1:]])


def play_if_sanitized(test):
    """The long ones: only where a sanitizer sees more than the test itself."""
    skip_unless(os.environ.get("LARDER_SANITIZED") == "1", "only in a build with a sanitizer")
    play(test)
