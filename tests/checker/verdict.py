# SPDX-License-Identifier: GPL-2.0-only
"""
verdict.py - what the checker has found wrong, and what it has counted.

Each wrong thing has the name of the check that found it (one of CHECKS), the
place, and what is wrong there. The selftest asks for every name in CHECKS, so
a check without a test that makes it fail cannot be added unnoticed.
"""

CHECKS = {
    "file": "the guarded file is a readable ELF object with its header kept",
    "signature": "no signature of the original is left behind it",
    "section": "every original section has kept index, name, flags and place",
    "bytes": "no byte of an original section has changed",
    "growth": "only the sections that may grow have grown, at their end",
    "symbol": "original symbols are kept; new ones are of expected kinds",
    "relocation": "relocations keep place and type; nothing else moved",
    "edge": "every address-taken driver function goes to its own thunk",
    "left": "what was left alone was left alone for a reason",
    "call": "every call of an API function with a wrapper goes to it",
    "tail": "every tail call of one goes to a stub that calls it",
    "thunk": "each thunk has exactly the code of image.h",
    "stub": "each tail-call stub has exactly the code of image.h",
    "check": "each check of arguments does what the contract asks for",
    "entry": "each struct suture_entry says what its thunk does",
    "prototype": "arguments and return value agree with the module's BTF",
    "image": "struct suture_image is right and its tables are ordered",
    "taken": "the list of wrapped functions whose address is taken is right",
    "version": "each new import has one __versions entry with its CRC",
    "import": "new imports are exports of the core",
    "modinfo": "import_ns=SUTURE was added to .modinfo, and nothing else",
    "orc": "each instruction that was added has the right ORC entry",
}

SHOWN_PER_CHECK = 20


class Verdict:
    """Collects wrong things and figures for one pair of images."""

    def __init__(self):
        self.items = []
        self.per_check = {}
        self.figures = {"entries": 0, "edges_in": 0, "calls_out": 0,
                        "tails": 0, "kept_edges": 0}
        self.left = {}

    def wrong(self, check, where, what):
        assert check in CHECKS, check
        n = self.per_check.get(check, 0) + 1
        self.per_check[check] = n
        if n <= SHOWN_PER_CHECK:
            self.items.append((check, where, what))

    @property
    def holds(self):
        return not self.per_check

    def as_dict(self):
        return {
            "holds": self.holds,
            "wrong": [{"check": c, "where": w, "what": t}
                      for c, w, t in self.items],
            "wrong_per_check": self.per_check,
            **self.figures,
            "left": [{"function": name, **rest}
                     for name, rest in sorted(self.left.items())],
        }

    def text(self, name):
        for check, where, what in self.items:
            yield f"checker: {name}: {check}: {where}: {what}"
        for check, n in self.per_check.items():
            if n > SHOWN_PER_CHECK:
                yield (f"checker: {name}: {check}: {n - SHOWN_PER_CHECK} more "
                       "of the same kind")
