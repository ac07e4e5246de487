// SPDX-License-Identifier: GPL-2.0-only
#include "probes/refusals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/mappings.h"
#include "model/refusals.h"
#include "probes/tables.h"
#include "util/block_queues.h"

_Static_assert(ALLOC_ALIGN_UNKNOWN == ALLOC_ALIGN_NOT_KNOWN,
	       "one value for what is not known");

/* Consecutive devices of one name are merged. */
static int add_refusal(struct snapshot *snap, const struct refusal *refusal)
{
	struct refusal *grown;

	for (size_t i = 0; i < snap->nr_refusals; i++) {
		struct refusal *known = &snap->refusals[i];

		if (!refusal_same(known, refusal))
			continue;
		known->count += refusal->count;
		known->differing += known->size == refusal->size
					    ? refusal->differing
					    : refusal->count;
		return 0;
	}
	grown = reallocarray(snap->refusals, snap->nr_refusals + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snap->refusals = grown;
	grown[snap->nr_refusals++] = *refusal;
	return 0;
}

/* All 64 bits are no limit. */
static uint64_t limit_or_none(uint64_t mask)
{
	return mask == UINT64_MAX ? 0 : mask;
}

static int read_one(void *owner, const void *key, const void *value)
{
	const struct refusal_key *what = key;
	const struct refusal_record *record = value;
	struct refusal refusal = {
		.cause = what->cause,
		.from_bytes = 1ull << what->bucket,
		.count = record->count,
		.differing = record->differing,
		.size = record->size,
		.limit = record->limit,
		.min_align_mask = record->min_align_mask,
		.alloc_align_mask = record->alloc_align_mask,
		.boundary_mask = limit_or_none(record->boundary_mask),
		.reach = limit_or_none(record->reach),
	};

	snprintf(refusal.device, sizeof(refusal.device), "%s",
		 record->device.name);
	if (refusal.cause == FAILURE_OVERSIZE)
		refusal.queue_limit =
			block_queue_limit("/sys/block", refusal.device,
					  refusal.queue, sizeof(refusal.queue));
	return add_refusal(owner, &refusal);
}

static int more_often(const void *a, const void *b)
{
	const struct refusal *left = a, *right = b;

	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	if (left->cause != right->cause)
		return (int)left->cause - (int)right->cause;
	return left->from_bytes > right->from_bytes ? -1 : 1;
}

int refusals_read(const struct hash_table *table, struct snapshot *snap)
{
	int error = table_each(table, read_one, snap);

	if (snap->nr_refusals)
		qsort(snap->refusals, snap->nr_refusals,
		      sizeof(*snap->refusals), more_often);
	return error;
}
