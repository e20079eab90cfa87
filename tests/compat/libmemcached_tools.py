#!/usr/bin/python3
"""libmemcached_tools: files in and out with libmemcached's command line tools, over TCP and a Unix socket."""

import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402
from larderd import Failure  # noqa: E402


def find(name):
    """Debian says memcXXX where others say memXXX."""
    path = shutil.which("memc" + name) or shutil.which("mem" + name)
    if not path:
        larderd.skip(f"no mem{name} (Debian: libmemcached-tools)")
    return path


class Tools:
    def __init__(self, server):
        self.where = server.path if server.listen == "unix" else f"127.0.0.1:{server.port}"

    def run(self, name, *args, status=0):
        command = [find(name), f"--servers={self.where}", *args]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        if (run.returncode == 0) != (status == 0):
            raise Failure(f"{' '.join(command)}: status {run.returncode}\n{run.stdout!r}\n{run.stderr!r}")
        return run.stdout


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: expected {wanted[:200]!r}, got {got[:200]!r}")


def scenario(server, folder):
    tools = Tools(server)
    files = {"small": b"hello, larder\n", "empty": b"", "binary": os.urandom(70000), "large": os.urandom(900000)}
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
        tools.run("cp", os.path.join(folder, name))
    for name, data in files.items():
        out = os.path.join(folder, name + ".out")
        tools.run("cat", f"--file={out}", name)
        with open(out, "rb") as f:
            expect(f"memcat {name}", f.read(), data)
    tools.run("exist", "small")
    tools.run("exist", "nothing_there", status=1)
    tools.run("touch", "--expire=100", "small")
    tools.run("rm", "small")
    tools.run("exist", "small", status=1)
    stats = tools.run("stat").decode()
    for name in ("total_items: ", "version: 1.6.45", "limit_maxbytes: 67108864"):
        if name not in stats:
            raise Failure(f"memstat lacks {name}:\n{stats}")
    tools.run("ping")
    with server.connect() as c:     # what was stored in this second outlives flush_all with memcached
        if c.ask("debugtime 2") not in ("OK", "ERROR"):
            raise Failure("debugtime")
    tools.run("flush")
    with server.connect() as c:
        if c.ask("mg no_such_key") != "EN":
            raise Failure("the server is not well after memflush")


def test():
    with tempfile.TemporaryDirectory() as folder:
        for listen in ("tcp", "unix"):
            with larderd.Server(listen=listen) as server:
                scenario(server, folder)
                print(f"memcp, memcat, memexist, memtouch, memrm, memstat, memping, memflush over {listen}: good")


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
