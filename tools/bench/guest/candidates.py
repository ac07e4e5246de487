# SPDX-License-Identifier: GPL-2.0-only
"""What empty programs add to a pair, by each way to hook its two ends."""
from common import TRAMPOLINES
from pairs import Pairs

# Sets of programs/empty.bpf.c, by their prefix.
CANDIDATES = ("fast", "direct", "session", "multi", "end", "copy", "kprobe")


def measure(kernel, _options):
    pairs = Pairs(kernel, True)
    pairs.around("warm up")
    skipped = "direct" if kernel in TRAMPOLINES else "fast"
    return {"none": pairs.around("none"),
            "mappings": pairs.ours("mappings"),
            **{name: pairs.empty(name) for name in CANDIDATES if name != skipped}}
