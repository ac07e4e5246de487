/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/delta.h"

#include <stdlib.h>
#include <string.h>

#include "model/gone_devices.h"
#include "model/schema.h"

/**
 * struct difference - one entity in the making
 * @out: a copy of @to, from which @from is taken off
 * @to: the later one
 * @from: the earlier one
 */
struct difference {
	char *out;
	const char *to;
	const char *from;
};

static uint64_t counter(const char *entity, uint16_t offset)
{
	return *(const uint64_t *)(entity + offset);
}

/* The upper edge of the highest bucket that has grown. */
static uint64_t highest(const struct histogram *to,
			const struct histogram *from)
{
	unsigned int bucket = HISTOGRAM_BUCKETS;

	while (bucket && to->count[bucket - 1] <= from->count[bucket - 1])
		bucket--;
	return bucket ? histogram_bucket_top(bucket - 1) : 0;
}

/* The maximum is kept for the whole session, not for an interval. */
static void limit_peak(const struct field *field, const struct difference *d)
{
	uint64_t *max = (uint64_t *)(d->out + field->offset);
	uint64_t top = highest((const void *)(d->to + field->top_of),
			       (const void *)(d->from + field->top_of));

	if (*max > counter(d->from, field->offset))
		return; /* it happened in the interval */
	if (top < *max)
		*max = top;
}

static void subtract_field(const struct field *field,
			   const struct difference *d)
{
	void *out = d->out + field->offset;
	const void *from = d->from + field->offset;

	if (field->guard &&
	    counter(d->to, field->guard) < counter(d->from, field->guard))
		return;
	if (field->top_of)
		limit_peak(field, d);
	else if (field->kind != KIND_COUNTER || !field->size)
		return;
	else if (field->type == TYPE_HISTOGRAM)
		histogram_subtract(out, from);
	else if (*(uint64_t *)out >= *(const uint64_t *)from)
		*(uint64_t *)out -= *(const uint64_t *)from;
}

static bool keyed(enum scope scope)
{
	for_each_field (field, scope)
		if (field->key)
			return true;
	return false;
}

static bool same_key(const struct field *field, const void *a, const void *b)
{
	return field->type == TYPE_TEXT ? !strcmp(a, b)
					: !memcmp(a, b, field->size);
}

static bool same_item(enum scope scope, const char *a, const char *b)
{
	for_each_field (field, scope)
		if (field->key &&
		    !same_key(field, a + field->offset, b + field->offset))
			return false;
	return true;
}

/*
 * The same item of an earlier list, or NULL. Lists keep their order, so that it
 * is mostly at @*place, behind the one that was found last.
 */
static const char *find_item(const struct field *list, const char *entity,
			     const char *item, size_t *place)
{
	const size_t size = entity_table[list->item].size;
	const size_t count = field_count(list, entity);
	const char *items = field_items(list, entity);

	for (size_t i = 0; i < count; i++) {
		size_t at = (*place + i) % count;

		if (!same_item(list->item, items + at * size, item))
			continue;
		*place = at + 1;
		return items + at * size;
	}
	return NULL;
}

static void subtract_entity(enum scope scope, const struct difference *d);

/* Items that nothing happened to in the interval stay in the list, with 0. */
static void subtract_list(const struct field *list, const struct difference *d)
{
	const size_t size = entity_table[list->item].size;
	const size_t count = field_count(list, d->to);
	char *out = field_items(list, d->out);
	const char *to = field_items(list, d->to);
	size_t place = 0;

	for (size_t n = 0; n < count; n++) {
		const struct difference item = {
			.out = out + n * size,
			.to = to + n * size,
			.from = find_item(list, d->from, to + n * size, &place),
		};

		if (item.from)
			subtract_entity(list->item, &item);
	}
}

static void subtract_entity(enum scope scope, const struct difference *d)
{
	for_each_field (field, scope) {
		if (field->type != TYPE_LIST)
			subtract_field(field, d);
		else if (keyed(field->item) && field->item != SCOPE_CALLER)
			subtract_list(field, d);
	}
}

static bool pool_lives(const struct pool *pool, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (same_item(SCOPE_POOL, (const char *)&snap->pools[i],
			      (const char *)pool))
			return true;
	return false;
}

/*
 * Waits for a pool that was removed in the interval are counted with the gone
 * pools in the newer snapshot. So that the difference has only the waits of the
 * interval, the pool counts as gone in the older snapshot (@from) as well.
 */
static void move_gone(struct snapshot *from, const struct snapshot *to)
{
	for (size_t i = 0; i < from->nr_pools; i++) {
		const struct pool *pool = &from->pools[i];

		if (pool_lives(pool, to))
			continue;
		for (unsigned int j = 0; j < pool->nr_areas; j++) {
			waits_add(&from->gone_waits, &pool->areas[j].locks);
			holds_add(&from->gone_holds, &pool->areas[j].holds);
		}
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
static void subtract_callers(struct snapshot *out, const struct snapshot *to,
			     const struct snapshot *from)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->nr_callers; i++) {
		struct wait_caller *caller = &out->callers[i];

		for (size_t j = 0; j < from->nr_callers; j++) {
			const struct difference difference = {
				.out = (char *)caller,
				.to = (const char *)&to->callers[i],
				.from = (const char *)&from->callers[j],
			};

			if (caller_same_later(&from->callers[j], caller, out))
				subtract_entity(SCOPE_CALLER, &difference);
		}
		if (caller->waits.contended)
			out->callers[kept++] = *caller;
	}
	out->nr_callers = kept;
}

/*
 * Peaks
 */

static void raise_entity(enum scope scope, char *entity, const char *before);

static void raise_list(const struct field *list, char *entity,
		       const char *before)
{
	const size_t size = entity_table[list->item].size;
	const size_t count = field_count(list, entity);
	char *items = field_items(list, entity);
	size_t place = 0;

	for (size_t i = 0; i < count; i++) {
		const char *same =
			find_item(list, before, items + i * size, &place);

		if (same)
			raise_entity(list->item, items + i * size, same);
	}
}

static void raise_entity(enum scope scope, char *entity, const char *before)
{
	for_each_field (field, scope) {
		uint64_t *peak = (uint64_t *)(entity + field->offset), earlier;

		if (field->type == TYPE_LIST && keyed(field->item))
			raise_list(field, entity, before);
		if (field->kind != KIND_PEAK || !field->size || field->top_of)
			continue;
		earlier = counter(before, field->offset);
		if (counter_known(earlier) && *peak < earlier)
			*peak = earlier;
	}
}

void snapshot_raise_peaks(struct snapshot *snap, const struct snapshot *before)
{
	raise_entity(SCOPE_SYSTEM, (char *)snap, (const char *)before);
}

int snapshot_delta(const struct snapshot *from, const struct snapshot *to,
		   struct snapshot *out)
{
	struct snapshot before = *from;
	const struct difference difference = {
		.out = (char *)out,
		.to = (const char *)to,
		.from = (const char *)&before,
	};
	int err = snapshot_copy(out, to);

	if (err)
		return err;
	move_gone(&before, to);
	err = gone_devices_before(&before, to);
	if (err) {
		snapshot_release(out);
		return err;
	}
	subtract_entity(SCOPE_SYSTEM, &difference);
	subtract_callers(out, to, from);
	if (before.devices != from->devices)
		free(before.devices);
	return 0;
}
