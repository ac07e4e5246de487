# SPDX-License-Identifier: GPL-2.0-only
"""Each case of docs/cases.md happens, and the tool answers what the page says."""
import os
import subprocess

from field_cases import CASES
from harness import Context, Stress, contains, equal, kernels, read

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
    with Stress() as stress:
        stress("device-add", count=2)
        findings, text = case.happen(stress)
    with open(f"{Context.reports}/{case.name}.txt", "w", encoding="utf-8") as file:
        file.write(text)
    return findings


@kernels("static spins")
def test_each():
    """The findings are those of the page, in its data and in its text."""
    equal("findings", {case.name: happen(case) for case in CASES}, {case.name: case.findings for case in CASES})
    if "SWIOTLB_TEST_CASES" not in os.environ:
        for case in CASES:
            contains(f"{PAGE} on {case.name}", section(case), *(f"(findings.md#{name})" for name in case.findings))
