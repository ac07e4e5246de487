# SPDX-License-Identifier: GPL-2.0-only
"""The ledger: mappings by device, against the module's own counts. Leaks stay until the module goes."""
import contextlib
import glob
import json
import os
import signal
import subprocess

from harness import (HOLD_US, Stress, Watch, between, contains, environment, equal, has, kernels, load_report,
                     lost, note, on_cpu, pool, read, report, report_path, tool, wait_until)

# Ten windows, each with this many pairs on each of four CPUs, over three devices: 25000 make a million pairs.
WINDOWS = 10
PAIRS = int(os.environ.get("SWIOTLB_TEST_PAIRS", "2000"))
THREADS = 8
READS = 20          # of the disk in each window, at least
MAPS_A_READ = 4     # its header, data and status, and the table of these
MANY = 600      # devices
PLACES = 128    # for devices, in the table of each CPU
SIZES = "64,512,4096,16384"
LEAKS = {0: 5, 1: 12, 2: 20}
FREED = 3000    # pages mapped, freed and never unmapped, in blocks that nobody else is given soon
PAGES = 100     # and single ones
HOST_BRIDGE = 0 # its PCI slot: without a driver, and the IOMMU has it as any device
PARTS = "64,1000,5000,16000"    # bytes, none whole pages
KEPT = 7
# What an interrupt that lands inside our own program can cost: mappings of the disk, never those of the threads.
INTERRUPTED = ("mappings.recursion", "mappings.unseen_unmap", "mappings.unseen_map", "mappings.call_lost")
LOOKUPS = 3
WAITING = 32    # tasks that wait in a map at once; a return probe has 10 nodes, on 4 CPUs
CAUSES = ("oversize", "alignment", "fragmented", "exhausted")
# Those that need a device with limits, or another machine.
OTHER_CAUSES = ("reach", "kind", "no_pool", "disabled")
FAILURE_FINDINGS = {"oversize": "oversize-requests", "alignment": "misaligned-requests",
                    "fragmented": "fragmented-requests", "exhausted": "exhausted"}
LEVELS = ("--level", "mappings")


def device(shown, number):
    found = [row for row in shown["devices"] if row["name"] == f"swiotlb_stress.{number}"]
    equal(f"rows of device {number}", len(found), 1)
    return found[0]


def since(before, after, key):
    return {number: after[number][key] - before[number][key] for number in after}


def run_load(stress, pairs, **more):
    for number, cpu in ((0, 0), (1, 1), (2, 2), (0, 3)):
        stress("start", device=number, cpu=cpu, sizes=SIZES, pairs=pairs, hold=8, **more)


def failures(shown):
    return {cause: shown["failures"][cause] for cause in (*CAUSES, *OTHER_CAUSES)}


def disk_reads():
    """Requests that the disk has answered."""
    return int(read("/sys/block/vda/stat").split()[0])


class DiskReader:
    """Reads the virtio disk: mappings of another device, ended by interrupts. Without a disk there is none.

    It stands still but where it is told to run: attaching changes code that other CPUs run, which the emulator takes
    badly.
    """
    def __init__(self):
        self.process = None
        self.name = os.path.basename(os.path.dirname(os.path.realpath("/sys/block/vda/device")))
        self.reads = 0  # while it ran last

    def __enter__(self):
        if os.path.exists("/dev/vda"):
            began = disk_reads()
            self.process = subprocess.Popen(
                ["fio", "--name=read", "--filename=/dev/vda", "--direct=1", "--rw=randread", "--bs=4k", "--thread",
                 "--ioengine=libaio", "--iodepth=4", "--time_based", "--runtime=36000", "--output=/dev/null"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_until("the disk is read", lambda: disk_reads() > began)
            self.halt()
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()

    def halt(self):
        self.process.send_signal(signal.SIGSTOP)
        # One thread takes the signal and stops the others: where the CPUs are busy they go on reading until it runs.
        wait_until("the reader stands still", lambda: set(self.states()) == {"T"})
        # One that is answered, but not yet handed back, is neither in flight nor counted.
        told = None

        def all_told():
            nonlocal told
            before, told = told, (disk_reads(), read("/sys/block/vda/inflight").split())
            return told == before and told[1] == ["0", "0"]

        wait_until("no read is in flight", all_told)

    def states(self):
        """Of each thread of the reader: T is stopped."""
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/stat"):
            yield read(path).rpartition(") ")[2][0]

    @contextlib.contextmanager
    def running(self):
        self.reads = 0
        if not self.process:
            yield
            return
        began = disk_reads()
        self.process.send_signal(signal.SIGCONT)
        try:
            yield
        finally:
            self.halt()
        self.reads = disk_reads() - began

    def until(self, reads, work):
        """Does the work, again if need be, until the disk has done so many reads meanwhile."""
        began = disk_reads() if self.process else 0
        work()
        while self.process and disk_reads() - began < reads:
            work()


@kernels("static spins", "blocks")
def test_exact_counts():
    """Maps, unmaps and bytes of each device beside a busy disk, ten times, without a false leak."""
    pairs = reads = disk_maps = lost_in_all = 0
    with Stress() as stress, DiskReader() as disk:
        stress("device-add", count=3)

        def work():
            run_load(stress, PAIRS)
            stress("wait")

        for window in range(WINDOWS):
            before = stress.truth()
            with Watch(*LEVELS, may_lose=INTERRUPTED) as watch, disk.running():
                disk.until(READS, work)
            after, shown = stress.truth(), watch.report
            for number in range(3):
                row = device(shown, number)
                for key, truth in (("maps", "maps"), ("unmaps", "unmaps"), ("bytes", "map_bytes")):
                    equal(f"window {window}, device {number}, {key}", row[key], since(before, after, truth)[number])
                for key in ("live", "live_slots", "leaked", "failures"):
                    equal(f"window {window}, device {number}, {key}", row[key], 0)
                equal(f"window {window}, device {number}, sizes", sum(row["size_bytes"]), row["maps"])
                equal(f"window {window}, device {number}, lifetimes", sum(row["lifetime_ns"]), row["unmaps"])
            for key in ("live", "live_slots", "leaked", "unknown_age"):
                equal(f"window {window}, {key}", shown["mappings"][key], 0)
            for key in ("maps", "unmaps", "bytes"):
                equal(f"window {window}, {key} in sum", sum(row[key] for row in shown["devices"]),
                      shown["mappings"][key])
            equal(f"window {window}, findings", {found["id"] for found in shown["findings"]} - {"tracing-loss"}, set())
            losses = sum(lost(shown).values())
            maps = sum(row["maps"] for row in shown["devices"] if row["name"] == disk.name)
            between(f"window {window}, maps of the disk", MAPS_A_READ * disk.reads - losses, maps,
                    MAPS_A_READ * disk.reads)
            pairs += sum(since(before, after, "unmaps").values())
            reads += disk.reads
            disk_maps += maps
            lost_in_all += losses
    between("reads of the disk", WINDOWS * READS, reads, 10 ** 9)
    note(f"{pairs} pairs in {WINDOWS} windows, none live or leaked; beside {reads} reads of a disk with {disk_maps} "
         f"mappings; {lost_in_all} losses, all of these")


def copied(shown, kind):
    return [shown["copies"][kind][key] for key in ("count", "bytes")]


@kernels("usual static spins")
def test_copies():
    """Copies are counted by when they are made and in which direction, and timed; each device and kind is exact.

    A trampoline times them where tasks are not preempted in one, and the ends of each are paired.
    """
    with Stress() as stress:
        stress("device-add", count=3)
        with Watch("--level", "mappings,bounces") as watch:
            for number, direction in enumerate(("to", "from", "both")):
                for cpu in range(2):
                    stress("start", device=number, cpu=cpu, sizes="64,4096,9000", pairs=300, hold=4, dir=direction, sync=1)
            stress("wait")
        truth, shown = stress.truth(), watch.report
        equal("hook", [probe["state"] for probe in shown["probes"] if probe["name"] == "bounces.copy"], ["fexit"])
        for number, counts in truth.items():
            row, maps, syncs = device(shown, number), counts["maps"], counts["syncs"]
            each = [maps, counts["map_bytes"]]
            equal(f"syncs of device {number}", syncs, maps)
            equal(f"device {number}, at map", copied(row, "at_map"), each)
            equal(f"device {number}, redundant", copied(row, "redundant"), each if number == 1 else [0, 0])
            equal(f"device {number}, at sync", copied(row, "at_sync"), [0, 0] if number == 1 else each)
            equal(f"device {number}, from it", copied(row, "from_device"), [2 * one for one in each] if number else [0, 0])
            times = {kind: row["copies"][kind]["ns"] for kind in row["copies"]}
            between(f"device {number}, time of copies", 1, times["at_map"], 10**12)
            between(f"device {number}, time of redundant ones", int(number == 1), times["redundant"], times["at_map"])
            equal(f"device {number}, time in all", sum(times.values()) - times["redundant"], row["bounce_ns"])
        for kind, sums in shown["mappings"]["copies"].items():
            for key, value in sums.items():
                equal(f"{key}, {kind}, in sum", sum(row["copies"][kind][key] for row in shown["devices"]), value)


@kernels("usual static spins")
def test_never_synced():
    """What is written on one side and never synced is stale on the other. What waits unwritten, as buffers of a ring do, what is
    synced in part, and what is mapped, written and unmapped is not.
    """
    stale = {0: 3, 1: 2}
    with Stress() as stress:
        stress("device-add", count=5)
        with Watch("--level", "mappings,bounces") as watch:
            stress("leak", device=0, size=4096, count=3, dir="from")
            stress("write", device=0, side="device")
            stress("leak", device=1, size=9000, count=2, dir="both")
            stress("write", device=1, side="cpu")
            stress("leak", device=2, size=4096, count=4, dir="from")
            stress("sync", device=2, offset=3000)
            stress("write", device=2, side="device")
            stress("leak", device=3, size=4096, count=8, dir="from")
            stress("leak", device=4, size=4096, count=2, dir="to")
            stress("write", device=4, side="cpu")
            stress("unleak", device=4)
            stress("leak", device=4, size=64, count=2, dir="to")
        shown = watch.report
        equal("never synced", {number: device(shown, number)["unsynced"] for number in range(5)},
              {number: stale.get(number, 0) for number in range(5)})
        equal("in sum", shown["mappings"]["unsynced"], sum(stale.values()))
        groups = [(group["device"], group["count"]) for group in shown["mappings"]["groups"] if group["unsynced"]]
        equal("groups", sorted(groups), [(f"swiotlb_stress.{number}", count) for number, count in stale.items()])
        equal("live", shown["mappings"]["live"], stress.total("live"))
        equal("found", {found["subject"]["name"] for found in shown["findings"] if found["id"] == "never-synced"},
              {f"swiotlb_stress.{number}" for number in stale})


@kernels("stock spins")
def test_preempted():
    """Threads preempt each other in maps and unmaps, with fewer CPUs than threads: each call is seen, none is lost.

    So it is while they preempt the tool that reads what was counted.
    """
    with Stress() as stress:
        stress("device-add", count=2)
        before = stress.truth()
        with Watch("--level", "mappings,bounces") as watch:
            for thread in range(THREADS):
                stress("start", device=thread % 2, cpu=thread % os.cpu_count(), sizes=SIZES, pairs=PAIRS, hold=8)
            stress("wait")
        after, shown = stress.truth(), watch.report
        equal("preemption", shown["kernel"]["preemption"], "full" if "preempt=full" in read("/proc/cmdline") else "lazy")
        for number in range(2):
            row = device(shown, number)
            for key, truth in (("maps", "maps"), ("unmaps", "unmaps"), ("bytes", "map_bytes")):
                equal(f"{key} of device {number}", row[key], since(before, after, truth)[number])
            equal(f"copies at map, device {number}", copied(row, "at_map"), [row["maps"], row["bytes"]])
        for key in ("live", "leaked", "unknown_age"):
            equal(key, shown["mappings"][key], 0)
        trampolines = [probe["name"] for probe in shown["probes"] if probe["state"] in ("fentry", "fexit")]
        equal("hooks that lose calls", trampolines, [])
    note(f"{sum(since(before, after, 'unmaps').values())} pairs of {THREADS} threads on {os.cpu_count()} CPUs")


@kernels("6.1")
def test_other_tools():
    """System calls of another tool that hide calls from this kernel's kprobes are counted, and no others."""
    with Watch(*LEVELS, may_lose=("mappings.other_tools",)) as watch:
        shown = subprocess.run(["bpftool", "-j", "map", "show"], stdout=subprocess.PIPE, check=True).stdout
        number = [str(one["id"]) for one in json.loads(shown) if one.get("name") == "mapping_cpus"][0]
        for _ in range(LOOKUPS):
            subprocess.run(["bpftool", "map", "lookup", "id", number, "key", "0", "0", "0", "0"],
                           stdout=subprocess.DEVNULL, check=True)
    equal("losses", lost(watch.report), {"mappings.other_tools": LOOKUPS})


@kernels("sleeps")
def test_return_nodes():
    """More tasks are in a map at once than a return probe has nodes for: the returns that it misses are counted."""
    with Stress() as stress:
        stress("device-add")
        with Watch(*LEVELS, may_lose=INTERRUPTED) as watch:
            for thread in range(WAITING):
                stress("start", device=0, cpu=thread % os.cpu_count(), sizes=64, pairs=0, rate=100)
            with on_cpu(0):
                for area in range(os.cpu_count()):
                    stress.hold_lock(area, HOLD_US)
            stress("stop")
        made, shown, missed = stress.truth()[0], watch.report, lost(watch.report)
    equal("return probe", [probe["state"] for probe in shown["probes"] if probe["name"] == "mappings.map"],
          ["kretprobe"])
    between("returns that were missed", 1, missed.get("mappings.recursion", 0), made["maps"])
    row = device(shown, 0)
    equal("maps seen and missed", row["maps"] + missed["mappings.recursion"], made["maps"])
    equal("unmaps", row["unmaps"], made["unmaps"])
    equal("of mappings that were not seen to begin", missed["mappings.unseen_map"], missed["mappings.recursion"])


def groups(shown):
    """(device, count, why leaked) of each group of live mappings."""
    return sorted((group["device"] or "", group["count"], group["leak_reason"])
                  for group in shown["mappings"]["groups"])


def errors(shown):
    return [found["id"] for found in shown["findings"] if found["severity"] == "error"]


@kernels("static spins", "blocks")
def test_leaks():
    """37 mappings that three living devices keep are no leak, and it is known where they were made; those of a device
    that goes leak."""
    with Stress() as stress, DiskReader() as disk:
        stress("device-add", count=3)
        with Watch(*LEVELS, "--stacks", may_lose=INTERRUPTED if disk.process else ()) as watch, disk.running():
            run_load(stress, 100)
            stress("wait")
            for number, count in LEAKS.items():
                stress("leak", device=number, size=4096, count=count)
        shown = watch.report
        for key, wanted in (("leaked", 0), ("live", sum(LEAKS.values())),
                            ("live_slots", 2 * sum(LEAKS.values())), ("unknown_age", 0)):
            equal(key, shown["mappings"][key], wanted)
        for number, count in LEAKS.items():
            for key, wanted in (("leaked", 0), ("live", count), ("live_slots", 2 * count)):
                equal(f"{key} of device {number}", device(shown, number)[key], wanted)
        equal("groups", groups(shown), [(f"swiotlb_stress.{number}", count, None) for number, count in LEAKS.items()])
        for group in shown["mappings"]["groups"]:
            contains("stack", " ".join(group["stack"]), "swiotlb_", "dma_map_", "stress_leak",
                     "[swiotlb_stress]")
        equal("errors found", errors(shown), [])
        with Watch(*LEVELS) as watch:
            stress("unleak", device=2)
            stress("leak", device=2, size=4096, count=LEAKS[2])
            stress("device-del", id=2)
        shown = watch.report
        equal("leaked", shown["mappings"]["leaked"], LEAKS[2])
        equal("leaks", [group for group in groups(shown) if group[2]],
              [("swiotlb_stress.2", LEAKS[2], "device_gone")])
        equal("errors found", errors(shown), ["mapping-leak"])


def freed_leaks(shown):
    """Proven by freed memory: of a device whose mappings were seen to begin, and of others."""
    found = {}
    for name, count, reason in groups(shown):
        if reason == "memory_freed":
            found[name] = found.get(name, 0) + count
    return found


@kernels("static spins")
def test_freed():
    """Mapped, the memory freed, never unmapped: proven also when the tool starts after it, and no other mapping is."""
    with Stress() as stress:
        stress("device-add", count=4)
        stress("leak", device=0, size=4096, count=FREED, free="blocks")
        stress("leak", device=1, size=4096, count=50)
        shown = report("-t", "0.1", *LEVELS)
        equal("leaks", freed_leaks(shown), {"": FREED})
        equal("leaked", shown["mappings"]["leaked"], FREED)
        equal("errors found", errors(shown), ["mapping-leak"])
        contains("its text", shown["findings"][0]["text"], f"{FREED} mappings leaked",
                 f"{FREED} by an unknown device (memory freed)")
        with Watch(*LEVELS) as watch:
            stress("leak", device=2, size=16384, count=7, offset=100, free="blocks")
            with on_cpu(3):
                stress("leak", device=3, size=2000, count=PAGES, free="pages")
        found = freed_leaks(watch.report)
        equal("leaked before", found[""], FREED)
        equal("with its device", found["swiotlb_stress.2"], 7)
        # Free pages of a CPU are given to others, such as the tool, by and by.
        between("on the lists of a CPU", 1, found.get("swiotlb_stress.3", 0), PAGES)
        note(f"{found['swiotlb_stress.3']} of {PAGES} single pages were still free")
        for number in range(4):
            stress("unleak", device=number)
        equal("leaked when unmapped", report("-t", "0.1", *LEVELS)["mappings"]["leaked"], 0)


@kernels("static spins")
def test_started_late():
    """Mappings that are older than the tool are live, without an age, and no leaks; their ends are no loss."""
    with Stress() as stress:
        stress("device-add", count=1)
        idle = report("-t", "0.1", *LEVELS)["mappings"]["live"]
        stress("leak", device=0, size=4096, count=9)
        with Watch(*LEVELS) as watch:
            stress("unleak", device=0)
        equal("live after", watch.report["mappings"]["live"], idle)
        equal("unmaps", device(watch.report, 0)["unmaps"], 9)
        equal("maps", device(watch.report, 0)["maps"], 0)
        stress("leak", device=0, size=4096, count=9)
        shown = report("-t", "0.1", *LEVELS)
        equal("live", shown["mappings"]["live"], idle + 9)
        between("without an age", 9, shown["mappings"]["unknown_age"], idle + 9)
        equal("leaked", shown["mappings"]["leaked"], 0)


def check_sane(value, where="report"):
    """No figure is negative or wrapped, but for differences: the balance is of maps and unmaps since the tool was attached."""
    if isinstance(value, dict):
        for key, inner in value.items():
            check_sane(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for inner in value:
            check_sane(inner, where)
    elif isinstance(value, int) and not where.endswith((".drift", "used_drift", "growth.floor")):
        between(where, 0, value, 1 << 62)


@kernels("static spins")
def test_in_the_middle():
    """Started and ended in the middle of the load: nothing negative, wrapped or falsely leaked.

    The load pauses at times: before the kernel frees a trampoline it waits until each task has slept.
    """
    with Stress() as stress:
        stress("device-add", count=3)
        run_load(stress, 0, rate=100)
        path = report_path()
        shown = load_report(path, tool("report", "--format", "json", "-o", path, "-t", "1", *LEVELS))
        check_sane({key: shown[key] for key in ("mappings", "devices", "failures", "pools", "loss")})
        equal("leaked", shown["mappings"]["leaked"], 0)
        after = stress.truth()
        # Four threads that hold eight, and one more while it is made; 16 KiB at most.
        between("live", 0, shown["mappings"]["live"], 4 * 9)
        between("live slots", 0, shown["mappings"]["live_slots"], 4 * 9 * 8)
        between("of unknown age", 0, shown["mappings"]["unknown_age"], shown["mappings"]["live"])
        for row in shown["devices"]:
            made = after[int(row["name"][-1])]
            between(f"maps of {row['name']}", 1, row["maps"], made["maps"])
            between(f"unmaps of {row['name']}", 1, row["unmaps"], made["unmaps"])
        equal("errors found", [found["id"] for found in shown["findings"] if found["severity"] == "error"], [])
        stress("stop")


def refuse(stress, cause):
    """20 requests that fail for this cause."""
    if cause == "oversize":
        stress("oversize", device=0, count=20)
    elif cause == "alignment":
        stress("misaligned", device=0, count=20)
    elif cause == "fragmented":
        stress("start", device=1, cpu=0, sizes=16384, pairs=20)
        stress("wait")
    else:
        stress("start", device=1, cpu=0, sizes=2048, pairs=20)
        stress("wait")


def prepare(stress, cause):
    if cause == "fragmented":
        stress("fragment", device=0)
    elif cause == "exhausted":
        stress("exhaust", device=0)


@kernels("static spins")
def test_failures():
    """Each cause named right, 20 of 20, the other causes at zero."""
    for cause in CAUSES:
        with Stress() as stress:
            stress("device-add", count=2)
            prepare(stress, cause)
            before = stress.total("failures")
            with Watch(*LEVELS) as watch:
                refuse(stress, cause)
            equal("the module's own count", stress.total("failures") - before, 20)
            equal(f"causes of 20 times {cause}", failures(watch.report),
                  {other: 20 if other == cause else 0 for other in (*CAUSES, *OTHER_CAUSES)})
            equal("total", watch.report["failures"]["total"], 20)
            number = 0 if cause in ("oversize", "alignment") else 1
            equal(f"causes of device {number}", device(watch.report, number)["failure_causes"],
                  {other: 20 if other == cause else 0 for other in (*CAUSES, *OTHER_CAUSES)})
            found = [finding["id"] for finding in watch.report["findings"]]
            equal("findings about refusals", [name for name in found if name in FAILURE_FINDINGS.values()],
                  [FAILURE_FINDINGS[cause]])
            equal("blamed on a leak", found.count("exhausted-by-leak"), 0)


@kernels("static spins")
def test_exhausted_by_a_leak():
    """What leaks is told as the cause when it fills the pool, 20 of 20."""
    with Stress() as stress:
        stress("device-add", count=2)
        with Watch(*LEVELS) as watch:
            stress("leak", device=0, size=16384, count=1500, free="blocks")
            prepare(stress, "exhausted")
            refuse(stress, "exhausted")
        shown = watch.report
        equal("causes of 20", device(shown, 1)["failure_causes"],
              {other: 20 if other == "exhausted" else 0 for other in (*CAUSES, *OTHER_CAUSES)})
        found = [finding["id"] for finding in shown["findings"]]
        equal("findings", [found.count("exhausted-by-leak"), found.count("exhausted")], [1, 0])


@kernels("static spins")
def test_come_and_go():
    """Devices come, map and go a hundred times: no wrong owner, nothing left."""
    with Stress() as stress:
        with Watch(*LEVELS) as watch:
            for turn in range(100):
                stress("device-add", count=1)
                stress("start", device=0, cpu=turn % 4, sizes="64", pairs=turn + 1)
                stress("wait")
                stress("device-del", id=0)
        shown = watch.report
        rows = [row for row in shown["devices"] if row["name"] == "swiotlb_stress.0"]
        equal("maps of all", sum(row["maps"] for row in rows), 5050)
        equal("unmaps of all", sum(row["unmaps"] for row in rows), 5050)
        equal("rows", len(rows), 100)
        equal("maps of each", sorted(row["maps"] for row in rows), list(range(1, 101)))
        equal("live", sum(row["live"] for row in rows), 0)
        equal("gone", all(row["gone"] for row in rows), True)


@kernels("blocks")
def test_child_pools_come_and_go():
    """Child pools that come and go under load: mappings are found in them, and none is left."""
    with Stress() as stress:
        stress("device-add", count=2)
        with Watch("--level", "locks,blocks,mappings") as watch:
            for turn in range(100):
                stress.allocate(0, 2)
                stress("start", device=0, cpu=turn % 4, sizes="4096", pairs=10)
                stress("wait")
                stress("block-free", device=0)
        shown = watch.report
        row = device(shown, 0)
        equal("maps, unmaps", (row["maps"], row["unmaps"]), (1000, 1000))
        equal("live, leaked, failures", (row["live"], row["leaked"], row["failures"]), (0, 0, 0))
        equal("other devices", [other["name"] for other in shown["devices"] if other is not row], [])
        equal("blocks", [shown["blocks"][key] for key in ("allocated", "freed", "live", "leaked")], [100, 100, 0, 0])
        equal("owners", shown["blocks"]["owners"], [])
        equal("requests and releases", (shown["blocks"]["requests"], shown["blocks"]["releases"]), (100, 100))
        equal("pools left", [row["name"] for row in shown["pools"]], ["default"])


@kernels("static spins")
def test_namesakes():
    """A device leaks and goes, and another one takes its name: each has its own, and no more. The leak is for good."""
    with Stress() as stress:
        with Watch(*LEVELS) as watch:
            stress("device-add", count=1)
            stress("leak", device=0, size=4096, count=3)
            stress("device-del", id=0)
            stress("device-add", count=1)
            stress("leak", device=0, size=64, count=4)
            stress("unleak", device=0)
            stress("leak", device=0, size=64, count=1)
        rows = [row for row in watch.report["devices"] if row["name"] == "swiotlb_stress.0"]
        keys = ("gone", "maps", "unmaps", "live", "leaked")
        equal(" ".join(keys), sorted([row[key] for key in keys] for row in rows),
              [[False, 5, 4, 1, 0], [True, 3, 0, 3, 3]])
        equal("leaked", watch.report["mappings"]["leaked"], 3)


@kernels("static spins")
def test_small_shadow():
    """Where the shadow has no room what is live is known all the same, and what is not known is counted."""
    with Stress() as stress:
        stress("device-add", count=3)
        before = stress.truth()
        with environment("SWIOTLB_TABLE", "1"), Watch(*LEVELS) as watch:
            run_load(stress, 200)
            stress("wait")
        after = stress.truth()
        for number in range(3):
            row = device(watch.report, number)
            for key, truth in (("maps", "maps"), ("unmaps", "unmaps"), ("bytes", "map_bytes")):
                equal(f"{key} of device {number}", row[key], since(before, after, truth)[number])
        with environment("SWIOTLB_TABLE", "1"), Watch(*LEVELS, may_lose=("mappings.outside",)) as watch:
            stress("leak", device=1, size=4096, count=300)
        shown = watch.report["mappings"]
        outside = lost(watch.report)["mappings.outside"]
        between("outside", 1, outside, 299)
        equal("live", (shown["live"], shown["live_slots"]), (300, 600))
        equal("maps and leaked", (shown["maps"], shown["leaked"]), (300 - outside, 0))
        equal("of unknown age", shown["unknown_age"], outside)


def map_once_each(stress):
    for number in range(MANY):
        stress("leak", device=number, size=64)
        stress("unleak", device=number)


@kernels("static spins")
def test_many_devices():
    """More devices than the table of a CPU has places for, which go in the end: each has its own figures."""
    with Stress() as stress, on_cpu(0):
        stress("device-add", count=MANY)
        with Watch(*LEVELS) as watch:
            map_once_each(stress)
            for number in range(0, MANY, 2):
                stress("device-del", id=number)
        rows = {row["name"]: row for row in watch.report["devices"]}
        for number in range(MANY):
            row = rows[f"swiotlb_stress.{number}"]
            equal(f"device {number}", [row[key] for key in ("maps", "unmaps", "live", "gone")], [1, 1, 0, not number % 2])
        equal("rows", len(watch.report["devices"]), MANY)


@kernels("static spins")
def test_others():
    """Devices find no place at all: the sum is right, and it is said of how many calls the device is unknown."""
    with Stress() as stress, on_cpu(0):
        stress("device-add", count=MANY)
        with environment("SWIOTLB_TABLE", "1"), Watch(*LEVELS, may_lose=("mappings.devices_full",)) as watch:
            map_once_each(stress)
        shown = watch.report
        for key in ("maps", "unmaps"):
            equal(f"{key} in sum", shown["mappings"][key], MANY)
            equal(f"{key} of all devices", sum(row[key] for row in shown["devices"]), MANY)
        others = lost(shown)["mappings.devices_full"]
        equal("calls of others", sum(row["maps"] for row in shown["devices"] if row["name"] == "(others)"), others)
        between("calls of others", MANY - PLACES - 1, others, MANY - 1)
        note(f"{MANY} devices, {others} of them not counted apart")


@kernels("static spins")
def test_two_places():
    """Devices go that a CPU counted in two places, as the one that another device had was free later: none is lost.

    Of so many devices, some share a place of the table; every other one goes after a first round of mappings.
    """
    with Stress() as stress, on_cpu(0):
        stress("device-add", count=PLACES)
        with Watch(*LEVELS) as watch:
            for number in range(PLACES):
                stress("leak", device=number, size=64, count=2)
                stress("unleak", device=number)
            for number in range(0, PLACES, 2):
                stress("device-del", id=number)
            for number in range(1, PLACES, 2):
                stress("leak", device=number, size=64, count=3)
                stress("unleak", device=number)
            for number in range(1, PLACES, 2):
                stress("device-del", id=number)
        rows = {row["name"]: row for row in watch.report["devices"]}
        equal("devices", len(rows), PLACES)
        equal("gone", all(row["gone"] for row in rows.values()), True)
        for key in ("maps", "unmaps"):
            equal(key, [rows[f"swiotlb_stress.{number}"][key] for number in range(PLACES)], [2, 5] * (PLACES // 2))


@kernels("static spins", "blocks")
def test_attached():
    """Each hook in the best way that the kernel takes: the caller of a map whose seven arguments are too many, and one that tasks
    may be preempted in."""
    best = ("kprobe.session", "kprobe.multi", "kretprobe.multi") if has("lazy") else ("fexit", "fentry", "fexit")
    shown = report("-t", "0.1", "--level", "mappings,bounces")
    states = {probe["name"]: probe["state"] for probe in shown["probes"]}
    equal("hooks", tuple(states[f"mappings.{name}"] for name in ("map", "unmap", "device_gone")), best)


@kernels("6.1")
def test_behind_an_iommu():
    """Where an IOMMU may map as well, that caller does not see all: a return probe does."""
    shown = report("-t", "0.1", "--level", "mappings")
    probe = next(probe for probe in shown["probes"] if probe["name"] == "mappings.map")
    contains("map", probe["state"], "kretprobe")
    contains("its reason", probe["reason"], "an IOMMU maps without it")


@kernels("stock static spins")
def test_bounced_by_an_iommu():
    """A PCI device that is not trusted, behind an IOMMU, beside one that the IOMMU does not have: what is not whole pages
    is bounced, and each map and unmap of it is seen; whole pages are not bounced. What is kept is growth, and no leak.
    """
    with Stress() as stress:
        stress("device-add")
        stress("device-add", pci=HOST_BRIDGE)
        names = {0: "swiotlb_stress.0", 1: f"0000:00:{HOST_BRIDGE:02}.0"}
        before, used = stress.truth(), pool(report("-t", "0.1"))["used"]
        with Watch("--level", "mappings,bounces") as watch:
            for cpu in range(os.cpu_count()):
                stress("start", device=cpu % 2, cpu=cpu, sizes=PARTS, pairs=PAIRS, hold=8, sync=1)
            stress("wait")
            made = stress.truth()
            stress("leak", device=1, size=4096, count=KEPT)
            stress("leak", device=1, size=100, offset=50, count=KEPT)
        after, shown = stress.truth(), watch.report
        found = {row["name"]: row for row in shown["devices"]}
        for number, name in names.items():
            kept = KEPT if number else 0
            for key, truth in (("maps", "maps"), ("unmaps", "unmaps"), ("bytes", "map_bytes")):
                more = {"maps": kept, "bytes": 100 * kept}.get(key, 0)
                equal(f"{key} of {name}", found[name][key], since(before, made, truth)[number] + more)
            equal(f"of {name} live, grown, leaked", [found[name][key] for key in ("live", "grown", "leaked")],
                  [kept, kept, 0])
            equal(f"slots of {name}", found[name]["live_slots"], after[number]["live_slots"])
        equal("used slots", pool(shown)["used"] - used, sum(row["live_slots"] for row in after.values()))
        stress("unleak", device=1)
    pairs = sum(since(before, made, "unmaps").values())
    note(f"{pairs} pairs, half of them through the IOMMU, {KEPT} kept; "
         f"hooks: {', '.join(probe['state'] for probe in shown['probes'] if probe['name'].startswith('mappings.'))}")
