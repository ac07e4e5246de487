# SPDX-License-Identifier: GPL-2.0-only
"""Each case of docs/cases.md happens, and the tool answers what the page says."""
import os
import subprocess

from field_cases import cases_in
from harness import Context, contains, equal, kernels, read

PAGE = "docs/cases.md"


def section(case):
    """The page's part on a case."""
    found = [part for part in read(PAGE).split("\n## ") if part.startswith(f"{case.title}\n")]
    equal(f"parts of {PAGE} titled '{case.title}'", len(found), 1)
    return found[0]


def happen(case):
    """Makes a case happen, and keeps what the tool says for tools/cases."""
    # What is refused in one case is no news in the next.
    subprocess.run(["dmesg", "--clear"], check=True)
    found, text = case.happen()
    with open(f"{Context.reports}/{case.name}.txt", "w", encoding="utf-8") as file:
        file.write(text)
    return [finding for finding in found if finding not in case.may]


def check(scenario):
    """The findings of each case of a scenario are those of the page, in its data and in its text."""
    cases = cases_in(scenario)
    equal("findings", {case.name: happen(case) for case in cases}, {case.name: case.findings for case in cases})
    if "SWIOTLB_TEST_CASES" not in os.environ:
        for case in cases:
            contains(f"{PAGE} on {case.name}", section(case), *(f"(findings.md#{name})" for name in case.findings))


@kernels("static spins")
def test_in_cases():
    """Those that need no guest of their own."""
    check("cases")


@kernels("static spins")
def test_in_beyond_4g():
    """A network card that does not reach all memory."""
    check("beyond-4g")


@kernels("static spins")
def test_in_rings():
    """A pool in which what leaks is little."""
    check("rings")


@kernels("static spins")
def test_in_boot_misread():
    """No pool."""
    check("boot-misread")


@kernels("static spins")
def test_in_privileges():
    """Before lockdown."""
    check("privileges")


@kernels("grows")
def test_in_dynamic():
    """Pools that grow."""
    check("dynamic")
