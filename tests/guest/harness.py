# SPDX-License-Identifier: GPL-2.0-only
"""What the tests in a guest share: the tool, the stress module, the kernel's own counters.

A test is a function named test_..., with @kernels(...) to say where it holds. It raises (mostly through equal()
and between()) when something is wrong. Imports are few: Python starts slowly in an emulated guest.
"""
import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import tempfile
import time

from features import features, fits

SLOT = 2048
SEGMENT = 128 * SLOT
BLOCK_SLOTS = 1024
BLOCK = BLOCK_SLOTS * SLOT
# Seconds that end what hangs. Nothing else: a busy host may take its time.
LIMIT = 200
# How long the fault holds a lock: the host may let another CPU of the guest, the waiter, run late.
HOLD_US = 40000
# Of Stress.contend(): so many holds, by a CPU, of an area's lock; the thread on the CPU of that number maps there.
HOLDS, HOLDER, AREA = 3, 2, 1
DEBUGFS = "/sys/kernel/debug/swiotlb"
STRESS = "/sys/kernel/debug/swiotlb_stress"
TRACEFS = "/sys/kernel/tracing"
PARAMETERS = "/sys/module/swiotlb_stress/parameters"
# A machine of another kind than the one that builds has a build of its own.
FOREIGN = f"build/{os.uname().machine}/swiotlb"
# tools/coverage has another one run, which counts its lines.
TOOL = os.path.abspath(os.environ.get("SWIOTLB_TEST_TOOL") or (FOREIGN if os.path.exists(FOREIGN) else "build/swiotlb"))
# The spinlock slow path: with PARAVIRT_SPINLOCKS, and without, as on arm64.
SLOW_PATHS = ("native_queued_spin_lock_slowpath", "queued_spin_lock_slowpath")


class Context:
    """Set by run: the kernel's name, the module for it, and where reports are kept for the host to validate."""
    kernel = module = reports = None
    test = ""
    count = 0


class Skipped(Exception):
    """The test cannot be made here; the message says why."""


def kernels(*needs):
    """The kernels a test holds on: those with all features of one of NEEDS, such as "blocks" (features.py)."""
    def mark(function):
        function.needs = needs
        return function
    return mark


def has(*needs):
    """Whether this kernel has all features of one of NEEDS."""
    return fits(features(Context.kernel), *needs)


def note(text):
    """Lines for the log, shown with the test."""
    for line in text.splitlines():
        print(f"note {line}", flush=True)


# Claims

def equal(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what} is {got!r}, not {wanted!r}")


def between(what, low, got, high):
    if got is None or not low <= got <= high:
        raise AssertionError(f"{what} is {got!r}, not in {low!r}..{high!r}")


def contains(what, text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{what} lacks {part!r}: {text!r}")


# Files

def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    """In one write, as control files want it."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, str(text).encode())
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def on_cpu(cpu):
    """Runs what is inside on one CPU."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def sysctl(name, value):
    """Has a setting of the kernel, such as kernel/kptr_restrict, be another one inside."""
    path = f"/proc/sys/{name}"
    before = read(path)
    write(path, value)
    try:
        yield
    finally:
        write(path, before)


@contextlib.contextmanager
def environment(name, value):
    """Has programs that are started inside find a variable set."""
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def wait_until(what, condition, seconds=LIMIT):
    """Polls until something has happened, less often the longer it takes."""
    deadline, pause = time.monotonic() + seconds, 0.05
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"still not after {seconds} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


# The tool

def tool(*arguments, timeout=LIMIT, **options):
    """Runs the tool to its end."""
    return subprocess.run([TOOL, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=timeout, check=False, **options)


def report_path():
    """A new file among the reports that the host validates."""
    Context.count += 1
    return f"{Context.reports}/{Context.test}-{Context.count}.json"


def load_report(path, done, wrong_unmaps=False):
    """The report that a finished run has written. No driver unmaps wrongly, unless the test has it do so."""
    equal("report's exit status", (done.returncode, done.stderr), (0, ""))
    shown = json.loads(read(path))
    if not wrong_unmaps:
        equal("wrong unmaps", (shown["mappings"]["wrong_unmaps"] or [], *(
            shown["mappings"][key] or 0 for key in ("wrong_device", "unmapped_twice", "wrong_size"))), ([], 0, 0, 0))
    return shown


def report(*arguments):
    """A report, as JSON."""
    path = report_path()
    return load_report(path, tool("report", "--format", "json", "-o", path, *arguments))


class Watch:
    """Has the tool attached while the block runs; then .report is what it saw.

    The tool watches a command that says when it runs, thus when all is attached, and ends when it is told to.
    Nothing may be lost but what the test names. LINE starts the tool, WARNING is what it has to say besides.
    """

    def __init__(self, *arguments, may_lose=(), line=(TOOL,), warning="", wrong_unmaps=False):
        self.path = report_path()
        self.arguments = arguments
        self.may_lose, self.wrong_unmaps = may_lose, wrong_unmaps
        self.line, self.warning = line, warning
        self.process = self.report = None

    def __enter__(self):
        line = [*self.line, "report", "--format", "json", "-o", self.path, *self.arguments,
                "--", "/bin/sh", "-c", "echo attached; read end || :"]
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "attached\n":
            raise AssertionError(f"report did not start: {self.process.communicate(timeout=LIMIT)[1]!r}")
        return self

    def __exit__(self, kind, *_):
        _, errors = self.process.communicate(timeout=LIMIT)
        if kind is None:
            contains("messages", errors, self.warning)
            done = subprocess.CompletedProcess(self.process.args, self.process.returncode, "",
                                               "" if self.warning else errors)
            self.report = load_report(self.path, done, self.wrong_unmaps)
            losses = {cause: count for cause, count in lost(self.report).items() if cause not in self.may_lose}
            equal("losses", losses, {})


def lost(report_):
    """What a report says was missed, by cause."""
    return {cause: count for cause, count in report_["loss"]["by_cause"].items() if count}


def pool(report_, name="default"):
    found = [pool_ for pool_ in report_["pools"] if pool_["name"] == name]
    equal(f"pools named {name}", len(found), 1)
    return found[0]


def each_area(report_, *path, name="default"):
    """One figure of every area: each_area(report, "lock", "contended")."""
    figures = []
    for area in pool(report_, name)["areas"]:
        for key in path:
            area = area[key]
        figures.append(area)
    return figures


def sound_areas(report_):
    """No area of any pool contradicts itself."""
    for pool_ in report_["pools"]:
        for area in pool_["areas"]:
            where = f"of area {area['index']} of {pool_['name']}"
            equal(f"used_drift {where}", area["used_drift"], 0)
            equal(f"list_errors {where}", area["list_errors"], 0)
            equal(f"busy {where}", area["busy"], area["used"])


def long_waits(area, ns):
    """Waits that surely took ns or more: those in buckets that begin there or later."""
    return sum(count for bucket, count in enumerate(area["lock"]["wait_ns"]["histogram"]) if 1 << bucket >= ns)


# The kernel

def counter(name, device=""):
    return int(read(os.path.join(DEBUGFS, device, name)))


def kernel_areas(device=""):
    """The patched kernel's (slots, used) of each area."""
    return [tuple(int(word) for word in line.split()[1:])
            for line in read(os.path.join(DEBUGFS, device, "io_tlb_areas")).splitlines()]


@contextlib.contextmanager
def fault(name, value=1):
    """Has the patched kernel misbehave."""
    path = os.path.join(DEBUGFS, "faults", name)
    write(path, value)
    try:
        yield
    finally:
        write(path, 0)


@functools.cache
def btf_text():
    """The kernel's types. By way of a file: bpftool writes each line apart, which a pipe makes slow."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        subprocess.run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "raw"], stdout=file,
                       check=True)
        file.seek(0)
        return file.read()


def btf_struct(name):
    """(size, {member: offset}) of a kernel structure, in bytes."""
    found, lines = {}, btf_text()
    at = re.search(rf"^\[\d+\] STRUCT '{name}' size=(\d+) vlen=(\d+)\n((?:\t.*\n)*)", lines, re.M)
    for member, bits in re.findall(r"^\t'(\w+)' type_id=\d+ bits_offset=(\d+)", at[3], re.M):
        found[member] = int(bits) // 8
    return int(at[1]), found


def has_function(name):
    return f" FUNC '{name}' " in btf_text()


def pool_member(name):
    """Offset in struct io_tlb_mem of a member of its pool, which has a structure of its own from 6.6 on."""
    mem = btf_struct("io_tlb_mem")[1]
    return mem[name] if name in mem else mem["defpool"] + btf_struct("io_tlb_pool")[1][name]


def default_areas():
    """Address of the default pool's pointer to its areas, and how many there are. The stress module must be there."""
    return (int(read(f"{PARAMETERS}/default_mem")) + pool_member("areas"), int(re.search(r"swiotlb=\d+,(\d+)", read("/proc/cmdline"))[1]))


def forget_probes():
    """Removes all kprobe events; they must be off."""
    with open(f"{TRACEFS}/kprobe_events", "w", encoding="ascii"):
        pass


class SlowPath:
    """Counts entries of the spinlock slow path by area of the default pool, with a kprobe event of its own.

    The independent truth for the tool's waits. The area array's address comes from the kernel with each event.
    """
    def __init__(self):
        pointer, self.areas = default_areas()
        self.size, area = btf_struct("io_tlb_area")
        self.lock = area["lock"]
        # Where spinlocks sleep, the other one is the slow path of the lock's inner lock.
        symbol = "rtlock_slowlock_locked" if has("sleeps") else next(filter(has_function, SLOW_PATHS))
        self.event = f"p:swiotlb_test/slow {symbol} lock=$arg1:x64 areas=@{pointer:#x}:x64"
        self.counts, self.missed = [0] * self.areas, 0

    def __enter__(self):
        write(f"{TRACEFS}/buffer_size_kb", 16384)
        write(f"{TRACEFS}/kprobe_events", self.event)
        write(f"{TRACEFS}/trace", "")
        write(f"{TRACEFS}/events/swiotlb_test/slow/enable", 1)
        return self

    def __exit__(self, *_):
        write(f"{TRACEFS}/events/swiotlb_test/slow/enable", 0)
        # It is not entered while another kprobe is at work on its CPU: for this lock or for any other one.
        self.missed = int(read(f"{TRACEFS}/kprobe_profile").split()[2])
        self.counts = self.entries()
        overruns = [line for cpu in range(os.cpu_count())
                    for line in read(f"{TRACEFS}/per_cpu/cpu{cpu}/stats").splitlines() if "overrun" in line]
        equal("lost trace events", [line for line in overruns if not line.endswith(": 0")], [])
        write(f"{TRACEFS}/kprobe_events", "-:swiotlb_test/slow")

    def entries(self):
        """By area, so far."""
        counts = [0] * self.areas
        for lock, base in re.findall(r"lock=(0x[0-9a-f]+) areas=(0x[0-9a-f]+)", read(f"{TRACEFS}/trace")):
            index, rest = divmod(int(lock, 16) - int(base, 16) - self.lock, self.size)
            if rest == 0 and 0 <= index < self.areas:
                counts[index] += 1
        return counts

    def check(self, waits):
        """The waits by area are the entries, and no others but as many as the kprobe has missed."""
        more = [wait - entries for wait, entries in zip(waits, self.counts)]
        if min(more) < 0 or sum(more) > self.missed:
            raise AssertionError(f"waits by area are {waits}, not {self.counts}, with {self.missed} missed")


# The stress module

class Stress:
    """The module, loaded while the block runs. Unloading gives back what living devices have.

    It is told what to do by a file that is opened once: lockdown lets nobody open it.
    """

    def __init__(self):
        self.control = None

    def __enter__(self):
        subprocess.run(["insmod", Context.module], check=True)
        self.control = os.open(f"{STRESS}/control", os.O_WRONLY)
        return self

    def __exit__(self, *_):
        os.close(self.control)
        subprocess.run(["rmmod", "swiotlb_stress"], check=True)

    def __call__(self, command, **arguments):
        """Gives a command: stress("device-add", count=2)."""
        line = " ".join([command, *(f"{key}={value}" for key, value in arguments.items())])
        try:
            os.write(self.control, line.encode())
        except OSError as error:
            reason = read(f"{STRESS}/last_error").strip()
            raise OSError(error.errno, f"{line}: {reason or error.strerror}") from None

    @staticmethod
    def truth():
        """{device id: {key: number}}, as the module counts."""
        devices = [dict(word.split("=") for word in line.split()) for line in read(f"{STRESS}/devices").splitlines()]
        return {int(device["id"]): {key: int(value) for key, value in device.items() if key not in ("id", "name")}
                for device in devices}

    def total(self, key):
        return sum(device[key] for device in self.truth().values())

    def hold_lock(self, index, us):
        """Holds the lock of an area of the default pool."""
        size, area = btf_struct("io_tlb_area")
        self("hold-lock", pointer=default_areas()[0], offset=index * size + area["lock"], us=us)

    def contend(self):
        """One CPU maps in an area, and another one holds its lock again and again."""
        self("start", device=0, cpu=AREA, sizes=64, pairs=0, rate=500)
        with on_cpu(HOLDER):
            for _ in range(HOLDS):
                self.hold_lock(AREA, HOLD_US)
                time.sleep(0.05)
        self("stop")

    def serve(self, pairs):
        """Two devices map and unmap so many pairs each."""
        for number in (0, 1):
            self("start", device=number, cpu=number, sizes="512,4096", pairs=pairs, hold=4)
        self("wait")

    def serve_and_leak(self, pairs, leaked):
        """The same; then the second one leaks."""
        self.serve(pairs)
        self("leak", device=1, count=leaked, size=4096)

    def allocate(self, device, areas=1, blocks=1):
        self("block-alloc", device=device, areas=areas, size=blocks * BLOCK)


def interrupt(process, number=signal.SIGINT, timeout=LIMIT):
    """Sends a signal and waits: (exit status, stdout, stderr)."""
    process.send_signal(number)
    out, errors = process.communicate(timeout=timeout)
    return process.returncode, out, errors
