# SPDX-License-Identifier: GPL-2.0-only
"""Results of tests as TAP (testanything.org), which tests, guests and lint write and tests/run reads.

A result is "ok - NAME # TEXT", "not ok - NAME # TEXT" or "ok - NAME # SKIP REASON". What explains it stands behind, in
lines that begin with "# ". The plan, "1..N", is the last line: without it the tests have not come to their end.
"""
import re

VERSION = "TAP version 13"
RESULT = re.compile(r"(not )?ok\b *\d* *-? *([^#]*?) *(?:# *(.*))?")


def result(passed, name, text=""):
    """The line of a result."""
    return f"{'ok' if passed else 'not ok'} - {name}" + (f" # {text}" if text else "")


def skip(name, reason):
    return result(True, name, f"SKIP {reason}")


def comment(text):
    """What explains a result, as lines."""
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())


def plan(count):
    return f"1..{count}"


def parse(line):
    """(passed, name, text) of a result, or None for any other line."""
    found = RESULT.fullmatch(line)
    return found and (not found[1], found[2], found[3] or "")


def skipped(text):
    """Why a result with this text was skipped, or None."""
    return text[4:].strip() if text[:4].upper() == "SKIP" else None
