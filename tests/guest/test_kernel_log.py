# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's log as a source: what was refused before anybody looked."""
import json
import os
import subprocess

from harness import SEGMENT, SLOT, TOOL, Stress, Watch, between, contains, equal, kernels, report, write

COUNT = 12
SIZE = SEGMENT + SLOT
WARN = "/sys/module/swiotlb_stress/parameters/warn"
STATE = ("-t", "0.1", "--level", "state")


def printed():
    """The kernel's lines about refused requests since the log was cleared."""
    text = subprocess.run(["dmesg"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    return [line for line in text.splitlines() if "swiotlb buffer is full" in line]


def refuse(stress):
    """Has device 0 be refused COUNT times; how many lines the kernel prints about that."""
    write(WARN, "1")
    stress("oversize", device=0, count=COUNT)
    write(WARN, "0")
    return len(printed())


def before(shown):
    return [finding for finding in shown["findings"] if finding["id"] == "refused-before"]


@kernels("static spins")
def test_refused():
    """Refusals from before the tool ran: device, size and cause, as many as the kernel printed, and no more."""
    shown = report(*STATE)
    equal("refused before", (shown["kernel_log"]["requests"], shown["kernel_log"]["entries"], before(shown)), (0, [], []))
    with Stress() as stress:
        stress("device-add", count=1)
        lines = refuse(stress)
        between("lines, which are rate-limited", 1, lines, COUNT)
        shown = report(*STATE)
        equal("requests", shown["kernel_log"]["requests"], lines)
        entry, = shown["kernel_log"]["entries"]
        equal("entry", [entry[name] for name in ("cause", "device", "requests", "size_min_bytes", "size_max_bytes")],
              ["oversize", "swiotlb_stress.0", lines, SIZE, SIZE])
        found, = before(shown)
        contains("finding", found["text"], f"{lines} failed request", "oversize by swiotlb_stress.0")
        equal("nothing was attached for it", shown["mappings"]["maps"], None)
        # What a program writes there is no message of the kernel.
        with open("/dev/kmsg", "w", encoding="utf-8") as log:
            log.write("swiotlb_stress.0: swiotlb buffer is full (sz: 8 bytes), total 8 (slots), used 8 (slots)\n")
        equal("after a line that is not the kernel's", report(*STATE)["kernel_log"]["requests"], lines)
        # The command that knows nothing but lines says the same.
        log = subprocess.run(["dmesg"], stdout=subprocess.PIPE, check=True).stdout
        done = subprocess.run([TOOL, "explain", "--format", "json"], input=log, stdout=subprocess.PIPE, check=True)
        groups = [group for group in json.loads(done.stdout)["groups"] if group["cause"] == "oversize"]
        equal("explained", [(group["device"], group["requests"]) for group in groups], [("swiotlb_stress.0", lines)])
    subprocess.run(["dmesg", "--clear"], check=True)
    shown = report(*STATE)
    equal("after clearing", [shown["kernel_log"]["requests"], shown["kernel_log"]["since_boot"], before(shown)], [0, False, []])


@kernels("static spins")
def test_told_once():
    """What hooks have counted in the window is in the log as well, and is no finding of its own."""
    with Stress() as stress:
        stress("device-add", count=1)
        with Watch("--level", "mappings") as watch:
            lines = refuse(stress)
        shown = watch.report
        equal("requests", (shown["failures"]["total"], shown["kernel_log"]["requests"]), (COUNT, lines))
        equal("findings", ([finding["id"] for finding in shown["findings"] if finding["id"] == "oversize-requests"],
                           before(shown)), (["oversize-requests"], []))


@kernels("static spins")
def test_unreadable():
    """Unknown with a reason, never 0."""
    os.rename("/dev/kmsg", "/dev/kmsg.away")
    try:
        shown = report(*STATE)
    finally:
        os.rename("/dev/kmsg.away", "/dev/kmsg")
    equal("log", (shown["kernel_log"]["requests"], shown["kernel_log"]["entries"]), (None, None))
    contains("reason", shown["kernel_log"]["reason"], "/dev/kmsg", "No such file")
