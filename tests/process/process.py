"""process: what the tests of larderd as a process share."""

import os
import re
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402
from checks import SANITIZED, check, check_that, free_port, until  # noqa: E402,F401
from larderd import Failure  # noqa: E402,F401


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def as_user():
    """The -u option that root needs."""
    return ["-u", "root"] if os.geteuid() == 0 else []


def refused(*args, status=None, says=""):
    """larderd does not start with these options, and prints why."""
    done = subprocess.run([larderd.binary(), *args, *as_user()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=larderd.START_S, check=False)
    text = done.stdout.decode(errors="replace")
    check_that(f"{' '.join(args)} is refused", done.returncode not in (0, -11, -6), done.returncode)
    if status is not None:
        check(f"{' '.join(args)}: exit status ({text})", done.returncode, status)
    check_that(f"{' '.join(args)}: says {says!r}", re.search(says, text), text)


def dial(port, host="127.0.0.1"):
    """A connection to another port of the server."""
    return larderd.Conn(socket.create_connection((host, port), larderd.REPLY_S))
