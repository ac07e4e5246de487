#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Validate reports against docs/report.schema.json, and explanations against docs/explain.schema.json.

schema.py PRINT_FIXTURE   every fixture, and that the schema refuses nonsense
schema.py --explain JSON  what `swiotlb explain` wrote
schema.py --file REPORT   one report from a real run
"""
import copy
import json
import subprocess
import sys

import jsonschema

with open("docs/report.schema.json", encoding="utf-8") as file:
    SCHEMA = json.load(file)
with open("docs/explain.schema.json", encoding="utf-8") as file:
    EXPLAIN_SCHEMA = json.load(file)


def check(report, what, schema=SCHEMA):
    validator = jsonschema.Draft7Validator(schema)
    errors = [f"{what}: {'/'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(report)]
    return errors


def must_refuse(report, change, what):
    broken = copy.deepcopy(report)
    change(broken)
    return [] if check(broken, what) else [f"the schema accepts {what}"]


def check_fixtures(program):
    errors = []
    for fixture in ("quiet", "busy", "mappings", "attributed", "empty", "areas"):
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
    jsonschema.Draft7Validator.check_schema(EXPLAIN_SCHEMA)
    if sys.argv[1] == "--file":
        with open(sys.argv[2], encoding="utf-8") as report:
            errors = check(json.load(report), sys.argv[2])
    elif sys.argv[1] == "--explain":
        with open(sys.argv[2], encoding="utf-8") as explained:
            errors = check(json.load(explained), sys.argv[2], EXPLAIN_SCHEMA)
    else:
        errors = check_fixtures(sys.argv[1])
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
