"""The arrows of ARCHITECTURE.md: which folder may #include which, and through which front door."""
import re

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
# The server includes only the front door; layout.h and peek.h are for programs that map the memory.
SERVER_OF_SLAB = {"slab/store.h", "slab/counters.def"}

# Libraries that only some folders may include.
LIBRARY = (
    (re.compile(r"^(event2/|event\.h)"), {"server", "bench", "examples", "tests"}),
    (re.compile(r"^sasl/"), {"server"}),
    (re.compile(r"^numa(if)?\.h"), {"slab"}),
    (re.compile(r"^seccomp\.h"), {"server"}),
    (re.compile(r"^openssl/"), {"base", "server", "client", "bench", "tests"}),
    (re.compile(r"^n?curses\.h"), {"tools"}),
    (re.compile(r"^cmocka\.h"), {"tests"}),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def complaint_about(path, quote, name):
    folder = path.split("/")[0]
    if quote == "<":
        for pattern, allowed in LIBRARY:
            if pattern.match(name) and folder not in allowed:
                return f"only {', '.join(sorted(allowed))} may include <{name}>"
        return None
    to = name.split("/")[0]
    if "/" not in name or to not in tree.FOLDERS:
        return f'write "{name}" from the top of the tree'
    if to == folder:
        return None
    if to not in MAY_INCLUDE[folder]:
        return f"{folder} may not include {to}: {name}"
    if folder == "tests" or to == "base":
        return None
    doors = FRONT_DOOR[to]
    if to == "slab" and folder in ("client", "server"):
        doors = CLIENT_OF_SLAB if folder == "client" else SERVER_OF_SLAB
    return None if name in doors else f"{name} is not a front door of {to} for {folder}"


def main():
    complaints = []
    for path in tree.files((".c", ".h", ".def")):
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            m = INCLUDE.match(line)
            what = complaint_about(path, m.group(1), m.group(2)) if m else None
            if what:
                complaints.append((path, number, what))
    tree.report(complaints)


main()
