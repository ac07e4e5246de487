# SPDX-License-Identifier: GPL-2.0-only
"""The cases of docs/cases.md: what somebody meets, and what the tool answers. A case is a row of CASES.

tools/cases boots guests, has test_cases.py make each of them happen there, and writes the page. Those that leave something
behind come last.
"""
import os
import subprocess

from harness import LIMIT, TOOL, Stress, Watch, contains, equal, on_cpu, sysctl, tool, wait_until, write
from test_kernel_log import WARN
from test_pools import outgrow
from test_privileges import ordinary_user
from test_rings import INTERRUPTED, devices, load, traffic

LEVELS = ("--level", "locks,mappings")
COPIES = ("--level", "locks,bounces")
LINE = ("kernel: some_nic 0000:3f:1e.7: swiotlb buffer is full (sz: 524288 bytes), total 32768 (slots), used 4 (slots)",)


class Case:
    """NAME; TITLE; the STORY as it is met; a function that makes it HAPPEN; the COMMAND that tells of it; the ids of the
    FINDINGS that it gives; the SECTIONS of its output that are worth a page, None = all of it; the WAY OUT; the SCENARIO
    in whose guest it happens; findings that it MAY give as well, on a busy host.

    Findings are errors and warnings: notes depend on the guest.
    """

    def __init__(self, name, title, story, happen, command, findings, sections, way_out, scenario="cases", may=()):
        self.name, self.title, self.story, self.happen = name, title, story, happen
        self.command, self.findings, self.sections, self.way_out = command, findings, sections, way_out
        self.scenario, self.may = scenario, may


def cases_in(scenario):
    return [case for case in CASES if case.scenario == scenario]


def test_in(scenario):
    """The test that makes the cases of a scenario happen, as tests/guest/run names it."""
    return f"cases.in_{scenario.replace('-', '_')}"


def stressed(work):
    """A case that happens to the first two devices of the stress module."""
    def happen():
        with Stress() as stress:
            stress("device-add", count=2)
            return work(stress)
    return happen


def while_watched(work, levels=LEVELS, **options):
    """What a report shows of what happens in its window: (findings, text)."""
    with Watch(*levels, **options) as watch:
        work()
    return told(watch.path, watch.report)


def told(path, report):
    done = subprocess.run([TOOL, "report", "--from", path], stdout=subprocess.PIPE, check=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    return [found["id"] for found in report["findings"] if found["severity"] != "note"], done.stdout


@stressed
def kept(stress):
    return while_watched(lambda: stress("leak", device=0, size=4096, count=50))


@stressed
def device_gone(stress):
    def work():
        stress("leak", device=0, size=16384, count=20)
        stress("device-del", id=0)
    return while_watched(work)


@stressed
def memory_freed(stress):
    stress("leak", device=0, size=4096, count=30, free="blocks")
    return while_watched(lambda: None)


@stressed
def too_large(stress):
    return while_watched(lambda: stress("oversize", device=0, count=5))


@stressed
def full(stress):
    def work():
        stress("exhaust", device=0)
        stress("start", device=1, cpu=0, sizes=2048, pairs=20)
        stress("wait")
    return while_watched(work)


@stressed
def misaligned(stress):
    return while_watched(lambda: stress("misaligned", device=0, count=5))


@stressed
def before(stress):
    write(WARN, "1")
    stress("oversize", device=0, count=3)
    write(WARN, "0")
    return while_watched(lambda: None)


@stressed
def unmapped_twice(stress):
    def work():
        with on_cpu(0):
            stress("leak", device=0, size=4096, count=3)
            stress("unleak", device=0, fault="twice", by=0)
    return while_watched(work, wrong_unmaps=True)


@stressed
def leaking_ring(stress):
    ring = {"sizes": 2048, "pairs": 0, "hold": 64, "rate": 20000}
    stress("start", device=0, cpu=1, **{"leak-every": 500}, **ring)
    stress("start", device=1, cpu=2, **ring)

    def made():
        return [stress.truth()[number]["maps"] for number in range(2)]

    def work():
        began = made()[0]
        wait_until("the ring went round", lambda: made()[0] - began > 40000, LIMIT)

    wait_until("the rings are full", lambda: min(made()) > 2 * ring["hold"])
    found = while_watched(work, levels=("--level", "mappings"), may_lose=INTERRUPTED)
    stress("stop")
    return found


def network_card():
    load()
    used = devices()
    found = while_watched(lambda: traffic(used), may_lose=INTERRUPTED)
    for device in used:
        device.close()
    return found


def misread():
    done = tool("doctor")
    equal("exit status", done.returncode, 2)
    contains("doctor", " ".join((done.stdout + done.stderr).split()), 'ignored "M,force"', "swiotlb=262144,force")
    return [], done.stdout + done.stderr


def few_privileges():
    with sysctl("kernel/kptr_restrict", 1):
        done = subprocess.run([*ordinary_user("bpf", "perfmon"), "doctor"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
    contains("doctor", done.stdout, "CAP_BPF, CAP_PERFMON", "CAP_SYSLOG")
    return [], done.stdout


@stressed
def out_of_reach(stress):
    stress("dma-mask", device=1, bits=24)
    return while_watched(lambda: stress("beyond-reach", device=1, size=4096, count=20))


def with_cards(*command):
    """What the tool says of a guest whose cards do not reach all memory: nothing else has to happen."""
    def happen():
        load()
        return [], tool(*command, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
    return happen


def one_line():
    done = subprocess.run([TOOL, "explain"], input="".join(f"{line}\n" for line in LINE), stdout=subprocess.PIPE, check=True,
                          text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    contains("what the line proves", done.stdout, "oversize: one mapping asked for more than any pool can give")
    return [], done.stdout


@stressed
def outgrown(stress):
    return while_watched(lambda: outgrow(stress))


@stressed
def stale(stress):
    def work():
        stress("leak", device=0, size=4096, count=4, dir="from")
        stress("write", device=0, side="device")
    return while_watched(work, COPIES)


@stressed
def costly(stress):
    def work():
        stress("start", device=0, cpu=0, sizes=65536, pairs=20000, dir="from")
        stress("wait")
    return while_watched(work, COPIES)


REPORT = "swiotlb report --level locks,mappings -t 30"
REPORT_COPIES = "swiotlb report --level locks,bounces -t 30"

CASES = [
    Case("network-card", "A network card has hundreds of mappings, and never fewer",
         "Each network card, USB controller and virtual socket posts its receive buffers and waits. What is mapped is never "
         "unmapped but to be replaced.",
         network_card, REPORT, [], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "Nothing has leaked. A ring goes round, and its oldest mapping is the next one that ends. `swiotlb check -a "
         "'map.leaked == 0'` passes.", "beyond-4g"),
    Case("leaking-ring", "One ring in two leaks, slowly",
         "Two devices have a receive ring of 64 buffers. One of them does not unmap one buffer in five hundred. The pool is full "
         "after some days.",
         leaking_ring, "swiotlb report --level mappings -t 30", ["mapping-leak"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "A ring keeps its size, and what leaks adds up through the whole window. The other ring has not grown. Attach with "
         "`--stacks` to see the code that maps.", "rings", may=["fragmented-area"]),
    Case("kept", "A driver maps buffers once and keeps them",
         "A network card, a GPU or NVMe queues map their buffers when the driver starts, and unmap them when it ends. Mapped "
         "slots grow once, then stay.",
         kept, REPORT, ["mapping-growth"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "Nothing has leaked: the device lives, and what it maps can still be unmapped. Make the pool large enough for what is "
         "kept and for the traffic beside it. Watch for longer if you suspect a leak: one that goes on is told as such."),
    Case("too-large", "\"swiotlb buffer is full\", and it is nearly empty",
         "The kernel log says that the buffer is full, with 4 of 32768 slots in use. A larger `swiotlb=` changes nothing.",
         too_large, REPORT, ["oversize-requests"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "One mapping has at most 256 KiB, whatever the size of the pool. The driver must respect `dma_max_mapping_size()`; "
         "for disks a smaller `max_sectors_kb` of the queue helps at once."),
    Case("full", "The pool is full: who has it?",
         "Requests of one device fail. Another device has nearly all of the pool.",
         full, REPORT, ["exhausted", "pool-nearly-full", "mapping-growth"], ("VERDICT", "FINDINGS", "POOLS", "MAPPINGS"),
         "The table of devices shows who holds how much: the device that is refused is often not the one to blame. Raise "
         "`swiotlb=`, or have the holder map less at once."),
    Case("misaligned", "There is room, but not at the right place",
         "A device with a `min_align_mask`, such as NVMe, is refused although half of the pool is free.",
         misaligned, REPORT, ["misaligned-requests"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "A larger pool hardly helps. Look at the device's `min_align_mask` and at the alignment that its driver asks for."),
    Case("out-of-reach", "\"swiotlb addr … overflow\", once",
         "A device with a narrow DMA mask does not work, and the kernel has logged `swiotlb addr … overflow (mask ffffff, bus "
         "limit 0)`. It does so once for each boot; the pool is nearly empty.",
         out_of_reach, REPORT, ["out-of-reach"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "The pool itself lies above what the device reaches, so no size helps. Give the device a restricted pool in its reach, "
         "have its driver set a wider mask, or put an IOMMU in front of it. Of devices with a driver `swiotlb doctor` tells it "
         "before anything fails."),
    Case("why", "Why does this device bounce at all?",
         "A machine has more memory than 4 GiB and no `swiotlb=`. One card is slow, the others are not.",
         with_cards("doctor"), "swiotlb doctor", [], ("BOUNCING",),
         "Each device that can bounce has its reason and its limits; those that are not listed reach all memory. A card whose "
         "mask ends below memory bounces what lies above it: see whether its driver can set a wider mask, or use an IOMMU.",
         "beyond-4g"),
    Case("too-much", "64 MiB that nobody uses",
         "Microvirtual machines have little memory, and the kernel takes 64 MiB of it for a pool that hardly anything uses.",
         with_cards("report", "--level", "state", "-t", "1"), "swiotlb report --level state -t 1", [], ("POOLS",),
         "The peak since boot says how much was needed at once, and the line below it what a smaller pool would take. After a day "
         "a pool that is too large is a finding ([oversized-pool](findings.md#oversized-pool)).",
         "beyond-4g"),
    Case("before", "It happened before anybody looked",
         "A burst of requests failed some minutes ago. Now all is quiet.",
         before, REPORT, ["refused-before"], ("VERDICT", "FINDINGS"),
         "The kernel's log has the failures, though not each of them: its lines are limited in rate, and drivers may forbid them. "
         "`swiotlb explain /dev/kmsg` says what each line proves."),
    Case("unmapped-twice", "Data is corrupted now and then",
         "A driver unmaps one mapping twice. Between the two unmaps the slot may have become another driver's buffer.",
         unmapped_twice, REPORT, ["unmap-twice"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "The stack is that of the second unmap. Look for error paths that unmap what the normal path unmaps as well."),
    Case("outgrown", "A pool that grows, and requests fail",
         "The kernel has `SWIOTLB_DYNAMIC`: when the pool is full it makes a pool for one mapping, and a worker adds a larger one. "
         "In a burst, requests fail all the same.",
         outgrown, REPORT, ["exhausted", "pool-grown", "mapping-growth"], ("VERDICT", "FINDINGS", "POOLS"),
         "Pools are made while a driver waits, and making one can fail. Boot with the size that the finding names, and none is "
         "made.", "dynamic"),
    Case("stale", "The picture is green, the first time",
         "A driver maps a buffer once and keeps it. With an IOMMU, or with memory that the device reaches, all is well. Where it "
         "bounces, the data is that of the time of the map.",
         stale, REPORT_COPIES, ["never-synced", "mapping-growth"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "The driver lacks `dma_sync_single_for_cpu()` before it reads, or `dma_sync_single_for_device()` after it has written; or it "
         "wants coherent memory (`dma_alloc_coherent()`). `--stacks` shows the code that mapped.", may=["bounce-cost"]),
    Case("costly", "Nothing fails, and all is slow",
         "A guest whose devices bounce reaches a fraction of the throughput of one whose devices do not. No request is refused.",
         costly, REPORT_COPIES, ["bounce-cost"], ("VERDICT", "FINDINGS", "COST OF BOUNCING"),
         "Copies take the processor's time. For what the device only writes, each byte is copied twice: at map the kernel copies as "
         "well, to keep what the device may leave. Spare the copies by a wider DMA mask or an IOMMU, or leave out `swiotlb=force`; in "
         "a guest with encrypted memory they remain. `--format json` has copies, bytes and time of each device."),
    Case("memory-freed", "Memory was freed and never unmapped, before anybody looked",
         "The pool fills within days. The tool is started when it is nearly full.",
         memory_freed, REPORT, ["mapping-leak"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "A mapping whose memory is free can never be unmapped rightly, so it has leaked for certain, even if it is older than "
         "the tool. Start the tool again with `--stacks` and let it run until more leak: then the device and the code are known."),
    Case("device-gone", "A driver goes and leaves mappings behind",
         "After each unbind, reset or module unload the pool is a little fuller.",
         device_gone, REPORT, ["mapping-leak"], ("VERDICT", "FINDINGS", "MAPPINGS"),
         "Nobody can unmap for a device that is gone. The driver's remove function lacks a `dma_unmap`; `--stacks` shows the "
         "code that mapped. Only a reboot gives the slots back."),
    Case("misread", "There is no pool, though one was asked for",
         "The machine was booted with `swiotlb=512M,force`. Devices that need bounce buffers fail.",
         misread, "swiotlb doctor", [], ("MACHINE",),
         "`swiotlb=` takes slots of 2 KiB and no unit. What follows the digits was ignored, and with it `force`.",
         "boot-misread"),
    Case("few-privileges", "No root, no debugfs, no names of symbols",
         "The tool is to run as an ordinary user, in a container or on a locked-down machine.",
         few_privileges, "swiotlb doctor", [], ("MACHINE",),
         "CAP_BPF and CAP_PERFMON are enough for every figure of pools, locks and mappings. `doctor` says what is missing "
         "without the others.", "privileges"),
    Case("one-line", "All there is, is a line of a bug report",
         "No access to the machine, and a line of its kernel log:\n\n```\n" + "\n".join(LINE) + "\n```",
         one_line, "swiotlb explain FILE", [], None,
         "`explain` needs neither privileges nor a kernel with swiotlb, and knows the messages of all versions."),
]
