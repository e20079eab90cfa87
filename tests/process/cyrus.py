#!/usr/bin/python3
"""cyrus: -S without a file of users, with Cyrus SASL's mechanisms and its own database of users."""

import hmac
import os
import shutil
import subprocess
import tempfile

from process import as_user, check, check_that, larderd

import packets
from logins import ask_packet, read_packet, sasl

REALM = "larder.test"


def environment(directory):
    """A configuration and a database with one user, made as the manual says."""
    saslpasswd = shutil.which("saslpasswd2", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if saslpasswd is None:
        larderd.skip("no saslpasswd2 (Debian: sasl2-bin)")
    database = os.path.join(directory, "sasldb")
    with open(os.path.join(directory, "memcached.conf"), "w", encoding="ascii") as f:
        f.write(f"mech_list: plain cram-md5\npwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {database}\n")
    subprocess.run([saslpasswd, "-a", "memcached", "-u", REALM, "-c", "-p", "-f", database, "foo"], input=b"hush",
                   check=True)
    env = {k: v for k, v in os.environ.items() if k != "MEMCACHED_SASL_PWDB"}
    return {**env, "SASL_CONF_PATH": directory}


def step(c, opcode, message, mechanism=b"CRAM-MD5"):
    return ask_packet(c, opcode, key=mechanism, value=message)


def cram(c, password):
    """In two steps, so that the password is not sent."""
    challenge = step(c, "sasl_auth", b"")
    check("a challenge", (challenge.status, challenge.value[:1]), (0x21, b"<"))
    digest = hmac.new(password, challenge.value, "md5").hexdigest()
    return step(c, "sasl_step", f"foo@{REALM} {digest}".encode()).status


def logins(server):
    with server.connect() as c:
        check("mechanisms", sorted(ask_packet(c, "sasl_list").value.split()), [b"CRAM-MD5", b"PLAIN"])
        check("PLAIN, wrong", sasl(c, f"foo@{REALM}", "hash"), 0x20)
        check("PLAIN", sasl(c, f"foo@{REALM}", "hush"), 0)
        check("a get", ask_packet(c, "get", key=b"nothing").status, 1)
        check("CRAM-MD5, wrong", cram(c, b"hash"), 0x20)
        check("CRAM-MD5", cram(c, b"hush"), 0)
        check("a set", ask_packet(c, "set", key=b"k", value=b"v", extras=bytes(8)).status, 0)
        check("a step without a login", step(c, "sasl_step", b"x").status, 0x20)
        check("no mechanism", step(c, "sasl_auth", b"x", b"NONE").status, 0x20)
        check("logged out", ask_packet(c, "get", key=b"k").status, 0x20)
        check("the connection is closed", c.wait_closed(), b"")
    for wrong in (b"", b"\0" * 300, b"x" * 16000, os.urandom(500)):
        with server.connect() as c:
            check_that("nonsense is refused", step(c, "sasl_auth", wrong, b"PLAIN").status in (0x20, 0x21))
            check_that("and again", step(c, "sasl_step", wrong).status in (0x20, 0x21))
    half = [server.connect() for _ in range(50)]     # logins that are not finished: closing frees their memory
    for c in half:
        check("a challenge", step(c, "sasl_auth", b"").status, 0x21)
    for c in half[::2]:
        c.close()
    leaving = [server.connect() for _ in range(50)]     # these close while their passwords are checked
    for c in leaving:
        c.send(packets.request("sasl_auth", key=b"PLAIN", value=f"\0foo@{REALM}\0hash".encode()))
        c.close()
    with server.connect() as c:
        c.send(packets.request("sasl_auth", key=b"PLAIN", value=f"\0foo@{REALM}\0hush".encode(), opaque=1) +
               packets.request("getq", key=b"nothing", opaque=2) + packets.request("noop", opaque=3))
        check("packets after a login", [(r.opaque, r.status) for r in (read_packet(c), read_packet(c))], [(1, 0), (3, 0)])
        stats = {}
        c.send(packets.request("stat"))
        while (reply := packets.Reply((head := c.read(24)) + c.read(int.from_bytes(head[8:12], "big")))).key:
            stats[reply.key] = reply.value
    check_that("counted", int(stats[b"auth_cmds"]) > int(stats[b"auth_errors"]) > 4, stats)
    check_that("no secret in the log", b"hush" not in server.whole_log(), server.stderr())


def test():
    with tempfile.TemporaryDirectory() as directory:
        env = environment(directory)
        probe = subprocess.run([larderd.binary(), "-S", "-l", "127.0.0.1:x", *as_user()], stderr=subprocess.PIPE, env=env,
                               text=True, check=False)
        if "without Cyrus SASL" in probe.stderr:
            larderd.skip("built without Cyrus SASL (Debian: libsasl2-dev)")
        boxed = subprocess.run([larderd.binary(), "-S", "-o", "drop_privileges", "-l", "127.0.0.1:x", *as_user()],
                               stderr=subprocess.PIPE, env=env, text=True, check=False)
        check_that("not in the sandbox", boxed.returncode == 78 and "Cyrus" in boxed.stderr, boxed)
        with larderd.Server("-S", "-vv", env=env) as server:
            logins(server)
        with larderd.Server("-S", env=env) as server:       # a stop while logins are checked
            waiting = [server.connect() for _ in range(50)]
            for c in waiting:
                c.send(packets.request("sasl_auth", key=b"CRAM-MD5") + packets.request("sasl_step", key=b"CRAM-MD5", value=b"x"))


if __name__ == "__main__":
    larderd.main(test)
