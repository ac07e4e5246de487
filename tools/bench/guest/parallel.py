# SPDX-License-Identifier: GPL-2.0-only
"""What four CPUs at once show: waits that are found, what is lost; and start and memory, by the host's clock."""
import json
import os
import re
import time

import start
from common import ALL, Tool, ledger, load, memory_of, peer, read, reason, report, run, say, stress_sum
from state import memory

REPORT = "/run/bench-report"
PERF = "/run/bench-perf"
SCRIPT = "/run/bench-script"
WAITS_PAIRS, LOSS_PAIRS = 20000, 25000
LOSS_LEVELS = "locks,blocks,mappings,bounces,callers"


def contended(shown):
    return sum(area["lock"]["contended"] for pool in shown["pools"] for area in pool["areas"])


def perf_waits(status, text):
    """What perf lock contention shows for callers in swiotlb, and for all."""
    if status:
        return reason(text)
    rows = re.findall(r"(?m)^\s*(\d+)\s+\S+ [num]?s\s.*?(\S+)\s*$", text)
    return {"swiotlb": sum(int(count) for count, caller in rows if "swiotlb" in caller),
            "all": sum(int(count) for count, _ in rows)}


def script_waits(text):
    """What the script counted: an entry a stack."""
    found = re.findall(r"@waits\[([^]]*)\]: (\d+)", text)
    return {"swiotlb": sum(int(count) for stack, count in found if "swiotlb" in stack),
            "all": sum(int(count) for _, count in found)}


def waits():
    """All three watch the same load: ours the recorder, that the script, that the load."""
    script = ["bpftrace", "-q", "-o", SCRIPT, "-c", f"/bin/sh {load('contend')} {WAITS_PAIRS}", peer("waits.bt")]
    done = run(*report("locks,tracepoints", REPORT, "perf", "lock", "record", "-a", "-o", PERF, "--", *script))
    try:
        shown = json.loads(read(REPORT))
        result = {"swiotlb": contended(shown), "perf lock contention": perf_waits(*run("perf", "lock", "contention", "-i", PERF)),
                  "contention_begin": script_waits(read(SCRIPT))}
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(f"waits: {error!r}\n{done[1]}")
        result = reason(done[1])
    say(f"waits: {result}")
    return result


def loss():
    """As many pairs as four CPUs can make, with everything attached but what counts each lock of the system."""
    before, began = stress_sum("maps"), time.monotonic()
    _, output = run(*report(LOSS_LEVELS, REPORT, "/bin/sh", load("contend"), str(LOSS_PAIRS)))
    seconds = time.monotonic() - began
    try:
        shown = json.loads(read(REPORT))
        result = {"levels": LOSS_LEVELS, "made": stress_sum("maps") - before, "seen": shown["mappings"]["maps"],
                  "lost": shown["loss"]["total"], "waits": contended(shown), "seconds": round(seconds, 1)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(f"loss: {error!r}\n{output}")
        result = reason(output)
    say(f"loss: {result}")
    return result


def memory_of_bpftrace(kernel):
    """With the ledger's script, after a load."""
    with Tool("Attaching", "bpftrace", ledger(kernel)) as tool:
        # It says that it attaches, not that it has.
        time.sleep(10)
        if not tool.running():
            return reason(read(Tool.LOG))
        run("/bin/sh", load("contend"), "100")
        found = memory_of(tool.process.pid)
    say(f"memory bpftrace: {found}")
    return found


def measure(kernel, _options):
    result = {"cpus": os.cpu_count(), "start": start.measure(kernel), "waits": waits(), "loss": loss()}
    result["memory"] = {levels: memory(levels) for levels in ("state", "mappings", ALL)}
    result["memory"]["bpftrace"] = memory_of_bpftrace(kernel)
    return result
