#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Findings in systemd's journal, and what its catalogue says of them.

journal.py PROGRAM           run the tests
journal.py --write           write packaging/systemd/swiotlb.catalog

The journal is a real systemd-journald, in a mount namespace of its own. The catalogue has what docs/findings.md says of each
finding, below the advice that comes with the entry.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from claims import ROOT, expect, read, without_loaded

CATALOG = os.path.join(ROOT, "packaging/systemd/swiotlb.catalog")
JOURNALD = "/lib/systemd/systemd-journald"
# Directories of the machine that the private journald and journalctl use.
PRIVATE = ["/run", "/var/lib/systemd"]
PRIORITIES = {"error": "3", "warning": "4", "note": "5"}
SEVERITIES = list(PRIORITIES)
INSIDE = "SWIOTLB_TEST_JOURNAL_NAMESPACE"


# The catalogue

def plain(markdown):
    """The text of a section, as paragraphs."""
    text = re.sub(r"`([^`]*)`", r"\1", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"(?<![\w*])\*([\w.]+)\*", r"\1", text).strip()


def message_ids():
    source = read("user/views/journal.c")
    ended = re.search(r'#define ENDED_ID "([0-9a-f]{32})"', source)[1]
    return dict(re.findall(r'\{ "([a-z-]+)", "([0-9a-f]{32})" \}', source)), ended


def catalog():
    """The file that journalctl takes: an entry for each message id."""
    sections = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", read("docs/findings.md"), re.M | re.S))
    ids, ended = message_ids()
    head = "Defined-By: swiotlb-tools\nDocumentation: man:swiotlb-report(8)\n\n"
    text = ("# Made from docs/findings.md and user/views/journal.c by tests/unit/journal.py --write.\n\n"
            f"-- {ended}\nSubject: The finding @SWIOTLB_FINDING@ of swiotlb is over\n{head}"
            "It was not made for a minute. What was lost or leaked meanwhile stays so.\n")
    for rule, message_id in ids.items():
        text += (f"\n-- {message_id}\nSubject: swiotlb: {rule} (@SWIOTLB_SEVERITY@)\n{head}"
                 f"What to do: @SWIOTLB_ADVICE@\n\n{plain(sections[rule])}\n")
    return text


def test_catalog():
    expect(read(CATALOG) == catalog(), "packaging/systemd/swiotlb.catalog is out of date: tests/unit/journal.py --write")


# A journal

class Journal:
    """systemd-journald, until the test ends."""
    folder = "/run/log/journal"

    def __init__(self):
        os.makedirs("/run/systemd/journal")
        os.makedirs(self.folder)
        self.process = subprocess.Popen([JOURNALD], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # pylint: disable=consider-using-with
        while not os.path.exists("/run/systemd/journal/socket"):
            expect(self.process.poll() is None, f"{JOURNALD} ended with {self.process.returncode}")
            time.sleep(0.02)

    def journalctl(self, *arguments):
        return subprocess.run(["journalctl", "--directory", self.folder, "--no-pager", "--quiet", *arguments],
                              stdout=subprocess.PIPE, text=True, check=True).stdout

    def entries(self, *matches):
        """Those of the program so far: dictionaries of fields."""
        subprocess.run(["journalctl", "--sync"], stderr=subprocess.DEVNULL, check=False)
        lines = self.journalctl("--output=json", "SYSLOG_IDENTIFIER=swiotlb", *matches).splitlines()
        return [json.loads(line) for line in lines]

    def end(self):
        self.process.terminate()
        self.process.wait()


def run(program, fixture, *arguments, status=0):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "SWIOTLB_TEST_FIXTURE": fixture})
    expect(done.returncode == status, f"{arguments} ended with {done.returncode}: {done.stderr}")
    return done


def record(program, fixture, *arguments):
    run(program, fixture, "record", "--journal", "-d", "0.1", "-o", "recording", *arguments, "--", "sleep", "0.4")
    os.remove("recording")


def same_value(entry, name, value):
    field = entry.get("SWIOTLB_" + name.upper())
    return str(value) in (field if isinstance(field, list) else [field])


def compare(entry, finding):
    """An entry has what the report has of its finding."""
    expect(entry["MESSAGE"] == f"{finding['id']}: {finding['text']}", f"{entry['MESSAGE']}, not {finding['text']}")
    expect(entry["SWIOTLB_ADVICE"] == finding["advice"], f"{entry['SWIOTLB_ADVICE']}, not {finding['advice']}")
    expect(entry["PRIORITY"] == PRIORITIES[finding["severity"]], f"priority {entry['PRIORITY']} of {finding}")
    expect(entry["SWIOTLB_SEVERITY"] == finding["severity"], f"{entry} of {finding}")
    expect(entry["MESSAGE_ID"] == message_ids()[0][finding["id"]], f"{entry['MESSAGE_ID']} of {finding['id']}")
    for fact in finding["evidence"]:
        if "of" not in fact:
            expect(same_value(entry, fact["name"], fact["value"]), f"{fact} is not in {entry}")
        elif fact["of"] and finding["id"] not in ("area-stolen", "tracing-loss"):
            expect(same_value(entry, "DEVICE", fact["of"]), f"{fact} is not in {entry}")


def test_fields(journal, program, fixture):
    """Each finding of the report is told once, whatever the number of samples, with all that it has."""
    before = len(journal.entries())
    record(program, fixture)
    told = journal.entries()[before:]
    report = json.loads(run(program, fixture, "report", "-f", "json", "-t", "0.1").stdout)
    # One episode for all findings of a name and a subject; a window that has ended knows more.
    findings = {}
    for finding in report["findings"]:
        findings.setdefault((finding["id"], json.dumps(finding["subject"])), finding)
    expect([entry["SWIOTLB_FINDING"] for entry in told] == [rule for rule, _ in findings],
           f"{fixture}: told {[entry['MESSAGE'] for entry in told]}, the report has {list(findings)}")
    for entry, finding in zip(told, findings.values()):
        expect(entry["SWIOTLB_CHANGE"] == "begin", f"{entry} did not begin")
        compare(entry, finding)
    return len(told)


def test_quiet(journal, program):
    before = len(journal.entries())
    record(program, "quiet", "--level", "state")
    expect(len(journal.entries()) == before, f"told of nothing: {journal.entries()[before:]}")
    run(program, "mappings", "record", "-d", "0.1", "-o", "recording", "--", "true")
    expect(len(journal.entries()) == before, "told without --journal")


def test_exported(journal, program, delay):
    """An exporter tells the same, by its first sample already."""
    before = len(journal.entries())
    record(program, "mappings")
    recorded = [entry["SWIOTLB_FINDING"] for entry in journal.entries()[before:]]
    before = len(journal.entries())
    line = [program, "export", "--journal", "--textfile", "told.prom", "-d", delay]
    with subprocess.Popen(line, env={**os.environ, "SWIOTLB_TEST_FIXTURE": "mappings"}) as process:
        while len(journal.entries()) < before + len(recorded):
            expect(process.poll() is None, f"export ended with {process.returncode}")
            time.sleep(0.1)
        process.terminate()
    expect(process.returncode == 0, f"export ended with {process.returncode}")
    exported = [entry["SWIOTLB_FINDING"] for entry in journal.entries()[before:]]
    expect(recorded and exported == recorded, f"exported {exported}, recorded {recorded}")


def test_selected(journal):
    """As an operator asks: by finding, by device, by severity."""
    leaks = journal.entries("SWIOTLB_FINDING=mapping-leak", "SWIOTLB_DEVICE=swiotlb_stress.0")
    expect(leaks and all(entry["PRIORITY"] == "3" for entry in leaks), f"leaks of swiotlb_stress.0: {leaks}")
    expect(not journal.entries("SWIOTLB_FINDING=mapping-leak", "SWIOTLB_DEVICE=swiotlb_stress.9"), "leaks of nobody")


def test_explained(journal):
    """journalctl -x says what to do, with the figures of the entry."""
    os.makedirs("root/usr/lib/systemd/catalog")
    os.symlink(CATALOG, "root/usr/lib/systemd/catalog/swiotlb.catalog")
    subprocess.run(["journalctl", "--update-catalog", "--root", os.path.realpath("root")], check=True)
    os.makedirs("/var/lib/systemd/catalog")
    shutil.copy("root/var/lib/systemd/catalog/database", "/var/lib/systemd/catalog/")
    entry = journal.entries("SWIOTLB_FINDING=mapping-leak")[0]
    said = " ".join(re.sub("^░░ ?", "", journal.journalctl("-x", "SWIOTLB_FINDING=mapping-leak"), flags=re.M).split())
    for text in (entry["MESSAGE"], f"What to do: {entry['SWIOTLB_ADVICE']}", "swiotlb: mapping-leak (error)",
                 "Only two facts prove that"):
        expect(text in said, f"journalctl -x does not say '{text}': {said}")


def test_absent(program):
    done = run(program, "mappings", "record", "--journal", "-o", "recording", "--", "true", status=2)
    expect("systemd-journald does not run here" in done.stderr, done.stderr)
    expect(not os.path.exists("recording"), "a recording without a journal")


def test_without_library(program):
    """Of all that is loaded when it is used."""
    os.mkdir("none")
    arguments = ["record", "-d", "0.1", "-o", "recording", "--", "true"]
    environment = {**os.environ, "SWIOTLB_TEST_FIXTURE": "mappings", **without_loaded(os.path.realpath("none"))}
    subprocess.run([program, *arguments], stderr=subprocess.DEVNULL, env=environment, check=True)
    os.remove("recording")
    done = subprocess.run([program, arguments[0], "--journal", *arguments[1:]], stderr=subprocess.PIPE, text=True, env=environment, check=False)
    expect(done.returncode == 2 and "cannot load libsystemd.so.0: " in done.stderr, f"{done.returncode}: {done.stderr}")
    expect(not os.path.exists("recording"), "a recording without a library for the journal")


def test_inside(program):
    """In the namespace."""
    for folder in PRIVATE:
        subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        os.chdir(folder)
        test_absent(program)
        journal = Journal()
        try:
            test_without_library(program)
            test_quiet(journal, program)
            told = sum(test_fields(journal, program, fixture) for fixture in ("mappings", "wrong_unmaps", "refusals", "busy"))
            expect(told > 15, f"only {told} findings were told")
            for delay in ("0.1", "1h"):
                test_exported(journal, program, delay)
            test_selected(journal)
            test_explained(journal)
        finally:
            journal.end()


def namespace():
    """What starts a command in a mount namespace of its own."""
    options = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    expect(subprocess.run([*options, "true"], check=False).returncode == 0,
           "needs a mount namespace for a journal of its own: run it as root, or allow user namespaces")
    return options


def main():
    if sys.argv[1:] == ["--write"]:
        with open(CATALOG, "w", encoding="utf-8") as file:
            file.write(catalog())
        return 0
    program = os.path.realpath(sys.argv[1])
    if os.environ.get(INSIDE):
        test_inside(program)
        return 0
    test_catalog()
    return subprocess.run([*namespace(), sys.executable, os.path.realpath(__file__), program], check=False,
                          env={**os.environ, INSIDE: "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
