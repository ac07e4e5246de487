# SPDX-License-Identifier: GPL-2.0-only
"""docs/blocks-study.md from the figures of the parts "study": tables made here, put into the text of blocks-study.md.in."""
from render import fill, number, row, table
from targets import MIB, Missing, figure

TEMPLATE = "blocks-study.md.in"
# That of the page, and another one.
KERNEL, LATER = "patched", "7.3-patched"
SLOT = 2048
BLOCKS = 32
NS = 1e9
# The setting, the part that measured it, and its name.
SETTINGS = (("one", "one", "default pool, 1 area"), ("areas", "areas", "default pool, an area a CPU"),
            ("device-one", "one", "a pool a device, 1 area"), ("device-queues", "one", "a pool a device, an area a queue"))
PAIRS = (("default", "default pool"), ("device-one", "a pool of its own, 1 area"),
         ("device-queues", "a pool of its own, an area a queue"),
         ("default-fragmented", "default pool, in which another device leaves no run of 16 KiB"),
         ("device-queues-fragmented", "a pool of its own meanwhile"), ("default-again", "default pool, again at the end"))
SIZES = ("512", "4096", "32768")
# Settings that save such a part of what another one saves do as well.
MOST = 0.9


def of(tree, part, *path, kernel=KERNEL):
    return figure(tree, "study", kernel, part, *path)


def measured(tree, setting, *path, kernel=KERNEL):
    part = next(part for name, part, _ in SETTINGS if name == setting)
    return of(tree, part, "settings", setting, *path, kernel=kernel)


def predicted(tree, setting, key):
    return of(tree, "one", "predicted", "settings", setting, key)


def share(tree, setting, kernel):
    """Of the time of all CPUs under the load, waited for locks."""
    timed = measured(tree, setting, "timed", kernel=kernel)
    seconds = timed["pairs"] / timed["rate"] * of(tree, "one", "cpus", kernel=kernel)
    return timed["waited_ns"] / NS / seconds


def saved(tree, setting):
    """Of the time that the first setting waits for a pair, what this one does not."""
    waited = [measured(tree, name, "timed", "waited_ns") / measured(tree, name, "timed", "pairs") for name in ("one", setting)]
    return 1 - waited[1] / waited[0]


def percent(part):
    return f"{100 * part:.0f} %" if abs(part) >= 0.095 else f"{100 * part:.1f} %"


def table_settings(tree, kernel=KERNEL):
    rows = []
    for setting, _, text in SETTINGS:
        def get(*path, setting=setting):
            return measured(tree, setting, *path, kernel=kernel)
        rows.append(row(text, [
            lambda: f"{1000 * get('timed', 'contended') / get('timed', 'pairs'):.1f}",
            lambda: number(get("timed", "waited_ns") / get("timed", "pairs")) + " ns",
            lambda setting=setting: percent(share(tree, setting, kernel)),
            lambda: f"{get('timed', 'rate'):,.0f}",
            lambda: f"{get('timed', 'rates')[0]:,.0f} to {get('timed', 'rates')[-1]:,.0f}",
            lambda: f"{get('live', 'hold_ns'):,.0f} ns, {get('live', 'hold_p99_ns'):,} ns"]))
    return table(["", "waits in 1,000 pairs", "waited for a pair", "of the CPUs' time", "pairs a second", "from, to",
                  "hold: mean, 99th percentile"], rows)


def table_price(tree):
    rows = []
    for setting, _, text in SETTINGS:
        def get(*path, setting=setting):
            return measured(tree, setting, "live", *path)
        rows.append(row(text, [
            lambda: f"{get('reserved') * SLOT / MIB:.0f} MiB",
            lambda: f"{get('own_free') * SLOT / MIB:.1f} MiB",
            lambda: f"{get('lists_bytes') / 1024:.0f} KiB",
            lambda: number(get("largest_free")) + " slots",
            lambda: f"{get('had')}",
            lambda setting=setting: f"{measured(tree, setting, 'timed', 'refused'):,.0f}"]))
    return table(["", "held by devices", "of this, free under load", "lists", "longest free run, default pool", "blocks that can be had",
                  "mappings refused"], rows)


def table_pairs(tree):
    def pair(name, size):
        taken = of(tree, "instructions", "pairs", name, size)
        return "refused" if taken is None else number(taken)
    rows = [row(text, [lambda name=name, size=size: pair(name, size) for size in SIZES]) for name, text in PAIRS]
    return table(["", "512 B", "4 KiB", "32 KiB"], rows)


def both(one, other):
    """Predicted, then measured."""
    def found(cell):
        try:
            return cell()
        except Missing:
            return "-"
    return found(one) + " · " + found(other)


def table_predicted(tree):
    rows = []
    for setting, _, text in SETTINGS:
        def pair(key, show="{:,}".format, setting=setting):
            return both(lambda: show(predicted(tree, setting, key)), lambda: show(measured(tree, setting, "traced", key)))
        def waited(setting=setting):
            return both(lambda: f"{1000 * predicted(tree, setting, 'waited_seconds'):.1f} ms",
                        lambda: f"{measured(tree, setting, 'traced', 'waited_ns') / 1e6:.1f} ms")
        rows.append(row(text, [lambda: pair("peak"), lambda: pair("device_peak"), lambda: pair("refused"), lambda: pair("contended"),
                               waited]))
    return table(["predicted · measured", "peak, slots of the default pool", "of a device's pool", "refused", "waits", "time waited"],
                 rows)


FIGURES = {"unreclaimed": "blocks unreclaimed", "stale": "blocks stale", "list_errors": "errors of the block list",
           "used_drift": "drift of the counter", "failed": "refused", "failed_with_room": "of these with room elsewhere"}
# Defects by what they are, the key that has what was seen, and what they cost.
DEFECTS = (
    ("1. A free never gives the slots back nor lowers the counter (and 9.)", ("defects", "rfc"), "cost_lost"),
    ("3. The next area's first run is merged into the last one of this *", ("written", "merge_beyond"), "a search runs into the next area"),
    ("4. The list is rebuilt one block too far", ("defects", "list_overrun"), "cost_overrun"),
    ("5. Freed blocks are not merged with those before them *", ("written", "no_merge"), "room for several blocks is not found"),
    ("6. The counter is changed without the lock, and a change is lost *", ("written", "lost_update"), "room is not searched, or searched in vain"),
    ("7. The search looks at one area", ("defects", "first_area_only"), "cost_search"),
    ("9. A free keeps the pool's description, and the device its pool", ("defects", "keep_pool"), "cost_kept"),
)


def defect(tree, *path):
    return of(tree, "defects", *path)


def usual(tree):
    """Blocks that can be had without a defect."""
    return defect(tree, "defects", "none", "had")


def cost_lost(tree):
    found = defect(tree, "defects", "rfc")
    lost = usual(tree) - found["had"]
    return f"{lost} of {usual(tree)} blocks ({2 * lost} MiB) after {found['rounds']} frees, until the next boot"


def cost_overrun(tree):
    return ("a taken block is listed free, and given out once more; not here, as our patch looks at the slots as well: "
            f"{defect(tree, 'defects', 'list_overrun', 'had')} of {usual(tree)} blocks can be had")


def cost_search(tree):
    return f"{defect(tree, 'defects', 'first_area_only', 'taken')} of {usual(tree)} blocks could be had"


def cost_kept(tree):
    found = defect(tree, "defects", "keep_pool")
    used = found["used_by_others"]
    return (f"{found['figures']['stale_bytes'] / 1024:.0f} KiB of memory; then {used['mappings']} buffers were mapped in blocks that others had "
            f"got (`stale-pool`: {used['findings'].get('stale-pool', 'not found')})")


def findings(found):
    return ", ".join(f"`{name}` ({severity})" for name, severity in sorted(found.items())) or "none"


def told(figures):
    return ", ".join(f"{text} {figures[key]:,}" for key, text in FIGURES.items() if figures[key]) or "all 0"


def table_defects(tree):
    costs = {function.__name__: function for function in (cost_lost, cost_overrun, cost_search, cost_kept)}
    rows = []
    for text, path, cost in DEFECTS:
        rows.append(row(text, [lambda path=path: findings(defect(tree, *path, "findings")),
                               lambda path=path: told(defect(tree, *path, "figures")),
                               lambda cost=cost: costs[cost](tree) if cost in costs else cost]))
    for text, name in (("without any: blocks are taken and given back", "none"),
                       ("without any: all blocks are taken, and one more is refused", "none-all")):
        rows.append(row(text, [lambda name=name: findings(defect(tree, "defects", name, "findings")),
                               lambda name=name: told(defect(tree, "defects", name, "figures")), lambda: "nothing"]))
    return table(["defect of the RFC", "finding", "figures", "what it cost"], rows, right=False)


TABLES = {"SETTINGS": table_settings, "SETTINGS LATER": lambda tree: table_settings(tree, LATER),
          "PRICE": table_price, "PAIRS": table_pairs, "PREDICTED": table_predicted, "DEFECTS": table_defects}


# The conclusion

def much(part):
    """What is saved, in words where it is within what such times vary by."""
    return "next to nothing" if part < 0.05 else f"about {100 * part:.0f} %" if part < 0.995 else "all"


def conclusion(tree):
    """What follows, in words that depend on the figures."""
    queues, areas, one = (saved(tree, setting) for setting in ("device-queues", "areas", "device-one"))
    text = (f"Of the time that CPUs wait for the lock of a default pool with one area, device pools with an area a queue saved {much(queues)}, "
            f"those with one area {much(one)}, and an area a CPU in the default pool, which the kernel has had since 6.0, {much(areas)}. ")
    if areas >= MOST * queues:
        return text + ("So where queues are served on CPUs of their own, lock waiting is no reason for device pools: the kernel chooses "
                       "an area by the CPU, in any pool.")
    return text + "So device pools save waiting that an area a CPU does not."


def price(tree):
    pairs = of(tree, "instructions", "pairs")
    more = max(abs(pairs["device-queues"][size] / pairs["default"][size] - 1) for size in SIZES)
    held = measured(tree, "device-queues", "live", "reserved") * SLOT / MIB
    free = measured(tree, "device-queues", "live", "own_free") * SLOT / MIB
    shared = measured(tree, "one", "live", "had")
    same = "as many instructions as in the default pool" if more < 0.02 else f"up to {percent(more)} more or fewer instructions"
    return (f"The pools held {held:.0f} MiB, of which {free:.1f} MiB were free under load and of use to nobody else; a pair takes {same}. "
            "What they buy is isolation: no other device can exhaust or fragment them. They have to be taken before there is traffic: "
            f"under load {shared} of {BLOCKS} blocks of the shared pool could still be had.")


def facts(tree):
    """Figures that the text names."""
    found = {
        "conclusion": lambda: conclusion(tree), "price": lambda: price(tree),
        "devices": lambda: of(tree, "one", "devices"), "queues": lambda: of(tree, "one", "queues"),
        "pairs": lambda: f"{measured(tree, 'one', 'timed', 'pairs'):,}", "traced": lambda: f"{measured(tree, 'one', 'traced', 'maps'):,}",
        "release": lambda: figure(tree, "kernels", KERNEL), "qemu": lambda: figure(tree, "versions", "qemu"),
        "later": lambda: figure(tree, "kernels", LATER), "host": lambda: figure(tree, "versions", "host"), "cpus": lambda: of(tree, "one", "cpus"),
        "hold": lambda: of(tree, "one", "predicted", "trace", "hold"),
        "same-slot": lambda: percent(of(tree, "one", "predicted", "trace", "same_slot") / measured(tree, "one", "traced", "maps")),
    }
    return {name: str(row("", [cell])[1]) for name, cell in found.items()}


def page(tree):
    """The page in markdown."""
    return fill(TEMPLATE, TABLES, facts(tree), tree)
