/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/html_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/level.h"
#include "views/columns.h"
#include "views/phrases.h"
#include "views/values.h"

/* Time waited for a lock, ns a second, as millionths of a CPU. */
#define NS_PER_PPM 1000.0

/*
 * Waits over time
 */

static bool area_wait(const struct html *h, const void *context, size_t row,
		      size_t point, double *value)
{
	const struct pool *pool = context;
	const struct timeline_track *track =
		timeline_track(h->timeline, "lock.wait.total", pool->id,
			       pool->areas[row].index);

	if (!track || !timeline_value(h->timeline, track, point, value))
		return false;
	*value /= NS_PER_PPM;
	return true;
}

/* Unknown where it is unknown of any area: a part is no sum. */
static bool pool_wait(const struct html *h, const void *context, size_t row,
		      size_t point, double *value)
{
	const struct pool *pool = context;
	double sum = 0, part;

	(void)row;
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		if (!area_wait(h, context, i, point, &part))
			return false;
		sum += part;
	}
	*value = sum;
	return true;
}

static char *wait_text(const struct html *h, const void *context, double value,
		       char *text, size_t len)
{
	(void)h;
	(void)context;
	snprintf(text, len, "%s of a CPU", SHARE((uint64_t)value));
	return text;
}

static void put_wait_charts(struct html *h, const struct pool *pool)
{
	char title[NAME_LEN + 80];
	struct chart chart = {
		.title = title,
		.rows = 1,
		.peak = -1,
		.value = pool_wait,
		.name = chart_pool_name,
		.text = wait_text,
		.axis = format_share,
		.context = pool,
	};

	chart.top = chart_highest(h, &chart);
	snprintf(title, sizeof(title),
		 "Pool %s: time waited for its locks, as a share of one CPU",
		 pool->name);
	chart_line(h, &chart);
	if (pool->nr_areas < 2)
		return;
	chart.rows = pool->nr_areas > CHART_MAX_ROWS ? CHART_MAX_ROWS
						     : pool->nr_areas;
	chart.value = area_wait;
	chart.name = chart_area_name;
	chart.top = chart_highest(h, &chart);
	snprintf(title, sizeof(title),
		 "Pool %s: the same by area, as a share of one CPU",
		 pool->name);
	chart_heat(h, &chart);
}

/*
 * How long waits were
 */

static void put_bucket(struct html *h, const struct histogram *waits,
		       unsigned int bucket, uint64_t most)
{
	uint64_t count = waits->count[bucket];
	char text[UNIT_TEXT_LEN + 2];

	html_put(h, "<tr><th scope=\"row\" class=\"n\">");
	html_text(h, bucket_text(bucket, false, text, sizeof(text)));
	html_put(h,
		 "</th><td><svg class=\"bar\" viewBox=\"0 0 1000 10\" "
		 "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		 "<rect class=\"part\" width=\"%.0f\" height=\"10\"/></svg>"
		 "</td><td class=\"n\" data-v=\"%" PRIu64 "\">%" PRIu64
		 "</td><td class=\"n\">",
		 (double)count * 1e3 / (double)most, count, count);
	html_text(h, PERCENT(count, histogram_total(waits)));
	html_put(h, "</td></tr>\n");
}

static void put_histogram(struct html *h, const struct pool *pool,
			  const struct waits *waits)
{
	unsigned int first, last, id = ++h->tables;
	uint64_t most = 0;
	char text[PHRASE_LEN];

	if (!histogram_used(&waits->wait, &first, &last))
		return;
	for (unsigned int i = first; i <= last; i++)
		if (waits->wait.count[i] > most)
			most = waits->wait.count[i];
	html_put(h,
		 "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
		 "aria-labelledby=\"t%u\">\n<table class=\"histogram\" "
		 "data-about=\"waits\">\n<caption id=\"t%u\">",
		 id, id);
	html_say(h, "How long CPUs waited for locks of ");
	html_text(h, waits_text(pool->name, waits, text, sizeof(text)));
	html_put(h, "</caption>\n<thead><tr><th scope=\"col\" class=\"n\">"
		    "waited</th><th scope=\"col\">waits</th>"
		    "<th scope=\"col\" class=\"n\">count</th>"
		    "<th scope=\"col\" class=\"n\">share</th></tr></thead>\n"
		    "<tbody>\n");
	for (unsigned int i = first; i <= last; i++)
		put_bucket(h, &waits->wait, i, most);
	html_put(h, "</tbody>\n</table>\n</div>\n");
}

static struct waits waits_of(const struct pool *pool)
{
	struct waits sum = { 0 };

	for (unsigned int i = 0; i < pool->nr_areas; i++)
		waits_add(&sum, &pool->areas[i].locks);
	return sum;
}

/*
 * Holds and callers
 */

static void put_holds(struct html *h)
{
	const char *missing = snapshot_level_missing(h->snap, LEVEL_HOLDS);
	const struct area gone = { .holds = h->snap->gone_holds };
	const struct column *columns = report_hold_columns;

	if (!(h->snap->levels & LEVEL_HOLDS))
		return;
	html_put(h, "<h3>How long locks were held</h3>\n");
	if (missing) {
		html_unknown(h, missing);
		return;
	}
	html_table(h, "holds", columns,
		   "Times that the areas' locks were held");
	for (size_t i = 0; i < h->snap->nr_pools; i++) {
		const struct pool *pool = &h->snap->pools[i];

		for (unsigned int j = 0; j < pool->nr_areas; j++)
			if (pool->areas[j].holds.acquisitions)
				html_row(h, columns,
					 &(struct row){
						 .pool = pool,
						 .area = &pool->areas[j] });
	}
	if (gone.holds.acquisitions)
		html_row(h, columns, &(struct row){ .area = &gone });
	html_table_end(h);
}

static void put_callers(struct html *h)
{
	const char *missing = snapshot_level_missing(h->snap, LEVEL_CALLERS);

	if (!(h->snap->levels & LEVEL_CALLERS))
		return;
	html_put(h, "<h3>Who waited</h3>\n");
	if (missing) {
		html_unknown(h, missing);
		return;
	}
	if (!h->snap->nr_callers) {
		html_line(h, "", "Nobody.");
		return;
	}
	html_table(h, "callers", caller_columns,
		   "Devices and code that waited, the longest in sum first");
	for (size_t i = 0; i < h->snap->nr_callers; i++) {
		const struct wait_caller *caller = &h->snap->callers[i];

		html_row(h, caller_columns,
			 &(struct row){ .caller = caller,
					.pool = snapshot_pool(
						h->snap, caller->pool_id) });
		html_row_stack(h, caller_columns, &caller->stack);
	}
	html_table_end(h);
}

static void put_waits(struct html *h)
{
	const struct waits *gone = &h->snap->gone_waits;
	bool any = gone->contended;
	char text[PHRASE_LEN];

	for (size_t i = 0; i < h->snap->nr_pools; i++) {
		const struct pool *pool = &h->snap->pools[i];
		struct waits waits = waits_of(pool);

		if (!waits.contended)
			continue;
		any = true;
		put_histogram(h, pool, &waits);
		if (chart_possible(h) && pool->kind != POOL_TRANSIENT)
			put_wait_charts(h, pool);
	}
	if (!any)
		html_line(h, "", "Nobody waited for the lock of an area.");
	if (gone->contended)
		html_line(h, "", "%s",
			  waits_text("pools that are gone", gone, text,
				     sizeof(text)));
}

void html_waits(struct html *h)
{
	const char *missing = snapshot_level_missing(h->snap, LEVEL_LOCKS);

	html_section(h, "waits", "Lock waits");
	if (missing)
		html_unknown(h, missing);
	else
		put_waits(h);
	put_callers(h);
	put_holds(h);
	html_section_end(h);
}
