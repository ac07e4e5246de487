# SPDX-License-Identifier: GPL-2.0-only
"""Long runs: started by tests/soak, which makes tables of what these say."""
import itertools
import json
import os
import random
import time

from export import malformed, send_raw
from exporter import OPENMETRICS, PORT, Exporter, of, scrape
from harness import Context, Stress, Watch, equal, kernels, lost

ATTACHES = 10
LOADS = 2   # on each CPU: they preempt each other
EVENTS = int(os.environ.get("SWIOTLB_TEST_EVENTS", "1000000"))
# Beside an exporter.
SECONDS = int(os.environ.get("SWIOTLB_TEST_SECONDS", "3600"))
RATE = 50       # mappings a second of each of two devices
HELD = 16       # mappings
EVERY = 15      # seconds from one device that comes and goes to the next
VISITOR = 2     # its number
PAIRS = 100     # that it maps


def say(name, row):
    """Leaves one line of JSON for tests/soak."""
    with open(f"{Context.reports}/{name}.row", "w", encoding="utf-8") as file:
        json.dump(row, file)


# Attaching

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
    """Attaches, detaches, and counts while all CPUs map."""
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
    say("count", row)


# Exporting

def malformed_requests():
    """Those of the unit tests, again and again."""
    rng = random.Random(16)
    return itertools.chain.from_iterable(malformed(rng) for _ in itertools.count())


def growth(values):
    """How much higher the last tenth is than the second one: in the first one the process has just started."""
    tenth = max(len(values) // 10, 1)
    return max(values[-tenth:]) - max(values[tenth:2 * tenth])


class Soak:
    """What is seen of an exporter over a long time."""

    def __init__(self, exporter):
        self.exporter = exporter
        self.requests = malformed_requests()
        self.seen = {key: [] for key in ("resident", "descriptors", "threads", "series")}
        self.visitors = 0

    def look(self):
        """Both forms by turns: they have the same series."""
        lines = scrape(OPENMETRICS if len(self.seen["series"]) % 2 else "text/plain").splitlines()
        size, threads = self.exporter.status("VmRSS", "Threads")
        self.seen["series"].append(sum(not line.startswith("#") for line in lines))
        self.seen["resident"].append(int(size) << 10)
        self.seen["threads"].append(int(threads))
        self.seen["descriptors"].append(len(os.listdir(f"/proc/{self.exporter.process.pid}/fd")))

    def disturb(self, stress):
        """A malformed request; and a device comes, maps, is seen, and goes."""
        send_raw(PORT, next(self.requests))
        stress("device-add")
        stress("start", device=VISITOR, cpu=self.visitors % os.cpu_count(), sizes=512, pairs=PAIRS)
        stress("wait")
        equal("maps of a new device", of(self.exporter.later(), "device_maps_total", device=f"swiotlb_stress.{VISITOR}"), PAIRS)
        stress("device-del", id=VISITOR)
        equal("maps of those that are gone", of(self.exporter.later(), "device_maps_total", device="(other)"), PAIRS * (self.visitors + 1))
        self.visitors += 1

    def run(self, stress):
        """For as long as was asked for."""
        began = time.monotonic()
        second = disturbed = 0
        while second < SECONDS:
            if second >= disturbed:
                disturbed = second + EVERY
                self.disturb(stress)
                print(f"{second} s: {({key: values[-1:] for key, values in self.seen.items()})}", flush=True)
            self.look()
            second = int(time.monotonic() - began) + 1
            time.sleep(max(began + second - time.monotonic(), 0))

    def course(self):
        return {key: {"first": values[0], "max": max(values), "last": values[-1], "growth": growth(values)}
                for key, values in self.seen.items()}


def compare(shown, truth, visitors):
    """(maps that the module made, maps that are shown, difference of all figures), of all devices of the module."""
    made = {"maps": PAIRS * visitors, "unmaps": PAIRS * visitors, "map_bytes": 512 * PAIRS * visitors, "live": 0}
    names = ["(other)"]
    for number in (0, 1):
        names.append(f"swiotlb_stress.{number}")
        made = {key: value + truth[number][key] for key, value in made.items()}
    seen = {key: sum(of(shown, f"device_{metric}", device=name) for name in names)
            for metric, key in (("maps_total", "maps"), ("unmaps_total", "unmaps"), ("bytes_total", "map_bytes"), ("live", "live"))}
    return made["maps"], seen["maps"], sum(abs(seen[key] - made[key]) for key in made)


@kernels("static spins")
def test_export():
    """An exporter that is scraped each second, under load, with devices that come and go, and with malformed requests."""
    with Stress() as stress:
        stress("device-add", count=2)
        with Exporter() as exporter:
            soak = Soak(exporter)
            for number in (0, 1):
                stress("start", device=number, cpu=number, sizes="512,4096", pairs=0, hold=HELD, rate=RATE)
            soak.run(stress)
            stress("stop")
            shown = exporter.later()
            made, seen, difference = compare(shown, stress.truth(), soak.visitors)
            say("export", {
                "release": os.uname().release, "seconds": SECONDS, "scrapes": of(shown, "exporter_scrapes_total"),
                "samples": of(shown, "exporter_samples_total"), "cpu_seconds": shown["process_cpu_seconds_total", ()],
                "visitors": soak.visitors, "course": soak.course(), "made": made, "seen": seen, "difference": difference,
                "losses": {dict(labels)["cause"]: value for (name, labels), value in shown.items()
                           if name == "swiotlb_loss_total" and value},
                "errors": [dict(labels)["id"] for (name, labels), value in shown.items()
                           if name == "swiotlb_finding" and value and dict(labels)["severity"] == "error"],
            })
