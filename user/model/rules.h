/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

/*
 * The rules behind the findings: rules_CONCERN.c has those of a concern,
 * rules.c what they share, and the table in findings.c their order.
 * docs/findings.md describes every one.
 */

#include "model/findings.h"

/** NEARLY_FULL_PERCENT - of its slots used, a pool or an area counts as full */
#define NEARLY_FULL_PERCENT 90

/**
 * add_finding() - begin a finding
 * @findings: the list
 * @id: name of the rule, a string that stays
 * @severity: how much it matters
 * @pool_id: the pool it is about, -1 for none
 *
 * Return: the finding, with empty texts, valid until the next one is added;
 * NULL when memory is out.
 */
struct finding *add_finding(struct findings *findings, const char *id,
			    enum severity severity, int pool_id);

/** append_text() - add to a text of a finding; what does not fit is cut */
void append_text(char *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** owner_leaks() - whether a device's blocks leak: it is gone, or keeps them */
bool owner_leaks(const struct snapshot *snap, const struct block_owner *owner);

/** leak_goes_on() - whether a device's mappings grow all the time, by a leak */
bool leak_goes_on(const struct device *device);

/** pool_grows() - whether the kernel adds memory to a full pool by itself */
bool pool_grows(const struct snapshot *snap, const struct pool *pool);

/* Each adds a finding for each place where it applies; 0 or -ENOMEM. */
#define RULE(name)                                                             \
	int check_##name(const struct snapshot *snap, struct findings *findings)

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
RULE(unmapped_twice);
RULE(wrong_device);
RULE(wrong_size);

/* rules_failures.c */
RULE(oversize);
RULE(misaligned);
RULE(fragmented_requests);
RULE(exhausted_by_leak);
RULE(exhausted);
RULE(out_of_reach);
RULE(wrong_kind);
RULE(no_pool);
RULE(disabled_pool);
RULE(storm);

/* rules_kernel_log.c */
RULE(refused_before);

/* rules_hooks.c */
RULE(not_attached);
RULE(loss);

#undef RULE

#endif
