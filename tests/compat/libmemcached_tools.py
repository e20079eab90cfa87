#!/usr/bin/python3
"""libmemcached_tools: stores and reads files with libmemcached's command line tools, over TCP and a Unix socket."""

import os
import sys
import tempfile

sys.dont_write_bytecode = True
import compat  # noqa: E402
import listing  # noqa: E402
from compat import Failure, check, larderd  # noqa: E402


class Tools:
    def __init__(self, server):
        self.where = server.path if server.listen == "unix" else f"127.0.0.1:{server.port}"

    def run(self, name, *args, status=0):
        # Debian's names are memcXXX, those of others memXXX
        tool = compat.find("memc" + name, "mem" + name, package="libmemcached-tools")
        return compat.run([tool, f"--servers={self.where}", *args], status)


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
            check(f"memcat {name}", f.read(), data)
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
    with server.connect() as c:     # in memcached, an item that was stored in this second survives flush_all
        if c.ask("debugtime 2") not in ("OK", "ERROR"):
            raise Failure("debugtime")
    tools.run("flush")
    with server.connect() as c:
        if c.ask("mg no_such_key") != "EN":
            raise Failure("the server does not answer after memflush")


def dumps():
    """memcdump, like getAllKeys in PHP and Python: stats cachedump of rising class numbers until one is refused."""
    with larderd.Server("-o", "no_lru_maintainer") as server, server.connect() as c:
        listing.fill(c)
        check("memcdump", sorted(Tools(server).run("dump").decode().split()), sorted(listing.KEYS))


def test():
    with tempfile.TemporaryDirectory() as folder:
        for listen in ("tcp", "unix"):
            with larderd.Server(listen=listen) as server:
                scenario(server, folder)
                print(f"memcp, memcat, memexist, memtouch, memrm, memstat, memping, memflush over {listen}: good")
    dumps()
    print("memcdump of keys of all sizes: good")


if __name__ == "__main__":
    compat.main(test)
