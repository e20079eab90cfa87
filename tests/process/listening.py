#!/usr/bin/python3
"""listening: every way to configure addresses, and the tags and protocols of connections to them."""

import os
import socket

import process
from process import check, check_that, dial, free_port, larderd, refused

USAGE = 64


def conns(c):
    """stats conns by descriptor."""
    found = {}
    for name, value in c.stats("conns").items():
        fd, what = name.split(":", 1)
        found.setdefault(fd, {})[what] = value
    return list(found.values())


def several():
    a, b, d = free_port(), free_port(), free_port()
    listen = f"127.0.0.1:{a},tag_tools_:127.0.0.1:{b}"
    with larderd.Server("-l", listen, "-l", "proto[ascii]:tag[x]:127.0.0.1", "-p", str(d),
                        address=("127.0.0.1", a)) as server, server.connect() as c, dial(b) as tagged, dial(d) as x:
        for one in (c, tagged, x):
            check("version", one.ask("version").split()[0], "VERSION")
        lines = conns(c)
        listening = {e["addr"]: e.get("tag") for e in lines if e["state"] == "conn_listening"}
        check("what it listens on", listening, {f"tcp:127.0.0.1:{a}": None, f"tcp:127.0.0.1:{b}": "tools",
                                                f"tcp:127.0.0.1:{d}": "x"})
        tags = {e["listen_addr"]: e.get("tag") for e in lines if "listen_addr" in e}
        check("connections by their tag", tags, {f"tcp:127.0.0.1:{a}": None, f"tcp:127.0.0.1:{b}": "tools",
                                                 f"tcp:127.0.0.1:{d}": "x"})
        check("the same address twice is one", len(listening), 3)


NOOP = bytes([0x80, 10]) + bytes(22)        # a binary packet, and its reply
NOOP_REPLY = bytes([0x81, 10]) + bytes(22)


def protocols():
    """A listener's own protocol overrides -B."""
    auto, binary, text = free_port(), free_port(), free_port()
    listen = f"127.0.0.1:{text},proto[binary]:127.0.0.1:{binary},proto[negotiating]:127.0.0.1:{auto}"
    with larderd.Server("-B", "ascii", "-l", listen, address=("127.0.0.1", text)) as server:
        for port in (binary, auto):
            with dial(port) as c:
                c.send(NOOP)
                check("a packet", c.read(24), NOOP_REPLY)
        for port in (text, auto):
            with dial(port) as c:
                check("a line", c.ask("version").split()[0], "VERSION")
        with dial(text) as c:
            c.send(NOOP + b"\r\n")
            check_that("a packet as text is an error", b"ERROR" in c.read_until(b"\r\n"))
        with dial(binary) as c:
            c.send(b"version\r\n" + b"x" * 24)
            check("text as a packet", c.wait_closed(), b"")
        check_that("still alive", server.alive())


def ipv6():
    if not process.has_ipv6():
        print("no IPv6 here: left out")
        return
    port, other = free_port(), free_port()
    listen = f"127.0.0.1:{port},[::1]:{port},tag[six]:[::1]:{other}"
    with larderd.Server("-l", listen, address=("127.0.0.1", port)) as server, server.connect() as c:
        with dial(port, "::1") as six, dial(other, "::1") as tagged:
            check("version", six.ask("version").split()[0], "VERSION")
            check("version", tagged.ask("version").split()[0], "VERSION")
            addrs = sorted(e["addr"] for e in conns(c) if e["state"] == "conn_listening")
            check("addresses", addrs, sorted([f"tcp:127.0.0.1:{port}", f"tcp6:[::1]:{port}", f"tcp6:[::1]:{other}"]))


def unix_socket_alone():
    """-s turns TCP off, as memcached's does; -a is the file's mode from its first moment."""
    port = free_port()
    with larderd.Server("-a", "0640", "-p", str(port)) as server, server.connect() as c:
        check("version", c.ask("version").split()[0], "VERSION")
        check("mode of the socket", os.stat(server.path).st_mode & 0o777, 0o640)
        check("sockets", [e["addr"] for e in conns(c) if e["state"] == "conn_listening"], [f"unix:{server.path}"])
        with socket.socket() as probe:
            check_that("no socket on the port", probe.connect_ex(("127.0.0.1", port)) != 0)
        path = server.path
        server.stop()
        check_that("the socket's file is removed", not os.path.exists(path))


def errors():
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    refused("-l", "127.0.0.1", "-p", str(port), status=71, says=f"127.0.0.1 port {port}: Address already in use")
    taken.close()
    refused("-l", "proto[gopher]:127.0.0.1", says=r"proto\[gopher\]:127.0.0.1.*ascii, binary or negotiating")
    refused("-l", "proto[proxy]:127.0.0.1", says="not a proxy")
    refused("-l", "tag[ninechars]:127.0.0.1", says="1 to 8 printable")
    refused("-l", "tag_x:127.0.0.1", says="expected the prefix to end")
    refused("-l", "127.0.0.1:port", says="a port from 1 to 65535")
    refused("-l", "[::1", says="host:port")
    refused("-l", "192.0.2.1", "-p", str(port), says="192.0.2.1.*annot assign")
    refused("-l", ",".join(f"127.0.0.1:{20000 + i}" for i in range(65)), says="more than 64 sockets")
    refused("-p", "65536", status=USAGE, says="-p .*65535")
    refused("-s", "/nonexistent/folder/socket", says="/nonexistent/folder/socket")
    refused("-s", "x" * 200, says="at most 107")
    refused("-b", "0", status=USAGE, says="-b ")


def test():
    several()
    protocols()
    ipv6()
    unix_socket_alone()
    errors()


larderd.main(test)
