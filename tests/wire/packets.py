"""packets: packets of the binary protocol, composed of their parts and split into them."""

import struct

OPCODES = {
    "get": 0x00, "set": 0x01, "add": 0x02, "replace": 0x03, "delete": 0x04, "incr": 0x05, "decr": 0x06, "quit": 0x07,
    "flush": 0x08, "getq": 0x09, "noop": 0x0a, "version": 0x0b, "getk": 0x0c, "getkq": 0x0d, "append": 0x0e,
    "prepend": 0x0f, "stat": 0x10, "setq": 0x11, "addq": 0x12, "replaceq": 0x13, "deleteq": 0x14, "incrq": 0x15,
    "decrq": 0x16, "quitq": 0x17, "flushq": 0x18, "appendq": 0x19, "prependq": 0x1a, "verbosity": 0x1b, "touch": 0x1c,
    "gat": 0x1d, "gatq": 0x1e, "sasl_list": 0x20, "sasl_auth": 0x21, "sasl_step": 0x22, "gatk": 0x23, "gatkq": 0x24,
}

# name: (number, the text that a reply with it has as value)
STATUSES = {
    "ok": (0x00, b""), "not_found": (0x01, b"Not found"), "exists": (0x02, b"Data exists for key."),
    "too_large": (0x03, b"Too large."), "invalid": (0x04, b"Invalid arguments"), "not_stored": (0x05, b"Not stored."),
    "not_number": (0x06, b"Non-numeric server-side value for incr or decr"), "auth": (0x20, b"Auth failure."),
    "auth_continue": (0x21, b""), "unknown": (0x81, b"Unknown command"), "no_memory": (0x82, b"Out of memory"),
    "busy": (0x85, b"Busy"),
}

# Numbers in extras, in the order of the packet.
EXTRAS = {"flags": 4, "delta": 8, "initial": 8, "exp": 4}

REQUEST, REPLY, HEAD = 0x80, 0x81, 24


def head(magic, opcode, n_key, n_extras, status, n_body, opaque, cas, datatype=0):
    return struct.pack(">BBHBBHIIQ", magic, opcode, n_key, n_extras, datatype, status, n_body, opaque, cas)


def number(n, size):
    return (n % (1 << 8 * size)).to_bytes(size, "big")


def request(opcode, key=b"", value=b"", extras=b"", opaque=0, cas=0, **wrong):
    """`wrong` may give other values to magic, n_key, n_extras, n_body, datatype or vbucket."""
    n_body = wrong.get("n_body", len(extras) + len(key) + len(value))
    return head(wrong.get("magic", REQUEST), OPCODES.get(opcode, opcode), wrong.get("n_key", len(key)),
                wrong.get("n_extras", len(extras)), wrong.get("vbucket", 0), n_body, opaque, cas,
                wrong.get("datatype", 0)) + extras + key + value


class Reply:
    """A reply in its parts.  `data` may continue after it."""

    def __init__(self, data):
        (self.magic, self.opcode, n_key, n_extras, self.datatype, self.status, n_body, self.opaque,
         self.cas) = struct.unpack_from(">BBHBBHIIQ", data)
        self.size = HEAD + n_body
        body = bytes(data[HEAD:self.size])
        self.extras, self.key, self.value = body[:n_extras], body[n_extras:n_extras + n_key], body[n_extras + n_key:]

    def __repr__(self):
        names = {n: name for name, n in OPCODES.items()}
        statuses = {n: name for name, (n, _) in STATUSES.items()}
        more = "".join(f" {k}={v!r}" for k, v in (("extras", self.extras), ("key", self.key), ("value", self.value[:80])) if v)
        return (f"{names.get(self.opcode, hex(self.opcode))} {statuses.get(self.status, hex(self.status))}"
                f" opaque={self.opaque} cas={self.cas}{more}")


def read(conn):
    """The next reply on a larderd.Conn."""
    while len(conn.buffer) < HEAD:
        conn.fill()
    size = HEAD + int.from_bytes(conn.buffer[8:12], "big")
    return Reply(conn.read(size))
