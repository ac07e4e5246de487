#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""swiotlb top and its terminal, on a session made by hand (session_stub.c): terminal.py PROGRAM

What it sends to terminals of several kinds and in several locales, that it gives the terminal back however it ends, and
that no keys, clicks and sizes bring it down.
"""
import contextlib
import fcntl
import os
import pty
import random
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PROGRAM = os.path.realpath(sys.argv[1])
# What the last bytes must have: mouse off, cursor shown, main screen.
GIVEN_BACK = (b"\033[?1006;1000l", b"\033[?25h", b"\033[?1049l")
CRASHED = (b"\033[?1000l", b"\033[?25h", b"\033[?1049l")
COLOURS = re.compile(rb"\033\[(?:[0-9;]*;)?(?:[34][0-8])(?:;[0-9;]*)?m")
DOWN, END, PAGE_UP, LEFT = b"\033OB", b"\033OF", b"\033[5~", b"\033OD"


class Terminal:
    """A terminal with the program, or another command line, in it."""

    def __init__(self, *arguments, line=(), size=(80, 24), term="xterm-256color", **environment):
        line = list(line) or [PROGRAM, "top", "-d", "0.1", *arguments]
        # ncurses itself leaves memory behind; what top does is seen in test_tui.
        environment = {"LANG": "C.UTF-8", "SWIOTLB_TEST_FIXTURE": "live", "ASAN_OPTIONS": "detect_leaks=0",
                       **environment, "TERM": term}
        self.output, self.ended = b"", None
        # A second descriptor keeps the terminal's settings readable after the program.
        self.master, self.slave = pty.openpty()
        self.resize(*size, tell=False)
        self.settings = termios.tcgetattr(self.slave)
        self.pid = os.fork()
        if not self.pid:
            os.close(self.master)
            login(self.slave)
            for name in ("LC_ALL", "NO_COLOR"):
                os.environ.pop(name, None)
            os.execve(line[0], line, {**os.environ, **environment})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.ended is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        for descriptor in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def resize(self, width, height, tell=True):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        if tell:
            os.kill(self.pid, signal.SIGWINCH)

    def press(self, keys):
        os.write(self.master, keys)

    def read(self, seconds):
        """Takes in what comes; False when nothing does for that long."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.output += os.read(self.master, 65536)
        return True

    def sees(self, what, seconds=20):
        """Waits for a text that is sent from here on."""
        deadline = time.monotonic() + seconds
        while what not in self.output:
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what!r} in {self.output[-3000:]!r}")
            self.read(0.1)
        start = self.output.index(what)
        seen, self.output = self.output[:start + len(what)], self.output[start + len(what):]
        return seen

    def paint(self, seconds=0.3):
        """What a whole new screen is made of."""
        self.output = b""
        self.press(b"\014")
        self.sees(b"swiotlb top")
        while self.read(seconds) and len(self.output) < 1 << 20:
            if b"Quit" in self.output or b"q quits" in self.output:
                break
        return self.output

    def end(self, seconds=10):
        """Its exit status, or minus the signal that ended it."""
        deadline = time.monotonic() + seconds
        while self.ended is None:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.ended = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                raise AssertionError("it does not end")
        while self.read(0.05):
            pass
        return self.ended

    def restored(self, what, sequences):
        """The terminal is as it was."""
        equal(f"settings after {what}", termios.tcgetattr(self.slave), self.settings)
        for sequence in sequences:
            if sequence not in self.output[-400:]:
                raise AssertionError(f"no {sequence!r} after {what}: {self.output[-400:]!r}")


def login(descriptor):
    """Makes a terminal the one of this process."""
    os.setsid()
    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)
    for standard in range(3):
        os.dup2(descriptor, standard)


def equal(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")


def started(*arguments, **options):
    terminal = Terminal(*arguments, **options)
    terminal.sees(b"1 Overview")
    terminal.sees(b"Quit")
    return terminal


def test_colours():
    """256 colours, 8 or none, as the terminal and NO_COLOR say."""
    for term, environment, some, many in (("xterm-256color", {}, True, True), ("xterm", {}, True, False),
                                          ("linux", {}, True, False), ("vt100", {}, False, False),
                                          ("xterm-256color", {"NO_COLOR": "1"}, False, False),
                                          ("xterm-256color", {"NO_COLOR": ""}, True, True)):
        with started(term=term, **environment) as terminal:
            what = f"{term} {environment}"
            shown = terminal.paint()
            equal(f"colours of {what}", bool(COLOURS.search(shown)), some)
            equal(f"256 colours of {what}", b"\033[38;5;" in shown, many)
            equal(f"bold, underlined or reverse of {what}", b";1m" in shown or b";1;4m" in shown or b"\033[1" in shown,
                  True)
            terminal.press(b"q")
            equal(f"exit status of {what}", terminal.end(), 0)


def test_characters():
    """Bars and trends in UTF-8, or ASCII that says the same."""
    with started() as terminal:
        shown = terminal.paint().decode()
        equal("bars", "\u2588" in shown and "\u00b7" in shown, True)
    for locale in ("C", "POSIX", "en_XX.ISO-8859-1"):
        with started(LC_ALL=locale) as terminal:
            equal(f"bytes in {locale}", [byte for byte in terminal.paint() if byte > 126], [])


def test_no_screen():
    """A terminal that cannot draw gets lines; one that nobody knows, a message."""
    with Terminal("-n", "2", term="dumb") as terminal:
        equal("exit status of a dumb terminal", terminal.end(), 0)
        equal("intervals", terminal.output.count(b"the last "), 2)
        equal("escapes", b"\033" in terminal.output, False)
    with Terminal(term="no-such-terminal") as terminal:
        equal("exit status of an unknown terminal", terminal.end(), 2)
        equal("lines", terminal.output.count(b"\n"), 1)
        terminal.restored("an unknown terminal", ())


def test_ends():
    """By key, signal or crash: the terminal is given back."""
    for keys in (b"q", b"Q", b"\003", b"\033[21~", b"/stress\003", b"cq", b"c\003", b"?q", b"2\rq"):
        with started() as terminal:
            terminal.press(keys)
            if keys == b"cq":  # the question takes the key for no
                terminal.sees(b"nothing was attached")
                terminal.press(b"q")
            equal(f"exit status after {keys}", terminal.end(), 0)
            terminal.restored(keys, GIVEN_BACK)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        with started() as terminal:
            os.kill(terminal.pid, number)
            equal(f"exit status after {number}", terminal.end(), 0)
            terminal.restored(number, GIVEN_BACK)
    with Terminal(SWIOTLB_TEST_TERM="open") as terminal:  # while it starts
        equal("exit status after a signal at its start", terminal.end(), 0)
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS):
        with started() as terminal:
            os.kill(terminal.pid, number)
            equal(f"end by {number}", terminal.end(), -number)
            terminal.restored(number, CRASHED)


def test_hangup():
    """A terminal that is closed ends it."""
    with started() as terminal:
        os.close(terminal.slave)
        os.close(terminal.master)
        deadline = time.monotonic() + 10
        while not os.waitpid(terminal.pid, os.WNOHANG)[0]:
            equal("in time", time.monotonic() < deadline, True)
            time.sleep(0.05)
        terminal.ended = 0


def test_suspend():
    """^Z gives the terminal to the shell, fg takes it again, in another size."""
    with Terminal(line=["/bin/bash", "--norc", "--noprofile", "-i"], PS1="ready$ ") as terminal:
        terminal.sees(b"ready$ ")
        # Also while it draws, and while something is asked.
        for stop in (b"\032", b"2\032", b"c\032", b"/a\032"):
            terminal.press(f"{PROGRAM} top -d 0.1\n".encode())
            terminal.sees(b"Quit")
            terminal.press(stop)
            terminal.sees(b"\033[?1049l")
            terminal.sees(b"Stopped")
            terminal.sees(b"ready$ ")
            terminal.resize(100, 30, tell=False)
            terminal.press(b"stty -a\n")
            terminal.sees(b" icanon ")
            terminal.sees(b" echo ")
            terminal.sees(b"ready$ ")
            terminal.press(b"fg\n")
            terminal.sees(b"\033[?1049h")
            terminal.sees(b"swiotlb top")
            terminal.sees(b"\033[30;")
            terminal.press(b"\003")
            terminal.sees(b"\033[?1049l")
            terminal.sees(b"ready$ ")
        terminal.press(b"exit\n")
        equal("the shell's exit status", terminal.end(), 0)


def test_stopped():
    """Told to stop by another program, it does so each time, whatever it draws just then."""
    with Terminal(line=["/bin/bash", "--norc", "--noprofile", "-i"], PS1="ready$ ") as terminal:
        terminal.sees(b"ready$ ")
        terminal.press(f"{PROGRAM} top -d 0.1\n".encode())
        terminal.sees(b"Quit")
        for turn in range(20):
            terminal.press(b"23456712"[:turn % 8])
            time.sleep(turn % 5 / 1000)
            os.kill(os.tcgetpgrp(terminal.master), signal.SIGTSTP)
            terminal.sees(b"Stopped")
            terminal.sees(b"ready$ ")
            terminal.press(b"fg\n")
            terminal.sees(b"Quit")
        terminal.press(b"\003")
        terminal.sees(b"ready$ ")
        terminal.press(b"exit\n")
        equal("the shell's exit status", terminal.end(), 0)


def inside(what, shown, width, height):
    """Nothing is sent to places that there are not."""
    places = [(int(x), int(y)) for y, x in re.findall(rb"\033\[(\d+);(\d+)H", shown)]
    equal(f"places beyond {what}", [(x, y) for x, y in places if x > width or y > height], [])


def test_sizes():
    """Resized while it runs; too small, it says what it needs."""
    with started() as terminal:
        for width, height in ((200, 60), (120, 40), (79, 24), (80, 23), (10, 2), (1, 1), (80, 24), (300, 90)):
            terminal.output = b""
            terminal.resize(width, height)
            time.sleep(0.3)
            while terminal.read(0):
                pass
            terminal.output = b""
            if width >= 20:
                shown = terminal.paint()
                inside(f"{width}x{height}", shown, width, height)
                equal(f"keys at {width}x{height}", b"Quit" in shown, width >= 80 and height >= 24)
        terminal.press(b"q")
        equal("exit status", terminal.end(), 0)


def test_vanishing():
    """The pool of the opened area goes, then all pools, then their state cannot be read; q still ends it."""
    with started("-d", "0.3", SWIOTLB_TEST_VANISH="8") as terminal:
        terminal.press(b"2" + END + b"\r")
        terminal.sees(b"area 1 has gone")
        terminal.press(b"1")
        terminal.sees(b"no swiotlb pool")
        terminal.press(b"\r" + DOWN + END)
        terminal.sees(b"cannot read the state of the pools: no such thing")
        terminal.press(b"q")
        equal("exit status", terminal.end(), 0)
        terminal.restored("all that", GIVEN_BACK)


def test_cost():
    """m asks, and shows the cost before and after; detaching does so too."""
    with started("--level", "locks,blocks") as terminal:
        for question in (True, False):
            terminal.press(b"m")
            if question:
                terminal.sees(b"attach mappings? y/n; the cost now: tool ")
                terminal.press(b"y")
            terminal.sees(b"before: tool ")
        terminal.press(b"q")
        equal("exit status", terminal.end(), 0)


def test_anything():
    """Keys, clicks, sizes and noise at random."""
    chance = random.Random(7)
    keys = [bytes([one]) for one in b"1234567 sSjkhcmyn/r+-?\t\r\177\014\033"]
    keys += [DOWN, END, PAGE_UP, LEFT, b"\033[Z"]
    with started(SWIOTLB_TEST_VANISH="30", size=(120, 40)) as terminal:
        for _ in range(600):
            kind = chance.randrange(12)
            if kind == 0:
                terminal.resize(chance.randint(1, 220), chance.randint(1, 70))
            elif kind == 1:
                terminal.press(b"\033[<%d;%d;%dM" % (chance.choice((0, 64, 65)), chance.randint(1, 220),
                                                    chance.randint(1, 70)))
            elif kind == 2:
                terminal.press(bytes(one for one in chance.randbytes(4) if one not in b"\003\032\034\021\023qQ\033"))
            else:
                terminal.press(chance.choice(keys))
            terminal.read(0.002)
            terminal.output = b""
        os.kill(terminal.pid, signal.SIGTERM)
        equal("exit status", terminal.end(), 0)


def test_pipes():
    """Not a terminal on either side: lines without asking."""
    for batch in ([], ["-b"]):
        done = subprocess.run([PROGRAM, "top", "-n", "2", "-d", "0.1", *batch], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=True)
        equal("intervals", done.stdout.count(b"the last "), 2)
        equal("escapes", b"\033" in done.stdout, False)


def main():
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
        except Exception as error:  # pylint: disable=broad-except # the next test is run
            print(f"FAILED {name[5:]}: {type(error).__name__} {error}")
            failed += 1
    if failed:
        sys.exit(1)
    print("terminal: fine")


main()
