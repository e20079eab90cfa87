"""Rules that the machine checks: in each folder at least one assert for 60 lines of .c and .h.

An assert is MUST, CHECKED_MUST, UNREACHABLE, static_assert, or a call of a function that holds one and says so in its
name: lock_must_own, conn_must_be, epoch_must_be_inside.
"""
import re

import tree

FOLDERS = ("base", "slab", "proto", "server", "client", "tools")
LINES_FOR_ONE = 60
ASSERT = re.compile(r"\b(?:MUST|CHECKED_MUST|UNREACHABLE|static_assert|[a-z]\w*_must_\w+)\(")
DEFINITION = re.compile(r"^[a-z]\w*_must_\w+\(", re.MULTILINE)


def count(folder):
    texts = [tree.read(path) for path in tree.files((".c", ".h"), (folder,))]
    asserts = sum(len(ASSERT.findall(text)) - len(DEFINITION.findall(text)) for text in texts)
    return asserts, sum(text.count("\n") for text in texts)


def main():
    complaints = []
    for folder in FOLDERS:
        asserts, lines = count(folder)
        if asserts * LINES_FOR_ONE < lines:
            complaints.append((folder, 0, f"has {asserts} asserts in {lines} lines, one for {lines // max(asserts, 1)}; {LINES_FOR_ONE} at most"))
    tree.report(complaints)


main()
