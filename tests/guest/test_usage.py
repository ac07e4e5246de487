# SPDX-License-Identifier: GPL-2.0-only
"""What cannot work says so in one line, with the documented exit status, and leaves no file."""
import json
import os
import re
import shutil
import subprocess
import tempfile

from harness import LIMIT, TOOL, Watch, between, contains, equal, kernels, note, pool, report, tool

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
WITHOUT_BTF = ["unshare", "--mount", "/bin/sh", "-c", "mount -t tmpfs none /sys/kernel/btf && exec \"$@\"", "sh"]


def refused(done, *words):
    """Exit status 2, no data, and one line that says what, why and what to do."""
    equal("exit status", done.returncode, 2)
    equal("stdout", done.stdout, "")
    equal("lines of message", (done.stderr.count("\n"), done.stderr[-1:]), (1, "\n"))
    contains("message", done.stderr, "swiotlb: ", *words)


def run(*line, **options):
    return subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=LIMIT, check=False, **options)


def refused_without_file(before, *words):
    """A report that fails for want of something leaves no file, nor part of one."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        refused(run(*before, "report", "-t", "0.1", "-o", f"{directory}/report"), *words)
        equal("files left", os.listdir(directory), [])


@kernels("blocks")
def test_arguments():
    """Mistakes on the command line."""
    for arguments, words in (
            (["reprot"], ["unknown command 'reprot'", "report"]),
            (["report", "--frobnicate"], ["unknown option '--frobnicate'"]),
            (["report", "--level", "locks,lokcs"], ["unknown level 'lokcs'", "locks"]),
            (["report", "-t", "soon"], ["'soon'"]),
            (["report", "-t", "-3"], ["'-3'"]),
            (["report", "-t", "1e"], ["'1e'"]),
            (["report", "--format", "docx"], ["docx", "text, json or html"]),
            (["report", "--format", "htm"], ["htm", "did you mean 'html'"]),
            (["report", "--"], ["command"]),
            (["report", "--", "/no/such/program"], ["/no/such/program", "no such command"]),
            (["report", "-t", "1", "--", "true"], ["not both"]),
            (["doctor", "now"], ["now"])):
        refused(tool(*arguments), *words)


@kernels("blocks")
def test_output():
    """A file that cannot be written is refused before the run, not after it."""
    for path, words in (("/no/such/directory/report", ["/no/such/directory/report", "No such file"]),
                        ("/tmp", ["/tmp", "directory"]),
                        ("/proc/report", ["/proc/report"])):
        refused(tool("report", "-t", "600", "-o", path, timeout=LIMIT), *words)
    done = run("/bin/sh", "-c", f"{TOOL} report -t 0.1 >/dev/full")
    refused(done, "No space left")


@kernels("static spins")
def test_not_root():
    """Somebody without privileges is told which are needed."""
    copy = shutil.copy(TOOL, "/tmp/swiotlb-of-nobody")
    refused_without_file([*NOBODY, copy], "root")
    done = run(*NOBODY, copy, "doctor")
    equal("doctor's exit status", done.returncode, 2)
    contains("doctor", done.stdout + done.stderr, "root")


@kernels("blocks")
def test_no_btf():
    """A kernel without BTF is named as such."""
    refused_without_file([*WITHOUT_BTF, TOOL], "BTF", "CONFIG_DEBUG_INFO_BTF")
    done = run(*WITHOUT_BTF, TOOL, "doctor")
    equal("doctor's exit status", done.returncode, 2)
    contains("doctor", done.stdout + done.stderr, "BTF")


@kernels("blocks")
def test_doctor():
    """Everything works here, and doctor says so."""
    done = tool("doctor")
    equal("exit status and messages", (done.returncode, done.stderr), (0, ""))
    contains("doctor", done.stdout, "native_queued_spin_lock_slowpath", "fentry", "device blocks", "contention_begin",
             "blocks.allocate", "default (default): ", "all levels ")


def bpf_maps():
    """{id: what the kernel says of a map}"""
    shown = subprocess.run(["bpftool", "-j", "map", "show"], stdout=subprocess.PIPE, check=True).stdout
    return {one["id"]: one for one in json.loads(shown)}


@kernels("static spins")
def test_memory():
    """What the tool's tables take, as it states it, is what the kernel says of its maps."""
    before = bpf_maps()
    # 6.12 counts what it has allocated; 6.1 makes it up from the sizes of keys and values.
    with Watch("--level", "locks,blocks,mappings,callers") as watch:
        maps = [one for key, one in bpf_maps().items() if key not in before]
    listed = watch.report["tables"]["list"]
    # The shadow is told pool by pool: 24 bytes for each slot there was at the start.
    shadows = {table["name"]: table["bytes"] for table in listed if "shadow of pool" in table["name"]}
    slots = pool(watch.report)["slots"]
    equal("shadows", shadows, {"shadow of pool default": 24 * slots})
    stated, memory = {}, {}
    for table in listed:
        name = "shadow" if "shadow" in table["name"] else table["name"][:15]
        stated[name] = stated.get(name, 0) + table["bytes"]
    entries = {}
    for one in maps:
        memory[one["name"]] = memory.get(one["name"], 0) + one["bytes_memlock"]
        entries[one["name"]] = entries.get(one["name"], 0) + one["max_entries"]
    equal("tables", sorted(stated), sorted(memory))
    grow = {table["name"][:15] for table in listed if table["grows"]}
    for name, bytes_ in stated.items():
        # The kernel's own: an entry's links and hash, its pointer to a value of each CPU, the map itself.
        room = 128 * entries[name] + 8192
        between(f"what the kernel says of {name}", 0 if name in grow else bytes_, memory[name], bytes_ + room)
    equal("total", sum(stated.values()), watch.report["tables"]["bytes"] + watch.report["tables"]["bytes_full"])
    note(f"{watch.report['tables']['bytes']} bytes, the kernel says {sum(memory.values())}")


@kernels("stock spins")
def test_no_block_functions():
    """A kernel without device blocks: all else works, and those figures are unknown, not 0."""
    shown = report("-t", "0.2", "--level", "locks,blocks")
    equal("figures of blocks", set(value for key, value in shown["blocks"].items() if key != "owners"), {None})
    equal("waits are known", [area["lock"]["contended"] is None for area in pool(shown)["areas"]], [False, False])
    reasons = {probe["name"]: (probe["state"], probe["reason"]) for probe in shown["probes"]}
    equal("blocks.allocate", reasons["blocks.allocate"][0], "absent")
    contains("reason", reasons["blocks.allocate"][1], "no device blocks")
    equal("findings", [finding["id"] for finding in shown["findings"] if "block" in finding["id"]], [])
    done = tool("doctor")
    equal("doctor's exit status", done.returncode, 0)
    hooks = done.stdout.partition("\nHOOKS\n")[2].partition("\n\n")[0]
    equal("doctor's lines of hooks for blocks", len(re.findall("no device blocks", hooks)), 1)
    equal("its names of them", re.findall(r"\w+[.](?:pool_|allocate|free|inner)\w*", hooks), [])


@kernels("static spins")
def test_no_pool():
    """swiotlb=noforce: there is no pool to look at."""
    refused_without_file([TOOL], "no swiotlb pool", "swiotlb=")
    done = tool("doctor")
    equal("doctor's exit status", done.returncode, 2)
    contains("doctor", done.stdout + done.stderr, "no swiotlb pool")
