#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How tests/run counts what guests say: which failures are tried again, which are flaky, and that prove reads it.

And that each guest has a name of its own.
"""
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import tempfile
import types

sys.dont_write_bytecode = True
sys.path.append("tests")
LOADER = importlib.machinery.SourceFileLoader("run", "tests/run")
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", LOADER))
LOADER.exec_module(run)
tap = run.tap

GUEST = types.SimpleNamespace(name="guest", kernel="6.1", options=[], tests=["a", "b"], slow=False)
PASS = ["ok - a.one # 1.0 s", "ok - b.two # 2.0 s", "1..2"]
SKIP = ["ok - a.one # SKIP no disk", "ok - b.two # 2.0 s", "1..2"]
FAIL = ["ok - a.one # 1.0 s", "not ok - b.two # 2.0 s", "# Traceback", "# AssertionError: 1, not 2", "1..2"]
REST = ["ok - b.two # 2.0 s", "1..1"]
REST_FAILS = ["not ok - b.two # 2.0 s", "# AssertionError: 1, not 2", "1..1"]
CUT = ["ok - a.one # 1.0 s"]
DIED, WARNED = 125, run.WARNED
# How a command that boots guests ends, time by time; then what has passed and failed, and which are flaky.
STEPS = {
    "succeeds": ([0], 1, 0, []),
    "succeeds in fresh guests": ([1, 0], 1, 0, ["guests: exit status 1"]),
    "fails": ([1, 2], 0, 1, []),
}
# What a guest says, how it ends, boot by boot; then what has passed, failed, was skipped and is flaky.
CASES = {
    "passes": ([(PASS, 0)], 3, 0, 0, []),
    "is skipped": ([(SKIP, 0)], 2, 0, 1, []),
    "fails once": ([(FAIL, 0), (REST, 0)], 3, 0, 0, ["guest b.two: AssertionError: 1, not 2"]),
    "fails twice": ([(FAIL, 0), (REST_FAILS, 0)], 2, 1, 0, []),
    "dies once": ([(CUT, DIED), (REST, 0)], 3, 0, 0, ["guest guest: status 125"]),
    "dies twice": ([(CUT, DIED), ([], DIED)], 1, 1, 0, []),
    "fails, then dies": ([(FAIL, 0), ([], DIED)], 1, 2, 0, []),
    "warns": ([(PASS, WARNED)], 2, 1, 0, []),
    "fails and warns": ([(FAIL, WARNED)], 1, 2, 0, []),
    "fails, then warns": ([(FAIL, 0), (REST, WARNED)], 2, 1, 0, ["guest b.two: AssertionError: 1, not 2"]),
    "ends early": ([(CUT, 0), (REST, 0)], 3, 0, 0, ["guest guest: status 0"]),
}


class Boots:
    """A runner whose guests say what a case tells them to."""

    def __init__(self, boots):
        self.boots, self.lines = list(boots), []

    def run(self, line, log, seen=None):
        said, status = self.boots.pop(0)
        self.lines.append(line)
        with open(log, "w", encoding="utf-8") as file:
            file.writelines(f"{text}\n" for text in said)
        for text in said:
            seen(text)
        return status


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def prove(what, lines, passes):
    """A TAP consumer comes to the same result."""
    with tempfile.NamedTemporaryFile("w", suffix=".tap") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        done = subprocess.run(["prove", "-e", "cat", file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
    if (done.returncode == 0) != passes or "Parse errors" in done.stdout:
        sys.exit(f"{what}: prove says {done.stdout}of {lines}")


def check(what, boots, passed, failed, skipped, flaky, of=lambda *both: run.run_guest(*both, GUEST, "module.ko", 900)):
    said = [tap.VERSION]
    results, runner = run.Results(said.append), Boots(boots)
    of(runner, results)
    expect(f"{what}: boots left", runner.boots, [])
    counts = (len(results.passed), len(results.failed), len(results.skipped))
    expect(f"{what}: passed, failed, skipped", counts, (passed, failed, skipped))
    expect(f"{what}: flaky", [name for name, wanted in zip(results.flaky, flaky) if not name.startswith(wanted)], [])
    expect(f"{what}: number of flaky", len(results.flaky), len(flaky))
    if len(runner.lines) > 1 and boots[0][0]:
        expect(f"{what}: left out of the second boot", [word for word in runner.lines[1] if word.startswith("-a.")], ["-a.one"])
    expect(f"{what}: exit status", results.end(), int(failed > 0))
    closing = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    expect(f"{what}: last lines", said[-1], closing)
    expect(f"{what}: line of flaky", f"{len(flaky)} flaky" in said, bool(flaky))
    prove(what, "\n".join(said).splitlines(), not failed)


def main():
    with tempfile.TemporaryDirectory() as directory:
        run.OUT = os.path.realpath(directory)
        for what, case in CASES.items():
            check(what, *case)
        for what, (ends, passed, failed, flaky) in STEPS.items():
            check(what, [([], status) for status in ends], passed, failed, 0, flaky,
                  lambda *both: run.guest_step(*both, "guests", "command"))
    for line in (tap.result(True, "a.one", "1.0 s"), tap.result(False, "a.one"), tap.skip("a.one", "no disk")):
        expect(line, tap.parse(line)[1], "a.one")
    expect("a line of a log", tap.parse("okay - this is none"), None)
    names = [guest.name for guest in run.GUESTS + run.RARE + run.BY_HAND]
    expect("names that two guests have", [name for name in names if names.count(name) > 1], [])


if __name__ == "__main__":
    main()
