# SPDX-License-Identifier: GPL-2.0-only
"""How long tools take from their start to their first figures.

Where instructions are counted, the processor time of a tool is exact, but its elapsed time is not: the guest's time flies
while it waits for the host. So the one is taken there, the other where four CPUs run by the host's clock.
"""
import os
import re
import subprocess
import time

from common import TOOL, ledger, load, reason, say

STARTS = 3


def once(pattern, line):
    """(nanoseconds from exec to the first figure, processor time until the end); None without a figure."""
    begin = time.monotonic_ns()
    try:
        tool = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    with tool:
        text, elapsed = b"", None
        while data := os.read(tool.stdout.fileno(), 65536):
            text += data
            if elapsed is None and re.search(pattern, text):
                elapsed = time.monotonic_ns() - begin
        usage = os.wait4(tool.pid, 0)[2]
        tool.returncode = 0
    return (elapsed, int((usage.ru_utime + usage.ru_stime) * 1e9)) if elapsed else None


def first(name, pattern, line):
    """The quickest of some starts, the later ones of which find all files in memory."""
    taken = [once(pattern, line) for _ in range(STARTS)]
    say(f"start {name}: {taken}")
    if None in taken:
        return reason(f"{name} shows no figure")
    return {"elapsed_ns": min(elapsed for elapsed, _ in taken), "cpu_ns": min(cpu for _, cpu in taken)}


def measure(kernel):
    """Around a load of next to nothing, so that a start is all there is to see."""
    few = ["/bin/sh", load("few")]
    return {
        "top": first("top", rb"\S", [TOOL, "top", "-b", "-n", "1", "-d", "0.1", "--level", "mappings"]),
        "report": first("report", rb"\S", [TOOL, "report", "--level", "mappings", "--", *few]),
        "state": first("state", rb"\S", [TOOL, "report", "--level", "state", "--", *few]),
        "bpftrace": first("bpftrace", rb"(?m)^@", ["bpftrace", "-c", " ".join(few), ledger(kernel)]),
    }
