# SPDX-License-Identifier: GPL-2.0-only
"""Unmaps that are wrong: by another device, twice, with another size. Each is counted alone, with device and stack."""
from harness import Stress, Watch, contains, environment, equal, kernels, lost, on_cpu, report
from test_mappings import LEVELS, device, errors

COUNT = 7
# By the fault that the stress module makes: figure, finding, who unmaps, bytes mapped and unmapped as they are shown.
FAULTS = {
    "twice": ("unmapped_twice", "unmap-twice", 0, None, 4096),
    "device": ("wrong_device", "unmap-wrong-device", 1, 4096, 4096),
    "size": ("wrong_size", "unmap-wrong-size", 0, 4096, 2048),
}
FIGURES = [row[0] for row in FAULTS.values()]


def figures(row):
    return {key: row[key] for key in FIGURES}


def only(key, count):
    return {other: count if other == key else 0 for other in FIGURES}


def unmap_wrongly(stress, fault, count=COUNT):
    """On a CPU of its own, beside loads on the others: none of them takes a slot between two unmaps."""
    with on_cpu(0):
        stress("leak", device=0, size=4096, count=count)
        stress("unleak", device=0, fault=fault, by=FAULTS[fault][2])


def check_one(stress, fault, *arguments):
    key, finding, who, mapped, unmapped = FAULTS[fault]
    before = stress.truth()
    with Watch(*LEVELS, *arguments, wrong_unmaps=True) as watch:
        for cpu in (1, 2):
            stress("start", device=2, cpu=cpu, sizes="64,4096,16384", pairs=500, hold=4)
        unmap_wrongly(stress, fault)
        stress("wait")
    after, shown = stress.truth(), watch.report
    equal(f"{fault}: figures", figures(shown["mappings"]), only(key, COUNT))
    for number in range(3):
        if number == 1 and who != 1:
            continue
        equal(f"{fault}: of device {number}", figures(device(shown, number)), only(key, COUNT if number == who else 0))
    for number in (0, 2):
        for figure in ("maps", "unmaps"):
            equal(f"{fault}: {figure} of device {number}", device(shown, number)[figure],
                  after[number][figure] - before[number][figure])
    # An earlier test may have left mappings, which are older than the tool.
    equal(f"{fault}: live", shown["mappings"]["live"], shown["mappings"]["unknown_age"])
    equal(f"{fault}: told as", len(shown["mappings"]["wrong_unmaps"]), 1)
    told = shown["mappings"]["wrong_unmaps"][0]
    for name, wanted in (("fault", key), ("device", f"swiotlb_stress.{who}"), ("count", COUNT), ("pool", 0),
                         ("mapped_by", mapped and "swiotlb_stress.0"), ("mapped_bytes", mapped),
                         ("unmapped_bytes", unmapped)):
        equal(f"{fault}: {name}", told[name], wanted)
    # Where it calls the swiotlb last of all, dma_unmap_page_attrs() is on no stack.
    contains(f"{fault}: stack", " ".join(told["stack"]), "unmap_single", "unmap_wrongly", "[swiotlb_stress]")
    equal(f"{fault}: errors found", errors(shown), [finding])
    contains(f"{fault}: text", shown["findings"][0]["text"], f"{COUNT} unmaps", f"{COUNT} by swiotlb_stress.{who}")


@kernels("static spins")
def test_each():
    """Each fault beside a load that unmaps rightly, with and without stacks of all mappings."""
    with Stress() as stress:
        stress("device-add", count=3)
        for fault in FAULTS:
            check_one(stress, fault)
            check_one(stress, fault, "--stacks")


@kernels("static spins")
def test_older():
    """A mapping that is older than the tool and unmapped twice is found; who made it and how large is not known."""
    with Stress() as stress:
        stress("device-add", count=2)
        left = report("-t", "0.1", *LEVELS)["mappings"]["live"]
        for fault, found in (("twice", COUNT), ("device", 0), ("size", 0)):
            stress("leak", device=0, size=4096, count=COUNT)
            with Watch(*LEVELS, wrong_unmaps=True) as watch:
                stress("unleak", device=0, fault=fault, by=FAULTS[fault][2])
            equal(fault, figures(watch.report["mappings"]), only("unmapped_twice", found))
            equal("live", watch.report["mappings"]["live"], left)


@kernels("static spins")
def test_no_room():
    """Where there is no room to tell of one, it is counted all the same."""
    with Stress() as stress:
        stress("device-add", count=2)
        with environment("SWIOTLB_TABLE", "1"), \
                Watch(*LEVELS, wrong_unmaps=True, may_lose=("mappings.wrong_untold", "mappings.stacks_full")) as watch:
            for fault in FAULTS:
                unmap_wrongly(stress, fault, 2)
        shown = watch.report
        equal("figures", figures(shown["mappings"]), {key: 2 for key in FIGURES})
        equal("told", sum(row["count"] for row in shown["mappings"]["wrong_unmaps"]) +
              lost(shown).get("mappings.wrong_untold", 0), 6)
        equal("not told", bool(lost(shown)), True)
