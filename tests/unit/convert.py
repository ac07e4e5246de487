#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""`swiotlb convert`: each format has what the recording has.

convert.py PROGRAM PRINT_FIXTURE

A recording is made of a fixture: two sessions in two boots, with waits, failures, losses, a gap, a pool that comes and goes, and
names that each format has to escape. What is in a format is then read by a reader that is not ours.
"""
import copy
import csv
import importlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile

from claims import expect, failed
from figures import SECOND, family_of, metrics_of, value_of
from prometheus_client.openmetrics.parser import text_string_to_metric_families

EPOCH = 1_795_000_000
HOSTILE = 'a "b";c,d\\e{f="g"} \u00e9\n=1+1'
BOOTS = ("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "1f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")


# The recording

def fixture(program, name):
    return json.loads(subprocess.run([program, name, "json"], stdout=subprocess.PIPE, check=True).stdout)


def sample(base, refusals, number):
    """The report of a second: what counts has grown since the one before in its session."""
    report, boot = copy.deepcopy(base), int(number >= 6)
    since = number - 6 if boot else number
    seconds = number + 20 * (number >= 4)
    report["kernel"]["boot_id"] = BOOTS[boot]
    report["window"].update(start=f"2026-11-18T0{boot}:00:00.000000Z", seconds=float(since), realtime_ns=(EPOCH + seconds) * SECOND,
                            monotonic_ns=(100 + seconds - 20 * boot) * SECOND,
                            boottime_ns=(107 + seconds - 20 * boot) * SECOND)
    pool = report["pools"][0]
    pool.update(used=100 * number, used_peak=100 * number + 7, total_used=None if number == 3 else 5)
    for area in pool["areas"]:
        area["used"] = 50 * number + area["index"]
        for waits in area["lock"]["cpus"]:
            more = (since + waits["cpu"]) // 2
            waits["contended"] += more
            waits["total_ns"] += more * 1000
            area["lock"]["contended"] += more
            area["lock"]["wait_ns"]["total"] += more * 1000
    report["devices"][0]["name"] = HOSTILE
    report["devices"][0]["maps"] += 1000 * since
    report["mappings"]["maps"] += 1000 * since
    for caller in report["wait_callers"]:
        caller["device"] = HOSTILE if caller["device"] == base["devices"][0]["name"] else caller["device"]
        caller["contended"] += since
        caller["wait_ns"]["total"] += since * 500
    report["failures"]["by_size"] = refusals
    report["failures"]["by_size"][0]["count"] = 99 + 3 * (since // 2)
    report["loss"]["list"][0]["count"] = 1 + since
    report["blocks"]["allocated"] += since // 3
    if number in (2, 3):
        report["pools"].append({**copy.deepcopy(pool), "id": 7, "name": "passing", "kind": "transient", "areas": []})
    return report


def recording(print_fixture):
    base = fixture(print_fixture, "attributed")
    refusals = fixture(print_fixture, "refusals")["failures"]["by_size"]
    # Our own figures are derived anew when they are read; so they are in the lines.
    return [json.loads(json.dumps(sample(base, refusals, number))) for number in range(9)]


def convert(program, path, *arguments, status=0):
    """What it writes, as bytes; standard error in convert.said."""
    run = subprocess.run([program, "convert", path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    convert.said = run.stderr.decode()
    expect(run.returncode == status, f"{arguments} ended with {run.returncode}: {convert.said}")
    return run.stdout


# What a report has of a metric

def entities(report):
    """(kind, the JSON object, names of it and of what it is in) of each entity that has metrics."""
    yield "system", report, ()
    for pool in report["pools"]:
        yield "pool", pool, (("pool", pool["name"], pool["id"]),)
        for area in pool["areas"]:
            yield "area", area, (("pool", pool["name"], pool["id"]), ("area", area["index"]))
    for device in report["devices"]:
        yield "device", device, (("device", device["name"], device["id"]),)


# Formats

def check_csv(program, path, reports, metrics):
    """A row for each sample and entity, in their order, with every metric."""
    text = convert(program, path, "--to", "csv").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    wanted = [(report, *entity) for report in reports for entity in entities(report)]
    expect(len(rows) == len(wanted), f"csv: {len(rows)} rows, not {len(wanted)}")
    for row, (report, kind, entity, names) in zip(rows, wanted):
        where = {name: str(rest[0]) for name, *rest in names}
        expect((row["entity"], row["window.realtime_ns"]) == (kind, str(report["window"]["realtime_ns"])), f"csv: {row}")
        expect({key: row[key] for key in ("pool", "area", "device") if row[key]} == where, f"csv: {row['device']!r} is not {where}")
        for metric, (scope, _, unit) in metrics.items():
            value = value_of(metric, entity) if scope == kind else None
            expect(row[f"{metric} ({unit})"] == ("" if value is None else str(value)),
                   f"csv: {metric} of {names} is {row[f'{metric} ({unit})']}, not {value}")


def strict_lines(text):
    """Our own reading of the rules: metadata in order, families whole, series whole and in order of time, an end."""
    expect(text.endswith("\n# EOF\n"), "openmetrics: no end")
    family, series, seen, last = None, None, set(), 0
    for line in text.splitlines()[:-1]:
        meta = re.fullmatch(r"# (TYPE|UNIT|HELP) (\w+) (.*)", line)
        if meta:
            if meta[1] == "TYPE":
                expect(meta[2] not in seen and meta[3] in ("counter", "gauge"), f"openmetrics: {line}")
                family = (meta[2], meta[3])
                seen.add(meta[2])
            expect(meta[2] == family[0], f"openmetrics: {line} in the family {family}")
            expect(meta[1] != "UNIT" or meta[2].endswith("_" + meta[3]), f"openmetrics: {line}")
            continue
        point = re.fullmatch(r'(\w+)(\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?[0-9.]+) ([0-9]+\.[0-9]{9})', line)
        expect(point, f"openmetrics: {line}")
        expect(point[1] == family[0] + ("_total" if family[1] == "counter" else ""), f"openmetrics: {line} in {family}")
        if (point[1], point[2]) != series:
            series, last = (point[1], point[2]), 0
            expect(series not in seen, f"openmetrics: the series {series} has several parts")
            seen.add(series)
        expect(float(point[4]) > last, f"openmetrics: {line} is not later than the one before")
        last = float(point[4])


def check_openmetrics(program, path, reports, metrics):
    text = convert(program, path, "--to", "openmetrics").decode()
    strict_lines(text)
    found = {}
    for family in text_string_to_metric_families(text):
        for name, labels, value, at, *_ in family.samples:
            found[name, tuple(labels.items()), int(float(at))] = value
    wanted = {}
    for report in reports:
        at = report["window"]["realtime_ns"] // SECOND
        for loss in report["loss"]["list"]:
            wanted["swiotlb_loss_total", (("cause", loss["cause"]),), at] = loss["count"]
        for kind, entity, names in entities(report):
            labels = tuple((label, str(value)) for name, *rest in names
                           for label, value in zip((name, name + "_id"), rest))
            for metric, (scope, how, unit) in metrics.items():
                # The causes have it.
                value = value_of(metric, entity) if scope == kind and metric != "loss.total" else None
                if value is not None:
                    _, name, factor = family_of(metric, how, unit)
                    wanted[name, labels, at] = float(f"{value // SECOND}.{value % SECOND:09}") if unit == "ns" else value * factor
    for key in sorted(set(found) ^ set(wanted)):
        failed(f"openmetrics: {'no' if key in wanted else 'an unexpected'} point {key}")
    for key, value in wanted.items():
        expect(found[key] == value, f"openmetrics: {key} is {found[key]}, not {value}")


# Perfetto

def trace_module(scratch):
    """The messages, as Python's protobuf reads them."""
    subprocess.run(["protoc", f"--python_out={scratch}", "--proto_path=user/views", "perfetto.proto"], check=True)
    sys.path.insert(0, scratch)
    return importlib.import_module("perfetto_pb2")


class Trace:
    """Tracks by their names from the root on, and what is on them."""

    def __init__(self, trace):
        self.trace = trace
        self.tracks, self.counters, self.slices, self.instants = {}, {}, [], []
        self.clocks = [packet.clock_snapshot for packet in trace.packet if packet.HasField("clock_snapshot")]
        open_slices = {}
        for packet in trace.packet:
            if packet.HasField("track_descriptor"):
                track = packet.track_descriptor
                self.tracks[track.uuid] = (*self.tracks.get(track.parent_uuid, ()), track.name)
            if not packet.HasField("track_event"):
                continue
            event, at = packet.track_event, packet.timestamp
            name = self.tracks[event.track_uuid]
            if event.type == event.TYPE_COUNTER:
                self.counters.setdefault(name, []).append((at, event.counter_value))
            elif event.type == event.TYPE_SLICE_BEGIN:
                open_slices.setdefault(event.track_uuid, []).append((at, event))
            elif event.type == event.TYPE_SLICE_END:
                begin, event = open_slices[packet.track_event.track_uuid].pop()
                self.slices.append((name, event.name, begin, at, notes(event)))
            else:
                self.instants.append((name[-1], event.name, at, notes(event)))
        expect(not any(open_slices.values()), "perfetto: a slice has no end")

    def at(self, track, time):
        """What a counter shows at a time; None before its first value."""
        return next((value for at, value in reversed(self.counters.get(track, [])) if at <= time), None)


def notes(event):
    return {note.name: note.string_value if note.HasField("string_value") else note.int_value for note in event.debug_annotations}


def track_name(names):
    """As the trace shows an entity: names of the tracks that it is in."""
    shown = [("swiotlb",)]
    for name, *rest in names:
        shown.append((f"device {rest[0]}",) if name == "device" else (f"pool {names[0][1]}" if name == "pool" else
                                                                      f"pool {names[0][1]}, area {rest[0]}",))
    return tuple(part for parts in shown for part in parts)


def times_of(reports):
    """On the clock of the first boot."""
    first = reports[0]["window"]
    return [report["window"]["boottime_ns"] if report["kernel"]["boot_id"] == reports[0]["kernel"]["boot_id"] else
            first["boottime_ns"] + report["window"]["realtime_ns"] - first["realtime_ns"] for report in reports]


def steps_of(reports):
    """(index, the one before, the sample) of samples that follow each other in a session."""
    return [(i, reports[i - 1], reports[i]) for i in range(1, len(reports))
            if reports[i]["window"]["start"] == reports[i - 1]["window"]["start"]]


def check_counters(trace, reports, metrics):
    count = 0
    for at, report in zip(times_of(reports), reports):
        for kind, entity, names in entities(report):
            for metric, (scope, *_) in metrics.items():
                value = value_of(metric, entity) if scope == kind else None
                if value is None:
                    continue
                shown = trace.at((*track_name(names), metric), at)
                expect(shown == value, f"perfetto: {metric} of {names} is {shown} at {at}, not {value}")
                count += 1
    expect(count > 1000, f"perfetto: only {count} figures compared")


def check_slices(trace, reports):
    times, wanted = times_of(reports), []
    for i, before, report in steps_of(reports):
        for old, new in zip(before["pools"][0]["areas"], report["pools"][0]["areas"]):
            earlier = {waits["cpu"]: waits for waits in old["lock"]["cpus"]}
            for waits in new["lock"]["cpus"]:
                more = {key: waits[key] - earlier[waits["cpu"]][key] for key in ("contended", "total_ns")}
                if more["contended"]:
                    wanted.append((f"CPU {waits['cpu']}", f"pool default, area {new['index']}", times[i - 1], times[i],
                                   more["contended"], more["total_ns"]))
    found = [(name[-1], what, begin, end, note["contended"], note["total_ns"]) for name, what, begin, end, note in trace.slices
             if name[1] == "waits"]
    expect(wanted and sorted(found) == sorted(wanted), f"perfetto: slices {sorted(found)}\nare not {sorted(wanted)}")


def check_instants(trace, reports):
    times = times_of(reports)
    losses, failures, blocks = [], [], []
    for i, before, report in steps_of(reports):
        more = report["failures"]["by_size"][0]["count"] - before["failures"]["by_size"][0]["count"]
        if more:
            failures.append(("failures", report["failures"]["by_size"][0]["cause"], times[i], more))
        for old, new in zip(before["loss"]["list"], report["loss"]["list"]):
            if new["count"] > old["count"]:
                losses.append(("losses", new["cause"], times[i], new["count"] - old["count"]))
        if report["blocks"]["allocated"] > before["blocks"]["allocated"]:
            blocks.append(("blocks", "block.allocated", times[i], 1))
    for wanted in (failures, losses, blocks):
        track = wanted[0][0]
        found = [(name, what, at, note["count"]) for name, what, at, note in trace.instants if name == track and "count" in note]
        expect(found == wanted, f"perfetto: {track} {found} are not {wanted}")
    unknown = [(what, at, note["of"]) for _, what, at, note in trace.instants if what.endswith("is unknown")]
    expect(("pool.total_used is unknown", times[3], "pool default") in unknown, f"perfetto: unknown are {unknown}")
    expect(("pool passing", "gone", times[4]) in [instant[:3] for instant in trace.instants], "perfetto: a pool went untold")
    gaps = [(what, begin, end) for name, what, begin, end, _ in trace.slices if name[-1] == "losses"]
    expect([(begin, end) for _, begin, end in gaps] == [(times[3], times[4]), (times[5], times[6])] and
           gaps[1][0] == "the machine was booted", f"perfetto: gaps are {gaps}")
    found = [(at, note["severity"]) for name, what, at, note in trace.instants if (name, what) == ("findings", "block-leak")]
    expect(found == [(times[0], "error"), (times[6], "error")], f"perfetto: block-leak is found at {found}")


def check_perfetto(program, path, reports, metrics, scratch):
    data = convert(program, path, "--to", "perfetto")
    decoded = subprocess.run(["protoc", "--decode=perfetto.protos.Trace", "--proto_path=user/views", "perfetto.proto"], input=data,
                             stdout=subprocess.PIPE, check=True).stdout.decode()
    expect(not re.search(r"^\s*\d+[:\s]", decoded, re.M), "perfetto: protoc finds fields that perfetto.proto does not have")
    message = trace_module(scratch).Trace.FromString(data)
    expect(decoded.count("\n  track_event {") + decoded.count("\n  track_descriptor {") + 1 == len(message.packet),
           "perfetto: protoc and Python do not read the same")
    trace = Trace(message)
    window = reports[0]["window"]
    expect([{clock.clock_id: clock.timestamp for clock in clocks.clocks} for clocks in trace.clocks] ==
           [{1: window["realtime_ns"], 3: window["monotonic_ns"], 6: window["boottime_ns"]}], "perfetto: the clocks")
    check_counters(trace, reports, metrics)
    check_slices(trace, reports)
    check_instants(trace, reports)


def check_stacks(program, path, reports):
    """Frames from the outermost on, and weights that add up to what the callers waited in both sessions."""
    lines = convert(program, path, "--to", "stacks").decode().splitlines()
    parsed = [re.fullmatch(r"(\S+(?:;\S+)*) ([0-9]+)", line) for line in lines]
    expect(lines and all(parsed), f"stacks: {lines}")
    wanted = sum(last["wait_ns"]["total"] - first["wait_ns"]["total"]
                 for begin, end in ((0, 5), (6, 8))
                 for first, last in zip(reports[begin]["wait_callers"], reports[end]["wait_callers"]))
    expect(sum(int(line[2]) for line in parsed) == wanted, f"stacks: not {wanted} ns in {lines}")
    device = re.sub(r"[;\s]", "_", HOSTILE)
    expect(any(line[1].split(";")[0] == device for line in parsed), f"stacks: {lines}")
    leaks = convert(program, path, "--to", "leak-stacks").decode().splitlines()
    wanted = sum(group["bytes"] for group in reports[-1]["mappings"]["groups"] if group["leaked"])
    wanted += sum(owner["bytes"] for owner in reports[-1]["blocks"]["owners"] if owner["device_gone"])
    expect(wanted and sum(int(line.rpartition(" ")[2]) for line in leaks) == wanted, f"leak-stacks: not {wanted} bytes in {leaks}")


# Parts, damage, mistakes

def check_window(program, path, reports):
    part = f"{EPOCH + 1}..{EPOCH + 3}"
    lines = convert(program, path, "--to", "jsonl", "--window", part).decode().splitlines()
    expect([json.loads(line) for line in lines] == reports[1:4], f"{part} has {len(lines)} samples")
    convert(program, path, "--to", "csv", "--window", "1000000000..1000000001", status=2)
    expect("has no sample in that time" in convert.said and convert.said.count("\n") == 1, f"said: {convert.said}")


# Waits until a recording is twice as large as it was with its first samples: two thirds of it have one of them at least.
DOUBLED = """
    size() { stat -c %s "$1" 2>/dev/null || echo 0; }
    while [ "$(size "$1")" -eq 0 ]; do sleep 0.1; done
    first=$(size "$1")
    while [ "$(size "$1")" -lt $((2 * first)) ]; do sleep 0.1; done
"""


def check_damaged(program, scratch):
    """What can be read of a recording that was cut is converted, with a warning."""
    path = os.path.join(scratch, "recorded")
    environment = {**os.environ, "SWIOTLB_TEST_FIXTURE": "live"}
    subprocess.run([program, "record", "-d", "0.1", "-o", path, "--", "sh", "-c", DOUBLED, "sh", path], env=environment, check=True)
    whole = convert(program, path, "--to", "jsonl")
    unpacked = subprocess.run(["zstdcat", path], stdout=subprocess.PIPE, check=True).stdout
    expect(whole == unpacked, "jsonl: other lines than those of the recording")
    with open(path, "rb") as file:
        data = file.read()
    for size in (len(data) - 1, len(data) * 2 // 3):
        with open(path, "wb") as file:
            file.write(data[:size])
        part = convert(program, path, "--to", "jsonl")
        expect(part and whole.startswith(part), f"cut at {size}: other lines")
        for name in ("perfetto", "csv", "openmetrics"):
            expect(convert(program, path, "--to", name), f"cut at {size}: nothing in {name}")
    damaged = bytearray(data + data)
    damaged[len(data) // 2] ^= 0x55
    with open(path, "wb") as file:
        file.write(damaged)
    expect(convert(program, path, "--to", "jsonl") == whole and "lost" in convert.said, f"damaged: {convert.said}")


def check_mistakes(program, path, scratch):
    target = os.path.join(scratch, "target")
    for arguments, what in ((("--to", "perfeto"), "did you mean 'perfetto'"), ((), "give a format"), (("--to", "xml"), "give perfetto"),
                            (("--to", "csv", "--window", "noon.."), "is no part of time"),
                            (("--to", "csv", "-o", "/dev/full"), "No space left")):
        expect(not convert(program, path, *arguments, status=2) and what in convert.said and convert.said.count("\n") == 1,
               f"{arguments}: {convert.said}")
    convert(program, "no-such-file", "--to", "csv", "-o", target, status=2)
    expect(not os.path.exists(target), "a failure left a file")
    convert(program, path, "--to", "csv", "-o", target)
    with open(target, "rb") as file:
        expect(file.read() == convert(program, path, "--to", "csv"), "a file differs from standard output")
    expect(sorted(os.listdir(scratch)) == ["perfetto_pb2.py", "recording", "target"], f"left: {os.listdir(scratch)}")


def main():
    program, print_fixture = (os.path.realpath(path) for path in sys.argv[1:])
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "recording")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(report) + "\n" for report in recording(print_fixture))
        reports = [json.loads(line) for line in convert(program, path, "--to", "jsonl").decode().splitlines()]
        metrics = metrics_of(program)
        check_csv(program, path, reports, metrics)
        check_openmetrics(program, path, reports, metrics)
        check_perfetto(program, path, reports, metrics, scratch)
        check_stacks(program, path, reports)
        check_window(program, path, reports)
        check_mistakes(program, path, scratch)
        check_damaged(program, scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
