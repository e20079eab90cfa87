#!/usr/bin/python3
"""sandbox: with -o drop_privileges, every conversation and every way to end works as without."""

import os
import re
import signal
import subprocess
import sys

import process
from process import Failure, check, larderd

HERE = os.path.dirname(os.path.abspath(__file__))
AGAIN = ("../wire/run.py", "--how", "whole"), ("stopping.py",), ("service.py",), ("udp.py",), ("config.py",), ("log.py",), \
    ("logins.py",), ("login_storm.py",)


def threads_of(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as f:
            yield dict(re.findall(r"^(\w+):\s*(.*)$", f.read(), re.M))


def entered():
    """All threads are in the sandbox, and none can gain privileges."""
    with larderd.Server("-o", "drop_privileges") as server, server.connect() as c:
        check("stats settings", c.stats("settings")["drop_privileges"], "yes")
        for status in threads_of(server.process.pid):
            check(f"Seccomp of {status['Name']}", status["Seccomp"], "2")
            check(f"NoNewPrivs of {status['Name']}", status["NoNewPrivs"], "1")
        server.process.send_signal(signal.SIGHUP)
        check("version", c.ask("version").split()[0], "VERSION")
    with larderd.Server("-o", "no_drop_privileges") as server, server.connect() as c:
        check("stats settings", c.stats("settings")["drop_privileges"], "no")
        for status in threads_of(server.process.pid):
            check(f"Seccomp of {status['Name']}", status["Seccomp"], outside())


def outside():
    with open("/proc/self/status", encoding="ascii") as f:
        return re.search(r"^Seccomp:\s*(.*)$", f.read(), re.M)[1]


def everything_again():
    for command in AGAIN:
        done = subprocess.run([sys.executable, os.path.join(HERE, command[0]), *command[1:]],
                              env=dict(os.environ, LARDERD_ARGS="-o drop_privileges"), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode not in (0, larderd.SKIPPED):
            raise Failure(f"{' '.join(command)} in the sandbox: status {done.returncode}\n{done.stdout[-4000:]}")


def test():
    if process.SANITIZED:
        larderd.skip("a sanitizer makes system calls of its own")
    probe = subprocess.run([larderd.binary(), "-o", "drop_privileges", "-l", "127.0.0.1:x", *process.as_user()],
                           stderr=subprocess.PIPE, text=True, check=False)
    if "without libseccomp" in probe.stderr:
        larderd.skip("built without libseccomp")
    entered()
    everything_again()


larderd.main(test)
