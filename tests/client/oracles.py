"""oracles: which server the real clients and proxies choose for a key.

An oracle is a function of (how, servers, keys): `how` is the client's own word
for the dialect, the result a list of indexes into servers, or of lists if it
reports which servers it would try next.  Raises Missing if not installed.
"""

import collections
import ctypes
import functools
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
import larderd  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
START_S = 20
BATCH = 100

Server = collections.namedtuple("Server", "host port weight alias", defaults=(1, ""))


class Missing(Exception):
    """A program or library that is not installed, and the package that has it."""


def word(server):
    port = "" if server.host.startswith("/") else f":{server.port}"
    return f"{server.host}{port}:{server.weight}"


def lines(output):
    return [[int(n) for n in line.split()] for line in output.split(b"\n")[:-1]]


def ask(command, keys, **environment):
    """The numbers that a program prints, one for each key."""
    done = subprocess.run(command, input=b"".join(k + b"\n" for k in keys), stdout=subprocess.PIPE, timeout=120,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **environment})
    if done.returncode == 77:
        raise Missing(f"{command[0]} lacks what {os.path.basename(command[1])} needs")
    if done.returncode != 0:
        raise RuntimeError(f"{command}: status {done.returncode}")
    return lines(done.stdout)


def find(name, package):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    if path is None:
        raise Missing(f"no {name} (Debian: {package})")
    return path


# ---- libmemcached: the library itself --------------------------------------

BEHAVIOUR = {"hash": 2, "ketama": 3, "distribution": 9, "weighted": 16}
DISTRIBUTION = {"consistent": 1, "spy": 4}
HASH = {"one_at_a_time": 0, "md5": 1, "crc": 2, "fnv1_64": 3, "fnv1a_64": 4, "fnv1_32": 5, "fnv1a_32": 6, "murmur": 8,
        "jenkins": 9, "murmur3": 10}


def load_libmemcached():
    try:
        lib = ctypes.CDLL("libmemcached.so.11")
    except OSError:
        raise Missing("no libmemcached.so.11 (Debian: libmemcached11)") from None
    handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32
    lib.memcached_create.restype = handle
    lib.memcached_create.argtypes = [handle]
    lib.memcached_free.argtypes = [handle]
    lib.memcached_behavior_set.argtypes = [handle, ctypes.c_int, ctypes.c_uint64]
    lib.memcached_server_add_with_weight.argtypes = [handle, text, ctypes.c_uint16, number]
    lib.memcached_server_add_unix_socket_with_weight.argtypes = [handle, text, number]
    lib.memcached_generate_hash.argtypes = [handle, text, ctypes.c_size_t]
    lib.memcached_generate_hash.restype = number
    return lib


def libmemcached(how, servers, keys):
    """`how` is behaviours in the order in which they are set: "ketama hash=md5"."""
    lib = load_libmemcached()
    client = lib.memcached_create(None)
    try:
        for setting in how.split():
            name, _, value = setting.partition("=")
            number = {"hash": HASH, "distribution": DISTRIBUTION}[name][value] if value else 1
            if lib.memcached_behavior_set(client, BEHAVIOUR[name], number) != 0:
                raise RuntimeError(f"libmemcached refuses {setting}")
        for s in servers:
            if s.host.startswith("/"):
                lib.memcached_server_add_unix_socket_with_weight(client, s.host.encode(), s.weight)
            else:
                lib.memcached_server_add_with_weight(client, s.host.encode(), s.port, s.weight)
        return [[lib.memcached_generate_hash(client, key, len(key))] for key in keys]
    finally:
        lib.memcached_free(client)


# ---- libraries of other languages ------------------------------------------

PYMEMCACHE = """
import json, sys
try:
    from pymemcache.client.rendezvous import RendezvousHash
except ImportError:
    sys.exit(77)
names = json.loads(sys.argv[1])
number = {name: i for i, name in enumerate(names)}
for line in sys.stdin.buffer:
    print(number[RendezvousHash(list(names)).get_node(line[:-1].decode())])
"""


def pymemcache(_, servers, keys):
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    names = json.dumps([f"{s.host}:{s.port}" for s in servers])
    return ask([python, "-c", PYMEMCACHE, names], keys)


def dalli(dead, servers, keys):
    ruby = find("ruby", "ruby")
    return ask([ruby, os.path.join(HERE, "dalli_ring.rb"), *map(word, servers)], keys, DEAD=dead)


@functools.lru_cache(maxsize=None)
def compiled(source):
    """A folder with a Java program's classes, which exists until this process ends."""
    jar = "/usr/share/java/spymemcached.jar"
    if not os.path.exists(jar):
        raise Missing(f"no {jar} (Debian: libspymemcached-java)")
    javac = find("javac", "default-jdk-headless")
    folder = tempfile.TemporaryDirectory()
    subprocess.run([javac, "-cp", jar, "-d", folder.name, os.path.join(HERE, source)], check=True, timeout=120)
    return folder


def spymemcached(how, servers, keys):
    classes = compiled("SpyRing.java").name
    return ask([find("java", "default-jdk-headless"), "-cp", f"{classes}:/usr/share/java/*", "SpyRing", *how.split(),
                *map(word, servers)], keys)


# ---- programs that talk to servers -----------------------------------------

class Sinks:
    """Servers that answer each key with their own number; .servers has their addresses.  A context manager."""

    def __init__(self, weights, aliases=False, sockets=None):
        """`sockets` is a folder for Unix sockets; without it the servers listen on TCP."""
        self.servers = []
        self.selector = selectors.DefaultSelector()
        for i, weight in enumerate(weights):
            s = socket.socket(socket.AF_UNIX if sockets else socket.AF_INET)
            s.bind(os.path.join(sockets, f"s{i}") if sockets else (f"127.0.0.{i + 2}", 0))
            s.listen(64)
            self.selector.register(s, selectors.EVENT_READ, (i, None))
            host, port = (s.getsockname(), 0) if sockets else s.getsockname()
            self.servers.append(Server(host, port, weight, f"name{i}" if aliases else ""))
        self.woken, self.waker = socket.socketpair()
        self.selector.register(self.woken, selectors.EVENT_READ, None)
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while True:
            for ready, _ in self.selector.select():
                if ready.data is None:
                    return
                number, pending = ready.data
                if pending is None:
                    conn, _ = ready.fileobj.accept()
                    self.selector.register(conn, selectors.EVENT_READ, (number, bytearray()))
                else:
                    self.answer(ready.fileobj, number, pending)

    def answer(self, conn, number, pending):
        data = conn.recv(65536)
        if not data:
            self.selector.unregister(conn)
            conn.close()
            return
        pending += data
        *whole, rest = bytes(pending).split(b"\r\n")
        pending[:] = rest
        conn.sendall(b"".join(self.reply(line.split(), b"%d" % number) for line in whole))

    @staticmethod
    def reply(words, value):
        if words[:1] in ([b"get"], [b"gets"]):
            cas = b" 1" if words[0] == b"gets" else b""
            found = (b"VALUE %s 0 %d%s\r\n%s\r\n" % (k, len(value), cas, value) for k in words[1:])
            return b"".join(found) + b"END\r\n"
        return b"VERSION 1.6.0\r\n" if words == [b"version"] else b"ERROR\r\n"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.waker.close()
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


def connect(path, process):
    deadline = time.monotonic() + START_S
    while True:
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(path)
            return s
        except OSError:
            s.close()
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args[0]} does not listen")
        time.sleep(0.01)


def get_all(conn, keys):
    """The value of each key, as a number."""
    f = conn.makefile("rb")
    found = {}
    for at in range(0, len(keys), BATCH):
        conn.sendall(b"".join(b"get %s\r\n" % k for k in keys[at:at + BATCH]))
        for key in keys[at:at + BATCH]:
            head = f.readline().split()
            if head[:2] != [b"VALUE", key]:
                raise RuntimeError(f"get {key}: {head}")
            found[key] = int(f.readline())
            f.readline()
    return [[found[key]] for key in keys]


def through(command, path, keys):
    """Gets the keys from a proxy that listens on `path`."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(path, process) as conn:
            conn.settimeout(START_S)
            return get_all(conn, keys)
    finally:
        process.terminate()
        process.wait()


@functools.lru_cache(maxsize=None)
def stats_port():
    """A port for twemproxy's statistics, which it cannot do without."""
    return larderd.free_port()


def twemproxy(how, servers, keys):
    """`how` is distribution, hash, and perhaps a hash tag."""
    tool = find("nutcracker", "nutcracker")
    distribution, hash_name, *tag = how.split()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "proxy")
        with open(path + ".yml", "w") as f:
            f.write(f"pool:\n  listen: {path} 0600\n  hash: {hash_name}\n  distribution: {distribution}\n"
                    + (f'  hash_tag: "{tag[0]}"\n' if tag else "")
                    + "  timeout: 30000\n  servers:\n"
                    + "".join(f"   - {word(s)} {s.alias}".rstrip() + "\n" for s in servers))
        return through([tool, "-c", path + ".yml", "-o", path + ".log", "-a", "127.0.0.1", "-s", str(stats_port())],
                       path, keys)


PROXY_CONFIG = """
function mcp_config_pools()
    mcp.backend_connect_timeout(30)
    mcp.backend_read_timeout(30)
    local backends = {{ {backends} }}
    return mcp.pool(backends, {{ {rules} }})
end
function mcp_config_routes(pool)
    local route = mcp.funcgen_new()
    local handle = route:new_handle(pool)
    route:ready({{ f = function(context)
        return function(request) return context:enqueue_and_wait(request, handle) end
    end }})
    mcp.attach(mcp.CMD_ANY_STORAGE, route)
end
"""


def memcached_proxy(rules, servers, keys):
    """`rules` are those of the pool, in Lua."""
    tool = os.environ.get("MEMCACHED_PROXY") or find("memcached", "memcached")
    if b"proxy_config" not in subprocess.run([tool, "-h"], stdout=subprocess.PIPE).stdout:
        raise Missing(f"{tool} has no proxy (MEMCACHED_PROXY may name one that was configured with --enable-proxy)")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "proxy")
        backends = ", ".join(f"mcp.backend('b{i}', '{s.host}', {s.port})" for i, s in enumerate(servers))
        with open(path + ".lua", "w") as f:
            f.write(PROXY_CONFIG.format(backends=backends, rules=rules))
        as_root = ["-u", "root"] if os.geteuid() == 0 else []
        return through([tool, *as_root, "-s", path, "-o", f"proxy_config={path}.lua"], path, keys)


def pecl_memcache(how, servers, keys):
    """`how` is strategy and hash."""
    php = find("php", "php-cli")
    strategy, hash_name = how.split()
    settings = ["-d", f"memcache.hash_strategy={strategy}", "-d", f"memcache.hash_function={hash_name}"]
    done = ask([php, os.path.join(HERE, "pecl_ring.php"), *map(word, servers)], [])  # is the extension installed?
    assert done == []
    return ask([php, *settings, os.path.join(HERE, "pecl_ring.php"), *map(word, servers)], keys)
