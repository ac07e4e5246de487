/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"
#include "model/sizing.h"

#include "model/derived.h"

/* A request of half a segment or more no longer fits. */
#define FRAGMENTED_RUN (SEGMENT_SLOTS / 2)

bool check_stale_pool(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;
	const struct pool *parent = snapshot_pool(s->snap, pool->parent_id);

	add_word(f, "parent", parent ? parent->name : "unknown");
	if (counter_known(pool->used) && pool->used) {
		f->severity = SEVERITY_ERROR;
		add_figure(f, "used", UNIT_SLOTS, pool->used);
	}
	return pool->stale;
}

bool check_list_errors(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;
	uint64_t slots = 0, blocks = 0;

	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		slots += pool->areas[i].list_errors;
		blocks += pool->areas[i].blocks.list_errors;
	}
	if (blocks)
		add_figure(f, "block_errors", UNIT_COUNT, blocks);
	if (slots)
		add_figure(f, "slot_errors", UNIT_COUNT, slots);
	return slots || blocks;
}

bool check_used_drift(const struct subject *s, struct finding *f)
{
	unsigned int areas = 0;
	int64_t sum = 0;

	for (unsigned int i = 0; i < s->pool->nr_areas; i++) {
		const struct area *area = &s->pool->areas[i];

		if (!area->drift_known || !area->drift)
			continue;
		areas++;
		sum += area->drift;
	}
	add_figure(f, "areas", UNIT_COUNT, areas);
	add_figure(f, "drift", UNIT_SLOTS, sum);
	return areas;
}

/* The kernel makes room in a full pool itself, as check_grown() says. */
bool pool_grows(const struct snapshot *snap, const struct pool *pool)
{
	return snap->kernel.pools_grow &&
	       (pool->kind == POOL_DEFAULT || pool->kind == POOL_DYNAMIC);
}

bool check_nearly_full(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;

	add_figure(f, "peak", UNIT_SLOTS, pool->used_peak);
	add_figure(f, "slots", UNIT_SLOTS, pool->slots);
	add_figure(f, "used", UNIT_SLOTS, pool->used);
	return pool->kind != POOL_TRANSIENT && !pool_grows(s->snap, pool) &&
	       pool->slots && counter_known(pool->used) &&
	       counter_known(pool->used_peak) &&
	       pool->used_peak >= pool->slots * NEARLY_FULL_PERCENT / 100;
}

/* Pools of a kind that the kernel has added, if any. Return: their slots */
static uint64_t add_pools(struct finding *f, const struct snapshot *snap,
			  enum pool_kind kind, const char *pools,
			  const char *slots)
{
	unsigned int count = 0;
	uint64_t sum = 0;

	for (size_t i = 0; i < snap->nr_pools; i++) {
		if (snap->pools[i].kind != kind)
			continue;
		count++;
		sum += snap->pools[i].slots;
	}
	if (count) {
		add_figure(f, pools, UNIT_COUNT, count);
		add_figure(f, slots, UNIT_SLOTS, sum);
	}
	return sum;
}

/*
 * Pools that were made in the window for one mapping each, whether they live or
 * not. A mapping for which there was none was refused.
 *
 * Return: whether there were any
 */
static bool add_made(struct finding *f, const struct pools_made *transient)
{
	if (transient->made) {
		add_figure(f, "made", UNIT_COUNT, transient->made);
		add_figure(f, "took", UNIT_NS, transient->ns);
	}
	if (transient->failed) {
		add_figure(f, "failed", UNIT_COUNT, transient->failed);
		f->severity = SEVERITY_WARNING;
	}
	return transient->made || transient->failed;
}

bool check_grown(const struct subject *s, struct finding *f)
{
	const struct pool *pool = snapshot_default_pool(s->snap);
	uint64_t slots = pool ? pool->slots : 0;
	const uint64_t had = slots;
	int64_t size;

	add_figure(f, "slots", UNIT_SLOTS, slots);
	slots +=
		add_pools(f, s->snap, POOL_DYNAMIC, "dynamic", "dynamic_slots");
	slots += add_pools(f, s->snap, POOL_TRANSIENT, "transient",
			   "transient_slots");
	/*
	 * The kernel's own peak says better what would have done, unless it
	 * was below what there was, which had no run that was long enough.
	 */
	if (growth_size(s, &size) && (uint64_t)size > had)
		slots = (uint64_t)size;
	add_figure(f, "enough", UNIT_SLOTS, slots);
	return add_made(f, &s->snap->growth.transient) ||
	       finding_fact(f, "dynamic") || finding_fact(f, "transient");
}

static bool is_fragmented(const struct area *area)
{
	return area->busy < area->slots &&
	       area->slots - area->busy >= SEGMENT_SLOTS && !area->long_run &&
	       area->largest_free < FRAGMENTED_RUN;
}

bool check_fragmented(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;
	const struct area *worst = NULL;
	unsigned int areas = 0;

	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area *area = &pool->areas[i];

		if (!is_fragmented(area))
			continue;
		areas++;
		if (!worst || area->largest_free < worst->largest_free)
			worst = area;
	}
	if (!worst)
		return false;
	add_worst_area(f, pool, areas, worst);
	add_figure(f, "free", UNIT_SLOTS, worst->slots - worst->busy);
	add_figure(f, "largest_free", UNIT_SLOTS, worst->largest_free);
	return true;
}

/* By state alone: no mapping has to fail before. */
bool check_unreached(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;
	uint64_t devices = 0;

	for (size_t i = 0; i < s->snap->nr_bounce_devices; i++) {
		const struct bounce_device *device =
			&s->snap->bounce_devices[i];

		if (device->pool_id != pool->id ||
		    !device->bounce.unreached_slots)
			continue;
		devices++;
		add_part(f, "slots", (int64_t)device->bounce.unreached_slots,
			 device->name, i);
	}
	add_figure(f, "devices", UNIT_COUNT, (int64_t)devices);
	add_figure(f, "slots", UNIT_SLOTS, (int64_t)pool->slots);
	if (pool->end) {
		add_figure(f, "start", UNIT_BYTES, (int64_t)pool->start);
		add_figure(f, "end", UNIT_BYTES, (int64_t)pool->end);
	}
	return devices;
}

bool check_crowded(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;
	const struct area *worst = NULL;
	unsigned int areas = 0;

	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		if (!area_is_crowded(s->snap, pool, &pool->areas[i]))
			continue;
		areas++;
		if (!worst || pool->areas[i].used > worst->used)
			worst = &pool->areas[i];
	}
	if (!worst)
		return false;
	add_worst_area(f, pool, areas, worst);
	add_figure(f, "area_slots", UNIT_SLOTS, (int64_t)worst->slots);
	add_figure(f, "used", UNIT_SLOTS, (int64_t)worst->used);
	add_figure(f, "peak", UNIT_SLOTS, (int64_t)pool->used_peak);
	add_figure(f, "slots", UNIT_SLOTS, (int64_t)pool->slots);
	return true;
}

bool check_oversized(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;
	struct sizing sizing;

	if (!sizing_of(s->snap, pool, &sizing) ||
	    !sizing_is_oversized(pool, &sizing))
		return false;
	add_figure(f, "slots", UNIT_SLOTS, (int64_t)pool->slots);
	add_figure(f, "bytes", UNIT_BYTES,
		   (int64_t)pool_bytes(pool, pool->slots));
	add_figure(f, "peak", UNIT_SLOTS, (int64_t)sizing.peak);
	add_figure(f, sizing.since_boot ? "since_boot" : "watched", UNIT_NS,
		   (int64_t)sizing.over_ns);
	add_figure(f, "enough_slots", UNIT_SLOTS, (int64_t)sizing.enough);
	add_figure(f, "enough_bytes", UNIT_BYTES,
		   (int64_t)pool_bytes(pool, sizing.enough));
	return true;
}
