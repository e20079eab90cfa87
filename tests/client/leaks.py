"""leaks: the servers of troubles.py and topology.py under valgrind, if installed: no leak, no invalid access."""

import os
import shutil
import sys

if not os.environ.get("LARDER_SANITIZED"):     # those builds check themselves
    os.environ["LIBRARY_PROBE_UNDER"] = "valgrind -q --leak-check=full --errors-for-leak-kinds=all --error-exitcode=99"

sys.dont_write_bytecode = True
import topology  # noqa: E402
import troubles  # noqa: E402
from troubles import larderd  # noqa: E402


def main():
    if os.environ.get("LARDER_SANITIZED"):
        larderd.skip("the sanitizer checks for leaks in all tests")
    if not shutil.which("valgrind"):
        larderd.skip("no valgrind")
    if not troubles.PROBE or not topology.PROBE:
        larderd.skip("LIBRARY_PROBE and TOPOLOGY_PROBE do not name the programs")
    for trouble in (troubles.black_hole, troubles.half_closed, troubles.restarted, troubles.stands_in, topology.names,
                    topology.in_flight, topology.candidates, topology.pool):
        trouble()


if __name__ == "__main__":
    larderd.main(main)
