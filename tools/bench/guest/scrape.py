# SPDX-License-Identifier: GPL-2.0-only
"""What a scrape of an exporter takes, by areas: of a sample that nobody has asked for yet, and of one whose text has been made."""
import http.client
import time

from common import TOOL, Tool, read, reason, say, stress

LEVELS = "locks,blocks,mappings"
ADDRESS = "127.0.0.1:9000"
DEVICES = 4     # those of main
HELD = 200      # mappings of each
SECONDS = 2     # between two samples
# Polls for peaks run beside: the least of so many has none in it.
TRIES = 12


def scrape():
    """The text, as Prometheus asks for it."""
    connection = http.client.HTTPConnection(ADDRESS, timeout=600)
    try:
        connection.request("GET", "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def spent(pid):
    """Nanoseconds that a process with one thread has run."""
    return int(read(f"/proc/{pid}/schedstat").split()[0])


def cost(pid):
    """Of a scrape, to the end of its connection: (nanoseconds, text)."""
    before = spent(pid)
    text = scrape()
    time.sleep(0.02)
    return spent(pid) - before, text


def scrapes(pid):
    """Of each new sample two."""
    first, again, text = [], [], ""
    for _ in range(TRIES):
        time.sleep(SECONDS + 0.1)
        taken, text = cost(pid)
        first.append(taken)
        again.append(cost(pid)[0])
    say(f"scrapes: {first}, again: {again}")
    return {"series": sum(not line.startswith("#") for line in text.splitlines()), "bytes": len(text), "ns": min(first),
            "again_ns": min(again)}


def measure(_kernel, _options):
    for device in range(DEVICES):
        stress(f"fill device={device} size=4096 count={HELD}")
    line = [TOOL, "export", "--listen", ADDRESS, "-d", str(SECONDS), "--level", LEVELS]
    with Tool("", *line) as exporter:
        while exporter.running():
            try:
                scrape()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        found = scrapes(exporter.process.pid) if exporter.running() else None
    return {"scrape": found or reason(exporter.output)}
