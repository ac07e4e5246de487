# SPDX-License-Identifier: GPL-2.0-only
"""All levels at once: which of them see everything on this kernel. docs/kernels.md is made of these reports."""
from harness import equal, has, kernels, report

LEVELS = ["locks", "mappings", "callers", "holds", "bounces", "tracepoints", "blocks"]


@kernels("static", "grows")
def test_all():
    """Every level that the kernel can have is attached, and sees everything. The others say why they see nothing."""
    shown = report("--level", ",".join(LEVELS), "-t", "0.1")
    absent = {"blocks": not has("blocks"), "holds": has("inlines")}
    levels = [level for level in LEVELS if not absent.get(level)]
    wrong = [(level, probe["name"], probe["reason"]) for level in levels for probe in shown["probes"]
             if level in probe["levels"] and probe["partial"]]
    equal("what is not seen", wrong, [])
