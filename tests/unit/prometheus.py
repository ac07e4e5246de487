# SPDX-License-Identifier: GPL-2.0-only
"""Debian's Prometheus with the rules of packaging/prometheus, as a server of its own."""
import functools
import json
import os
import re
import subprocess
import urllib.parse
import urllib.request

from claims import ROOT, expect, free_port, read

RULES = "packaging/prometheus/swiotlb.rules.yml"
SECONDS = {"s": 1, "m": 60, "h": 3600}
# The alert for a scrape that comes too late, which a busy machine may let it do.
LATE = {"SwiotlbExporterDown"}


@functools.cache
def program(name):
    """prometheus or promtool, which are fetched and not installed."""
    fetched = subprocess.run([os.path.join(ROOT, "tools/prometheus")], stdout=subprocess.PIPE, text=True, check=True)
    return os.path.join(fetched.stdout.strip(), "usr/bin", name)


def shorter(found, divisor, least):
    """A duration such as 10m, of at least so many seconds."""
    return f"{max(int(found[1]) * SECONDS[found[2]] // divisor, least)}s"


def quick_rules(folder, seconds):
    """The rules, with a minute in a second and rates over ten scrapes at least: nobody waits ten minutes for an alert.

    An alert that waits for an hour goes on to do so, which is longer than any test takes.
    """
    text = re.sub(r"(?<=for: )(\d+)([sm])", lambda found: shorter(found, 60, 0), read(RULES))
    text = re.sub(r"(?<=\[)(\d+)([smh])(?=\])", lambda found: shorter(found, 60, 10 * seconds), text)
    path = os.path.join(folder, "quick.rules.yml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Prometheus:
    """A server with its port, its data and its configuration, until end().

    TARGETS are {instance: (address, path)}; it asks each of them every so many SECONDS, and waits as long for the answer.
    """

    def __init__(self, folder, targets, seconds=1):
        self.port = free_port()
        config = {
            "global": {"scrape_interval": f"{seconds}s", "evaluation_interval": f"{seconds}s"},
            "rule_files": [quick_rules(folder, seconds)],
            "scrape_configs": [{
                "job_name": f"swiotlb-{name}", "metrics_path": path,
                # The rules ask for the job by its name.
                "relabel_configs": [{"target_label": "job", "replacement": "swiotlb"}],
                "static_configs": [{"targets": [address], "labels": {"instance": name}}],
            } for name, (address, path) in targets.items()],
        }
        with open(os.path.join(folder, "prometheus.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.log = open(os.path.join(folder, "prometheus.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [program("prometheus"), f"--config.file={folder}/prometheus.json", f"--storage.tsdb.path={folder}/data", "--log.level=warn",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    def ask(self, what, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def series(self, instance):
        """{(name, labels): value} of what an instance has now, as its exporter gave it."""
        found = {}
        for each in self.query(f'{{instance="{instance}"}}'):
            labels = {name: value for name, value in each["metric"].items() if name not in ("__name__", "instance", "job")}
            found[each["metric"]["__name__"], tuple(sorted(labels.items()))] = float(each["value"][1])
        own = re.compile(r"up$|scrape_|ALERTS|instance(_\w+)?:")
        return {key: value for key, value in found.items() if not own.match(key[0])}

    def alerts(self, state="pending|firing"):
        """{instance: names of all alerts so far}, but for that of a late scrape."""
        found = {}
        for row in self.query(f'max_over_time(ALERTS{{alertstate=~"{state}"}}[1d])'):
            found.setdefault(row["metric"]["instance"], set()).add(row["metric"]["alertname"])
        return {instance: names - LATE for instance, names in found.items() if names - LATE}

    def firing(self, instance):
        """Names of the alerts of now, but for that of a late scrape."""
        return {row["metric"]["alertname"] for row in self.query(f'ALERTS{{alertstate="firing",instance="{instance}"}}')} - LATE

    def evaluations(self):
        """When each group of rules was evaluated last."""
        return [group["lastEvaluation"] for group in self.ask("rules")["groups"]]

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
