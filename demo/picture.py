# SPDX-License-Identifier: GPL-2.0-only
"""A picture of a screen, as QEMU writes it (PPM), and as everybody can look at it (PNG)."""

import struct
import zlib


class Picture:
    """A file that is there when the guest goes on; read when it is asked for."""

    def __init__(self, path):
        self.path = path

    def read(self):
        """(width, height, bytes of red, green and blue)"""
        try:
            with open(self.path, "rb") as f:
                magic, size, _, pixels = f.read().split(b"\n", 3)
            width, height = map(int, size.split())
        except (OSError, ValueError):
            return 0, 0, b""
        return (width, height, pixels) if magic == b"P6" else (0, 0, b"")

    def black(self):
        return not any(self.read()[2])

    def same(self, other):
        mine = self.read()
        return bool(mine[2]) and mine == other.read()

    def write_png(self, path):
        width, height, pixels = self.read()
        rows = b"".join(b"\0" + pixels[3 * width * y:3 * width * (y + 1)] for y in range(height))

        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        with open(path, "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n" +
                    chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                    chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b""))
