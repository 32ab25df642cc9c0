# SPDX-License-Identifier: GPL-2.0-only
"""One machine of the demo, and what is seen of it from outside.

A Machine runs lab/vm with guest.sh and reads the log that lab/vm writes: console and
script in the order in which they came. Facts are what was seen while one case ran;
nothing in them is assumed.
"""

import json
import os
import re
import subprocess
import threading
import time

from picture import Picture

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

CPUS = 2
SILENT_SECONDS = 5  # no program says a word for so long, and the CPUs are reported stuck
TURN_SECONDS = 5  # longest time from the start of lab/vm to the first word of a kernel
GIVE_UP_SECONDS = 25  # the same without such a report
STAMP = re.compile(r"^\[\s*\d+\.\d+\] ")
LOCKUP = re.compile(r"soft lockup - CPU#(\d+) stuck for (\d+)s")
PANIC = re.compile(r"Kernel panic - not syncing")
OOPS = re.compile(r"BUG: (?!soft lockup|scheduling while atomic)|Oops: |general protection fault")
TROUBLE = re.compile(r"\bBUG\b|WARNING:|Oops\b|Call Trace|Kernel panic|general protection fault")


class Facts:
    """What was seen of one case on one machine."""

    def __init__(self, case):
        self.case = case
        self.begun = None  # host's clock
        self.fault = None
        self.ended = None
        self.said = []  # (host's clock, line): commands and what they said
        self.readings = 0
        self.refused = []
        self.pulses = []  # when the other program said something, host's clock
        self.console = []  # (host's clock, text)
        self.stuck = {}  # CPU: longest time that the kernel reported
        self.panic = None
        self.oops = None
        self.trouble = None
        self.events = []
        self.back = None
        self.screens = {}  # name: Picture
        self.drawn = 0
        self.other = None
        self.stopped = None  # why the machine was stopped from outside
        self.over = threading.Event()

    def pulses_after(self):
        return [t for t in self.pulses if self.fault and t > self.fault]

    def longest_pause(self):
        """Longest time without a pulse, from the fault to the end of the case."""
        if not self.fault or not self.ended:
            return None
        times = [self.fault] + self.pulses_after() + [self.ended]
        return max(b - a for a, b in zip(times, times[1:]))


class Machine(threading.Thread):
    """One guest, from its boot to its end."""

    def __init__(self, name, kernel, cases, guard, environment, port, log_folder):
        super().__init__(daemon=True)
        self.name = name
        self.kernel = kernel
        self.cases = {case: Facts(case) for case in cases}
        self.guard = guard
        self.environment = environment
        self.port = port
        self.log_folder = log_folder
        self.process = None
        self.now = None  # facts of the case that runs
        self.state = "waiting"
        self.launched = None
        self.uptime = self.tainted = self.status = None
        self.script_heard = None
        self.power_off = False
        self.refusal = ""

    def command(self):
        built = os.path.join(ROOT, "build")
        words = [os.path.join(ROOT, "lab/vm"), "--name", self.name, "--kernel", self.kernel,
                 "--timeout", "100", "--smp", str(CPUS), "--script", os.path.join(ROOT, "demo/guest.sh"),
                 "--env", "GUARD=" + ("yes" if self.guard else "no"),
                 "--env", "CASES=" + " ".join(self.cases)]
        for pair in self.environment:
            words += ["--env", pair]
        if self.guard:
            words += ["--file", f"{built}/bin/suture:/bin/suture",
                      "--module", f"{built}/kernel/{self.kernel}/suture.ko"]
        for name in sorted({"poison" if case in ("net", "video") else case for case in self.cases}):
            words += ["--file", f"{built}/demo/{self.kernel}/demo_{name}.ko:/demo_{name}.ko"]
        if "net" in self.cases:
            words += ["--module", "e1000", "--qemu",
                      "-netdev user,id=net,restrict=on,"
                      f"guestfwd=tcp:10.0.2.100:7-tcp:127.0.0.1:{self.port} "
                      "-device e1000,netdev=net"]
        if "video" in self.cases:
            words += ["--module", "bochs", "--screens", "--qemu", "-device VGA"]
            for name in ("drmshow", "drmtest"):
                words += ["--file", f"{built}/tests/vm/{name}:/{name}"]
        return words

    def screen(self, name):
        """The file that lab/vm has made of a picture of the screen."""
        return os.path.join(ROOT, "build/vm", f"{self.name}-{name}.ppm")

    def held_up(self):
        """Does it wait for machines of others on this host?"""
        return self.state == "waiting" and self.launched \
            and time.monotonic() - self.launched > TURN_SECONDS

    def log(self):
        return os.path.join(ROOT, "build/vm", self.name + ".log")

    def run(self):
        try:
            self._run()
        finally:
            self.stop()
            self.state = "over"
            for facts in self.cases.values():
                facts.over.set()

    def _run(self):
        self.launched = time.monotonic()
        try:
            os.unlink(self.log())
        except FileNotFoundError:
            pass
        with open(os.path.join(self.log_folder, self.name + ".lab"), "w+", encoding="utf-8") as lab:
            # A session of its own: Ctrl-C goes to the demo, which stops its machines.
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=lab,
                                            stderr=lab, cwd=ROOT, start_new_session=True)
            self._follow()
            self.status = self.process.wait()
            lab.seek(0)
            mark = f"vm: {self.name}: "
            said = [line[len(mark):] for line in lab.read().splitlines() if line.startswith(mark)]
            self.refusal = "; ".join(said)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def _follow(self):
        """Read the log while it grows, until lab/vm is gone."""
        log, rest = None, ""
        while True:
            gone = self.process.poll() is not None
            if log is None and os.path.exists(self.log()):
                log = open(self.log(), encoding="utf-8", errors="replace")  # pylint: disable=R1732
            more = log.read() if log else ""
            if more:
                *lines, rest = (rest + more).split("\n")
                for line in lines:
                    self._line(line, time.monotonic())
            elif gone:
                if log:
                    log.close()
                return
            else:
                time.sleep(0.05)
            self._watch()

    def _watch(self):
        """A machine that says nothing any more is stopped; why is a fact of its case."""
        facts = self.now
        if not facts or not facts.fault or facts.stopped or not self.script_heard:
            return
        silent = time.monotonic() - self.script_heard
        # Each CPU is reported on its own, some seconds apart at most.
        enough = SILENT_SECONDS if len(facts.stuck) == CPUS else 2 * SILENT_SECONDS
        if (facts.stuck and silent > enough) or silent > GIVE_UP_SECONDS:
            facts.stopped = silent
            self.stop()

    def _line(self, line, when):
        if line.startswith("| "):
            self.script_heard = when
            self._script(line[2:], when)
            return
        if self.state == "waiting":
            self.state = "booting"
        if "reboot: Power down" in line:
            self.power_off = True
        facts = self.now
        if not facts:
            return
        text = STAMP.sub("", line)
        facts.console.append((when, text))
        lockup = LOCKUP.search(text)
        if lockup:
            cpu, seconds = map(int, lockup.groups())
            facts.stuck[cpu] = max(seconds, facts.stuck.get(cpu, 0))
        if PANIC.search(text):
            facts.panic = text
        if OOPS.search(text) and not facts.oops:
            facts.oops = text
        if TROUBLE.search(text) and not facts.trouble:
            facts.trouble = text

    def _script(self, line, when):
        word, _, rest = line.partition(" ")
        if word == "pulse":
            if self.now:
                self.now.pulses.append(when)
            return
        if word == "machine":
            found = re.match(r"uptime (\d+) tainted (\d+)", rest)
            if found:
                self.uptime, self.tainted = map(int, found.groups())
            return
        if word == "screendump":
            if self.now:
                self.now.screens[rest] = Picture(self.screen(rest))
            return
        case, _, rest = rest.partition(" ")
        facts = self.cases.get(case)
        if not facts:
            return
        if word == "start":
            self.now, self.state = facts, case
            facts.begun = when
        elif word == "fault":
            facts.fault = when
        elif word == "said":
            facts.said.append((when, rest))
        elif word == "reading":
            facts.readings += 1
        elif word == "refused":
            facts.refused.append(rest)
        elif word == "back":
            count, _, same = rest.partition(" ")
            facts.back = (int(count), same)
        elif word == "drawn":
            facts.drawn = int(rest)
        elif word == "other":
            facts.other = rest
        elif word == "event":
            try:
                facts.events = json.loads(rest).get("events", [])
            except ValueError:
                facts.trouble = f"the list of events cannot be read: {rest[:40]}"
        elif word == "end":
            facts.ended = when
            self.now = None
            facts.over.set()
