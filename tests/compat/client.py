#!/usr/bin/python3
"""client: runs a scenario, written in a client's own language, against LARDERD.

    client.py SCENARIO.{php,pl,rb,js,go,java}

The scenario gets the server's address in LARDER_SERVER: host:port or the path
of a Unix socket.  When it prints RESTART, this program ends the server, starts it
again on the same address, and writes a line to the scenario's input: the client
must notice and reconnect.  The scenario's other output is copied to the log.
Status 0 is success, 77 skipped: the client is not installed.
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
LIBRARIES = {   # libraries without which a scenario does not compile, so that it cannot report them missing itself
    "gomemcache.go": ("/usr/share/gocode/src/github.com/bradfitz/gomemcache", "golang-github-bradfitz-gomemcache-dev"),
    "spymemcached.java": ("/usr/share/java/spymemcached.jar", "libspymemcached-java"),
}
ENVIRONMENT = {     # Debian's Go packages are source files, found by GOPATH as before Go modules
    "GO111MODULE": "off",
    "GOPATH": "/usr/share/gocode",
    "GOFLAGS": "-buildvcs=false",
    "LC_ALL": "C.UTF-8",
}
TCP_ONLY = {"node_clients.js", "spymemcached.java"}
SECONDS = 600           # for a scenario that hangs; Go compiles its whole library in this time


def follow(process, server):
    """Copies its output line by line; RESTART restarts the server."""
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
