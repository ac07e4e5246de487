# SPDX-License-Identifier: GPL-2.0-only
"""What advise predicts of other pools, beside what these pools did: from the recordings of the parts named predict, and
docs/predictions.md of that.

There a line @NAME@ stands for a table.
"""
import json
import os
import re
import statistics
import subprocess

from parts import PREDICTED, PREDICT_KERNELS
from render import kernel_name, number, table
from targets import Missing, figure

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, "../.."))
TOOL = os.path.join(ROOT, "build/swiotlb")
TEMPLATE = os.path.join(HERE, "predictions.md.in")
# From what is recorded with the first of these all are predicted; and with the second, where hardly anybody waits.
BASES = PREDICTED[:2]
PEAK_OFF, REFUSED_OFF, WAITS_OFF = 0.02, 0.1, 2
# Fewer are chance.
WAITS_TO_JUDGE = 50
MS = 1_000_000


def size(slots, areas):
    return f"{slots}x{areas}"


# Made where the guest has left its recordings

def advised(recording, settings):
    """What is predicted of the pool as it is and of settings: rows of advise. What it advises is of no interest."""
    line = [TOOL, "advise", "--from", recording, "--format", "json"]
    for slots, areas in settings:
        line += ["--what-if", f"slots={slots},areas={areas}"]
    done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
    if done.returncode not in (0, 1):
        raise Missing(f"advise ended with {done.returncode}: {done.stderr.strip()}")
    rows = [row["predicted"] for row in json.loads(done.stdout)["settings"] if row["role"] in ("now", "whatif")]
    return [{"peak": row["peak"], "refused": sum(row["refused"].values()), "waits": row["contended"],
             "waited_ns": round(row["waited_seconds"] * 1e9)} for row in rows]


def together(recording):
    """The share of the milliseconds with requests of one CPU in which there are requests of another, too."""
    cpus = {}
    text = subprocess.run([TOOL, "convert", recording, "--to", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                          text=True).stdout
    for line in text.splitlines():
        at, requests = 0, json.loads(line)["trace"]["part"]["requests"]
        for step, cpu in zip(requests["at_ns"].split(), requests["cpu"].split()):
            at += int(step)
            cpus.setdefault(at // MS, set()).add(cpu)
    return sum(len(some) > 1 for some in cpus.values()) / max(len(cpus), 1)


def predict(directory, part, figures):
    """Adds to what a guest has measured what is predicted from its recordings; Missing where that is not possible."""
    settings = PREDICTED if part.setting in BASES else []
    for name, load in figures["loads"].items():
        recording = os.path.join(directory, f"{name}.zst")
        now, *others = advised(recording, settings)
        load["peak"] = now["peak"] if load["highest"] is None else load["highest"]
        load["together"] = round(together(recording), 3)
        load["predicted"] = {size(*setting): found for setting, found in zip(settings, others)}


def time_with_locks(load):
    """What a request takes of a lock's time, and waits for it, as a mean."""
    return load["held_ns"] + load["waited_ns"] / load["requests"]


def median(rows, key):
    return statistics.median_low(row[key] for row in rows)


def of_boots(boots):
    """What boots of one pool come to, of each load. What disturbs a boot makes it slower, so waits are those of the fastest one, and
    the time waited in all boots begins with it. Who comes first when the pool is nearly full is chance, so peak and refusals are the
    median."""
    loads = {}
    for name in boots[0]["loads"]:
        some = sorted((boot["loads"][name] for boot in boots if name in boot["loads"]), key=time_with_locks)
        predicted = {size: {**row, **{key: median([load["predicted"][size] for load in some], key) for key in ("peak", "refused")}}
                     for size, row in some[0]["predicted"].items()}
        loads[name] = {**some[0], **{key: median(some, key) for key in ("peak", "failures")}, "predicted": predicted,
                       "waited_ns_of_boots": [load["waited_ns"] for load in some]}
    return {**boots[0], "loads": loads}


# Judged

class Case:
    """A load on a pool: what was predicted of it from what was recorded with another one, and what it did."""

    def __init__(self, load, setting, told, seen):
        self.load, self.setting, self.told, self.seen = load, setting, told, seen

    def peak(self):
        return abs(self.told["peak"] - self.seen["peak"]) <= PEAK_OFF * self.seen["peak"]

    def refused(self):
        off = 0 if self.seen["threads"] == 1 else REFUSED_OFF
        return abs(self.told["refused"] - self.seen["failures"]) <= off * self.seen["failures"]

    def has_waits(self):
        return max(self.told["waits"], self.seen["waits"]) >= WAITS_TO_JUDGE

    def waits(self, key):
        less, more = sorted((self.told[key], self.seen[key]))
        return more <= WAITS_OFF * less


def cases(tree, kernel, base):
    loads = figure(tree, "predict", kernel, size(*base), "loads")
    return [Case(load, setting, figure(loads, load, "predicted", size(*setting)),
                 figure(tree, "predict", kernel, size(*setting), "loads", load))
            for load in loads for setting in PREDICTED]


def share(judged):
    """As text, and the share."""
    return f"{sum(judged)} of {len(judged)}", sum(judged) / len(judged) if judged else 1


def shares(tree, kernel, base):
    """Text and share of each kind of prediction; of waits, where there are some, and in other pools than that of the recording:
    that has what was measured."""
    every = cases(tree, kernel, base)
    waiting = [case for case in every if case.has_waits() and case.setting != base]
    return {"peak": share([case.peak() for case in every]),
            "alone": share([case.refused() for case in every if case.seen["threads"] == 1]),
            "refused": share([case.refused() for case in every if case.seen["threads"] > 1]),
            "waits": share([case.waits("waits") for case in waiting]),
            "waited_ns": share([case.waits("waited_ns") for case in waiting])}


TARGETS = (("peak", "peak within 2 %", "all", 1),
           ("alone", "refusals of loads of one thread, exact", "all", 1),
           ("refused", "refusals of other loads, within 10 %", "all", 1),
           ("waits", "number of waits within a factor of 2", "9 of 10", 0.9),
           ("waited_ns", "time waited within a factor of 2", "9 of 10", 0.9))


def judge(tree):
    """Each target, for each kernel."""
    judged = []
    for kernel in PREDICT_KERNELS:
        for key, name, wanted, least in TARGETS:
            try:
                text, part = shares(tree, kernel, BASES[0])[key]
                met = part >= least
            except Missing as missing:
                text, met = f"not measured: {missing}", False
            judged.append({"name": f"{kernel_name(kernel)}: {name}", "target": wanted, "measured": text, "met": met})
    return judged


# Rendered

def table_targets(tree):
    return table(["prediction", "target", "met by", "met"],
                 [[target["name"], target["target"], target["measured"], "yes" if target["met"] else "**no**"]
                  for target in judge(tree)])


def beside(told, seen, good, text=number):
    """Predicted and booted, bold where they are too far apart."""
    cell = f"{text(told)} / {text(seen)}"
    return cell if good else f"**{cell}**"


def milliseconds(nanoseconds):
    return number(nanoseconds / MS)


def case_row(case):
    told, seen, waits = case.told, case.seen, case.has_waits()
    return [case.load, "{}, {}".format(*case.setting), beside(told["peak"], seen["peak"], case.peak()),
            beside(told["refused"], seen["failures"], case.refused()),
            beside(told["waits"], seen["waits"], not waits or case.waits("waits")),
            beside(told["waited_ns"], seen["waited_ns"], not waits or case.waits("waited_ns"), milliseconds),
            ", ".join(map(milliseconds, seen["waited_ns_of_boots"])) if waits else "-",
            "-" if seen["threads"] == 1 else f"{100 * seen['together']:.0f} %"]


def table_cases(tree, kernel):
    try:
        rows = [case_row(case) for case in cases(tree, kernel, BASES[0])]
    except Missing as missing:
        return f"Not measured: {missing}."
    return table(["load", "slots, areas", "peak", "refused", "waits", "waited, ms", "in each boot", "both CPUs"], rows)


def table_bases(tree):
    rows = []
    for kernel in PREDICT_KERNELS:
        for base in BASES:
            try:
                found = shares(tree, kernel, base)
                cells = [found[key][0] for key, *_ in TARGETS]
            except Missing as missing:
                cells = [f"not measured: {missing}", *["-"] * (len(TARGETS) - 1)]
            rows.append([f"{kernel_name(kernel)}, {base[0]} slots, {base[1]} area{'s' * (base[1] > 1)}", *cells])
    return table(["recorded with", "peak", "refused, one thread", "refused, others", "waits", "time waited"], rows)


def page(tree):
    """docs/predictions.md."""
    with open(TEMPLATE, encoding="utf-8") as file:
        text = file.read()
    tables = {"TARGETS": table_targets(tree), "BASES": table_bases(tree)}
    tables.update({f"CASES {kernel}": f"### {kernel_name(kernel).capitalize()}\n\n{table_cases(tree, kernel)}"
                   for kernel in PREDICT_KERNELS})
    tables["CASES"] = "\n\n".join(tables.pop(f"CASES {kernel}") for kernel in PREDICT_KERNELS)
    return re.sub(r"(?m)^@(\w+)@$", lambda found: tables[found[1]], text)
