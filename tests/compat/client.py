#!/usr/bin/python3
"""client: runs a scenario that is written in a client's own language, against LARDERD.

    client.py SCENARIO.{php,pl,rb,js,go,java}

The scenario finds the server in its environment: LARDER_SERVER, host:port or
the path of a Unix socket.  When it prints RESTART, the server is ended and
started again on the same address, and a line on the scenario's input says that
it is up: the client is to notice and to connect anew.  What else it prints goes
to the log.  Status 0 is good, 77 is skipped: the client is not installed.
"""

import os
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
import compat  # noqa: E402
from compat import Failure, larderd  # noqa: E402

RUNNERS = {     # extension: (command, Debian's package)
    ".php": (["php", "-d", "session.use_cookies=0", "-d", "session.cache_limiter="], "php-cli"),
    ".pl": (["perl"], "perl"),
    ".rb": (["ruby"], "ruby"),
    ".js": (["node"], "nodejs"),
    ".go": (["go", "run"], "golang-go"),
    ".java": (["java", "-cp", "/usr/share/java/*"], "default-jdk-headless"),
}
LIBRARIES = {   # what a scenario cannot itself say is missing: it would not compile
    "gomemcache.go": ("/usr/share/gocode/src/github.com/bradfitz/gomemcache", "golang-github-bradfitz-gomemcache-dev"),
    "spymemcached.java": ("/usr/share/java/spymemcached.jar", "libspymemcached-java"),
}
ENVIRONMENT = {     # Debian's Go packages are sources, found the way of before modules
    "GO111MODULE": "off",
    "GOPATH": "/usr/share/gocode",
    "GOFLAGS": "-buildvcs=false",
    "LC_ALL": "C.UTF-8",
}
TCP_ONLY = {"node_clients.js", "spymemcached.java"}
SECONDS = 600           # of a scenario that is stuck; Go compiles all of its library in it


def follow(process, server):
    """Its output, line by line; RESTART is for us."""
    for line in process.stdout:
        if line == "RESTART\n":
            server.restart()
            process.stdin.write("up\n")
            process.stdin.flush()
        else:
            print(line, end="", flush=True)


def play(command, server, folder):
    where = server.path if server.listen == "unix" else f"127.0.0.1:{server.port}"
    environment = {**os.environ, **ENVIRONMENT, "LARDER_SERVER": where, "TMPDIR": server.dir, "GOCACHE": folder}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    watchdog = threading.Timer(SECONDS, process.kill)
    watchdog.start()
    try:
        follow(process, server)
        status = process.wait()
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
    if status == larderd.SKIPPED:
        sys.exit(status)
    if status != 0:
        raise Failure(f"{' '.join(command)}: status {status}")


def test():
    scenario = os.path.abspath(sys.argv[1])
    name, extension = os.path.basename(scenario), os.path.splitext(scenario)[1]
    command, package = RUNNERS[extension]
    compat.find(command[0], package=package)
    if name in LIBRARIES and not os.path.exists(LIBRARIES[name][0]):
        larderd.skip(f"no {LIBRARIES[name][0]} (Debian: {LIBRARIES[name][1]})")
    with tempfile.TemporaryDirectory() as folder:
        for listen in ("tcp",) if name in TCP_ONLY else ("tcp", "unix"):
            with larderd.Server(listen=listen) as server:
                play([*command, scenario], server, folder)
            print(f"{name} over {listen}: good", flush=True)


if __name__ == "__main__":
    compat.main(test)
