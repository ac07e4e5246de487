// SPDX-License-Identifier: GPL-2.0-only
#include "probes/live_mappings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/tables.h"
#include "util/clock.h"

/**
 * struct live_class - live mappings of a pool that are counted together
 * @device: key of their device; 0 = unknown
 * @stack: id of the stack they come from; negative = none
 * @freed: their memory has been freed
 * @unsynced: they are out of sync
 * @device_index: the device's place in the snapshot
 * @group_index: their group's place there
 */
struct live_class {
	uint64_t device;
	int stack;
	bool freed;
	bool unsynced;
	size_t device_index;
	size_t group_index;
};

/**
 * struct mapping_walk - a visit of all mappings of one pool
 * @live: the sources
 * @pool: the pool
 * @snap: what is filled in
 * @ended: what is filled in as well
 * @now: when the visit began
 * @parts: of the window that mappings are made in
 * @slots: mappings that are judged together, FREED_CHUNK at most
 * @nr_slots: how many
 * @classes: classes seen so far; there are few, so a mapping takes a comparison
 *	or two
 * @nr_classes: how many
 * @last: the class of the last mapping; most mappings are like their neighbour
 * @error: negative errno, of taking the mappings
 */
struct mapping_walk {
	const struct live_mappings *live;
	const struct known_pool *pool;
	struct snapshot *snap;
	struct live_counts *ended;
	uint64_t now;
	struct growth_parts parts;
	struct live_slot *slots;
	size_t nr_slots;
	struct live_class *classes;
	size_t nr_classes;
	size_t last;
	int error;
};

static struct mapping_group *get_group(struct snapshot *snap,
				       const struct mapping_group *like)
{
	struct mapping_group *grown;

	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		struct mapping_group *group = &snap->live_groups[i];

		if (group->pool_id == like->pool_id &&
		    group->age_known == like->age_known &&
		    group->leak == like->leak &&
		    group->unsynced == like->unsynced &&
		    group->device_key == like->device_key &&
		    !strcmp(group->device, like->device) &&
		    stack_same(&group->stack, &like->stack))
			return group;
	}
	grown = reallocarray(snap->live_groups, snap->nr_live_groups + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	snap->live_groups = grown;
	grown[snap->nr_live_groups] = *like;
	return &grown[snap->nr_live_groups++];
}

/* Finds or makes the device and the group of a new class. */
static int place_class(struct mapping_walk *walk, struct live_class *class)
{
	struct snapshot *snap = walk->snap;
	struct mapping_group like = {
		.device_key = class->device,
		.pool_id = walk->pool->id,
		.age_known = class->device,
		.leak = class->freed ? LEAK_MEMORY_FREED : LEAK_NONE,
		.unsynced = class->unsynced,
	}, *group;
	struct device *device = NULL;

	if (class->device) {
		device = mapping_devices_get(walk->live->devices, snap,
					     class->device);
		if (!device)
			return -ENOMEM;
		if (pool_is_own(walk->pool->kind))
			device->pool_id = walk->pool->id;
		if (device->gone)
			like.leak = LEAK_DEVICE_GONE;
		/* Devices that are gone may have one row. */
		like.device_key = device->key;
		class->device_index = device - snap->devices;
		if (walk->live->stacks)
			stack_table_get(walk->live->stacks, class->stack,
					&like.stack);
	}
	if (device)
		mapping_devices_name(walk->live->devices, class->device,
				     like.device, sizeof(like.device));
	else
		snprintf(like.device, sizeof(like.device), "%s",
			 walk->pool->record.device);
	group = get_group(snap, &like);
	if (!group)
		return -ENOMEM;
	class->group_index = group - snap->live_groups;
	return 0;
}

static bool same_class(const struct live_class *a, const struct live_class *b)
{
	return a->device == b->device && a->stack == b->stack &&
	       a->freed == b->freed && a->unsynced == b->unsynced;
}

static struct live_class *add_class(struct mapping_walk *walk,
				    const struct live_class *like)
{
	struct live_class *class;
	struct live_class *grown = reallocarray(
		walk->classes, walk->nr_classes + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	walk->classes = grown;
	class = &grown[walk->nr_classes];
	*class = *like;
	if (place_class(walk, class))
		return NULL;
	walk->last = walk->nr_classes++;
	return class;
}

static struct live_class *get_class(struct mapping_walk *walk,
				    const struct live_class *like)
{
	if (walk->nr_classes && same_class(&walk->classes[walk->last], like))
		return &walk->classes[walk->last];
	for (size_t i = 0; i < walk->nr_classes; i++) {
		if (!same_class(&walk->classes[i], like))
			continue;
		walk->last = i;
		return &walk->classes[i];
	}
	return add_class(walk, like);
}

static void count_part(const struct mapping_walk *walk, struct device *device,
		       uint64_t at)
{
	int part = growth_part(&walk->parts, at);

	if (part >= 0)
		device->growth.kept[part]++;
}

static void count_known(struct mapping_totals *totals, uint64_t bytes,
			uint64_t age, unsigned int slots)
{
	totals->maps++;
	totals->bytes += bytes;
	totals->live++;
	totals->live_slots += slots;
	if (age > totals->oldest_ns)
		totals->oldest_ns = age;
}

static bool is_settled(const struct mapping_walk *walk,
		       const struct shadow_record *record)
{
	return record->at < walk->live->settled_ns;
}

static void count_unsynced(struct mapping_walk *walk,
			   const struct live_class *class)
{
	struct snapshot *snap = walk->snap;

	snap->mappings.unsynced++;
	snap->devices[class->device_index].totals.unsynced++;
}

static struct live_class class_of(const struct mapping_walk *walk,
				  const struct live_slot *slot)
{
	struct live_class class = { .stack = -1,
				    .freed = slot->freed,
				    .unsynced = slot->unsynced };

	if (!SHADOW_IS_KNOWN(slot->record.device))
		return class;
	class.device = slot->record.device;
	if (walk->live->stacks)
		class.stack = slot->record.stack;
	return class;
}

static int count_mapping(struct mapping_walk *walk,
			 const struct live_slot *slot)
{
	const struct live_class like = class_of(walk, slot),
				*class = get_class(walk, &like);
	uint64_t bytes = (uint64_t)slot->slots * TLB_SLOT_BYTES, age = 0;
	struct snapshot *snap = walk->snap;
	struct mapping_group *group;

	if (!class)
		return -ENOMEM;
	snap->mappings.live++;
	snap->mappings.live_slots += slot->slots;
	if (class->device) {
		bytes = slot->record.size;
		age = walk->now > slot->record.at ? walk->now - slot->record.at
						  : 0;
		count_known(&snap->devices[class->device_index].totals, bytes,
			    age, slot->slots);
		count_part(walk, &snap->devices[class->device_index],
			   slot->record.at);
		if (walk->ended && is_settled(walk, &slot->record) &&
		    live_counts_add(walk->ended, class->device, -1))
			return -ENOMEM;
	} else {
		snap->mappings.unknown_age++;
		snap->mappings.unowned += !slot->record.device;
	}
	group = &snap->live_groups[class->group_index];
	group->count++;
	if (slot->unsynced)
		count_unsynced(walk, class);
	group->bytes += bytes;
	group->slots += slot->slots;
	if (age > group->oldest_ns)
		group->oldest_ns = age;
	return 0;
}

/* Those that were taken are judged together, and counted. */
static int count_taken(struct mapping_walk *walk)
{
	const struct pool_record *record = &walk->pool->record;
	int error = freed_judge(walk->live->freed, record, walk->slots,
				walk->nr_slots);

	if (!error && walk->live->unsynced)
		error = unsynced_judge(walk->live->unsynced, record,
				       walk->slots, walk->nr_slots);
	for (size_t i = 0; i < walk->nr_slots && !error; i++)
		error = count_mapping(walk, &walk->slots[i]);
	walk->nr_slots = 0;
	return error;
}

static void take_mapping(uint64_t first, unsigned int slots, void *data)
{
	struct mapping_walk *walk = data;

	if (walk->error)
		return;
	walk->slots[walk->nr_slots++] = (struct live_slot){
		.first = first,
		.slots = slots,
		.record = shadow_copy(
			walk->live->shadow,
			walk->pool->record.start + (first << TLB_SHIFT), slots),
	};
	if (walk->nr_slots == FREED_CHUNK)
		walk->error = count_taken(walk);
}

static int count_pool(struct mapping_walk *walk)
{
	const struct known_pool *pool = walk->pool;
	int error = -ENOMEM;

	walk->slots = malloc(FREED_CHUNK * sizeof(*walk->slots));
	if (walk->slots) {
		slots_visit_mappings(&pool->record, pool->segments,
				     take_mapping, walk);
		error = walk->error ? walk->error : count_taken(walk);
	}
	free(walk->slots);
	free(walk->classes);
	return error;
}

static int count_left_behind(const struct shadow_record *record,
			     uint64_t address, void *data)
{
	const struct live_slot slot = {
		.slots = (record->size + TLB_SLOT_BYTES - 1) / TLB_SLOT_BYTES,
		.record = *record,
	};

	(void)address;
	return record->device & 1 ? count_mapping(data, &slot) : 0;
}

/*
 * A pool of the device's own is found by its device only. What is mapped there
 * when the device goes can be neither found nor unmapped any more.
 */
static int count_gone_pools(const struct live_mappings *live,
			    struct pools *pools, struct snapshot *snap,
			    uint64_t now)
{
	static const struct known_pool gone = { .id = -1 };
	struct mapping_walk walk = {
		.live = live,
		.pool = &gone,
		.snap = snap,
		.now = now,
		.parts = growth_track_parts(live->track),
	};
	int error = shadow_visit_gone(live->shadow, pools, count_left_behind,
				      &walk);

	free(walk.classes);
	return error;
}

/*
 * After the slots, whose mappings count against those that have a record: a
 * mapping that ends between the two then hides one that ended before, and not
 * the other way round. Where no mapping is live, none has grown.
 */
static int count_ended(const struct live_mappings *live, struct pools *pools,
		       struct live_counts *ended)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	for (size_t i = 0; i < count; i++)
		if (!known[i].segments)
			ended->count = 0;
	return ended->count ? shadow_count_settled(live->shadow, pools,
						   live->settled_ns, ended)
			    : 0;
}

int live_mappings_count(const struct live_mappings *live, struct pools *pools,
			struct snapshot *snap, struct live_counts *ended)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);
	const uint64_t now = monotonic_ns();
	int error = 0;

	freed_begin(live->freed, now);
	if (live->unsynced)
		unsynced_begin(live->unsynced, now);
	for (size_t i = 0; i < count && !error; i++) {
		struct mapping_walk walk = { .live = live,
					     .pool = &known[i],
					     .snap = snap,
					     .ended = ended,
					     .now = now,
					     .parts = growth_track_parts(
						     live->track) };

		if (known[i].segments)
			error = count_pool(&walk);
	}
	if (!error)
		error = count_ended(live, pools, ended);
	if (!error)
		error = count_gone_pools(live, pools, snap, now);
	snap->mappings.unconfirmed = confirm_open(&live->freed->confirmation);
	if (live->unsynced)
		snap->mappings.unconfirmed +=
			confirm_open(&live->unsynced->confirmation);
	return error;
}
