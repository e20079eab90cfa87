"""The arrows of ARCHITECTURE.md: which folder may include which, and through which front door; inside a folder,
which subfolder may include and call which, and that its files do not call each other in a circle.
"""
import fnmatch
import os
import re

import calls
import tree

# A folder's files may include its own headers and the front doors of those named here.
MAY_INCLUDE = {
    "base": set(),
    "slab": {"base"},
    "proto": {"base"},
    "server": {"slab", "proto", "base"},
    "client": {"slab", "proto", "base"},
    "tools": {"client", "base"},
    "bench": {"client", "proto", "slab", "base"},
    "examples": set(),
    "tests": {"base", "slab", "proto", "server", "client", "tools", "bench"},
}
# What outsiders may include of a folder; tests see everything.  The .def files are tables.
FRONT_DOOR = {
    "slab": {"slab/store.h", "slab/counters.def", "slab/layout.h", "slab/peek.h"},
    "proto": {"proto/commands.def", "proto/request.h", "proto/response.h", "proto/parse.h", "proto/compose.h",
              "proto/ask.h", "proto/reply.h"},
    "client": {"client/larder.h"},
    "server": set(),
    "tools": set(),
    "bench": set(),
}
# The client may include two engine headers, to read another process's memory.
CLIENT_OF_SLAB = {"slab/layout.h", "slab/peek.h"}
# The front door is enough for the server; layout.h and peek.h are for processes that map the memory.
SERVER_OF_SLAB = {"slab/store.h", "slab/counters.def"}

# Libraries that only some folders, or subfolders, may include.
LIBRARY = (
    (re.compile(r"^(event2/|event\.h)"), {"server", "examples", "tests"}),
    (re.compile(r"^sasl/"), {"server"}),
    (re.compile(r"^numa(if)?\.h"), {"slab"}),
    (re.compile(r"^(zstd|zdict|lz4\w*)\.h"), {"slab/codec", "tests"}),
    (re.compile(r"^seccomp\.h"), {"server"}),
    (re.compile(r"^openssl/"), {"base", "server", "client", "bench", "tests"}),
    (re.compile(r"^n?curses\.h"), {"tools"}),
    (re.compile(r"^cmocka\.h"), {"tests"}),
)

# Inside a folder: a file may include and call its own subfolder and those before it.  The files at the top of the
# folder may include and call them all; of these, the others may include and call only those of GROUND, and tables.
SUBFOLDERS = {
    "base": ("text", "option"),
    "slab": ("mem", "index", "policy", "codec", "core", "form", "train", "reclaim", "store"),
    "proto": ("parse", "compose", "ask", "reply"),
    "server": ("text", "memory", "options", "net", "process", "auth", "watch", "pressure", "cmd", "conn", "serve", "usage", "stats"),
    "client": ("route", "packing", "conn"),
    "tools": ("text", "cli", "top", "cmd"),
    "bench": ("load/options", "load/plan", "load/net", "load/run", "load/report", "load", "micro", "client"),
}
GROUND = {
    "base": ("*",),
    "slab": ("store.h", "layout.h", "peek.h"),
    "proto": ("*",),
    "server": ("server.*", "server_clock.*", "counters.*", "inbox.*", "owner.*"),
    "client": ("larder.h",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def complaint_about(path, quote, name):
    folder = path.split("/")[0]
    if quote == "<":
        for pattern, allowed in LIBRARY:
            if pattern.match(name) and not any(path.startswith(where + "/") for where in allowed):
                return f"only {', '.join(sorted(allowed))} may include <{name}>"
        return None
    to = name.split("/")[0]
    if "/" not in name or to not in tree.FOLDERS:
        return f'write "{name}" from the top of the tree'
    if to == folder:
        return complaint_upwards(path, name, "includes") if folder != "tests" else None
    if to not in MAY_INCLUDE[folder]:
        return f"{folder} may not include {to}: {name}"
    if folder == "tests" or to == "base":
        return None
    doors = FRONT_DOOR[to]
    if to == "slab" and folder in ("client", "server"):
        doors = CLIENT_OF_SLAB if folder == "client" else SERVER_OF_SLAB
    return None if name in doors else f"{name} is not a front door of {to} for {folder}"


def rank(path):
    """How high a file is in its folder; a higher one may include and call a lower one."""
    folder, rest = path.split("/", 1)
    where, name = os.path.split(rest)
    order = SUBFOLDERS.get(folder, ())
    if where in order:
        return 1 + order.index(where)
    is_ground = not where and any(fnmatch.fnmatchcase(name, ground) for ground in GROUND.get(folder, ()))
    return 0 if is_ground else 1 + len(order)


def complaint_upwards(path, to, verb):
    if path.split("/")[0] != to.split("/")[0] or to.endswith(".def") or rank(to) <= rank(path):
        return None
    return f"{verb} {to}, which is above it"


def file_of(module):
    return next(module + end for end in (".c", ".h") if os.path.exists(os.path.join(tree.TOP, module + end)))


def complaints_of_calls(folder):
    uses = calls.uses(folder)
    for module in sorted(uses):
        for other in sorted(uses[module]):
            what = complaint_upwards(file_of(module), file_of(other), "calls")
            if what:
                yield file_of(module), 0, f"{what}: {', '.join(sorted(uses[module][other]))}"
    for circle in calls.circles(uses):
        for module in circle:
            there = [f"{other} ({', '.join(sorted(uses[module][other]))})" for other in circle if other in uses[module]]
            yield file_of(module), 0, f"is in a circle of {len(circle)} files; it calls {', '.join(there)}"


def complaints_of_tables():
    """A front door that moved, a subfolder that is new or gone: the tables above, and ARCHITECTURE.md, need a row."""
    for door in sorted(set().union(*FRONT_DOOR.values())):
        if not os.path.exists(os.path.join(tree.TOP, door)):
            yield door, 0, "is a front door in layers.py, and there is none"
    for folder, order in SUBFOLDERS.items():
        there = {os.path.dirname(path) for path in tree.files((".c", ".h", ".def"), (folder,))} - {folder}
        listed = {f"{folder}/{sub}" for sub in order}
        yield from ((sub, 0, "is not in SUBFOLDERS of layers.py") for sub in sorted(there - listed))
        yield from ((sub, 0, "is in SUBFOLDERS of layers.py, and there is none") for sub in sorted(listed - there))


def main():
    complaints = list(complaints_of_tables())
    for folder in tree.FOLDERS:
        if folder != "tests":
            complaints += complaints_of_calls(folder)
    for path in tree.files((".c", ".h", ".def")):
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            m = INCLUDE.match(line)
            what = complaint_about(path, m.group(1), m.group(2)) if m else None
            if what:
                complaints.append((path, number, what))
    tree.report(complaints)


main()
