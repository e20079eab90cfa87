"""Sentences name their agent: how often comments, documents and messages say who, or somebody, in its place.

A bare "who" or "somebody" as a subject hides the thread, client or function that acts, and a reader has to guess it.  A
few are right (an attacker who ..., a question), so the lint counts them: over the whole tree at most 12 of who, whoever
and whom, and 6 of somebody, nobody and the like.  Strings of tests are data and do not count.
"""
import re

import tree

COUNTS = (
    ("who", 12, re.compile(r"\b(?:[Ww]ho|[Ww]hoever|[Ww]hom)\b")),
    ("somebody", 6, re.compile(r"\b(?:[Ss]ome|[Nn]o|[Aa]ny|[Ee]very)(?:body|one)\b")),
)
C_COMMENT = r"/\*.*?\*/|(?m://[^\n]*$)"
C_STRING = r'"(?:\\.|[^"\\\n])*"'
SCRIPT_PROSE = re.compile(r'"""(?:.*?)"""|(?:^|(?<=\s))(?:#|dnl )[^\n]*', re.DOTALL)
C_FILES = (".c", ".h", ".def", ".go", ".java", ".js", ".php")
SCRIPTS = (".py", ".sh", ".mk", ".wire", ".hist", ".rb", ".pl", ".awk", ".ac", ".am", "do", ".ci/run")
QUOTED = re.compile(r'"who"')      # CONTRIBUTING.md's rule
ME = "tests/lint/english.py"


def prose(path):
    text = tree.read(path)
    if path.endswith(C_FILES):
        parts = C_COMMENT if path.startswith("tests/") else f"{C_COMMENT}|{C_STRING}"
        return "\n".join(re.findall(parts, text, re.DOTALL))
    return "\n".join(SCRIPT_PROSE.findall(text)) if path.endswith(SCRIPTS) else text   # else a document


def main():
    texts = [(path, QUOTED.sub("", prose(path))) for path in tree.texts() if path != ME]
    complaints = []
    for word, most, pattern in COUNTS:
        found = [(path, text[max(0, m.start() - 40):m.end() + 40].replace("\n", " ")) for path, text in texts
                 for m in pattern.finditer(text)]
        if len(found) > most:
            complaints += [(path, 0, f"... {where} ...") for path, where in found]
            complaints.append((".", 0, f"{word} and its like: {len(found)} times, {most} at most"))
    tree.report(complaints)


main()
