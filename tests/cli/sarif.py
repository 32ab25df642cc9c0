#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check a SARIF log: its form against sarif.json, its cross references, and where it leads to.

usage: sarif.py LOG [FUNCTION LINE-OF-SOURCE SOURCE-FILE]...
       for each of these a result in FUNCTION has to be at a line of SOURCE-FILE that contains LINE-OF-SOURCE
"""

import json
import os
import sys
import urllib.parse

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
import schema

FORM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sarif.json")


def check_references(run):
    rules = run["tool"]["driver"]["rules"]
    assert len({r["id"] for r in rules}) == len(rules), "a rule is there twice"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"], f"ruleIndex of {result['ruleId']}"
        times = result["provenance"]
        assert times["firstDetectionTimeUtc"] <= times["lastDetectionTimeUtc"], times
    prints = [json.dumps(r["partialFingerprints"]) for r in run["results"]]
    assert len(set(prints)) == len(prints), "two results have one fingerprint"


def places(run):
    """(function, path, line) of all results with a line."""
    for result in run["results"]:
        for one in result["locations"]:
            if "physicalLocation" not in one:
                continue
            where = one["physicalLocation"]
            path = urllib.parse.unquote(urllib.parse.urlparse(where["artifactLocation"]["uri"]).path)
            yield one["logicalLocations"][0]["name"], path, where["region"]["startLine"]


def check_place(run, function, words, source):
    found = [(path, line) for name, path, line in places(run) if name == function]
    assert found, f"no line of source for {function}: {list(places(run))}"
    with open(source, encoding="utf-8") as f:
        text = f.read().splitlines()
    for path, line in found:
        assert os.path.basename(path) == os.path.basename(source), f"{function} is in {path}"
        assert words in text[line - 1], f"{function}: line {line} is \"{text[line - 1].strip()}\", not {words}"


def main(argv):
    if not argv or len(argv) % 3 != 1:
        sys.exit(__doc__)
    with open(FORM, encoding="utf-8") as f:
        form = json.load(f)
    with open(argv[0], encoding="utf-8") as f:
        log = json.load(f)
    try:
        schema.check(form, form["$defs"]["log"], log, "log")
        check_references(log["runs"][0])
        assert log["runs"][0]["results"], "there is no result"
        for i in range(1, len(argv), 3):
            check_place(log["runs"][0], *argv[i:i + 3])
    except (schema.Wrong, AssertionError) as e:
        print(f"sarif: {argv[0]}: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
