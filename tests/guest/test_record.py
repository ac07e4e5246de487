# SPDX-License-Identifier: GPL-2.0-only
"""Recordings: what a window's recording tells is what its report told live, and what the module counts."""
import os
import subprocess
import tempfile

from harness import LIMIT, TOOL, Stress, Watch, equal, kernels, pool, report

PAIRS = 500
LEAKED = 3
SHOWN = ("maps", "unmaps", "bytes", "live", "live_slots", "leaked", "failures", "size_bytes")


class Recorder:
    """Records while the block runs, around a command that ends when it is told to."""

    def __init__(self, path):
        self.path, self.process = path, None

    def __enter__(self):
        line = [TOOL, "record", "-d", "0.2", "-o", self.path, "--", "/bin/sh", "-c", "echo attached; read end || :"]
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        equal("the command's first line", self.process.stdout.readline(), "attached\n")
        return self

    def __exit__(self, kind, *_):
        _, errors = self.process.communicate(timeout=LIMIT)
        if kind is None:
            equal("record's exit status", (self.process.returncode, errors), (0, ""))


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
        with Recorder(path), Watch() as watch:
            before = stress.truth()
            for number in (0, 1):
                stress("start", device=number, cpu=number, sizes="512,4096", pairs=PAIRS, hold=4)
            stress("wait")
            stress("leak", device=1, count=LEAKED, size=4096)
            after = stress.truth()
        live, recorded = watch.report, report("--from", path)
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
        part = report("--from", path, "--window", "2d..")
        equal("devices of a part that is all", rows(part), rows(recorded))
