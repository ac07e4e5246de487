#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check the page of `report --format html` without a browser: page.py DIRECTORY, where print_fixture and swiotlb are.

Of each fixture, of a live run and of a recording: it is well-formed, ids are unique and referred to rightly, headings are
in order, nothing is fetched, names are text, and every figure is that of the JSON. browser.py checks what a browser makes
of it.
"""
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

FIXTURES = ("quiet", "busy", "mappings", "wrong_unmaps", "refusals", "attributed", "refused", "hostile", "empty", "areas",
            "areas1024")

# Where the JSON has the figures of the tables, by what the table is about.
FIGURES = {
    "pools": {"pool.slots": "slots", "pool.used": "used", "pool.used_peak": "used_peak",
              "pool.used_hiwater": "used_hiwater", "pool.largest_free": "largest_free"},
    "areas": {"area.used": "used", "area.used_peak": "used_peak", "area.largest_free": "largest_free",
              "lock.contended": "lock.contended", "lock.wait.p99": "lock.wait_ns.p99", "lock.wait.max": "lock.wait_ns.max",
              "lock.wait.total": "lock.wait_ns.total"},
    "devices": {"device.maps": "maps", "device.unmaps": "unmaps", "device.bytes": "bytes", "device.failures": "failures",
                "device.live": "live", "device.grown": "grown", "device.leaked": "leaked",
                "device.oldest": "oldest_seconds"},
}
# And those of the lists, which are figures of the system.
LISTED = {"map.failures": "failures.total", "map.oldest": "mappings.oldest_seconds"}
PARTS = {"map.": "mappings.", "block.": "blocks."}


def at(value, path):
    for key in path.split("."):
        value = value[key]
    return value


def figure(value, path):
    """As the page has it: whole, ns instead of seconds."""
    value = at(value, path)
    return round(value * 1e9) if path.endswith("_seconds") and value is not None else value


def shown(cell):
    """The figure of a cell; None where it is unknown."""
    value = cell.get("data-v")
    return None if value is None else int(value)


def equal(what, found, expected):
    return [] if found == expected else [f"{what}: {found}, not {expected}"]


def check_table(table, titles, rows, places, errors):
    body = [row for row in table.iter("tr") if row.find("td[@data-v]") is not None or row.find("td[@class]") is not None]
    body = [row for row in body if row.get("class") != "more"]
    errors += equal(f"rows of {table.get('data-about')}", len(body), len(rows))
    for row, item in zip(body, rows):
        for title, cell in zip(titles, row):
            metric = title.get("data-metric")
            if metric:
                errors += equal(f"{table.get('data-about')} {metric}", shown(cell), figure(item, places[metric]))


def reach(bounce):
    """The highest bus address that a device can use."""
    return min(bounce["dma_mask"] or 2 ** 64 - 1, bounce["bus_limit"] or 2 ** 64 - 1)


def check_bouncing(root, report):
    """Why devices bounce: each device with its limits as in the JSON, and the sums; or the reason why they are unknown."""
    told, devices = report["bounce"], report["bounce"]["devices"] or []
    section = root.find(".//section[@id='bouncing']")
    text = "".join(section.itertext())
    body = [row for row in section.iter("tr") if row.find("th[@scope='row']") is not None]
    found = [(row[0].text, row[1].text, int(row[3].get("data-v")), int(row[4].get("data-v"))) for row in body]
    expected = [(each["name"], each["driver"] or "-", reach(each["bounce"]), each["bounce"]["max_mapping"] or 0)
                for each in devices]
    errors = equal("devices that bounce", [(*plain(each[:2]), *each[2:]) for each in found],
                   [(*plain(each[:2]), *each[2:]) for each in expected])
    errors += equal("reasons why devices bounce", len([row for row in body if row[2].text]), len(devices))
    errors += equal("devices that cannot reach their pool", text.count("cannot reach"),
                    len([each for each in devices if each["bounce"]["unreached_slots"]]))
    if told["untold"] is not None:
        can = len(devices) + told["untold"]
        errors += equal("the sum of devices that can bounce", f"{can} device" in text and f"{told['never']} never" in text, True)
    elif "Unknown: " not in text:
        errors.append("nothing says why devices that bounce are unknown")
    return errors


def check_figures(root, report):
    """Every figure of the page is that of the JSON, and every row of the JSON is there."""
    errors = []
    pools = [pool for pool in report["pools"] if pool["kind"] != "transient"]
    areas = iter([pool["areas"] for pool in pools if pool["areas"]])
    rows = {"pools": lambda: pools, "areas": lambda: next(areas), "devices": lambda: report["devices"]}
    for table in root.iter("table"):
        about = table.get("data-about")
        if about in FIGURES:
            check_table(table, list(table.find("thead/tr")), rows[about](), FIGURES[about], errors)
    errors += equal("areas without a table", list(areas), [])
    for item in root.iter("dd"):
        metric = item.get("data-metric")
        if metric:
            begin = next((part for part in PARTS if metric.startswith(part)), None)
            path = LISTED.get(metric) or PARTS[begin] + metric[len(begin):]
            errors += equal(metric, shown(item), figure(report, path))
    found = [(item.get("data-id"), item.get("data-severity"), item.findall("p")[0].text, item.findall("p")[1].text)
             for item in root.iter("article")]
    errors += equal("findings", [plain(each) for each in found],
                    [plain((each["id"], each["severity"], each["text"], each["advice"])) for each in report["findings"]])
    errors += equal("verdict", plain([root.find(".//section[@id='verdict']/p").text]), plain([report["verdict"]]))
    waits = sum(int(cell.get("data-v")) for table in root.iter("table") if table.get("data-about") == "waits"
                for cell in table.iter("td") if cell.get("data-v"))
    missing = any(area["lock"]["contended"] is None for pool in report["pools"] for area in pool["areas"])
    expected = 0 if missing else sum(area["lock"]["contended"] for pool in report["pools"] for area in pool["areas"])
    return errors + check_bouncing(root, report) + equal("waits of the histograms", waits, expected)


def plain(texts):
    """JSON and the page replace what is no text, one by bytes and the other by characters."""
    return [re.sub(r"[^\x20-\x3e\x40-\x7e]+", "?", text) for text in texts]


def check_markup(text, root):
    errors = []
    elements = list(root.iter())
    ids = [element.get("id") for element in elements if element.get("id")]
    errors += equal("ids that are not unique", sorted({each for each in ids if ids.count(each) > 1}), [])
    for element in elements:
        used = element.get("aria-labelledby", "").split()
        if element.get("href"):
            errors += [] if element.get("href").startswith("#") else [f"a link to {element.get('href')}"]
            used.append(element.get("href")[1:])
        errors += [f"{element.tag} refers to '{each}', which is not there" for each in used if each not in ids]
        errors += [f"{element.tag} has {name}" for name in element.keys() if name == "src" or name.startswith("on")]
    errors += [f"an external reference: {each}" for each in re.findall(r"https?:|//|url\(|@import", text)]
    levels = [int(element.tag[1]) for element in elements if re.fullmatch("h[1-6]", element.tag)]
    errors += [f"a heading of level {b} follows one of {a}" for a, b in zip(levels, levels[1:]) if b > a + 1]
    errors += equal("headings of level 1", levels.count(1), 1)
    scripts = [element for element in elements if element.tag == "script"]
    errors += equal("scripts", len(scripts), 1)
    for drawing in root.iter("svg"):
        named = drawing.get("aria-hidden") or (drawing.find("title") is not None and drawing.find("desc") is not None)
        errors += [] if named else ["a drawing without title and description"]
    for table in root.iter("table"):
        errors += [] if table.find("caption").text else ["a table without caption"]
    policy = root.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    digest = base64.b64encode(hashlib.sha256(scripts[0].text.encode()).digest()).decode()
    if f"'sha256-{digest}'" not in policy:
        errors.append(f"html_script_hash must be {digest}")
    return errors


def check(what, text, report):
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return [f"{what}: {error}"]
    return [f"{what}: {error}" for error in check_markup(text, root) + check_figures(root, report)]


def run(*line, **more):
    return subprocess.run(line, stdout=subprocess.PIPE, check=True, encoding="utf-8", timeout=60, **more).stdout


def check_recording(program, scratch):
    """What is recorded has charts; they are of the time that was asked for."""
    path = os.path.join(scratch, "recording")
    environment = {**os.environ, "SWIOTLB_TEST_FIXTURE": "live"}
    run(program, "record", "-d", "0.1", "-o", path, "--", "sleep", "1", env=environment)
    text = run(program, "report", "--from", path, "--format", "html")
    errors = check("recording", text, json.loads(run(program, "report", "--from", path, "--format", "json")))
    charts = [each for each in ElementTree.fromstring(text).iter("svg") if each.get("data-x")]
    errors += [] if charts else ["a recording has no charts"]
    for chart in charts:
        points = len(chart.get("data-x").split())
        errors += [] if points >= 8 else [f"{points} points of a recording of a second at 10 samples a second"]
        for row in chart.iter("rect"):
            errors += equal("texts of a chart", len(row.get("data-v").split("|")), points)
    return errors


def check_live(program):
    text = run(program, "report", "-t", "1.2", "--format", "html", env={**os.environ, "SWIOTLB_TEST_FIXTURE": "live"})
    charts = [each for each in ElementTree.fromstring(text).iter("svg") if each.get("data-x")]
    return [] if charts else ["a live report has no charts"]


def main():
    directory = sys.argv[1]
    fixture, program = os.path.join(directory, "print_fixture"), os.path.join(directory, "swiotlb")
    errors = []
    for name in FIXTURES:
        errors += check(name, run(fixture, name, "html"), json.loads(run(fixture, name, "json")))
    with tempfile.TemporaryDirectory() as scratch:
        errors += check_recording(program, scratch)
    errors += check_live(program)
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
