"""Every conversation of tests/wire, over TLS: the code above the stream must not see a difference.

Left out are those whose replies contain values of a plain server.
"""

import glob
import os
import subprocess
import sys

import compat
from compat import larderd
from secure import Certificates

WIRE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire")
HOW = ("--how", "pipelined") + (() if compat.SANITIZED else ("--how", "bytes"))      # "whole" lies between these two
PLAIN = ("stats.wire", "stats_settings.wire")       # they have the names of TLS statistics, and the value of ssl_enabled


def test():
    with Certificates() as certs:
        args = f"-Z -o ssl_chain_cert={certs.path('server.pem')},ssl_key={certs.path('server.key')}"
        paths = [p for p in sorted(glob.glob(os.path.join(WIRE, "*", "*.wire"))) if os.path.basename(p) not in PLAIN]
        done = subprocess.run([sys.executable, os.path.join(WIRE, "run.py"), *HOW, *paths],
                              env=dict(os.environ, LARDERD_ARGS=args, LARDERD_TLS="1"), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise larderd.Failure(f"run.py: status {done.returncode}\n{done.stdout[-4000:]}")
        print(done.stdout)


compat.main(test)
