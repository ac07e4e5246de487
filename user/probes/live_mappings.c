// SPDX-License-Identifier: GPL-2.0-only
#include "probes/live_mappings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/tables.h"
#include "util/clock.h"

/**
 * struct likeness - what mappings have in common that are counted together
 * @device: key of their device; 0 = unknown
 * @stack: id of the stack they come from; negative = none
 * @freed: their memory has been freed
 * @unsynced: they are out of sync
 */
struct likeness {
	uint64_t device;
	int stack;
	bool freed;
	bool unsynced;
};

/**
 * struct live_class - live mappings of a pool that are counted together
 * @like: what they have in common
 * @count: how many there are
 * @slots: that they take
 * @bytes: of memory behind them
 * @first_ns: when the oldest began; with a device only, as what follows
 * @settled: how many are in the slots for certain, or have ended
 * @kept: how many began in each part of the window
 * @unowned: without a device: those that have no record at all
 */
struct live_class {
	struct likeness like;
	uint64_t count;
	uint64_t slots;
	uint64_t bytes;
	uint64_t first_ns;
	int64_t settled;
	uint64_t kept[GROWTH_PARTS];
	uint64_t unowned;
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
 * @classes: classes seen so far; there are few
 * @nr_classes: how many
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

/* Finds or makes the device of a class. */
static struct device *get_device(const struct mapping_walk *walk,
				 const struct live_class *class)
{
	struct device *device = mapping_devices_get(
		walk->live->devices, walk->snap, class->like.device);

	if (device && pool_is_own(walk->pool->kind))
		device->pool_id = walk->pool->id;
	return device;
}

static enum leak_reason leak_of(const struct live_class *class,
				const struct device *device)
{
	if (device && device->gone)
		return LEAK_DEVICE_GONE;
	return class->like.freed ? LEAK_MEMORY_FREED : LEAK_NONE;
}

/* Finds or makes the group of a class; @device: NULL when unknown */
static struct mapping_group *place_class(const struct mapping_walk *walk,
					 const struct live_class *class,
					 const struct device *device)
{
	struct mapping_group like = {
		/* Devices that are gone may have one row. */
		.device_key = device ? device->key : 0,
		.pool_id = walk->pool->id,
		.age_known = device,
		.leak = leak_of(class, device),
		.unsynced = class->like.unsynced,
	};

	if (device && walk->live->stacks)
		stack_table_get(walk->live->stacks, class->like.stack,
				&like.stack);
	if (device)
		mapping_devices_name(walk->live->devices, class->like.device,
				     like.device, sizeof(like.device));
	else
		snprintf(like.device, sizeof(like.device), "%s",
			 walk->pool->record.device);
	return get_group(walk->snap, &like);
}

static void add_to_device(const struct live_class *class, uint64_t oldest_ns,
			  struct device *device)
{
	struct mapping_totals *totals = &device->totals;

	totals->maps += class->count;
	totals->bytes += class->bytes;
	totals->live += class->count;
	totals->live_slots += class->slots;
	if (oldest_ns > totals->oldest_ns)
		totals->oldest_ns = oldest_ns;
	if (class->like.unsynced)
		totals->unsynced += class->count;
	for (unsigned int i = 0; i < GROWTH_PARTS; i++)
		device->growth.kept[i] += class->kept[i];
}

static void add_to_all(const struct live_class *class,
		       struct mapping_totals *totals)
{
	totals->live += class->count;
	totals->live_slots += class->slots;
	if (class->like.unsynced)
		totals->unsynced += class->count;
	if (!class->like.device)
		totals->unknown_age += class->count;
	totals->unowned += class->unowned;
}

static int add_class(const struct mapping_walk *walk,
		     const struct live_class *class)
{
	const uint64_t oldest_ns =
		class->like.device && walk->now > class->first_ns
			? walk->now - class->first_ns
			: 0;
	struct device *device = NULL;
	struct mapping_group *group;

	if (class->like.device) {
		device = get_device(walk, class);
		if (!device)
			return -ENOMEM;
		add_to_device(class, oldest_ns, device);
	}
	group = place_class(walk, class, device);
	if (!group)
		return -ENOMEM;
	group->count += class->count;
	group->bytes += class->bytes;
	group->slots += class->slots;
	if (oldest_ns > group->oldest_ns)
		group->oldest_ns = oldest_ns;
	add_to_all(class, &walk->snap->mappings);
	if (!walk->ended || !class->settled)
		return 0;
	return live_counts_add(walk->ended, class->like.device,
			       -class->settled);
}

/* Adds all classes to the snapshot, and ends the walk. */
static int end_walk(struct mapping_walk *walk)
{
	int error = walk->error;

	for (size_t i = 0; i < walk->nr_classes && !error; i++)
		error = add_class(walk, &walk->classes[i]);
	free(walk->classes);
	return error;
}

static bool is_like(const struct likeness *a, const struct likeness *b)
{
	return a->device == b->device && a->stack == b->stack &&
	       a->freed == b->freed && a->unsynced == b->unsynced;
}

static struct live_class *new_class(struct mapping_walk *walk,
				    const struct likeness *like)
{
	struct live_class *grown = reallocarray(
		walk->classes, walk->nr_classes + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	walk->classes = grown;
	grown += walk->nr_classes++;
	*grown = (struct live_class){ .like = *like, .first_ns = UINT64_MAX };
	return grown;
}

static struct live_class *find_class(struct mapping_walk *walk,
				     const struct likeness *like)
{
	for (size_t i = 0; i < walk->nr_classes; i++)
		if (is_like(&walk->classes[i].like, like))
			return &walk->classes[i];
	return new_class(walk, like);
}

static struct live_class *class_of(struct mapping_walk *walk,
				   const struct live_slot *slot)
{
	const bool known = SHADOW_IS_KNOWN(slot->record.device);
	const struct likeness like = {
		.device = known ? slot->record.device : 0,
		.stack = known && walk->live->stacks ? (int)slot->record.stack
						     : -1,
		.freed = slot->freed,
		.unsynced = slot->unsynced,
	};

	return find_class(walk, &like);
}

static void count_known(const struct mapping_walk *walk,
			struct live_class *class,
			const struct shadow_record *record)
{
	int part = growth_part(&walk->parts, record->at);

	class->bytes += record->size;
	class->settled += record->at < walk->live->settled_ns;
	if (record->at < class->first_ns)
		class->first_ns = record->at;
	if (part >= 0)
		class->kept[part]++;
}

static void count_mapping(const struct mapping_walk *walk,
			  struct live_class *class,
			  const struct live_slot *slot)
{
	class->count++;
	class->slots += slot->slots;
	if (class->like.device) {
		count_known(walk, class, &slot->record);
	} else {
		class->bytes += (uint64_t)slot->slots * TLB_SLOT_BYTES;
		class->unowned += !slot->record.device;
	}
}

/* Of one class, whatever that is. Stacks count when they are taken. */
static bool are_alike(const struct live_slot *a, const struct live_slot *b,
		      bool stacks)
{
	return a->record.device == b->record.device && a->freed == b->freed &&
	       a->unsynced == b->unsynced &&
	       (!stacks || a->record.stack == b->record.stack);
}

/* Most mappings are like the one before. */
static int count_mappings(struct mapping_walk *walk,
			  const struct live_slot *slots, size_t count)
{
	const bool stacks = walk->live->stacks;
	struct live_class *class = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!i || !are_alike(&slots[i], &slots[i - 1], stacks))
			class = class_of(walk, &slots[i]);
		if (!class)
			return -ENOMEM;
		count_mapping(walk, class, &slots[i]);
	}
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
	if (!error)
		error = count_mappings(walk, walk->slots, walk->nr_slots);
	walk->nr_slots = 0;
	return error;
}

static void take_mapping(uint64_t first, unsigned int slots, void *data)
{
	struct mapping_walk *walk = data;
	struct live_slot *slot;

	if (walk->error)
		return;
	slot = &walk->slots[walk->nr_slots++];
	*slot = (struct live_slot){
		.first = first,
		.slots = slots,
	};
	shadow_copy(walk->live->shadow,
		    walk->pool->record.start + (first << TLB_SHIFT), slots,
		    &slot->record);
	if (walk->nr_slots == FREED_CHUNK)
		walk->error = count_taken(walk);
}

static int count_pool(struct mapping_walk *walk)
{
	const struct known_pool *pool = walk->pool;

	walk->slots = malloc(FREED_CHUNK * sizeof(*walk->slots));
	if (!walk->slots)
		return -ENOMEM;
	slots_visit_mappings(&pool->record, pool->segments, take_mapping, walk);
	if (!walk->error)
		walk->error = count_taken(walk);
	free(walk->slots);
	return end_walk(walk);
}

static int count_left_behind(const struct shadow_record *record,
			     uint64_t address, void *data)
{
	const struct live_slot slot = {
		.slots = (record->size + TLB_SLOT_BYTES - 1) / TLB_SLOT_BYTES,
		.record = *record,
	};

	(void)address;
	return record->device & 1 ? count_mappings(data, &slot, 1) : 0;
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

	walk.error = shadow_visit_gone(live->shadow, pools, count_left_behind,
				       &walk);
	return end_walk(&walk);
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
