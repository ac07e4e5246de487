# SPDX-License-Identifier: GPL-2.0-only
"""How runs end, and what stays behind: nothing."""
import contextlib
import json
import os
import signal
import subprocess

from harness import (LIMIT, TOOL, Stress, Watch, equal, interrupt, kernels, load_report, read, report,
                     report_path, tool, wait_until)

# Commands that print when they run. The second one handles SIGTERM itself.
UP = "echo up; exec sleep 60"
STUBBORN = "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done"


def show(kind):
    """The ids of what BPF has of a kind. bpftool fails when one goes while it looks."""
    for _ in range(5):
        done = subprocess.run(["bpftool", "--json", kind, "show"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=False)
        if done.returncode == 0:
            return {(kind, entry["id"]) for entry in json.loads(done.stdout or "[]")}
    raise AssertionError(f"bpftool {kind} show: {done.stdout} {done.stderr}")


def loaded():
    """What BPF has in the kernel: {(kind, id)}."""
    return show("prog") | show("map") | show("link")


def start(*arguments):
    return subprocess.Popen([TOOL, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def start_around(script, path, *more):
    """A report around a shell script that says "up"."""
    process = start("report", "--format", "json", "-o", path, *more, "--", "/bin/sh", "-c", script)
    equal("the command's first line", process.stdout.readline(), "up\n")
    return process


def has_programs(process):
    """Whether a process has a BPF program; quicker to ask than bpftool."""
    with contextlib.suppress(FileNotFoundError), os.scandir(f"/proc/{process.pid}/fd") as descriptors:
        return any("bpf-prog" in os.readlink(descriptor.path) for descriptor in descriptors)
    return False


def takes_signals(process):
    """Whether the tool watches: then signals are its own to read, before they end it."""
    blocked = [line.split()[1] for line in read(f"/proc/{process.pid}/status").splitlines() if "SigBlk" in line]
    return int(blocked[0], 16) >> (signal.SIGINT - 1) & 1


@kernels("static", "blocks")
def test_sigkill():
    """Killed in mid-run under load: no program, map or link stays."""
    before = loaded()
    with Stress() as stress:
        stress("device-add")
        process = start_around(UP, "/tmp/killed.json", "--level", "locks,blocks,mappings")
        stress("start", device=0, cpu=1, sizes=4096, pairs=0, rate=500)
        during = loaded() - before
        equal("kinds in use while it runs", {kind for kind, _ in during}, {"prog", "map", "link"})
        process.kill()
        equal("exit status", process.wait(10), -signal.SIGKILL)
        wait_until("all of it is gone", lambda: not loaded() & during)
        wait_until("nothing came instead", lambda: loaded() <= before)
    equal("files left", subprocess.run("ls -A /tmp | grep killed || :", shell=True, stdout=subprocess.PIPE, text=True,
                                       check=True).stdout, "")


@kernels("blocks")
def test_normal_end():
    """Nothing stays of a run that ends by itself either."""
    before = loaded()
    report("-t", "0.1", "--level", "locks,blocks,tracepoints")
    wait_until("all of it is gone", lambda: loaded() <= before)


@kernels("static", "blocks")
def test_ctrl_c():
    """SIGINT ends the time, and what was gathered is reported."""
    before = loaded()
    for number in (signal.SIGINT, signal.SIGTERM):
        path = report_path()
        process = start("report", "-t", "600", "--format", "json", "-o", path)
        wait_until("the time has begun", lambda: takes_signals(process))
        status, out, errors = interrupt(process, number)
        shown = load_report(path, subprocess.CompletedProcess([], status, out, errors))
        equal("the window", {key: shown["window"][key] for key in ("interrupted", "ended", "command", "exit_status")},
              {"interrupted": True, "ended": False, "command": None, "exit_status": None})
        wait_until("all of it is gone", lambda: loaded() <= before)


@kernels("blocks")
def test_early_ctrl_c():
    """SIGINT while programs are loaded ends the time as soon as it begins: a report, and nothing stays in the kernel."""
    before = loaded()
    path = report_path()
    process = start("report", "-t", "600", "--format", "json", "-o", path)
    while process.poll() is None and not has_programs(process):
        pass
    status, out, errors = interrupt(process)
    shown = load_report(path, subprocess.CompletedProcess([], status, out, errors))
    equal("interrupted", shown["window"]["interrupted"], True)
    wait_until("all of it is gone", lambda: loaded() <= before)


@kernels("blocks")
def test_command():
    """report -- COMMAND: its arguments, its exit status, its output, its signals."""
    path = report_path()
    done = tool("report", "--format", "json", "-o", path, "--", "/bin/sh", "-c", "echo from it; exit 7")
    equal("the output", done.stdout, "from it\n")
    shown = load_report(path, done)
    equal("the window", {key: shown["window"][key] for key in ("interrupted", "ended", "command", "exit_status")},
          {"interrupted": False, "ended": True, "command": ["/bin/sh", "-c", "echo from it; exit 7"],
           "exit_status": 7})
    for script, wanted in ((STUBBORN, 9), (UP, 128 + signal.SIGTERM)):
        path = report_path()
        process = start_around(script, path)
        status, out, errors = interrupt(process, signal.SIGTERM)
        shown = load_report(path, subprocess.CompletedProcess([], status, out, errors))
        equal("exit_status after SIGTERM", shown["window"]["exit_status"], wanted)
        equal("interrupted", shown["window"]["interrupted"], True)


@kernels("blocks")
def test_early_reader():
    """report | head: the reader goes, and that is no error."""
    line = f"set -o pipefail; {TOOL} report -t 0.1 | head -n 1"
    done = subprocess.run(["bash", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=LIMIT, check=False)
    equal("exit status and messages", (done.returncode, done.stderr), (0, ""))
    equal("lines", len(done.stdout.splitlines()), 1)


@kernels("blocks")
def test_two_at_once():
    """Two tools count the same waits, each for itself."""
    with Stress() as stress:
        stress("device-add", count=4)
        with Watch("--level", "locks") as one, Watch("--level", "locks") as other:
            for cpu in range(4):
                stress("start", device=cpu, cpu=cpu, sizes=4096, pairs=2000)
            stress("wait")
    waits = [[area["lock"]["contended"] for area in shown["pools"][0]["areas"]]
             for shown in (one.report, other.report)]
    equal("waits", waits[0], waits[1])
