# SPDX-License-Identifier: GPL-2.0-only
"""
left.py - driver functions whose address is taken and that have no thunk.

The rewriter must have named each of them with a reason, and where the module's
BTF has a prototype, the prototype must bear it out. A function without a reason
counts as forgotten.
"""
import json


def read_report(path):
    """The reasons in a file that holds what `suture-rewrite --json` printed."""
    with open(path, encoding="utf-8") as f:
        return reasons_of(json.load(f))


def reasons_of(report):
    """{function: reason} of what the rewriter says that it left alone."""
    reasons = {}
    for entry in report.get("entries", ()):
        if not entry.get("thunk"):
            reasons[entry["name"]] = entry.get("reason") or ""
    return reasons


def check(edges, prototypes, reasons, verdict):
    for f in edges.functions.values():
        if f.moved or not f.kept:
            continue
        verdict.figures["kept_edges"] += len(f.kept)
        given = next((reasons[n] for n in f.names if n in reasons), None)
        own = prototypes.reason_to_leave(f.names)
        reason = given or own
        if not reason:
            verdict.wrong("left", f.kept[0], f"address of {f.name} goes to no "
                          "thunk, and no reason was given")
        elif not own and prototypes.find(f.names):
            verdict.wrong("left", f.kept[0], f"address of {f.name} goes to no "
                          f"thunk because of: {given}; but its prototype is a "
                          "plain one")
        verdict.left[f.name] = {"sites": len(f.kept), "reason": reason or ""}
