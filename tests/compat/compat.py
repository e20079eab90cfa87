"""compat: what the tests of foreign programs share.

Each of them asks for what its program asks for, and checks what the program
needs.  All can be pointed at memcached itself, which proves the test right:

    LARDERD=/usr/bin/memcached python3 tests/compat/monitoring.py
"""

import os
import shutil
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402
from larderd import Failure  # noqa: E402


def check(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: expected {wanted!r:.300}, got {got!r:.300}")


def check_that(what, is_so, shown=""):
    if not is_so:
        raise Failure(f"{what}: not so {shown!r:.300}")


def check_raises(what, error, call):
    try:
        got = call()
    except error:
        return
    raise Failure(f"{what}: expected {error.__name__}, got {got!r}")


def find(*names, package):
    """The first of `names` that is installed, or the test is skipped."""
    for name in names:
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
        if path:
            return path
    larderd.skip(f"no {names[0]} (Debian: {package})")


def run(command, status=0, timeout=60):
    """What it wrote to its output; status 0, or not 0 when one is given."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired as e:
        raise Failure(f"{' '.join(command)}: still runs after {timeout} s\n{e.stdout!r:.2000}") from None
    if (done.returncode == 0) != (status == 0):
        raise Failure(f"{' '.join(command)}: status {done.returncode}\n{done.stdout!r}\n{done.stderr!r}")
    return done.stdout


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


def main(test):
    larderd.binary()
    larderd.main(test)
