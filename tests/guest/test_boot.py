# SPDX-License-Identifier: GPL-2.0-only
"""What was asked for at boot, against what the kernel made of it. Each guest is booted with other arguments."""
from harness import TOOL, contains, equal, kernels, pool, read, report, tool

STATE = ("-t", "0.1", "--level", "state")


def of_boot(shown):
    return {finding["id"]: finding for finding in shown["findings"] if finding["id"].startswith("boot-")}


def booted():
    """A report, its findings about boot arguments, and the default pool's slots and areas."""
    shown = report(*STATE)
    made = pool(shown)
    got = shown["kernel"]["swiotlb"]
    equal("got", (got["got_slots"], got["got_areas"]), (made["slots"], len(made["areas"])))
    return got, of_boot(shown), (made["slots"], len(made["areas"]))


@kernels("spins")
def test_rounded():
    """swiotlb=1024,64,force"""
    asked, findings, got = booted()
    equal("asked", (asked["asked"], asked["asked_slots"], asked["asked_areas"]), ("1024,64,force", 1024, 64))
    equal("got", got, (8192, 64))
    equal("findings", list(findings), ["boot-rounded"])
    contains("text", findings["boot-rounded"]["text"], "8192 slots (16 MiB) in 64 areas")
    contains("advice", findings["boot-rounded"]["advice"], "swiotlb=8192,64", "swiotlb=1024,8")


@kernels("spins")
def test_reduced():
    """More than fits below 4 GiB, and then, in a second argument, in a unit that the kernel does not know."""
    asked, findings, (slots, areas) = booted()
    equal("asked", (asked["asked"], asked["ignored"], asked["asked_slots"], asked["force"]),
          ("2097152M", "M", 2097152, True))
    equal("half, and half of it, and so on", 2097152 % slots, 0)
    equal("findings", sorted(findings), ["boot-ignored", "boot-reduced"])
    contains("text", findings["boot-reduced"]["text"], "2097152 slots (4 GiB)", f"has {slots} (")
    contains("advice", findings["boot-reduced"]["advice"], f"swiotlb={slots},{areas},force")
    contains("text", findings["boot-ignored"]["text"], "swiotlb=2097152M", '"M"', "2097152 slots (4 GiB)")
    contains("advice", findings["boot-ignored"]["advice"], f"swiotlb={2 ** 40 // 2048 * 2}:")
    shown = report(*STATE)
    equal("the log goes back to the boot", shown["kernel_log"]["since_boot"], True)


@kernels("spins")
def test_misread():
    """swiotlb=512M,force: no force, thus no pool, and the message says so."""
    contains("command line", read("/proc/cmdline"), "swiotlb=512M,force")
    for command in ("report", "doctor"):
        done = tool(command)
        equal("exit status", done.returncode, 2)
        contains(f"{TOOL} {command}", done.stdout.replace("\n", " ") + done.stderr, "no swiotlb pool")
        contains("what to write", " ".join((done.stdout + done.stderr).split()), 'ignored "M,force"',
                 "swiotlb=262144,force")


@kernels("static spins")
def test_as_asked():
    """Nothing is said where the pool is what was asked for."""
    asked, findings, got = booted()
    equal("got", got, (asked["asked_slots"], asked["asked_areas"]))
    equal("ignored, findings", (asked["ignored"], findings), (None, {}))
