#!/usr/bin/python3
"""sharing: clients of a full cache see the same bytes whether items share their value or not, and the setting has effect.

Items come to share a value in the background: the test stores until the counters of `stats cold` show it.
"""

import os
import tempfile

from process import check, check_that, larderd, refused, until
from compression import AT_ONCE, PATIENCE_S, SMALL, USAGE, Cache, key, record, reload
from config import File
from logins import log_in, users_file

DIFFERENT = 50
ONLY_SHARED = (*SMALL, "--compression=off")
USERS = "any:hush\nreader role=read:hush\n"


def equal(i):
    return record(i % DIFFERENT) * 3


def is_shared(cache):
    """A thousand items are stored and share their values."""
    def more():
        cache.store(value=equal)
        return int((now := cache.c.stats("cold"))["shared_items"]) > 1000 or now
    until("values are shared", more, PATIENCE_S)


def none_is_shared(cache):
    cache.overfill(equal)
    check("shared", [cache.stat(name) for name in ("shared", "shared_items", "shared_bodies")], [0, 0, 0])


def test_shared():
    with larderd.Server(*ONLY_SHARED) as server, server.connect() as c:
        cache = Cache(c)
        is_shared(cache)
        cache.must_be("shared", range(cache.n), equal)
        check_that("one body for each value", cache.stat("shared_bodies") <= DIFFERENT, c.stats("cold"))
        for i in range(0, cache.n, 2):
            check_that("delete", c.ask(f"delete {key(i).decode()}") in ("DELETED", "NOT_FOUND"))
        cache.must_be("the others", range(1, cache.n, 2), equal)
        check("flush_all", c.ask("flush_all"), "OK")
        wanted = {"shared_items": 0, "shared_bodies": 0}
        until("the bodies are freed", lambda: (now := {name: int(c.stats("cold")[name]) for name in wanted}) == wanted or now,
              PATIENCE_S)


def test_off():
    with larderd.Server(*ONLY_SHARED, "--share=off") as server, server.connect() as c:
        none_is_shared(Cache(c))


def test_reload():
    with File() as f:
        f.write("verbose = 1\n")
        with larderd.Server(*ONLY_SHARED, "--config", f.path) as server, server.connect() as c:
            cache = Cache(c)
            is_shared(cache)
            f.write("verbose = 1\nshare = off\n")
            reload(server)
            cache.store(value=equal)    # a pass that had begun has ended
            before = cache.stat("shared")
            cache.store(cache.n // AT_ONCE * AT_ONCE, equal)
            check("no more are shared", cache.stat("shared"), before)
            cache.must_be("those can be read", sorted(cache.get(range(cache.n))), equal)


def test_rights():
    """Users with different rights must not learn of each other's values."""
    with tempfile.TemporaryDirectory() as d:
        with larderd.Server(*ONLY_SHARED, "-v", "-Y", users_file(d, USERS)) as server, server.connect() as c:
            check_that("the log says so", b"equal values are not shared" in server.stderr(), server.stderr())
            check("login", log_in(c, "any", "hush"), "STORED")
            none_is_shared(Cache(c))


def test_bad():
    refused("--share=x", status=USAGE, says=r'--share cannot be "x": expected one of on\|off')


def test():
    larderd.binary()
    if os.environ.get("LARDER_PACK") or os.environ.get("LARDER_SHARE"):
        larderd.skip("every value is packed or shared")
    for part in (test_shared, test_off, test_reload, test_rights, test_bad):
        part()
        print(f"{part.__name__}: good")


if __name__ == "__main__":
    larderd.main(test)
