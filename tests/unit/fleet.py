#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A fleet in small: Debian's Prometheus scrapes exporters whose sessions are made by hand.

fleet.py PROGRAM

Each machine is an exporter. Of what Prometheus then has, figures are those of the report, each expression of the dashboards has a
result and names only what exporters print, and alerts are those of the faults that a machine has. Nothing waits for a time: all is
asked again until it is so.
"""
import contextlib
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

import export
from claims import ROOT, expect, free_port, poll
from figures import metrics_of
from prometheus import Prometheus

DASHBOARDS = os.path.join(ROOT, "packaging/grafana")
DEFAULT_LEVELS = "locks,blocks,mappings"
# What Prometheus itself has.
OF_PROMETHEUS = {"up", "ALERTS"}

# Machines whose exporters Prometheus asks; files of the others are served as node_exporter does.
LISTENERS = {"moving", "refusing"}
LEAKS = {"SwiotlbMappingLeak", "SwiotlbBlockLeak"}
# Machine: the fixture that its session shows, its levels, and the alerts of what is wrong with it.
MACHINES = {
    "steady": ("mappings", DEFAULT_LEVELS, LEAKS),
    # No hook of its level holds.
    "blind": ("mappings", DEFAULT_LEVELS + ",holds", LEAKS | {"SwiotlbExporterBlind"}),
    "moving": ("live", DEFAULT_LEVELS + ",bounces", LEAKS),
    "refusing": ("refusing", DEFAULT_LEVELS, LEAKS | {"SwiotlbMappingsFail"}),
    "unmaps": ("wrong_unmaps", DEFAULT_LEVELS, LEAKS | {"SwiotlbFinding"}),
    "quiet": ("quiet", "state", set()),
}


# Machines

class Files(http.server.SimpleHTTPRequestHandler):
    """What node_exporter does with the files of its collector."""
    extensions_map = {".prom": "text/plain; version=0.0.4"}

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


@contextlib.contextmanager
def exporters(program, folder):
    """All machines; {name: where Prometheus scrapes it}, {name: its process}"""
    def handler(*arguments):
        return Files(*arguments, directory=folder)

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        processes, targets = {}, {}
        for name, (fixture, levels, _) in MACHINES.items():
            address, path = f"127.0.0.1:{server.server_port}", f"/{name}.prom"
            where = ["--textfile", folder + path]
            if name in LISTENERS:
                address, path = f"127.0.0.1:{free_port()}", "/metrics"
                where = ["--listen", address]
            processes[name] = stack.enter_context(export.exporting(program, fixture, *where, "-d", "0.5", "--level", levels))
            targets[name] = address, path
        yield targets, processes


# Tests

def names_in(prometheus):
    return set(prometheus.ask("label/__name__/values")) | OF_PROMETHEUS


def names_of(expression):
    """The series that an expression names: words that are no function, label or keyword."""
    text = re.sub(r'"[^"]*"|\[[^\]]*\]', "", expression)
    text = re.sub(r"\{[^}]*\}|\b(by|on|ignoring|without) \([^)]*\)", "", text)
    words = set(re.findall(r"[a-zA-Z_:][\w:]*(?!\s*\()\b", text))
    return {word for word in words if re.match("swiotlb_|process_|up$|ALERTS$|instance", word)}


def test_values(prometheus, program):
    """Prometheus has the figures of the report of the same session."""
    document = export.report(program, "mappings")
    # None after a scrape that came too late.
    have = poll(lambda: prometheus.series("steady"), "a scrape of the steady machine")
    export.check_values(have, document, metrics_of(program), "prometheus")
    export.check_histograms(have, document, "prometheus")
    export.check_findings(have, document, "prometheus")


def dashboards():
    """{name: a dashboard}, which are those that tools/dashboards writes."""
    boards = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(ROOT, "tools/dashboards"), folder], check=True)
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as made, open(os.path.join(DASHBOARDS, name), encoding="utf-8") as there:
                text = there.read()
                expect(made.read() == text, f"packaging/grafana/{name} is out of date: tools/dashboards")
            boards[name] = json.loads(text)
    expect(set(os.listdir(DASHBOARDS)) == set(boards), f"packaging/grafana has {os.listdir(DASHBOARDS)}")
    return boards


def check_layout(name, board):
    """No two panels have one place or one number."""
    taken = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        expect(not cells & taken and max(x for x, _ in cells) < 24, f"{name}: {panel['title']} lies on another panel")
        taken |= cells
    numbers = [panel["id"] for panel in board["panels"]]
    expect(len(set(numbers)) == len(numbers), f"{name}: two panels have one number")


def expressions(boards, machine):
    """(dashboard, panel, expression) with all variables set."""
    for name, board in boards.items():
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                text = target["expr"]
                for variable, value in (("$instance", machine), ("$__rate_interval", "10s"), ("$__range", "10s")):
                    text = text.replace(variable, value)
                expect("$" not in text, f"{name}, {panel['title']}: an unknown variable in {text}")
                yield name, panel["title"], text


def test_dashboards(prometheus):
    """Each expression is one, names what is there, and has a result."""
    boards = dashboards()
    for name, board in boards.items():
        check_layout(name, board)
    asked = list(expressions(boards, "moving"))
    expect(len(asked) > 50, f"only {len(asked)} expressions")
    for board, title, text in asked:
        poll(lambda text=text: names_of(text) <= names_in(prometheus), f"an exporter that prints all of {board}, {title}: {text}")
        poll(lambda text=text: prometheus.query(text), f"a result of {board}, {title}: {text}")


def test_alerts(prometheus):
    """Those of the faults that each machine has, and no other, though they may be over: findings are those of a minute."""
    wanted = {name: alerts for name, (_, _, alerts) in MACHINES.items() if alerts}
    poll(lambda: prometheus.alerts() == wanted, lambda: f"alerts {wanted}: they are {prometheus.alerts()}")
    alerts = prometheus.ask("alerts")["alerts"]
    for alert in alerts:
        for name, text in alert["annotations"].items():
            expect("error" not in text.lower() and "<no value>" not in text and text.strip(), f"{name} of {alert['labels']}: {text}")
    leak = next(alert for alert in alerts if alert["labels"]["alertname"] == "SwiotlbMappingLeak")
    expect("swiotlb_stress.0: 7" in leak["annotations"]["description"], f"the leak's device is not in {leak['annotations']}")
    for group in prometheus.ask("rules")["groups"]:
        for rule in group["rules"]:
            expect(not rule.get("lastError"), f"{rule['name']}: {rule.get('lastError')}")


def test_down(prometheus, process):
    """An exporter that has ended leaves no figures that look like current ones, and is told of."""
    process.terminate()
    process.wait()

    def told():
        return {alert["labels"]["alertname"] for alert in prometheus.ask("alerts")["alerts"] if alert["labels"]["instance"] == "quiet"}
    poll(lambda: told() == {"SwiotlbExporterDown"}, lambda: f"an alert of the exporter that is down: there are {told()}")


def main():
    program = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, exporters(program, folder) as (targets, processes):
        prometheus = Prometheus(folder, targets)
        try:
            poll(prometheus.ready, "Prometheus")
            poll(lambda: len(prometheus.query("swiotlb_build_info")) == len(MACHINES), "a scrape of each machine")
            test_values(prometheus, program)
            test_dashboards(prometheus)
            test_alerts(prometheus)
            test_down(prometheus, processes["quiet"])
        finally:
            prometheus.end()


if __name__ == "__main__":
    main()
