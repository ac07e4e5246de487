/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"
#include "util/units.h"

/*
 * Growth that goes on is a leak where the device's other mappings come and go:
 * those that ended lived a much shorter time than what is left of the first
 * parts of the window. Of a slow ring nothing so young ends.
 */
bool leak_goes_on(const struct device *device)
{
	uint64_t part = device->growth.over_ns / GROWTH_PARTS;

	return growth_goes_on(&device->growth) &&
	       histogram_total(&device->lifetime) > device->growth.grown &&
	       histogram_quantile(&device->lifetime, 500, UINT64_MAX) < part;
}

bool check_mapping_leak(const struct subject *s, struct finding *f)
{
	const struct snapshot *snap = s->snap;

	add_figure(f, "leaked", UNIT_COUNT, snap->mappings.leaked);
	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		const struct mapping_group *group = &snap->live_groups[i];

		if (group->leak)
			add_part(f, leak_reason_name(group->leak), group->count,
				 group->device, group->leak);
	}
	return snap->mappings.counted && snap->mappings.leaked;
}

bool check_wrong_unmaps(const struct subject *s, struct finding *f)
{
	const struct snapshot *snap = s->snap;
	const enum unmap_fault fault = f->rule->which;
	uint64_t count = snap->mappings.wrong[fault];

	add_figure(f, "unmaps", UNIT_COUNT, count);
	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		const struct wrong_unmap *wrong = &snap->wrong_unmaps[i];

		if (wrong->fault == fault && wrong->count)
			add_part(f, "unmaps", wrong->count, wrong->device, i);
	}
	return snap->mappings.counted && count;
}

/* By how many a device's mappings grew, and over which time. */
static void add_growth(struct finding *f, const struct device *device)
{
	add_figure(f, "grown", UNIT_COUNT, device->totals.grown);
	add_figure(f, "over", UNIT_NS, device->growth.over_ns);
}

/* When the device's pool is full, if its mappings go on to grow as they did. */
static void add_time_left(struct finding *f, const struct snapshot *snap,
			  const struct device *device)
{
	const struct pool *pool = snapshot_pool(snap, device->pool_id);
	uint64_t per_hour = growth_per_hour(&device->growth);
	uint64_t slots, left;

	if (!pool || !counter_known(pool->used) || !device->totals.live_slots ||
	    !device->totals.live || !per_hour || pool->used >= pool->slots)
		return;
	slots = (device->totals.live_slots + device->totals.live - 1) /
		device->totals.live;
	left = (pool->slots - pool->used) / slots;
	add_word(f, "pool", pool->name);
	add_figure(f, "full_in", UNIT_NS, left * 3600 / per_hour * NS_PER_SEC);
	if (pool_grows(snap, pool))
		add_word(f, "then", "grows");
}

bool check_leak_goes_on(const struct subject *s, struct finding *f)
{
	const struct device *device = s->device;

	if (!leak_goes_on(device))
		return false;
	add_figure(f, "per_hour", UNIT_COUNT, growth_per_hour(&device->growth));
	add_growth(f, device);
	add_time_left(f, s->snap, device);
	return true;
}

/*
 * The oldest mapping of a ring is the next one that ends. One in a hundred of
 * those that ended had lived as long as any that is live.
 */
static bool all_come_and_go(const struct device *device)
{
	uint64_t oldest = device->totals.oldest_ns;

	return oldest && histogram_total(&device->lifetime) &&
	       oldest <= histogram_quantile(&device->lifetime, 990, UINT64_MAX);
}

/*
 * Mappings that stay, of a device of which none ended since, or which are about
 * as many as it grew by. Else it is a queue that was filled: a ring has many
 * that stay for long, and its level stays as well.
 */
static bool is_growth(const struct device *device)
{
	const struct growth *growth = &device->growth;
	uint64_t kept = 0;

	if (!growth->grown || leak_goes_on(device) || all_come_and_go(device))
		return false;
	for (unsigned int i = 0; i + 1 < GROWTH_PARTS; i++)
		kept += growth->kept[i];
	return !growth->late_ends ||
	       (!growth->flat && kept && growth->grown >= kept / 2);
}

bool check_mapping_growth(const struct subject *s, struct finding *f)
{
	add_growth(f, s->device);
	add_figure(f, "live", UNIT_COUNT, s->device->totals.live);
	return is_growth(s->device);
}
