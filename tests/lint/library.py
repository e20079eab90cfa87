"""Each function of liblarder is exported, declared, described on a manual page, and called by a test and by an example; no page names a missing one."""
import os
import re

import tree

MAP, HEADER, OVERVIEW, ROWS = "client/larder.map", "client/larder.h", "packaging/man/liblarder.3", "client/options.def"
LISTS = re.compile(r"^(library_pages|library_links) = \\\n((?:\t.*\n)+)", re.M)
NAME = re.compile(r"^\.SH NAME\n(.*) \\- .+$", re.M)
SYNOPSIS = re.compile(r"^\.SH SYNOPSIS\n\.nf\n#include <larder\.h>\n\n(.*?)^\.fi$", re.M | re.S)
ROW = re.compile(r'^(?:NUMBER|SWITCH|WORD)\(\w+, "(\w+)"(?:, \d+, \d+)?, ("?\w*"?)\)', re.M)
ENTRY = re.compile(r"^\.TP\n((?:\\fB\w+\\fR(?:, )?)+)\n(.*)$", re.M)


def spaces(text):
    return re.sub(r"\s+", " ", text).replace("( ", "(").strip()


def named(page):
    """The words of a page that begin with larder_."""
    return set(re.findall(r"\blarder_\w+", re.sub(r"\\f[BIR]", "", tree.read(page))))


def declared():
    """Prototypes by name, and the words of the header that begin with larder_."""
    text = re.sub(r"/\*.*?\*/", "", tree.read(HEADER), flags=re.S)
    found = [spaces(p) for p in re.findall(r"^LARDER_API ([^;]+);", text, re.M)]
    return {re.search(r"(larder_\w+)\(", p).group(1): p for p in found}, set(re.findall(r"\blarder_\w+", text))


def exported():
    return set(re.findall(r"^\s+(larder_\w+);", tree.read(MAP), re.M))


def pages_and_links():
    lists = dict(LISTS.findall(tree.read("packaging/local.mk")))
    return (re.findall(r"packaging/man/\w+\.3", lists[name]) for name in ("library_pages", "library_links"))


def man(functions, prototypes, words):
    pages, links = pages_and_links()
    described = {}
    for page in pages:
        text = tree.read(page)
        names = NAME.search(text).group(1).split(", ")
        if os.path.basename(page) != names[0] + ".3":
            yield page, "is not called as the first function on it"
        for name in names:
            if name in described:
                yield page, f"{name} is on {described[name]}, too"
            described[name] = page
        lines = [spaces(line.replace("\\-", "-")) for line in SYNOPSIS.search(text).group(1).split("\n")]
        shown = [line[:-1] for line in lines if line and not line.startswith("typedef ")]
        if shown != [prototypes.get(name) for name in names]:
            yield page, "its synopsis is not larder.h's"
    for name in sorted(functions ^ set(described)):
        yield MAP, f"{name} is {'on no page' if name in functions else 'on a page and not there'}"
    wanted = {f"packaging/man/{name}.3" for name in functions} - set(described.values())
    for link in sorted(wanted ^ set(links)):
        yield "packaging/local.mk", f"{link} is {'missing' if link in wanted else 'no function'}"
    for page in [*described.values(), OVERVIEW]:
        for word in named(page) - words - functions:
            yield page, f"there is no {word}"


def listed(functions):
    for name in sorted(functions - named(OVERVIEW)):
        yield OVERVIEW, f"{name} is missing"


def options():
    """Each row of options.def is in liblarder(3) and in larder.h, with its default."""
    entries = {}
    for names, words in ENTRY.findall(tree.read(OVERVIEW).split(".SH OPTIONS\n")[1].split(".SH SERVERS")[0]):
        entries.update((name, words) for name in re.findall(r"\\fB(\w+)\\fR", names))
    rows = dict(ROW.findall(tree.read(ROWS)))
    if len(rows) < 15:
        yield ROWS, "its rows have a form that this test cannot read"
    header = tree.read(HEADER)
    switches = set(re.findall(r'^SWITCH\(\w+, "(\w+)"', tree.read(ROWS), re.M))
    for name in sorted(rows.keys() ^ entries.keys()):
        yield OVERVIEW, f"{name} is {'missing' if name in rows else 'not an option'}"
    for name in rows.keys() & entries.keys():
        default = rows[name].strip('"')
        default = {"0": "off", "1": "on"}[default] if name in switches else default
        if default and f"[{default}]" not in entries[name]:
            yield OVERVIEW, f"{name} does not say [{default}]"
        if not re.search(rf"^ \*   (?:\w+, )*{name}\b", header, re.M):
            yield HEADER, f"{name} is missing"


def called(functions):
    for folder in ("tests/client", "examples"):
        calls = set()
        for path in tree.files((".c", ".h"), (folder,)):
            text = re.sub(r'/\*.*?\*/|"(?:[^"\\]|\\.)*"', "", tree.read(path), flags=re.S)
            calls |= set(re.findall(r"\b(larder_\w+)\(", text))
        for name in sorted(functions - calls):
            yield folder, f"no test and no example calls {name}"


def main():
    (prototypes, words), functions, (pages, _) = declared(), exported(), pages_and_links()
    complaints = [(MAP, f"{name} is {'exported' if name in functions else 'declared'} alone")
                  for name in sorted(functions ^ set(prototypes))]
    if len(functions) < 40:
        complaints.append((MAP, "has a form that this test cannot read"))
    for check in (man(functions, prototypes, words), listed(functions), options(), called(functions)):
        complaints += check
    tree.report([(path, 0, what) for path, what in complaints] + list(tree.rendered(*pages)))


main()
