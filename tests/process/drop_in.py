#!/usr/bin/python3
"""drop_in: memcached command lines in common use, with only the name of the binary changed.

Each must start larderd, serve, set what it sets in memcached, and warn only of what larder does differently.
"""

import os
import re
import shlex
import shutil
import tempfile

import process
from process import check, check_that, larderd

MIB = 1 << 20
DEFAULTS = {"maxbytes": 64 * MIB, "maxconns": 1024, "num_threads": 4, "item_size_max": MIB, "evictions": "on"}

# Origin; command line, where {port} is a free port, {folder} the user's and {user} exists; settings that differ
# from DEFAULTS in `stats settings`; words of -o that cause a warning.
LINES = (
    ("Docker Official Image, its documentation", "-m 64 -o modern -v", {}, ()),
    ("Docker, long names", "--conn-limit=1024 --memory-limit=64 --threads=4", {}, ()),
    ("Fedora and memcached's own unit, sysconfig", "-p {port} -u {user} -m 64 -c 1024 -l 127.0.0.1,::1",
     {"inter": "127.0.0.1,::1"}, ()),
    ("... with an empty OPTIONS in quotes", "-p {port} -u {user} -m 64 -c 1024 ''", {}, ()),
    ("start-memcached of Debian, in the background without -d", "-m 64 -p {port} -u {user} -l 127.0.0.1 -l ::1 "
     "-P {folder}/memcached.pid", {"inter": "127.0.0.1,::1"}, ()),
    ("WordPress and Nextcloud how-tos", "-s {folder}/memcached.sock -a 0766 -m 128 -u {user}",
     {"maxbytes": 128 * MIB, "umask": 766}, ()),
    ("bitnami's run.sh", "-u {user} -p {port} -v -l 0.0.0.0 --max-item-size=2m --memory-limit=256 --conn-limit=2048 "
     "--threads=2", {"maxbytes": 256 * MIB, "maxconns": 2048, "num_threads": 2, "item_size_max": 2 * MIB,
                     "inter": "0.0.0.0"}, ()),
    ("Kubernetes: one word for an option and its value", "'-m 1024' '-I 5m' '-c 4096' '-p {port}' -v '-u {user}'",
     {"maxbytes": 1024 * MIB, "item_size_max": 5 * MIB, "maxconns": 4096}, ()),
    ("Kubernetes: an extra space", "'-m 128 ' '-c 512 ' '-t 2\n'",
     {"maxbytes": 128 * MIB, "maxconns": 512, "num_threads": 2}, ()),
    ("Mimir and Loki's charts", "'-m 512' --extended=modern,track_sizes '-I 1m' '-c 4096' -v '-u {port}'",
     {"maxbytes": 512 * MIB, "maxconns": 4096, "track_sizes": "yes"}, ()),
    ("many articles since 1.4.24", "-l 127.0.0.1,::1 -U 0 -c 4096 -I 5m "
     "-o slab_reassign,lru_crawler,lru_maintainer,maxconns_fast,hash_algorithm=murmur3",
     {"maxconns": 4096, "item_size_max": 5 * MIB, "inter": "127.0.0.1,::1"}, ("hash_algorithm",)),
    ("tuned since 1.5", "-m 100 -t 8 -R 200 -b 2048 -f 1.05 -n 72 -o slab_automove=1,slab_automove_window=30,"
     "hot_lru_pct=20,warm_lru_pct=40,hot_max_factor=0.2,warm_max_factor=2.0,temporary_ttl=60,idle_timeout=300",
     {"maxbytes": 100 * MIB, "num_threads": 8, "reqs_per_event": 200, "tcp_backlog": 2048, "idle_timeout": 300},
     ("slab_automove_window", "hot_lru_pct", "warm_lru_pct", "hot_max_factor", "warm_max_factor", "temporary_ttl")),
    ("a table sized by hand", "-m 64 -o hashpower=20,no_hashexpand,slab_chunk_max=512,tail_repair_time=3600,"
     "lru_crawler_sleep=100,lru_crawler_tocrawl=1000",
     {}, ("hashpower", "no_hashexpand", "slab_chunk_max", "tail_repair_time", "lru_crawler_sleep",
          "lru_crawler_tocrawl")),
    ("as before 1.5", "-o no_modern -r -L", {"maxconns_fast": "no", "slab_reassign": "no"},
     ("lru_crawler", "lru_maintainer")),
    ("a store of sessions", "-M -k -m 32 -C -F -X -W -D /",
     {"maxbytes": 32 * MIB, "evictions": "off", "cas_enabled": "no", "flush_enabled": "no", "dump_enabled": "no",
      "stat_key_prefix": "/", "detail_enabled": "yes"}, ()),
    ("text only, with UDP as before 1.5.6", "-B ascii -p {port} -U {port} -l 127.0.0.1", {"binding_protocol": "ascii"},
     ()),
    ("a mistyped word", "-m 64 start", {}, ('"start"',)),
)

# The lines of Debian's /etc/memcached.conf; its wrapper makes options of all but -d and logfile.
DEBIAN = """
-d
logfile /var/log/memcached.log
# -v
-m 64
-p {port}
-u {user}
-l 127.0.0.1
# -c 1024
-P {folder}/memcached.pid
"""


def debian_line():
    lines = (re.sub(r"#.*", "", line).strip() for line in DEBIAN.split("\n"))
    return " ".join(line for line in lines if line and not line.startswith(("-d", "-h", "logfile")))


def warned_of(server):
    """The words of -o, and those in quotes, in warnings; a warning without an explanation is a failure."""
    found = []
    for line in server.stderr().decode().splitlines():
        m = re.fullmatch(r'larderd: (?:-o (\w+): warning: .{15,}|warning: (".*") is not an option.*|info: .*|'
                         r'error: cannot lock memory, continuing without -k: .*)', line)
        check_that("every line of the log is a warning with an explanation", m, line)
        if m[1] or m[2]:
            found.append(m[1] or m[2])
    return tuple(found)


def starts(what, line, settings, warnings, **popen):
    port = process.free_port()
    root = os.geteuid() == 0 and "user" not in popen
    with tempfile.TemporaryDirectory() as folder:
        if root:
            shutil.chown(folder, "nobody")
        args = shlex.split(line.format(port=port, folder=folder, user="nobody"))
        if not any("-p" in word or "-s" == word for word in args):
            args += ["-p", str(port)]       # instead of 11211, which may be in use here
        if root and not any(word.startswith("-u") for word in args):
            args += ["-u", "nobody"]        # the image (USER) or the unit (User=) names it
        address = args[args.index("-s") + 1] if "-s" in args else ("127.0.0.1", port)
        with larderd.Server(*args, address=address, **popen) as server, server.connect() as c:
            check(f"{what}: a set", (c.send(b"set k 0 0 1\r\n"), c.ask("v"))[1], "STORED")
            found = c.stats("settings")
            for name, value in (DEFAULTS | settings).items():
                check(f"{what}: {name}", found[name], str(value))
            check(f"{what}: warnings", warned_of(server), warnings)
            if "-P" in args:
                with open(os.path.join(folder, "memcached.pid"), encoding="ascii") as f:
                    check(f"{what}: pid", int(f.read()), int(c.stats()["pid"]))


def as_another(*line):
    """Containers start it as an unprivileged user; then -u is ignored, even if it names an unknown user."""
    if os.geteuid() != 0:
        return starts(*line)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        exe = shutil.copy(larderd.binary(), folder)     # because only root may be able to read the original
        return starts(*line, exe=exe, user="nobody", group="nogroup", extra_groups=[])


def test():
    starts("Debian's /etc/memcached.conf", debian_line(), {"inter": "127.0.0.1"}, ())
    for what, line, settings, warnings in LINES:
        if "::1" in line and not process.has_ipv6():
            print(f"no IPv6 here: left out: {what}")
            continue
        run = as_another if "-u {port}" in line else starts
        run(what, line, settings, warnings)


larderd.main(test)
