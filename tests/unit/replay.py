#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The keys of a replay, pressed in tmux: each leads to the sample that convert says it is. tests/unit/replay.py PROGRAM"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.realpath(sys.argv[1])
USED = re.compile(r"^\s+0:[01]\s.*?(\d+)/2048", re.M)
LIMIT = 30
# Ends with ten samples in the file.
ENOUGH = 'until [ "$(zstdcat "$0" 2>/dev/null | wc -l)" -ge 10 ]; do sleep 0.1; done'


def reports(*arguments):
    lines = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


class Replay:
    """top --from RECORDING in a terminal of its own, and the samples that there are."""

    def __init__(self, directory, recording):
        self.line = ["tmux", "-L", f"replay-{os.getpid()}", "-u"]
        self.status = os.path.join(directory, "status")
        samples = reports("convert", recording, "--to", "jsonl")
        self.used = [tuple(area["used"] for area in sample["pools"][0]["areas"]) for sample in samples]
        command = f"'{PROGRAM}' top -d 0.1 --from '{recording}'; echo $? >'{self.status}.new'; mv '{self.status}.new' '{self.status}'"
        subprocess.run([*self.line, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", command], check=True,
                       stdin=subprocess.DEVNULL, env={**os.environ, "LANG": "C.UTF-8"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([*self.line, "kill-server"], check=False, stderr=subprocess.DEVNULL)

    def text(self):
        return subprocess.run([*self.line, "capture-pane", "-p"], stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout

    def press(self, *keys):
        subprocess.run([*self.line, "send-keys", *keys], check=True)

    def wait(self, what, condition):
        end = time.monotonic() + LIMIT
        while not condition(self.text()):
            if time.monotonic() > end:
                raise AssertionError(f"{what}; the screen:\n{self.text()}")
            time.sleep(0.05)

    def shows(self, what, number):
        """The areas are as in that sample."""
        self.wait(f"{what}: not sample {number}, {self.used[number]}",
                  lambda text: tuple(map(int, USED.findall(text))) == self.used[number])

    def findings(self):
        """How many are shown."""
        return int(re.search(r"Findings:(\d+)", self.text())[1])

    def ended(self):
        end = time.monotonic() + LIMIT
        while not os.path.exists(self.status) and time.monotonic() < end:
            time.sleep(0.05)
        with open(self.status, encoding="ascii") as file:
            return int(file.read())


def drive(replay):
    last = len(replay.used) - 1
    replay.wait("it has not read all", lambda text: "gaps" in text and "so far" not in text)
    replay.wait("it does not pause at first", lambda text: "PAUSED" in text)
    replay.shows("at first", 0)
    replay.press("t")
    replay.shows("t", 1)
    replay.press("t", "t")
    replay.shows("t twice", 3)
    replay.press("T")
    replay.shows("T", 2)
    replay.press(">")
    replay.shows(">", last)
    replay.press("<")
    replay.shows("<", 0)
    shown = replay.findings()
    replay.press("n")
    replay.wait("n leads to no new finding", lambda text: replay.findings() > shown)
    replay.press("N")
    replay.shows("N", 0)
    replay.press(">", "b", "1", "0", "m", "Enter")
    replay.shows("b, ten minutes before the end", 0)
    replay.press("Space")
    replay.shows("played to the end", last)
    replay.press("6")
    replay.wait("no screen of findings", lambda text: "what was seen" in text)
    replay.press("m")
    replay.wait("levels are asked for", lambda text: "attach" not in text)
    replay.press("q")
    assert replay.ended() == 0, f"q ended with {replay.ended()}"


def main():
    with tempfile.TemporaryDirectory() as directory:
        recording = os.path.join(directory, "recording")
        subprocess.run([PROGRAM, "record", "-d", "0.1", "-o", recording, "--", "sh", "-c", ENOUGH, recording], check=True,
                       env={**os.environ, "SWIOTLB_TEST_FIXTURE": "live"})
        with Replay(directory, recording) as replay:
            drive(replay)
    print("replay: fine")


main()
