# SPDX-License-Identifier: Apache-2.0
"""A command on a terminal of its own, and what it draws there."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios

BINARY = os.environ["MLREPRO_BINARY"]

def rest_of(master):
    """All that is written to a terminal until nobody has it open any more.

    The answer to a read that waits can be the end, EIO, while the last lines are on their way through the kernel;
    after a poll it can't.
    """
    seen = b""
    while True:
        select.select([master], [], [])
        try:
            piece = os.read(master, 65536)
        except OSError:
            return seen
        if not piece:
            return seen
        seen += piece


def on_a_terminal(project, *words, columns=None, env=None, expect=None):
    """What a user sees: stdout and stderr of a pseudo-terminal, line ends as in a file."""
    master, slave = pty.openpty()
    if columns is not None:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    process = subprocess.Popen([BINARY, *words], cwd=project.folder, stdin=slave, stdout=slave, stderr=slave,
                               env={**project.environment, "TERM": "xterm", **(env or {})})
    os.close(slave)
    seen = rest_of(master)
    os.close(master)
    code = process.wait()
    assert expect is None or code == expect, seen
    return seen.decode().replace("\r\n", "\n")


ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"  # the second screen


class Screen:
    def __init__(self, project, *words, program=BINARY):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 60, 0, 0))
        self.process = subprocess.Popen([program, *words], cwd=project.folder, stdin=slave, stdout=slave, stderr=slave,
                                        env={**project.environment, "TERM": "xterm"}, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.seen = ""

    def read_until(self, text):
        begin = len(self.seen)
        while text not in self.seen[begin:]:
            assert select.select([self.master], [], [], 300)[0], f"no {text!r} in {self.seen!r}"
            self.seen += os.read(self.master, 65536).decode("utf-8", "replace")

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))

    def type(self, key):
        os.write(self.master, key)

    def end(self):
        self.seen += rest_of(self.master).decode("utf-8", "replace")
        os.close(self.master)
        return self.process.wait(timeout=300)
