/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

static bool same_leak(const struct mapping_group *a,
		      const struct mapping_group *b)
{
	return a->leak == b->leak && a->device_key == b->device_key &&
	       !strcmp(a->device, b->device);
}

/*
 * Return: mappings that a device leaks for the reason of a group; 0 when it
 * leaks none, or a group before it is of the same device and reason
 */
static uint64_t leaked_mappings_to_tell(const struct snapshot *snap,
					size_t group)
{
	const struct mapping_group *this = &snap->live_groups[group];
	uint64_t count = 0;

	for (size_t i = 0; this->leak && i < snap->nr_live_groups; i++) {
		const struct mapping_group *other = &snap->live_groups[i];

		if (!same_leak(this, other))
			continue;
		if (i < group)
			return 0;
		count += other->count;
	}
	return count;
}

static void append_leak_devices(const struct snapshot *snap, char *text)
{
	unsigned int named = 0;

	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		const struct mapping_group *group = &snap->live_groups[i];
		uint64_t count = leaked_mappings_to_tell(snap, i);

		if (!count)
			continue;
		if (++named > 3) {
			append_text(text, " and others");
			break;
		}
		append_text(text, "%s%" PRIu64 " by %s%s",
			    named == 1 ? ": " : ", ", count,
			    *group->device ? group->device
					   : "an unknown device",
			    leak_reason_text(group->leak));
	}
}

int check_mapping_leak(const struct snapshot *snap, struct findings *findings)
{
	uint64_t leaked = snap->mappings.leaked;
	struct finding *f;

	if (!snap->mappings.counted || !leaked)
		return 0;
	f = add_finding(findings, "mapping-leak", SEVERITY_ERROR, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text, "%" PRIu64 " mapping%s leaked", leaked,
		    plural(leaked));
	append_leak_devices(snap, f->text);
	append_text(
		f->advice,
		"each dma_map needs its dma_unmap, on error paths too, before "
		"the memory is freed or the device goes; --stacks shows where "
		"those that were made while the tool ran come from");
	return 0;
}

/**
 * struct unmap_rule - what is said of unmaps that are wrong in one way
 * @id: of the finding
 * @what: what was seen, after their number
 * @advice: what it means and what to do
 */
struct unmap_rule {
	const char *id;
	const char *what;
	const char *advice;
};

static const struct unmap_rule unmap_rules[UNMAP_FAULTS] = {
	[UNMAP_WRONG_DEVICE] = {
		.id = "unmap-wrong-device",
		.what = "of what another device had mapped",
		.advice = "a buffer that a device may still use was given back, "
			  "and is soon somebody else's: data is corrupted; "
			  "dma_map and dma_unmap need the same device",
	},
	[UNMAP_TWICE] = {
		.id = "unmap-twice",
		.what = "of slots where nothing was mapped any more",
		.advice = "each dma_map needs just one dma_unmap: one too many "
			  "frees the buffer of whoever has the slot by then, "
			  "whose data is corrupted",
	},
	[UNMAP_WRONG_SIZE] = {
		.id = "unmap-wrong-size",
		.what = "of another size than had been mapped",
		.advice = "what the device wrote is copied back in part only, "
			  "or too much is asked for; dma_unmap needs the size "
			  "of its dma_map",
	},
};

/* Which devices did that most often, and what the first time was like. */
static void append_wrong_unmaps(const struct snapshot *snap,
				enum unmap_fault fault, char *text)
{
	unsigned int named = 0;

	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		const struct wrong_unmap *wrong = &snap->wrong_unmaps[i];

		if (wrong->fault != fault || !wrong->count)
			continue;
		if (++named > 3) {
			append_text(text, " and others");
			break;
		}
		append_text(text, "%s%" PRIu64 " by %s",
			    named == 1 ? ": " : ", ", wrong->count,
			    *wrong->device ? wrong->device
					   : "an unknown device");
		if (fault == UNMAP_WRONG_DEVICE && *wrong->mapped_by)
			append_text(text, ", mapped by %s", wrong->mapped_by);
		if (fault == UNMAP_WRONG_SIZE)
			append_text(text,
				    ", such as %" PRIu64 " instead of %" PRIu64
				    " bytes",
				    wrong->unmapped_bytes, wrong->mapped_bytes);
	}
}

static int check_wrong_unmaps(const struct snapshot *snap,
			      struct findings *findings, enum unmap_fault fault)
{
	uint64_t count = snap->mappings.wrong[fault];
	const struct unmap_rule *rule = &unmap_rules[fault];
	struct finding *f;

	if (!snap->mappings.counted || !count)
		return 0;
	f = add_finding(findings, rule->id, SEVERITY_ERROR, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text, "%" PRIu64 " unmap%s %s", count, plural(count),
		    rule->what);
	append_wrong_unmaps(snap, fault, f->text);
	append_text(f->advice, "%s; the report has the stacks", rule->advice);
	return 0;
}

int check_wrong_device(const struct snapshot *snap, struct findings *findings)
{
	return check_wrong_unmaps(snap, findings, UNMAP_WRONG_DEVICE);
}

int check_unmapped_twice(const struct snapshot *snap, struct findings *findings)
{
	return check_wrong_unmaps(snap, findings, UNMAP_TWICE);
}

int check_wrong_size(const struct snapshot *snap, struct findings *findings)
{
	return check_wrong_unmaps(snap, findings, UNMAP_WRONG_SIZE);
}

static const char *rate_text(char *text, size_t len,
			     const struct growth *growth)
{
	uint64_t per_hour = growth_per_hour(growth);

	if (per_hour >= 2 * 3600)
		snprintf(text, len, "%" PRIu64 " a second", per_hour / 3600);
	else if (per_hour >= 2 * 60)
		snprintf(text, len, "%" PRIu64 " a minute", per_hour / 60);
	else
		snprintf(text, len, "%" PRIu64 " an hour", per_hour);
	return text;
}

/* When the device's pool is full, if its mappings go on to grow as they did. */
static void append_time_left(const struct snapshot *snap,
			     const struct device *device, char *text)
{
	const struct pool *pool = snapshot_pool(snap, device->pool_id);
	uint64_t per_hour = growth_per_hour(&device->growth);
	uint64_t slots, left;

	if (!pool || !counter_known(pool->used) || !device->totals.live ||
	    !per_hour || pool->used >= pool->slots)
		return;
	slots = (device->totals.live_slots + device->totals.live - 1) /
		device->totals.live;
	left = (pool->slots - pool->used) / slots;
	append_text(text, "; pool %s is full in %s%s", pool->name,
		    DURATION(left * 3600 / per_hour * NS_PER_SEC),
		    pool_grows(snap, pool) ? ", and grows then" : "");
}

int check_leak_goes_on(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];
		char rate[64];
		struct finding *f;

		if (!leak_goes_on(device))
			continue;
		f = add_finding(findings, "mapping-leak", SEVERITY_ERROR, -1);
		if (!f)
			return -ENOMEM;
		append_text(
			f->text,
			"%s leaks %s: %" PRIu64 " mapping%s more than %s "
			"before, all the time, while others of it come and go",
			device->name,
			rate_text(rate, sizeof(rate), &device->growth),
			device->totals.grown, plural(device->totals.grown),
			DURATION(device->growth.over_ns));
		append_time_left(snap, device, f->text);
		append_text(
			f->advice,
			"each dma_map needs its dma_unmap, on error paths too; "
			"--stacks shows where what is live comes from");
	}
	return 0;
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

int check_mapping_growth(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];
		struct finding *f;

		if (!is_growth(device))
			continue;
		f = add_finding(findings, "mapping-growth", SEVERITY_WARNING,
				-1);
		if (!f)
			return -ENOMEM;
		append_text(f->text,
			    "%s has %" PRIu64 " mapping%s more than %s before, "
			    "%" PRIu64 " in all",
			    device->name, device->totals.grown,
			    plural(device->totals.grown),
			    DURATION(device->growth.over_ns),
			    device->totals.live);
		append_text(
			f->advice,
			"buffers that a driver keeps for its life, or a leak: "
			"look again in a while, or unload the driver and see "
			"what has leaked then");
	}
	return 0;
}
