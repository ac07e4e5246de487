# SPDX-License-Identifier: GPL-2.0-only
"""What a look at the state takes, by areas and slots: a sample, a snapshot, a refresh of top; and what memory it needs."""
import json
import os
import subprocess
import time

from common import ALL, BUILD, TOOL, memory_of, read, reason, run, say

LOOK_LEVELS = ("state", "mappings", "audit")
TOP_LEVELS = ("locks,blocks", "locks,blocks,mappings")
# So many that what starts differ by does not matter.
INTERVALS = 50


def slots_of_pool():
    return int(read("/sys/kernel/debug/swiotlb/io_tlb_nslabs"))


def look(levels, mappings):
    """A session's samples and snapshots, with so many mappings of two slots alive."""
    output = run(os.path.join(BUILD, "look"), levels, str(mappings))[1]
    say(f"look {levels}: {output.strip()}")
    try:
        return json.loads(output.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return reason(output)


def top(levels, intervals):
    """Nanoseconds of processor time that so many intervals take, start and end included; None when it fails."""
    line = [TOOL, "top", "-b", "-d", "1", "--level", levels, "-n", str(intervals)]
    with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        status, usage = os.wait4(process.pid, 0)[1:]
        process.returncode = status
    return None if status else int((usage.ru_utime + usage.ru_stime) * 1e9)


def refresh(levels):
    """What one interval more takes: the samples in it, the snapshot and the lines."""
    short, long = top(levels, INTERVALS), top(levels, 2 * INTERVALS)
    if short is None or long is None:
        return reason("top failed")
    say(f"top {levels}: {short} ns, {long} ns")
    return {"ns": (long - short) // INTERVALS}


def memory(levels):
    """Of top, after its first interval."""
    with subprocess.Popen([TOOL, "top", "-b", "-d", "0.5", "--level", levels], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        first = os.read(process.stdout.fileno(), 65536)
        time.sleep(0.2)
        try:
            found = memory_of(process.pid)
        except (OSError, KeyError):
            found = reason(first.decode(errors="replace"))
        process.terminate()
        process.stdout.read()
    say(f"memory {levels}: {found}")
    return found


def measure(_kernel, options):
    """options: "top" to measure its refreshes as well, "memory" for what it needs."""
    slots = slots_of_pool()
    result = {"slots": slots, "mappings": slots // 20,
              "look": {levels: look(levels, slots // 20) for levels in LOOK_LEVELS}}
    if "memory" in options:
        result["memory"] = {levels: memory(levels) for levels in ("state", "mappings", ALL)}
    if "top" in options:
        result["top"] = {levels: refresh(levels) for levels in TOP_LEVELS}
    return result
