# SPDX-License-Identifier: GPL-2.0-only
"""
left.py - driver functions whose address is taken and that have no thunk.

The rewriter must have named each of them with a reason. The reason is checked
as far as the two files show it; a function without one counts as forgotten.
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
        reason = given or prototypes.reason_to_leave(f.names)
        if not reason:
            verdict.wrong("left", f.kept[0], f"address of {f.name} goes to no "
                          "thunk, and no reason was given")
        verdict.left[f.name] = {"sites": len(f.kept), "reason": reason or ""}
