"""The tree for the lint tests: its folders' files, and a function to report.

Works in a clone and in an unpacked release, so it lists folders and does not ask git.
"""
import os
import shutil
import subprocess
import sys

TOP = os.environ.get("TOP_SRCDIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

FOLDERS = ("base", "slab", "proto", "server", "client", "tools", "bench", "tests", "examples", "packaging")

# Files that people write and read; those at the top by name, because build folders may be beside them.
TEXT = (".c", ".h", ".def", ".py", ".sh", ".md", ".mk", ".in", ".1", ".3", ".5", ".wire", ".hist", ".rb", ".pl", ".php", ".js",
        ".go", ".java", ".awk", ".map", ".conf", ".socket")
TOP_TEXT = ("configure.ac", "Makefile.am", "autogen.sh", "do", ".ci/run", "README.md", "ARCHITECTURE.md", "CHANGELOG.md",
            "CONTRIBUTING.md")


def files(suffixes, folders=FOLDERS):
    """Paths from the top of the tree, sorted."""
    found = []
    for folder in folders:
        for where, subs, names in os.walk(os.path.join(TOP, folder)):
            subs[:] = [s for s in subs if s != "__pycache__" and not s.startswith(".")]
            found += [os.path.relpath(os.path.join(where, n), TOP) for n in names if n.endswith(suffixes)]
    return sorted(found)


def texts():
    return files(TEXT) + [path for path in TOP_TEXT if os.path.exists(os.path.join(TOP, path))]


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def rendered(*pages):
    """A complaint for each warning of groff about a manual page, in the source or, made at build, in the build folder."""
    if not shutil.which("groff"):
        print("groff is missing: the pages are not rendered")
        return
    for page in pages:
        path = page if os.path.exists(page) else os.path.join(TOP, page)
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", path], stderr=subprocess.PIPE, text=True, check=False)
        yield from ((page, 0, line) for line in done.stderr.splitlines())


def report(complaints):
    """Prints each as "file:line: what" and ends the test."""
    for path, line, what in complaints:
        print(f"{path}:{line}: {what}")
    sys.exit(1 if complaints else 0)
