# SPDX-License-Identifier: GPL-2.0-only
"""docs/benchmarks.md from the figures: tables made here, put into the text of benchmarks.md.in.

In a template a line @NAME@ stands for a table, and {name} for a figure of facts().
"""
import os
import re

import targets
from parts import KERNELS, LARGE, PREEMPTED
from targets import Missing, added, figure

HERE = os.path.dirname(os.path.realpath(__file__))
# What is looked at, by level; the last not on machines with many devices, pools or CPUs.
LOOKS = (("state", "sample"), ("state", "snapshot"), ("mappings", "snapshot"), ("audit", "snapshot"))
LOOKS_LARGE = LOOKS[:-1]
LEVEL_ROWS = ("state", "locks", "blocks", "mappings", "bounces", "holds", "callers", "trace", "locks,blocks,mappings",
              "locks,blocks,mappings,bounces,holds,callers")
ALL_LEVELS = LEVEL_ROWS[-1]
PEER_ROWS = (("bpftrace", "bpftrace, the facts of the mappings level"),
             ("funclatency", "funclatency (libbpf-tools) on the map alone"),
             ("function_graph", "ftrace function_graph on map and unmap"),
             ("perf trace", "perf trace of kprobes on map and unmap"),
             ("perf lock record", "perf lock record -a"))
CANDIDATE_ROWS = (("fast", "fexit; fentry", "calls of other tasks while a task is preempted in it"),
                  ("copy", "`kprobe.multi` on the copy at its end; `kprobe.multi`", "failures, which copy nothing"),
                  ("session", "`kprobe.session`; `kprobe.multi`", "nothing"),
                  ("kprobe", "kprobe and kretprobe; `kprobe.multi`", "returns of calls beyond 10, or 2 a CPU, at once"),
                  ("multi", "`kprobe.multi` and `kretprobe.multi`; `kprobe.multi`", "nothing"),
                  ("plain", "kprobe and kretprobe; kprobe", "returns of calls beyond 10, or 2 a CPU, at once"),
                  ("mappings", "**swiotlb --level mappings**", "what its hooks lose"))
COLUMNS = ("64", "4096", "lock-fast", "lock-slow")
UNITS = ((1_000_000_000, "G"), (1_000_000, "M"))
SIMULATED = (("made-1", "made; 1"), ("made-8", "made; 8, most of them too small"), ("recorded-1", "read from a recording; 1"))
LARGE_TEXTS = {"devices": "device", "pools": "pool", "cpus": "possible CPU"}


def number(value):
    """1234567.8 as 1,234,568; small ones with a digit behind the point."""
    if abs(value) < 0.05:
        return "0"
    return f"{value:.1f}" if abs(value) < 100 else f"{value:,.0f}"


def signed(value):
    text = number(value)
    return text if text[0] in "-0" else "+" + text


def large(value):
    """Instructions in millions where they are many."""
    for unit, letter in UNITS:
        if abs(value) >= unit:
            return f"{value / unit:.2f} {letter}"
    return number(value)


def mib(value):
    return f"{value / targets.MIB:.1f} MiB"


def kernel_name(kernel):
    return "patched 6.1" if kernel == "patched" else "patched 7.3" if kernel == "7.3-patched" else f"stock {kernel}"


def table(heads, rows, right=True):
    """A table of markdown, figures to the right."""
    lines = [heads, ["---", *["---:" if right else "---"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def row(name, cells):
    """A line whose figures are computed one by one; a reason stands in place of one that was not measured, once a line."""
    line, told = [name], set()
    for cell in cells:
        try:
            line.append(cell())
        except (Missing, ZeroDivisionError) as missing:
            line.append("-" if str(missing) in told else f"not measured: {missing}")
            told.add(str(missing))
    return line


# Tables

def table_targets(tree):
    return table(["figure", "target", "measured", "met"],
                 [[target["name"], target["target"], target["measured"], "yes" if target["met"] else "**no**"]
                  for target in tree["targets"]])


def pairs_row(pairs, name, path):
    """What a tool adds; one line says why where it could not be measured."""
    try:
        found = figure(pairs, *path)
    except Missing as missing:
        found = {"reason": str(missing)}
    if "reason" in found:
        return [name, f"not measured: {found['reason']}", *["-"] * (len(COLUMNS) - 1)]
    return row(name, [lambda key=key: signed(added(pairs, path, key)) for key in COLUMNS])


def table_pairs(tree, kernel):
    try:
        pairs = figure(tree, "pairs", kernel)
    except Missing as missing:
        return f"Not measured: {missing}."
    rows = [row("nothing attached", [lambda key=key: number(figure(pairs, "none", key)) for key in COLUMNS]),
            pairs_row(pairs, "empty fexit + fentry on map and unmap: the lower bound", ("floor",)),
            pairs_row(pairs, "the same, and reading the clock at map and unmap", ("clock",))]
    if kernel != "6.12":
        rows += [pairs_row(pairs, "empty kprobe + kretprobe + fentry", ("probes_floor",))]
    rows += [pairs_row(pairs, "empty fentry + fexit on the slow path of locks", ("lock_floor",))]
    for levels in LEVEL_ROWS:
        name = "all levels" if levels == ALL_LEVELS else levels
        rows.append(pairs_row(pairs, f"**swiotlb --level {name}**" if name != "all levels" else "**swiotlb, all levels**",
                              ("levels", levels)))
    if kernel != "6.12":
        rows += [pairs_row(pairs, "**swiotlb --level mappings**, with probes", ("probes",))]
    rows += [pairs_row(pairs, text, ("peers", name)) for name, text in PEER_ROWS]
    rows.append(pairs_row(pairs, "nothing attached, again at the end", ("none_again",)))
    return table(["", "pair of 64 B", "pair of 4 KiB", "other lock, fast path", "other lock, slow path"], rows)


def table_candidates(tree, kernel):
    """Ways to hook the ends of a pair that the kernel has, and what they lose where it preempts tasks."""
    try:
        found = figure(tree, "candidates", kernel)
    except Missing as missing:
        return f"Not measured: {missing}."
    rows = [row(text, [lambda name=name, size=size: signed(added(found, (name,), size)) for size in targets.SIZES]
                + [lambda loses=loses: loses]) for name, text, loses in CANDIDATE_ROWS
            if "64" in found.get(name, ())]
    return table(["map; and unmap", "pair of 64 B", "pair of 4 KiB", "loses"], rows)


def table_floors(tree):
    """What the hooks cost alone, and what of it that leaves to reach."""
    rows = []
    for kernel in KERNELS:
        def of(*path, kernel=kernel):
            return added(figure(tree, "pairs", kernel), path, "64")
        rows.append(row(kernel_name(kernel), [
            lambda: number(of("floor")), lambda: number(of("clock")), lambda: number(of("levels", "mappings")),
            lambda: number(of("levels", "mappings") - of("clock")), lambda: number(of("peers", "bpftrace")),
            lambda: f"{targets.cheaper(tree, kernel):.1f}", lambda: f"{of('peers', 'bpftrace') / of('floor'):.1f}",
            lambda: f"{targets.foreign_lock(tree, kernel):.2f}"]))
    return table(["pair of 64 B", "the hooks alone", "with the clock", "mappings level", "beyond these", "bpftrace", "times cheaper",
                  "at most", "foreign lock, by its hooks alone"], rows)


def sizes(tree, kernel):
    """The pools that were looked at, by areas and then by slots."""
    def order(size):
        return (int(size.partition("x")[0]), tree["state"][kernel][size]["slots"])
    return sorted(tree["state"].get(kernel, {}), key=order)


def pool_text(tree, kernel, size):
    areas, _, pool = size.partition("x")
    slots = tree["state"][kernel][size]["slots"]
    return f"{pool.replace('M', ' MiB').replace('G', ' GiB')} ({slots:,} slots), {areas} area{'s' if areas != '1' else ''}"


def look_name(level, what):
    return what if level == "state" else f"{what}, {level} level"


def table_looks(tree):
    rows = []
    for kernel in ("6.12", "patched"):
        for size in sizes(tree, kernel):
            rows.append(row(f"{kernel_name(kernel)}: {pool_text(tree, kernel, size)}", [
                *(lambda look=look: large(targets.look_ns(tree, kernel, size, *look)) for look in LOOKS),
                lambda: longest(tree, kernel, size)]))
    return table(["pool", *(f"a {look_name(*look)}" for look in LOOKS), "longest run of a program"], rows)


def longest(tree, kernel, size):
    found = [(program["longest_ns"], name) for level, what in LOOKS
             for name, program in figure(tree, "state", kernel, size, "look", level, what, "programs").items()]
    most, name = max(found)
    return f"{large(most)} ({name})"


def table_slopes(tree):
    rows = []
    for kernel in ("6.12", "patched"):
        for level, what in LOOKS:
            name = f"{kernel_name(kernel)}: {look_name(level, what)}"
            steps = (targets.AREA_STEPS[kernel][-1], targets.SLOT_STEPS[kernel][-1])
            rows.append(row(name, [
                lambda: number(targets.per_area(tree, kernel, level, what, steps[0])),
                lambda: "-" if what == "sample" else f"{targets.per_slot(tree, kernel, level, what, steps[1]):.1f}"]))
    return table(["", "per area", "per slot"], rows)


def table_programs(tree, kernel="6.12", size="8x64M"):
    """Where a snapshot goes: each program, and the rest, which is user space."""
    rows = []
    for level, what in LOOKS:
        name = look_name(level, what)
        try:
            look = figure(tree, "state", kernel, size, "look", level, what)
        except Missing as missing:
            rows.append([name, f"not measured: {missing}", "-", "-"])
            continue
        spent = 0
        for program, cost in sorted(look["programs"].items()):
            spent += cost["ns"]
            rows.append([f"{name}: {program}", str(cost["runs"]), large(cost["ns"]), large(cost["longest_ns"])])
        rows.append([f"{name}: user space", "-", large(look["ns"] - spent), "-"])
    return table(["", "runs", "instructions", "longest run"], rows)


def table_large(tree):
    """By what there is many of, and how many."""
    rows = []
    for what, (kernel, _, counts) in LARGE.items():
        for count in counts:
            def of(*path, what=what, count=count):
                return figure(tree, "large", what, str(count), *path)
            rows.append(row(f"{kernel_name(kernel)}: {count:,} {LARGE_TEXTS[what]}{'s' if count > 1 else ''}", [
                *(lambda level=level, look=look: large(of("look", level, look, "ns"))
                  for level, look in LOOKS_LARGE),
                lambda: large(max(program["longest_ns"] for program in of("look", "mappings", "snapshot", "programs").values())),
                *(lambda key=key: mib(of("memory", ALL_LEVELS, key)) for key in ("resident", "kernel"))]))
    return table(["", *(f"a {look_name(*look)}" for look in LOOKS_LARGE), "longest run of a program", "resident, all levels",
                  "maps, programs"], rows)


def table_top(tree):
    rows = []
    for kernel in ("6.12", "patched"):
        for size in sizes(tree, kernel):
            for levels, cost in tree["state"][kernel][size].get("top", {}).items():
                rows.append(row(f"{kernel_name(kernel)}: {pool_text(tree, kernel, size)}; {levels}",
                                [lambda: large(figure(cost, "ns"))]))
    return table(["pool; levels", "instructions per interval"], rows)


def table_record(tree):
    rows = []
    for kernel, some in tree.get("record", {}).items():
        for areas, cost in sorted(some.items(), key=lambda pair: int(pair[0])):
            def of(*path, cost=cost):
                return figure(cost, *path)
            rows.append(row(f"{kernel_name(kernel)}: 64 MiB, {areas} areas", [
                lambda: number(of("record", "bytes")), lambda: large(of("record", "ns")), lambda: mib(of("record", "resident")),
                lambda: mib(of("record", "peak")), lambda: number(of("record", "grown")), lambda: mib(of("replay", "bytes")),
                lambda: large(of("replay", "open_ns")), lambda: large(of("replay", "jump_ns")),
                lambda: large(of("replay", "longest_jump_ns"))]))
    return table(["pool", "bytes a sample", "instructions a sample", "resident", "peak resident", "bytes more at the end", "an hour",
                  "to open it", "to go to a time", "the same at most"], rows)


def table_simulate(tree):
    rows = []
    for name, text in SIMULATED:
        def of(key, name=name):
            return figure(tree, "simulation", name, key)
        rows.append(row(text, [lambda: number(of("instructions")),
                               lambda: f"{of('ten_million_ns') / 1e9:.1f} s", lambda: mib(of("peak_bytes"))]))
    return table(["trace; settings", "instructions a request", "ten million requests", "peak memory"], rows)


def table_scrape(tree):
    rows = []
    for kernel, some in tree.get("scrape", {}).items():
        for areas, cost in sorted(some.items(), key=lambda pair: int(pair[0])):
            def of(key, cost=cost):
                return figure(cost, "scrape", key)
            rows.append(row(f"{kernel_name(kernel)}: 64 MiB, {areas} areas", [
                lambda: number(of("series")), lambda: number(of("bytes")), lambda: large(of("ns")), lambda: large(of("again_ns"))]))
    return table(["pool", "series", "bytes", "instructions", "the same once more"], rows)


def table_waits(tree):
    rows = []
    for kernel in KERNELS:
        rows.append(row(kernel_name(kernel), [
            lambda: f"**{figure(tree, 'cpus', kernel, 'waits', 'swiotlb'):,}**",
            *(lambda name=name: "{swiotlb:,} (of {all:,} anywhere)".format(
                **{key: figure(tree, "cpus", kernel, "waits", name, key) for key in ("swiotlb", "all")})
              for name in ("perf lock contention", "contention_begin"))]))
    return table(["", "swiotlb --level locks", "perf lock contention", "bpftrace on lock:contention_begin"], rows)


def table_loss(tree):
    rows = []
    for kernel in KERNELS:
        def of(key, kernel=kernel):
            return figure(tree, "cpus", kernel, "loss", key)
        rows.append(row(kernel_name(kernel), [
            lambda: f"{of('made'):,}", lambda: f"{of('seen'):,}", lambda: f"{of('waits'):,}", lambda: f"{of('lost'):,}",
            lambda: f"{of('made') / of('seconds'):,.0f}"]))
    return table(["", "maps made", "maps seen", "waits seen", "lost", "maps per second"], rows)


def table_start(tree):
    rows = []
    for name, text in (("top", "swiotlb top --level mappings, its first refresh"), ("report", "swiotlb report --level mappings"),
                       ("state", "swiotlb report --level state"), ("bpftrace", "bpftrace, the same facts")):
        rows.append(row(text, [cell for kernel in KERNELS for cell in (
            lambda kernel=kernel: f"{figure(tree, 'cpus', kernel, 'start', name, 'elapsed_ns') / 1e9:.2f} s",
            lambda kernel=kernel: large(figure(tree, "pairs", kernel, "start", name, "cpu_ns")))]))
    return table(["", *(head for kernel in KERNELS for head in (f"{kernel_name(kernel)}: elapsed", "instructions"))], rows)


def table_memory(tree):
    rows = []
    for kernel in KERNELS:
        for name, text in (("state", "swiotlb, level state"), ("mappings", "swiotlb, level mappings"),
                           (ALL_LEVELS, "swiotlb, all levels"), ("bpftrace", "bpftrace, the same facts")):
            rows.append(row(f"{kernel_name(kernel)}: {text}", [
                lambda: mib(targets.memory_bytes(tree, kernel, name)),
                *(lambda key=key: mib(figure(tree, "cpus", kernel, "memory", name, key))
                  for key in ("resident", "anonymous", "kernel", "peak"))]))
    return table(["", "resident and maps", "resident", "of this, own data", "maps, programs", "peak resident"], rows)


def memory_per_slot(tree, level):
    """(user space, kernel) bytes that a slot more takes."""
    less, more = (figure(tree, "state", "6.12", size, "memory", level) for size in ("8x64M", "8x1G"))
    slots = [figure(tree, "state", "6.12", size, "slots") for size in ("8x64M", "8x1G")]
    return tuple((figure(more, key) - figure(less, key)) / (slots[1] - slots[0]) for key in ("resident", "kernel"))


def table_memory_slots(tree):
    rows = []
    for level, text in (("state", "level state"), ("mappings", "level mappings"), (ALL_LEVELS, "all levels")):
        rows.append(row(text, [lambda: f"{memory_per_slot(tree, level)[1]:.1f} B", lambda: f"{memory_per_slot(tree, level)[0]:.1f} B"]))
    return table(["", "maps, per slot", "resident, per slot"], rows)


def table_versions(tree):
    rows = [[kernel_name(kernel), tree["kernels"][kernel]] for kernel in tree["kernels"]]
    rows += [[name, text or "not installed"] for name, text in tree["versions"].items()]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)])


TABLES = {
    "TARGETS": table_targets, "FLOORS": table_floors,
    **{f"CANDIDATES {kernel}": lambda tree, kernel=kernel: table_candidates(tree, kernel) for kernel in PREEMPTED},
    **{f"PAIRS {kernel}": lambda tree, kernel=kernel: table_pairs(tree, kernel) for kernel in KERNELS},
    "LOOKS": table_looks, "LARGE": table_large, "SLOPES": table_slopes, "PROGRAMS": table_programs, "TOP": table_top,
    "RECORD": table_record, "SIMULATE": table_simulate, "SCRAPE": table_scrape, "WAITS": table_waits, "LOSS": table_loss, "START": table_start,
    "MEMORY": table_memory, "MEMORY SLOTS": table_memory_slots,
    "VERSIONS": table_versions,
}


# Figures in the text

def facts(tree):
    """Figures that the text names."""
    pairs = ("pairs", "6.12")
    found = {
        "runs": lambda: figure(tree, *pairs, "runs"),
        "pairs-64": lambda: figure(tree, *pairs, "counts", "64"),
        "pairs-4096": lambda: figure(tree, *pairs, "counts", "4096"),
        "locks": lambda: figure(tree, *pairs, "counts", "lock-slow"),
        "host": lambda: figure(tree, "versions", "host"),
        "met": lambda: sum(target["met"] for target in tree["targets"]),
        "targets": lambda: len(tree["targets"]),
    }
    return {name: str(row("", [cell])[1]) for name, cell in found.items()}


def fill(template, tables, known, tree):
    """A page in markdown: the text of a template, with its tables and facts."""
    with open(os.path.join(HERE, template), encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"\{([\w.-]+)\}", lambda found: known[found[1]], text)
    return re.sub(r"(?m)^@([A-Z][\w. ]*)@$", lambda found: tables[found[1]](tree), text)


def page(tree):
    return fill("benchmarks.md.in", TABLES, facts(tree), tree)


def summary(judged):
    """The targets, for the terminal."""
    return "\n".join(f"  {'met    ' if target['met'] else 'NOT MET'} {target['name']}: {target['measured']} "
                     f"(target: {target['target']})" for target in judged)
