# SPDX-License-Identifier: GPL-2.0-only
"""The kernels that guests boot, a row each, and the features that scenarios and tests tell them apart by.

    blocks          device blocks, device pools, switchable faults, areas in debugfs: our patches
    restricts       the stress module can give a device a restricted pool
    stock           a kernel of Debian, with modules
    static, grows   whether the default pool keeps its size
    spins, sleeps   how a spinlock is waited for (PREEMPT_RT: asleep)
    lazy            tasks are preempted lazily
    later           than 6.1, which the patched kernel is made from
    inlines         has spinlocks without a function to take or release one, so that holds are not seen
    foreign         of another machine than x86_64, so that a guest takes minutes
    usual           takes part in each scenario of `make test` that it has the other features for

A kernel's own name is a feature too. A kernel that is not usual is there for the scenarios that name what it alone has;
those for usual kernels belong to `make test-all` there. On a foreign one, scenarios that do not say `foreign` are booted by
hand only. No kernel has `by-hand`: scenarios that need it are booted by hand only.
"""

KERNELS = {
    "patched": "usual blocks static spins",
    "6.1": "usual stock static spins",
    "6.1-rt": "stock static sleeps",
    "6.12": "usual stock static spins later",
    "7.3": "stock static spins later lazy",
    "7.3-rt": "stock static sleeps later",
    "7.3-patched": "blocks restricts grows spins later lazy",
    "6.1-arm64": "foreign stock static spins inlines",
    "7.3-arm64": "foreign stock static spins later lazy",
}


def features(kernel):
    return {kernel, *KERNELS[kernel].split()}


def fits(found, *needs):
    """Whether all words of one of NEEDS are among the features found: fits(features("6.12"), "blocks", "stock later")."""
    return any(set(need.split()) <= found for need in needs)
