# SPDX-License-Identifier: GPL-2.0-only
"""From what the guests printed to figures: medians, spread, overhead; JSON and a table.

A sample is one measurement in one pass of one boot. What a configuration adds is
computed within the same pass of the same boot, then the median of that is taken.
"""

import collections
import re
import statistics

CONFIGURATIONS = ("unguarded", "entries", "rules", "kprobes")
DIRECTIONS = ("transmit", "transmit-fresh", "receive")
COUNTED = ("transmit", "receive")


class Failed(Exception):
    """A guest printed what cannot be right; says what."""


def mangle(symbol):
    """The name of the trace event that packets.sh makes for a symbol."""
    return re.sub(r"[^A-Za-z0-9_]", "_", symbol)


def spread(values):
    """Median, extremes and number of values, rounded to a tenth."""
    return {"median": round(statistics.median(values), 1), "min": round(min(values), 1),
            "max": round(max(values), 1), "repetitions": len(values)}


def added(values, base, digits=1):
    """What values are above base, pass by pass: median of the differences and of the shares."""
    keys = sorted(set(values) & set(base))
    return {"added": round(statistics.median(values[k] - base[k] for k in keys), digits),
            "percent": round(statistics.median((values[k] / base[k] - 1) * 100 for k in keys), 1)}


def boots(values):
    """The median of each boot alone: what a second run of the whole would have said."""
    groups = collections.defaultdict(list)
    for (boot, _), value in values.items():
        groups[boot].append(value)
    return [round(statistics.median(v), 1) for _, v in sorted(groups.items())]


class Packets:
    """One driver on one kernel."""

    def __init__(self, kernel, driver):
        self.kernel, self.driver = kernel, driver
        self.samples = collections.defaultdict(dict)  # (direction, configuration) -> {(boot, pass)}
        self.hits = collections.defaultdict(dict)     # direction -> {event: hits a packet}
        self.refused = set()
        self.packets = 0

    def read(self, boot, lines):
        profile = {}
        for line in lines:
            word, *rest = line.split()
            if word == "sample":
                _, configuration, number = rest[:3]
                packets, same, fresh, alone, both, received = map(int, rest[3:])
                key = (boot, int(number))
                self.packets = packets
                self.samples["transmit", configuration][key] = same * 1000 / packets
                self.samples["transmit-fresh", configuration][key] = fresh * 1000 / packets
                self.samples["receive", configuration][key] = (both - alone) * 1000 / received
            elif word == "refused":
                self.refused.add(rest[1])
            elif word == "hits":
                _, moment, packets, event, count = rest
                profile[moment, event] = int(count)
                if moment != "start":
                    before = profile[{"tx": "start", "rx": "tx"}[moment], event]
                    direction = {"tx": "transmit", "rx": "receive"}[moment]
                    self.hits[direction][event] = (int(count) - before) / int(packets)
            else:
                raise Failed(f"{self.driver}: the guest printed: {line}")

    def check(self, passes):
        for direction in DIRECTIONS:
            for configuration in CONFIGURATIONS:
                got = len(self.samples[direction, configuration])
                if got != passes:
                    raise Failed(f"{self.driver} {direction} {configuration}: "
                                 f"{got} measurements instead of {passes}")
        for direction in COUNTED:
            if not any(self.hits[direction].values()):
                raise Failed(f"{self.driver} {direction}: not one crossing was counted")

    def records(self):
        for direction in DIRECTIONS:
            base = self.samples[direction, "unguarded"]
            for configuration in CONFIGURATIONS:
                values = self.samples[direction, configuration]
                record = {"kernel": self.kernel, "driver": self.driver, "direction": direction,
                          "configuration": configuration, **spread(list(values.values())),
                          "boots": boots(values), **added(values, base)}
                if configuration == "kprobes":
                    record["refused_probes"] = sorted(self.refused)
                yield record

    def crossings(self, names):
        """names: event -> (kind, plain name). How often each happens for a packet."""
        for direction in COUNTED:
            for event, often in sorted(self.hits[direction].items(), key=lambda i: -i[1]):
                if often < 0.0005 or event not in names:
                    continue
                kind, name = names[event]
                yield {"kernel": self.kernel, "driver": self.driver, "direction": direction,
                       "kind": kind, "name": name, "per_packet": round(often, 3)}


class Micro:
    """The driver of one thing at a time, on one kernel."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.samples = collections.defaultdict(dict)  # (case, configuration) -> {(boot, pass)}
        self.cases = []

    def read(self, boot, lines):
        for line in lines:
            word, *rest = line.split()
            if word != "micro" or len(rest) != 7:
                raise Failed(f"micro: the guest printed: {line}")
            configuration, number, case, calls, shortest, _, _ = rest
            if case not in self.cases:
                self.cases.append(case)
            # The shortest batch: no interrupt fell into it.
            self.samples[case, configuration][boot, int(number)] = int(shortest) / int(calls)

    def check(self, passes):
        if "entry" not in self.cases:
            raise Failed("micro: nothing was measured")
        for case in self.cases:
            for configuration in CONFIGURATIONS[:3]:
                got = len(self.samples[case, configuration])
                if got != passes:
                    raise Failed(f"micro {case} {configuration}: "
                                 f"{got} measurements instead of {passes}")

    def records(self):
        for case in self.cases:
            for configuration in CONFIGURATIONS[:3]:
                values = self.samples[case, configuration]
                yield {"kernel": self.kernel, "case": case, "configuration": configuration,
                       **spread(list(values.values())),
                       **added(values, self.samples[case, "unguarded"])}


def table(rows, right):
    """Rows of words as lines of even columns; right: from which column on to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(word.rjust(width) if i >= right else word.ljust(width)
                        for i, (word, width) in enumerate(zip(row, widths))).rstrip()


def report(results, kernel):
    """The figures of one kernel for people."""
    mine = [r for r in results["packets"] if r["kernel"] == kernel]
    if mine:
        yield f"Instructions per packet, kernel {results['versions'][kernel]}"
        rows = [("driver", "direction", "configuration", "median", "min", "max", "boots",
                 "added", "per cent")]
        for r in mine:
            first = r["configuration"] == "unguarded"
            rows.append((r["driver"], r["direction"], r["configuration"], f"{r['median']:.0f}",
                         f"{r['min']:.0f}", f"{r['max']:.0f}",
                         " ".join(f"{b:.0f}" for b in r["boots"]),
                         "" if first else f"{r['added']:+.0f}",
                         "" if first else f"{r['percent']:+.1f}"))
        yield from table(rows, 3)
        yield f"({mine[0]['repetitions']} repetitions of each; boots: the median of each boot alone)"
    mine = [r for r in results["micro"] if r["kernel"] == kernel]
    if mine:
        yield ""
        yield "Instructions per crossing (entry: the call of an empty function, and its return)"
        rows = [("what", "unguarded", "entries", "rules", "min", "max", "added")]
        for case in dict.fromkeys(r["case"] for r in mine):
            r = {x["configuration"]: x for x in mine if x["case"] == case}
            rows.append((case, *(f"{r[c]['median']:.1f}" for c in CONFIGURATIONS[:3]),
                         f"{r['rules']['min']:.1f}", f"{r['rules']['max']:.1f}",
                         f"{r['rules']['added']:+.1f}"))
        yield from table(rows, 1)
    mine = [r for r in results["crossings"] if r["kernel"] == kernel and r["per_packet"] >= 0.01]
    if mine:
        yield ""
        yield "Crossings per packet (guarded with all rules; 0.01 and more)"
        rows = [("driver", "direction", "kind", "function", "per packet")]
        rows += [(r["driver"], r["direction"], r["kind"], r["name"], f"{r['per_packet']:.2f}")
                 for r in mine]
        yield from table(rows, 4)
