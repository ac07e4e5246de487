# SPDX-License-Identifier: GPL-2.0-only
"""Programs that the scripts here run for others: builds, unit tests, guests."""
import os
import signal
import subprocess
import threading

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
SECONDS_TO_END = 10


class Interrupted(Exception):
    """Nothing is started any more."""


class Runner:
    """Programs, each in a session of its own, so that an interruption ends all that they started. Threads may share it.

    echo() is given each line that one run with a log writes.
    """

    def __init__(self, echo=None):
        self.echo = echo
        self.running = set()
        self.lock = threading.Lock()
        self.stopped = False

    def start(self, line, **options):
        """Starts a program at the root of the tree, with nothing to read."""
        with self.lock:
            if self.stopped:
                raise Interrupted
            process = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True, **options)
            self.running.add(process)
        return process

    def end(self, process):
        """Waits for a program, which it ends when this is interrupted; returns its exit status."""
        try:
            return process.wait()
        finally:
            if process.poll() is None:
                end_all([process])
            with self.lock:
                self.running.discard(process)

    def run(self, line, log, seen=None, errors=subprocess.STDOUT):
        """Runs a program with its output in a file, each line also given to seen(); returns its exit status."""
        with open(log, "w", encoding="utf-8") as copy:
            process = self.start(line, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace")
            try:
                for text in process.stdout:
                    copy.write(text)
                    copy.flush()
                    for take in filter(None, (self.echo, seen)):
                        take(text.rstrip("\n"))
            finally:
                status = self.end(process)
            return status

    def last_line(self, line, log):
        """Runs a program that says its result last and its progress to whoever waits; returns its last line, or None."""
        lines = []
        status = self.run(line, log, lines.append, errors=None)
        return lines[-1] if lines and not status else None

    def stop(self):
        """Ends all running programs, with time to clean up, and starts no further ones."""
        with self.lock:
            self.stopped = True
            running = list(self.running)
        end_all(running)


def end_all(processes):
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for process in processes:
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
