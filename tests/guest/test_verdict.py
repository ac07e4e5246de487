# SPDX-License-Identifier: GPL-2.0-only
"""What the verdict claims where nothing was found."""
import os

from harness import contains, equal, kernels, report

LEVELS = "locks,blocks,mappings"


def verdict(*arguments):
    shown = report("-t", "0.2", "--level", *arguments)
    equal("findings", shown["findings"], [])
    return shown["verdict"]


@kernels("static spins")
def test_quiet():
    """"All quiet" only if everything was looked at; else it says what was not."""
    contains("with everything", verdict(LEVELS), "all quiet", "no failures", "no waits", "no leaked mappings", "kernel's log")
    shown = verdict("state")
    contains("without hooks", shown, "nothing found", "not checked: failures, leaked mappings", "waits (not attached")
    equal("it is quiet", "all quiet" in shown, False)
    os.rename("/dev/kmsg", "/dev/kmsg.away")
    try:
        shown = verdict(LEVELS)
    finally:
        os.rename("/dev/kmsg.away", "/dev/kmsg")
    contains("without the log", shown, "nothing found", "not checked: refusals in the kernel's log (/dev/kmsg: No such file")
