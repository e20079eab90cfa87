"""Rules for the tree as a whole: every file explains itself, is built or shipped, and has no unfinished work.

README.md's build by hand names all packages that ./do installs for a build.
"""
import os
import re

import tree

# Unfinished work, and paths of a developer's machine.
FORBIDDEN = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|(?<![\w$}.])/(home|root|Users)/\w")
NOT_LISTED_BY_NAME = (".mk",)  # included, and therefore shipped by automake


def explains_itself(path):
    """A header explains itself; a .c file may leave that to its module's header: page.c and page_x.c to page.h or page_y.h."""
    text = tree.read(path)
    if text.startswith("/*"):
        return True
    folder, name = os.path.split(path)
    module = re.match(r"[a-z0-9]+", name).group(0)
    top = folder.split("/")[0]
    return path.endswith(".c") and re.match(rf'#include "{top}/(\w+/)*{module}[a-z0-9_]*\.h"', text) is not None


def main():
    complaints = []
    for path in tree.files((".c", ".h", ".def")):
        if not explains_itself(path):
            complaints.append((path, 1, "begins neither with a comment nor with its own header"))
    for path in tree.files((".h",)):
        guard = re.sub(r"\W", "_", path).upper()
        if f"#ifndef {guard}\n#define {guard}\n" not in tree.read(path):
            complaints.append((path, 1, f"its include guard is not {guard}"))

    me = os.path.join("tests", "lint", os.path.basename(__file__))
    for path in (p for p in tree.texts() if p != me):
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            m = FORBIDDEN.search(line)
            if m:
                complaints.append((path, number, f"{m.group(0)} does not belong in the tree"))

    listed = "\n".join(tree.read(p) for p in tree.files(("local.mk", "lists.mk"))) + tree.read("Makefile.am") + tree.read("configure.ac")
    words = set(re.split(r"[\s=:]+", listed))
    programs = {w + ".c" for w in words}  # a program of one source names it only by the program's name
    for path in tree.files(tree.TEXT):
        if path.endswith(NOT_LISTED_BY_NAME) or path in words or path in programs:
            continue
        if path.endswith(".in") and path[: -len(".in")] in listed:
            continue
        complaints.append((path, 1, "is in no local.mk; for a unit test or a conversation run tests/lists.sh"))

    for folder in tree.FOLDERS:
        if not os.path.exists(os.path.join(tree.TOP, folder, "README.md")):
            complaints.append((folder, 0, "has no README.md"))

    needed = re.search(r"^build_packages=\(([^)]*)\)", tree.read("do"), re.MULTILINE).group(1).split()
    named = re.search(r"^ *apt-get install ((?:.*\\\n)*.*)", tree.read("README.md"), re.MULTILINE).group(1).split()
    for package in sorted(set(needed) - set(named)):
        complaints.append(("README.md", 0, f"its build by hand does not install {package}, and ./do does"))
    tree.report(complaints)


main()
