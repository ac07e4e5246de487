#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check that the schema (user/model/schema.c) has a row for each member of the structs that a snapshot is made of.

test_schema checks the same for their bytes, and cannot tell a small member from padding.
"""
import re
import sys

HEADERS = ("user/model/snapshot.h", "user/model/growth.h", "user/model/boot.h", "user/model/bounce.h", "user/model/trace.h")
# Made of other structs, whose members have rows of their own in each entity.
PARTS = ("waits", "holds", "area_blocks", "block_totals", "mapping_totals", "copies", "pool_makings", "pools_made", "log_totals",
         "kernel_info", "boot_request", "window", "growth", "bounce", "bounce_totals", "trace_totals", "trace")
NOT_SHOWN = ("stack", "growth_track", "growth_parts", "boot_syntax")


def structs(text):
    for name, body in re.findall(r"^struct (\w+) {\n(.*?)^};", text, re.M | re.S):
        body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
        yield name, re.findall(r"(\w+)(?:\[[^\]]*\])*;", body), dict(re.findall(r"struct (\w+) (\w+);", body))


def rows(text):
    """The members that rows name, by entity: such as "locks.contended" of area."""
    for entity, table in re.findall(r"#define ENTITY struct (\w+)\n(.*?)#undef ENTITY", text, re.S):
        flat = re.sub(r"\s+", " ", table)
        kept = set(re.findall(r"(?:KEPT|SHOWN|FLAG|METRIC|LIST)\(([\w.]+)", flat))
        kept |= set(re.findall(r"LIST\([\w.]+, ([\w.]+)", flat))
        for member in re.findall(r"KEPT_WAITS\(([\w.]+)\)", flat):
            kept |= {f"{member}.wait", f"{member}.tracepoint"}
        for member in re.findall(r"ALL_COPIES\(([\w.]+)", flat):
            kept |= {f"{member}.copies", f"{member}.redundant"}
        kept |= set(re.findall(r"POOLS_MADE\(([\w.]+)", flat))
        yield entity, kept


def main():
    known = {}
    for header in HEADERS:
        with open(header, encoding="utf-8") as file:
            for name, members, parts in structs(file.read()):
                known[name] = members, {member: part for part, member in parts.items()}
    with open("user/model/schema.c", encoding="utf-8") as file:
        named = dict(rows(file.read()))
    errors = [f"struct {name} is no entity of the schema"
              for name in known if name not in named and name not in PARTS + NOT_SHOWN]
    for entity, kept in named.items():
        members, parts = known[entity]
        for member in members:
            inner = known[parts[member]][0] if parts.get(member) in PARTS else []
            for path in [f"{member}.{name}" for name in inner] or [member]:
                if path not in kept:
                    errors.append(f"struct {entity}: {path} has no row")
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
