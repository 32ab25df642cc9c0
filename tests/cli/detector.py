#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do the patterns of docs/node-problem-detector.json match the lines that suture.ko logs?

Each line of an event must match one rule, that of what was done; no other line of the log may match any.
The detector holds a pattern against the end of its buffer, so it must reach to the end of the line.

usage: detector.py LOG EVENTS    LOG as dmesg prints it, EVENTS as `suture events -j`
"""

import json
import os
import re
import sys

CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs",
                      "node-problem-detector.json")
REASON = {"observe": "DriverBrokeRule", "repair": "DriverBrokeRule", "unwind": "DriverCallAbandoned",
          "power-cycle": "DriverRestarted", "restart": "DriverRestarted", "failed": "DriverRecoveryFailed",
          "quarantine": "DriverFailedForGood"}


def main(log, events):
    with open(CONFIG, encoding="utf-8") as f:
        config = json.load(f)
    conditions = {c["type"] for c in config["conditions"]}
    rules = {r["reason"]: re.compile(r["pattern"] + r"\Z") for r in config["rules"]}
    for rule in config["rules"]:
        assert rule["type"] == "temporary" or rule["condition"] in conditions, rule
    with open(events, encoding="utf-8") as f:
        events = json.load(f)["events"]
    with open(log, encoding="utf-8", errors="replace") as f:
        lines = [re.sub(r"^(<\d+>)?\[ *[\d.]+\] ", "", line) for line in f.read().splitlines()]
    seen = set()
    for line in lines:
        matched = [reason for reason, pattern in rules.items() if pattern.search(line)]
        event = re.match(r"suture: ([^ ]+): ([A-Z0-9-]+) ([a-z-]+)( [^ :]+)?: (.*)", line)
        if event and event.group(3) in REASON:
            assert matched == [REASON[event.group(3)]], f"{matched} match: {line}"
            seen.add((event.group(1), event.group(2), event.group(3)))
        else:
            assert not matched, f"{matched} match, but it is no event: {line}"
    missing = {(e["driver"] or "-", e["rule"], e["action"]) for e in events} - seen
    assert not missing, f"the log has no line of {sorted(missing)}"
    actions = {action for _, _, action in seen}
    assert {"repair", "unwind", "restart", "quarantine"} <= actions, f"there were only {sorted(actions)}"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except AssertionError as e:
        sys.exit(f"detector: {e}")
