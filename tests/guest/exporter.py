# SPDX-License-Identifier: GPL-2.0-only
"""An exporter in a guest, and what it shows to a strict reader."""
import http.client
import re
import subprocess

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from harness import LIMIT, TOOL, equal, interrupt, read, wait_until

PORT = 10964
OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def scrape(accept=OPENMETRICS):
    """The text of the latest sample."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=LIMIT)
    connection.request("GET", "/metrics", headers={"Accept": accept})
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def samples(text):
    """{(name, labels): value}"""
    return {(name, tuple(sorted(labels.items()))): value for family in text_string_to_metric_families(text)
            for name, labels, value, *_ in family.samples}


def of(shown, name, **labels):
    return shown[f"swiotlb_{name}", tuple(sorted(labels.items()))]


class Exporter:
    """Exports while the block runs, with five samples a second."""

    def __init__(self, *arguments):
        self.arguments, self.process = arguments, None

    def __enter__(self):
        line = [TOOL, "export", "--listen", f"127.0.0.1:{PORT}", "-d", "0.2", *self.arguments]
        self.process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
        wait_until("the exporter answers", self.answers)
        return self

    def __exit__(self, kind, *_):
        status, _, errors = interrupt(self.process)
        if kind is None:
            equal("export's exit status and messages", (status, errors), (0, ""))

    def answers(self):
        equal("the exporter's end", self.process.poll(), None)
        try:
            return scrape()
        except ConnectionRefusedError:
            return None

    @staticmethod
    def later():
        """A sample that began after this call."""
        def number(shown):
            return of(shown, "exporter_samples_total")
        before, found = number(samples(scrape())), []

        def is_later():
            found[:] = [samples(scrape())]
            return number(found[0]) >= before + 2
        wait_until("a later sample", is_later)
        return found[0]

    def status(self, *names):
        """Fields of the process, as texts."""
        text = read(f"/proc/{self.process.pid}/status")
        return [re.search(rf"^{name}:\s*(\w+)", text, re.M)[1] for name in names]
