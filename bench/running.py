"""running: our programs, and a server that a benchmark starts, measures and ends."""
import os
import shutil
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
START_S = 30


def ours(variable, name):
    """One of our programs: from the variable, or where builds put it.  None: there is none."""
    for path in (os.environ.get(variable), os.path.join(HERE, "..", "build", "release", name), shutil.which(name)):
        if path and os.access(path, os.X_OK):
            return os.path.abspath(path)
    return None


class Running:
    """A server that listens on a free port of 127.0.0.1, and is ended on exit.

    words(port) is the command that starts it in the foreground.  `tool` and `name` are for the message if it does not listen.
    """

    def __init__(self, tool, name, words, stderr=None):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.tool, self.name = tool, name
        self.process = subprocess.Popen(words(self.port), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)

    def __enter__(self):
        deadline = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    sys.exit(f"{self.tool}: {self.name} does not listen")
                time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(START_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_s(self):
        """CPU seconds that it has used, in user and kernel mode."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss(self):
        """Bytes of resident memory."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii", errors="replace") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:")) * 1024
