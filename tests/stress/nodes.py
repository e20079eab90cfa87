#!/usr/bin/python3
"""nodes: store_stress again, on memory nodes that are made up: threads on two, pages on three."""

import os
import subprocess
import sys

from stress import larderd

if os.environ.get("LARDER_CHECKS", "no") == "no":
    larderd.skip("nodes are made up for checked builds only")
program = os.path.join(os.path.dirname(larderd.binary()), "tests", "stress", "store_stress")
sys.exit(subprocess.run([program, "4", "5"], env=dict(os.environ, LARDER_NUMA="2+1"), check=False).returncode)
