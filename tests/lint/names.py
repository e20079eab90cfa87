"""Visibility is in the name: a function that other files can call carries its module's prefix.

The module is the file: slab/page.c defines page_...; store_stats.c belongs to store, cmd_get.c to cmd, and
text_parse.c to parse; options.c may define option_...  A static function needs no prefix.  Relies on the return type being on its own line,
which format.sh checks.
"""
import os
import re

import tree

DEFINITION = re.compile(r"^(?P<type>[A-Za-z_][\w \t*]*)\n(?P<name>[a-z_]\w*)\([^;{]*?\)\n\{", re.MULTILINE)

# A folder's front door may be implemented in several of its files.
FOLDER_PREFIX = {"proto": "proto_", "server": "server_", "slab": "store_", "client": "larder_"}
EXEMPT = {"main", "LLVMFuzzerTestOneInput", "LLVMFuzzerInitialize"}


def prefixes(path):
    folder = path.split("/")[0]
    words = os.path.basename(path)[: -len(".c")].split("_")
    allowed = {w + "_" for w in words} | {w.rstrip("s") + "_" for w in words} | {"_".join(words)}
    if folder in FOLDER_PREFIX:
        allowed.add(FOLDER_PREFIX[folder])
    return tuple(sorted(allowed))


def main():
    complaints = []
    for path in tree.files((".c",)):
        text = tree.read(path)
        for m in DEFINITION.finditer(text):
            name = m.group("name")
            if "static" in m.group("type").split() or name in EXEMPT:
                continue
            bare = name[4:] if name.startswith("try_") else name
            if not bare.startswith(prefixes(path)):
                line = text.count("\n", 0, m.start("name")) + 1
                complaints.append((path, line, f"{name} is not static and does not begin with {' or '.join(prefixes(path))}"))
    tree.report(complaints)


main()
