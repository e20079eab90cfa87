#!/usr/bin/python3
"""compressed: larder reads what pylibmc and php-memcached have compressed, and they read what larder has, in every protocol.

The stored bytes are checked as well: that they are compressed, and have the other client's flags.
"""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import cli  # noqa: E402
from cli import Failure, Larder, check, check_that, larderd  # noqa: E402

PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
# One value that compresses well, one that does not, one that is too short; and one long enough for FastLZ's other level.
VALUES = {"words": "the quick brown fox jumps over the lazy dog, " * 100, "runs": "x" * 100000,
          "long": "".join(f"line {i * i % 977} of many;" for i in range(20000)),
          "noise": "".join(chr(33 + i * i * 7919 % 89) for i in range(3000)), "short": "short", "empty": ""}

# Each gets a port, a way and values; stores "their<name>", reads "our<name>" and prints what it read as JSON.
PYLIBMC = """
import json, sys
try:
    import pylibmc
except ImportError:
    sys.exit(77)
port, how, values = sys.argv[1], sys.argv[2], json.load(sys.stdin)
c = pylibmc.Client([f"127.0.0.1:{port}"])
for name, value in values.items():
    c.set("their" + name, value.encode(), min_compress_len=100)
print(json.dumps({name: c.get("our" + name).decode() for name in values}))
"""
PHP = """
if (!class_exists('Memcached'))
    exit(77);
[$port, $how] = [(int)$argv[1], $argv[2]];
$c = new Memcached();
$c->addServer('127.0.0.1', $port);
$c->setOption(Memcached::OPT_COMPRESSION_TYPE, constant("Memcached::COMPRESSION_$how"));
$read = [];
foreach (json_decode(stream_get_contents(STDIN), true) as $name => $value) {
    if (!$c->set("their$name", $value)) {
        fwrite(STDERR, $c->getResultMessage());
        exit(1);
    }
    $read[$name] = $c->get("our$name");
}
echo json_encode($read);
"""
ROWS = (    # our option, the client's command, its way, its flags for this compression
    ("pylibmc", [PYTHON, "-c", PYLIBMC], "", 8),
    ("php-zlib", ["php", "-r", PHP, "--"], "ZLIB", 0x30),
    ("php-fastlz", ["php", "-r", PHP, "--"], "FASTLZ", 0x50),
)


def theirs(command, port, how):
    """What it read, or None if it is not installed."""
    try:
        done = subprocess.run([*command, str(port), how], input=json.dumps(VALUES).encode(), stdout=subprocess.PIPE,
                              env=cli.environment(), timeout=120)
    except FileNotFoundError:
        return None
    if done.returncode == larderd.SKIPPED:
        return None
    if done.returncode != 0:
        raise Failure(f"{command[0]}: status {done.returncode}")
    return json.loads(done.stdout)


def flags_and_length(server, key):
    with server.connect() as conn:
        words = conn.ask(f"mg {key} f s").split()
    return int(words[1][1:]), int(words[2][1:])


def each_other(option, command, how, flags, server, protocol):
    ours = Larder(server, options=["-o", f"compression={option}", "-o", f"protocol={protocol}"])
    ours.run("flush")
    for name, value in VALUES.items():
        ours.run("set", "our" + name, stdin=value.encode())
    read = theirs(command, server.port, how)
    if read is None:
        print(f"skipped: {option}")
        return False
    check(f"{option}: it reads what larder stored", read, VALUES)
    for name, value in VALUES.items():
        check(f"{option}: larder reads {name}", ours.out("get", "their" + name).decode().rstrip("\n"), value)
    many = ours.json("get", *("their" + name for name in VALUES))
    check(f"{option}: larder reads all at once", [(m["value"], m["flags"]) for m in many], [(v, 0) for v in VALUES.values()])
    for whose in ("our", "their"):
        for name in ("words", "runs", "long"):
            got, n = flags_and_length(server, whose + name)
            check_that(f"{option}: {whose} {name} is compressed", got & 0xff == flags and n < len(VALUES[name]) / 2, (got, n))
        check(f"{option}: {whose} short value is not", flags_and_length(server, whose + "short"), (0, 5))
    return True


def refusals(server):
    ours = Larder(server, options=["-o", "compression=pylibmc"])
    check_that("appended", "not supported" in ours.err("append", "ourwords", "more", status=cli.TROUBLE), "")
    check_that("flags", "bad argument" in ours.err("set", "--flags", "8", "k", "v", status=cli.USAGE), "")
    with server.connect() as conn:
        check("a value that is not what its flags say", conn.ask("set broken 8 0 4\r\nabcd"), "STORED")
    for protocol in ("meta", "text", "binary"):
        mad = Larder(server, options=["-o", "compression=pylibmc", "-o", f"protocol={protocol}"])
        check_that(f"{protocol}: reported", "compressed" in mad.err("get", "broken", status=cli.TROUBLE), "")


def test():
    with larderd.Server("-m", "64", listen="tcp") as server:
        done = [each_other(*row, server, protocol) for row in ROWS for protocol in ("meta", "text", "binary")]
        if not any(done):
            larderd.skip("no client is installed")
        refusals(server)


if __name__ == "__main__":
    cli.main(test)
