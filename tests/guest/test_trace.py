# SPDX-License-Identifier: GPL-2.0-only
"""Traces of requests: each map and unmap of the stress module is in the recording, in an order that can have been.

A slot that a trace has given out is given out again only behind its unmap, and an unmap is of a slot that was given out.
"""
import json
import os
import subprocess
import tempfile

from harness import BLOCK_SLOTS, TOOL, Stress, Watch, between, environment, equal, has, kernels, note
from test_record import PAIRS, Recorder

COLUMNS = ("at_ns", "turn", "kind", "cpu", "device", "pool", "slot", "size", "align", "origin")
STEPS = ("at_ns", "turn")
UNMAP = 1
REFUSED = -1
SIZES = (512, 4096)
THREADS = 4
REPLAY = os.path.join(os.path.dirname(TOOL), "unit/replay_trace")
# Of sizes from less than a slot to half a segment, so many that areas are full.
MIXED = "64,512,2048,3000,4096,9000,16384,65536,131072"
# Mappings that each thread keeps: as many as an area has room for, and half as many.
HOLD = 600
HOLD_OF_GROWING = 300
REQUESTS = int(os.environ.get("SWIOTLB_TEST_REQUESTS") or 100_000)
# Requests that the rings of a small table hold, a CPU each.
SMALL_RING = "64"


def column(text, steps):
    numbers, before = [int(word) for word in text.split()], 0
    for i, number in enumerate(numbers):
        if steps:
            numbers[i] = before = before + number
    return numbers


class Trace:
    """What all samples of a recording have: requests as dictionaries, and the last sample."""

    def __init__(self, path):
        self.requests, self.states, self.lost = [], [], 0
        text = subprocess.run(["zstdcat", path], check=True, stdout=subprocess.PIPE, text=True).stdout
        for line in text.splitlines():
            sample = json.loads(line)
            part = sample["trace"]["part"]
            columns = [column(part["requests"][name], name in STEPS) for name in COLUMNS]
            devices, pools = part["devices"], part["pools"]
            for row in zip(*columns):
                request = dict(zip(COLUMNS, row))
                request["device"] = devices[request["device"]]["name"]
                request["area_slots"] = pools[request["pool"]]["slots"] // pools[request["pool"]]["areas"]
                self.requests.append(request)
            self.states.append({name: column(part["areas"][name], False) for name in part["areas"]})
            self.lost += part["lost"]
        self.totals = sample["trace"]

    def count(self, device, kind):
        return sum(1 for each in self.requests
                   if each["device"] == device and each["kind"] == kind and each["slot"] != REFUSED)

    def check_order(self):
        """Gaps in the turns of an area, and requests that cannot have come in this order."""
        turns, live, gaps, wrong = {}, set(), 0, []
        for request in self.requests:
            slot = (request["pool"], request["slot"])
            if request["slot"] == REFUSED:
                continue
            area = (request["pool"], request["slot"] // request["area_slots"])
            gaps += request["turn"] != turns.get(area, request["turn"] - 1) + 1
            turns[area] = request["turn"]
            if (slot in live) != (request["kind"] == UNMAP):
                wrong.append(request)
            if request["kind"] == UNMAP:
                live.discard(slot)
            else:
                live.add(slot)
        equal("requests out of order", wrong[:3], [])
        equal("gaps", gaps, 0)
        return live


def recorded(stress, load, read_recording):
    """What is read of the recording of a load, and what the module counts: {device id: {key: difference}}."""
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "recording")
        with Recorder(path, "--level", "trace"):
            before = stress.truth()
            load()
            after = stress.truth()
        trace = read_recording(path)
    counts = {number: {key: row[key] - before[number][key] for key in ("maps", "unmaps")} for number, row in after.items()}
    return trace, counts


def loaded(stress, pairs, sizes=",".join(map(str, SIZES)), hold=4):
    for number in range(THREADS):
        stress("start", device=number, cpu=number % os.cpu_count(), sizes=sizes, pairs=pairs, hold=hold)
    stress("wait")


@kernels("static spins", "blocks spins")
def test_every_request():
    """The trace has each map and unmap of the module, sizes and devices as they were, in an order without gaps."""
    with Stress() as stress:
        stress("device-add", count=THREADS)

        trace, counts = recorded(stress, lambda: loaded(stress, PAIRS), Trace)
        note(f"{len(trace.requests)} requests; {({key: trace.totals[key] for key in ('maps', 'unmaps', 'refused')})}")
        for number, row in counts.items():
            name = f"swiotlb_stress.{number}"
            equal(f"maps of {name}", trace.count(name, 0), row["maps"])
            equal(f"unmaps of {name}", trace.count(name, UNMAP), row["unmaps"])
        own = [each for each in trace.requests if each["device"].startswith("swiotlb_stress.")]
        equal("sizes", {each["size"] for each in own}, set(SIZES))
        equal("lost", (trace.lost, trace.totals["lost"]), (0, 0))
        equal("unordered", trace.totals["unordered"], 0)
        trace.check_order()
        equal("areas whose state is known", sum(len(state["area"]) for state in trace.states) > 0, True)


@kernels("static spins", "blocks spins")
def test_counted():
    """A report counts the requests, and keeps none."""
    with Stress() as stress:
        stress("device-add", count=THREADS)
        with Watch("--level", "trace") as watch:
            before = {key: stress.total(key) for key in ("maps", "unmaps")}
            loaded(stress, PAIRS)
            counts = {key: stress.total(key) - before[key] for key in before}
    shown = watch.report["trace"]
    for key, count in counts.items():
        between(key, count, shown[key], 2 * count)
    equal("lost, unordered", (shown["lost"], shown["unordered"]), (0, 0))
    equal("requests", shown["part"]["requests"], None)


@kernels("blocks spins")
def test_own_pool():
    """Requests of a device with a pool of its own are that pool's, the refused one as well."""
    def fill():
        stress("fill", device=0, size=4096)
        stress("drain", device=0)

    with Stress() as stress:
        stress("device-add")
        stress.allocate(0)
        trace, counts = recorded(stress, fill, Trace)
        equal("maps", counts[0]["maps"], BLOCK_SLOTS // 2)
        own = [each for each in trace.requests if each["device"] == "swiotlb_stress.0"]
        equal("requests", len(own), BLOCK_SLOTS + 1)
        equal("refused", sum(1 for each in own if each["slot"] == REFUSED), 1)
        equal("slots in an area of their pools", {each["area_slots"] for each in own}, {BLOCK_SLOTS})
        trace.check_order()


@kernels("static spins", "blocks spins")
def test_small_ring():
    """What rings of a few requests cannot hold is lost, and counted exactly."""
    with Stress() as stress, environment("SWIOTLB_TABLE", SMALL_RING):
        stress("device-add", count=THREADS)
        trace, counts = recorded(stress, lambda: loaded(stress, PAIRS), Trace)
        own = sum(row["maps"] + row["unmaps"] for row in counts.values())
        seen = sum(trace.totals[key] for key in ("maps", "unmaps", "refused"))
        note(f"{len(trace.requests)} of {seen} requests, {trace.lost} lost")
        between("requests of the module", 1, own, seen)
        between("lost", 1, trace.lost, seen)
        equal("kept and lost", len(trace.requests) + trace.lost, seen)
        equal("lost in all", trace.totals["lost"], trace.lost)


def replayed(path):
    """What the search of this kernel, as a pure function, makes of the trace."""
    search = "6.1" if os.uname().release.startswith("6.1.") else "6.12"
    done = subprocess.run([REPLAY, search, path], check=True, stdout=subprocess.PIPE, text=True)
    note(done.stdout)
    return json.loads(done.stdout)


@kernels("static spins", "blocks spins")
def test_replay():
    """The search that is a pure function gives each mapping the slot that the kernel gave it, also where areas are full."""
    with Stress() as stress:
        stress("device-add", count=THREADS)
        # Where pools grow, requests of those that are made meanwhile are in no order.
        hold = HOLD if has("static") else HOLD_OF_GROWING
        result, counts = recorded(stress, lambda: loaded(stress, REQUESTS // 2 // THREADS, MIXED, hold), replayed)
    between("maps of the module", 1, sum(row["maps"] for row in counts.values()), result["same"])
    equal("maps in another slot", result["other"], 0)
    equal("what is missing", {key: result[key] for key in ("unknown", "skipped", "unordered", "lost")},
          {"unknown": 0, "skipped": 0, "unordered": 0, "lost": 0})
