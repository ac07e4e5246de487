# SPDX-License-Identifier: GPL-2.0-only
"""What recording takes, by areas: processor time, bytes and memory for a sample a second; and what replaying an hour takes."""
import json
import os
import signal
import subprocess
import time

from common import BUILD, TOOL, memory_of, read, reason, run, say, stress

LEVELS = "locks,blocks,mappings"
# Between these seconds of a recorder it is measured: the first samples settle its memory, and the loads of eight seconds repeat.
BETWEEN = (24, 104)
HOUR = 3600
JUMPS = 4
# Not on a disk: what is measured is the recorder.
RECORDING = "/run/bench-recording"
REPLAYED = "/run/bench-hour"


def samples_between(first, last):
    """Samples of the recording in a time."""
    text = subprocess.run([TOOL, "convert", RECORDING, "--to", "jsonl"], stdout=subprocess.PIPE, check=True).stdout
    taken = [json.loads(line)["window"]["realtime_ns"] for line in text.splitlines()]
    return sum(first < ns <= last for ns in taken)


def fill(second):
    """Other mappings in each second, of up to half of the pool and of its areas."""
    stress("drain device=0")
    stress(f"fill device=0 size=4096 count={1000 * (1 + second * 5 % 8)}")


def look(process):
    """What a recorder has taken so far, and has."""
    return {"at": time.time_ns(), "ns": int(read(f"/proc/{process.pid}/schedstat").split()[0]), "bytes": os.path.getsize(RECORDING),
            **memory_of(process.pid)}


def watch():
    """A recorder at both seconds, while mappings change."""
    line = [TOOL, "record", "-d", "1", "--level", LEVELS, "-o", RECORDING]
    looks = []
    with subprocess.Popen(line, stdin=subprocess.DEVNULL) as process:
        for second in range(BETWEEN[-1]):
            fill(second)
            time.sleep(1)
            if second + 1 in BETWEEN:
                looks.append(look(process))
        process.send_signal(signal.SIGINT)
    stress("drain device=0")
    if process.returncode:
        raise OSError(f"record ended with {process.returncode}")
    return looks


def record():
    """What a sample more takes, the memory at the end, and by how much the recorder's own grew."""
    looks = watch()
    first, last = looks[0], looks[-1]
    samples = samples_between(first["at"], last["at"])
    say(f"record: {samples} samples between {first} and {last}")
    return {"samples": samples, "ns": (last["ns"] - first["ns"]) // samples, "bytes": (last["bytes"] - first["bytes"]) // samples,
            "resident": last["resident"], "anonymous": last["anonymous"], "peak": last["peak"],
            "grown": last["anonymous"] - first["anonymous"]}


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
        recorded = record()
    except (OSError, subprocess.SubprocessError) as error:
        return {"record": reason(str(error)), "replay": reason("nothing was recorded")}
    return {"record": recorded, "replay": replay()}
