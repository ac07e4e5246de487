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
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import export
from figures import metrics_of

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
RULES = os.path.join(ROOT, "packaging/prometheus/swiotlb.rules.yml")
DASHBOARDS = os.path.join(ROOT, "packaging/grafana")
DEFAULT_LEVELS = "locks,blocks,mappings"
# What Prometheus itself has.
OF_PROMETHEUS = {"up", "ALERTS"}
PATIENCE = 300

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


def failed(message):
    sys.exit(f"fleet: {message}")


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
        time.sleep(0.2)
    return failed(f"waited in vain for {what() if callable(what) else what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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


# Prometheus

class Prometheus:
    """A server of its own: port, data and configuration."""

    def __init__(self, folder, targets):
        self.port = free_port()
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [self.quick_rules(folder)],
            "scrape_configs": [{
                "job_name": f"swiotlb-{name}", "metrics_path": path,
                # The rules ask for the job by its name.
                "relabel_configs": [{"target_label": "job", "replacement": "swiotlb"}],
                "static_configs": [{"targets": [address], "labels": {"instance": name}}],
            } for name, (address, path) in targets.items()],
        }
        with open(os.path.join(folder, "prometheus.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.log = open(os.path.join(folder, "prometheus.log"), "w", encoding="utf-8")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["prometheus", f"--config.file={folder}/prometheus.json", f"--storage.tsdb.path={folder}/data", "--log.level=warn",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    @staticmethod
    def quick_rules(folder):
        """The rules, with a minute in a second or two: nobody waits ten minutes for an alert."""
        with open(RULES, encoding="utf-8") as file:
            text = re.sub(r"for: \w+", "for: 0s", file.read())
        path = os.path.join(folder, "quick.rules.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(re.sub(r"\[\d+m\]", "[10s]", text))
        return path

    def ask(self, what, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def names(self):
        return set(self.ask("label/__name__/values")) | OF_PROMETHEUS

    def ready(self):
        expect(self.process.poll() is None, f"prometheus ended with {self.process.returncode}: {self.said()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready") as answer:
                return answer.status == 200
        except OSError:
            return False

    def said(self):
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()[-2000:]

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def names_of(expression):
    """The series that an expression names: words that are no function, label or keyword."""
    text = re.sub(r'"[^"]*"|\[[^\]]*\]', "", expression)
    text = re.sub(r"\{[^}]*\}|\b(by|on|ignoring|without) \([^)]*\)", "", text)
    words = set(re.findall(r"[a-zA-Z_:][\w:]*(?!\s*\()\b", text))
    return {word for word in words if re.match("swiotlb_|process_|up$|ALERTS$|instance", word)}


# Tests

def test_values(prometheus, program):
    """Prometheus has the figures of the report of the same session."""
    def found():
        series = prometheus.query('{instance="steady"}')
        labels = [{**each["metric"]} for each in series]
        return {(each.pop("__name__"), tuple(sorted((name, value) for name, value in each.items() if name not in ("instance", "job")))):
                float(one["value"][1]) for each, one in zip(labels, series)}

    document = export.report(program, "mappings")
    own = re.compile(r"up$|scrape_|ALERTS|instance(_\w+)?:")
    have = {key: value for key, value in found().items() if not own.match(key[0])}
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
        poll(lambda text=text: names_of(text) <= prometheus.names(), f"an exporter that prints all of {board}, {title}: {text}")
        poll(lambda text=text: prometheus.query(text), f"a result of {board}, {title}: {text}")


def active(prometheus):
    """{machine: its alerts}"""
    found = {name: set() for name in MACHINES}
    for alert in prometheus.ask("alerts")["alerts"]:
        found[alert["labels"]["instance"]].add(alert["labels"]["alertname"])
    return found


def wait_for_alerts(prometheus, wanted):
    """Until they are these: a scrape that comes late on a busy machine is an alert for a moment."""
    found = {}

    def as_wanted():
        found.update(active(prometheus))
        return found == wanted

    poll(as_wanted, lambda: f"alerts {wanted}: they are {found}")


def test_alerts(prometheus):
    """Those of the faults that each machine has, and no other."""
    wait_for_alerts(prometheus, {name: alerts for name, (_, _, alerts) in MACHINES.items()})
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
    """An exporter that has ended leaves no figures that look like current ones."""
    process.terminate()
    process.wait()
    wait_for_alerts(prometheus, {**{name: alerts for name, (_, _, alerts) in MACHINES.items()}, "quiet": {"SwiotlbExporterDown"}})


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
