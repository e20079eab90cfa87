#!/usr/bin/python3
"""nodes: store_stress on simulated memory nodes: threads on two, pages on three.  One round with a sanitizer."""

import os
import subprocess
import sys

from stress import SANITIZED, larderd

if os.environ.get("LARDER_CHECKS", "no") == "no":
    larderd.skip("simulated nodes need a checked build")
program = os.path.join(os.path.dirname(larderd.binary()), "tests", "stress", "store_stress")
sys.exit(subprocess.run([program, "4", "1" if SANITIZED else "5"], env=dict(os.environ, LARDER_NUMA="2+1"), check=False).returncode)
