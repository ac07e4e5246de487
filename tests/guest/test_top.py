# SPDX-License-Identifier: GPL-2.0-only
"""swiotlb top, driven through tmux as a user does: what the screen says, and what it does to the terminal."""
import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import time

from harness import (LIMIT, TOOL, Stress, between, contains, counter, equal, interrupt, kernels, note, read,
                     report_path, tool, wait_until)

TABS = ["Overview", "Areas", "Locks", "Devices", "Blocks", "Findings", "Doctor"]
SNAPSHOT = "/tmp/top.json"


class Terminal:
    """A shell in a terminal of its own, and top in it."""
    count = 0

    def __init__(self, width=120, height=40, environment=()):
        # A server of its own: the one before may still be on its way out.
        Terminal.count += 1
        self.line = ["tmux", "-L", f"top-{os.getpid()}-{Terminal.count}", "-u"]
        with open("/tmp/tmux.conf", "w", encoding="utf-8") as file:
            file.write("set -g default-terminal tmux-256color\nset -g status off\nset -g escape-time 0\n")
        language = {**os.environ, "LANG": "C.UTF-8"}
        subprocess.run([*self.line, "-f", "/tmp/tmux.conf", "new-session", "-d", "-x", str(width), "-y", str(height),
                        "env", "LANG=C.UTF-8", "PS1=done$ ", *environment, "bash", "--norc", "--noprofile"],
                       stdin=subprocess.DEVNULL, check=True, env=language)
        # One client that takes all commands, as to start one takes longer than most of what is waited for.
        self.client = subprocess.Popen([*self.line, "-C", "attach", "-f", "no-output,ignore-size"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
                                       env=language)
        self.answer()
        self.sees("done")

    def tmux(self, *words):
        """Gives a command to the server; returns what it answers."""
        self.client.stdin.write(shlex.join(words) + "\n")
        self.client.stdin.flush()
        return self.answer()

    def answer(self):
        """What stands between two marks; what else happened is told outside of them."""
        lines = []
        for line in self.client.stdout:
            if line.startswith("%begin "):
                lines = []
            elif line.startswith("%error "):
                raise AssertionError(f"tmux: {''.join(lines)}")
            elif line.startswith("%end "):
                return "".join(lines)
            else:
                lines.append(line)
        raise AssertionError("tmux has ended")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stdin.close()
        self.client.wait()
        subprocess.run([*self.line, "kill-server"], check=False)

    def text(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def flag(self, name):
        return self.tmux("display-message", "-p", "#{%s}" % name).strip()

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-H", *(f"{ord(letter):x}" for letter in text))

    def mouse(self, button, x, y):
        """Presses a button (0 the left one, 64 and 65 the wheel) at a place, counted from 1."""
        presses = [button, 3] if button < 3 else [button]
        self.type("".join("\033[M" + chr(32 + one) + chr(32 + x) + chr(32 + y) for one in presses))

    def sees(self, what, seconds=LIMIT):
        """Waits for a text on a screen that is drawn to its end; gives the screen."""
        screen = ""

        def drawn():
            nonlocal screen
            screen = self.text()
            if not re.search(what, screen):
                return False
            time.sleep(0.05)
            return screen == self.text()

        try:
            wait_until(what, drawn, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{screen}") from None
        return screen

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


def contend(stress, rate=1000):
    for cpu in range(4):
        stress("start", device=0, cpu=cpu, sizes="64,4096", pairs=0, hold=8, rate=rate)


@contextlib.contextmanager
def load(rate=100):
    """Four CPUs that share the areas."""
    with Stress() as stress:
        stress("device-add", count=6)
        contend(stress, rate)
        yield stress
        stress("stop")


# Figures as the screen writes them

TIMES = (("ns", 1, 1), ("us", 10**3, 10**3), ("ms", 10**6, 10**6), ("s", 10**9, 10**9),
         ("min", 100 * 10**9, 60 * 10**9), ("h", 7200 * 10**9, 3600 * 10**9))
SIZES = tuple((name, 1 << 10 * index, 1 << 10 * index) for index, name in enumerate(("B", "KiB", "MiB", "GiB")))
UNITS = "|".join(name for name, _, _ in TIMES + SIZES)


def with_unit(value, units):
    name, _, factor = [unit for index, unit in enumerate(units) if not index or value * 2000 >= unit[1] * 1999][-1]
    number = value / factor
    return f"{number:.{0 if factor == 1 else 2 if number < 9.995 else 1 if number < 99.95 else 0}f} {name}"


def duration(ns, known=True):
    return with_unit(ns, TIMES) if known else "-"


def size(count):
    factor = [unit[2] for unit in SIZES if unit[1] * 1999 <= count * 2000 or unit[1] == 1][-1]
    return with_unit(count, SIZES) if count % factor else f"{count // factor} {SIZES[factor.bit_length() // 10][0]}"


def rate(count, ns):
    if not count:
        return "0"
    value = count * 1e9 / ns
    return f"{max(value, 0.1):.1f}" if value < 10 else f"{value:.0f}" if value < 99999.5 else f"{value / 1e3:.0f}k"


def share(part, ns):
    if not part:
        return "0%"
    millionths = int(part * 1e6 / ns)
    return ("<0.01%" if millionths < 100 else f"{millionths / 1e4:.2f}%" if millionths < 99950
            else f"{millionths / 1e4:.1f}%" if millionths < 999500 else f"{millionths / 1e4:.0f}%")


def snapshot():
    return json.loads(read(SNAPSHOT))


def paused(terminal):
    """Stops at an interval: its screen, and the same interval as JSON."""
    terminal.press("Space")
    text = terminal.sees("PAUSED")
    return text, snapshot()


def go_on(terminal):
    terminal.press("Space")
    wait_until("it goes on", lambda: "PAUSED" not in terminal.text())


def table(text, *titles):
    """The rows of the table that begins with these columns, each as {title: cell}; a cell may end in a unit."""
    lines = text.splitlines()
    heads = [" ".join(re.sub("[\u2191\u2193]", " ", line).split()) for line in lines]
    at = [number for number, head in enumerate(heads) if head.startswith(" ".join(titles))]
    equal(f"tables of {titles}", len(at), 1)
    found = []
    for line in lines[at[0] + 1:]:
        if not line.strip() or line.startswith((" tool", " \u2026")):
            break
        found.append(dict(zip(titles, re.findall(rf"\S+(?: (?:{UNITS})(?!\S))?", line))))
    return found


def same(what, row, wanted):
    """The cells of a row are those wanted."""
    equal(what, {title: row.get(title) for title in wanted}, wanted)


def waits(lock, ns):
    any_ = bool(lock["contended"])
    return {"waits/s": rate(lock["contended"], ns), "wait": share(lock["wait_ns"]["total"], ns),
            "p99": duration(lock["wait_ns"]["p99"], any_), "max": duration(lock["wait_ns"]["max"], any_)}


def overview_is(text, shown, ns):
    rows = {row["area"]: row for row in table(text, "area", "in use", "used/slots", "peak", "run", "waits/s", "wait",
                                              "p99", "max")}
    for pool in shown["pools"]:
        contains("pools", text, f"{pool['used']}/{pool['slots']}", f"peak {pool['used_peak']}",
                 f"run {pool['largest_free']}")
        for area in pool["areas"]:
            label = f"{pool['id']}:{area['index']}" if len(shown["pools"]) > 1 else str(area["index"])
            same(f"area {label}", rows[label], {
                "used/slots": f"{area['used']}/{area['slots']}", "peak": str(area["used_peak"]),
                "run": str(area["largest_free"]), **waits(area["lock"], ns)})
    contains("verdict", " ".join(text.split()), " ".join(shown["verdict"].split())[:60])


def areas_are(text, shown, _):
    rows = table(text, "pool", "area", "in use", "used", "slots", "full", "peak", "run", "blocks", "errors", "drift")
    areas = [(pool, area) for pool in shown["pools"] for area in pool["areas"]]
    equal("areas", len(rows), len(areas))
    for row, (pool, area) in zip(rows, areas):
        same(f"area {area['index']} of {pool['name']}", row, {
            "pool": pool["name"], "area": str(area["index"]), "used": str(area["used"]), "slots": str(area["slots"]),
            "peak": str(area["used_peak"]), "run": str(area["largest_free"]),
            "drift": "-" if area["used_drift"] is None else str(area["used_drift"]),
            "blocks": "{allocated}/{total}".format(**area["blocks"]) if pool["has_blocks"] else "-"})


def locks_are(text, shown, ns):
    rows = table(text, "pool", "area", "waits/s", "wait", "p50", "p90", "p99", "max")
    locks = {str(area["index"]): area["lock"] for area in shown["pools"][0]["areas"]}
    equal("rows", {row["area"] for row in rows}, set(locks))
    for row in rows:
        lock = locks[row["area"]]
        any_ = bool(lock["contended"])
        same(f"lock of area {row['area']}", row, {
            **waits(lock, ns), "p50": duration(lock["wait_ns"]["p50"], any_),
            "p90": duration(lock["wait_ns"]["p90"], any_)})


def devices_are(text, shown, ns):
    devices = {device["name"]: device for device in shown["devices"]}
    rows = table(text, "device", "maps/s", "unmaps/s", "bytes/s", "failures", "live", "slots", "grown",
                 "leaked", "oldest")
    equal("devices", {row["device"] for row in rows}, set(devices))
    for row in rows:
        device = devices[row["device"]]
        oldest = round((device["oldest_seconds"] or 0) * 1e9)
        same(row["device"], row, {
            "maps/s": rate(device["maps"], ns), "unmaps/s": rate(device["unmaps"], ns),
            "bytes/s": size(int(device["bytes"] * 1e9 / ns)), "live": str(device["live"]),
            "slots": str(device["live_slots"]), "grown": str(device["grown"]), "leaked": str(device["leaked"]),
            "oldest": duration(oldest, oldest)})


def detail_is(text, shown, ns):
    index = int(re.search(r"pool default, area (\d+)", text)[1])
    lock = shown["pools"][0]["areas"][index]["lock"]
    wait = lock["wait_ns"]
    if not lock["contended"]:
        contains("details", " ".join(text.split()), "last interval none")
        return
    contains("details", " ".join(text.split()),
             f"last interval {lock['contended']}, total {duration(wait['total'])}, p50 {duration(wait['p50'])}, "
             f"p99 {duration(wait['p99'])}, max {duration(wait['max'])}",
             f"{rate(lock['contended'], ns)}/s, {share(wait['total'], ns)} of a CPU")


def callers_are_clean(shown):
    """The tool's own tracing is not in the stacks."""
    for caller in shown["wait_callers"]:
        functions = [frame.split("+")[0] for frame in caller["stack"]]
        equal(f"traces of tracing in {functions}",
              [name for at, name in enumerate(functions)
               if name.startswith(("0x", "bpf_")) or name in functions[max(at - 2, 0):at]], [])


@kernels("static spins")
def test_figures():
    """Every figure of overview, areas, locks, devices and an area's details is that of the interval's snapshot."""
    screens = (("1", "in use", overview_is), ("2", "slots used", areas_are), ("3", "p50 +p90", locks_are),
               ("4", "maps/s", devices_are))
    contended = mapped = 0

    def waits_seen():
        return sum(area["lock"]["contended"] for area in snapshot()["pools"][0]["areas"])

    # Emulated CPUs may trip over map and unmap being patched while they run them: the load comes after.
    with Stress() as stress, Terminal(200, 60) as terminal:
        stress("device-add", count=2)
        stress("leak", device=1, size=4096, count=5)
        terminal.start("-d", "0.5", "--level", "locks,blocks,mappings,callers", "--snapshot", SNAPSHOT)
        for _ in range(2):
            contend(stress, 2000)
            wait_until("waits", waits_seen, 30)
            _, shown = paused(terminal)
            stress("stop")
            ns = round(shown["window"]["seconds"] * 1e9)
            for key, title, are in screens:
                terminal.press(key)
                are(terminal.sees(title), shown, ns)
            terminal.press("3", "Enter")
            detail_is(terminal.sees("last interval"), shown, ns)
            terminal.press("Escape", "1")
            equal("the interval that is shown", snapshot(), shown)
            callers_are_clean(shown)
            contended += waits_seen()
            mapped += shown["mappings"]["maps"]
            go_on(terminal)
        terminal.press("q")
        terminal.restored()
    between("maps in two intervals", 2, mapped, 10**7)
    note(f"{contended} waits and {mapped} maps in two intervals")


@kernels("static spins")
def test_levels():
    """m and c ask, attach their levels, and show the cost before and after; then they detach."""
    with Stress() as stress, Terminal(120, 40) as terminal:
        stress("device-add", count=2)
        stress("leak", device=1, size=4096, count=5)
        terminal.start("-d", "0.3", "--level", "locks,blocks")
        terminal.press("4")
        terminal.sees("press m to attach")
        terminal.press("m")
        terminal.sees("attach mappings. y/n; the cost now: tool")
        terminal.press("n")
        terminal.sees("nothing was attached")
        terminal.press("m", "y")
        cost = r"tool [0-9.<]+% CPU, BPF [0-9.<]+%"
        terminal.sees(f"mappings on: {cost}; before: {cost}", 60)
        terminal.press("c")
        terminal.sees("attach callers. y/n")
        terminal.press("y")
        terminal.sees("[|] locks, blocks.*, mappings, callers", 60)
        contend(stress, 100)
        terminal.sees("swiotlb_stress.0 ")
        terminal.press("Home", "Enter")
        terminal.sees("REFUSED")
        stress("stop")
        terminal.press("Escape", "m")
        terminal.sees("press m to attach")
        terminal.sees(f"mappings off: {cost}; before: {cost}")
        terminal.press("c")
        terminal.sees(f"callers off: {cost}; before: {cost}")
        terminal.sees(r"BPF unknown: see 7 [|] locks, blocks( \(absent\))?  ")


@kernels("static spins")
def test_peaks():
    """r takes effect on the interval that is shown, and peaks below the earlier ones are seen from then on."""
    with Stress() as stress, Terminal(80, 24) as terminal:
        stress("device-add")
        terminal.start("-d", "0.5", "--level", "state", "--snapshot", SNAPSHOT)

        def default():
            return snapshot()["pools"][0]

        stress("fill", device=0, size=2048, count=3000)
        wait_until("a peak", lambda: default()["used_peak"] >= 3000)
        stress("drain", device=0)
        wait_until("an empty pool", lambda: default()["used"] < 1000)
        text, shown = paused(terminal)
        contains("before", text, f"peak {shown['pools'][0]['used_peak']}")
        terminal.press("r")
        used = shown["pools"][0]["used"]
        terminal.sees(rf"{used}/\d+ .*peak {used} ")
        equal("peak in the snapshot", default()["used_peak"], used)
        # An interval that is long enough for a short peak, well below the first one.
        for _ in range(3):
            terminal.press("+")
        terminal.sees("every 5.00 s")
        go_on(terminal)
        stress("fill", device=0, size=2048, count=1000)
        time.sleep(1)
        stress("drain", device=0)
        wait_until("the end of the interval", lambda: default()["used_peak"] != used)
        between("the short peak", 1000, default()["used_peak"], 2000)
        equal("it is over", default()["used"] < 1000, True)


@kernels("blocks")
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
        rows = table(text, "device", "from pool", "area", "first", "blocks", "size")
        equal("owners", sorted((row["device"], row["blocks"], row["size"]) for row in rows),
              sorted((owner["device"], str(owner["blocks"]), size(owner["bytes"]))
                     for owner in shown["blocks"]["owners"]))
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


@kernels("static spins")
def test_device_goes():
    """A device goes while its details are open: they close, and its row tells of what it leaves."""
    with Stress() as stress, Terminal(160, 40) as terminal:
        stress("device-add", count=2)
        terminal.start("-d", "0.3", "--level", "mappings")
        for device in range(2):
            stress("leak", device=device, size=4096, count=5 + device)
        terminal.press("4", "/")
        terminal.type("stress.1")
        terminal.press("Enter")
        terminal.sees(r"(?m)^ swiotlb_stress\.1 .* 6 ")
        terminal.press("Enter")
        terminal.sees("device swiotlb_stress.1")
        stress("device-del", id=1)
        terminal.sees(r"swiotlb_stress\.1 has gone")
        terminal.sees(r"(?m)^ swiotlb_stress\.1 \(gone\) .* 6 ")
        terminal.press("Escape", "q")
        terminal.restored()


@kernels("static spins")
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
        # The lines left over tell of the row that is selected.
        first, other = r"pool default, area 0\b", r"pool (?!default, area 0\b)\S+, area \d"
        for down, up in (("Down", "Up"), ("j", "k"), ("NPage", "PPage"), ("End", "Home")):
            terminal.press(down)
            terminal.sees(other)
            terminal.press(up)
            terminal.sees(first)
        terminal.press("Enter")
        terminal.sees("longest free run")
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
        terminal.sees("waits/s")
        terminal.press("+")
        terminal.sees("every 1.00 s")
        terminal.press("-")
        terminal.sees("every 500 ms")
        terminal.press("r")
        terminal.sees("peaks start anew")
        terminal.press("C-l")
        terminal.press("q")
        terminal.restored()


@kernels("static spins")
def test_mouse():
    """A click selects and opens, the wheel moves, a tab is shown, a key of the last line pressed."""
    with Terminal(80, 24) as terminal:
        terminal.start("-d", "0.5", "--level", "state")
        terminal.mouse(0, 15, 2)
        terminal.sees("slots used")
        lines = terminal.text().splitlines()
        row = next(number for number, line in enumerate(lines, 1) if line.startswith(" default "))
        terminal.mouse(0, 5, row)
        terminal.mouse(0, 5, row)
        wait_until("the table has gone", lambda: "slots full" not in terminal.text())
        terminal.mouse(65, 5, 8)
        terminal.mouse(64, 5, 8)
        terminal.sees("pool default, area 0")
        terminal.press("Escape")
        terminal.sees("slots full")
        terminal.mouse(0, 78, 24)
        terminal.restored()


def whole(terminal, width, height):
    """The screen is complete: its first and last lines are where they belong, and none is too long."""
    small = width < 80 or height < 24

    def complete():
        lines = terminal.text().splitlines()
        if small:
            return f"this is {width}" in "\n".join(lines) and "q quits" in "\n".join(lines)
        return (len(lines) == height and "swiotlb top" in lines[0] and "every 300 ms" in lines[0]
                and "1 Overview" in lines[1] and "7 Doctor" in lines[1]
                and "tool " in lines[-2] + lines[-1] and "q Quit" in lines[-2] + lines[-1]
                and max(len(line) for line in lines) <= width)

    terminal.resize(width, height)
    try:
        wait_until(f"a whole screen of {width}x{height}", complete)
        time.sleep(0.4)  # one interval later
        equal("it is still whole", complete(), True)
    except AssertionError as error:
        raise AssertionError(f"{error}; the screen:\n{terminal.text()}") from None


@kernels("static spins")
def test_resize():
    """While it runs: nothing torn, and what it needs is said."""
    with load(), Terminal(80, 24) as terminal:
        terminal.start("-d", "0.3")
        for pair in ((200, 60), (120, 40), (60, 20), (80, 24), (20, 5), (100, 30)):
            whole(terminal, *pair)
        for key, pair in zip("37", ((200, 60), (80, 24))):
            terminal.press(key)
            whole(terminal, *pair)


@kernels("static spins")
def test_signals():
    """However it ends, the terminal is restored."""
    with Terminal(80, 24) as terminal:
        for number in (signal.SIGTERM, signal.SIGSEGV):
            terminal.start("-d", "0.3", "--level", "state")
            os.kill(terminal.pid(), number)
            terminal.restored()
            terminal.type("clear")
            terminal.press("Enter")
            wait_until("a clear screen", lambda: "status" not in terminal.text())
        terminal.start("-d", "0.3", "--level", "state")
        terminal.press("C-c")
        terminal.restored()


@kernels("static spins")
def test_suspend():
    """^Z gives the terminal back; fg brings the screen again."""
    with Terminal(80, 24) as terminal:
        terminal.start("-d", "0.3", "--level", "state")
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


@kernels("static spins")
def test_terminal_closed():
    """SIGHUP: nothing runs on, and nothing stays in the kernel."""
    before = len(json.loads(subprocess.run(["bpftool", "-j", "prog"], stdout=subprocess.PIPE, check=True).stdout))
    with Terminal(80, 24) as terminal:
        terminal.start("-d", "0.3")
        pid = terminal.pid()
    wait_until("it has ended", lambda: not os.path.exists(f"/proc/{pid}"))
    wait_until("its programs are gone", lambda: len(json.loads(
        subprocess.run(["bpftool", "-j", "prog"], stdout=subprocess.PIPE, check=True).stdout)) <= before)


@kernels("static spins")
def test_plain():
    """Without UTF-8 and colours the same figures come out."""
    with Terminal(80, 24, ["LC_ALL=C", "NO_COLOR=1"]) as terminal:
        terminal.start("-d", "0.3", "--level", "state")
        text = terminal.text("-e")
        equal("letters beyond ASCII", [c for c in text if ord(c) > 126], [])
        equal("colours", re.findall(r"\033\[(?:[0-9;]*;)?[34][0-8][0-9;]*m", text), [])
        terminal.press("q")
        terminal.restored()


@kernels("static spins")
def test_batch():
    """Not a terminal: lines a log can take, or JSON."""
    with load():
        done = tool("top", "-n", "3", "-d", "0.2")
        equal("exit status and messages", (done.returncode, done.stderr), (0, ""))
        equal("intervals", len(re.findall(r"the last [\d.]+ m?s", done.stdout)), 3)
        contains("figures", done.stdout, "used/slots", "default", "waits ", "tool ")
        equal("escapes", done.stdout.count("\033"), 0)
        done = tool("top", "-b", "-n", "3", "-d", "0.2", "--level", "state", "--format", "json")
        shown = [json.loads(line) for line in done.stdout.splitlines()]
        equal("reports", [one["schema"] for one in shown], ["swiotlb-report/1"] * 3)
        for one in shown:
            between("seconds", 0.15, one["window"]["seconds"], LIMIT)
        with open(report_path(), "w", encoding="utf-8") as file:
            json.dump(shown[-1], file)
    process = subprocess.Popen([TOOL, "top", "-d", "0.2", "--level", "state"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    status, _, errors = interrupt(process, signal.SIGTERM)
    equal("after SIGTERM", (status, errors), (0, ""))
    equal("the kernel's counter is left alone", counter("io_tlb_used") >= 0, True)
