#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The rules for Prometheus: promtool takes them, and each alert fires for its fault and for no other.

A healthy machine has figures just below what alerts, and series of another machine beside it. Each fault changes a few of them; then
promtool says which alerts fire.
"""
import json
import os
import re
import subprocess
import tempfile

from claims import ROOT, expect, read
from prometheus import RULES, program

MINUTES = 120
HERE = 'job="swiotlb",instance="vm1:9999"'
CAUSES = ["oversize", "alignment", "fragmented", "exhausted", "reach", "kind", "no_pool", "disabled"]
# Alerts of their own, not that of all other findings.
OWN_ALERTS = {"mapping-leak", "mapping-growth", "block-leak", "oversize-requests", "misaligned-requests", "fragmented-requests",
              "exhausted", "exhausted-by-leak", "out-of-reach", "wrong-kind-of-pool", "no-pool", "disabled-pool", "refusal-storm",
              "refused-before", "pool-nearly-full", "contended-area", "area-stolen", "bounce-cost", "not-attached", "tracing-loss"}


def rule_severities():
    """{id of a finding: severities that it can have by the table of rules}"""
    severities = {}
    for rule, severity in re.findall(r'ROW\("([a-z-]+)", ([A-Z]+)', read("user/model/findings.c")):
        severities.setdefault(rule, set()).add(severity.lower())
    return severities


def series(name, labels="", instance=HERE):
    return f"{name}{{{instance}{',' if labels else ''}{labels}}}"


def finding(rule, severity):
    return series("swiotlb_finding", f'id="{rule}",severity="{severity}"')


def steady(value):
    return f"{value}+0x{MINUTES}"


def growing(each_minute, start=0):
    return f"{start}+{each_minute}x{MINUTES}"


def once(value):
    """A counter that has jumped ten minutes ago."""
    return f"0+0x79 {value}+0x{MINUTES - 80}"


POOL, SMALL, DEVICE = 'pool="default"', 'pool="eth0"', 'device="eth0"'
BUCKETS = ["1.023e-06", "6.5535e-05", "+Inf"]


def healthy():
    """{series: its course}, with figures that come close to what alerts."""
    figures = {
        series("up"): steady(1),
        series("swiotlb_build_info", 'version="0.1.0",kernel="6.12"'): steady(1),
        # Always half a minute old.
        series("swiotlb_exporter_sample_timestamp_seconds"): growing(60, -30),
        series("swiotlb_pool_bytes", POOL): steady(67108864),
        series("swiotlb_pool_used_bytes", POOL): steady(59000000),
        series("swiotlb_pool_used_peak_bytes", POOL + ',window="60s"'): steady(60000000),
        series("swiotlb_pool_bytes", SMALL): steady(2097152),
        series("swiotlb_pool_used_peak_bytes", SMALL + ',window="60s"'): steady(1880000),
        series("swiotlb_map_live"): steady(256),
        series("swiotlb_map_leaked"): steady(0),
        series("swiotlb_map_grown"): steady(256),
        series("swiotlb_device_grown", DEVICE): steady(256),
        series("swiotlb_device_leaked", DEVICE): steady(0),
        series("swiotlb_block_orphaned"): steady(0),
        series("swiotlb_block_leaked"): steady(2),
        series("swiotlb_map_failures_total"): steady(0),
        series("swiotlb_device_failures_total", DEVICE): steady(0),
        series("swiotlb_kernel_log_refused"): steady(0),
        series("swiotlb_pool_lock_wait_seconds_sum", POOL): growing(0.3),
        series("swiotlb_map_bounce_seconds_total"): growing(2.4),
        # Of the start, and not since.
        series("swiotlb_loss_total", 'cause="locks.no_begin"'): steady(7),
        series("swiotlb_unknown_info", 'metric="swiotlb_lock_hold_seconds_total",reason="level holds is not attached"'): steady(1),
    }
    figures.update({series(f"swiotlb_map_failures_{cause}_total"): steady(0) for cause in CAUSES})
    figures.update({series("swiotlb_pool_lock_wait_seconds_bucket", f'{POOL},le="{le}"'): growing(100) for le in BUCKETS})
    for rule, severities in rule_severities().items():
        figures.update({finding(rule, severity): steady(int(severity == "note")) for severity in severities})
    # What only annotations ask for must not be that of another machine.
    other = 'job="swiotlb",instance="vm2:9999"'
    figures.update({key.replace(HERE, other): value for key, value in figures.items()})
    return figures


def without(*parts):
    """The exporter no longer gives these: all series with one of them in their names, on this machine."""
    return lambda figures: {key: value for key, value in figures.items()
                            if HERE not in key or not any(part in key for part in parts)}


def changed(changes):
    return lambda figures: {**figures, **changes}


def faults():
    """(what happens, how it shows in the figures, the alerts that are to fire)"""
    yield "nothing", changed({}), []
    yield "a proven leak", changed({series("swiotlb_map_leaked"): steady(7), series("swiotlb_device_leaked", DEVICE): steady(7),
                                    finding("mapping-leak", "error"): steady(1)}), ["SwiotlbMappingLeak"]
    yield "a leak that goes on", changed({finding("mapping-leak", "error"): steady(1)}), ["SwiotlbMappingsLeakOn"]
    yield "growth for an hour", changed({finding("mapping-growth", "warning"): steady(1)}), ["SwiotlbMappingGrowth"]
    yield "growth for a while", changed({finding("mapping-growth", "warning"): once(1)}), []
    yield "blocks of a device that is gone", changed({series("swiotlb_block_orphaned"): steady(1),
                                                      finding("block-leak", "error"): steady(1)}), ["SwiotlbBlockLeak"]
    for cause in CAUSES:
        yield f"refused: {cause}", changed({series("swiotlb_map_failures_total"): once(3),
                                            series(f"swiotlb_map_failures_{cause}_total"): once(3)}), ["SwiotlbMappingsFail"]
    yield "refused an hour ago", changed({series("swiotlb_map_failures_exhausted_total"): f"0+0x30 3+0x{MINUTES}"}), []
    yield "a storm", changed({finding("refusal-storm", "error"): steady(1), series("swiotlb_map_failures_total"): growing(100),
                              series("swiotlb_map_failures_exhausted_total"): growing(100)}), ["SwiotlbMappingsFail", "SwiotlbRefusalStorm"]
    yield "refused before the start", changed({series("swiotlb_kernel_log_refused"): steady(12),
                                               finding("refused-before", "warning"): steady(1)}), ["SwiotlbRefusedBefore"]
    full = {series("swiotlb_pool_used_peak_bytes", POOL + ',window="60s"'): steady(67108864)}
    yield "nearly full", changed({**full, finding("pool-nearly-full", "warning"): steady(1)}), ["SwiotlbPoolNearlyFull"]
    yield "full, and the kernel adds to it", changed(full), []
    yield "waits", changed({series("swiotlb_pool_lock_wait_seconds_sum", POOL): growing(1.2),
                            finding("contended-area", "warning"): steady(1)}), ["SwiotlbContention"]
    yield "copies", changed({series("swiotlb_map_bounce_seconds_total"): growing(6),
                             finding("bounce-cost", "warning"): steady(1)}), ["SwiotlbBouncing"]
    for rule, severities in rule_severities().items():
        for severity in sorted(severities - {"note"}):
            if rule not in OWN_ALERTS:
                yield f"{rule} ({severity})", changed({finding(rule, severity): steady(1)}), ["SwiotlbFinding"]
    yield "an exporter that is down", lambda figures: {**without("swiotlb_")(figures), series("up"): steady(0)}, ["SwiotlbExporterDown"]
    yield "an exporter without figures", without("swiotlb_"), ["SwiotlbExporterStale"]
    yield "a file that stays as it is", changed({series("swiotlb_exporter_sample_timestamp_seconds"): steady(75 * 60)}), ["SwiotlbExporterStale"]
    yield "a level without hooks", changed({finding("not-attached", "warning"): steady(1)}), ["SwiotlbExporterBlind"]
    yield "no state", lambda figures: {**without("swiotlb_pool_used_bytes")(figures), series(
        "swiotlb_unknown_info", 'metric="swiotlb_pool_used_bytes",reason="the kernel hides it"'): steady(1)}, ["SwiotlbExporterBlind"]
    yield "losses", changed({series("swiotlb_loss_total", 'cause="mappings.recursion"'): growing(1),
                             finding("tracing-loss", "warning"): steady(1)}), ["SwiotlbEventsLost"]


def promtool_test(fault):
    """A test of promtool: its figures, and how many series of each alert fire."""
    _, change, alerts = fault
    return {
        "interval": "1m",
        "input_series": [{"series": key, "values": value} for key, value in change(healthy()).items()],
        "promql_expr_test": [{
            "expr": 'count by (alertname, instance) (ALERTS{alertstate="firing"})',
            "eval_time": "90m",
            "exp_samples": [{"labels": f'{{alertname="{alert}",instance="vm1:9999"}}', "value": 1} for alert in alerts],
        }],
    }


def promtool(*arguments):
    done = subprocess.run([program("promtool"), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    expect(done.returncode == 0, f"promtool {' '.join(arguments)} ended with {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout


def test_faults():
    every = list(faults())
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({"rule_files": [os.path.join(ROOT, RULES)], "evaluation_interval": "5m", "tests": [promtool_test(fault) for fault in every]}, file)
        file.flush()
        done = subprocess.run([program("promtool"), "test", "rules", file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
    numbered = "; ".join(f"{i}: {fault[0]}" for i, fault in enumerate(every))
    expect(done.returncode == 0, f"{done.stdout[-3000:]}\n{numbered}")
    fired = {alert for fault in every for alert in fault[2]}
    written = set(re.findall(r"- alert: (\w+)", read(RULES)))
    expect(fired == written, f"without a fault that fires them: {written ^ fired}")


def test_texts():
    """Each alert has a runbook that exists, and the alert of all other findings leaves out those with alerts of their own."""
    rules = read(RULES)
    excluded = set(re.search(r'id!~"([^"]+)"', rules)[1].split("|"))
    expect(excluded == OWN_ALERTS, f"SwiotlbFinding leaves out {excluded ^ OWN_ALERTS}")
    expect(OWN_ALERTS <= set(rule_severities()), f"no findings: {OWN_ALERTS - set(rule_severities())}")
    for alert in re.findall(r"- alert: .*?(?=\n      - alert|\n      #|\n  #|\n  - name|\Z)", rules, re.S):
        for needed in ("severity:", "summary:", "description:", "runbook:"):
            expect(needed in alert, f"no {needed} in {alert}")
    anchors = {f"{page}.md#{re.sub('[^a-z0-9 -]', '', title.lower()).replace(' ', '-')}"
               for page in ("findings", "fleet") for title in re.findall(r"^## (.*)$", read(f"docs/{page}.md"), re.M)}
    named = set(re.findall(r'runbook: "?([\w.-]+#[a-z-]+)"?$', rules, re.M))
    named |= {f"findings.md#{rule}" for rule in re.findall(r"finding: ([a-z-]+)", rules)}
    expect(named <= anchors, f"runbooks that do not exist: {named - anchors}")


def main():
    promtool("check", "rules", os.path.join(ROOT, RULES))
    test_faults()
    test_texts()


if __name__ == "__main__":
    main()
