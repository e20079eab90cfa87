"""The newest commits, as CONTRIBUTING.md asks for them: `folder: imperative`, at most 60 characters, and a body.

Only commits after the one that added this file are read, at most 30 of them.  Without git, or in a release, skipped.
"""
import re
import subprocess
import sys

import tree

ME = ":/tests/lint/history.py"      # from the top of the repository, which may be above an unpacked release
SUBJECT_AT_MOST = 60
BODY_LINE_AT_MOST = 100
COMMITS = 30
# folder: imperative; several folders with commas; it begins with a verb, so with no capital, and has no full stop.
SUBJECT = re.compile(r"^[a-z][\w./,{} -]*: [a-z].*[^.]$")
NOT_IMPERATIVE = re.compile(r": (?i:(?:add|chang|fix|mov|renam|remov|mend|us|improv)(?:ed|es|s|ing)|makes|made|making) ")


def git(*args):
    done = subprocess.run(["git", "-C", tree.TOP, *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def complaints_of(message):
    subject, _, rest = message.partition("\n")
    if len(subject) > SUBJECT_AT_MOST:
        yield f"the subject has {len(subject)} characters, {SUBJECT_AT_MOST} at most"
    if not SUBJECT.match(subject) or NOT_IMPERATIVE.search(subject):
        yield "the subject is not `folder: imperative`"
    if not rest.startswith("\n") or not rest.strip():
        yield "there is no body: say symptom, cause and measurement, after an empty line"
    if any(len(line) > BODY_LINE_AT_MOST and " " in line.strip() for line in rest.splitlines()):
        yield f"a line of the body is longer than {BODY_LINE_AT_MOST} characters"


def main():
    added = git("log", "--diff-filter=A", "--format=%H", "--", ME).split()
    if not added:
        print("skipped: no git, or no history")
        sys.exit(77)
    complaints = []
    for commit in git("rev-list", "--no-merges", f"--max-count={COMMITS}", f"{added[-1]}..HEAD").split():
        message = git("log", "-1", "--format=%B", commit)
        for what in complaints_of(message):
            complaints.append((f"commit {commit[:10]}", 0, f"{message.splitlines()[0]!r}: {what}"))
    tree.report(complaints)


main()
