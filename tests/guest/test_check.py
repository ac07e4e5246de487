# SPDX-License-Identifier: GPL-2.0-only
"""`swiotlb check`: every fault and every leak fails the assertion made for it, which names the culprit, and no other.

Some damage lasts until the guest ends, so state is compared with a baseline from before it.
"""
import contextlib
import json
import os
import re
import subprocess

from harness import (LIMIT, HOLD_US, TOOL, Context, Stress, between, contains, environment, equal, fault, has, interrupt,
                     kernels, note, on_cpu, report, report_path, tool, wait_until)
from test_hold import devices_with_a_block_in
from test_lifecycle import loaded

REPEAT = int(os.environ.get("SWIOTLB_TEST_REPEAT", "1"))
DEVICES = 16

ASSERTIONS = ["lock.wait.max < 2ms",
              *(f"area.{name}{{pool=default}} <= baseline" for name in ("used_drift", "list_errors")),
              *(f"block.{name} <= baseline" for name in ("orphaned", "unreclaimed", "list_errors", "stale")),
              *(f"{name} == 0" for name in (
                  "block.leaked", "block.failed_with_room", "map.leaked", "map.failures.oversize",
                  "map.failures.alignment", "map.failures.fragmented", "map.failures.exhausted", "map.wrong_device",
                  "map.unmapped_twice", "map.wrong_size"))]


def options(assertions):
    return [word for assertion in assertions for word in ("-a", assertion)]


class Check:
    """Has the tool check while the block runs; then .result is what it said, and .status what it exited with."""

    def __init__(self, *arguments):
        self.path = f"/tmp/{Context.test}.check"
        self.line = [TOOL, "check", "--format", "json", "-o", self.path, *arguments,
                     "--", "/bin/sh", "-c", "echo attached; read end || :"]
        self.process = self.result = self.status = None

    def __enter__(self):
        self.process = subprocess.Popen(self.line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "attached\n":
            raise AssertionError(f"check did not start: {self.process.communicate(timeout=LIMIT)[1]!r}")
        return self

    def __exit__(self, kind, *_):
        _, errors = self.process.communicate(timeout=LIMIT)
        if kind is None:
            self.status = self.process.returncode
            equal("messages", errors, "")
            with open(self.path, encoding="utf-8") as file:
                self.result = json.load(file)
            equal("exit status in the result", self.result["exit_status"], self.status)

    def by_outcome(self, outcome):
        return {entry["metric"]: entry for entry in self.result["assertions"] if entry["outcome"] == outcome}


@contextlib.contextmanager
def expected(*metrics, culprit):
    """What is done in the block violates the assertions on these metrics, and no other; the culprit is named."""
    base = report_path()
    made = tool("report", "-t", "0.1", "--level", "state", "--format", "json", "-o", base)
    equal("baseline", (made.returncode, made.stderr), (0, ""))
    with Check("--baseline", base, *options(ASSERTIONS)) as check:
        yield check
    violated = check.by_outcome("violated")
    undecided = {name: entry["reason"] for name, entry in check.by_outcome("undecided").items()}
    equal("violated and undecided", (sorted(violated), undecided), (sorted(metrics), {}))
    equal("exit status", check.status, 1 if metrics else 0)
    for entry in violated.values():
        worst = entry["worst"]
        said = [f"pool {worst['pool']}, area {worst['area']}", *(one["text"] for one in entry["culprits"])]
        contains(f"culprits of {entry['metric']}", " | ".join(said), culprit)


def one_to_free():
    """(device, area) of a block that is not the last of its area: behind that no list can be overrun."""
    shown = report("-t", "0.1", "--level", "state")
    per_area = shown["pools"][0]["areas"][0]["blocks"]["total"]
    for owner in shown["blocks"]["owners"]:
        if owner["device"] and owner["first_block"] % per_area != per_area - 1:
            return int(owner["device"].split(".")[1]), owner["area"]
    raise AssertionError(f"only last blocks: {shown['blocks']['owners']}")


def repeated(function):
    """The whole test, again and again."""
    def test():
        for _ in range(REPEAT):
            function()
        if REPEAT > 1:
            note(f"{REPEAT} times")
    test.needs = function.needs
    return test


def freed_with(name, metric):
    """A block is freed with a fault: its area is the culprit."""
    with Stress() as stress:
        # More than areas, so that not all can be the last ones; few, as damage takes blocks out of use.
        stress("device-add", count=9)
        for device in range(9):
            stress.allocate(device)
        device, area = one_to_free()
        with expected(metric, culprit=f"pool default, area {area}"), fault(name):
            stress("block-free", device=device)


@repeated
@kernels("blocks")
def test_nothing_amiss():
    """With each fault off, and all given back, all holds."""
    with Stress() as stress:
        stress("device-add", count=4)
        stress.allocate(0)
        with expected(culprit=""):
            stress.allocate(1)
            stress("block-free", device=0)
            stress("block-free", device=1)
            stress("start", device=2, cpu=1, sizes="64,4096,65536", pairs=200, hold=4)
            stress("leak", device=3, size=4096, count=3)
            stress("wait")
            stress("unleak", device=3)


@repeated
@kernels("blocks")
def test_keep_slots():
    freed_with("keep_slots", "block.unreclaimed")


@repeated
@kernels("blocks")
def test_keep_pool():
    """The device keeps the pool that it gave back: that is all that is wrong, and nothing has leaked."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress.allocate(0)
        with expected("block.stale", culprit="swiotlb_stress.1: pool of 4 MiB, from pool default"), fault("keep_pool"):
            stress.allocate(1, 2, 2)
            stress("block-free", device=1)


@repeated
@kernels("blocks")
def test_keep_used():
    freed_with("keep_used", "area.used_drift")


@repeated
@kernels("blocks")
def test_list_overrun():
    freed_with("list_overrun", "block.list_errors")


@repeated
@kernels("blocks")
def test_first_area_only():
    """A request fails with room in other areas."""
    with Stress() as stress:
        stress("device-add", count=DEVICES)
        with expected("block.failed_with_room", culprit=""), fault("first_area_only"):
            device = 0
            with contextlib.suppress(OSError):
                for device in range(DEVICES):
                    stress.allocate(device)
            for taken in range(device):
                stress("block-free", device=taken)


@repeated
@kernels("blocks")
def test_hold():
    """A lock is held while another CPU maps in its area."""
    with Stress() as stress:
        stress("device-add", count=41)
        devices = devices_with_a_block_in(stress, 1, 2)
        with expected("lock.wait.max", culprit="pool default, area 1"):
            stress("start", device=40, cpu=1, sizes=64, pairs=0)
            with on_cpu(0):
                for device in devices:
                    with fault("hold_us", HOLD_US):
                        stress("block-free", device=device)
            stress("stop")


@repeated
@kernels("blocks")
def test_block_leak():
    """A block taken in the window is live after it."""
    with Stress() as stress:
        stress("device-add", count=4)
        stress.allocate(0)
        with expected("block.leaked", culprit="swiotlb_stress.3: 1 block"):
            stress.allocate(2)
            stress.allocate(3)
            stress("block-free", device=2)


@repeated
@kernels("blocks")
def test_mapping_leak():
    """Mappings whose memory is freed in the window, beside those that a driver keeps."""
    with Stress() as stress:
        stress("device-add", count=2)
        stress("leak", device=0, size=64, count=5)
        with expected("map.leaked", culprit="swiotlb_stress.1: 3 mappings"):
            stress("start", device=0, cpu=1, sizes=4096, pairs=100)
            stress("leak", device=1, size=4096, count=3, free="blocks")
            stress("wait")


@repeated
@kernels("blocks")
def test_refused():
    """Requests that cannot be met, of each kind."""
    with Stress() as stress:
        stress("device-add", count=2)
        with expected("map.failures.oversize", culprit="swiotlb_stress.1"):
            stress("oversize", device=1, count=2)
        with expected("map.failures.alignment", culprit="swiotlb_stress.1"):
            stress("misaligned", device=1, count=2)


@repeated
@kernels("blocks")
def test_wrong_unmaps():
    """Unmaps that are wrong, of each kind: the device that unmaps is named."""
    with Stress() as stress:
        stress("device-add", count=2)
        # A kernel whose pools grow looks for no slots of a device that has never had any (dma_uses_io_tlb).
        stress("leak", device=1, size=64)
        stress("unleak", device=1)
        for name, metric, who in (("twice", "map.unmapped_twice", 0), ("size", "map.wrong_size", 0),
                                  ("device", "map.wrong_device", 1)):
            with expected(metric, culprit=f"swiotlb_stress.{who}: 3 unmaps"):
                stress("leak", device=0, size=4096, count=3)
                stress("unleak", device=0, fault=name, by=who)


@kernels("blocks")
def test_undecided():
    """What is forbidden, or lost for want of room, leaves undecided what it could hide, and nothing else."""
    forbidden = {**os.environ, "SWIOTLB_FORBID": "locks.wait"}
    words = options(["lock.contended == 0"])
    done = tool("check", "-t", "0.2", *words, env=forbidden)
    equal("a forbidden probe", done.returncode, 4)
    contains("its reason", done.stdout, "cannot judge", "forbidden by SWIOTLB_FORBID")
    done = tool("check", "-t", "0.2", *options(["block.leaked == 0", "pool.used <= 100%"]), env=forbidden)
    equal("what it does not hide", (done.returncode, done.stdout.count("cannot judge")), (0, 0))
    with Stress() as stress:
        stress("device-add", count=4)
        with environment("SWIOTLB_TABLE", "1"), \
                Check(*options(["block.leaked <= 100", "lock.contended <= 1000000", "pool.used <= 100%",
                                "area.used_drift <= 0"])) as check:
            for device in range(4):
                stress.allocate(device)
        note(f"lost: {check.result['report']['loss']['by_cause']}")
        equal("small tables", check.status, 4)
        equal("undecided", sorted(check.by_outcome("undecided")), ["lock.contended"])
        # Who has the blocks is state, and no more can have leaked than are live.
        equal("held", sorted(check.by_outcome("holds")), ["area.used_drift", "block.leaked", "pool.used"])


# What the smallest tables of mappings hold.
ROOM = 256
LOSSY = {"map.leaked == 0": "holds", f"map.live == {ROOM}": "holds", "block.leaked == 0": "holds",
         "pool.used <= 100%": "holds", "map.failures > 0": "holds", "map.failures <= 5": "undecided",
         "map.maps <= 100000": "undecided", "map.oldest <= 1h": "undecided"}


def lossy(stress, *steps, but=()):
    """What a check says that loses all maps, as mappings from before fill its tables."""
    wanted = {**LOSSY, **dict(but)}
    with environment("SWIOTLB_TABLE", "1"), Check(*options(wanted)) as check:
        stress("start", device=0, cpu=0, sizes=4096, pairs=2000, hold=4)
        stress("oversize", device=1, count=5)
        stress("wait")
        for command, arguments in steps:
            stress(command, **arguments)
    losses = check.result["report"]["loss"]["by_cause"]
    between("maps lost", 1000, losses["mappings.outside"], 1 << 40)
    outcomes = {entry["assertion"]: entry["outcome"] for entry in check.result["assertions"]}
    equal("outcomes", outcomes, wanted)
    return {entry["assertion"]: entry["reason"] for entry in check.result["assertions"]}


@kernels("static spins")
def test_lossy():
    """Thousands of maps are lost: what state decides is decided, and what they could have changed is not."""
    with Stress() as stress:
        stress("device-add", count=4)
        stress("leak", device=3, size=2048, count=ROOM)
        but = {} if has("blocks") else {"block.leaked == 0": "undecided"}
        reasons = lossy(stress, but=but)
        contains("the reason", reasons["map.failures <= 5"], "it is 5 or more: ", "mappings.outside")
        # Nobody knows whose these are: they may have leaked.
        reasons = lossy(stress, ("leak", {"device": 2, "size": 4096, "count": 3}),
                        but={**but, "map.leaked == 0": "undecided", f"map.live == {ROOM}": "violated"})
        # One of them may have found room: the smallest shadow has a record of one slot.
        found = re.match("it is between 0 and ([23]): .*mappings.outside", reasons["map.leaked == 0"])
        equal(f"'{reasons['map.leaked == 0']}' is a reason", found is not None, True)
        stress("unleak", device=2)
        stress("unleak", device=3)


@kernels("stock spins")
def test_no_blocks():
    """A kernel that keeps no block lists cannot be judged by them; by the rest it can."""
    done = tool("check", "-t", "0.2", *options(["block.leaked == 0"]))
    equal("block.leaked", done.returncode, 4)
    done = tool("check", "-t", "0.2", *options(["pool.used <= 100%", "area.list_errors == 0", "map.leaked == 0"]))
    equal("the rest", (done.returncode, done.stderr), (0, ""))


@kernels("static spins")
def test_ends():
    """However it ends, the status is the documented one and nothing is left."""
    before = loaded()
    words = options(["pool.used <= 100%", "lock.contended >= 0", "map.failures == 0"])
    for command, status in (("exit 0", 0), ("exit 3", 1), ("kill -9 $$", 1)):
        equal(command, tool("check", *words, "--", "/bin/sh", "-c", command).returncode, status)
    equal("no command", tool("check", *words, "-o", "/tmp/never", "--", "/no/such").returncode, 2)
    for number in (2, 15):
        process = subprocess.Popen([TOOL, "check", *words, "--", "/bin/sh", "-c", "echo up; exec sleep 60"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        equal("first line", process.stdout.readline(), "up\n")
        status, out, _ = interrupt(process, number)
        equal(f"status after signal {number}", status, 4)
        contains("result", out, "cannot judge", "ended early")
    equal("files left", os.path.exists("/tmp/never"), False)
    equal("processes left", subprocess.run(["pgrep", "-x", "sleep"], stdout=subprocess.PIPE, check=False).stdout, b"")
    wait_until("nothing is loaded any more", lambda: loaded() <= before)


@kernels("blocks")
def test_fail_fast():
    """A refused mapping cannot be undone: the end comes at once, and with it the end of the command."""
    with Stress() as stress:
        stress("device-add")
        process = subprocess.Popen([TOOL, "check", "--fail-fast", *options(["map.failures == 0", "map.maps >= 5"]),
                                    "--", "/bin/sh", "-c", "echo up; exec sleep 120"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        equal("first line", process.stdout.readline(), "up\n")
        stress("oversize", device=0)
        out, errors = process.communicate(timeout=LIMIT)
        equal("status", (process.returncode, errors), (1, ""))
        contains("result", out, "not ok       map.failures == 0", "device swiotlb_stress.0: 1",
                 "ended early at another's violation")


@kernels("blocks")
def test_gone_device():
    """A device goes with its block: leaked for good."""
    with Stress() as stress:
        stress("device-add", count=2)
        with expected("block.leaked", "block.orphaned", culprit="swiotlb_stress.1 (gone): 1 block"):
            stress.allocate(1)
            stress("device-del", id=1)
