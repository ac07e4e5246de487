/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/level.h"
#include "views/columns.h"
#include "views/phrases.h"
#include "views/values.h"

/* JSON has all. */
#define MAX_HISTOGRAMS 4
#define MAX_CPUS       6
#define MAX_CALLERS    10

#define MAX_BAR 32 /* columns of a histogram */

static void show_histogram(const struct report *r, const struct histogram *h)
{
	pane_put(r->pane, STYLE_PLAIN, "   ");
	pane_histogram(r->pane, h, false, MAX_BAR, HISTOGRAM_BUCKETS);
}

static void show_wait_line(const struct report *r, const char *whose,
			   const struct waits *waits)
{
	char text[PHRASE_LEN];

	pane_line(r->pane, STYLE_PLAIN, "  %s",
		  waits_text(whose, waits, text, sizeof(text)));
}

/* The CPU that waited longest among those not shown yet; NULL if all are shown.
 */
static const struct cpu_waits *longest_cpu(const struct area *area,
					   const bool *shown)
{
	const struct cpu_waits *longest = NULL;

	for (unsigned int i = 0; i < area->nr_cpu_waits; i++) {
		const struct cpu_waits *cpu = &area->cpu_waits[i];

		if (!cpu->waits.contended || shown[i])
			continue;
		if (!longest || cpu->waits.total_ns > longest->waits.total_ns)
			longest = cpu;
	}
	return longest;
}

/* Which CPUs wait most, and which of them have their home elsewhere. */
static void show_area_cpus(const struct report *r, const struct pool *pool,
			   const struct area *area)
{
	bool *shown = calloc(area->nr_cpu_waits + 1, sizeof(*shown));
	struct pane *pane = r->pane;
	const struct cpu_waits *cpu;
	struct waits foreign;

	if (!shown || !area_foreign_waits(pool, area, &foreign)) {
		free(shown);
		return;
	}
	pane_put(pane, STYLE_PLAIN, "    by CPU:");
	for (unsigned int i = 0; i < MAX_CPUS; i++) {
		cpu = longest_cpu(area, shown);
		if (!cpu)
			break;
		shown[cpu - area->cpu_waits] = true;
		pane_put(pane, STYLE_PLAIN, "%s %u%s %s (%s)", i ? "," : "",
			 cpu->cpu,
			 area_is_home(pool, area, cpu->cpu) ? "" : "*",
			 COUNT(cpu->waits.contended),
			 DURATION(cpu->waits.total_ns));
	}
	pane_put(pane, STYLE_PLAIN, "%s",
		 longest_cpu(area, shown) ? ", ..." : "");
	pane_end(pane);
	if (foreign.contended)
		pane_line(pane, STYLE_PLAIN,
			  "    * home is another area: %" PRIu64
			  " wait%s, total %s",
			  foreign.contended, plural(foreign.contended),
			  DURATION(foreign.total_ns));
	free(shown);
}

static void show_pool_waits(const struct report *r, const struct pool *pool)
{
	struct waits sum = { 0 };
	unsigned int contended = 0;
	char whose[NAME_LEN + 48];

	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		contended += pool->areas[i].locks.contended != 0;
		waits_add(&sum, &pool->areas[i].locks);
	}
	if (contended > MAX_HISTOGRAMS) {
		snprintf(whose, sizeof(whose), "pool %s, %u areas together",
			 pool->name, contended);
		show_wait_line(r, whose, &sum);
		show_histogram(r, &sum.wait);
		return;
	}
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area *area = &pool->areas[i];

		if (!area->locks.contended)
			continue;
		snprintf(whose, sizeof(whose), "pool %s, area %u", pool->name,
			 area->index);
		show_wait_line(r, whose, &area->locks);
		show_area_cpus(r, pool, area);
		show_histogram(r, &area->locks.wait);
	}
}

static void show_tracepoint(const struct report *r, const struct waits *sum)
{
	if (snapshot_level_missing(r->snap, LEVEL_TRACEPOINTS))
		return;
	pane_line(r->pane, STYLE_PLAIN,
		  "  the tracepoint lock:contention_begin saw %" PRIu64
		  " of these %" PRIu64 " waits",
		  sum->tracepoint, sum->contended);
}

void show_lock_waits(const struct report *r)
{
	const struct waits *gone = &r->snap->gone_waits;
	struct waits sum = *gone;

	show_title(r, "LOCK WAITS");
	if (r->no_locks) {
		pane_put(r->pane, STYLE_PLAIN, "  ");
		pane_wrap(r->pane, STYLE_WARNING, 12, r->no_locks);
		return;
	}
	for (size_t i = 0; i < r->snap->nr_pools; i++)
		for (unsigned int j = 0; j < r->snap->pools[i].nr_areas; j++)
			waits_add(&sum, &r->snap->pools[i].areas[j].locks);
	if (!sum.contended)
		pane_put(r->pane, STYLE_GOOD, "  none");
	pane_end(r->pane);
	for (size_t i = 0; i < r->snap->nr_pools; i++)
		show_pool_waits(r, &r->snap->pools[i]);
	if (gone->contended)
		show_wait_line(r, "pools that are gone", gone);
	show_tracepoint(r, &sum);
}

/*
 * Waiters and holders
 */

static bool same_row(const struct wait_caller *a, const struct wait_caller *b)
{
	return a->pool_id == b->pool_id && a->area == b->area &&
	       a->op == b->op && !strcmp(a->device, b->device);
}

/* If no stacks are shown, callers that differ only by stack share a row. */
static size_t merge_callers(const struct report *r, struct wait_caller *rows)
{
	size_t count = 0;

	for (size_t i = 0; i < r->snap->nr_callers; i++) {
		const struct wait_caller *caller = &r->snap->callers[i];
		size_t j = r->options->stacks ? count : 0;

		while (j < count && !same_row(&rows[j], caller))
			j++;
		if (j < count)
			waits_add(&rows[j].waits, &caller->waits);
		else
			rows[count++] = *caller;
	}
	callers_sort(rows, count);
	return count;
}

int show_callers(const struct report *r)
{
	const char *missing = snapshot_level_missing(r->snap, LEVEL_CALLERS);
	struct drawn_table table;
	struct wait_caller *rows;
	size_t count, shown;

	if (!(r->snap->levels & LEVEL_CALLERS))
		return 0;
	show_title(r, "WHO WAITS");
	pane_end(r->pane);
	if (r->no_locks || missing) {
		pane_line(r->pane, STYLE_WARNING, "  unknown: %s",
			  missing ? missing : r->no_locks);
		return 0;
	}
	if (!r->snap->nr_callers) {
		pane_line(r->pane, STYLE_GOOD, "  nobody");
		return 0;
	}
	rows = calloc(r->snap->nr_callers, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	count = merge_callers(r, rows);
	shown = count > MAX_CALLERS ? MAX_CALLERS : count;
	begin_table(r, caller_columns, &table);
	for (size_t i = 0; i < shown; i++) {
		show_row(r, &table,
			 &(struct row){ .caller = &rows[i],
					.pool = snapshot_pool(
						r->snap, rows[i].pool_id) });
		show_stack(r, &rows[i].stack);
	}
	free(rows);
	if (shown < count)
		pane_line(r->pane, STYLE_DIM,
			  "  %zu more; --format json has them all",
			  count - shown);
	return 0;
}

static bool any_holds(const struct report *r)
{
	for (size_t i = 0; i < r->snap->nr_pools; i++)
		for (unsigned int j = 0; j < r->snap->pools[i].nr_areas; j++)
			if (r->snap->pools[i].areas[j].holds.acquisitions)
				return true;
	return r->snap->gone_holds.acquisitions;
}

void show_holds(const struct report *r)
{
	const char *missing = snapshot_level_missing(r->snap, LEVEL_HOLDS);
	const struct area gone = { .holds = r->snap->gone_holds };
	struct drawn_table table;

	if (!(r->snap->levels & LEVEL_HOLDS))
		return;
	show_title(r, "LOCK HOLDS");
	pane_end(r->pane);
	if (missing) {
		pane_line(r->pane, STYLE_WARNING, "  unknown: %s", missing);
		return;
	}
	if (!any_holds(r)) {
		pane_line(r->pane, STYLE_PLAIN, "  none");
		return;
	}
	begin_table(r, report_hold_columns, &table);
	for (size_t i = 0; i < r->snap->nr_pools; i++) {
		const struct pool *pool = &r->snap->pools[i];

		for (unsigned int j = 0; j < pool->nr_areas; j++)
			if (pool->areas[j].holds.acquisitions)
				show_row(r, &table,
					 &(struct row){
						 .pool = pool,
						 .area = &pool->areas[j] });
	}
	if (gone.holds.acquisitions)
		show_row(r, &table, &(struct row){ .area = &gone });
}
