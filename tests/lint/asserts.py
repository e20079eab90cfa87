"""Rules that the machine checks: in each folder at least one assert for 60 lines of .c and .h.

An assert is MUST, CHECKED_MUST, UNREACHABLE, static_assert, or a call of a function that holds one and says so in its
name: lock_must_own, conn_must_be, epoch_must_be_inside.  bench and tests are left out: they check their results.
"""
import re

import calls
import tree

FOLDERS = ("base", "slab", "proto", "server", "client", "tools")
LINES_FOR_ONE = 60
ASSERT = re.compile(r"\b(?:MUST|CHECKED_MUST|UNREACHABLE|static_assert|[a-z]\w*_must_\w+)\(")
# Definitions and prototypes begin their line; a call is indented.
NO_CALL = re.compile(r"^(?:#define(?:.*\\\n)*.*|(?:\w+[ *]+)*[a-z]\w*_must_\w+\()", re.MULTILINE)


def count(folder):
    paths = tree.files((".c", ".h"), (folder,))
    asserts = sum(len(ASSERT.findall(NO_CALL.sub("", calls.code(path)))) for path in paths)
    return asserts, sum(tree.read(path).count("\n") for path in paths)


def main():
    complaints = []
    for folder in FOLDERS:
        asserts, lines = count(folder)
        if asserts * LINES_FOR_ONE < lines:
            complaints.append((folder, 0, f"has {asserts} asserts in {lines} lines, one for {lines // max(asserts, 1)}; {LINES_FOR_ONE} at most"))
    tree.report(complaints)


main()
