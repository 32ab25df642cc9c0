# SPDX-License-Identifier: GPL-2.0-only
"""Words on a terminal: two columns where there is room, else one below the other."""

import os
import re
import shutil
import sys
import textwrap
import time

WIDE = 110  # columns from which on two sides stand beside each other
MOST = 132
PLAIN = 80  # width when the output is no terminal

COLOURS = {"bold": "1", "dim": "2", "bad": "1;31", "good": "1;32", "head": "1;36"}


class Page:
    """The terminal, or the file, that the demo writes to."""

    def __init__(self):
        self.tty = sys.stdout.isatty()
        self.colour = self.tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.width = min(shutil.get_terminal_size((PLAIN, 24)).columns, MOST) if self.tty else PLAIN
        self.wide = self.tty and self.width >= WIDE
        self.begun = time.monotonic()
        self.status_shown = ""

    def elapsed(self):
        return time.monotonic() - self.begun

    def paint(self, style, text):
        if not style or not self.colour or not text.strip():
            return text
        return f"\033[{COLOURS[style]}m{text}\033[0m"

    def _out(self, text):
        self.status("")
        # Not every terminal of a build machine knows more than ASCII.
        encoding = sys.stdout.encoding or "ascii"
        print(text.encode(encoding, "replace").decode(encoding), flush=True)

    def status(self, text):
        """One line that is overwritten by what comes next; only on a terminal."""
        if not self.tty or text == self.status_shown:
            return
        sys.stdout.write("\r\033[K" + self.paint("dim", text[: self.width - 1]))
        sys.stdout.flush()
        self.status_shown = text

    def line(self, text="", style=None):
        for part in wrap(text, self.width):
            self._out(self.paint(style, part))

    def heading(self, text):
        self._out(self.paint("head", text + " " + "-" * max(0, self.width - len(text) - 1)))

    def sides(self, left, right):
        """Two lists of (style, mark, text); a mark stands in a gutter of its own."""
        if not self.wide:
            for number, side in enumerate((left, right)):
                if number:
                    self._out("")
                for style, part in lay(side, self.width):
                    self._out(self.paint(style, part))
            return
        column = (self.width - 3) // 2
        first, second = lay(left, column), lay(right, column)
        for number in range(max(len(first), len(second))):
            a = first[number] if number < len(first) else (None, "")
            b = second[number] if number < len(second) else (None, "")
            bar = self.paint("dim", " | ")
            self._out(self.paint(a[0], a[1].ljust(column)) + bar + self.paint(b[0], b[1]))

    def table(self, rows):
        """Rows of cells, each (style, text); the first row is the head."""
        count = len(rows[0])
        widths = [max(len(row[i][1]) for row in rows) for i in range(count)]
        spare = self.width - 3 * (count - 1) - sum(widths)
        while spare < 0:  # the widest cell gives way
            widest = widths.index(max(widths))
            widths[widest] -= 1
            spare += 1
        for number, row in enumerate(rows):
            cells = [wrap(text, width) for (_, text), width in zip(row, widths)]
            for i in range(max(map(len, cells))):
                parts = []
                for (style, _), cell, width in zip(row, cells, widths):
                    text = cell[i] if i < len(cell) else ""
                    parts.append(self.paint("bold" if not number else style, text.ljust(width)))
                self._out(self.paint("dim", " | ").join(parts).rstrip())


def wrap(text, width):
    return textwrap.wrap(text, max(width, 8), break_on_hyphens=False) or [""]


def lay(side, width):
    """(style, line) for each line of one side."""
    gutter = 8
    lines = []
    for style, mark, text in side:
        text = re.sub(r"[^\x20-\x7e]", "?", text)
        if mark is None:
            lines += [(style, part) for part in wrap(text, width)]
            continue
        for number, part in enumerate(wrap(text, width - gutter)):
            lines.append((style, ("" if number else mark).rjust(gutter - 1) + " " + part))
    return lines
