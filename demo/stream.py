# SPDX-License-Identifier: GPL-2.0-only
"""The host's end of the TCP stream: checks every line and sends it back.

Listens on 127.0.0.1 only; QEMU connects to it on behalf of the guest.
"""

import re
import socket
import threading
import time

LINE = re.compile(rb"line (\d+) of (\d+) through e1000$")


class Stream(threading.Thread):
    """What came through one connection, in which order, and when."""

    def __init__(self):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.arrived = 0  # lines in order, from the first on
        self.wrong = []  # lines that were not the next one
        self.complete = False
        self.times = []  # when data came

    def run(self):
        try:
            connection, _ = self.server.accept()
        except OSError:
            return
        rest = b""
        with connection:
            while True:
                try:
                    data = connection.recv(65536)
                    if data:
                        connection.sendall(data)
                except OSError:
                    return
                if not data:
                    return
                self.times.append(time.monotonic())
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._check(line)

    def _check(self, line):
        if line == b"end":
            self.complete = True
            return
        found = LINE.match(line)
        if found and int(found.group(1)) == self.arrived + 1 and not self.complete:
            self.arrived += 1
        else:
            self.wrong.append(line.decode(errors="replace"))

    def longest_pause(self):
        return max((b - a for a, b in zip(self.times, self.times[1:])), default=0.0)

    def close(self):
        self.server.close()
