# SPDX-License-Identifier: GPL-2.0-only
"""What everybody else misses: waits on area locks under parallel reads of a disk, beside the kernel's tracepoint."""

from harness import between, each_area, equal, kernels, load_report, lost, note, pool, report_path, tool

FIO = ["fio", "--name=read", "--filename=/dev/vda", "--rw=randread", "--bs=4k", "--direct=1", "--ioengine=libaio",
       "--iodepth=16", "--numjobs=4", "--cpus_allowed=0-3", "--cpus_allowed_policy=split", "--runtime=6",
       "--time_based", "--minimal"]


@kernels("static spins", "blocks")
def test_parallel_readers():
    """Four readers on four CPUs and two areas: waits in both areas, of which lock:contention_begin sees nothing."""
    path = report_path()
    done = tool("report", "--format", "json", "-o", path, "--level", "locks,blocks,tracepoints", "--", *FIO)
    shown = load_report(path, done)
    equal("fio's exit status", shown["window"]["exit_status"], 0)
    equal("losses", lost(shown), {})
    waits = each_area(shown, "lock", "contended")
    seen = each_area(shown, "lock", "contention_begin")
    longest = max(each_area(shown, "lock", "wait_ns", "max"))
    note(f"{sum(waits)} waits {waits}, lock:contention_begin {sum(seen)} {seen}; longest wait {longest / 1000:.0f} us")
    equal("areas", len(waits), 2)
    for area in pool(shown)["areas"]:
        index = area["index"]
        between(f"waits in area {index}", 1, area["lock"]["contended"], 10 ** 9)
        between(f"contention_begin in area {index}", 0, area["lock"]["contention_begin"], area["lock"]["contended"])
        between(f"time waited in area {index}", area["lock"]["wait_ns"]["max"], area["lock"]["wait_ns"]["total"],
                10 ** 12)
        between(f"peak of area {index}", 1, area["used_peak"], area["slots"])
