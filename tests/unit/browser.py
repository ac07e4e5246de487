#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Open pages of `report --format html` in Chromium: browser.py DIRECTORY, where print_fixture and swiotlb are.

No script fails, nothing is requested, the page's own policy refuses nothing, and what the browser has made of the page has
the figures of the JSON.
"""
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

import page

BROWSER = "chromium-headless-shell"
VOID = ("meta", "br", "link")


class Builder(html.parser.HTMLParser):
    """A tree of what the browser writes, which is HTML and no XML."""

    def __init__(self):
        super().__init__()
        self.tree = ElementTree.TreeBuilder()

    def handle_starttag(self, tag, attrs):
        self.tree.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.tree.end(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.tree.end(tag)

    def handle_data(self, data):
        self.tree.data(data)


def parse(text):
    builder = Builder()
    builder.feed(re.sub(r"^<!DOCTYPE html>", "", text))
    return builder.tree.close()


def browse(path, scratch, *more):
    """(document, what the browser said, addresses that it asked for)"""
    log = os.path.join(scratch, "net.json")
    line = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
            f"--user-data-dir={scratch}/profile", "--enable-logging=stderr", f"--log-net-log={log}",
            "--proxy-server=127.0.0.1:1", *more, "--dump-dom", f"file://{path}"]
    run = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60, check=False,
                         env={**os.environ, "HOME": scratch})
    if run.returncode:
        sys.exit(f"{BROWSER} failed: {run.stderr}")
    with open(log, encoding="utf-8") as file:
        asked = set(re.findall(r'"url":"(https?://[^"]*)"', file.read()))
    return run.stdout, [each for each in run.stderr.split("\n") if ":CONSOLE" in each], asked


def check(what, text, report, scratch):
    path = os.path.join(scratch, f"{what}.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    document, said, asked = browse(path, scratch)
    root = parse(document)
    errors = [f"the console says: {each}" for each in said]
    errors += [f"it asks for {each}" for each in sorted(asked)]
    errors += page.check_figures(root, report)
    scripts = [each.text for each in root.iter("script")]
    errors += page.equal("scripts", len(scripts), 1)
    charts = [each for each in root.iter("svg") if each.get("data-x")]
    errors += [] if all(each.get("tabindex") for each in charts) else ["a chart that takes no key: the script did not run"]
    return [f"{what}: {error}" for error in errors], len(charts)


def check_refusal(scratch):
    """What the policy refuses is seen by this test: a script that is not ours, and a request."""
    path = os.path.join(scratch, "refused.html")
    text = page.run(os.path.join(sys.argv[1], "print_fixture"), "quiet", "html")
    text = text.replace("<main>", '<main><script>document.title = "ran"</script><img alt="" src="http://127.0.0.1:9/a"/>')
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    document, said, _ = browse(path, scratch)
    errors = [] if len(said) >= 2 else [f"of a script and a request, the console only says {said}"]
    return errors + (["a script ran that is not ours"] if "<title>ran" in document else [])


def main():
    directory = sys.argv[1]
    fixture, program = os.path.join(directory, "print_fixture"), os.path.join(directory, "swiotlb")
    errors = []
    if not shutil.which(BROWSER):
        sys.exit(f"{BROWSER} is missing: run tools/deps test")
    with tempfile.TemporaryDirectory() as scratch:
        text = page.run(fixture, "hostile", "html")
        errors += check("hostile", text, json.loads(page.run(fixture, "hostile", "json")), scratch)[0]
        recording = os.path.join(scratch, "recording")
        page.run(program, "record", "-d", "0.1", "-o", recording, "--", "sleep", "1",
                 env={**os.environ, "SWIOTLB_TEST_FIXTURE": "live"})
        text = page.run(program, "report", "--from", recording, "--format", "html")
        report = json.loads(page.run(program, "report", "--from", recording, "--format", "json"))
        found, charts = check("recording", text, report, scratch)
        errors += found + ([] if charts else ["a recording has no charts"])
        errors += check_refusal(scratch)
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
