# SPDX-License-Identifier: GPL-2.0-only
"""What empty programs add to a pair, by each way to hook its two ends."""
from pairs import Pairs

# Sets of programs/empty.bpf.c, by their prefix, beside the trampolines that this kernel takes. It may lack some.
CANDIDATES = ("session", "multi", "end", "copy", "kprobe", "plain")


def measure(kernel, _options):
    pairs = Pairs(kernel, True)
    pairs.around("warm up")
    return {"none": pairs.around("none"),
            "mappings": pairs.ours("mappings"),
            "fast": pairs.empty(pairs.hooks),
            **{name: pairs.empty(name) for name in CANDIDATES}}
