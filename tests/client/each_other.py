#!/usr/bin/python3
"""each_other: larder finds what widely used clients have stored on three servers, and they find what larder stored.

rings.py shows that the rings agree; this test includes the rest of the path,
the library's options and its list of servers.
"""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import cli  # noqa: E402
from cli import Failure, Larder, check, larderd  # noqa: E402

N_KEYS = 200
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable

# Each gets [host, port, weight]s; stores "their<i>", reads "our<i>", and prints what it read as JSON.
PYLIBMC = """
import json, sys
try:
    import pylibmc
except ImportError:
    sys.exit(77)
servers, how, n = json.loads(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
c = pylibmc.Client([f"{h}:{p}:{w}" for h, p, w in servers], behaviors=how)
for i in range(n):
    c.set(f"their{i}", f"value {i}")
print(json.dumps([(c.get(f"our{i}") or b"").decode() for i in range(n)]))
"""
PYMEMCACHE = """
import json, sys
try:
    from pymemcache.client.hash import HashClient
except ImportError:
    sys.exit(77)
servers, n = json.loads(sys.argv[1]), int(sys.argv[3])
c = HashClient([(h, p) for h, p, _ in servers])
for i in range(n):
    c.set(f"their{i}", f"value {i}", noreply=False)
print(json.dumps([(c.get(f"our{i}") or b"").decode() for i in range(n)]))
"""
DALLI = """
begin
  require 'dalli'
rescue LoadError
  exit 77
end
require 'json'
require 'logger'
servers, n = JSON.parse(ARGV[0]), ARGV[2].to_i
Dalli.logger = Logger.new(File::NULL)
c = Dalli::Client.new(servers.map { |h, p, w| "#{h}:#{p}:#{w}" }, raw: true, socket_timeout: 20)
n.times { |i| c.set("their#{i}", "value #{i}", 0, raw: true) }
puts JSON.dump((0...n).map { |i| c.get("our#{i}", raw: true) })
"""
PHP = """
if (!class_exists('Memcached'))
    exit(77);
[$servers, $how, $n] = [json_decode($argv[1]), json_decode($argv[2], true), (int)$argv[3]];
$c = new Memcached();
foreach ($how as $option => $value)
    $c->setOption(constant("Memcached::$option"), is_string($value) ? constant("Memcached::$value") : $value);
$c->addServers($servers);
for ($i = 0; $i < $n; $i++)
    $c->set("their$i", "value $i");
$read = [];
for ($i = 0; $i < $n; $i++)
    $read[] = $c->get("our$i");
echo json_encode($read);
"""

ROWS = (    # name, its command, its settings, our ring, whether weights differ
    ("pylibmc", [PYTHON, "-c", PYLIBMC], {}, "libmemcached-modula", False),
    ("pylibmc's ketama", [PYTHON, "-c", PYLIBMC], {"ketama": True}, "libmemcached-ketama", False),
    ("pylibmc's ketama, weighted", [PYTHON, "-c", PYLIBMC], {"ketama_weighted": True}, "ketama", True),
    ("pylibmc's ketama of md5", [PYTHON, "-c", PYLIBMC], {"ketama": True, "hash": "md5"}, "libmemcached-ketama/md5", False),
    ("pymemcache", [PYTHON, "-c", PYMEMCACHE], {}, "pymemcache", False),
    ("dalli", ["ruby", "-e", DALLI, "--"], {}, "dalli", True),
    ("php-memcached", ["php", "-r", PHP, "--"], {}, "php-memcached", False),
    ("php-memcached, consistent", ["php", "-r", PHP, "--"], {"OPT_DISTRIBUTION": "DISTRIBUTION_CONSISTENT"},
     "php-memcached-consistent", False),
    ("php-memcached, compatible", ["php", "-r", PHP, "--"], {"OPT_LIBKETAMA_COMPATIBLE": True},
     "php-memcached-compatible", True),
)


def theirs(command, servers, settings):
    """What it read, or None if it is not installed."""
    try:
        done = subprocess.run([*command, json.dumps(servers), json.dumps(settings), str(N_KEYS)], stdout=subprocess.PIPE,
                              env=cli.environment(), timeout=120)
    except FileNotFoundError:
        return None
    if done.returncode == larderd.SKIPPED:
        return None
    if done.returncode != 0:
        raise Failure(f"{command[0]}: status {done.returncode}")
    return json.loads(done.stdout)


def find_each_other(what, command, settings, ring, weighted, ports):
    servers = [["127.0.0.1", port, i + 1 if weighted else 1] for i, port in enumerate(ports)]
    ours = Larder(",".join(f"{h}:{p}:{w}" for h, p, w in servers), options=["-o", f"ring={ring}"])
    ours.run("flush")
    ours.run("import", stdin=b"".join(b"ms our%d %d\r\nvalue %d\r\n" % (i, 6 + len(str(i)), i) for i in range(N_KEYS)))
    wanted = [f"value {i}" for i in range(N_KEYS)]
    read = theirs(command, servers, settings)
    if read is None:
        print(f"skipped: {what}")
        return 0
    check(f"{what} reads what larder stored", read, wanted)
    found = ours.json("get", *(f"their{i}" for i in range(N_KEYS)))
    check(f"larder reads what {what} stored", [f.get("value") for f in found], wanted)
    print(f"{what}: good", flush=True)
    return 1


def test():
    with larderd.Server(listen="tcp") as one, larderd.Server(listen="tcp") as two, larderd.Server(listen="tcp") as three:
        ports = [s.port for s in (one, two, three)]
        if sum(find_each_other(*row, ports) for row in ROWS) == 0:
            larderd.skip("no client is installed")


if __name__ == "__main__":
    cli.main(test)
