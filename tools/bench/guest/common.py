# SPDX-License-Identifier: GPL-2.0-only
"""What the measurements share: running tools around loads, and figures or the reason why there is none.

A figure that cannot be had is {"reason": text}, never missing and never 0.
"""
import json
import os
import re
import signal
import subprocess
import time

BENCH = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
ROOT = os.path.realpath(os.path.join(BENCH, "../.."))
BUILD = os.path.join(ROOT, "build/bench")
TOOL = os.path.join(ROOT, "build/swiotlb")
STRESS = "/sys/kernel/debug/swiotlb_stress"
PYTHON = "/usr/bin/python3"
LEVELS = ("locks", "blocks", "mappings", "bounces", "holds", "callers")
ALL = ",".join(LEVELS)
# Kernels where a trampoline takes all arguments of the map function.
TRAMPOLINES = ("6.12", "7.3")


def say(text):
    """A line for the log of the guest."""
    print(text, flush=True)


def load(name):
    return os.path.join(BENCH, "loads", name)


def peer(name):
    return os.path.join(BENCH, "peers", name)


def ledger(kernel):
    """The script with the facts of the mappings level."""
    return peer("ledger-6.12.bt" if kernel in TRAMPOLINES else "ledger-6.1.bt")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def write(path, text):
    """In one write, as control files want it."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def stress(command):
    write(f"{STRESS}/control", command)


def stress_sum(key):
    """The sum of one key over the module's devices."""
    return sum(int(count) for count in re.findall(rf"\b{key}=(\d+)", read(f"{STRESS}/devices")))


def run(*line):
    """Runs a program to its end and returns (exit status, all it wrote).

    There is no time limit but the guest's own: where instructions are counted, the guest's time flies while it waits for
    the host.
    """
    try:
        done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
    except OSError as error:
        return 127, f"{line[0]}: {error.strerror}"
    return done.returncode, done.stdout


def take(path):
    """The JSON of a file that a load or tool may have written, which is removed; None without one."""
    try:
        found = json.loads(read(path))
        os.unlink(path)
        return found
    except (OSError, ValueError):
        return None


def reason(output):
    """What a tool gave as its reason, in one line: its last complaint, else its last line."""
    lines = [re.sub(r"\s+", " ", line).strip() for line in output.splitlines()]
    lines = [re.sub(r"(/[\w.+-]+)+/", "", line) for line in lines if line]
    complaints = [line for line in lines if re.search(r"error|cannot|can't|could not|fail|unable|invalid|not ", line, re.I)]
    text = (complaints or lines or ["it says nothing"])[-1]
    return {"reason": text if len(text) <= 160 else text[:157] + "..."}


def report(levels, path, *command):
    """The command line of our tool, around another one."""
    return [TOOL, "report", "--level", levels, "--format", "json", "-o", path, "--", *command]


class Tool:
    """A tool that is left running while the block runs, once its output shows that it is ready; then it is interrupted."""

    LOG = "/run/bench-tool"

    def __init__(self, ready, *line):
        self.ready, self.line = ready, line
        self.process = None
        self.output = ""

    def running(self):
        return self.process is not None and self.process.poll() is None

    def __enter__(self):
        try:
            with open(self.LOG, "w", encoding="utf-8") as log:
                self.process = subprocess.Popen(self.line, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        except OSError as error:
            self.output = f"{self.line[0]}: {error.strerror}"
            return self
        while self.running() and not re.search(self.ready, read(self.LOG)):
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        if self.running():
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
        self.output = self.output or read(self.LOG)


def memory_of(pid):
    """Bytes that a process holds: resident now and at their highest, and its maps and programs in the kernel.

    A map that the process has mapped is in both, by as much as "mapped" says.
    """
    mapped = re.findall(r"bpf-map$\n(?:\w+:.*\n)*?Rss: +(\d+) kB", read(f"/proc/{pid}/smaps"), re.M)
    status = dict(re.findall(r"^(\w+):\s+(\d+) kB", read(f"/proc/{pid}/status"), re.M))
    objects = {}
    for number in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            info = dict(re.findall(r"^(\w+):\s*(\S+)", read(f"/proc/{pid}/fdinfo/{number}"), re.M))
        except OSError:
            continue
        for kind in ("map_id", "prog_id"):
            if kind in info and "memlock" in info:
                objects[kind, info[kind]] = int(info["memlock"])
    return {"resident": int(status["VmRSS"]) * 1024, "anonymous": int(status["RssAnon"]) * 1024,
            "peak": int(status["VmHWM"]) * 1024, "kernel": sum(objects.values()), "mapped": sum(map(int, mapped)) * 1024}
