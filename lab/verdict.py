# SPDX-License-Identifier: GPL-2.0-only
"""How a laboratory guest ended: well only if everything that shows it is there.

A guest has ended well when its script left with status 0, the kernel then powered
off, the console shows no sign of trouble, and no TAP line of the script says "not
ok". Each thing that is missing is a reason of its own, for people to read.
"""

import re

TROUBLE = re.compile(
    r"\bBUG\b|\bWARNING:|\bOops\b|Call Trace|Kernel panic|general protection fault"
    r"|detected stall|\bUBSAN:|\bKASAN:|unregister_netdevice: waiting"
)
STATUS = re.compile(r"\blab: script exit status (\d+)")
POWER_OFF = re.compile(r"\breboot: Power down")
PANIC = re.compile(r"Kernel panic - not syncing: .*")


class Tap:
    """Counts the TAP lines of a script; other lines are just text."""

    def __init__(self):
        self.passed = self.skipped = self.planned = 0
        self.failed = []
        self.bail = None
        self.has_plan = False

    def line(self, text):
        plan = re.match(r"1\.\.(\d+)\b", text)
        if plan:
            self.has_plan = True
            self.planned += int(plan.group(1))
            return
        if text.startswith("Bail out!"):
            self.bail = text
            return
        result = re.match(r"(not )?ok\b(.*)", text)
        if not result:
            return
        directive = re.search(r"#\s*(skip|todo)\b", result.group(2), re.IGNORECASE)
        if result.group(1) and not directive:
            self.failed.append(text)
        elif directive:
            self.skipped += 1
        else:
            self.passed += 1

    def reasons(self):
        if self.bail:
            yield self.bail
        for text in self.failed:
            yield text
        run = self.passed + self.skipped + len(self.failed)
        if self.has_plan and run != self.planned:
            yield f"{self.planned} tests were planned, {run} were run"

    def summary(self):
        if not (self.has_plan or self.passed or self.failed or self.skipped):
            return ""
        text = f"{self.passed} ok, {len(self.failed)} not ok"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


class Console:
    """Reads the guest's console line by line and remembers what matters."""

    def __init__(self, allow=()):
        self.allow = [re.compile(a) for a in allow]
        self.trouble = []
        self.status = None
        self.power_off = False
        self.panic = None
        self.crash = []
        self.up = False

    def line(self, text):
        if "Run /init as init process" in text:
            self.up = True
        if TROUBLE.search(text):
            if not any(a.search(text) for a in self.allow):
                self.trouble.append(text)
            self.crash.append(text)
        elif self.crash:
            self.crash.append(text)
        status = STATUS.search(text)
        if status:
            self.status = int(status.group(1))
        if POWER_OFF.search(text):
            self.power_off = True
        panic = PANIC.search(text)
        if panic:
            self.panic = panic.group(0)

    def excerpt(self, most=40):
        """The console from the first sign of trouble on, without register dumps."""
        noise = re.compile(r"\] (R[0-9A-DS][0-9XIPS]?[:0-9]|CR2|DR[0-9]|Code:|FS:|CS:|PKRU| *\? )")
        lines = [t for t in self.crash if not noise.search(t) or "RIP:" in t]
        return lines[:most] + ([f"... {len(lines) - most} more lines"] if len(lines) > most else [])


def reasons(console, tap, ended, expect_crash=False):
    """Why a run failed, as a list of sentences; empty when it ended well.

    ended is "exit" when the machine stopped by itself, else how it was stopped.
    """
    found = []
    if ended != "exit":
        found.append(ended)
    if expect_crash:
        if not console.panic:
            found.append("the kernel was expected to panic and did not")
        if console.status is not None:
            found.append(f"the script came to its end (status {console.status})")
        return found
    if console.status is None:
        found.append("the script did not come to its end")
    elif console.status != 0:
        found.append(f"the script left with status {console.status}")
    if not console.power_off and ended == "exit":
        found.append("the guest stopped without a power-off")
    if console.trouble:
        more = len(console.trouble) - 1
        found.append(f"trouble on the console: {console.trouble[0].strip()}"
                     + (f" (and {more} more lines)" if more else ""))
    found += tap.reasons()
    return found
