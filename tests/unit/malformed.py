#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Malformed assertions: each gives exit status 2 and one line that names the column.

malformed.py PROGRAM [COUNT]

The same ones every time: good ones, spoilt by a generator with a fixed seed. What a change leaves good is not counted.
"""
import random
import re
import subprocess
import sys

GOOD = ["block.leaked == 0", "lock.wait.p99{pool=default,area=3} < 50us", "pool.used <= 80%", "map.bytes < 64MiB",
        "block.live <= baseline", "lock.wait.max <= baseline * 1.10", "area.used{device=\"a b\"} >= 5 slots",
        "device.failures{device=0000:*} != 7", "area.used_drift > -5", "block.live <= baseline + 10%"]
PIECES = ["{", "}", "<", "=", "==", "!", "%", "\"", ",", "baseline", "*", "-", "+", "us", "KiB", "9" * 30, ".", " ", "\t",
          "\n", "\x1b[2J", "\x7f", "é", "\udcff", "a" * 500, "pool", "%s%n", "0x10", "1e9", "-1", "area=", "\\"]
LINE = re.compile(r"^swiotlb: check: --assert '.*': column [1-9][0-9]*: \S", re.DOTALL)


def spoil(text, chance):
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(text))
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:at] + chance.choice(PIECES) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + chance.randint(1, 4):]
        elif kind == 2:
            text = text[:at] + chr(chance.randint(1, 126)) + text[at + 1:]
        else:
            text = text[:at] + chance.choice(GOOD)[chance.randint(0, 12):]
    return text


def wrong(program, text):
    """What is wrong with the answer to it: "" when nothing is; None when the text is good."""
    run = subprocess.run([program, "check", "--list-metrics", f"--assert={text}"], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10, check=False)
    message = run.stderr.decode(errors="surrogateescape")
    if run.returncode == 0 and not message:
        return None
    if run.returncode != 2:
        return f"exit status {run.returncode}: {message}"
    if run.stdout or message.count("\n") != 1 or not message.endswith("\n"):
        return f"not one line: {message}"
    return "" if LINE.match(message) else f"no column: {message}"


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    chance = random.Random(5)
    tried, errors = 0, 0
    while tried < count:
        text = spoil(chance.choice(GOOD), chance)
        answer = wrong(program, text)
        if answer is None:
            continue
        tried += 1
        if answer:
            errors += 1
            print(f"{ascii(text)}: {answer}", file=sys.stderr)
    print(f"{tried} malformed assertions, {errors} errors")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
