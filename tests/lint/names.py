"""Visibility is in the name: a function that other files can call says in which file it is.

The longest beginning of its name that is a module of its folder, or the first or last word of one, is its file, or the
module that its file is a part of: epoch_join is in epoch.c; store_thread_new in store_thread.c and not in store.c; conn_read may
be in conn_input.c, and parse_words in text_parse.c, unless there is a conn_read.c or a parse_words.c.  Functions that a
folder's front door declares may begin with the door's word instead: store_... in slab, proto_... in proto, larder_...
in client.  A static function needs no prefix, and the inline functions of headers are not checked.
"""
import os
import re

import calls
import tree

DOORS = {"slab": ("store_", ("slab/store.h",)), "client": ("larder_", ("client/larder.h",)),
         "proto": ("proto_", ("proto/parse.h", "proto/compose.h", "proto/ask.h", "proto/reply.h"))}
EXEMPT = {"main", "LLVMFuzzerTestOneInput", "LLVMFuzzerInitialize"}


def stem(path):
    return os.path.basename(calls.module(path))


def module_named(name, modules):
    words = name.split("_")
    return next((b for b in ("_".join(words[:n]) for n in range(len(words), 0, -1)) if b in modules), None)


def is_of(file, module):
    """The file is the module, or a part of it: of `stats`, stats_slabs; of `parse`, text_parse."""
    return file == module or file.startswith(module + "_") or file.endswith("_" + module)


def names_of(path):
    """The modules that a file can be of: page; parse, of text_parse; option, of options_help."""
    name = stem(path)
    first, last = name.split("_")[0], name.split("_")[-1]
    return {name, first, last} | ({first[:-1]} if first.endswith("s") else set())


def is_of_front_door(name, folder, doors):
    word, _ = DOORS.get(folder, ("/", ()))
    return name.startswith(word) and name in doors[folder]


def main():
    complaints = []
    doors = {folder: set(re.findall(r"\b[a-z]\w*(?=\()", "".join(calls.code(h) for h in headers)))
             for folder, (_, headers) in DOORS.items()}
    for folder in tree.FOLDERS:
        if folder in ("tests", "examples", "packaging"):
            continue
        paths = tree.files((".c", ".h"), (folder,))
        modules = set().union(*map(names_of, paths))
        for path in paths:
            if not path.endswith(".c"):
                continue
            text = tree.read(path)
            for m in calls.FUNCTION.finditer(text):
                name = m["name"]
                if calls.is_static(m) or name in EXEMPT or is_of_front_door(name, folder, doors):
                    continue
                module = module_named(name[4:] if name.startswith("try_") else name, modules)
                if module is None or not any(is_of(file, module) for file in names_of(path) | {stem(path)}):
                    line = text.count("\n", 0, m.start("name")) + 1
                    where = f"names {module}, and is not there" if module else "names no module of the folder"
                    complaints.append((path, line, f"{name} {where}"))
    tree.report(complaints)


main()
