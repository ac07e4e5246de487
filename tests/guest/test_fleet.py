# SPDX-License-Identifier: GPL-2.0-only
"""Debian's Prometheus scrapes an exporter of a kernel under load: it has the figures of a report, and alerts for the faults alone."""
import contextlib
import tempfile

from export import check_findings, check_values
from exporter import PORT, Exporter, of
from figures import family_of, metrics_of
from harness import AREA, TOOL, Stress, Watch, between, contains, equal, kernels, note, pool, wait_until
from prometheus import Prometheus

HERE = "guest"
PAIRS = 500
LEAKED = 3
LONG = 0.002
SECONDS = 3     # between two scrapes, and for each: emulated CPUs may take one
# Not the same to two who look at different times, or with hooks of their own: peaks, times, the growth between samples, own tables.
APART = {"map.grown", "device.grown", "map.oldest", "device.oldest", "table.bytes", "table.bytes_full"}


def is_exact(metric, kind, unit):
    return kind != "peak" and unit != "ns" and metric not in APART


@contextlib.contextmanager
def scraping():
    """Prometheus, which scrapes the exporter."""
    with tempfile.TemporaryDirectory() as folder:
        prometheus = Prometheus(folder, {HERE: (f"127.0.0.1:{PORT}", "/metrics")}, SECONDS)
        try:
            wait_until("Prometheus is ready", prometheus.ready)
            yield prometheus
        finally:
            prometheus.end()


def settle(prometheus, exporter):
    """Waits until Prometheus has a sample that began after this call, and has evaluated all rules on it."""
    number = of(exporter.later(), "exporter_samples_total")

    def scraped():
        found = prometheus.query(f'swiotlb_exporter_samples_total{{instance="{HERE}"}}')
        return found and float(found[0]["value"][1]) >= number

    def evaluated_again(before):
        return lambda: not set(before) & set(prometheus.evaluations())

    wait_until("Prometheus has the sample", scraped)
    # The first one may have begun before.
    for _ in range(2):
        wait_until("all rules are evaluated", evaluated_again(prometheus.evaluations()))


def exact_values(prometheus, shown):
    """Prometheus has what the report has: all of it that does not depend on who looks, and when."""
    metrics = metrics_of(TOOL)
    exact = {metric: row for metric, row in metrics.items() if is_exact(metric, *row[1:])}
    others = {family_of(metric, kind, unit)[1] for metric, (_, kind, unit) in metrics.items() if metric not in exact}
    series = prometheus.series(HERE)
    found = {key: value for key, value in series.items()
             if key[0] not in others and not (key[0] == "swiotlb_unknown_info" and dict(key[1])["metric"] in others)}
    check_values(found, shown, exact, "Prometheus")
    check_findings(found, shown, "Prometheus")
    note(f"{len(found)} of {len(series)} series compared")
    return series


def waits(series, shown):
    """As many as the report has, by area; how long they were depends on whose hook it is."""
    lock = pool(shown)["areas"][AREA]["lock"]
    labels = {"pool": "default", "area": str(AREA)}
    equal("waits", of(series, "lock_contended_total", **labels), lock["contended"])
    equal("waits of the histogram", of(series, "pool_lock_wait_seconds_count", pool="default"), lock["contended"])
    for total in of(series, "lock_wait_seconds_total", **labels), lock["wait_ns"]["total"] / 1e9:
        between("time waited", LONG, total, shown["window"]["seconds"])


@kernels("static spins")
def test_scraped():
    """Load, contention and a leak, one after another: figures are exact, and each alert fires for its fault alone."""
    with Stress() as stress, Exporter("-d", "1") as exporter, scraping() as prometheus:
        stress("device-add", count=2)
        with Watch() as watch:
            stress.serve(PAIRS)
            settle(prometheus, exporter)
            equal("alerts before a fault", prometheus.alerts(), {})

            def contended():
                stress.contend()
                return prometheus.firing(HERE)
            note("no alert under load")
            wait_until("an alert fires", contended)
            note("an alert fires")
            equal("alerts of contention", prometheus.alerts(), {HERE: {"SwiotlbContention"}})
            wait_until("the alert ends", lambda: not prometheus.firing(HERE))
            note("it has ended")

            stress("leak", device=1, count=LEAKED, size=4096)
            stress("device-del", id=1)
            settle(prometheus, exporter)
            equal("alerts of a leak", prometheus.firing(HERE), {"SwiotlbMappingLeak"})
            equal("all alerts", prometheus.alerts("firing"), {HERE: {"SwiotlbContention", "SwiotlbMappingLeak"}})
            leak, = (alert for alert in prometheus.ask("alerts")["alerts"] if alert["labels"]["alertname"] == "SwiotlbMappingLeak")
            contains("the alert's text", leak["annotations"]["description"], f"(other): {LEAKED}.")
        settle(prometheus, exporter)
        waits(exact_values(prometheus, watch.report), watch.report)
