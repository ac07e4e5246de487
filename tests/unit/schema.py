#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Validate reports against docs/report.schema.json, explanations, differences and advice against their schemas in docs.

schema.py PRINT_FIXTURE   every fixture, and that the schema refuses nonsense
schema.py --explain JSON  what `swiotlb explain` wrote
schema.py --diff JSON     what `swiotlb diff` wrote
schema.py --advice JSON   what `swiotlb advise` wrote
schema.py --files DIRECTORY   the reports of real runs in it
schema.py --write PRINT_FIXTURE   write docs/report.schema.json anew
"""
import copy
import glob
import json
import subprocess
import sys

import jsonschema


def read(path):
    with open(path, encoding="utf-8") as written:
        return json.load(written)


SCHEMA = read("docs/report.schema.json")
OTHERS = {f"--{name}": read(f"docs/{name}.schema.json") for name in ("explain", "diff", "advice")}


def check(report, what, schema=SCHEMA):
    validator = jsonschema.Draft7Validator(schema)
    errors = [f"{what}: {'/'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(report)]
    return errors


def must_refuse(report, change, what):
    broken = copy.deepcopy(report)
    change(broken)
    return [] if check(broken, what) else [f"the schema accepts {what}"]


def made(program):
    """The schema that follows from the members of a snapshot (user/model/schema.c)."""
    run = subprocess.run([program, "quiet", "schema"], stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)


def check_written(program):
    if made(program) == SCHEMA:
        return []
    return [f"docs/report.schema.json is old; write it anew: tests/unit/schema.py --write {program}"]


def lines(value, indent=""):
    """JSON with all that fits on a line there."""
    flat = json.dumps(value)
    if len(indent) + len(flat) <= 100 or not isinstance(value, (dict, list)):
        return flat
    deeper = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {lines(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(deeper + item for item in items) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + lines(item, deeper) for item in value) + f"\n{indent}]"


def check_fixtures(program):
    errors = check_written(program)
    for fixture in ("quiet", "busy", "mappings", "wrong_unmaps", "refusals", "attributed", "refused", "empty", "areas"):
        run = subprocess.run([program, fixture, "json"], stdout=subprocess.PIPE, check=True)
        report = json.loads(run.stdout)
        errors += check(report, fixture)
    errors += must_refuse(report, lambda r: r.pop("pools"), "a report without pools")
    errors += must_refuse(report, lambda r: r.update(schema="other/1"), "another schema")
    errors += must_refuse(report, lambda r: r.update(extra=1), "an unknown field")
    errors += must_refuse(report, lambda r: r["pools"][0].update(used=-1), "a negative figure")
    errors += must_refuse(report, lambda r: r["pools"][0].update(kind="odd"), "an unknown kind")
    return errors


def main():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    for schema in OTHERS.values():
        jsonschema.Draft7Validator.check_schema(schema)
    errors = []
    if sys.argv[1] == "--write":
        with open("docs/report.schema.json", "w", encoding="utf-8") as file:
            file.write(lines(made(sys.argv[2])) + "\n")
    elif sys.argv[1] == "--files":
        errors = [error for path in sorted(glob.glob(f"{sys.argv[2]}/*.json")) for error in check(read(path), path)]
    elif sys.argv[1] in OTHERS:
        errors = check(read(sys.argv[2]), sys.argv[2], OTHERS[sys.argv[1]])
    else:
        errors = check_fixtures(sys.argv[1])
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
