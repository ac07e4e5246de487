# SPDX-License-Identifier: GPL-2.0-only
"""Recordings: what a window's recording tells is what its report told live, and what the module counts."""
import json
import os
import subprocess
import tempfile

from harness import LIMIT, TOOL, Stress, Watch, contains, equal, kernels, load_report, pool, report_path, tool

PAIRS = 500
LEAKED = 3
REFUSED = 20
SHOWN = ("maps", "unmaps", "bytes", "live", "live_slots", "leaked", "failures", "size_bytes")


class Recorder:
    """Records while the block runs, around a command that ends when it is told to. says: what it says, in parts."""

    def __init__(self, path, *arguments, says=()):
        self.path, self.arguments, self.says, self.process = path, arguments, says, None

    def __enter__(self):
        line = [TOOL, "record", *self.arguments, "-o", self.path, "--", "/bin/sh", "-c", "echo attached; read end || :"]
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        equal("the command's first line", self.process.stdout.readline(), "attached\n")
        return self

    def __exit__(self, kind, *_):
        _, errors = self.process.communicate(timeout=LIMIT)
        if kind is None:
            equal("record's exit status", self.process.returncode, 0)
            contains("what record says", errors, *self.says)
            equal("its lines", len(errors.splitlines()), 1 if self.says else 0)


def recorded_report(path, *arguments):
    """What is reported of a recording. On a busy host samples come late, which it says."""
    where = report_path()
    done = tool("report", "--format", "json", "-o", where, "--from", path, *arguments)
    done.stderr = "".join(line for line in done.stderr.splitlines() if "samples are missing for" not in line)
    return load_report(where, done)


def rows(shown):
    """The exact figures of each device of the module."""
    return {row["name"]: {key: row[key] for key in SHOWN} for row in shown["devices"]
            if row["name"].startswith("swiotlb_stress.")}


@kernels("static spins")
def test_as_live():
    """Both watch one load, from before it until after it: they have the same counts, those of the module."""
    with tempfile.TemporaryDirectory() as scratch, Stress() as stress:
        path = os.path.join(scratch, "recording")
        stress("device-add", count=2)
        with Recorder(path, "-d", "0.2"), Watch() as watch:
            before = stress.truth()
            stress.serve_and_leak(PAIRS, LEAKED)
            after = stress.truth()
        live, recorded = watch.report, recorded_report(path)
        equal("devices", rows(recorded), rows(live))
        for number in (0, 1):
            row = rows(recorded)[f"swiotlb_stress.{number}"]
            for key, truth in (("maps", "maps"), ("unmaps", "unmaps"), ("bytes", "map_bytes")):
                equal(f"{key} of device {number}", row[key], after[number][truth] - before[number][truth])
        equal("live", rows(recorded)["swiotlb_stress.1"]["live"], LEAKED)
        for key in ("slots", "used", "name", "kind"):
            equal(f"pool.{key}", pool(recorded)[key], pool(live)[key])
        equal("blocks", recorded["blocks"], live["blocks"])
        equal("kernel", recorded["kernel"], live["kernel"])
        equal("window", [recorded["window"][key] for key in ("ended", "exit_status", "interrupted")], [True, 0, False])
        part = recorded_report(path, "--window", "2d..")
        equal("devices of a part that is all", rows(part), rows(recorded))


def busy(stress):
    """Mappings that are served."""
    stress("start", device=0, cpu=0, sizes="512,4096", pairs=PAIRS, hold=4)
    stress("wait")


@kernels("static spins")
def test_trigger():
    """It stays silent under load; the first failure has the samples before it and behind it written, with stacks."""
    trigger = ("--trigger", "map.failures > 0")
    with tempfile.TemporaryDirectory() as scratch, Stress() as stress:
        path = os.path.join(scratch, "recording")
        stress("device-add", count=1)
        stress("leak", device=0, count=LEAKED, size=4096)
        with Recorder(path, *trigger, says=["no trigger fired", path]):
            busy(stress)
        equal("a file without a trigger", os.path.exists(path), False)
        with Recorder(path, *trigger, says=[path, "trigger 'map.failures > 0' fired", "before and a minute after"]):
            busy(stress)
            stress("leak", device=0, count=LEAKED, size=4096)
            before = stress.truth()
            stress("oversize", device=0, count=REFUSED)
            busy(stress)
            after = stress.truth()
        refused = after[0]["failures"] - before[0]["failures"]
        shown = recorded_report(path)
        equal("failures", (shown["failures"]["total"], refused), (REFUSED, REFUSED))
        equal("triggers", [row["assertion"] for row in shown["window"]["triggers"]], ["map.failures > 0"])
        intervals = [json.loads(line) for line in tool("top", "-f", "json", "--from", path).stdout.splitlines()]
        fired = [number for number, interval in enumerate(intervals) if interval["window"]["triggers"]]
        equal("samples that fired", len(fired), 1)
        failures = [interval["failures"]["total"] for interval in intervals]
        equal("failures before it", sum(failures[:fired[0]]), 0)
        equal("its figure", intervals[fired[0]]["window"]["triggers"][0]["value"], failures[fired[0]])
        stacks = [row["stack"] for row in shown["mappings"]["groups"] if row["count"] == LEAKED and row["stack"]]
        equal("mappings with a stack", len(stacks), 1)
