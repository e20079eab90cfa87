#!/usr/bin/python3
"""packaged_suites: clients' own tests, if Debian's package of the client contains them.

They run unchanged, against LARDERD; if one has the server's address in its
source, a changed copy runs.  The packages of pylibmc, Cache::Memcached::Fast and others
have no tests: the scenarios beside this file cover those clients.

Some of pymemcache's tests leave a connection behind a flush_all that asks for no reply, and the
next test stores on a connection of its own.  Of several workers a delayed one may flush after
that store, as memcached's may.  One worker keeps the order, so the server has one.

Each client has a test that a busy machine fails: pymemcache touches an item of one second, which
is over at the next full second; gomemcache waits only a tenth of a second.  Both suites have
several tries, however long one takes, and a real failure fails them all.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import compat  # noqa: E402
from compat import Failure, larderd  # noqa: E402

GOMEMCACHE = "/usr/share/gocode/src/github.com/bradfitz/gomemcache/memcache"
LEAST = 40      # this many of pymemcache's tests must pass, so that an empty run does not count
SECONDS = 600   # Go compiles its library first
TRIES = 4


def run(command, **more):
    """(status, output)"""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False, **more)
    return done.returncode, done.stdout.decode(errors="replace")


def in_some_try(what, passes):
    """`passes` returns True, or the end of what the suite printed."""
    for _ in range(TRIES):
        if (said := passes()) is True:
            return
    raise Failure(f"{what} fail {TRIES} times: {said}")


def pymemcache():
    client, pytest = importlib.util.find_spec("pymemcache"), importlib.util.find_spec("pytest")
    suite = client and os.path.join(os.path.dirname(client.origin), "test", "test_integration.py")
    if not suite or not os.path.exists(suite) or not pytest:
        return None
    with larderd.Server("-t", "1", listen="tcp") as server:
        def passes():
            # its certificates for TLS are not in the package
            status, said = run([sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "--tb=short",
                                "-k", "not test_tls", "--server=127.0.0.1", f"--port={server.port}", suite])
            passed = re.search(r"^(\d+) passed", said, re.MULTILINE)
            return status == 0 and passed is not None and int(passed[1]) >= LEAST or said[-600:]

        in_some_try("pymemcache's tests", passes)
    return "its tests pass"


def copy_of_gomemcache(folder, address):
    """The package, with the server's address in its test, where Go finds it."""
    there = os.path.join(folder, "src", "gomemcache")
    os.makedirs(there)
    for name in os.listdir(GOMEMCACHE):
        with open(os.path.join(GOMEMCACHE, name), encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(there, name), "w", encoding="utf-8") as f:
            f.write(text.replace('"localhost:11211"', f'"{address}"'))


def gomemcache():
    if not os.path.exists(GOMEMCACHE) or not compat.shutil.which("go"):
        return None
    with larderd.Server(listen="tcp") as server, tempfile.TemporaryDirectory() as folder:
        copy_of_gomemcache(folder, f"127.0.0.1:{server.port}")
        starts = os.path.join(folder, "memcached")      # it starts one itself, on a UNIX socket
        with open(starts, "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\nexec {larderd.binary()} {'-u root' if os.geteuid() == 0 else ''} \"$@\"\n")
        os.chmod(starts, 0o755)
        environment = dict(os.environ, GO111MODULE="off", GOPATH=folder, GOCACHE=os.path.join(folder, "cache"),
                           GOFLAGS="-buildvcs=false", PATH=folder + ":" + os.environ["PATH"])

        def passes():
            # -short leaves out the tests that wait for an expiry
            status, said = run(["go", "test", "-count=1", "-short", "-v", "gomemcache"], env=environment)
            return status == 0 and all(f"PASS: Test{name}" in said for name in ("Localhost", "UnixSocket")) or said[-2000:]

        in_some_try("gomemcache's tests", passes)
    return "its tests pass"


def test():
    found = []
    for suite, packages in ((pymemcache, "python3-pymemcache, python3-pytest"),
                            (gomemcache, "golang-github-bradfitz-gomemcache-dev, golang-go")):
        found.append(suite())
        print(f"{suite.__name__}: {found[-1] or f'not installed (Debian: {packages})'}", flush=True)
    if not any(found):
        larderd.skip("no client with its own tests is installed")


if __name__ == "__main__":
    compat.main(test)
