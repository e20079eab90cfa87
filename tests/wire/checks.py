"""checks: what the tests of a running server share besides the server (larderd.py): reporting failures, waiting, threads."""

import os
import threading
import time

from larderd import START_S, Failure, free_port  # noqa: F401

SANITIZED = os.environ.get("LARDER_SANITIZED", "")      # the sanitizer's name; it changes the server's memory use and speed


def check(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: expected {wanted!r:.300}, got {got!r:.300}")


def check_that(what, is_so, shown=""):
    if not is_so:
        raise Failure(f"{what}: not so {shown!r:.600}")


def check_raises(what, error, call):
    try:
        got = call()
    except error:
        return
    raise Failure(f"{what}: expected {error.__name__}, got {got!r}")


def until(what, holds, seconds=START_S):
    """Polls a condition for which there is no event.  `holds` returns True, or the current state for the message."""
    deadline = time.monotonic() + seconds
    while (now := holds()) is not True:
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not so after {seconds} s, but {now!r:.600}")
        time.sleep(0.005)


def in_threads(n, work):
    """work(0) to work(n - 1) at the same time; the first failure is raised."""
    failures = []

    def guarded(me):
        try:
            work(me)
        except Exception as e:
            failures.append(e)

    threads = [threading.Thread(target=guarded, args=(me,)) for me in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failures:
        raise failures[0]
