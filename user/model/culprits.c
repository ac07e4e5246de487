/* SPDX-License-Identifier: GPL-2.0-only */
/* The contributors to a figure: holders of blocks and mappings, areas, devices.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/verdict.h"

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

static int add(struct verdict *verdict, const struct culprit *culprit)
{
	struct culprit *grown;

	grown = reallocarray(verdict->culprits, verdict->nr_culprits + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	verdict->culprits = grown;
	grown[verdict->nr_culprits++] = *culprit;
	return 0;
}

static const struct stack *stack_or_null(const struct stack *stack)
{
	return stack->depth ? stack : NULL;
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
	int err = 0;

	for (size_t i = 0; !err && i < snap->nr_owners; i++) {
		const struct block_owner *owner = &snap->owners[i];
		const struct culprit culprit = {
			.kind = CULPRIT_OWNER,
			.owner = owner,
			.stack = stack_or_null(&owner->stack),
		};

		if (owner_chosen(verdict, owner, choice))
			err = add(verdict, &culprit);
	}
	return err;
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
	int err = 0;

	for (size_t i = 0; !err && i < snap->nr_live_groups; i++) {
		const struct mapping_group *group = &snap->live_groups[i];
		const struct culprit culprit = {
			.kind = CULPRIT_GROUP,
			.group = group,
			.stack = stack_or_null(&group->stack),
		};

		if (group_chosen(verdict, group, choice))
			err = add(verdict, &culprit);
	}
	return err;
}

static enum unmap_fault fault_of(enum choice choice)
{
	return choice == CHOOSE_WRONG_DEVICE ? UNMAP_WRONG_DEVICE
	       : choice == CHOOSE_TWICE	     ? UNMAP_TWICE
					     : UNMAP_WRONG_SIZE;
}

static bool unmap_chosen(const struct verdict *verdict,
			 const struct wrong_unmap *wrong, enum choice choice)
{
	const struct device *device = verdict->worst.device;

	return wrong->fault == fault_of(choice) &&
	       (!device || !strcmp(device->name, wrong->device));
}

static int list_wrong_unmaps(struct verdict *verdict, enum choice choice)
{
	const struct snapshot *snap = verdict->worst.snap;
	int err = 0;

	for (size_t i = 0; !err && i < snap->nr_wrong_unmaps; i++) {
		const struct wrong_unmap *wrong = &snap->wrong_unmaps[i];
		const struct culprit culprit = {
			.kind = CULPRIT_UNMAP,
			.unmap = wrong,
			.stack = stack_or_null(&wrong->stack),
		};

		if (unmap_chosen(verdict, wrong, choice))
			err = add(verdict, &culprit);
	}
	return err;
}

static int list_stale_pools(struct verdict *verdict, enum choice choice)
{
	const struct snapshot *snap = verdict->worst.snap;
	int err = 0;

	(void)choice;
	for (size_t i = 0; !err && i < snap->nr_pools; i++) {
		const struct culprit culprit = {
			.kind = CULPRIT_STALE_POOL,
			.pool = &snap->pools[i],
		};

		if (snap->pools[i].stale)
			err = add(verdict, &culprit);
	}
	return err;
}

/*
 * Any other figure: the parts that it is a sum of
 */

static int add_part(struct verdict *verdict, const struct field *part,
		    const struct subject *subject)
{
	struct culprit culprit = {
		.kind = CULPRIT_PART,
		.part = { .figure = part, .of = *subject },
	};

	if (!field_value(part, subject, &culprit.part.value) ||
	    !culprit.part.value)
		return 0;
	return add(verdict, &culprit);
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

/* The figure violates its bound because it is too low: nobody contributes to
 * that. */
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
