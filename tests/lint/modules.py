"""A folder that a newcomer can read: at most 30 files side by side, and each module in the README's tables.
The README.md of a folder of tests names each script there.

A module is a .c, its header, or both; or a .def.  Tables of modules have a first column that is headed "module", "file"
or "front door", or by a subfolder, as in `conn/`: then their modules are in it.  A row's first cell names modules in
backquotes: `page`, `class_*`, `watch.[ch]`, `policy.def`; a * matches as in a shell, and a word with a / is a path.
"""
import fnmatch
import os
import re

import tree

FOLDERS = ("base", "slab", "proto", "server", "client", "tools", "bench")
FILES_AT_MOST = 30
SCRIPTS = (".py", ".sh", ".rb", ".php", ".pl", ".js", ".go", ".java")
TABLE = re.compile(r"^\| *(?:modules?|files?|front door|`(?P<sub>[\w/]+)/`) *\|.*\n\|[-|: ]*\n(?P<rows>(?:\|.*\n)+)", re.MULTILINE)


def stem(name):
    return re.sub(r"\.(\[ch\]|[ch])$", "", name)


def rows(readme):
    """The quoted words of the first cells of the tables of modules, each with its table's subfolder or None."""
    for table in TABLE.finditer(readme):
        for row in table["rows"].splitlines():
            for quoted in re.findall(r"`([^`]*)`", row.split("|")[1]):
                yield from ((table["sub"], stem(word)) for word in quoted.split())


def is_listed(path, sub, word):
    """`path` is relative to the folder."""
    where, module = os.path.split(stem(path))
    return fnmatch.fnmatchcase(module if "/" not in word else stem(path), word) and (sub is None or sub == where)


def complaints_of_table(folder):
    readme = os.path.join(folder, "README.md")
    listed = list(rows(tree.read(readme)))
    paths = {stem(os.path.relpath(p, folder)): p for p in tree.files((".c", ".h", ".def"), (folder,))}
    for module, path in sorted(paths.items()):
        if not any(is_listed(module, sub, word) for sub, word in listed):
            yield path, 1, f"is in no table of {readme}, or in another subfolder's"
    for sub, word in listed:
        if "." not in word.replace(".def", "") and "-" not in word and not any(is_listed(m, sub, word) for m in paths):
            yield readme, 1, f"has a row for `{word}`{f' in {sub}/' if sub else ''}, and there is none"


def complaints_of_size(folder):
    for where, subs, names in os.walk(os.path.join(tree.TOP, folder)):
        subs[:] = [s for s in subs if not s.startswith(".") and s != "__pycache__"]
        kept = [n for n in names if n.endswith((".c", ".h", ".def", ".py", ".sh", ".md", ".mk"))]
        if len(kept) > FILES_AT_MOST:
            yield os.path.relpath(where, tree.TOP), 0, f"has {len(kept)} files; {FILES_AT_MOST} at most"


def complaints_of_tests():
    for where in sorted({os.path.dirname(p) for p in tree.files("README.md", ("tests",))} - {"tests"}):
        readme = tree.read(os.path.join(where, "README.md"))
        for path in tree.files(SCRIPTS, (where,)):
            if os.path.dirname(path) == where and f"`{os.path.basename(path)}`" not in readme:
                yield path, 1, f"is not named in {where}/README.md"


def main():
    complaints = []
    for folder in FOLDERS:
        complaints += complaints_of_table(folder)
        complaints += complaints_of_size(folder)
    complaints += complaints_of_tests()
    tree.report(complaints)


main()
