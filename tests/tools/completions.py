#!/usr/bin/python3
"""completions: what bash and fish complete for larder; zsh loads its own without an error."""

import os
import shutil
import subprocess
import tempfile

import cli
from cli import check, check_that
import larderd

FOLDER = os.path.join("packaging", "completions")      # of the build: the groups of stats come from the server's table

BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_larder
printf '%s\\n' "${COMPREPLY[@]}"
"""


def shell(name):
    path = shutil.which(name)
    if path is None:
        print(f"skipped: no {name}")
    return path


def output(command):
    with tempfile.TemporaryDirectory(prefix="larder-test-") as home:     # fish makes folders in its home
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=cli.environment(HOME=home), timeout=60, check=False)
    if done.returncode != 0 or done.stderr:
        raise cli.Failure(f"{command}: status {done.returncode}\n{done.stderr.decode(errors='replace')}")
    return done.stdout.decode().split("\n")[:-1]


def bash(*words):
    return output(["bash", "-c", BASH, "bash", os.path.join(FOLDER, "bash", "larder"), *words])


def fish(line):
    script = f"source {os.path.join(FOLDER, 'fish', 'larder.fish')}; complete -C '{line}'"
    return [offer.split("\t")[0] for offer in output(["fish", "--no-config", "-c", script])]


def offers_in_bash():
    check("commands", bash("larder", "de"), ["decr", "delete"][::-1])
    check("after an option", bash("larder", "--servers", "a,b", "-j", "imp"), ["import"])
    check("options of every command", bash("larder", "--ser"), ["--servers"])
    check("options of a command", bash("larder", "set", "k", "--t"), ["--timeout", "--ttl"])
    check("other commands lack them", bash("larder", "get", "k", "--tt"), [""])
    check("streams", bash("larder", "watch", "ev"), ["evictions"])
    check("groups of stats", bash("larder", "stats", "p"), ["pages", "policy"])
    check("settings", bash("larder", "-o", "tls_c"), ["tls_ca=", "tls_cert="])


def offers_in_fish():
    check("commands", fish("larder de"), ["decr", "delete"])
    check("options of a command", sorted(fish("larder set k --t")), ["--timeout", "--ttl"])
    check("other commands lack them", "--ttl" in fish("larder get k --t"), False)
    check_that("streams", "evictions" in fish("larder watch ev"))
    check("groups of stats", sorted(fish("larder stats p")), ["pages", "policy"])


def test():
    tested = 0
    if shell("bash"):
        offers_in_bash()
        tested += 1
    if shell("fish"):
        offers_in_fish()
        tested += 1
    if shell("zsh"):
        check("zsh", output(["zsh", "-n", os.path.join(FOLDER, "zsh", "_larder")]), [])
        tested += 1
    if tested == 0:
        larderd.skip("no shell with completions is installed")
    print(f"completions in {tested} shells: good")


if __name__ == "__main__":
    larderd.main(test)
