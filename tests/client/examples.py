"""examples: what the programs of examples/ print, with the shared library."""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
from compat import check, larderd  # noqa: E402

EXAMPLES = os.environ.get("LARDER_EXAMPLES")
TOUR = """beginning Middle end, flags 7
counted to 42
one: 1
two: 2
three: not found
10 lines of 1 servers, of which the key's is alive
"""


def run(name, server, *more):
    command = [os.path.join(EXAMPLES, name), f"127.0.0.1:{server.port}", *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def main():
    if not EXAMPLES:
        larderd.skip("LARDER_EXAMPLES does not name their folder")
    with larderd.Server("-m", "64", listen="tcp") as server:
        check("read_through", run("read_through", server), (0, "24 pages served, made 2 times\n"))
        check("event_loop", run("event_loop", server), (0, "1000 stored, 1000 read, 0 failed\n"))
        with tempfile.TemporaryDirectory() as folder:
            check("tour", run("tour", server, os.path.join(folder, "servers")), (0, TOUR))
        check("pool", run("pool", server), (0, "1600 visits\n"))


if __name__ == "__main__":
    larderd.main(main)
