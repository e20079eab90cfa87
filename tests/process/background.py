#!/usr/bin/python3
"""background: -d and -P, the user that -u sets, and the limits that -k, -r and -L ask for."""

import grp
import os
import pwd
import re
import resource
import signal
import stat
import subprocess
import tempfile
import time

import process
from process import Failure, as_user, check, check_that, free_port, larderd

NOUSER, USAGE = 67, 64


def start(*args):
    """Runs it until the started process ends."""
    return subprocess.run([larderd.binary(), *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=larderd.START_S, check=False)


def gone(pid):
    """Whether the process has ended; a zombie has."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):     # before it is opened, or before it is read
        return True


def end(pid):
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + larderd.STOP_S
    while not gone(pid):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            raise Failure("the daemon does not end")
        time.sleep(0.002)


def daemon():
    """The started process ends when the daemon serves; the daemon has left terminal, folder and session."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        pidfile = os.path.join(folder, "pid")
        with open(pidfile, "w", encoding="ascii") as f:
            f.write("2147483000\n")     # from a server that was killed
        done = start("-d", "-P", pidfile, "-l", "127.0.0.1", "-p", str(port), *as_user())
        check(f"the starter's status ({done.stdout})", done.returncode, 0)
        with open(pidfile, encoding="ascii") as f:
            pid = int(f.read())
        try:
            with process.dial(port) as c:
                check("pid", c.stats()["pid"], str(pid))
            check("session", os.getsid(pid), pid)
            check("folder", os.readlink(f"/proc/{pid}/cwd"), "/")
            for fd in (0, 1, 2):
                check(f"descriptor {fd}", os.readlink(f"/proc/{pid}/fd/{fd}"), "/dev/null")
            again = start("-d", "-P", os.path.join(folder, "other"), "-l", "127.0.0.1", "-p", str(port), *as_user())
            check("a second one: the status of the daemon's failure", again.returncode, 71)
            check_that("and why", b"in use" in again.stdout, again.stdout)
            check_that("without a pidfile", not os.path.exists(os.path.join(folder, "other")))
        finally:
            end(pid)
        check_that("the pidfile is removed", not os.path.exists(pidfile))


def pidfile_that_cannot_be():
    """The server serves anyway, as memcached does, and logs why."""
    with larderd.Server("-P", "/nonexistent/folder/pid") as server, server.connect() as c:
        check("served", c.ask("mn"), "MN")
        server.wait_log("/nonexistent/folder/pid")


def pidfile_that_is_none():
    """A path that is not a regular file is not replaced, nor removed at the end: root may name /dev/null."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pipe")
        os.mkfifo(path)
        with larderd.Server("-P", path) as server, server.connect() as c:
            check("served", c.ask("mn"), "MN")
            server.wait_log("not a regular file")
        check_that("the FIFO is still there", stat.S_ISFIFO(os.stat(path).st_mode))
        check("and no other file", os.listdir(folder), ["pipe"])


def pidfile_on_a_full_disk():
    """A limit on file sizes simulates the disk.  No unfinished file is left."""
    with tempfile.TemporaryDirectory() as folder:
        limited = ("/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh")
        done = subprocess.Popen([*limited, larderd.binary(), "-P", os.path.join(folder, "pid"), "-p", "0", "-s",
                                 os.path.join(folder, "socket"), *as_user()], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            line = done.stderr.readline()
            check_that("it logs why", b"pid.tmp: File too large" in line, line)
        finally:
            done.terminate()
            done.stderr.read()
            check("it ends with status 0", done.wait(larderd.STOP_S), 0)
        check("no file is left", os.listdir(folder), [])


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return dict(re.findall(r"^(\w+):[ \t]*(.*)$", f.read(), re.M))


def becomes():
    """-u: user and group permanently, no other groups; its files belong to that user."""
    nobody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        path, pidfile = os.path.join(folder, "socket"), os.path.join(folder, "pid")
        groups = os.getgroups()
        extra = [g.gr_gid for g in grp.getgrall() if g.gr_gid not in (0, nobody.pw_gid)][:2]
        with larderd.Server("-u", "nobody", "-s", path, "-P", pidfile, address=path, extra_groups=extra) as server, \
                server.connect() as c:
            check("served", c.ask("mn"), "MN")
            status = status_of(server.process.pid)
            check("user", status["Uid"].split(), [str(nobody.pw_uid)] * 4)
            check("group", status["Gid"].split(), [str(nobody.pw_gid)] * 4)
            check("other groups", status["Groups"].strip(), "")
            check("capabilities", (int(status["CapEff"], 16), int(status["CapPrm"], 16)), (0, 0))
            for made in (path, pidfile):
                check(f"owner of {made}", os.stat(made).st_uid, nobody.pw_uid)
        check("it removes its files", os.listdir(folder), [])
        check("our own groups", os.getgroups(), groups)
    refused_as_root("-u", "nosuchuser", status=NOUSER, says="no user nosuchuser")
    refused_as_root(status=USAGE, says="-u <user>")


def refused_as_root(*args, status, says):
    done = start("-l", "127.0.0.1", "-p", str(free_port()), *args)
    check(f"{args}: status", done.returncode, status)
    check_that(f"{args}: {says}", says.encode() in done.stdout, done.stdout)


def limits():
    """-r raises the limit of core files to the hard one; -k and -L are asked for and do no harm."""
    with larderd.Server("-r", "-L") as server, server.connect() as c:
        soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_CORE)
        check("core files", soft, hard)
        check("served", c.ask("mn"), "MN")
    locked = larderd.Server("-k", "-m", "8")
    with locked as server, server.connect() as c:
        check("served", c.ask("mn"), "MN")
        sanitized = process.SANITIZED      # a sanitizer makes mlock do nothing
        if os.geteuid() == 0 and not sanitized:
            locked_kib = int(status_of(server.process.pid)["VmLck"].split()[0])
            if locked_kib < 4 << 10:    # then locking fails, and the log says so
                server.wait_log("lock")


def napi():
    """-N is accepted, with a warning that larderd does something else."""
    with larderd.Server("-N", "2") as server, server.connect() as c:
        check("served", c.ask("mn"), "MN")
        check_that("the warning", b"in turn" in server.stderr(), server.stderr())


def backlog():
    """-b is passed to the kernel."""
    port = free_port()
    with larderd.Server("-b", "7", "-l", "127.0.0.1", "-p", str(port), address=("127.0.0.1", port)):
        if subprocess.run(["sh", "-c", "command -v ss"], stdout=subprocess.DEVNULL, check=False).returncode != 0:
            return
        shown = subprocess.run(["ss", "-ltnH", f"sport = :{port}"], stdout=subprocess.PIPE, text=True, check=True).stdout
        check("backlog", shown.split()[2], "7")


def test():
    daemon()
    pidfile_that_cannot_be()
    pidfile_that_is_none()
    pidfile_on_a_full_disk()
    if os.geteuid() == 0:
        becomes()
    else:
        print("not root: -u is left out")
    limits()
    napi()
    backlog()


larderd.main(test)
