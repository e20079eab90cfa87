#!/usr/bin/python3
"""monitoring_binary: programs that watch a server over the binary protocol get the values they read.

Datadog's agent sends STAT, STAT items and STAT slabs; Zabbix's sends NOOP to see
whether the server lives, and STAT with a configured key.  monitored.py has the
names they read, as for the programs that use text; both protocols must agree.
"""

import struct
import sys

sys.dont_write_bytecode = True
import compat  # noqa: E402
import monitored  # noqa: E402
from compat import Failure, check, check_that, larderd  # noqa: E402

HEADER = struct.Struct(">BBHBBHIIQ")
SET, NOOP, VERSION, STAT = 0x01, 0x0A, 0x0B, 0x10
OK, NOT_FOUND = 0, 1
# these change with each request
MOVING = {"time", "uptime", "rusage_user", "rusage_system", "bytes_read", "bytes_written", "curr_connections",
          "total_connections", "connection_structures", "read_buf_count", "read_buf_bytes", "read_buf_bytes_free",
          "response_obj_count", "response_obj_bytes"}


def ask(c, opcode, key=b"", extras=b"", value=b"", opaque=0):
    body = extras + key + value
    c.send(HEADER.pack(0x80, opcode, len(key), len(extras), 0, 0, len(body), opaque, 0) + body)


def answer(c, opcode, opaque=0):
    """(status, key, value) of one packet."""
    magic, op, n_key, n_extras, _, status, n_body, echoed, _ = HEADER.unpack(c.read(HEADER.size))
    check("magic, opcode and opaque", (hex(magic), op, echoed), ("0x81", opcode, opaque))
    body = c.read(n_body)
    return status, body[n_extras:n_extras + n_key], body[n_extras + n_key:]


def stat(c, group=""):
    """{name: value}, up to the packet with neither."""
    ask(c, STAT, group.encode(), opaque=0x5747)
    found = {}
    while True:
        status, key, value = answer(c, STAT, opaque=0x5747)
        check(f"STAT {group}: status", status, OK)
        if not key:
            check(f"STAT {group}: the last packet has no value", value, b"")
            return found
        found[key.decode()] = value.decode()


def fill(c):
    for i in range(100):
        ask(c, SET, b"key%d" % i, extras=bytes(8), value=b"x" * (1 << i % 15))
        check("SET", answer(c, SET)[0], OK)


def every_tool_reads(c):
    wrong = []
    for tool in monitored.TOOLS:
        for group, names in tool.names.items() if tool.binary else ():
            if names:
                wrong += monitored.complaints(tool, group, stat(c, group))
    if wrong:
        raise Failure("\n".join(wrong))


def same_as_text(c, text):
    """The mover counts its rounds and items get older: a value that is the same before and after is the same in between."""
    for group in ("", "items", "slabs", "settings", "sizes"):
        before, binary, after = text.stats(group), stat(c, group), text.stats(group)
        check(f"stats {group}: names", [*binary], [*after])
        stood = [name for name in binary if name not in MOVING and before[name] == after[name]]
        for name in stood:
            check(f"stats {group}: {name}", binary[name], after[name])
        check_that(f"stats {group}: nearly all of it is unchanged", len(stood) > len(binary) / 2, stood)


def test():
    with larderd.Server(listen="tcp") as server, server.connect() as c:
        ask(c, NOOP, opaque=7)
        check("Zabbix's ping", answer(c, NOOP, opaque=7), (OK, b"", b""))
        ask(c, VERSION)
        check("version", answer(c, VERSION)[2], b"1.6.45")
        fill(c)
        every_tool_reads(c)
        with server.connect() as text:
            same_as_text(c, text)
        check("STAT reset", stat(c, "reset"), {})
        check("and then", stat(c)["cmd_set"], "0")
        ask(c, STAT, b"no_such_group")
        check("STAT of an unknown group", answer(c, STAT)[0], NOT_FOUND)
        ask(c, NOOP)
        check_that("the connection goes on", answer(c, NOOP)[0] == OK)
    print("content:", ", ".join(tool.name for tool in monitored.TOOLS if tool.binary))


if __name__ == "__main__":
    compat.main(test)
