/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is behind a figure: holders of blocks and mappings, areas, devices. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/verdict.h"
#include "model/wrong_unmaps.h"
#include "util/units.h"

/** enum choice - which holders are listed */
enum choice {
	CHOOSE_ALL,
	CHOOSE_LEAKED,
	CHOOSE_GONE,
	CHOOSE_GROWN,
	CHOOSE_WRONG_DEVICE,
	CHOOSE_TWICE,
	CHOOSE_WRONG_SIZE,
};

/**
 * struct lister - of whom a metric's figure is a count
 * @metric: the metric
 * @list: adds them
 * @choice: which of them
 */
struct lister {
	const char *metric;
	int (*list)(struct verdict *verdict, enum choice choice);
	enum choice choice;
};

static struct culprit *add(struct verdict *verdict)
{
	struct culprit *grown;

	grown = reallocarray(verdict->culprits, verdict->nr_culprits + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	verdict->culprits = grown;
	grown += verdict->nr_culprits++;
	memset(grown, 0, sizeof(*grown));
	return grown;
}

static const char *name_or(const char *name, const char *otherwise)
{
	return *name ? name : otherwise;
}

static const char *pool_name(const struct snapshot *snap, int id)
{
	const struct pool *pool = snapshot_pool(snap, id);

	return pool ? pool->name : "unknown";
}

static void write_owner(const struct snapshot *snap,
			const struct block_owner *owner,
			struct culprit *culprit)
{
	char age[64] = "";

	if (owner->age_known)
		snprintf(age, sizeof(age), ", for %s", DURATION(owner->age_ns));
	snprintf(culprit->text, sizeof(culprit->text),
		 "%s%s: %u block%s (%s) of pool %s, area %u, from block %u%s",
		 name_or(owner->device, "an unknown device"),
		 owner->device_gone ? " (gone)" : "", owner->blocks,
		 plural(owner->blocks), BYTES(owner->blocks * BLOCK_BYTES),
		 pool_name(snap, owner->pool_id), owner->area,
		 owner->first_block, age);
	culprit->stack = owner->stack.depth ? &owner->stack : NULL;
}

static bool owner_chosen(const struct verdict *verdict,
			 const struct block_owner *owner, enum choice choice)
{
	const struct subject *worst = &verdict->worst;

	if (worst->area && (owner->pool_id != worst->pool->id ||
			    owner->area != worst->area->index))
		return false;
	return choice == CHOOSE_ALL || owner->device_gone ||
	       (choice == CHOOSE_LEAKED && worst->snap->window.ended &&
		owner->in_window);
}

static int list_owners(struct verdict *verdict, enum choice choice)
{
	const struct snapshot *snap = verdict->worst.snap;

	for (size_t i = 0; i < snap->nr_owners; i++) {
		const struct block_owner *owner = &snap->owners[i];
		struct culprit *culprit;

		if (!owner_chosen(verdict, owner, choice))
			continue;
		culprit = add(verdict);
		if (!culprit)
			return -ENOMEM;
		write_owner(snap, owner, culprit);
	}
	return 0;
}

static bool has_grown(const struct snapshot *snap, uint64_t key)
{
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].key == key)
			return snap->devices[i].totals.grown;
	return false;
}

static bool group_chosen(const struct verdict *verdict,
			 const struct mapping_group *group, enum choice choice)
{
	const struct device *device = verdict->worst.device;

	if (device && strcmp(device->name, group->device))
		return false;
	if (choice == CHOOSE_LEAKED)
		return group->leak != LEAK_NONE;
	return choice != CHOOSE_GROWN ||
	       has_grown(verdict->worst.snap, group->device_key);
}

static int list_groups(struct verdict *verdict, enum choice choice)
{
	const struct snapshot *snap = verdict->worst.snap;

	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		const struct mapping_group *group = &snap->live_groups[i];
		struct culprit *culprit;
		char age[64] = "";

		if (!group_chosen(verdict, group, choice))
			continue;
		culprit = add(verdict);
		if (!culprit)
			return -ENOMEM;
		if (group->age_known)
			snprintf(age, sizeof(age), ", oldest %s",
				 DURATION(group->oldest_ns));
		snprintf(culprit->text, sizeof(culprit->text),
			 "%s: %" PRIu64 " mapping%s (%s) in pool %s%s",
			 name_or(group->device, "an unknown device"),
			 group->count, plural(group->count),
			 BYTES(group->bytes), pool_name(snap, group->pool_id),
			 age);
		culprit->stack = group->stack.depth ? &group->stack : NULL;
	}
	return 0;
}

static enum unmap_fault fault_of(enum choice choice)
{
	return choice == CHOOSE_WRONG_DEVICE ? UNMAP_WRONG_DEVICE
	       : choice == CHOOSE_TWICE	     ? UNMAP_TWICE
					     : UNMAP_WRONG_SIZE;
}

static int list_wrong_unmaps(struct verdict *verdict, enum choice choice)
{
	const struct snapshot *snap = verdict->worst.snap;
	const struct device *device = verdict->worst.device;

	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		const struct wrong_unmap *wrong = &snap->wrong_unmaps[i];
		struct culprit *culprit;

		if (wrong->fault != fault_of(choice) ||
		    (device && strcmp(device->name, wrong->device)))
			continue;
		culprit = add(verdict);
		if (!culprit)
			return -ENOMEM;
		wrong_unmap_text(snap, wrong, culprit->text,
				 sizeof(culprit->text));
		culprit->stack = wrong->stack.depth ? &wrong->stack : NULL;
	}
	return 0;
}

static int list_stale_pools(struct verdict *verdict, enum choice choice)
{
	const struct snapshot *snap = verdict->worst.snap;

	(void)choice;
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];
		struct culprit *culprit;

		if (!pool->stale)
			continue;
		culprit = add(verdict);
		if (!culprit)
			return -ENOMEM;
		snprintf(culprit->text, sizeof(culprit->text),
			 "%s: pool of %s, from pool %s, given back",
			 pool->device, BYTES(pool->slots * SLOT_BYTES),
			 pool_name(snap, pool->parent_id));
	}
	return 0;
}

/*
 * Any other figure: the parts that it is a sum of
 */

static int add_part(struct verdict *verdict, const struct field *part,
		    const struct subject *subject)
{
	char who[2 * NAME_LEN + 32], figure[UNIT_TEXT_LEN];
	struct culprit *culprit;
	int64_t value;

	if (!field_value(part, subject, &value) || !value)
		return 0;
	culprit = add(verdict);
	if (!culprit)
		return -ENOMEM;
	snprintf(culprit->text, sizeof(culprit->text), "%s: %s",
		 subject_text(part, subject, who, sizeof(who)),
		 metric_text(part, (double)value, figure, sizeof(figure)));
	return 0;
}

static int add_areas(struct verdict *verdict, const struct field *part,
		     const struct pool *pool)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < pool->nr_areas; i++) {
		const struct subject subject = {
			.snap = verdict->worst.snap,
			.pool = pool,
			.area = &pool->areas[i],
		};

		err = add_part(verdict, part, &subject);
	}
	return err;
}

static int list_parts(struct verdict *verdict, const struct field *part)
{
	const struct snapshot *snap = verdict->worst.snap;
	int err = 0;

	for (size_t i = 0;
	     !err && part->scope == SCOPE_AREA && i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];

		if (!verdict->worst.pool || verdict->worst.pool == pool)
			err = add_areas(verdict, part, pool);
	}
	for (size_t i = 0;
	     !err && part->scope == SCOPE_DEVICE && i < snap->nr_devices; i++) {
		const struct subject subject = {
			.snap = snap,
			.device = &snap->devices[i],
		};

		err = add_part(verdict, part, &subject);
	}
	return err;
}

static const struct lister listers[] = {
	{ "block.leaked", list_owners, CHOOSE_LEAKED },
	{ "block.live", list_owners, CHOOSE_ALL },
	{ "block.orphaned", list_owners, CHOOSE_GONE },
	{ "block.stale", list_stale_pools, CHOOSE_ALL },
	{ "area.blocks.allocated", list_owners, CHOOSE_ALL },
	{ "area.blocks.orphaned", list_owners, CHOOSE_GONE },
	{ "map.leaked", list_groups, CHOOSE_LEAKED },
	{ "map.grown", list_groups, CHOOSE_GROWN },
	{ "map.live", list_groups, CHOOSE_ALL },
	{ "map.live_slots", list_groups, CHOOSE_ALL },
	{ "map.oldest", list_groups, CHOOSE_ALL },
	{ "map.wrong_device", list_wrong_unmaps, CHOOSE_WRONG_DEVICE },
	{ "map.unmapped_twice", list_wrong_unmaps, CHOOSE_TWICE },
	{ "map.wrong_size", list_wrong_unmaps, CHOOSE_WRONG_SIZE },
	{ "device.wrong_device", list_wrong_unmaps, CHOOSE_WRONG_DEVICE },
	{ "device.unmapped_twice", list_wrong_unmaps, CHOOSE_TWICE },
	{ "device.wrong_size", list_wrong_unmaps, CHOOSE_WRONG_SIZE },
	{ "device.leaked", list_groups, CHOOSE_LEAKED },
	{ "device.grown", list_groups, CHOOSE_GROWN },
	{ "device.live", list_groups, CHOOSE_ALL },
	{ "device.live_slots", list_groups, CHOOSE_ALL },
	{ "device.oldest", list_groups, CHOOSE_ALL },
};

/* The figure may be wrong for lack of something: there is none to blame. */
static bool too_low(const struct verdict *verdict)
{
	return verdict->assertion->comparison == COMPARE_GREATER ||
	       verdict->assertion->comparison == COMPARE_AT_LEAST;
}

int verdict_culprits(struct verdict *verdict)
{
	const struct field *metric = verdict->assertion->metric;
	const struct field *part = metric_part(metric);

	if (!verdict->measured || verdict->outcome != OUTCOME_VIOLATED ||
	    too_low(verdict))
		return 0;
	for (size_t i = 0; i < sizeof(listers) / sizeof(listers[0]); i++)
		if (!strcmp(listers[i].metric, metric->metric))
			return listers[i].list(verdict, listers[i].choice);
	return part ? list_parts(verdict, part) : 0;
}
