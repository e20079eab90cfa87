"""The manual pages render without a warning; larderd's and larder-bench's have the options of their options.def: no more, no fewer, same defaults."""
import re

import tree

PAGE = "packaging/man/larderd.1"
BENCH_PAGE = "packaging/man/larder-bench.1"
PAGES = (PAGE, BENCH_PAGE, "packaging/man/larder-auth.5", "packaging/man/liblarder.3")
# OPTION(field, letter, long, kind, change, argument, least, most, default, ...) and ACTION(name, letter, long, ...)
ROW = re.compile(r"""^(OPTION|ACTION)\(\w+,\s*('.'|0),\s*"([^"]+)"(?:,\s*\w+,\s*\w+,\s*"[^"]*",\s*[^,]+,\s*[^,]+,\s*(NULL|"[^"]*"))?""", re.M)
MENTIONED = re.compile(r"^(?:REFUSED|IGNORED)\('(.)'", re.M)
WORD = re.compile(r"""^SUBOPTION\(\w+,\s*"(\w+)",\s*(\w+),""", re.M)
LIVE = re.compile(r"""^(?:OPTION\(\w+,\s*'(.)',\s*"[^"]*"|SUBOPTION\(\w+,\s*"(\w+)"),\s*\w+,\s*LIVE""", re.M)
RELOADED = re.compile(r"^\.B SIGHUP\n(.*?)^\.TP", re.M | re.S)
# An option in the page's markup: \fB\-p\fR, \fB\-\-port\fR=\fInum\fR
ENTRY = re.compile(r"^(?:\\fB\\-(\w)\\fR, )?\\fB\\-\\-([\w\\-]+)\\fR(.*(?:\n(?!\.TP|\.S).*)*)", re.M)
# OPTION(field, letter, long, kind, argument, least, most, default, ...) of bench/load/options/options.def
BENCH_ROW = re.compile(r"""^OPTION\(\w+,\s*('.'|0),\s*"([^"]+)",\s*\w+,\s*"[^"]*",\s*[^,]+,\s*[^,]+,\s*(NULL|"[^"]*")""", re.M)
# Defaults that the page words differently, or that the engine decides.
IN_WORDS = {"D": "a colon", "v": None, "U": None}


def options(page, rows):
    """By their long names, because some have no letter."""
    for name in sorted(set(page) | set(rows)):
        if name not in page:
            yield f"--{name} is missing"
        elif name not in rows:
            yield f"--{name} is not an option"
        elif page[name][0] != rows[name][0]:
            yield f"--{name} is -{rows[name][0]}, not -{page[name][0]}"
        elif rows[name][1] not in (None, "NULL"):
            default = IN_WORDS.get(rows[name][0], rows[name][1].strip('"'))
            if default and f"Default: {default}." not in page[name][1]:
                yield f'--{name} does not say "Default: {default}."'


def entries(text):
    return {m.group(2).replace("\\-", "-"): (m.group(1), m.group(3).replace("\\-", "-")) for m in ENTRY.finditer(text)}


def bench_compared():
    page = entries(tree.read(BENCH_PAGE))
    rows = {m.group(2): (None if m.group(1) == "0" else m.group(1)[1], m.group(3))
            for m in BENCH_ROW.finditer(tree.read("bench/load/options/options.def"))}
    rows.update({"version": ("v", None), "help": (None, None)})
    if len(rows) < 40:
        yield "bench/load/options/options.def", 0, "its rows have a form that this test cannot read"
    for what in options(page, rows):
        yield BENCH_PAGE, 0, what


def compared():
    text, table = tree.read(PAGE), tree.read("server/options/options.def")
    page = entries(text)
    rows = {m.group(3): (None if m.group(2) == "0" else m.group(2)[1], m.group(4)) for m in ROW.finditer(table)}
    words, plain = WORD.findall(table), re.sub(r"\\f[BIR]", "", text)
    if len(rows) < 20 or len(words) < 5:
        yield "server/options/options.def", 0, "its rows have a form that this test cannot read"
    for letter in MENTIONED.findall(table):
        if not re.search(rf"\\-{letter}\b", text):
            yield PAGE, 0, f"-{letter}, which is refused or ignored, is not mentioned"
    for name, kind in words:
        if not re.search(rf"\b{name}\b", plain) or kind == "SWITCH" and f"no_{name}" not in plain:
            yield PAGE, 0, f"{name} of -o is missing" + (f", or no_{name}" if kind == "SWITCH" else "")
    reloaded = RELOADED.search(text).group(1)
    for letter, name in LIVE.findall(table):
        if not re.search(rf"\\-{letter}\b" if letter else rf"\b{name}\b", reloaded):
            yield PAGE, 0, f"SIGHUP does not say that it changes {letter or name}"
    for what in options(page, rows):
        yield PAGE, 0, what


tree.report(list(tree.rendered(*PAGES)) + list(compared()) + list(bench_compared()))
