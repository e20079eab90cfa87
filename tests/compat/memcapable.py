#!/usr/bin/python3
"""memcapable: libmemcached's own conformance test, ascii and binary, against LARDERD.

Two of its 27 ascii cases expect `delete key <word>` to be refused.  memcached refused
it until 1.6.18; 1.6.45 ignores words after the key, and so does larder.  Every
other case must pass.
"""

import re
import subprocess
import sys

sys.dont_write_bytecode = True
import compat  # noqa: E402
from compat import larderd  # noqa: E402

NOT_OURS = {"ascii delete", "ascii delete noreply"}
N_CASES = {"ascii": 27, "binary": 27}


def play(tool, server, protocol):
    run = subprocess.run([tool, "-h", "127.0.0.1", "-p", str(server.port), f"-{protocol[0]}", "-t", "10"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    # its last line is on another stream, and may appear in the middle of a case
    text = re.sub(r"\d+ of \d+ tests failed\n|All tests passed\n", "", run.stdout)
    results = dict(re.findall(rf"^({protocol} [a-z ]*?)\s+\[(\w+)\]", text, re.M))
    failed = {name for name, result in results.items() if result != "pass"}
    if len(results) != N_CASES[protocol] or failed - NOT_OURS:
        raise larderd.Failure(f"{len(results)} of {N_CASES[protocol]} cases ran, wrong: {sorted(failed - NOT_OURS)}\n{run.stdout}")
    print(f"{len(results) - len(failed)} {protocol} cases pass; as with memcached 1.6.45, not: {sorted(failed)}")


def test():
    # Debian's name is memccapable, that of others memcapable
    tool = compat.find("memccapable", "memcapable", package="libmemcached-tools")
    with larderd.Server(listen="tcp") as server:
        for protocol in N_CASES:
            play(tool, server, protocol)


if __name__ == "__main__":
    compat.main(test)
