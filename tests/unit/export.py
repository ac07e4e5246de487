#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""`swiotlb export` on a session made by hand: what others read is what the report says.

export.py PROGRAM
"""
import collections
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from figures import SECOND, family_of, metrics_of, value_of
from prometheus_client.parser import text_string_to_metric_families as read_classic

WINDOW = "60s"
OTHERS = "(other)"
# Families that are not of the schema's metrics.
OWN = re.compile(r"swiotlb_(exporter_|finding|hook|build|unknown|loss|pool_lock_|area_lock_)|process_")


def failed(message):
    sys.exit(f"export: {message}")


def expect(condition, message):
    if not condition:
        failed(message)


def wait_for(condition, what):
    """Until it holds; a machine that never gets there is stopped by whoever runs the tests."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.05)
    failed(f"waited in vain for {what}")


def ready(pid):
    """It takes signals as events, for which it has blocked SIGTERM."""
    def blocked():
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            mask = re.search(r"SigBlk:\s*(\w+)", file.read())
        return int(mask[1], 16) >> signal.SIGTERM - 1 & 1
    wait_for(blocked, "an exporter that takes signals")


def environment(name):
    return {**os.environ, "SWIOTLB_TEST_FIXTURE": name}


@contextlib.contextmanager
def exporting(program, fixture, *arguments, **options):
    """An exporter, ended by SIGTERM, and the exit status and messages that it should end with."""
    wanted, said = options.pop("status", 0), options.pop("said", "")
    with subprocess.Popen([program, "export", *arguments], env=environment(fixture), stderr=subprocess.PIPE, text=True,
                          **options) as process:
        try:
            yield process
            if process.poll() is None:
                ready(process.pid)
                process.terminate()
            _, messages = process.communicate()
        except BaseException:
            process.kill()
            print(process.communicate()[1], file=sys.stderr)
            raise
    expect(process.returncode == wanted, f"{arguments} ended with {process.returncode}: {messages}")
    expect(said is None or said == messages, f"{arguments} said: {messages}")


def report(program, fixture):
    """Of a window without an end, as an exporter's is: what is allocated in it is not yet leaked."""
    with subprocess.Popen([program, "report", "-t", "1h", "-f", "json"], env=environment(fixture), stdout=subprocess.PIPE) as process:
        ready(process.pid)
        process.send_signal(signal.SIGINT)
        return json.loads(process.communicate()[0])


# What should be there

def own_pools(document):
    """The first one of each name."""
    return list({pool["name"]: pool for pool in reversed(document["pools"])}.values())[::-1]


def entities(document):
    """(scope, entity, labels)"""
    yield "system", document, ()
    names = set()
    for pool in own_pools(document):
        yield "pool", pool, (("pool", pool["name"]),)
        for area in pool["areas"]:
            yield "area", area, (("area", str(area["index"])), ("pool", pool["name"]))
    for device in document["devices"] or ():
        own = not device["gone"] and device["name"] not in names
        yield "device", device, (("device", device["name"] if own else OTHERS),)
        names |= {device["name"]} if own else set()


def wanted_of(document, metrics):
    """{(name, labels): value} and the names with unknown series."""
    wanted, unknown = collections.defaultdict(float), set()
    for scope, entity, labels in entities(document):
        for metric, (of, kind, unit) in metrics.items():
            if of != scope or metric == "loss.total" or re.search(r"\.p\d\d$", metric):
                continue
            _, name, factor = family_of(metric, kind, unit)
            factor = 1 / SECOND if unit == "ns" else factor
            value = value_of(metric, entity)
            if value is None:
                unknown.add(name)
            else:
                key = (name, labels + ((("window", WINDOW),) if kind == "peak" else ()))
                wanted[key] = max(wanted[key], value * factor) if metric == "device.oldest" else wanted[key] + value * factor
    for loss in document["loss"]["list"]:
        wanted["swiotlb_loss_total", (("cause", loss["cause"]),)] = loss["count"]
    return wanted, unknown


def samples_of(families):
    found = {}
    for family in families:
        for name, labels, value, *_ in family.samples:
            key = (name, tuple(sorted(labels.items())))
            expect(key not in found, f"twice: {key}")
            found[key] = value
    return found


def check_values(found, document, metrics, what):
    """Every metric of the report is there with its value, and nothing else is."""
    wanted, unknown = wanted_of(document, metrics)
    shown = {key for key in found if not OWN.match(key[0])}
    for key in sorted(shown ^ {key for key in wanted if not OWN.match(key[0])}):
        failed(f"{what}: {'no' if key in wanted else 'an unexpected'} series {key}")
    for key, value in wanted.items():
        expect(abs(found[key] - value) <= 1e-9 * max(1, abs(value)), f"{what}: {key} is {found[key]}, not {value}")
    said = {dict(labels)["metric"] for name, labels in found if name == "swiotlb_unknown_info"}
    # Of what there is none, the levels that are not attached are still told.
    there = {scope for scope, _, _ in entities(document)}
    said -= {family_of(metric, kind, unit)[1] for metric, (of, kind, unit) in metrics.items() if of not in there}
    said = {name for name in said if not OWN.match(name)}
    expect(said == unknown, f"{what}: unknown is {sorted(said ^ unknown)}")


def check_histograms(found, document, what):
    """Sums over areas, with the bounds that the buckets have."""
    for pool in own_pools(document):
        waits = [area["lock"] for area in pool["areas"]]
        counts = [sum(column) for column in zip(*(lock["wait_ns"]["histogram"] for lock in waits))]
        labels = (("pool", pool["name"]),)
        expect(found["swiotlb_pool_lock_wait_seconds_count", labels] == sum(lock["contended"] for lock in waits), f"{what}: count")
        total = sum(lock["wait_ns"]["total"] for lock in waits) / 1e9
        expect(abs(found["swiotlb_pool_lock_wait_seconds_sum", labels] - total) < 1e-9, f"{what}: sum")
        bounds = sorted((float(dict(key[1])["le"]), dict(key[1])["le"], value) for key, value in found.items()
                        if key[0] == "swiotlb_pool_lock_wait_seconds_bucket" and dict(key[1])["pool"] == pool["name"])
        expect([bound for bound, _, _ in bounds] == [(2**(i + 1) - 1) / 1e9 for i in range(31)] + [float("inf")], f"{what}: {bounds}")
        expect(all(text == ("+Inf" if bound == float("inf") else repr(bound)) for bound, text, _ in bounds), f"{what}: {bounds}")
        sums = [sum(counts[:i + 1]) for i in range(32)]
        expect([value for _, _, value in bounds] == sums, f"{what}: buckets {bounds}, not {sums}")


def check_findings(found, document, what):
    """All rules are there, and errors of the report are 1; others depend on how long the window is."""
    shown = {labels: value for (name, labels), value in found.items() if name == "swiotlb_finding"}
    ones = {dict(labels)["id"] for labels, value in shown.items() if value and dict(labels)["severity"] == "error"}
    errors = {finding["id"] for finding in document["findings"] if finding["severity"] == "error"}
    expect(ones == errors, f"{what}: found {ones}, not {errors}")
    expect(set(shown.values()) <= {0, 1} and len({dict(labels)["id"] for labels in shown}) > 30, f"{what}: {len(shown)} findings")


def check_text(text, reader, document, metrics, what):
    found = samples_of(reader(text))
    check_values(found, document, metrics, what)
    check_histograms(found, document, what)
    check_findings(found, document, what)
    return found


def promtool(text):
    result = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    expect(result.returncode == 0 and not result.stdout, f"promtool: {result.stdout}")


# The file

def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def check_file(program, metrics, scratch):
    path = os.path.join(scratch, "swiotlb.prom")
    for fixture in ("busy", "mappings", "attributed", "refusals", "wrong_unmaps", "areas", "empty"):
        with exporting(program, fixture, "--textfile", path):
            wait_for(lambda: os.path.exists(path), path)
            text = read(path)
        expect(not os.listdir(scratch), f"left: {os.listdir(scratch)}")
        promtool(text)
        found = check_text(text, read_classic, report(program, fixture), metrics, f"the file of {fixture}")
        expect(not any(name.startswith("process_") for name, _ in found), "a name that node_exporter has as well")
    # Names that JSON writes in another way.
    with exporting(program, "hostile", "--textfile", path):
        wait_for(lambda: os.path.exists(path), path)
        text = read(path)
    promtool(text)
    samples_of(read_classic(text))


def check_replaced(program, scratch):
    """Whoever reads it finds a whole text, and another one later."""
    path = os.path.join(scratch, "swiotlb.prom")
    with exporting(program, "live", "--textfile", path, "-d", "0.1"):
        wait_for(lambda: os.path.exists(path), path)
        seen = set()

        def look():
            with open(path, encoding="utf-8") as file:
                text = file.read()
                seen.add(os.fstat(file.fileno()).st_ino)
            found = samples_of(read_classic(text))
            expect(("swiotlb_exporter_start_time_seconds", ()) in found, f"cut: {text[-200:]}")
            return found["swiotlb_exporter_samples_total", ()] >= 5
        wait_for(look, "the fifth sample")
    expect(len(seen) > 1, "it is written in place")


def check_signals(program, scratch):
    path = os.path.join(scratch, "swiotlb.prom")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with exporting(program, "busy", "--textfile", path) as process:
            wait_for(lambda: os.path.exists(path), path)
            ready(process.pid)
            process.send_signal(number)
            process.wait()
        expect(not os.path.exists(path), f"a signal left {path}")
    with exporting(program, "busy", "--textfile", path, status=-signal.SIGKILL) as process:
        wait_for(lambda: os.path.exists(path), path)
        process.kill()
        process.wait()
    with exporting(program, "live", "--textfile", path, "-d", "0.1"):
        wait_for(lambda: "swiotlb_exporter_samples_total 3\n" in read(path), "the file of a later exporter")


def check_gone_directory(program, scratch):
    """The file cannot be written any more: it goes on, and says so once."""
    place = os.path.join(scratch, "place")
    os.mkdir(place)
    path = os.path.join(place, "swiotlb.prom")
    with exporting(program, "live", "--textfile", path, "-d", "0.1", said=None) as process:
        wait_for(lambda: os.path.exists(path), path)
        os.remove(path)
        while os.path.exists(place):
            with contextlib.suppress(OSError):
                os.rmdir(place)
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        line = process.stderr.readline()
        expect(f"cannot write {path}" in line, line)


def check_mistakes(program, scratch):
    for fixture, arguments, said in (
            ("busy", ("--textfile", os.path.join(scratch, "no", "x.prom")), "No such file"),
            ("busy", ("--textfile", scratch), "directory"),
            ("busy", ("--textfile", "x.prom", "-d", "0.05"), "at least 0.1"),
            ("busy", ("--textfile", "x.prom", "--level", "lock"), "did you mean"),
            ("eperm", ("--textfile", os.path.join(scratch, "x.prom")), "not permitted"),
            ("nopool", ("--textfile", os.path.join(scratch, "x.prom")), "no swiotlb pool")):
        result = subprocess.run([program, "export", *arguments], env=environment(fixture), text=True, stderr=subprocess.PIPE, check=False)
        expect(result.returncode == 2 and said in result.stderr and result.stderr.count("\n") == 1,
               f"{arguments} on {fixture}: {result.returncode}, {result.stderr}")
    expect(not os.listdir(scratch), f"mistakes left {os.listdir(scratch)}")


def main():
    program = os.path.realpath(sys.argv[1])
    metrics = metrics_of(program)
    with tempfile.TemporaryDirectory() as scratch:
        check_mistakes(program, scratch)
        check_file(program, metrics, scratch)
        check_replaced(program, scratch)
        check_signals(program, scratch)
        check_gone_directory(program, scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
