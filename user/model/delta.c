/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/delta.h"

#include <string.h>

static void subtract(uint64_t *counter, uint64_t since)
{
	if (*counter >= since)
		*counter -= since;
}

/* The longest is kept for the whole session, not for an interval. */
static void limit_max(uint64_t *max, uint64_t max_before,
		      const struct histogram *interval)
{
	unsigned int bucket = HISTOGRAM_BUCKETS;
	uint64_t top;

	if (*max > max_before)
		return; /* it happened in the interval */
	while (bucket && !interval->count[bucket - 1])
		bucket--;
	top = bucket ? histogram_bucket_top(bucket - 1) : 0;
	if (top < *max)
		*max = top;
}

static void subtract_waits(struct waits *waits, const struct waits *since)
{
	if (waits->contended < since->contended ||
	    waits->tracepoint < since->tracepoint)
		return;
	waits->contended -= since->contended;
	subtract(&waits->total_ns, since->total_ns);
	waits->tracepoint -= since->tracepoint;
	histogram_subtract(&waits->wait, &since->wait);
	limit_max(&waits->max_ns, since->max_ns, &waits->wait);
}

static void subtract_holds(struct holds *holds, const struct holds *since)
{
	if (holds->acquisitions < since->acquisitions)
		return;
	holds->acquisitions -= since->acquisitions;
	subtract(&holds->total_ns, since->total_ns);
	subtract(&holds->waiters, since->waiters);
	subtract(&holds->waited_ns, since->waited_ns);
	histogram_subtract(&holds->hold, &since->hold);
	limit_max(&holds->max_ns, since->max_ns, &holds->hold);
}

/* CPUs that did nothing in the interval stay in the lists, with 0. */
static void subtract_cpus(struct area *area, const struct area *since)
{
	for (unsigned int i = 0; i < area->nr_cpu_waits; i++) {
		struct cpu_waits *cpu = &area->cpu_waits[i];
		const struct waits *waits = area_waits_of(since, cpu->cpu);

		if (waits)
			subtract_waits(&cpu->waits, waits);
	}
	for (unsigned int i = 0; i < area->nr_cpu_holds; i++) {
		struct cpu_holds *cpu = &area->cpu_holds[i];
		const struct holds *holds = area_holds_of(since, cpu->cpu);

		if (holds)
			subtract_holds(&cpu->holds, holds);
	}
}

static void subtract_area(struct area *area, const struct area *since)
{
	subtract_waits(&area->locks, &since->locks);
	subtract_holds(&area->holds, &since->holds);
	subtract_cpus(area, since);
}

static const struct pool *same_pool(const struct snapshot *snap,
				    const struct pool *pool)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (snap->pools[i].key == pool->key &&
		    snap->pools[i].id == pool->id)
			return &snap->pools[i];
	return NULL;
}

static void subtract_pools(struct snapshot *out, const struct snapshot *from)
{
	for (size_t i = 0; i < out->nr_pools; i++) {
		struct pool *pool = &out->pools[i];
		const struct pool *since = same_pool(from, pool);

		if (!since || since->nr_areas != pool->nr_areas)
			continue;
		for (unsigned int j = 0; j < pool->nr_areas; j++)
			subtract_area(&pool->areas[j], &since->areas[j]);
	}
}

/*
 * A pool that went in the interval took along what was waited for it before,
 * and that is no part of the interval.
 */
static void subtract_gone(struct snapshot *out, const struct snapshot *from)
{
	struct waits waits = from->gone_waits;
	struct holds holds = from->gone_holds;

	for (size_t i = 0; i < from->nr_pools; i++) {
		const struct pool *pool = &from->pools[i];

		if (same_pool(out, pool))
			continue;
		for (unsigned int j = 0; j < pool->nr_areas; j++) {
			waits_add(&waits, &pool->areas[j].locks);
			holds_add(&holds, &pool->areas[j].holds);
		}
	}
	subtract_waits(&out->gone_waits, &waits);
	subtract_holds(&out->gone_holds, &holds);
}

static void subtract_mappings(struct mapping_totals *totals,
			      const struct mapping_totals *since)
{
	if (totals->maps < since->maps)
		return;
	totals->maps -= since->maps;
	subtract(&totals->unmaps, since->unmaps);
	subtract(&totals->syncs, since->syncs);
	subtract(&totals->bytes, since->bytes);
	subtract(&totals->bounce_ns, since->bounce_ns);
	for (unsigned int i = 0; i < FAILURE_CAUSES; i++)
		subtract(&totals->failures[i], since->failures[i]);
}

static void subtract_devices(struct snapshot *out, const struct snapshot *from)
{
	for (size_t i = 0; i < out->nr_devices; i++) {
		struct device *device = &out->devices[i];
		const struct device *since = NULL;

		for (size_t j = 0; j < from->nr_devices; j++)
			if (from->devices[j].key == device->key &&
			    !strcmp(from->devices[j].name, device->name))
				since = &from->devices[j];
		if (!since || device->totals.maps < since->totals.maps)
			continue;
		subtract_mappings(&device->totals, &since->totals);
		histogram_subtract(&device->lifetime, &since->lifetime);
		histogram_subtract(&device->size, &since->size);
		subtract_waits(&device->waits, &since->waits);
	}
}

/* Callers of a pool that went in the interval are among those of gone pools. */
static bool caller_same_later(const struct wait_caller *before,
			      const struct wait_caller *caller,
			      const struct snapshot *out)
{
	struct wait_caller moved = *before;

	if (!snapshot_pool(out, moved.pool_id)) {
		moved.pool_id = -1;
		moved.area = 0;
	}
	return caller_same(&moved, caller);
}

/* Those that did not wait in the interval are left out. */
static void subtract_callers(struct snapshot *out, const struct snapshot *from)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->nr_callers; i++) {
		struct wait_caller *caller = &out->callers[i];

		for (size_t j = 0; j < from->nr_callers; j++)
			if (caller_same_later(&from->callers[j], caller, out))
				subtract_waits(&caller->waits,
					       &from->callers[j].waits);
		if (caller->waits.contended)
			out->callers[kept++] = *caller;
	}
	out->nr_callers = kept;
}

static void subtract_blocks(struct block_totals *totals,
			    const struct block_totals *since)
{
	subtract(&totals->requests, since->requests);
	subtract(&totals->releases, since->releases);
	subtract(&totals->failed, since->failed);
	subtract(&totals->failed_with_room, since->failed_with_room);
	subtract(&totals->allocated, since->allocated);
	subtract(&totals->freed, since->freed);
}

static void subtract_losses(struct snapshot *out, const struct snapshot *from)
{
	for (size_t i = 0; i < out->nr_losses; i++)
		for (size_t j = 0; j < from->nr_losses; j++)
			if (!strcmp(out->losses[i].cause,
				    from->losses[j].cause))
				subtract(&out->losses[i].count,
					 from->losses[j].count);
}

int snapshot_delta(const struct snapshot *from, const struct snapshot *to,
		   struct snapshot *out)
{
	int err = snapshot_copy(out, to);

	if (err)
		return err;
	subtract_pools(out, from);
	subtract_gone(out, from);
	subtract_blocks(&out->blocks, &from->blocks);
	subtract_mappings(&out->mappings, &from->mappings);
	subtract_devices(out, from);
	subtract_callers(out, from);
	subtract_losses(out, from);
	out->window.start_ns = from->window.start_ns + from->window.duration_ns;
	out->window.duration_ns = to->taken_ns > from->taken_ns
					  ? to->taken_ns - from->taken_ns
					  : 0;
	return 0;
}
