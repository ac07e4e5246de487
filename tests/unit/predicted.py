#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the benchmark makes of boots of one pool, and how it judges what was predicted of them."""
import sys

sys.dont_write_bytecode = True
sys.path.append("tools/bench")
import predictions  # pylint: disable=wrong-import-position

SIZE = "8192x1"
# (mean time that a lock was held, mean wait of a request, peak, refused, what is predicted of the peak): boot by boot.
BOOTS = [(1500, 20, 100, 40, 101), (1000, 600, 120, 10, 90), (1000, 30, 110, 30, 130), (1900, 900, 150, 20, 95)]
FASTEST = 2
REQUESTS = 1000


def boot(held, wait, peak, refused, told):
    load = {"threads": 2, "requests": REQUESTS, "held_ns": held, "waited_ns": wait * REQUESTS, "waits": wait, "peak": peak,
            "failures": refused, "predicted": {SIZE: {"peak": told, "refused": refused, "waits": wait, "waited_ns": held}}}
    return {"loads": {"load": load}}


def case(threads, told, seen):
    """(peak, refused, waits, time waited) of each."""
    told, seen = (dict(zip(("peak", "refused", "waits", "waited_ns"), figures)) for figures in (told, seen))
    return predictions.Case("load", (8192, 1), told, {**seen, "threads": threads, "failures": seen["refused"]})


def judged(one):
    return one.peak(), one.refused(), one.has_waits(), one.waits("waits"), one.waits("waited_ns")


# What is judged, and what comes of it: peak, refusals, whether there are waits, their number, the time waited.
CASES = [
    (case(2, (98, 90, 100, 100), (100, 100, 200, 50)), (True, True, True, True, True)),
    (case(2, (97, 89, 49, 0), (100, 100, 49, 0)), (False, False, False, True, True)),
    (case(1, (102, 100, 100, 49), (100, 100, 201, 100)), (True, True, True, False, False)),
    (case(1, (103, 101, 50, 0), (100, 100, 0, 1)), (False, False, True, False, False)),
]


def equal(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: {got}, not {wanted}")


def main():
    found = predictions.of_boots([boot(*one) for one in BOOTS])["loads"]["load"]
    fastest = BOOTS[FASTEST]
    equal("waits", (found["waits"], found["waited_ns"]), (fastest[1], fastest[1] * REQUESTS))
    equal("the time waited in all boots", found["waited_ns_of_boots"], [wait * REQUESTS for wait in (30, 20, 600, 900)])
    equal("peak and refused, of which the lower median", (found["peak"], found["failures"]), (110, 20))
    equal("predicted", found["predicted"][SIZE], {"peak": 95, "refused": 20, "waits": fastest[1], "waited_ns": fastest[0]})
    for one, wanted in CASES:
        equal(f"{one.told} beside {one.seen}", judged(one), wanted)


if __name__ == "__main__":
    main()
