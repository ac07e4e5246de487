# SPDX-License-Identifier: GPL-2.0-only
"""What works with fewer rights than root has, and where the kernel hides its symbols or is locked down.

Where anything works, all figures are right.
"""
import contextlib
import os
import shutil
import subprocess

from harness import (HOLD_US, LIMIT, TOOL, SlowPath, Stress, Watch, between, contains, counter, each_area, equal, has,
                     interrupt, kernels, load_report, lost, note, on_cpu, pool, read, report_path, sysctl, tool,
                     wait_until, write)

COPY = "/tmp/swiotlb-of-nobody"
LEVELS = ("--level", "locks,mappings", "--stacks")
NO_NAMES = "stacks have no names"
KEPT = {0: 5, 1: 12}    # mappings that a device has from before, of two slots each
PAIRS = 2000            # of each of two threads a device
SECURITYFS = "/sys/kernel/security"
LOCKDOWN = f"{SECURITYFS}/lockdown"
# tests/unit/test_confine.c, which can be more of root here than on the machine that builds.
CONFINED = "build/unit/test_confine"
NOTHING_LEFT = {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapAmb": 0, "CapBnd": 0, "NoNewPrivs": 1, "Seccomp": 2}
# What else uses BPF or the kernel's memory is refused in one line.
REFUSED = (("report", "-t", "0.1"), ("report", "-t", "0.1", "--level", "state"), ("top", "--batch", "-n", "1"),
           ("check", "-t", "0.1", "-a", "map.leaked == 0"))


def ordinary_user(*capabilities):
    """A command's beginning that runs the tool as an ordinary user with these capabilities alone."""
    names = ",".join(f"+{name}" for name in capabilities)
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"--inh-caps={names}",
            f"--ambient-caps={names}", shutil.copy(TOOL, COPY)]


class UserWatch(Watch):
    """The same by a user who may write to /tmp only."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.target, self.path = self.path, f"/tmp/{os.path.basename(self.path)}"

    def __exit__(self, *error):
        super().__exit__(*error)
        shutil.copy(self.path, self.target)


def check_figures(watch, stress):
    """State, mappings and waits against the module, the kernel's counter and a kprobe event of the test's own."""
    # The event needs what only the patched kernel shows of its areas.
    slow = SlowPath() if has("blocks") else contextlib.nullcontext()
    stress("device-add", count=2)
    for number, count in KEPT.items():
        stress("leak", device=number, size=4096, count=count)
    with watch, slow:
        for number, cpu in ((0, 0), (1, 1), (0, 2), (1, 3)):
            stress("start", device=number, cpu=cpu, sizes="64,4096", pairs=PAIRS)
        stress("wait")
        stress("leak", device=0, size=4096)
    shown = watch.report
    equal("used", (pool(shown)["used"], pool(shown)["busy"]), (counter("io_tlb_used"), stress.total("live_slots")))
    equal("drift", each_area(shown, "used_drift"), [0] * len(pool(shown)["areas"]))
    rows = {row["name"]: (row["maps"], row["unmaps"], row["live"]) for row in shown["devices"]
            if row["name"].startswith("swiotlb_stress")}
    equal("devices", rows, {"swiotlb_stress.0": (2 * PAIRS + 1, 2 * PAIRS, 1),
                            "swiotlb_stress.1": (2 * PAIRS, 2 * PAIRS, 0)})
    equal("mappings from before", shown["mappings"]["unknown_age"], sum(KEPT.values()))
    waits = each_area(shown, "lock", "contended")
    note(f"waits by area: {waits}")
    equal("areas whose waits are unknown", waits.count(None), 0)
    if has("blocks"):
        slow.check(waits)


class Confined:
    """The same by a recorder that has given up its privileges before the block begins, and a report of what it wrote."""

    def __init__(self, *arguments):
        self.path, self.arguments = report_path(), ("-v", "-d", "0.3", *arguments)
        self.process = self.report = None
        self.recording = f"/tmp/{os.path.basename(self.path)}.zst"

    def status(self):
        """What the process has left, of /proc/PID/status."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            rows = dict(line.split(":", 1) for line in file)
        return {key: int(rows[key], 16) for key in NOTHING_LEFT}

    def __enter__(self):
        self.process = subprocess.Popen([TOOL, "record", *self.arguments, "-o", self.recording],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        lines = iter(self.process.stderr.readline, "")
        said = next((line for line in lines if "given up for good" in line), "")
        contains("what it gives up", said, "no capabilities", "system calls limited by seccomp",
                 *["files limited by landlock (ABI"] * has("stock"))
        equal("what it has left", self.status(), NOTHING_LEFT)
        return self

    def __exit__(self, kind, *_):
        left = self.status()
        status, _, errors = interrupt(self.process)
        if kind is None:
            equal("exit status and messages",
                  (status, [line for line in errors.splitlines() if "swiotlb: debug: " not in line]), (0, []))
            equal("what it had left at the end", left, NOTHING_LEFT)
            done = tool("report", "--format", "json", "-o", self.path, "--from", self.recording)
            done.stderr = "".join(line for line in done.stderr.splitlines() if "samples are missing for" not in line)
            self.report = load_report(self.path, done)
            equal("losses", lost(self.report), {})


def check_without_names(watch):
    """The same, of who may not see the kernel's symbols."""
    with Stress() as stress:
        check_figures(watch, stress)
    stacks = [group["stack"] for group in watch.report["mappings"]["groups"] if group["stack"]]
    equal("stacks", [set(stack) for stack in stacks], [{"?"}])


@kernels("static spins")
def test_hidden_symbols():
    """Where the kernel hides its symbols even from root: only names are missing, and doctor says so."""
    with sysctl("kernel/kptr_restrict", 2):
        check_without_names(Watch(*LEVELS, warning=NO_NAMES))
        done = tool("doctor", env={**os.environ, "SWIOTLB_FORBID": "holds"})
    equal("doctor's exit status", done.returncode, 0)
    contains("doctor", done.stdout, "/proc/kallsyms hides addresses", "kernel.kptr_restrict below 2")


@kernels("static spins")
def test_two_capabilities():
    """An ordinary user with CAP_BPF and CAP_PERFMON alone has all figures; only names are missing."""
    line = ordinary_user("bpf", "perfmon")
    with sysctl("kernel/kptr_restrict", 1):
        check_without_names(UserWatch(*LEVELS, line=line, warning=NO_NAMES))
        done = subprocess.run([*line, "doctor"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              timeout=LIMIT, check=False, env={**os.environ, "SWIOTLB_FORBID": "holds"})
    equal("doctor's exit status", done.returncode, 0)
    contains("doctor", done.stdout, "CAP_BPF, CAP_PERFMON", "CAP_SYSLOG")


@kernels("static spins")
def test_too_few_capabilities():
    """With one of the two alone nothing works: one line names both."""
    for capability in ("bpf", "perfmon"):
        done = subprocess.run([*ordinary_user(capability), "report", "-t", "0.1"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False)
        equal(f"exit status, stdout and lines with {capability} alone",
              (done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1))
        contains("message", done.stderr, "CAP_BPF and CAP_PERFMON")


def refused_calls():
    """What the kernel says of system calls that it refused; type 1326 is AUDIT_SECCOMP."""
    text = subprocess.run(["dmesg"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    return [line for line in text.splitlines() if "type=1326" in line]


def check_blocks():
    """A block of a living device, taken while the recorder has nothing left."""
    with Stress() as stress:
        stress("device-add")
        with Confined("--level", "blocks") as watch:
            stress.allocate(0)
        blocks = watch.report["blocks"]
    equal("blocks", (blocks["requests"], blocks["allocated"], blocks["live"], blocks["orphaned"]), (1, 1, 1, 0))


@kernels("static spins")
def test_nothing_left():
    """A recorder without any privilege counts all of the default levels exactly, and names stacks; no call is refused."""
    watch = Confined("--stacks")
    with Stress() as stress:
        check_figures(watch, stress)
        stacks = [group["stack"] for group in watch.report["mappings"]["groups"] if group["stack"]]
        equal("stacks with the module's name", ["swiotlb_stress" in " ".join(stack) for stack in stacks], [True])
        equal("system calls refused", refused_calls(), [])
    if has("blocks"):
        check_blocks()


@kernels("static spins")
def test_refused_from_inside():
    """What a confined process attempts is refused by each step alone; the kernel logs the calls that seccomp refuses."""
    done = subprocess.run([CONFINED], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, timeout=LIMIT, check=False, env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
    lines = done.stdout.splitlines()
    # A test that is skipped is "not ok" there.
    skipped = [line.split("# SKIP ")[1] for line in lines if "# SKIP " in line]
    passed = [line.split("- ")[1] for line in lines if line.startswith("ok") and "SKIP" not in line]
    note(f"{len(passed)} refused, skipped: {', '.join(skipped) or 'none'}")
    equal("failed", [line for line in lines if line.startswith("not ok") and "# SKIP " not in line], [])
    equal("exit status", done.returncode, 0)
    wanted = ["load a program", "make a map", "freeze a map", "find programs", "execute", "start a process", "open a TCP socket",
              "be traced", "mount", "make a namespace"]
    equal("refused by seccomp", [name for name in wanted if f"not {name}, by seccomp" not in passed], [])
    for name in ("load a program", "make a map", "find programs", "mount"):
        contains("refused by capabilities", passed, f"not {name}, by capabilities")
    if has("stock"):
        for name in ("write elsewhere", "read elsewhere", "execute", "make a directory", "trace the parent"):
            contains("refused by landlock", passed, f"not {name}, by landlock")
        between("calls that the kernel logged", 1, len(refused_calls()), 1000)


def lock_down(mode):
    """Raises lockdown, which nobody lowers again."""
    if not os.path.exists(LOCKDOWN):
        subprocess.run(["mount", "-t", "securityfs", "none", SECURITYFS], check=True)
    write(LOCKDOWN, mode)
    contains("lockdown", read(LOCKDOWN), f"[{mode}]")


def check_known_hold(stress):
    """Waits for a lock that is held, area by area, against a kprobe event."""
    slow = SlowPath()
    with Watch("--level", "locks") as watch, slow:  # pylint: disable=confusing-with-statement
        stress("start", device=0, cpu=1, sizes=64, pairs=0, rate=500)
        with on_cpu(2):
            # The load may not have a CPU of the host meanwhile.
            wait_until("the load waits", lambda: stress.hold_lock(1, HOLD_US) or any(slow.entries()))
        stress("stop")
    note(f"entries of the slow path: {slow.counts}")
    waits = each_area(watch.report, "lock", "contended")
    slow.check(waits)
    equal("areas without waits", waits.count(0), len(waits) - 1)


@kernels("stock spins")
def test_lockdown():
    """Integrity (Secure Boot) is no obstacle; at confidentiality nothing works, and one line says why.

    The last test of a guest. The module is there before, as it is not signed.
    """
    with Stress() as stress:
        lock_down("integrity")
        watch = Watch(*LEVELS)
        check_figures(watch, stress)
        stacks = [group["stack"] for group in watch.report["mappings"]["groups"] if group["stack"]]
        equal("stacks with the module's name", ["[swiotlb_stress]" in " ".join(stack) for stack in stacks], [True])
        check_known_hold(stress)
        done = tool("doctor", env={**os.environ, "SWIOTLB_FORBID": "holds"})
        equal("doctor's exit status", done.returncode, 0)
        # From 7.x on Debian has the kernel's options among its modules, which tell as well.
        contains("doctor", done.stdout, "integrity: does not restrict BPF here",
                 "lazy: while a task" if has("lazy") else "lockdown keeps debugfs from telling")
    lock_down("confidentiality")
    for line in REFUSED:
        done = tool(*line)
        equal(f"exit status, stdout and lines of {line}", (done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1))
        contains(f"message of {line}", done.stderr, "lockdown is at confidentiality", "boot with lockdown=integrity")
    done = tool("doctor")
    equal("doctor's exit status and lines", (done.returncode, done.stderr.count("\n")), (2, 1))
    contains("doctor", done.stdout, "confidentiality: BPF may not read kernel memory")
