"""Sentences name their agent: how often comments, documents and messages say who, or somebody, in its place.

A bare "who" or "somebody" as a subject hides the thread, client or function that acts, and a reader has to guess it.  A
few are right (an attacker who ..., a question), so the lint counts them: over the whole tree at most 30 of who, whoever
and whom, and 20 of somebody, nobody and the like.  Strings of tests are data and do not count.
"""
import re

import tree

COUNTS = (
    ("who", 30, re.compile(r"\b(?:[Ww]ho|[Ww]hoever|[Ww]hom)\b")),
    ("somebody", 20, re.compile(r"\b(?:[Ss]ome|[Nn]o|[Aa]ny|[Ee]very)(?:body|one)\b")),
)
C_COMMENT = r"/\*.*?\*/"
C_STRING = r'"(?:\\.|[^"\\\n])*"'
SCRIPT_PROSE = re.compile(r'"""(?:.*?)"""|(?:^|(?<=\s))#[^\n]*', re.DOTALL)
C_FILES = (".c", ".h", ".def")
SCRIPTS = (".py", ".sh", ".mk", ".wire", ".hist", ".rb", ".pl")
DOCUMENTS = (".md", ".1", ".3", ".5", ".7", ".in")
AT_TOP = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")
QUOTED = re.compile(r'"who"|-u nobody')        # CONTRIBUTING.md's rule; a user's name
ME = "tests/lint/english.py"


def prose(path):
    text = tree.read(path)
    if path.endswith(C_FILES):
        parts = C_COMMENT if path.startswith("tests/") else f"{C_COMMENT}|{C_STRING}"
        return "\n".join(re.findall(parts, text, re.DOTALL))
    return "\n".join(SCRIPT_PROSE.findall(text)) if path.endswith(SCRIPTS) else text


def main():
    paths = [p for p in tree.files(C_FILES + SCRIPTS + DOCUMENTS) if p != ME and not p.startswith("tests/fuzz/corpus/")]
    texts = [(path, QUOTED.sub("", prose(path))) for path in (*paths, *AT_TOP)]
    complaints = []
    for word, most, pattern in COUNTS:
        found = [(path, text[max(0, m.start() - 40):m.end() + 40].replace("\n", " ")) for path, text in texts
                 for m in pattern.finditer(text)]
        if len(found) > most:
            complaints += [(path, 0, f"... {where} ...") for path, where in found]
            complaints.append((".", 0, f"{word} and its like: {len(found)} times, {most} at most"))
    tree.report(complaints)


main()
