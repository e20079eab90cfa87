#!/usr/bin/python3
"""idle_conns: a used and idle connection costs larderd under 1 KiB.

bench/connections measures the cost of 20,000 of them, and of a storm.
"""

import resource
import socket
import struct

from stress import SANITIZED, Failure, larderd

N_FIRST, N = 200, 1500      # the first ones cause costs that occur once: buffers, tables
BYTES_MAX = 1024


def open_and_use(server, n):
    held = []
    for _ in range(n):
        c = server.connect().sock   # Conn reads with select, which cannot wait for so many
        c.setblocking(True)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(larderd.REPLY_S), 0))
        held.append(c)
        c.sendall(b"set k 0 0 1\r\nv\r\nget k\r\n")
        wanted = b"STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\n"
        got = c.recv(len(wanted), socket.MSG_WAITALL)
        if got != wanted:
            raise Failure(f"connection {len(held)} reads {got!r}")
    return held


def main():
    if SANITIZED:
        larderd.skip("a sanitizer changes the memory use")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = N_FIRST + N + 100
    if hard != resource.RLIM_INFINITY and hard < need:
        larderd.skip(f"{need} descriptors are needed, {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, need), hard))
    with larderd.Server("-c", str(N_FIRST + N + 10), "-t", "2") as server:
        held = open_and_use(server, N_FIRST)
        before = server.rss_kib()
        held += open_and_use(server, N)
        each = (server.rss_kib() - before) * 1024 / N
        for c in held:
            c.close()
    print(f"{N} idle connections: {each:.0f} bytes each")
    if each > BYTES_MAX:
        raise Failure(f"an idle connection costs {each:.0f} bytes, over {BYTES_MAX}")


larderd.main(main)
