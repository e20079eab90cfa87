"""compat: what the tests of other projects' programs share.

Each test sends the requests that its program sends, and checks what the program
needs.  All can be run against memcached itself, which shows that the test is right:

    LARDERD=/usr/bin/memcached python3 tests/compat/monitoring.py
"""

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402
from checks import SANITIZED, check, check_raises, check_that, free_port, in_threads, until  # noqa: E402,F401
from larderd import Failure  # noqa: E402


def find(*names, package):
    """The first of `names` that is installed, or the test is skipped."""
    for name in names:
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
        if path:
            return path
    larderd.skip(f"no {names[0]} (Debian: {package})")


def run(command, status=0, timeout=60):
    """Runs the command and returns its output; `status` is 0, or any other number for a failure."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired as e:
        raise Failure(f"{' '.join(command)}: still runs after {timeout} s\n{e.stdout!r:.2000}") from None
    if (done.returncode == 0) != (status == 0):
        raise Failure(f"{' '.join(command)}: status {done.returncode}\n{done.stdout!r}\n{done.stderr!r}")
    return done.stdout


def main(test):
    larderd.binary()
    larderd.main(test)
