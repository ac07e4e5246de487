/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/html_parts.h"

#include <stdio.h>

#include "views/columns.h"
#include "views/phrases.h"
#include "views/values.h"

/* The table has all pools, and the page need not be endless. */
#define MAX_CHARTS 8

#define PPM 1e6

/* Transient pools are many and short-lived: a sentence says how many. */
static bool is_shown(const struct pool *pool)
{
	return pool->kind != POOL_TRANSIENT;
}

static size_t shown_pools(const struct snapshot *snap)
{
	size_t count = 0;

	for (size_t i = 0; i < snap->nr_pools; i++)
		count += is_shown(&snap->pools[i]);
	return count;
}

/*
 * Pools over time
 */

static bool pool_value(const struct html *h, const void *context, size_t row,
		       size_t point, double *value)
{
	const struct pool *pool = context;
	const struct timeline_track *track =
		timeline_track(h->timeline, "pool.used", pool->id, 0);

	(void)row;
	return track && timeline_value(h->timeline, track, point, value);
}

static char *pool_text(const struct html *h, const void *context, double value,
		       char *text, size_t len)
{
	const struct pool *pool = context;

	(void)h;
	snprintf(text, len, "%s of %s slots (%s)", COUNT((uint64_t)value),
		 COUNT(pool->slots), PERCENT((uint64_t)value, pool->slots));
	return text;
}

/* What is nearly empty is drawn larger: axis and legend say how much. */
static double halved(double top, double highest, double least)
{
	while (top / 2 >= least && top / 2 > highest * 1.1)
		top /= 2;
	return top;
}

static void put_pool_chart(struct html *h, const struct pool *pool)
{
	char title[NAME_LEN + 64];
	struct chart chart = {
		.title = title,
		.rows = 1,
		.peak = -1,
		.peak_name = "peak",
		.value = pool_value,
		.name = chart_pool_name,
		.text = pool_text,
		.axis = format_count,
		.context = pool,
	};
	double highest = chart_highest(h, &chart);

	snprintf(title, sizeof(title), "Pool %s: slots used over time",
		 pool->name);
	if (counter_known(pool->used) && counter_known(pool->used_peak)) {
		chart.peak = (double)pool->used_peak;
		if (chart.peak > highest)
			highest = chart.peak;
	}
	chart.top = halved((double)pool->slots, highest, 64);
	chart_line(h, &chart);
}

static void put_pool_charts(struct html *h)
{
	size_t count = 0;

	if (!chart_possible(h)) {
		html_line(h, "note",
			  "There is one sample alone, so nothing can be shown "
			  "over time: the figures are those at its end.");
		return;
	}
	for (size_t i = 0; i < h->snap->nr_pools && count < MAX_CHARTS; i++) {
		if (!is_shown(&h->snap->pools[i]))
			continue;
		put_pool_chart(h, &h->snap->pools[i]);
		count++;
	}
	if (count < shown_pools(h->snap))
		html_line(h, "note",
			  "%zu more pools are not drawn; the table has them.",
			  shown_pools(h->snap) - count);
	if (h->timeline->per_point > 1)
		html_line(h, "note",
			  "A point is the most that was in use at %u samples.",
			  h->timeline->per_point);
	if (h->timeline->left_out)
		html_line(h, "note",
			  "There is no course over time of some areas: more "
			  "than %d figures are not kept.",
			  TIMELINE_TRACKS);
	html_line(h, "note", "Peaks come from more samples than are drawn.");
}

void html_pools(struct html *h)
{
	const struct snapshot *snap = h->snap;
	char text[PHRASE_LEN];

	html_section(h, "pools", "Pools");
	if (!snap->nr_pools)
		html_line(h, "unknown",
			  "No pool could be read: there is none, or the "
			  "kernel does not show it.");
	if (shown_pools(snap)) {
		html_table(h, "pools", report_pool_columns,
			   "Pools at the end of the window, in slots of %s",
			   BYTES(SLOT_BYTES));
		for (size_t i = 0; i < snap->nr_pools; i++)
			if (is_shown(&snap->pools[i]))
				html_row(h, report_pool_columns,
					 &(struct row){
						 .pool = &snap->pools[i] });
		html_table_end(h);
		put_pool_charts(h);
	}
	if (transient_text(snap, text, sizeof(text)))
		html_line(h, "", "Transient: %s", text);
	html_section_end(h);
}

/*
 * Areas
 */

static bool area_value(const struct html *h, const void *context, size_t row,
		       size_t point, double *value)
{
	const struct pool *pool = context;
	const struct area *area = &pool->areas[row];
	const struct timeline_track *track =
		timeline_track(h->timeline, "area.used", pool->id, area->index);

	if (!track || !area->slots ||
	    !timeline_value(h->timeline, track, point, value))
		return false;
	*value *= PPM / (double)area->slots;
	return true;
}

static char *area_text(const struct html *h, const void *context, double value,
		       char *text, size_t len)
{
	(void)h;
	(void)context;
	return format_percent(text, len, (uint64_t)value, (uint64_t)PPM);
}

static char *area_axis(char *text, size_t len, uint64_t value)
{
	return format_percent(text, len, value, (uint64_t)PPM);
}

static void put_area_map(struct html *h, const struct pool *pool)
{
	char title[NAME_LEN + 64];
	struct chart chart = {
		.title = title,
		.rows = pool->nr_areas > CHART_MAX_ROWS ? CHART_MAX_ROWS
							: pool->nr_areas,
		.peak = -1,
		.value = area_value,
		.name = chart_area_name,
		.text = area_text,
		.axis = area_axis,
		.context = pool,
	};

	snprintf(title, sizeof(title),
		 "Pool %s: how full each area was over time", pool->name);
	chart.top = halved(PPM, chart_highest(h, &chart), PPM / 8);
	chart_heat(h, &chart);
	if (chart.rows < pool->nr_areas)
		html_line(h, "note",
			  "The first %zu of %u areas are drawn; the table has "
			  "them all.",
			  chart.rows, pool->nr_areas);
}

static void put_areas_of(struct html *h, const struct pool *pool)
{
	html_put(h, "<h3>");
	html_say(h, "Pool %s", pool->name);
	html_put(h, "</h3>\n");
	if (chart_possible(h))
		put_area_map(h, pool);
	html_table(h, "areas", report_area_columns,
		   "Areas of pool %s at the end, and waits for their locks",
		   pool->name);
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		html_row(h, report_area_columns,
			 &(struct row){ .pool = pool,
					.area = &pool->areas[i] });
	html_table_end(h);
}

void html_areas(struct html *h)
{
	bool any = false;

	html_section(h, "areas", "Areas");
	for (size_t i = 0; i < h->snap->nr_pools; i++) {
		const struct pool *pool = &h->snap->pools[i];

		if (!is_shown(pool) || !pool->nr_areas)
			continue;
		put_areas_of(h, pool);
		any = true;
	}
	if (!any)
		html_line(h, "unknown", "No pool could be read, so no area.");
	html_section_end(h);
}
