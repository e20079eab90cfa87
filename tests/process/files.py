#!/usr/bin/python3
"""files: a FIFO, a link or a folder in place of a file that larderd reads or writes: no start and no reload blocks.

Certificates are in tests/compat/tls_reload.py.
"""

import os
import signal
import stat
import tempfile

from process import check, check_that, free_port, larderd, refused


def in_the_way(folder, name, kind):
    path = os.path.join(folder, name)
    if kind == "FIFO":
        os.mkfifo(path)
    elif kind == "folder":
        os.mkdir(path)
    else:
        os.symlink(os.path.join(folder, "elsewhere"), path)
    return path


def beside_the_pidfile():
    """An entry at FILE.tmp stays, and no pidfile is made; the server serves and logs why."""
    for kind in ("FIFO", "folder", "link"):
        with tempfile.TemporaryDirectory() as folder:
            path = in_the_way(folder, "pid.tmp", kind)
            before = os.lstat(path)
            with larderd.Server("-P", os.path.join(folder, "pid")) as server, server.connect() as c:
                check("served", c.ask("mn"), "MN")
                server.wait_log(f"-P: cannot write {path}: the file exists and is not a regular file")
            check(f"the {kind} is still there", os.lstat(path).st_ino, before.st_ino)
            check("and no other file", os.listdir(folder), ["pid.tmp"])


def in_place_of_the_pidfile():
    """A FIFO, or a link to one, stays, and no pidfile is made; a link to a file is replaced, and that file stays as it was."""
    with tempfile.TemporaryDirectory() as folder:
        fifo, link, file = (os.path.join(folder, name) for name in ("fifo", "link", "file"))
        os.mkfifo(fifo)
        os.symlink(fifo, link)
        for path in (fifo, link):
            with larderd.Server("-P", path) as server, server.connect() as c:
                check("served", c.ask("mn"), "MN")
                server.wait_log(f"-P: cannot write {path}: not a regular file")
        check("both are still there", sorted(os.listdir(folder)), ["fifo", "link"])
        check_that("the FIFO is one", stat.S_ISFIFO(os.lstat(fifo).st_mode))
        check("the link leads there", os.readlink(link), fifo)
        with open(file, "w", encoding="ascii") as f:
            f.write("other\n")
        os.unlink(link)
        os.symlink(file, link)
        with larderd.Server("-v", "-P", link) as server:
            server.whole_log()      # the pidfile is written before signals are handled
            check_that("the link is replaced", not os.path.islink(link))
            with open(link, encoding="ascii") as f:
                check("the number", f.read(), f"{server.process.pid}\n")
        with open(file, encoding="ascii") as f:
            check("the file that it led to", f.read(), "other\n")


def a_leftover():
    """A FILE.tmp left by a server that died before the rename."""
    with tempfile.TemporaryDirectory() as folder:
        pidfile = os.path.join(folder, "pid")
        with open(pidfile + ".tmp", "w", encoding="ascii") as f:
            f.write("12345678901234567890\n")
        with larderd.Server("-v", "-P", pidfile) as server:
            server.whole_log()      # the pidfile is written before signals are handled
            with open(pidfile, encoding="ascii") as f:
                check("the number", f.read(), f"{server.process.pid}\n")
        check("no file is left", os.listdir(folder), [])


def beside_the_ports():
    with tempfile.TemporaryDirectory() as folder:
        path = in_the_way(folder, "ports.lck", "FIFO")
        port = free_port()
        with larderd.Server("-l", "127.0.0.1", "-p", str(port), address=("127.0.0.1", port),
                            env=dict(os.environ, MEMCACHED_PORT_FILENAME=os.path.join(folder, "ports"))) as server:
            server.wait_log(f"MEMCACHED_PORT_FILENAME: cannot write {path}")
        check("it is still there", os.listdir(folder), ["ports.lck"])


def to_start_with():
    with tempfile.TemporaryDirectory() as folder:
        fifo = in_the_way(folder, "fifo", "FIFO")
        for args in (("--config", fifo), ("-Y", fifo), ("-Z", "-o", f"ssl_chain_cert={fifo}")):
            refused(*args, says=f"{fifo} ?: not a regular file")
        refused("-s", fifo, says="not a socket")
        check_that("it is still there", stat.S_ISFIFO(os.stat(fifo).st_mode))


def at_a_reload():
    """A FIFO replaces the file: the settings and users from the file stay, and clients are served."""
    with tempfile.TemporaryDirectory() as folder:
        config, users = os.path.join(folder, "config"), os.path.join(folder, "users")
        with open(config, "w", encoding="ascii") as f:
            f.write("verbose = 1\nconn-limit = 100\n")
        with open(users, "w", encoding="ascii") as f:
            f.write("foo:hush\n")
        with larderd.Server("--config", config, "-Y", users) as server:
            for path in (config, users):
                os.unlink(path)
                os.mkfifo(path)
            server.process.send_signal(signal.SIGHUP)
            server.wait_log(f"reload: the settings stay as they were: --config {config}: not a regular file")
            server.wait_log(f"reload: the users stay as they were: {users}: not a regular file")
            with server.connect() as c:
                check("a login", c.ask("set x 0 0 8\r\nfoo hush"), "STORED")
                check("the limit", c.stats("settings")["maxconns"], "100")


def test():
    beside_the_pidfile()
    in_place_of_the_pidfile()
    a_leftover()
    beside_the_ports()
    to_start_with()
    at_a_reload()


larderd.main(test)
