// SPDX-License-Identifier: GPL-2.0-only
#include "probes/wrong_unmaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/mappings.h"
#include "model/wrong_unmaps.h"
#include "probes/stacks.h"
#include "probes/tables.h"

/**
 * struct wrong_reading - a walk over the wrong unmaps
 * @stacks: the table of stacks
 * @snap: the snapshot
 */
struct wrong_reading {
	const struct stack_table *stacks;
	struct snapshot *snap;
};

/* A device pool lies inside another pool: the smallest one counts. */
static void place(const struct snapshot *snap, uint64_t address,
		  struct wrong_unmap *wrong)
{
	uint64_t slots = UINT64_MAX;

	wrong->pool_id = -1;
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];

		if (address < pool->start || address >= pool->end ||
		    pool->slots >= slots)
			continue;
		slots = pool->slots;
		wrong->pool_id = pool->id;
		wrong->slot = (address - pool->start) >> TLB_SHIFT;
	}
}

/* Devices of the same name that followed each other count as one. */
static int add_wrong(struct snapshot *snap, const struct wrong_unmap *wrong)
{
	struct wrong_unmap *grown;

	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		if (!wrong_unmap_same(&snap->wrong_unmaps[i], wrong))
			continue;
		snap->wrong_unmaps[i].count += wrong->count;
		return 0;
	}
	grown = reallocarray(snap->wrong_unmaps, snap->nr_wrong_unmaps + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snap->wrong_unmaps = grown;
	grown[snap->nr_wrong_unmaps++] = *wrong;
	return 0;
}

static int read_one(void *owner, const void *key, const void *value)
{
	const struct wrong_reading *reading = owner;
	const struct wrong_unmap_key *who = key;
	const struct wrong_unmap_record *record = value;
	struct wrong_unmap wrong = {
		.fault = who->kind,
		.count = record->count,
		.mapped_bytes = record->mapped_bytes,
		.unmapped_bytes = record->unmapped_bytes,
	};

	snprintf(wrong.device, sizeof(wrong.device), "%s", record->device.name);
	snprintf(wrong.mapped_by, sizeof(wrong.mapped_by), "%s",
		 record->mapped_by.name);
	place(reading->snap, record->address, &wrong);
	stack_table_get(reading->stacks, who->stack, &wrong.stack);
	return add_wrong(reading->snap, &wrong);
}

static int more_often(const void *a, const void *b)
{
	const struct wrong_unmap *left = a, *right = b;

	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return (int)left->fault - (int)right->fault;
}

int wrong_unmaps_read(const struct hash_table *table,
		      const struct stack_table *stacks, struct snapshot *snap)
{
	struct wrong_reading reading = { .stacks = stacks, .snap = snap };
	int error = table_each(table, read_one, &reading);

	if (snap->nr_wrong_unmaps)
		qsort(snap->wrong_unmaps, snap->nr_wrong_unmaps,
		      sizeof(*snap->wrong_unmaps), more_often);
	return error;
}
