"""library: liblarder's calls against larderd and against memcached, in every protocol, over every kind of connection.

library_probe makes the calls and checks their results; this file has the servers, and the options that name them.
"""

import os
import socket
import ssl
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compat"))
from compat import check, check_that, find, free_port, larderd  # noqa: E402
import secure  # noqa: E402
import troubles  # noqa: E402

PROBE = os.environ.get("LIBRARY_PROBE")
PROTOCOLS = ("meta", "text", "binary")
SECONDS = 120
PATIENT = troubles.PATIENT


def probe(scenario, servers, *options):
    command = [*os.environ.get("LIBRARY_PROBE_UNDER", "").split(), PROBE, scenario, servers, *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=SECONDS, check=False)
    check_that(" ".join(command), done.returncode == 0, done.stdout.decode(errors="replace"))


def place(server):
    return server.address if isinstance(server.address, str) else f"{server.address[0]}:{server.address[1]}"


def all_protocols(servers, *options):
    for protocol in PROTOCOLS:
        probe("all", ",".join(place(s) for s in servers), f"protocol={protocol}", *PATIENT, *options)


def one_and_three():
    with larderd.Server("-m", "64") as a, larderd.Server("-m", "64", listen="tcp") as b, \
            larderd.Server("-m", "64", listen="tcp") as c:
        all_protocols([b])
        all_protocols([a, b, c])
        all_protocols([a, b, c], "replicas=2")
        for protocol in PROTOCOLS:
            probe("many", place(b), f"protocol={protocol}", "queue_max=1", *PATIENT)


def memcached():
    exe = find("memcached", package="memcached")
    with larderd.Server("-m", "64", exe=exe, listen="tcp") as server:
        all_protocols([server])


def addresses():
    """IPv6, by address and by name."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        print("skipped: no IPv6 here")
        return
    port = free_port()
    with larderd.Server("-m", "64", "-p", str(port), "-l", "127.0.0.1,[::1]", address=("127.0.0.1", port)):
        probe("all", f"[::1]:{port}", *PATIENT)
        probe("all", f"[::1]:{port}:2=one", "protocol=binary", *PATIENT)


def resumed():
    """The second connection resumes the session of the first, with TLS 1.2 and 1.3; not that of other options."""
    with secure.Certificates() as certs:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certs.path("server.pem"), certs.path("server.key"))
            context.minimum_version = context.maximum_version = version
            reused = []

            def serve(conn, context=context, reused=reused):
                with context.wrap_socket(conn, server_side=True) as sock:
                    reused.append(sock.session_reused)
                    for _ in range(2):
                        sock.recv(100)
                        sock.sendall(b"EN\r\n")

            with troubles.Fake(serve) as fake, troubles.Probe(fake.place, "tls=on", f"tls_ca={certs.path('ca.pem')}",
                                                              "tls_name=server", *PATIENT) as one:
                for _ in range(6):
                    check(f"{version.name}: a miss", one.get()[0], 1)
            check(f"{version.name}: resumed", reused[:3], [False, True, True])


def hung_up():
    """Writing to a TLS server that has closed raises no signal, however much is written; and a session is resumed only
    with the options that it was made with."""
    with secure.Certificates() as certs:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certs.path("server.pem"), certs.path("server.key"))
        closed = threading.Event()

        def serve(conn):
            try:
                with context.wrap_socket(conn, server_side=True) as sock:
                    sock.recv(100)
                    sock.sendall(b"EN\r\n")
            finally:
                closed.set()

        def get_once(one):
            closed.clear()
            code = one.get()[0]
            closed.wait()
            return code

        with troubles.Fake(serve) as fake, troubles.Probe(fake.place, "tls=on", "tls_verify=off", "failures=100",
                                                          *PATIENT) as one:
            check("a miss, unverified", get_once(one), 1)
            check("an option", one.get("tls_verify=on")[0], 0)
            check("an unverified session is not resumed", one.get()[0], 21)
            check("the option set back", one.get("tls_verify=off")[0], 0)
            check("a miss", get_once(one), 1)
            one.get("+1000000")
            check("no signal", one.get("failures=9")[0], 0)


def other_protocol():
    """An option that changes while a connection is open."""
    with larderd.Server("-m", "64", listen="tcp") as server, troubles.Probe(place(server), *PATIENT) as one:
        for protocol in ("meta", "text", "binary", "text", "meta", "binary", "meta"):
            check(f"protocol={protocol}", one.get(f"protocol={protocol}")[0], 0)
            check("stores", one.get("+5")[0], 0)
            check("reads", one.get()[::2], (0, b"vvvvv"))


def too_large():
    """A value longer than value_max fails each time that it is read, and does not count against the server."""
    with larderd.Server("-m", "64", listen="tcp") as server:
        for protocol in PROTOCOLS:
            with troubles.Probe(place(server), f"protocol={protocol}", "value_max=100", "retry_ms=60000", *PATIENT) as one:
                check("stores", one.get("+101")[0], 0)
                for _ in range(4):
                    check(f"{protocol}: too large", one.get()[0], 27)
                check("stores less", one.get("+100")[0], 0)
                check(f"{protocol}: not too large", one.get()[::2], (0, 100 * b"v"))
            probe("too_large", place(server), f"protocol={protocol}", "value_max=100", *PATIENT)


def logins():
    path = os.path.join(larderd.tempfile.mkdtemp(prefix="larder-client-"), "users")
    with open(path, "w", encoding="ascii") as f:
        f.write("name:secret word\n")
    os.chmod(path, 0o600)
    try:
        with larderd.Server("-Y", path, "-m", "64", listen="tcp") as server:
            for protocol in ("meta", "text"):
                probe("all", place(server), f"protocol={protocol}", "username=name", "password=secret word", *PATIENT)
                refused(server, protocol)
    finally:
        os.unlink(path)
        os.rmdir(os.path.dirname(path))


def refused(server, protocol):
    done = subprocess.run([PROBE, "get", place(server), f"protocol={protocol}", "username=name", "password=wrong",
                           *PATIENT], input=b"key\n", stdout=subprocess.PIPE, timeout=SECONDS, check=True)
    check_that("a wrong password is denied", done.stdout.startswith(b"22 "), done.stdout)


def tls():
    with secure.Certificates() as certs:
        with secure.Server(certs, "-m", "64") as server:
            port = server.address[1]
            common = ["tls=on", f"tls_ca={certs.path('ca.pem')}"]
            for protocol in PROTOCOLS:
                probe("all", f"127.0.0.1:{port}", f"protocol={protocol}", "tls_name=server", *PATIENT, *common)
            expect(port, 21, "tls_name=another", *common)
            expect(port, 21, "tls_name=server", "tls=on", f"tls_ca={certs.path('other.pem')}")
            expect(port, 21, *common)      # 127.0.0.1 is not in the certificate
            expect(port, 1, "tls=on", "tls_verify=off")
            for option, why in (("tls_ca=/nowhere", b"/nowhere: No such file"), (f"tls_cert={__file__}", b"library.py: no start line")):
                with troubles.Probe(f"127.0.0.1:{port}", "tls=on", option) as one:
                    check(option, one.get("key")[0], 21)
                    check_that(f"{option}: the file and the cause", why in one.get("?")[2], one.get("?"))


def expect(port, code, *options):
    done = subprocess.run([PROBE, "get", f"127.0.0.1:{port}", *PATIENT, *options], input=b"nothing\n", stdout=subprocess.PIPE,
                          timeout=SECONDS, check=True)
    check_that(f"{options}: code {code}", done.stdout.startswith(b"%d " % code), done.stdout)


def main():
    if not PROBE:
        larderd.skip("LIBRARY_PROBE does not name the program")
    one_and_three()
    addresses()
    resumed()
    hung_up()
    other_protocol()
    too_large()
    logins()
    tls()
    memcached()


if __name__ == "__main__":
    larderd.main(main)
