"""terminal: runs a program on a terminal of its own, keeps the screen that it has drawn, and types keys."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

from cli import Failure, environment, until

# The sequences that ncurses sends to a vt100; any other is a failure of this file.
SEQUENCE = re.compile(rb"\x1b\[([?]?)([\d;]*)([A-Za-z])|\x1b[()][0-9A-Z]|\x1b[=>78M]", re.S)
WHOLE = re.compile(rb"\x1b\[[?]?[\d;]*[A-Za-z]|\x1b[()].|\x1b[^\[()]|[^\x1b]", re.S)


class Screen:
    def __init__(self, rows, columns):
        self.y = self.x = 0
        self.resize(rows, columns)

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.top, self.bottom = 0, rows - 1
        self.cells = [[" "] * columns for _ in range(rows)]
        self.y, self.x = min(self.y, rows - 1), min(self.x, columns - 1)

    def line(self, y):
        return "".join(self.cells[y]).rstrip()

    def lines(self):
        return [self.line(y) for y in range(self.rows)]

    def _down(self):
        if self.y == self.bottom:
            del self.cells[self.top]
            self.cells.insert(self.bottom, [" "] * self.columns)
        else:
            self.y = min(self.y + 1, self.rows - 1)

    def _up(self):
        if self.y == self.top:
            del self.cells[self.bottom]
            self.cells.insert(self.top, [" "] * self.columns)
        else:
            self.y = max(self.y - 1, 0)

    def _put(self, byte):
        if self.x == self.columns:      # the cursor stays after the last column until the next character
            self.x = 0
            self._down()
        self.cells[self.y][self.x] = chr(byte)
        self.x += 1

    def _erase(self, first, last):
        """Clears cells, counted row by row."""
        for i in range(first, last):
            self.cells[i // self.columns][i % self.columns] = " "

    def _sequence(self, numbers, letter):
        n = max(numbers[0] if numbers else 1, 1)
        here, start = self.y * self.columns + min(self.x, self.columns - 1), self.y * self.columns
        mode = numbers[0] if numbers else 0
        if letter in "Hf":
            y, x = (numbers + [1, 1])[:2] if numbers else (1, 1)
            self.y, self.x = min(max(y, 1), self.rows) - 1, min(max(x, 1), self.columns) - 1
        elif letter == "A":
            self.y = max(self.y - n, 0)
        elif letter == "B":
            self.y = min(self.y + n, self.rows - 1)
        elif letter == "C":
            self.x = min(self.x + n, self.columns - 1)
        elif letter == "D":
            self.x = max(self.x - n, 0)
        elif letter == "J":
            self._erase(0 if mode else here, here + 1 if mode == 1 else self.rows * self.columns)
        elif letter == "K":
            self._erase(start if mode else here, here + 1 if mode == 1 else start + self.columns)
        elif letter == "r":
            self.top, self.bottom = (numbers[0] - 1, numbers[1] - 1) if len(numbers) == 2 else (0, self.rows - 1)
            self.y = self.x = 0
        elif letter not in "mhl":
            raise Failure(f"the terminal does not know CSI {numbers} {letter}")

    def feed(self, got):
        """Draws complete sequences; keeps the beginning of an unfinished one."""
        while got:
            token = WHOLE.match(got)
            if not token:
                return got
            got = got[token.end():]
            token = token.group()
            if token[:1] == b"\x1b":
                known = SEQUENCE.fullmatch(token)
                if not known:
                    raise Failure(f"the terminal does not know {token!r}")
                if token == b"\x1bM":
                    self._up()
                elif known.group(3):
                    self._sequence([int(n or 0) for n in known.group(2).split(b";")] if known.group(2) else [],
                                   known.group(3).decode())
            elif token >= b" ":
                self._put(token[0])
            elif token == b"\r":
                self.x = 0
            elif token == b"\n":
                self._down()
            elif token == b"\b":
                self.x = max(self.x - 1, 0)
            elif token == b"\t":
                self.x = min(self.x // 8 * 8 + 8, self.columns - 1)
        return b""


class Terminal:
    def __init__(self, command, rows=24, columns=80, kind="vt100", **variables):
        self.screen, self.left, self.seen = Screen(rows, columns), b"", b""
        self.master, slave = pty.openpty()
        self._size(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        # In a session of its own this becomes its controlling terminal, which sends the signal of a new size.
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=subprocess.PIPE, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env={**environment(), "TERM": kind, **variables})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        os.close(self.slave)
        if self.master >= 0:
            os.close(self.master)

    def _size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self._size(rows, columns)

    def keys(self, keys):
        os.write(self.master, keys.encode())

    def read(self, seconds=0.05):
        while select.select([self.master], [], [], seconds)[0]:
            got = os.read(self.master, 65536)
            self.seen += got
            self.left = self.screen.feed(self.left + got)
            seconds = 0

    def shows(self, what, wanted):
        """Waits until `wanted`, a function of the screen's lines, is true."""
        def look():
            self.read()
            if self.process.poll() is not None:
                raise Failure(f"{what}: it has ended: {self.process.stderr.read().decode()}")
            return bool(wanted(self.screen.lines())) or "\n" + "\n".join(self.screen.lines())
        until(what, look)

    def ends(self, status):
        """Waits for the end; returns what was written to standard error.  The terminal's mode must be restored."""
        until("it ends", lambda: self.read() or self.process.poll() is not None)
        self.read()
        errors = self.process.stderr.read().decode()
        if self.process.returncode != status:
            raise Failure(f"status {self.process.returncode}, not {status}: {errors}")
        if termios.tcgetattr(self.slave) != self.before:
            raise Failure("the terminal is left in another mode")
        return errors

    def hang_up(self):
        os.close(self.master)
        self.master = -1

    def signal(self, number):
        self.process.send_signal(number)

