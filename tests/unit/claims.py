# SPDX-License-Identifier: GPL-2.0-only
"""What the programs of this directory have in common: claims, patience, files of the tree, ports."""
import os
import socket
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
PATIENCE = 300  # seconds


def failed(message):
    raise AssertionError(message)


def expect(condition, message):
    if not condition:
        failed(message)


def poll(question, what):
    """The first answer that is not false; when there is none for so long that a machine cannot be merely busy, it fails."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    return failed(f"waited in vain for {what() if callable(what) else what}")


def read(path):
    """A file, by its path in the tree, or from the root."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def without_loaded(folder):
    """Variables for a process that finds none of the libraries that are loaded when they are used."""
    for name in "libmicrohttpd.so.12", "libsystemd.so.0":
        with open(os.path.join(folder, name), "wb"):
            pass
    return {"LD_LIBRARY_PATH": folder}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
