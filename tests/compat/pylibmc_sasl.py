#!/usr/bin/python3
"""pylibmc_sasl: a program that logs in with SASL through pylibmc and libmemcached, against LARDERD."""

import os
import sys
import tempfile

sys.dont_write_bytecode = True
from compat import check, check_raises, larderd  # noqa: E402

try:
    import pylibmc
except ImportError:
    pylibmc = None

USERS = """# who may what
app role=write:with a space: and a colon
reader role=read:reads
exporter role=monitor:looks
root:everything
"""


def client(server, name, password):
    return pylibmc.Client([f"127.0.0.1:{server.port}"], binary=True, username=name, password=password)


def allowed(server):
    app, reader = client(server, "app", "with a space: and a colon"), client(server, "reader", "reads")
    check("set", app.set("k", {"a": 1}), True)
    check("get", app.get("k"), {"a": 1})
    check("many", (app.set_multi({f"m{i}": i for i in range(500)}), len(app.get_multi([f"m{i}" for i in range(500)]))),
          ([], 500))
    check("a reader's get", reader.get("k"), {"a": 1})
    check_raises("a reader's set", pylibmc.Error, lambda: reader.set("k", 1))
    check_raises("a reader's delete", pylibmc.Error, lambda: reader.delete("k"))
    check("the connection goes on", reader.get("m7"), 7)
    app.flush_all()     # libmemcached ignores the answer
    check("the item is still there", app.get("k"), {"a": 1})
    check("root's flush", client(server, "root", "everything").flush_all(), True)
    check("the item is still there", app.get("k"), None)


def monitored(server):
    """An exporter may read statistics, and nothing else."""
    exporter = client(server, "exporter", "looks")
    (_, stats), = exporter.get_stats()
    check("total_items", int(stats["total_items"]) > 500, True)
    client(server, "root", "everything").set("k", "v")
    check("an exporter's get", exporter.get("k"), None)     # pylibmc returns a refusal as a miss
    check("a reader's get", client(server, "reader", "reads").get("k"), "v")


def refused(server):
    for name, password in (("app", "wrong"), ("nobody", "reads"), ("reader", "reads ")):
        check_raises(f"{name}", pylibmc.Error, lambda n=name, p=password: client(server, n, p).set("k", 1))
    check_raises("an unknown user", pylibmc.Error,
                 lambda: pylibmc.Client([f"127.0.0.1:{server.port}"], binary=True).set("k", 1))


def test():
    if pylibmc is None or not pylibmc.support_sasl:
        larderd.skip("no pylibmc with SASL (Debian: python3-pylibmc)")
    with tempfile.NamedTemporaryFile("w", prefix="larder-users-") as users:
        users.write(USERS)
        users.flush()
        with larderd.Server("-S", listen="tcp", env={**os.environ, "MEMCACHED_SASL_PWDB": users.name}) as server:
            allowed(server)
            monitored(server)
            refused(server)


larderd.main(test)
