# SPDX-License-Identifier: GPL-2.0-only
"""The figures of a report by the names of their metrics, and what these are called in expositions."""
import re
import subprocess

SECOND = 10**9
# Where a report has a metric, if not where its name says.
RENAMED = [(r"^map\.failures$", "failures.total"), (r"^device\.failures\.", "failure_causes."), (r"^map\.failures\.", "failures."),
           (r"^map\.", "mappings."), (r"^block\.", "blocks."), (r"^table\.", "tables."), (r"^gone\.", "gone_pools.lock."),
           (r"^kernel_log\.refused$", "kernel_log.requests"), (r"^(pool|area|device)\.", ""), (r"\b(wait|hold)\.", r"\1_ns."),
           (r"\.time$", ".ns"), (r"\boldest$", "oldest_seconds"), (r"\bbounce$", "bounce_ns")]


def metrics_of(program):
    """{metric: (entity, kind, unit)}"""
    lines = subprocess.run([program, "check", "--list-metrics"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return {line.split()[0]: tuple(line.split()[1:4]) for line in lines[1:]}


def value_of(metric, entity):
    """The number at its place; LookupError where there is no such place."""
    path = metric
    for pattern, there in RENAMED:
        path = re.sub(pattern, there, path)
    for key in path.split("."):
        if entity is None:
            return None
        entity = entity[key]
    return round(entity * SECOND) if path.endswith("_seconds") and entity is not None else entity


def family_of(metric, kind, unit):
    """(family, name of its samples, what a value is multiplied by)"""
    name = re.sub(r"_total$", "", "swiotlb_" + metric.replace(".", "_"))
    suffix, factor = {"ns": ("_seconds", 1), "bytes": ("_bytes", 1), "slots": ("_bytes", 2048)}.get(unit, ("", 1))
    if suffix:
        name = re.sub("_slots$" if name.endswith("_slots") else "_bytes$", "", name) + suffix
    return name, name + ("_total" if kind == "counter" else ""), factor
