/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

/*
 * The rules behind the findings: rules_CONCERN.c has those of a concern, and
 * the table in findings.c their order.
 * docs/findings.md describes every one.
 */

#include "model/finding.h"

/** NEARLY_FULL_PERCENT - of its slots used, a pool or an area counts as full */
#define NEARLY_FULL_PERCENT 90

/** enum block_leak - rows of check_block_leak() */
enum block_leak {
	BLOCKS_ORPHANED, /* their device is gone: nobody can free them */
	BLOCKS_KEPT,	 /* allocated in a window that has ended */
};

/** owner_leaks() - whether a device's blocks leak: it is gone, or keeps them */
bool owner_leaks(const struct snapshot *snap, const struct block_owner *owner);

/** leak_goes_on() - whether a device's mappings grow all the time, by a leak */
bool leak_goes_on(const struct device *device);

/** pool_grows() - whether the kernel adds memory to a full pool by itself */
bool pool_grows(const struct snapshot *snap, const struct pool *pool);

/* Whether the rule applies; struct rule. */
#define RULE(name) bool check_##name(const struct subject *s, struct finding *f)

/* rules_locks.c */
RULE(contended);
RULE(stolen);

/* rules_pools.c */
RULE(list_errors);
RULE(stale_pool);
RULE(used_drift);
RULE(nearly_full);
RULE(grown);
RULE(fragmented);
RULE(unreached);
RULE(crowded);
RULE(oversized);

/* rules_audit.c */
RULE(audit_error);

/* rules_boot.c */
RULE(boot_ignored);
RULE(boot_reduced);
RULE(boot_rounded);

/* rules_blocks.c */
RULE(block_leak);
RULE(unreclaimed);
RULE(block_failed);
RULE(failed_with_room);

/* rules_mappings.c */
RULE(mapping_leak);
RULE(leak_goes_on);
RULE(mapping_growth);
RULE(wrong_unmaps);

/* rules_copies.c */
RULE(bounce_cost);
RULE(never_synced);

/* rules_failures.c */
RULE(failures);
RULE(exhausted_by_leak);
RULE(exhausted);
RULE(out_of_reach);
RULE(storm);

/* rules_kernel_log.c */
RULE(refused_before);

/* rules_hooks.c */
RULE(not_attached);
RULE(loss);

#undef RULE

#endif
