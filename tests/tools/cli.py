"""cli: runs larder for tests."""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402
from checks import SANITIZED, check, check_that, until  # noqa: E402,F401
from larderd import Failure  # noqa: E402

SECONDS = 60
PATIENT = ["-t", "30"]       # a server may wait for a processor for longer than the default of a second
GOOD, NO, USAGE, TROUBLE = range(4)


def environment(**more):
    """Without the settings of the user that runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LARDER_", "XDG_"))}
    return {**kept, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **more}


def binary():
    path = os.environ.get("LARDER")
    if not path:
        larderd.skip("LARDER does not name the command line")
    return os.path.abspath(path)


class Larder:
    """larder with some servers; with a long timeout, unless the options have one."""

    def __init__(self, *servers, options=(), **variables):
        self.servers = ",".join(s if isinstance(s, str) else s.path if s.listen == "unix" else f"127.0.0.1:{s.port}"
                                for s in servers)
        is_told = any(o == "-t" or o.startswith("timeout_ms=") for o in options)
        self.options = [*([] if is_told else PATIENT), *options]
        self.environment = environment(**variables)

    def command(self, *words):
        servers = ["--servers", self.servers] if self.servers else []
        return [binary(), *servers, *self.options, *words]

    def run(self, *words, status=GOOD, stdin=b""):
        """Its standard output and standard error, as bytes."""
        command = self.command(*words)
        done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              env=self.environment)
        if done.returncode != status or larderd.TROUBLE.search(done.stderr):
            raise Failure(f"{' '.join(command)}: status {done.returncode}, not {status}\n{done.stdout[:2000]!r}\n"
                          f"{done.stderr.decode(errors='replace')}")
        return done.stdout, done.stderr

    def out(self, *words, **how):
        return self.run(*words, **how)[0]

    def err(self, *words, **how):
        return self.run(*words, **how)[1].decode()

    def json(self, *words, **how):
        """The lines of its output as objects."""
        return [json.loads(line) for line in self.out("--json", *words, **how).splitlines()]


def main(test):
    larderd.binary()
    binary()
    larderd.main(test)
