# SPDX-License-Identifier: GPL-2.0-only
"""The five cases: what is done in each, and what the facts of one amount to.

The texts here say what is done. What came of it is put together from facts alone.
"""

import collections
import re

from observe import CPUS

PROGRAMS = 3
READINGS = 8  # of each program
LINES = 2000
AHEAD_SECONDS = 0.3

TITLES = {
    "sleep": ("a driver sleeps while it holds a spinlock",
              f"demo_sleep.ko: read() takes a spinlock and sleeps with it. {PROGRAMS} programs "
              f"read {READINGS} times each, on {CPUS} CPUs."),
    "null": ("a driver dereferences NULL while it holds a spinlock",
             f"demo_null.ko: write() uses a look-up that found nothing. {PROGRAMS} programs read "
             f"{READINGS} times each; then one writes."),
    "spin": ("a driver spins for ever while it holds a spinlock",
             f"demo_spin.ko: write() polls for a bit that never comes. {PROGRAMS} programs read "
             f"{READINGS} times each; then one writes."),
    "net": ("the network driver crashes while a TCP stream runs through it",
            f"Stock e1000.ko. A program sends {LINES} numbered lines to this host, which sends "
            "each back. The 20th NAPI poll from now gets a bad pointer."),
    "video": ("the video driver crashes under a program that shows a picture",
              "Stock bochs.ko. A program draws pictures, and switches its screen off and on again; the "
              "driver's bochs_pipe_enable() gets a bad pointer then. This host looks at the screen "
              "before and afterwards."),
}

# Lines of the console worth reading. Of lines with the same key, and without one of lines
# that match alike, the first is quoted. After a report comes where the CPU was ("rip");
# other lines like it belong to what was interrupted.
RIP = re.compile(r"^RIP: 0010:\S+")
QUOTES = [
    (re.compile(r"BUG: scheduling while atomic"), "atomic"),
    (re.compile(r"BUG: (kernel NULL|unable to)|general protection fault"), "oops"),
    (re.compile(r"exited with preempt_count"), "preempt"),
    (re.compile(r"(?P<lockup>soft lockup - CPU#\d+)"), None),
    (re.compile(r"^Kernel panic - not syncing"), "panic"),
    (re.compile(r"^suture: (?P<driver>\S+): (?P<rule>[A-Z][A-Z0-9-]+) (?P<did>[a-z]+)"), None),
]


def counted(facts):
    """How often Suture did what under which rule."""
    return collections.Counter((e["rule"], e["action"]) for e in facts.events)


def quotes(facts):
    """(host's clock, text) of the console lines that tell the story."""
    counts, seen, reports = counted(facts), set(), 0
    for when, text in facts.console:
        place = RIP.match(text)
        if place and reports:
            reports -= 1
            if place.group(0) not in seen:
                seen.add(place.group(0))
                yield when, text
            continue
        for pattern, key in QUOTES:
            found = pattern.search(text)
            if not found:
                continue
            if key == "oops" or "lockup" in found.groupdict():
                reports += 1
            key = key or found.group(0)
            if key not in seen:
                seen.add(key)
                times = 1
                if "rule" in found.groupdict():
                    times = counts[(found["rule"], found["did"])]
                yield when, text + (f" [{times} such events]" if times > 1 else "")
            break


def seconds(facts, when):
    return f"{when - facts.fault:.1f} s"


def timeline(facts):
    """What was typed and what the console said, in order, with the time since the fault."""
    items = [(when, "bold" if text.startswith("$") else None, text) for when, text in facts.said]
    items += [(when, "dim", text) for when, text in quotes(facts)]
    for when, style, text in sorted(items, key=lambda item: item[0]):
        # Console and script have a port each, and one may be ahead a little.
        late = facts.fault and when >= facts.fault - AHEAD_SECONDS
        yield style, f"+{max(0, when - facts.fault):.1f} s" if late else "", text


class Verdict:
    """What one side of one case amounts to."""

    def __init__(self, facts, stream, guarded):
        self.facts, self.stream = facts, stream
        wanted = PROGRAMS * READINGS
        self.lost = []
        if facts.case == "net":
            self.work = f"{stream.arrived} of {LINES} lines arrived"
            whole = stream.complete and stream.arrived == LINES and not stream.wrong
            if not whole:
                self.lost.append("the stream broke off" if not stream.wrong else
                                 f"{len(stream.wrong)} lines were wrong")
            elif facts.back != (LINES, "same"):
                self.lost.append("not every line came back to the program")
            refused = facts.refused
        elif facts.case == "video":
            self.work = f"{facts.drawn} pictures drawn after the fault"
            refused = []
            before, after = facts.screens.get("before"), facts.screens.get("after")
            if not before or before.black() or not after or not after.same(before):
                self.lost.append("the screen is black" if after and after.black()
                                 else "the picture is another one")
            if not facts.drawn:
                self.lost.append("its program draws no more")
            if facts.other != "drew":
                self.lost.append("the next program waits for ever")
        else:
            self.work = f"{facts.readings} of {wanted} readings"
            if facts.readings != wanted:
                self.lost.append("programs that use the driver stand still")
            refused = [text for text in facts.refused if text.startswith("reader")]
        if refused:
            self.lost.append(f"{len(refused)} calls were refused that are in order")

        self.down = None
        if facts.panic:
            self.down = "kernel panic"
        elif facts.stopped and facts.stuck:
            self.down = f"{len(facts.stuck)} of {CPUS} CPUs stuck, every program stands still"
        elif facts.case == "video" and facts.oops and len(self.lost) == 3:
            self.down = "; ".join(self.lost)
        self.alive = bool(facts.ended and facts.pulses_after() and not facts.trouble
                          and not self.lost and not self.down)
        if guarded and not facts.events:
            self.alive = False
            self.lost.append("Suture reported no event")

    def words(self):
        if self.down:
            return self.down
        if self.alive:
            return "everything goes on"
        facts = self.facts
        if not facts.fault:
            return "the case did not begin"
        if facts.trouble:
            return "trouble on the console: " + facts.trouble
        if self.lost:
            return "; ".join(self.lost)
        return "unclear: no program spoke for a while"

    def summary(self):
        did = ", ".join(f"{rule} {action}" + (f" x{n}" if n > 1 else "")
                        for (rule, action), n in counted(self.facts).items())
        return "; ".join(filter(None, (self.words(), self.work, did)))


def program_lines(facts):
    """The programs that use the driver, and the caller that met the defect."""
    for text in facts.refused:
        who, _, error = text.partition(": ")
        yield None, f"The {who}: {error}"


def pulse_line(facts):
    after = facts.pulses_after()
    if not facts.fault:
        return None
    text = f"Another program, every 0.2 s: {len(after) or 'no'} sign{'s' * (len(after) != 1)} of life "
    if facts.ended:
        return text + f"after the fault, longest pause {facts.longest_pause():.1f} s"
    text += f"after the fault, the last at +{seconds(facts, after[-1])}" if after else "after the fault"
    if facts.stopped:
        text += f"; after {facts.stopped:.0f} s of silence the machine was switched off"
    return text


def tell(verdict, head):
    """One side of one case, as lines for page.sides()."""
    facts, stream = verdict.facts, verdict.stream
    yield "bold", None, head
    yield from timeline(facts)
    for style, text in program_lines(facts):
        yield style, None, text
    if facts.case == "net":
        text = f"Stream: {stream.arrived} of {LINES} lines arrived at the host"
        if stream.complete:
            text += f", longest pause {stream.longest_pause():.1f} s"
        text += f", {len(stream.wrong)} out of order"
        if facts.back:
            text += f"; {facts.back[0]} came back, {'the same' if facts.back[1] == 'same' else 'not the same'}"
        yield None, None, text
    elif facts.case == "video":
        yield None, None, f"Program: {verdict.work}"
        for name, screen in facts.screens.items():
            width, height, _ = screen.read()
            same = "black" if screen.black() else "the test picture" if name == "before" else \
                "the same picture, pixel for pixel" if screen.same(facts.screens["before"]) else "another picture"
            yield None, None, f"Screen {name}, {width}x{height}: {same}"
    else:
        yield None, None, f"Programs: {verdict.work}"
    pulse = pulse_line(facts)
    if pulse:
        yield None, None, pulse
    yield "good" if verdict.alive else "bad", None, "=> " + verdict.words()
