"""histories: the checker finds the faults in histories made by hand, and none in correct histories."""

import glob
import os
import subprocess
import sys

judge = os.environ.get("LINEAR_JUDGE")
if not judge or not os.access(judge, os.X_OK):
    print("skipped: LINEAR_JUDGE does not name the judge")
    sys.exit(77)
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "histories")
files = sorted(glob.glob(os.path.join(here, "*.hist")))
silent = [f for f in files if "\n# expect: " not in open(f, encoding="ascii").read()]
if not files or silent:
    print(f"no histories in {here}, or these do not say what is expected: {silent}")
    sys.exit(1)
sys.exit(subprocess.run([judge, *files], check=False).returncode)
