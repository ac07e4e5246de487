# SPDX-License-Identifier: GPL-2.0-only
"""What recording takes, by areas: processor time, bytes and memory for a sample a second; and what replaying an hour takes."""
import json
import os
import signal
import subprocess
import time

from common import BUILD, TOOL, memory_of, reason, run, say, stress

LEVELS = "locks,blocks,mappings"
# The difference of both runs is what samples take, without start and end. Before the half of the longer one, the compressor
# has touched all of its window, which is 38 samples of 64 areas.
SAMPLES = (20, 100)
HOUR = 3600
JUMPS = 4
# Not on a disk: what is measured is the recorder.
RECORDING = "/run/bench-recording"
REPLAYED = "/run/bench-hour"


def count(path):
    """Samples that a recording has."""
    text = subprocess.run([TOOL, "convert", path, "--to", "jsonl"], stdout=subprocess.PIPE, check=True).stdout
    return text.count(b"\n")


def fill(second):
    """Other mappings in each second, of up to half of the pool and of its areas."""
    stress("drain device=0")
    stress(f"fill device=0 size=4096 count={1000 * (1 + second * 5 % 8)}")


def record(samples):
    """A recorder that runs for so many samples, while mappings change."""
    if os.path.exists(RECORDING):
        os.unlink(RECORDING)
    line = [TOOL, "record", "-d", "1", "--level", LEVELS, "-o", RECORDING]
    with subprocess.Popen(line, stdin=subprocess.DEVNULL) as process:
        held = []
        for second in range(samples):
            fill(second)
            time.sleep(1)
            if second in (samples // 2, samples - 1):
                held.append(memory_of(process.pid))
        process.send_signal(signal.SIGINT)
        status, usage = os.wait4(process.pid, 0)[1:]
        process.returncode = status
    stress("drain device=0")
    if status:
        raise OSError(f"record ended with {status}")
    return {"samples": count(RECORDING), "ns": int((usage.ru_utime + usage.ru_stime) * 1e9), "bytes": os.path.getsize(RECORDING),
            "held": held}


def each(short, long):
    """What one sample more takes, and the memory at the end and its growth since the half."""
    more = long["samples"] - short["samples"]
    half, end = long["held"]
    return {"samples": more, "ns": (long["ns"] - short["ns"]) // more, "bytes": (long["bytes"] - short["bytes"]) // more,
            "resident": end["resident"], "anonymous": end["anonymous"], "peak": end["peak"],
            "grown": end["anonymous"] - half["anonymous"]}


def replay():
    """Of an hour, made of what was recorded."""
    program = os.path.join(BUILD, "replay")
    with subprocess.Popen([TOOL, "convert", RECORDING, "--to", "jsonl"], stdout=subprocess.PIPE) as lines:
        made = subprocess.run([program, "make", REPLAYED, str(HOUR)], stdin=lines.stdout, check=False)
    if made.returncode:
        return reason("no recording of an hour could be made")
    output = run(program, "time", REPLAYED, str(JUMPS))[1]
    say(f"replay: {output.strip()}")
    try:
        return {**json.loads(output.strip().splitlines()[-1]), "bytes": os.path.getsize(REPLAYED)}
    except (ValueError, IndexError):
        return reason(output)


def measure(_kernel, _options):
    try:
        runs = [record(samples) for samples in SAMPLES]
        say(f"record: {runs}")
        recorded = each(*runs)
    except (OSError, subprocess.SubprocessError) as error:
        return {"record": reason(str(error)), "replay": reason("nothing was recorded")}
    return {"record": recorded, "replay": replay()}
