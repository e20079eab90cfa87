"""The manual page renders without a warning, and has the options of server/options.def: no more, no fewer, same defaults."""
import os
import re
import shutil
import subprocess
import sys

import tree

PAGE = "packaging/man/larderd.1"
# OPTION(field, letter, long, kind, argument, least, most, default, ...) and ACTION(name, letter, long, ...)
ROW = re.compile(r"""^(OPTION|ACTION)\(\w+,\s*'(.)',\s*"([^"]+)"(?:,\s*\w+,\s*"[^"]*",\s*[^,]+,\s*[^,]+,\s*(NULL|"[^"]*"))?""", re.M)
REFUSED = re.compile(r"^REFUSED\('(.)'", re.M)
# The page's own way of writing one: \fB\-p\fR, \fB\-\-port\fR=\fInum\fR
ENTRY = re.compile(r"^\\fB\\-(\w)\\fR, \\fB\\-\\-([\w\\-]+)\\fR(.*(?:\n(?!\.TP|\.S).*)*)", re.M)
# Where a default is written in other words, or is the engine's to say.
IN_WORDS = {"D": "a colon", "v": None, "U": None}


def rendered():
    groff = shutil.which("groff")
    if not groff:
        print("groff is missing")
        sys.exit(77)
    done = subprocess.run([groff, "-man", "-Tutf8", "-ww", "-z", os.path.join(tree.TOP, PAGE)],
                          stderr=subprocess.PIPE, text=True, check=False)
    return [(PAGE, 0, line) for line in done.stderr.splitlines()]


def compared():
    page = {m.group(1): (m.group(2).replace("\\-", "-"), m.group(3)) for m in ENTRY.finditer(tree.read(PAGE))}
    rows = {m.group(2): (m.group(3), m.group(4)) for m in ROW.finditer(tree.read("server/options.def"))}
    if len(rows) < 20:
        yield "server/options.def", 0, "its rows look different from what this test can read"
    for letter in REFUSED.findall(tree.read("server/options.def")):
        if not re.search(rf"\\-{letter}\b", tree.read(PAGE)):
            yield PAGE, 0, f"-{letter}, which is refused, is not mentioned"
    for letter in sorted(set(page) | set(rows)):
        if letter not in page:
            yield PAGE, 0, f"-{letter} is missing"
        elif letter not in rows:
            yield PAGE, 0, f"-{letter} is not an option"
        elif page[letter][0] != rows[letter][0]:
            yield PAGE, 0, f"-{letter} is --{rows[letter][0]}, not --{page[letter][0]}"
        elif rows[letter][1] not in (None, "NULL"):
            default = IN_WORDS.get(letter, rows[letter][1].strip('"'))
            if default and f"Default: {default}." not in page[letter][1]:
                yield PAGE, 0, f'-{letter} does not say "Default: {default}."'


tree.report(rendered() + list(compared()))
