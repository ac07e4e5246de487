/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/changes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

/* Standard deviations that chance alone exceeds once in 370 times. */
#define DEVIATIONS 3.0

/* Of the larger rate. */
#define LEAST_CHANGE 0.1

const char *change_kind_name(enum change_kind kind)
{
	static const char *const names[] = {
		[CHANGE_NOISE] = "noise",
		[CHANGE_REAL] = "changed",
		[CHANGE_UNKNOWN] = "unknown",
	};

	return names[kind];
}

/*
 * One figure
 */

static double seconds_of(const struct change *change, enum side side)
{
	const struct snapshot *snap = change->subject[side].snap;

	return (double)snap->window.duration_ns / (double)NS_PER_SEC;
}

/* How many events a counter is of; below 0 = that is not known. */
static double events_of(const struct change *change, enum side side)
{
	const struct field *metric = change->metric;
	const char *entity =
		subject_entity(&change->subject[side], metric->scope);

	if (metric->unit == UNIT_COUNT)
		return (double)change->value[side];
	if (metric->guard)
		return (double)*(const uint64_t *)(entity + metric->guard);
	return -1;
}

static double square(double x)
{
	return x * x;
}

/* How a count of both sides is shared if nothing has changed: by time alone. */
static bool counts_differ(const struct change *change)
{
	double a = (double)change->value[SIDE_A];
	double all = a + (double)change->value[SIDE_B];
	double part = seconds_of(change, SIDE_A) /
		      (seconds_of(change, SIDE_A) + seconds_of(change, SIDE_B));

	return square(a - all * part) >
	       square(DEVIATIONS) * all * part * (1 - part);
}

/* The variance of a sum of events whose sizes spread as widely as their mean.
 */
static double variance_of(const struct change *change, enum side side)
{
	double events = events_of(change, side);

	return events > 0 ? 2 * square(change->rate[side]) / events : 0;
}

static bool sums_differ(const struct change *change)
{
	double distance = change->rate[SIDE_A] - change->rate[SIDE_B];
	double variance =
		variance_of(change, SIDE_A) + variance_of(change, SIDE_B);

	return events_of(change, SIDE_A) < 0 ||
	       square(distance) > square(DEVIATIONS) * variance;
}

static bool rates_differ(const struct change *change)
{
	double a = change->rate[SIDE_A], b = change->rate[SIDE_B];
	double larger = a > b ? a : b, smaller = a > b ? b : a;

	if (larger - smaller <= LEAST_CHANGE * larger)
		return false;
	return change->metric->unit == UNIT_COUNT ? counts_differ(change)
						  : sums_differ(change);
}

static void compare(struct change *change)
{
	change->kind = CHANGE_REAL;
	if (change->metric->kind != KIND_COUNTER)
		return;
	for (enum side side = SIDE_A; side < SIDES; side++) {
		double seconds = seconds_of(change, side);

		if (seconds <= 0) {
			change->kind = CHANGE_UNKNOWN;
			change->reason = "a window without length has no rates";
			return;
		}
		change->rate[side] = (double)change->value[side] / seconds;
	}
	if (!rates_differ(change))
		change->kind = CHANGE_NOISE;
}

static bool same(const struct change *change)
{
	return change->metric->kind == KIND_COUNTER
		       ? change->rate[SIDE_A] == change->rate[SIDE_B]
		       : change->value[SIDE_A] == change->value[SIDE_B];
}

static int add_change(struct changes *changes, const struct change *change)
{
	struct change *grown =
		reallocarray(changes->list, changes->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	changes->list = grown;
	grown[changes->count++] = *change;
	return 0;
}

static int compare_metric(struct changes *changes, const struct field *metric,
			  const struct subject subject[SIDES])
{
	struct change change = {
		.metric = metric,
		.subject = { subject[SIDE_A], subject[SIDE_B] },
		.kind = CHANGE_UNKNOWN,
	};

	for (enum side side = SIDE_A; side < SIDES; side++) {
		change.known[side] = field_value(metric, &subject[side],
						 &change.value[side]);
		if (!change.known[side])
			change.reason =
				field_unknown_reason(metric, &subject[side]);
	}
	if (!change.known[SIDE_A] && !change.known[SIDE_B])
		return 0;
	if (change.known[SIDE_A] && change.known[SIDE_B])
		compare(&change);
	if (change.kind != CHANGE_UNKNOWN && same(&change)) {
		changes->equal++;
		return 0;
	}
	return add_change(changes, &change);
}

static int compare_metrics(struct changes *changes, enum scope scope,
			   const struct subject subject[SIDES])
{
	int err = 0;

	for_each_metric (metric)
		if (!err && metric->scope == scope)
			err = compare_metric(changes, metric, subject);
	return err;
}

/*
 * What is compared with what
 */

static int add_lone(struct changes *changes, enum side side, enum scope scope,
		    const struct subject *subject)
{
	struct lone *grown = reallocarray(changes->lone, changes->nr_lone + 1,
					  sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	changes->lone = grown;
	grown[changes->nr_lone++] = (struct lone){ side, scope, *subject };
	return 0;
}

static bool alike(enum scope scope, const void *left, const void *right)
{
	const struct pool *pool = left, *other_pool = right;
	const struct device *device = left, *other_device = right;
	const struct area *area = left, *other_area = right;

	switch (scope) {
	case SCOPE_POOL:
		return pool->kind == other_pool->kind &&
		       !strcmp(pool->name, other_pool->name) &&
		       !strcmp(pool->device, other_pool->device);
	case SCOPE_DEVICE:
		return !strcmp(device->name, other_device->name);
	default:
		return area->index == other_area->index;
	}
}

/**
 * struct items - a list of one side
 * @scope: what is in it
 * @items: them
 * @count: how many
 * @parent: whose they are
 */
struct items {
	enum scope scope;
	const char *items;
	size_t count;
	struct subject parent;
};

static const void *item_at(const struct items *items, size_t index)
{
	return items->items + index * entity_table[items->scope].size;
}

/* The same one on the other side, or NULL. */
static const void *match(const struct items *items, size_t index,
			 const struct items *others)
{
	const void *item = item_at(items, index);
	size_t before = 0;

	for (size_t i = 0; i < index; i++)
		before += alike(items->scope, item_at(items, i), item);
	for (size_t i = 0; i < others->count; i++) {
		const void *other = item_at(others, i);

		if (alike(items->scope, other, item) && !before--)
			return other;
	}
	return NULL;
}

static int compare_pair(struct changes *changes, enum scope scope,
			const struct subject subject[SIDES]);

static int compare_lists(struct changes *changes,
			 const struct items list[SIDES])
{
	const enum scope scope = list[SIDE_A].scope;
	int err = 0;

	for (size_t i = 0; !err && i < list[SIDE_A].count; i++) {
		const void *other = match(&list[SIDE_A], i, &list[SIDE_B]);
		const struct subject pair[SIDES] = {
			subject_of_item(&list[SIDE_A].parent, scope,
					item_at(&list[SIDE_A], i)),
			subject_of_item(&list[SIDE_B].parent, scope, other),
		};

		err = other ? compare_pair(changes, scope, pair)
			    : add_lone(changes, SIDE_A, scope, &pair[SIDE_A]);
	}
	for (size_t i = 0; !err && i < list[SIDE_B].count; i++) {
		const struct subject one = subject_of_item(
			&list[SIDE_B].parent, scope, item_at(&list[SIDE_B], i));

		if (!match(&list[SIDE_B], i, &list[SIDE_A]))
			err = add_lone(changes, SIDE_B, scope, &one);
	}
	return err;
}

static struct items items_of(const struct subject *subject, enum scope scope)
{
	const struct snapshot *snap = subject->snap;

	switch (scope) {
	case SCOPE_POOL:
		return (struct items){ scope, (const char *)snap->pools,
				       snap->nr_pools, *subject };
	case SCOPE_DEVICE:
		return (struct items){ scope, (const char *)snap->devices,
				       snap->nr_devices, *subject };
	default:
		return (struct items){ scope,
				       (const char *)subject->pool->areas,
				       subject->pool->nr_areas, *subject };
	}
}

static int compare_parts(struct changes *changes, enum scope scope,
			 const struct subject subject[SIDES])
{
	const struct items list[SIDES] = {
		items_of(&subject[SIDE_A], scope),
		items_of(&subject[SIDE_B], scope),
	};

	return compare_lists(changes, list);
}

static int compare_pair(struct changes *changes, enum scope scope,
			const struct subject subject[SIDES])
{
	int err = compare_metrics(changes, scope, subject);

	if (!err && scope == SCOPE_POOL)
		err = compare_parts(changes, SCOPE_AREA, subject);
	if (!err && scope == SCOPE_SYSTEM)
		err = compare_parts(changes, SCOPE_POOL, subject);
	if (!err && scope == SCOPE_SYSTEM)
		err = compare_parts(changes, SCOPE_DEVICE, subject);
	return err;
}

int changes_find(const struct interval *a, const struct interval *b,
		 struct changes *changes)
{
	const struct subject subject[SIDES] = {
		{ .snap = &a->figures },
		{ .snap = &b->figures },
	};
	int err;

	*changes = (struct changes){ .interval = { a, b } };
	err = compare_pair(changes, SCOPE_SYSTEM, subject);
	if (err)
		changes_release(changes);
	return err;
}

void changes_release(struct changes *changes)
{
	free(changes->list);
	free(changes->lone);
	memset(changes, 0, sizeof(*changes));
}

size_t changes_of_kind(const struct changes *changes, enum change_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < changes->count; i++)
		count += changes->list[i].kind == kind;
	return count;
}

const struct finding *finding_lone(const struct changes *changes,
				   enum side side, size_t index)
{
	const struct findings *others = &changes->interval[!side]->findings;
	const struct finding *finding =
		&changes->interval[side]->findings.list[index];

	for (size_t i = 0; i < others->count; i++)
		if (!strcmp(others->list[i].rule->id, finding->rule->id) &&
		    !strcmp(others->list[i].subject, finding->subject))
			return NULL;
	return finding;
}
