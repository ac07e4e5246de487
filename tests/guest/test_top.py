# SPDX-License-Identifier: GPL-2.0-only
"""swiotlb top, driven through tmux as a user does: what the screen says, and what it does to the terminal."""
import contextlib
import json
import os
import re
import signal
import subprocess
import time

from harness import (TOOL, Stress, between, contains, counter, equal, interrupt, kernels, read, report_path, tool,
                     wait_until)

TABS = ["Overview", "Areas", "Locks", "Devices", "Blocks", "Findings", "Doctor"]
SNAPSHOT = "/tmp/top.json"


class Terminal:
    """A shell in a terminal of its own, and top in it."""

    def __init__(self, width=120, height=40, environment=()):
        self.name = f"top-{os.getpid()}"
        self.tmux("new-session", "-d", "-x", str(width), "-y", str(height),
                  "env", "LANG=C.UTF-8", "PS1=done$ ", *environment, "bash", "--norc", "--noprofile",
                  first=True)
        self.sees("done")

    def tmux(self, *arguments, first=False):
        line = ["tmux", "-L", self.name, "-u"]
        if first:
            with open("/tmp/tmux.conf", "w", encoding="utf-8") as file:
                file.write("set -g default-terminal tmux-256color\nset -g status off\nset -g escape-time 0\n")
            line += ["-f", "/tmp/tmux.conf"]
        done = subprocess.run([*line, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              check=False, env={**os.environ, "LANG": "C.UTF-8"})
        return done.stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def text(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def flag(self, name):
        return self.tmux("display-message", "-p", "#{%s}" % name).strip()

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def mouse(self, button, x, y):
        """Presses a button (0 the left one, 64 and 65 the wheel) at a place, counted from 1."""
        presses = [button, 3] if button < 3 else [button]
        self.type("".join("\033[M" + chr(32 + one) + chr(32 + x) + chr(32 + y) for one in presses))
        time.sleep(0.5)

    def sees(self, what, seconds=20):
        """Waits for a text on the screen; gives the screen."""
        try:
            wait_until(what, lambda: re.search(what, self.text()), seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.text()}") from None
        return self.text()

    def start(self, *arguments):
        self.type(" ".join([TOOL, "top", *arguments]))
        self.press("Enter")
        self.sees(r"1 Overview.*7 Doctor", 60)
        self.sees(r"tool [0-9<]", 60)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def pid(self):
        shell = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        return int(subprocess.run(["pgrep", "-P", shell, "-x", "swiotlb"], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout)

    def restored(self):
        """The terminal is as the shell wants it."""
        self.sees(r"(?m)^done\$ *$")
        equal("alternate screen", self.flag("alternate_on"), "0")
        equal("cursor", self.flag("cursor_flag"), "1")
        equal("mouse", self.flag("mouse_any_flag"), "0")
        self.type("stty -a; echo status $?")
        self.press("Enter")
        contains("stty", " ".join(self.sees(r"status \d").split()), " echo ", " icanon ", " isig ", " icrnl ")


def contend(stress):
    for cpu in range(4):
        stress("start", device=0, cpu=cpu, sizes="64,4096", pairs=0, hold=8, rate=1000)


@contextlib.contextmanager
def load():
    """Four CPUs that share the areas."""
    with Stress() as stress:
        stress("device-add", count=6)
        contend(stress)
        yield stress
        stress("stop")


def rate(count, seconds):
    """As the screen writes it."""
    if not count:
        return "0"
    value = count / seconds
    return f"{value:.1f}" if value < 10 else f"{value:.0f}" if value < 99999.5 else f"{value / 1e3:.0f}k"


def snapshot():
    return json.loads(read(SNAPSHOT))


def paused(terminal):
    """Stops at an interval: its screen, and the same interval as JSON."""
    terminal.press("Space")
    terminal.sees("PAUSED")
    return terminal.text(), snapshot()


def go_on(terminal):
    terminal.press("Space")
    wait_until("it goes on", lambda: "PAUSED" not in terminal.text())


def rows(text, title):
    """The words of each row of the table under a title line."""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if re.search(title, line))
    found = []
    for line in lines[at + 1:]:
        if not line.strip() or line.startswith(" state"):
            break
        found.append(line.split())
    return found


def label(shown, pool, area):
    return f"{pool['id']}:{area['index']}" if len(shown["pools"]) > 1 else str(area["index"])


@kernels("patched", "6.1", "6.12")
def test_overview():
    """Every figure of the overview is that of the interval's snapshot."""
    with load(), Terminal(120, 40) as terminal:
        terminal.start("-d", "0.5", "--snapshot", SNAPSHOT)
        for _ in range(2):
            time.sleep(1.2)
            text, shown = paused(terminal)
            table = {row[0]: row for row in rows(text, "in use")}
            for pool in shown["pools"]:
                contains("pools", text, f"{pool['used']}/{pool['slots']}", f"peak {pool['used_peak']}")
                for area in pool["areas"]:
                    row = table[label(shown, pool, area)]
                    equal("used/slots", row[2], f"{area['used']}/{area['slots']}")
                    equal("peak and run", row[3:5], [str(area["used_peak"]), str(area["largest_free"])])
                    equal("contended", row[5], rate(area["lock"]["contended"], shown["window"]["seconds"]))
            contains("verdict", " ".join(text.split()), " ".join(shown["verdict"].split())[:60])
            go_on(terminal)
        terminal.press("q")
        terminal.restored()


@kernels("patched", "6.12")
def test_locks():
    """Waits of an area, and in its details, are the snapshot's."""
    with load(), Terminal(200, 60) as terminal:
        terminal.start("-d", "0.5", "--level", "locks", "--snapshot", SNAPSHOT)
        terminal.press("3")
        terminal.sees("WAITS OF POOL default, AREA")
        time.sleep(2)
        text, shown = paused(terminal)
        table = rows(text, "p50 +p90")
        areas = {str(area["index"]): area for area in shown["pools"][0]["areas"]}
        equal("rows", {row[1] for row in table}, set(areas))
        for row in table:
            equal("contended", row[2], rate(areas[row[1]]["lock"]["contended"], shown["window"]["seconds"]))
        terminal.press("Enter")
        text = terminal.sees("CPUS THAT WAITED|last interval")
        index = re.search(r"pool default, area (\d+)", text)[1]
        equal("waits", re.search(r"last interval +(\d+)", text)[1], str(areas[index]["lock"]["contended"]))
        terminal.press("Escape")
        terminal.sees("WAITS OF POOL")


@kernels("patched", "6.12")
def test_devices():
    """m asks, attaches the mappings level, and shows the cost before and after; then devices are listed."""
    # Emulated CPUs may trip over map and unmap being patched while they run them: no load meanwhile.
    with Stress() as stress, Terminal(120, 40) as terminal:
        stress("device-add", count=2)
        stress("leak", device=1, size=4096, count=5)
        terminal.start("-d", "0.5", "--snapshot", SNAPSHOT)
        terminal.press("4")
        terminal.sees("press m to attach")
        terminal.press("m")
        terminal.sees("attach mappings. y/n; the cost now: tool")
        terminal.press("n")
        terminal.sees("nothing was attached")
        terminal.press("m", "y")
        terminal.sees("mappings: tool .* before: tool", 60)
        contend(stress)
        terminal.sees("swiotlb_stress.0 ")
        time.sleep(1.5)
        text, shown = paused(terminal)
        devices = {device["name"]: device for device in shown["devices"]}
        for row in rows(text, r"maps/s +unmaps/s"):
            device = devices[row[0]]
            seconds = shown["window"]["seconds"]
            equal("maps and unmaps", row[1:3], [rate(device["maps"], seconds), rate(device["unmaps"], seconds)])
            contains("live", row[4:], str(device["live"]))
        between("maps in the interval", 1, devices["swiotlb_stress.0"]["maps"], 10**7)
        go_on(terminal)
        terminal.press("Enter")
        terminal.sees("REFUSED")
        stress("stop")
        terminal.press("Escape", "m")
        terminal.sees("press m to attach")


@kernels("patched")
def test_blocks():
    """Owners and leaks; a pool that goes while its area is open."""
    with Stress() as stress, Terminal(120, 40) as terminal:
        stress("device-add", count=3)
        stress.allocate(0, areas=2)
        stress.allocate(1)
        terminal.start("-d", "0.3", "--snapshot", SNAPSHOT)
        stress.allocate(2, blocks=2)
        terminal.press("5")
        terminal.sees("swiotlb_stress.2")
        text, shown = paused(terminal)
        equal("blocks live", shown["blocks"]["live"], 4)
        contains("blocks", text, "4 live, 0 leaked, 0 unreclaimed, 0 list errors")
        equal("owners", {(row[0], row[4]) for row in rows(text, "from pool")},
              {(owner["device"], str(owner["bytes"] >> 21)) for owner in shown["blocks"]["owners"]})
        go_on(terminal)
        terminal.press("End", "Enter")
        terminal.sees("TAKEN BY")
        terminal.press("2", "End", "Enter")
        text = terminal.sees(r"pool swiotlb_stress\.\d, area")
        device = int(re.search(r"pool swiotlb_stress\.(\d), area", text)[1])
        stress("block-free", device=device)
        terminal.sees(rf"pool swiotlb_stress\.{device}, area \d has gone")
        terminal.press("q")
        terminal.restored()


@kernels("patched", "6.12")
def test_keys():
    """Every key does what help says."""
    with load(), Terminal(120, 40) as terminal:
        terminal.start("-d", "0.5")
        for number, tab in enumerate(TABS, 1):
            terminal.press(str(number))
            terminal.sees({"Overview": "in use", "Areas": "slots used", "Locks": "WAITS OF POOL|session",
                           "Devices": "maps/s", "Blocks": "from pool", "Findings": "what was seen",
                           "Doctor": "pools.state"}[tab])
        for key in ("Tab", "Right"):
            terminal.press("1", key)
            terminal.sees("slots used")
        for key in ("BTab", "Left"):
            terminal.press("3", key)
            terminal.sees("slots used")
        terminal.press("1", "?")
        terminal.sees("KEYS")
        terminal.press("h")
        terminal.sees("in use")
        terminal.press("Down", "Up", "PPage", "NPage", "Home", "End", "j", "k")
        terminal.press("Enter")
        terminal.sees("LAST MINUTE")
        terminal.press("Escape")
        terminal.sees("in use")
        terminal.press("s")
        terminal.sees("sorted by in use")
        terminal.press("S")
        terminal.sees("sorted by in use, reversed")
        terminal.press("/")
        terminal.sees("that match: _")
        terminal.type("nothing")
        terminal.press("Enter")
        terminal.sees("nothing matches the filter")
        terminal.press("Escape")
        terminal.sees("cont/s")
        terminal.press("+")
        terminal.sees("every 1.00 s")
        terminal.press("-")
        terminal.sees("every 500 ms")
        terminal.press("r")
        terminal.sees("peaks start anew")
        terminal.press("C-l")
        terminal.press("q")
        terminal.restored()


@kernels("patched", "6.12")
def test_mouse():
    """A click selects and opens, the wheel moves, a tab is shown."""
    with Terminal(80, 24) as terminal:
        terminal.start("-d", "0.5")
        terminal.mouse(0, 15, 2)
        terminal.sees("slots used")
        lines = terminal.text().splitlines()
        row = next(number for number, line in enumerate(lines, 1) if line.startswith(" default "))
        terminal.mouse(0, 5, row)
        terminal.mouse(0, 5, row)
        terminal.sees("pool default, area 0")
        terminal.mouse(65, 5, 8)
        terminal.mouse(64, 5, 8)
        terminal.sees("pool default, area 0")
        terminal.press("Escape", "q")
        terminal.restored()


def whole(terminal, width, height):
    """The screen is complete: its first and last lines are where they belong, and none is too long."""
    terminal.resize(width, height)
    terminal.sees("q Quit" if width >= 80 and height >= 24 else "swiotlb top needs")
    time.sleep(0.7)
    lines = terminal.text().splitlines()
    equal("lines", len(lines), height)
    if width < 80 or height < 24:
        contains("the screen", "\n".join(lines), f"this is {width}", "q quits")
        return
    contains("first line", lines[0], "swiotlb top", "every 300 ms")
    contains("second line", lines[1], "1 Overview", "7 Doctor")
    contains("last lines", lines[-2] + lines[-1], "tool ", "q Quit")
    between("longest line", 0, max(len(line) for line in lines), width)


@kernels("patched", "6.12")
def test_resize():
    """While it runs: nothing torn, and what it needs is said."""
    with load(), Terminal(80, 24) as terminal:
        terminal.start("-d", "0.3")
        for size in ((200, 60), (120, 40), (60, 20), (80, 24), (20, 5), (100, 30)):
            whole(terminal, *size)
        for key, size in zip("37", ((200, 60), (80, 24))):
            terminal.press(key)
            whole(terminal, *size)


@kernels("patched", "6.12")
def test_signals():
    """However it ends, the terminal is restored."""
    with Terminal(80, 24) as terminal:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV):
            terminal.start("-d", "0.3")
            os.kill(terminal.pid(), number)
            terminal.restored()
            terminal.type("clear")
            terminal.press("Enter")
            wait_until("a clear screen", lambda: "status" not in terminal.text())
        terminal.start("-d", "0.3")
        terminal.press("C-c")
        terminal.restored()


@kernels("patched", "6.12")
def test_suspend():
    """^Z gives the terminal back; fg brings the screen again."""
    with Terminal(80, 24) as terminal:
        terminal.start("-d", "0.3")
        terminal.press("C-z")
        terminal.sees("Stopped")
        equal("alternate screen", terminal.flag("alternate_on"), "0")
        terminal.type("stty -a")
        terminal.press("Enter")
        contains("stty", terminal.sees("icanon"), " echo ")
        terminal.resize(100, 30)
        terminal.type("fg")
        terminal.press("Enter")
        text = terminal.sees("1 Overview.*7 Doctor")
        wait_until("the new size", lambda: len(terminal.text().splitlines()) == 30
                   and "q Quit" in terminal.text().splitlines()[-1])
        contains("screen", text, "swiotlb top")
        terminal.press("q")
        terminal.restored()


@kernels("patched", "6.12")
def test_terminal_closed():
    """Nothing runs on, and nothing stays in the kernel."""
    before = len(json.loads(subprocess.run(["bpftool", "-j", "prog"], stdout=subprocess.PIPE, check=True).stdout))
    with Terminal(80, 24) as terminal:
        terminal.start("-d", "0.3")
        pid = terminal.pid()
    wait_until("it has ended", lambda: not os.path.exists(f"/proc/{pid}"))
    wait_until("its programs are gone", lambda: len(json.loads(
        subprocess.run(["bpftool", "-j", "prog"], stdout=subprocess.PIPE, check=True).stdout)) <= before)


@kernels("patched", "6.12")
def test_plain():
    """Without UTF-8 and colours the same figures come out."""
    with Terminal(80, 24, ["LC_ALL=C", "NO_COLOR=1"]) as terminal:
        terminal.start("-d", "0.3")
        text = terminal.text("-e")
        equal("letters beyond ASCII", [c for c in text if ord(c) > 126], [])
        equal("colours", re.findall(r"\033\[(?:[0-9;]*;)?[34][0-8][0-9;]*m", text), [])
        terminal.press("q")
        terminal.restored()


@kernels("patched", "6.1", "6.12")
def test_batch():
    """Not a terminal: lines a log can take, or JSON."""
    with load():
        done = tool("top", "-n", "3", "-d", "0.2")
        equal("exit status and messages", (done.returncode, done.stderr), (0, ""))
        equal("intervals", len(re.findall(r"the last \d+ ms", done.stdout)), 3)
        contains("figures", done.stdout, "used/slots", "default", "waits ", "tool ")
        equal("escapes", done.stdout.count("\033"), 0)
        done = tool("top", "-b", "-n", "3", "-d", "0.2", "--format", "json")
        shown = [json.loads(line) for line in done.stdout.splitlines()]
        equal("reports", [one["schema"] for one in shown], ["swiotlb-report/1"] * 3)
        for one in shown:
            between("seconds", 0.15, one["window"]["seconds"], 3)
        with open(report_path(), "w", encoding="utf-8") as file:
            json.dump(shown[-1], file)
    process = subprocess.Popen([TOOL, "top", "-d", "0.2"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    status, _, errors = interrupt(process, signal.SIGTERM)
    equal("after SIGTERM", (status, errors), (0, ""))
    equal("the kernel's counter is left alone", counter("io_tlb_used") >= 0, True)
