#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check JSON against docs/schema.json, as the tests of the command do.

Knows what that file uses of JSON Schema (2020-12): $ref, type, const, enum, pattern, minimum,
properties, required, additionalProperties, items. A keyword that it does not know
is an error, so that nothing goes unchecked. Stricter than the schema in one thing: a name
that is not described there is an error, too, so that the document is complete.

usage: schema.py [--lines] NAME [FILE]   against the definition NAME, e.g. answer-status
       schema.py --commands SUTURE       each command of SUTURE has an answer in the schema
"""

import json
import os
import re
import subprocess
import sys

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "schema.json")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
KNOWN = {"$ref", "type", "const", "enum", "pattern", "minimum", "properties", "required",
         "additionalProperties", "items", "description"}


class Wrong(Exception):
    pass


def load():
    with open(PATH, encoding="utf-8") as f:
        return json.load(f)


def is_a(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def check_object(root, schema, value, where):
    for name in schema.get("required", []):
        if name not in value:
            raise Wrong(f"{where}: \"{name}\" is missing")
    for name, one in value.items():
        inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
        if inner is None:
            raise Wrong(f"{where}: \"{name}\" is not described")
        check(root, inner, one, f"{where}.{name}")


def check(root, schema, value, where="answer"):
    unknown = set(schema) - KNOWN
    if unknown:
        raise Wrong(f"{where}: the schema uses {', '.join(sorted(unknown))}, which this does not check")
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        check(root, root["$defs"][name], value, where)
    if "type" in schema and not is_a(value, schema["type"]):
        raise Wrong(f"{where}: {value!r} is no {schema['type']}")
    if "const" in schema and value != schema["const"]:
        raise Wrong(f"{where}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        raise Wrong(f"{where}: {value!r} is none of {', '.join(schema['enum'])}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise Wrong(f"{where}: {value!r} does not match {schema['pattern']}")
    if "minimum" in schema and value < schema["minimum"]:
        raise Wrong(f"{where}: {value} is less than {schema['minimum']}")
    if isinstance(value, dict) and schema.get("type") == "object":
        check_object(root, schema, value, where)
    if isinstance(value, list) and "items" in schema:
        for i, one in enumerate(value):
            check(root, schema["items"], one, f"{where}[{i}]")


def answers(root, name, value):
    """Against the answer @name; a failure and lines of a follower say what they are."""
    if "error" in value and name != "answer-error":
        raise Wrong(f"the command failed: {value['error']}")
    if name == "answer-event" and value.get("type") == "lost":
        name = "answer-lost"
    if name not in root["$defs"]:
        raise Wrong(f"{name}: docs/schema.json does not define it")
    check(root, root["$defs"][name], value)


def check_commands(root, suture):
    done = subprocess.run([suture, "-j", "--help"], stdout=subprocess.PIPE, check=True)
    for command in json.loads(done.stdout)["commands"]:
        if f"answer-{command['name']}" not in root["$defs"]:
            raise Wrong(f"{command['name']}: docs/schema.json has no answer-{command['name']}: describe "
                        "what it answers there, then `make json`")


def main(argv):
    root = load()
    lines = argv[:1] == ["--lines"]
    argv = argv[1:] if lines else argv
    try:
        if argv[:1] == ["--commands"] and len(argv) == 2:
            check_commands(root, argv[1])
            return 0
        if len(argv) not in (1, 2):
            sys.exit(__doc__)
        with open(argv[1], encoding="utf-8") if len(argv) == 2 else sys.stdin as f:
            text = f.read()
        for one in text.splitlines() if lines else [text]:
            answers(root, argv[0], json.loads(one))
    except (Wrong, ValueError) as e:
        print(f"schema: {argv[0]}: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
