#!/usr/bin/python3
"""escapes: no server, key or value can control the terminal.

The server is hostile: all its answers contain escape sequences.
"""

import json
import os
import pty
import socketserver
import subprocess
import termios
import threading
import tty

from cli import GOOD, NO, SECONDS, TROUBLE, Larder, check, check_that, main
import larderd
from terminal import Terminal

EVIL = b"\x1b[31m\x1b]0;title\x07\x08\x9b2J\xc2\x9b"
SHOWN = rb"\x1b[31m\x1b]0;title\x07\x08\x9b2J\xc2\x9b"
STATS = b"STAT na" + EVIL + b"me va" + EVIL + b"lue\r\nSTAT a\"quote b\r\nSTAT curr_items " + EVIL + b"\r\nEND\r\n"
ANSWERS = {
    b"version": b"VERSION " + EVIL + b"\r\n",
    b"stats": STATS,
    b"stats larder": STATS,
    b"lru_crawler metadump all": b"key=a" + EVIL + b" exp=-1 la=1 cas=2 fetch=no cls=3 size=4\r\nEND\r\n",
    b"watch fetchers mutations": b"OK\r\nts=1 gid=2 key=" + EVIL + b"\n",
}


class Evil(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            line = line.rstrip(b"\r\n")
            if line.startswith(b"set"):
                self.rfile.readline()
            self.wfile.write(ANSWERS.get(line, b"SERVER_ERROR no" + EVIL + b"\r\n"))
            if line.startswith(b"watch"):
                return      # or the command would not end


class EvilServer(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.place = "127.0.0.1:%d" % self.server_address[1]
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def on_terminal(larder, *words, status=GOOD):
    """What it writes to a terminal, including errors."""
    master, slave = pty.openpty()
    tty.setraw(slave, termios.TCSANOW)      # without conversion of line ends
    command = larder.command(*words)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=larder.environment) as p:
        os.close(slave)
        text = b""
        try:
            while got := os.read(master, 65536):
                text += got
        except OSError:     # the other end is closed
            pass
        check(f"{words}: status ({text})", p.wait(SECONDS), status)
    os.close(master)
    return text


def harmless(what, text):
    """Printable, in lines."""
    check_that(f"{what}: no control byte", not any(b < 32 and b not in b"\n\t" or b == 127 for b in text), text)
    check_that(f"{what}: no byte of a terminal with eight bits", b"\x9b" not in text, text)


def what_servers_say():
    with EvilServer(("127.0.0.1", 0), Evil) as server:
        larder = Larder(server.place, options=["-o", "protocol=text", "-t", "30"])
        for words, status in ((("version",), GOOD), (("stats",), GOOD), (("ping", "-n", "1"), GOOD), (("dump",), GOOD),
                              (("watch",), TROUBLE), (("get", "k"), TROUBLE), (("set", "k", "v"), TROUBLE),
                              (("incr", "k"), TROUBLE), (("delete", "k"), TROUBLE), (("flush",), TROUBLE)):
            for text in (on_terminal(larder, *words, status=status), b"".join(larder.run(*words, status=status))):
                harmless(words, text)
                check_that(f"{words}: shown", SHOWN in text, text)
        for words in (("stats",), ("version",), ("dump",)):
            text = on_terminal(larder, "--json", *words)
            harmless(words, text)
            for line in text.splitlines():
                json.loads(line)
        names = larder.json("stats")[0]
        check_that("names in JSON", 'a"quote' in names and any("\x1b[31m" in name for name in names), names)
        harmless("top", on_terminal(larder, "top", "--once", "-i", "0.01"))
        with Terminal(larder.command("top", "-i", "0.01", "-n", "3")) as t:
            check("the errors of top", t.ends(GOOD), "")
            check_that("it draws", len(t.seen) > 0)


def what_is_in_items():
    value = b"one\n\ttwo \xc3\xbc" + EVIL
    shown = b"one\n\ttwo \xc3\xbc" + SHOWN
    with larderd.Server() as server:
        larder = Larder(server)
        larder.run("set", "k", stdin=value)
        check("into a pipe: unchanged", larder.out("get", "k"), value + b"\n")
        check("to a terminal: escaped", on_terminal(larder, "get", "k"), shown + b"\n")
        check("to a terminal, raw: unchanged", on_terminal(larder, "get", "--raw", "k"), value)
        exported = larder.out("export")
        check_that("an export into a pipe", value in exported, exported)
        text = on_terminal(larder, "-q", "export")
        harmless("an export to a terminal", text.replace(b"\r\n", b""))
        check_that("it is escaped", shown in text, text)
        key = (b"key" + EVIL).decode(errors="surrogateescape")
        for words in (("get", key), ("delete", key), ("incr", key)):
            text = on_terminal(larder, *words, status=NO)
            harmless(words, text)
            check_that("the key is escaped", b"key" + SHOWN in text, text)


def test():
    what_servers_say()
    what_is_in_items()


main(test)
