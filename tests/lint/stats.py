"""Every statistic has a sentence that says what it is, and larder-stats(5), which is made at build, has them all."""
import os
import re

import tree

TABLES = ("server/stats/stats.def", "server/counters.def", "slab/counters.def")
PAGE = "packaging/man/larder-stats.5"
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
# A row up to its source: STAT(name, group, type, unit, label, help, ... and STAT_WHEN(condition, name, ...; COUNTER(name, stat, ... help)
ROW = re.compile(r"^(STAT|STAT_WHEN|COUNTER)\((.*?)(?=^(?:STAT|COUNTER|GROUP|FAMILY|LABEL|/\*|#)|\Z)", re.M | re.S)
SENTENCE = re.compile(r"[A-Za-z].{3,}\.$")
ENTRY = re.compile(r"^\.TP\n\\fB(.*)\\fR \(([^)]*)\)\n(.*)$", re.M)
INSTANCE = re.compile(r"\\fI\w+\\fB")


def columns(text):
    """At top-level commas; the source, which is last, may be cut into several."""
    depth, quoted, cut = 0, False, [""]
    for c in text:
        quoted ^= c == '"'
        depth += 0 if quoted else (c in "([{") - (c in ")]}")
        if c == "," and depth == 0 and not quoted:
            cut.append("")
        else:
            cut[-1] += c
    return [column.strip() for column in cut]


def rows(path):
    """(line, name, help) of each row."""
    text = tree.read(path)
    for m in ROW.finditer(text):
        if text[: m.start()].endswith("#define "):
            continue
        found = columns(m.group(2))
        name = {"STAT": 0, "STAT_WHEN": 1, "COUNTER": 1}[m.group(1)]
        words = found[-1 if m.group(1) == "COUNTER" else name + 5] if len(found) > name + 1 else ""
        string = STRING.match(words.strip(") \n"))
        yield text.count("\n", 0, m.start()) + 1, found[name], string.group(1) if string else ""


def sentences():
    for path in TABLES:
        found = list(rows(path))
        if len(found) < 25:
            yield path, 0, "its rows look different from what this test can read"
        for line, name, words in found:
            if not SENTENCE.match(words):
                yield path, line, f'{name} has no sentence that says what it is: "{words}"'


def page():
    if not os.path.exists(PAGE):
        return  # not built here
    with open(PAGE, encoding="utf-8") as f:
        text = f.read()
    shown = [INSTANCE.sub("", name).rstrip("=").split(":")[-1].split(" ")[-1] for name, _, _ in ENTRY.findall(text)]
    own = [name for path, prefix in ((TABLES[1], "worker_"), (TABLES[2], "store_")) for name in (prefix + r[1] for r in rows(path))]
    wanted = [name for _, name, _ in rows(TABLES[0])]
    missing = [name for name in wanted + own if name not in shown]
    yield from ((PAGE, 0, f"{name} is missing") for name in missing)
    if not missing and len(shown) != len(wanted) + len(own):
        yield PAGE, 0, f"it has {len(shown)} entries for {len(wanted) + len(own)} rows"
    yield from tree.rendered(PAGE)


tree.report(list(sentences()) + list(page()))
