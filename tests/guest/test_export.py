# SPDX-License-Identifier: GPL-2.0-only
"""An exporter of a kernel under load shows what the module counts and what a report of the same state says."""
from exporter import Exporter, of
from harness import AREA, SlowPath, Stress, between, contains, equal, kernels, note, pool, report

PAIRS = 500
LEAKED = 3
REFUSED = 20
SLOT = 2048
HELD = 64       # mappings
LONG = 0.002


def findings(shown):
    return {dict(labels)["id"] for (name, labels), value in shown.items() if name == "swiotlb_finding" and value}


@kernels("static spins")
def test_load_and_leak():
    """Counters are the module's, state is a report's; findings come with their faults, and not before."""
    with Stress() as stress:
        stress("device-add", count=2)
        with Exporter() as exporter:
            none = ["0" * 16] * 2
            equal("what is left to it", exporter.status("CapPrm", "CapEff", "NoNewPrivs", "Seccomp", "Threads"), [*none, "1", "2", "1"])
            before = stress.truth()
            stress.serve_and_leak(PAIRS, LEAKED)
            quiet = exporter.later()
            stress("oversize", device=0, count=REFUSED)
            after, shown = stress.truth(), exporter.later()
            for number in (0, 1):
                name = f"swiotlb_stress.{number}"
                for metric, key in (("maps_total", "maps"), ("unmaps_total", "unmaps"), ("bytes_total", "map_bytes"),
                                    ("failures_total", "failures")):
                    equal(f"{metric} of {name}", of(shown, f"device_{metric}", device=name), after[number][key] - before[number][key])
            equal("refusals", (of(quiet, "map_failures_total"), of(shown, "map_failures_oversize_total")), (0, REFUSED))
            equal("live", of(shown, "device_live", device="swiotlb_stress.1"), LEAKED)
            equal("findings of refusals", [("oversize-requests" in findings(at), "mapping-leak" in findings(at))
                                           for at in (quiet, shown)], [(False, False), (True, False)])
            state = pool(report("-t", "0.1", "--level", "state"))
            equal("size", of(shown, "pool_bytes", pool="default"), state["slots"] * SLOT)
            equal("areas", [of(shown, "area_bytes", pool="default", area=str(area["index"])) for area in state["areas"]],
                  [area["slots"] * SLOT for area in state["areas"]])
            stress("device-del", id=1)
            gone = exporter.later()
            equal("leaked", (of(shown, "map_leaked"), of(gone, "map_leaked"), of(gone, "device_leaked", device="(other)")),
                  (0, LEAKED, LEAKED))
            contains("findings", " ".join(findings(gone)), "mapping-leak")
            equal("maps of what is gone", of(gone, "device_maps_total", device="(other)"), after[1]["maps"] - before[1]["maps"])
            equal("series of what is gone", [labels for name, labels in gone if ("device", "swiotlb_stress.1") in labels], [])
            losses = {dict(labels)["cause"]: value for (name, labels), value in gone.items() if name == "swiotlb_loss_total" and value}
            equal("losses", losses, {})


@kernels("stock")
def test_held_and_contended():
    """Slots that are held while it looks, and waits of a known length: as many as the slow path was entered."""
    with Stress() as stress:
        stress("device-add", count=2)
        slow = SlowPath()
        with Exporter() as exporter:
            before = exporter.later()
            with slow:
                stress.contend()
            stress("leak", device=1, count=HELD, size=4096)
            shown, state = exporter.later(), pool(report("-t", "0.1", "--level", "state"))
            waits = [of(shown, "lock_contended_total", pool="default", area=str(area)) -
                     of(before, "lock_contended_total", pool="default", area=str(area)) for area in range(slow.areas)]
            note(f"waits by area: {waits}, entries of the slow path: {slow.counts}")
            slow.check(waits)
            equal("waits of the pool", of(shown, "pool_lock_wait_seconds_count", pool="default"),
                  sum(of(shown, "lock_contended_total", pool="default", area=str(area)) for area in range(slow.areas)))
            longest = of(shown, "lock_wait_max_seconds", pool="default", area=str(AREA), window="60s")
            between("the longest wait", LONG, longest, of(shown, "lock_wait_seconds_total", pool="default", area=str(AREA)))
            equal("held", of(shown, "device_live_bytes", device="swiotlb_stress.1"), HELD * 4096)
            between("used", HELD * 4096, of(shown, "pool_used_bytes", pool="default"), state["slots"] * SLOT)
