/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "model/derived.h"
#include "model/sizing.h"
#include "views/columns.h"
#include "views/phrases.h"
#include "views/values.h"

#define MAX_AREAS 16 /* JSON has all */

/* Which areas are worth a row: the most waited for, then the fullest. */
static int busier_area(const void *a, const void *b)
{
	const struct area *left = *(const struct area *const *)a;
	const struct area *right = *(const struct area *const *)b;

	if (left->locks.total_ns != right->locks.total_ns)
		return left->locks.total_ns > right->locks.total_ns ? -1 : 1;
	if (left->used_peak != right->used_peak)
		return left->used_peak > right->used_peak ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

static int area_order(const void *a, const void *b)
{
	const struct area *left = *(const struct area *const *)a;
	const struct area *right = *(const struct area *const *)b;

	return left->index < right->index ? -1 : left->index > right->index;
}

static int show_areas(const struct report *r, const struct pool *pool)
{
	unsigned int shown = pool->nr_areas;
	const struct area **order;
	struct drawn_table table;

	if (!pool->nr_areas)
		return 0;
	order = calloc(pool->nr_areas, sizeof(const struct area *));
	if (!order)
		return -ENOMEM;
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		order[i] = &pool->areas[i];
	if (shown > MAX_AREAS) {
		shown = MAX_AREAS;
		qsort(order, pool->nr_areas, sizeof(*order), busier_area);
		qsort(order, shown, sizeof(*order), area_order);
	}
	begin_table(r, report_area_columns, &table);
	for (unsigned int i = 0; i < shown; i++)
		show_row(r, &table,
			 &(struct row){ .pool = pool, .area = order[i] });
	free(order);
	if (shown < pool->nr_areas)
		pane_line(r->pane, STYLE_DIM,
			  "       %u more areas, all less busy; --format json "
			  "has them all",
			  pool->nr_areas - shown);
	return 0;
}

/* Free slots are useful only as far as a mapping fits into a run of them. */
static void show_room(const struct report *r, const struct pool *pool)
{
	uint64_t free = 0;
	uint32_t largest = 0, long_run = 0;

	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area *area = &pool->areas[i];

		long_run |= area->long_run;
		if (area->busy < area->slots)
			free += area->slots - area->busy;
		if (area->largest_free > largest)
			largest = area->largest_free;
	}
	if (pool->nr_areas)
		pane_line(r->pane, STYLE_PLAIN,
			  "       %" PRIu64
			  " slots are free now; the largest mapping that fits: "
			  "%s",
			  free,
			  long_run ? UNKNOWN_TEXT
				   : BYTES((uint64_t)largest * SLOT_BYTES));
}

/* The kernel's own peak, if it keeps one. */
static void show_since_boot(const struct report *r, const struct pool *pool)
{
	if (!counter_known(pool->used_hiwater))
		return;
	pane_line(r->pane, STYLE_PLAIN,
		  "       peak since boot, by the kernel: %" PRIu64
		  " slots (%s)",
		  pool->used_hiwater, PERCENT(pool->used_hiwater, pool->slots));
}

/* The memory that the pool takes, and how much would suffice. */
static void show_memory(const struct report *r, const struct pool *pool)
{
	struct sizing sizing;

	if (!sizing_of(r->snap, pool, &sizing))
		return;
	pane_put(r->pane, STYLE_PLAIN, "       takes %s of memory",
		 BYTES(pool_bytes(pool, pool->slots)));
	if (sizing.enough < pool->slots)
		pane_put(r->pane, STYLE_PLAIN,
			 "; %" PRIu64 " slots (%s) would do for twice the "
			 "peak %s",
			 sizing.enough, BYTES(pool_bytes(pool, sizing.enough)),
			 sizing.since_boot ? "since boot" : "of the window");
	pane_end(r->pane);
}

static void show_pool_heading(const struct report *r, const struct pool *pool)
{
	struct pane *pane = r->pane;
	const struct pool *parent = snapshot_pool(r->snap, pool->parent_id);

	pane_put(pane, STYLE_TITLE, "  %s", pool->name);
	if (pool->kind != POOL_DEFAULT)
		pane_put(pane, STYLE_PLAIN, " (%s)",
			 pool_kind_name(pool->kind));
	pane_put(pane, STYLE_PLAIN, ": %" PRIu64 " slots (%s) in %u area%s",
		 pool->slots, BYTES(pool->slots * SLOT_BYTES), pool->nr_areas,
		 plural(pool->nr_areas));
	if (parent)
		pane_put(pane, STYLE_PLAIN, " from %s", parent->name);
	if (pool->stale)
		pane_put(pane, STYLE_WARNING,
			 ", given back but still in place");
	pane_put(pane, STYLE_PLAIN, ", used %s (%s)", SLOTS(pool->used),
		 counter_known(pool->used) ? PERCENT(pool->used, pool->slots)
					   : UNKNOWN_TEXT);
	if (counter_known(pool->used))
		pane_put(pane, STYLE_PLAIN, ", peak %s (%s)",
			 SLOTS(pool->used_peak),
			 PERCENT(pool->used_peak, pool->slots));
	pane_end(pane);
}

static void show_transient(const struct report *r)
{
	char text[PHRASE_LEN];

	if (!transient_text(r->snap, text, sizeof(text)))
		return;
	pane_end(r->pane);
	pane_put(r->pane, STYLE_TITLE, "  transient");
	pane_line(r->pane, STYLE_PLAIN, ": %s", text);
}

static void show_made(const struct report *r, const char *what,
		      const struct pools_made *pools)
{
	if (!pools->made && !pools->failed)
		return;
	pane_line(r->pane, pools->failed ? STYLE_WARNING : STYLE_PLAIN,
		  "  %s in the window: %" PRIu64 " made, %s; %" PRIu64
		  " failed; %s",
		  what, pools->made, BYTES(pools->bytes), pools->failed,
		  DURATION(pools->ns));
}

/* Pools that the kernel added, and the size that would have avoided them. */
static void show_growth(const struct report *r)
{
	const struct pool_makings *growth = &r->snap->growth;
	const struct subject system = { .snap = r->snap };
	int64_t size;

	if (!growth->counted)
		return;
	show_made(r, "transient pools", &growth->transient);
	show_made(r, "dynamic pools", &growth->dynamic);
	if ((growth->transient.made || growth->dynamic.made) &&
	    growth_size(&system, &size))
		pane_line(r->pane, STYLE_PLAIN,
			  "  swiotlb=%" PRId64
			  " would have had room for all since boot",
			  size);
}

int show_pools(const struct report *r)
{
	show_title(r, "POOLS");
	if (!r->snap->nr_pools)
		pane_put(r->pane, STYLE_PLAIN, "  none");
	pane_end(r->pane);
	for (size_t i = 0; i < r->snap->nr_pools; i++) {
		if (r->snap->pools[i].kind == POOL_TRANSIENT)
			continue;
		if (i)
			pane_end(r->pane);
		show_pool_heading(r, &r->snap->pools[i]);
		if (show_areas(r, &r->snap->pools[i]))
			return -ENOMEM;
		show_room(r, &r->snap->pools[i]);
		show_since_boot(r, &r->snap->pools[i]);
		show_memory(r, &r->snap->pools[i]);
	}
	show_transient(r);
	show_growth(r);
	return 0;
}
