// SPDX-License-Identifier: GPL-2.0-only
#include "probes/pool_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/kernel.h"
#include "probes/slots.h"

/* How often counter and slots are read until they agree. */
#define READINGS 4

static void name_pool(struct pool *pool, const struct known_pool *known)
{
	snprintf(pool->device, sizeof(pool->device), "%s",
		 known->record.device);
	if (known->kind == POOL_DEFAULT)
		snprintf(pool->name, sizeof(pool->name), "default");
	else if (known->kind == POOL_DYNAMIC || known->kind == POOL_TRANSIENT ||
		 !known->record.device[0])
		snprintf(pool->name, sizeof(pool->name), "%s-%d",
			 pool_kind_name(known->kind), known->id);
	else
		snprintf(pool->name, sizeof(pool->name), "%s",
			 known->record.device);
}

/* The kernel's own data about a pool, beside its slots. */
static uint64_t lists_bytes(const struct pools *pools,
			    const struct pool_record *record)
{
	const struct pools_request *request = pools_request(pools);

	return record->slots * request->slot_bytes +
	       (uint64_t)record->areas * request->area_bytes;
}

static int fill_pool(const struct pools *pools, struct pool *pool,
		     const struct known_pool *known)
{
	pool->id = known->id;
	pool->key = known->record.desc;
	pool->kind = known->kind;
	pool->parent_id = known->parent_id;
	pool->start = known->record.start;
	pool->end = known->record.end;
	pool->slots = known->record.slots;
	pool->lists_bytes = lists_bytes(pools, &known->record);
	pool->used_peak = known->used_peak;
	pool->total_used = POOL_COUNT_UNKNOWN;
	pool->used_hiwater = POOL_COUNT_UNKNOWN;
	if (kernel_keeps_peak()) {
		pool->total_used = known->record.total_used;
		pool->used_hiwater = known->record.used_hiwater;
	}
	pool->transient_slots = known->record.transient_slots;
	pool->blocks_known = known->record.blocks_addr != 0;
	name_pool(pool, known);

	pool->areas = calloc(known->record.areas, sizeof(*pool->areas));
	if (!pool->areas)
		return -ENOMEM;
	pool->nr_areas = known->record.areas;
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		pool->areas[i].index = i;
		pool->areas[i].slots = known->record.area_slots;
		pool->areas[i].used = known->area_used[i];
		pool->areas[i].used_peak = known->area_peak[i];
	}
	return 0;
}

/* Which slots of an area are taken, as a number that differs with them. */
static uint64_t digest_taken(const struct known_pool *known, unsigned int area)
{
	const struct pool_record *record = &known->record;
	const uint64_t first = area * record->area_slots / TLB_SEGMENT_SLOTS;
	const uint64_t end = (area + 1) * record->area_slots;
	uint64_t digest = 0;

	for (uint64_t i = first; i * TLB_SEGMENT_SLOTS < end; i++)
		for (unsigned int half = 0; half < 2; half++)
			digest = (digest ^ known->segments[i].taken[half]) *
				 0x9e3779b97f4a7c15ull;
	return digest;
}

/**
 * struct comparison - an area as the reading before saw it
 * @digest: of the slots that were taken; 0 = counter and slots agreed
 * @locked: somebody had the lock after they were read
 */
struct comparison {
	uint64_t digest;
	bool locked;
};

/*
 * Counter and slots cannot be read at once: a mapping that ends between the two
 * readings makes a difference as well. So a difference counts only when two
 * consecutive readings agree on it, with the counter as it was and the same
 * slots taken, and nobody had the lock after either of them. The counter alone
 * is not enough: under load it comes back to the same number, while each search
 * goes on behind the slots that the last one took. And a CPU that a hypervisor
 * stops while it has the lock leaves the area half updated for all readings.
 */
static void compare_area(const struct known_pool *known, struct area *area,
			 struct comparison *before)
{
	const uint64_t used = known->area_used[area->index];
	const int64_t drift = used - area->busy;
	const struct comparison now = {
		.digest = drift ? digest_taken(known, area->index) : 0,
		.locked = known->area_locked[area->index],
	};
	const bool still = area->used == used && area->drift == drift &&
			   before->digest == now.digest;

	area->used = used;
	area->drift = drift;
	area->drift_known = !drift || (still && !before->locked && !now.locked);
	*before = now;
}

static bool any_differs(const struct known_pool *known, const struct pool *pool)
{
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		if (known->area_used[i] != pool->areas[i].busy)
			return true;
	return false;
}

static bool all_known(const struct pool *pool)
{
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		if (!pool->areas[i].drift_known)
			return false;
	return true;
}

static int compare_once(struct pools *pools, struct known_pool *known,
			struct pool *pool, struct comparison *before)
{
	const struct slot_reader *reader = pools_reader(pools);
	int error = slots_read(reader, &known->record, known->segments);

	slots_count(&known->record, known->segments, pool->areas);
	if (!error)
		error = pools_read_counters(pools, known);
	if (!error && any_differs(known, pool))
		error = slots_read_locks(reader, &known->record, 0,
					 pool->nr_areas, known->area_locked);
	for (unsigned int i = 0; i < pool->nr_areas && !error; i++)
		compare_area(known, &pool->areas[i], &before[i]);
	return error;
}

static int compare_drift(struct pools *pools, struct known_pool *known,
			 struct pool *pool)
{
	struct comparison *before = calloc(pool->nr_areas, sizeof(*before));
	int error = 0;

	if (!known->segments)
		known->segments = calloc(slots_segments(&known->record),
					 sizeof(*known->segments));
	if (!known->segments || !before)
		error = -ENOMEM;
	for (int reading = 0; reading < READINGS && !error; reading++) {
		error = compare_once(pools, known, pool, before);
		if (all_known(pool))
			break;
	}
	free(before);
	if (error == -ENOMEM)
		return error;
	/* The one pool that is not freed while it is read. */
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		if (known->kind == POOL_DEFAULT)
			pools_saw_run(pools, pool->areas[i].long_run);
	pools_raise_peaks(known);
	return error;
}

static bool looks_damaged(const struct pool *pool)
{
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area *area = &pool->areas[i];

		if (area->list_errors || area->long_run || !area->drift_known ||
		    area->drift || area->used > area->slots)
			return true;
	}
	return false;
}

static int read_pool(struct pools *pools, struct known_pool *known,
		     struct snapshot *snap)
{
	struct pool *pool = &snap->pools[snap->nr_pools];
	int error = fill_pool(pools, pool, known);
	bool gone = false;

	if (error)
		return error;
	snap->nr_pools++;
	error = compare_drift(pools, known, pool);
	if (error == -EFAULT) {
		gone = true;
		error = 0;
	} else if (!error && known->kind != POOL_DEFAULT &&
		   looks_damaged(pool)) {
		error = pools_has_gone(pools, known, &gone);
	}
	if (gone) {
		/* As if it had not been there, its mappings neither. */
		free(pool->areas);
		memset(pool, 0, sizeof(*pool));
		snap->nr_pools--;
		free(known->segments);
		known->segments = NULL;
		return error;
	}
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		pool->areas[i].used_peak = known->area_peak[i];
	pool->used_peak = known->used_peak;
	return error;
}

int pool_state_read(struct pools *pools, struct snapshot *snap)
{
	int error = pools_refresh(pools, true);
	struct known_pool *known;
	size_t count;

	if (error)
		return error;
	known = pools_known(pools, &count);
	snap->pools = calloc(count + 1, sizeof(*snap->pools));
	if (!snap->pools)
		return -ENOMEM;
	for (size_t i = 0; i < count && !error; i++)
		error = read_pool(pools, &known[i], snap);
	return error;
}
