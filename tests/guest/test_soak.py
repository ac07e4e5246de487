# SPDX-License-Identifier: GPL-2.0-only
"""Attaches, detaches, and counts while all CPUs map: run by tests/soak, which makes a table of what this says."""
import json
import os

from harness import Context, Stress, Watch, kernels, lost

ATTACHES = 10
LOADS = 2   # on each CPU: they preempt each other
EVENTS = int(os.environ.get("SWIOTLB_TEST_EVENTS", "1000000"))


class Anything:
    """Has every cause of loss in it: this counts them."""

    def __contains__(self, cause):
        return True


def attach_once(stress, pairs):
    """Watches so many pairs of each load: (what the module made, what the tool saw, losses by cause)."""
    before = stress.total("maps"), stress.total("unmaps")
    with Watch("--level", "locks,mappings", may_lose=Anything()) as watch:
        for cpu in [*range(os.cpu_count())] * LOADS:
            stress("start", device=0, cpu=cpu, sizes=64, pairs=pairs)
        stress("wait")
    made = stress.total("maps") - before[0], stress.total("unmaps") - before[1]
    mappings = watch.report["mappings"]
    return made, (mappings["maps"], mappings["unmaps"]), lost(watch.report)


@kernels("static", "grows")
def test_count():
    """Says one line of JSON: a row of the table."""
    row = {"release": os.uname().release, "attaches": ATTACHES, "events": 0, "difference": 0, "losses": {}}
    with Stress() as stress:
        stress("device-add")
        for _ in range(ATTACHES):
            made, seen, losses = attach_once(stress, EVENTS // 2 // ATTACHES // LOADS // os.cpu_count())
            row["events"] += sum(made)
            row["difference"] += sum(abs(true - said) for true, said in zip(made, seen))
            for cause, count in losses.items():
                row["losses"][cause] = row["losses"].get(cause, 0) + count
            print(f"counted {row['events']} events", flush=True)
    with open(f"{Context.reports}/soak.row", "w", encoding="utf-8") as file:
        json.dump(row, file)
