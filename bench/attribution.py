# SPDX-License-Identifier: GPL-2.0-only
"""Where the instructions of a packet go, by name, from what profile/counter.c has counted.

The windows, in the order of packets.sh: nothing but the marks; then unguarded and guarded,
each sending and receiving. What the first counts belongs to the marks, and is taken off.
"""

import bisect
import collections

DIRECTIONS = ("transmit", "receive")
CONFIGURATIONS = ("unguarded", "rules")
# Functions of suture.ko that are neither wrappers nor a rule's own, by the start of their names.
PARTS = (
    ("suture_enter", "entry code"), ("suture_leave", "entry code"),
    ("suture_check_return", "entry code"), ("suture_ledger_", "ledger"),
    ("suture_object_", "ledger"), ("suture_pool_", "ledger"), ("suture_bucket_", "ledger"),
    ("suture_quarantine_", "ledger"),
)


class Symbols:
    """Which function is at an address, in one configuration."""

    def __init__(self, lines):
        table = sorted(lines)
        self.starts = [start for start, _, _ in table]
        self.names = [(name, module) for _, name, module in table]

    def at(self, address):
        i = bisect.bisect_right(self.starts, address) - 1
        return self.names[i] if i >= 0 else ("?", "-")


def read(lines):
    """What the guest printed: configuration -> Symbols, and where the driver's thunks are."""
    symbols, thunks = collections.defaultdict(list), {}
    for line in lines:
        word, *rest = line.split()
        if word == "symbol":
            where, start, name, module = rest
            symbols[where].append((int(start, 16), name, module.strip("[]")))
        elif word == "thunks":
            thunks[rest[0]] = int(rest[1], 16)
    return {c: Symbols(symbols[c] + symbols["kernel"]) for c in CONFIGURATIONS}, thunks


def window(path):
    counts = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            address, n = line.split()
            counts[int(address, 16)] = int(n)
    return counts


def part(name, module, driver):
    """(part, function) that an instruction belongs to."""
    if module == driver:
        return "driver", name
    if module == "suture" or module.startswith("suture_"):
        for start, what in PARTS:
            if name.startswith(start):
                return what, name
        if name.startswith("suture_w_"):
            return "wrapper", name[len("suture_w_"):]
        return "rules", name
    return ("kernel" if module == "-" else "other modules"), name


def attribute(paths, lines, driver, packets):
    """Per packet: {(direction, configuration): {(part, function): instructions}}."""
    symbols, thunks = read(lines)
    nothing = window(paths[0])
    result = {}
    rest = iter(paths[1:])
    for configuration in CONFIGURATIONS:
        # Their section is the last of the module's code, and has no symbols.
        start = thunks.get(configuration, 0)
        for direction in DIRECTIONS:
            found = collections.Counter()
            for address, n in window(next(rest)).items():
                key = part(*symbols[configuration].at(address), driver)
                if start and key[0] == "driver" and address >= start:
                    key = ("entry code", "thunks, stubs and checks")
                if key[0] in ("kernel", "other modules"):
                    n -= nothing.get(address, 0)
                found[key] += n / packets
            result[direction, configuration] = found
    return result


def records(kernel, driver, result):
    """For the file: a record a function, direction and configuration."""
    for (direction, configuration), found in result.items():
        for (what, function), n in sorted(found.items(), key=lambda i: -i[1]):
            if n >= 0.05:
                yield {"kernel": kernel, "driver": driver, "direction": direction,
                       "configuration": configuration, "part": what, "function": function,
                       "per_packet": round(n, 1)}


def report(driver, result, least=1.0):
    """A table of what guarding adds, by function, the dearest first."""
    for direction in DIRECTIONS:
        before, after = (result[direction, c] for c in CONFIGURATIONS)
        added = {k: after.get(k, 0) - before.get(k, 0) for k in set(before) | set(after)}
        total = sum(added.values())
        yield f"{driver} {direction}: {sum(before.values()):.0f} unguarded, {total:+.0f} guarded"
        parts = collections.Counter()
        for (what, _), n in added.items():
            parts[what] += n
        for what, n in parts.most_common():
            yield f"  {what}: {n:+.1f}"
            mine = {f: v for (w, f), v in added.items() if w == what and abs(v) >= least}
            for function, v in sorted(mine.items(), key=lambda i: -i[1]):
                yield f"    {v:+8.1f}  {function}"
