# SPDX-License-Identifier: GPL-2.0-only
"""The advised boot argument: booted, its goal is met, and with half of its slots it is not. Each guest of these has one of the three
pools, and all run one load."""
import json
import shlex
import subprocess

from harness import LIMIT, TOOL, Stress, between, contains, equal, kernels

MAPS, SIZE, SLOTS = 700, 4096, 1400
ADVISED = "swiotlb=2048,1,force"
# By the slots of the pool: what is advised of it, and the status of the check that goes with that.
EXPECTED = {8192: ("change", 0), 2048: ("keep", 0), 1024: ("change", 1)}


def load(stress):
    """Mappings that are live together; fewer where the pool is too small."""
    try:
        stress("fill", device=0, size=SIZE, count=MAPS)
    except OSError:
        pass
    stress("drain", device=0)


def watched(action, *line):
    """What a command of the tool that watches another one ends with, with the action inside: status, output, errors."""
    process = subprocess.Popen([TOOL, *line, "--", "/bin/sh", "-c", "echo attached >&2; read end || :"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    equal("the command's first line", process.stderr.readline(), "attached\n")
    action()
    output, errors = process.communicate(timeout=LIMIT)
    return process.returncode, output, errors


@kernels("static spins")
def test_line():
    """The line does not depend on the pool from which it is advised, unless that refuses; and the check says whether it holds."""
    with Stress() as stress:
        stress("device-add", count=1)
        status, output, errors = watched(lambda: load(stress), "advise", "-f", "json")
        equal("advise: exit status", (status, errors, output if status else ""), (0, "", ""))
        advice = json.loads(output)
        slots = advice["measured"]["slots"]
        state, holds = EXPECTED[slots]
        served = slots >= SLOTS
        equal("state", advice["state"], state)
        if served:
            equal("argument", advice["advised"]["argument"], ADVISED)
        else:
            between("slots advised", 2048, advice["advised"]["slots"], 8192)
        settings = {row["role"]: row for row in advice["settings"]}
        now = settings["now"]["predicted"]
        equal("maps", advice["trace"]["maps"], MAPS if served else slots // 2 + 1)
        equal("peak as it is", now["peak"], SLOTS if served else slots)
        equal("refused as it is", sum(now["refused"].values()), 0 if served else 1)
        if served:
            equal("half of the slots", settings["half_slots"]["misses"][0], "refusals")
        check = shlex.split(advice["advised"]["check"])
        equal("the check", check[:3], ["swiotlb", "check", "-t"])
        status, output, errors = watched(lambda: load(stress), "check", *check[4:])
        equal("check: exit status", (status, errors), (holds, ""))


@kernels("static spins")
def test_leak():
    """What leaks leaves no advice."""
    with Stress() as stress:
        stress("device-add", count=1)

        def leak():
            stress("leak", device=0, size=SIZE, count=3)
            stress("device-del", id=0)

        status, output, errors = watched(leak, "advise")
        equal("exit status", (status, errors), (4, ""))
        contains("advice", " ".join(output.split()), "none: 3 mappings leaked")
