#!/usr/bin/python3
"""linear: the replies about a key can be put in an order in which a single item would have given them.

tests/linear/load plays rounds of commands on a few keys against a server with four workers, while others store, delete
and append, the limit changes and pages are moved; it judges every round.  Four servers:

    quiet   no other commands, so that the rounds' commands overlap most often
    roomy   enough memory: all commands, and no item may vanish
    pinned  the server evicts all the time: the rounds' items are pinned, and none may vanish
    tight   the same without pins: an item may vanish, if that explains the replies

LINEAR_ROUNDS (1500, with a sanitizer 600) is the number of rounds for each server, LINEAR_SECONDS instead the time of all together.  With
STRICT=1 tight is left out.  LINEAR_SEED (1) makes other rounds.  A history that is not linearizable is printed,
and stored in the folder that LINEAR_OUT names.
"""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402

ROUNDS = os.environ.get("LINEAR_ROUNDS", "600" if os.environ.get("LARDER_SANITIZED") else "1500")
SECONDS = int(os.environ.get("LINEAR_SECONDS", "0"))
SEED = os.environ.get("LINEAR_SEED", "1")
STRICT = os.environ.get("STRICT", "0") not in ("", "0")

ROOMY_MIB, TIGHT_MIB = 256, 32
KINDS = {
    "quiet": (TIGHT_MIB, ["--strict", "--quiet-server"]),
    "roomy": (ROOMY_MIB, ["--strict"]),
    "pinned": (TIGHT_MIB, ["--strict", "--tight"]),
    "tight": (TIGHT_MIB, ["--tight"]),
}


def play(load, kind, bound, out):
    mib, options = KINDS[kind]
    with larderd.Server("-m", str(mib), "-t", "4") as server:
        command = [load, server.path, "--limit", str(mib), "--seed", SEED, "--out", out, *bound, *options]
        print(f"{kind}: {' '.join(command[2:])}", flush=True)
        status = subprocess.run(command, stdout=sys.stdout, stderr=sys.stdout, check=False).returncode
    if status != 0:
        raise larderd.Failure(f"{kind}: load ends with {status}")


def test():
    load = os.environ.get("LINEAR_LOAD")
    if not load or not os.access(load, os.X_OK):
        larderd.skip("LINEAR_LOAD does not name the load generator")
    if larderd.OVER_TLS:
        larderd.skip("its clients speak no TLS")
    kinds = [kind for kind in KINDS if kind != "tight" or not STRICT]
    bound = ["--seconds", str(max(1, SECONDS // len(kinds)))] if SECONDS else ["--rounds", ROUNDS]
    with tempfile.TemporaryDirectory(prefix="larder-linear-") as folder:
        for kind in kinds:
            play(load, kind, bound, os.environ.get("LINEAR_OUT") or folder)


if __name__ == "__main__":
    larderd.binary()
    larderd.main(test)
