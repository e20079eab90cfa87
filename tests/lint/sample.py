"""packaging/larderd.conf is what the server prints as a sample: every setting, as options.def has it now."""
import difflib
import os
import subprocess
import sys

import tree

SAMPLE = "packaging/larderd.conf"


def main():
    larderd = os.environ.get("LARDERD")
    if not larderd:
        print("skipped: LARDERD does not name a server")
        sys.exit(77)
    now = subprocess.run([larderd, "--sample-config"], stdout=subprocess.PIPE, text=True, check=True).stdout
    shipped = tree.read(SAMPLE)
    if now == shipped:
        return
    sys.stdout.writelines(difflib.unified_diff(shipped.splitlines(True), now.splitlines(True), SAMPLE, "--sample-config"))
    tree.report([(SAMPLE, 0, f"is out of date: larderd --sample-config >{SAMPLE}")])


main()
