/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/findings.h"
#include "model/level.h"
#include "model/metrics.h"
#include "model/wrong_unmaps.h"
#include "views/columns.h"
#include "views/values.h"

/* More rows than this nobody reads; JSON has them all. */
#define MAX_AREAS      16
#define MAX_HISTOGRAMS 4
#define MAX_OWNERS     32
#define MAX_DEVICES    32
#define MAX_CPUS       6
#define MAX_CALLERS    10

#define MAX_BAR 32

/**
 * struct report - what every part of the report needs
 * @snap: what is shown
 * @options: how
 * @pane: where
 * @no_locks: why waits are unknown, NULL when they are known
 * @scene: the same, for tables
 */
struct report {
	const struct snapshot *snap;
	const struct text_options *options;
	struct pane *pane;
	const char *no_locks;
	struct scene scene;
};

static void title(const struct report *r, const char *name)
{
	pane_end(r->pane);
	pane_put(r->pane, STYLE_TITLE, "%s", name);
}

static void show_heading(const struct report *r)
{
	const struct kernel_info *kernel = &r->snap->kernel;
	const char *preemption = preemption_name(kernel->preemption);
	const struct window *window = &r->snap->window;
	struct pane *pane = r->pane;

	pane_put(pane, STYLE_TITLE, "swiotlb report");
	pane_line(pane, STYLE_PLAIN,
		  ": Linux %s %s, %u CPU%s, watched for %s%s", kernel->release,
		  kernel->arch, kernel->cpus, plural(kernel->cpus),
		  DURATION(window->duration_ns),
		  window->interrupted ? " (interrupted)" : "");
	if (*kernel->layout || *kernel->boot_args)
		pane_line(pane, STYLE_DIM, "layout: %s; boot arguments: %s",
			  *kernel->layout ? kernel->layout : UNKNOWN_TEXT,
			  *kernel->boot_args ? kernel->boot_args
					     : "none about swiotlb");
	if (preemption)
		pane_line(pane, STYLE_DIM, "preemption: %s", preemption);
	if (!window->command)
		return;
	pane_put(pane, STYLE_DIM, "command:");
	for (char **word = window->command; *word; word++)
		pane_put(pane, STYLE_DIM, " %s", *word);
	pane_end(pane);
	if (window->exit_status >= 0)
		pane_line(pane, window->exit_status ? STYLE_WARNING : STYLE_DIM,
			  "its exit status: %d", window->exit_status);
}

static void show_verdict(const struct report *r,
			 const struct findings *findings)
{
	char verdict[FINDING_TEXT_LEN];
	enum severity severity;

	severity =
		findings_verdict(r->snap, findings, verdict, sizeof(verdict));
	title(r, "VERDICT");
	pane_put(r->pane, STYLE_PLAIN, "  ");
	pane_wrap(r->pane, severity_style(severity), 9, verdict);
}

/**
 * struct drawn_table - a table that is being drawn
 * @columns: its columns
 * @places: where they are
 * @count: how many fit
 */
struct drawn_table {
	const struct column *columns;
	struct place places[MAX_COLUMNS];
	unsigned int count;
};

/* Tables begin in the third column: a space is in front of each column. */
#define TABLE_X 1

static void begin_table(const struct report *r, const struct column *columns,
			struct drawn_table *table)
{
	const struct table_titles titles = { STYLE_DIM, -1, false };
	unsigned int left_out;
	int y = pane_next(r->pane);

	table->columns = columns;
	table->count = table_place(columns, r->pane->width - TABLE_X,
				   table->places, &left_out);
	table_draw_titles(&titles, columns, table->places, table->count,
			  r->pane->canvas, TABLE_X, y);
	if (left_out)
		canvas_cut(r->pane->canvas, r->pane->width, y);
}

static void show_row(const struct report *r, const struct drawn_table *table,
		     const struct row *row)
{
	table_draw_row(&r->scene, row, table->columns, table->places,
		       table->count, r->pane->canvas, TABLE_X,
		       pane_next(r->pane));
}

/*
 * Pools and areas
 */

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

/* What is free is worth only what fits into it in one piece. */
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

/* There may be hundreds of them, each with one mapping. */
static void show_transient(const struct report *r)
{
	uint64_t slots = 0;
	unsigned int count = 0;

	for (size_t i = 0; i < r->snap->nr_pools; i++) {
		const struct pool *pool = &r->snap->pools[i];

		if (pool->kind != POOL_TRANSIENT)
			continue;
		count++;
		slots += pool->slots;
	}
	if (!count)
		return;
	pane_end(r->pane);
	pane_put(r->pane, STYLE_TITLE, "  transient");
	pane_put(r->pane, STYLE_PLAIN,
		 ": %u pool%s of %" PRIu64 " slots (%s) in sum, made for one "
		 "mapping each; --format json has them all",
		 count, plural(count), slots, BYTES(slots * SLOT_BYTES));
	pane_end(r->pane);
}

static int show_pools(const struct report *r)
{
	title(r, "POOLS");
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
	}
	show_transient(r);
	return 0;
}

/*
 * Waits
 */

static void show_histogram(const struct report *r, const struct histogram *h)
{
	pane_put(r->pane, STYLE_PLAIN, "   ");
	pane_histogram(r->pane, h, false, MAX_BAR, HISTOGRAM_BUCKETS);
}

static void show_wait_line(const struct report *r, const char *whose,
			   const struct waits *waits)
{
	pane_line(
		r->pane, STYLE_PLAIN,
		"  %s: %" PRIu64 " wait%s, %s in sum, half up to "
		"%s, longest %s",
		whose, waits->contended, plural(waits->contended),
		DURATION(waits->total_ns),
		DURATION(histogram_quantile(&waits->wait, 500, waits->max_ns)),
		DURATION(waits->max_ns));
}

/* Of those not shown yet the one that waited longest, NULL when all are. */
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
			  " wait%s, %s in sum",
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

static void show_lock_waits(const struct report *r)
{
	const struct waits *gone = &r->snap->gone_waits;
	struct waits sum = *gone;

	title(r, "LOCK WAITS");
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

static void show_frames(const struct report *r, const struct stack *stack)
{
	char name[256];

	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++) {
		symbols_name(r->options->symbols, stack->addr[i], name,
			     sizeof(name));
		pane_line(r->pane, STYLE_DIM, "        %s", name);
	}
	if (!stack->depth)
		pane_line(r->pane, STYLE_DIM, "        stack not recorded");
}

static void show_stack(const struct report *r, const struct stack *stack)
{
	if (r->options->stacks)
		show_frames(r, stack);
}

static const char *pool_name(const struct report *r, int id)
{
	const struct pool *pool = snapshot_pool(r->snap, id);

	return pool ? pool->name : UNKNOWN_TEXT;
}

/*
 * Who waits, and who is waited for
 */

static bool same_row(const struct wait_caller *a, const struct wait_caller *b)
{
	return a->pool_id == b->pool_id && a->area == b->area &&
	       a->op == b->op && !strcmp(a->device, b->device);
}

/* Where no stacks are shown, callers that only differ by them are one row. */
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

static void show_caller(const struct report *r,
			const struct wait_caller *caller, uint64_t total_ns)
{
	struct pane *pane = r->pane;
	const struct waits *waits = &caller->waits;
	bool gone = caller->pool_id < 0;

	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, 20,
		  *caller->device ? caller->device : "unknown");
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, 6, wait_op_name(caller->op));
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, 12,
		  gone ? "(gone)" : pool_name(r, caller->pool_id));
	pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, 4,
		  gone ? UNKNOWN_TEXT : COUNT(caller->area));
	pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, 9, COUNT(waits->contended));
	pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, 9, DURATION(waits->total_ns));
	pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, 4,
		  PERCENT(waits->total_ns, total_ns));
	pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, 9, DURATION(waits->max_ns));
	pane_end(pane);
	show_stack(r, &caller->stack);
}

static void show_caller_titles(struct pane *pane)
{
	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, 20, "device");
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, 6, "in");
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, 12, "pool");
	pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, 4, "area");
	pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, 9, "waits");
	pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, 9, "in sum");
	pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, 4, "");
	pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, 9, "longest");
	pane_end(pane);
}

static int show_callers(const struct report *r)
{
	const char *missing = snapshot_level_missing(r->snap, LEVEL_CALLERS);
	struct wait_caller *rows;
	uint64_t total_ns = 0;
	size_t count, shown;

	if (!(r->snap->levels & LEVEL_CALLERS))
		return 0;
	title(r, "WHO WAITS");
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
	for (size_t i = 0; i < count; i++)
		total_ns += rows[i].waits.total_ns;
	shown = count > MAX_CALLERS ? MAX_CALLERS : count;
	show_caller_titles(r->pane);
	for (size_t i = 0; i < shown; i++)
		show_caller(r, &rows[i], total_ns);
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

static void show_holds(const struct report *r)
{
	const char *missing = snapshot_level_missing(r->snap, LEVEL_HOLDS);
	const struct area gone = { .holds = r->snap->gone_holds };
	struct drawn_table table;

	if (!(r->snap->levels & LEVEL_HOLDS))
		return;
	title(r, "LOCK HOLDS");
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

/*
 * Blocks
 */

static void show_owner(const struct report *r, const struct drawn_table *table,
		       const struct block_owner *owner)
{
	show_row(r, table,
		 &(struct row){
			 .owner = owner,
			 .pool = snapshot_pool(r->snap, owner->pool_id) });
	show_stack(r, &owner->stack);
}

static void show_block_counts(const struct report *r)
{
	const struct block_totals *b = &r->snap->blocks;
	struct pane *pane = r->pane;

	pane_line(pane, STYLE_PLAIN,
		  "  %" PRIu64 " live (%s), %" PRIu64 " leaked, %" PRIu64
		  " unreclaimed, %" PRIu64 " list error%s",
		  b->live, BYTES(b->live * BLOCK_BYTES), b->leaked,
		  b->unreclaimed, b->list_errors, plural(b->list_errors));
	if (b->counted)
		pane_line(pane, STYLE_PLAIN,
			  "  in the window: %" PRIu64 " allocated, %" PRIu64
			  " freed, %" PRIu64 " of %" PRIu64
			  " device allocations failed",
			  b->allocated, b->freed, b->failed,
			  b->requests + b->failed);
	else
		pane_line(pane, STYLE_DIM, "  in the window: unknown (%s)",
			  snapshot_level_missing(r->snap, LEVEL_BLOCKS)
				  ? snapshot_level_missing(r->snap,
							   LEVEL_BLOCKS)
				  : "not counted");
}

static void show_blocks(const struct report *r)
{
	size_t shown = r->snap->nr_owners;
	struct drawn_table table;

	title(r, "BLOCKS");
	if (!snapshot_blocks_known(r->snap)) {
		pane_line(r->pane, STYLE_DIM,
			  "  this kernel has no device blocks");
		return;
	}
	pane_end(r->pane);
	show_block_counts(r);
	if (!shown)
		return;
	if (shown > MAX_OWNERS)
		shown = MAX_OWNERS;
	begin_table(r, report_block_columns, &table);
	for (size_t i = 0; i < shown; i++)
		show_owner(r, &table, &r->snap->owners[i]);
	if (shown < r->snap->nr_owners)
		pane_line(r->pane, STYLE_DIM,
			  "  %zu more; --format json has "
			  "them all",
			  r->snap->nr_owners - shown);
}

/*
 * Mappings
 */

static void show_devices(const struct report *r)
{
	struct drawn_table table;
	size_t shown = r->snap->nr_devices;

	if (!shown)
		return;
	if (shown > MAX_DEVICES)
		shown = MAX_DEVICES;
	begin_table(r, report_device_columns, &table);
	for (size_t i = 0; i < shown; i++)
		show_row(r, &table,
			 &(struct row){ .device = &r->snap->devices[i] });
	if (shown < r->snap->nr_devices)
		pane_line(r->pane, STYLE_DIM, "  %zu more",
			  r->snap->nr_devices - shown);
}

static void show_groups(const struct report *r)
{
	for (size_t i = 0; i < r->snap->nr_live_groups; i++) {
		const struct mapping_group *group = &r->snap->live_groups[i];

		if (!group->leak && !r->options->stacks)
			continue;
		pane_line(r->pane, group->leak ? STYLE_ERROR : STYLE_PLAIN,
			  "  %" PRIu64 " %s mapping%s of %s%s, %s, %s%s",
			  group->count, group->leak ? "leaked" : "live",
			  plural(group->count),
			  *group->device ? group->device : "an unknown device",
			  leak_reason_text(group->leak), BYTES(group->bytes),
			  group->age_known ? "oldest " : "of unknown age",
			  group->age_known ? DURATION(group->oldest_ns) : "");
		show_stack(r, &group->stack);
	}
}

/* With their stacks in any case: they are few, and each is a fault. */
static void show_wrong_unmaps(const struct report *r)
{
	const struct snapshot *snap = r->snap;
	const uint64_t *wrong = snap->mappings.wrong;
	char text[256];

	if (!wrong_unmaps_total(&snap->mappings))
		return;
	pane_line(r->pane, STYLE_ERROR,
		  "  wrong unmaps: %" PRIu64 " by another device, %" PRIu64
		  " of what was not mapped, %" PRIu64 " of another size",
		  wrong[UNMAP_WRONG_DEVICE], wrong[UNMAP_TWICE],
		  wrong[UNMAP_WRONG_SIZE]);
	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		wrong_unmap_text(snap, &snap->wrong_unmaps[i], text,
				 sizeof(text));
		pane_line(r->pane, STYLE_ERROR, "    %s", text);
		show_frames(r, &snap->wrong_unmaps[i].stack);
	}
}

/* "less than 8 KiB": the bucket that a quantile falls into, by its edge. */
static const char *below(const struct histogram *h, unsigned int per_mille,
			 char *(*format)(char *, size_t, uint64_t), char *text,
			 size_t len)
{
	uint64_t top = histogram_quantile(h, per_mille, UINT64_MAX);
	char edge[UNIT_TEXT_LEN];

	if (top == UINT64_MAX)
		snprintf(text, len, "%s or more",
			 format(edge, sizeof(edge),
				histogram_bucket_top(HISTOGRAM_BUCKETS - 2) +
					1));
	else
		snprintf(text, len, "less than %s",
			 format(edge, sizeof(edge), top + 1));
	return text;
}

#define BELOW(h, per_mille, format)                                            \
	below(h, per_mille, format, (char[UNIT_TEXT_LEN + 16]){ 0 },           \
	      UNIT_TEXT_LEN + 16)

/* How large they are and how long they live, of all devices together. */
static void show_spread(const struct report *r)
{
	const struct mapping_totals *m = &r->snap->mappings;
	struct histogram size = { 0 }, lifetime = { 0 };

	for (size_t i = 0; i < r->snap->nr_devices; i++) {
		histogram_add(&size, &r->snap->devices[i].size);
		histogram_add(&lifetime, &r->snap->devices[i].lifetime);
	}
	if (histogram_total(&lifetime)) {
		pane_line(r->pane, STYLE_PLAIN,
			  "  sizes of those that ended: half %s, 99 in 100 %s",
			  BELOW(&size, 500, format_bytes),
			  BELOW(&size, 990, format_bytes));
		pane_line(r->pane, STYLE_PLAIN,
			  "  they lived: half %s, 99 in 100 %s",
			  BELOW(&lifetime, 500, format_duration),
			  BELOW(&lifetime, 990, format_duration));
	}
	if (m->oldest_ns)
		pane_line(r->pane, STYLE_PLAIN,
			  "  the oldest live one of known age: %s",
			  DURATION(m->oldest_ns));
}

/* A figure of the whole system; why it is unknown where it is. */
static const char *figure(const struct report *r, const char *name,
			  char *(*format)(char *, size_t, uint64_t), char *text,
			  size_t len)
{
	const struct field *metric = metric_find(name);
	const struct subject subject = { .snap = r->snap };
	int64_t value;

	if (field_value(metric, &subject, &value))
		format(text, len, (uint64_t)value);
	else
		snprintf(text, len, "unknown: %s",
			 field_unknown_reason(metric, &subject));
	return text;
}

static void show_bounces(const struct report *r)
{
	char syncs[256], copies[256];

	if (!(r->snap->levels & LEVEL_BOUNCES))
		return;
	pane_line(r->pane, STYLE_PLAIN, "  syncs: %s; time spent copying: %s",
		  figure(r, "map.syncs", format_count, syncs, sizeof(syncs)),
		  figure(r, "map.bounce", format_duration, copies,
			 sizeof(copies)));
}

static void show_mappings(const struct report *r)
{
	const char *missing = snapshot_level_missing(r->snap, LEVEL_MAPPINGS);
	const struct mapping_totals *m = &r->snap->mappings;

	if (!(r->snap->levels & LEVEL_MAPPINGS))
		return;
	title(r, "MAPPINGS");
	pane_end(r->pane);
	if (missing) {
		pane_put(r->pane, STYLE_PLAIN, "  ");
		pane_put(r->pane, STYLE_WARNING, "unknown: ");
		pane_wrap(r->pane, STYLE_WARNING, 11, missing);
		return;
	}
	pane_line(r->pane, STYLE_PLAIN,
		  "  %" PRIu64 " live in %" PRIu64 " slots, %" PRIu64
		  " leaked, grown by %" PRIu64 ", %" PRIu64
		  " older than the window; %" PRIu64 " made, %" PRIu64
		  " ended, %s",
		  m->live, m->live_slots, m->leaked, m->grown, m->unknown_age,
		  m->maps, m->unmaps, BYTES(m->bytes));
	if (!m->freed_known)
		pane_line(r->pane, STYLE_DIM,
			  "  freed memory was not looked for, so leaks of "
			  "devices that are not gone are unknown");
	pane_line(r->pane, STYLE_PLAIN,
		  "  refused: %" PRIu64 " oversize, %" PRIu64
		  " alignment, %" PRIu64 " fragmented, %" PRIu64 " exhausted",
		  m->failures[FAILURE_OVERSIZE], m->failures[FAILURE_ALIGNMENT],
		  m->failures[FAILURE_FRAGMENTED],
		  m->failures[FAILURE_EXHAUSTED]);
	show_wrong_unmaps(r);
	show_spread(r);
	show_bounces(r);
	show_devices(r);
	show_groups(r);
}

/*
 * Findings, hooks, losses
 */

static void show_findings(const struct report *r,
			  const struct findings *findings)
{
	title(r, "FINDINGS");
	if (!findings->count)
		pane_put(r->pane, STYLE_GOOD, "  none");
	pane_end(r->pane);
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *f = &findings->list[i];

		pane_put(r->pane, STYLE_PLAIN, "  ");
		pane_cell(r->pane, severity_style(f->severity), ALIGN_LEFT, 7,
			  severity_name(f->severity));
		pane_put(r->pane, STYLE_TITLE, "%s", f->id);
		pane_put(r->pane, STYLE_PLAIN, " ");
		pane_wrap(r->pane, STYLE_PLAIN, 10, f->text);
		pane_put(r->pane, STYLE_PLAIN, "          ");
		pane_wrap(r->pane, STYLE_DIM, 10, f->advice);
	}
}

/* How many hooks are absent for the same reason as this one. */
static unsigned int absent_alike(const struct snapshot *snap,
				 const struct hook *hook, size_t count)
{
	unsigned int alike = 0;

	for (size_t i = 0; i < count; i++)
		alike += snap->hooks[i].state == HOOK_ABSENT &&
			 !strcmp(snap->hooks[i].reason, hook->reason);
	return alike;
}

static void show_hook(const struct hook *hook, const char *name,
		      struct pane *pane)
{
	bool absent = hook->state == HOOK_ABSENT;

	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, 23, name);
	pane_cell(pane, absent ? STYLE_WARNING : STYLE_GOOD, ALIGN_LEFT, 10,
		  hook_state_name(hook->state));
}

/* Hooks that are absent for one reason are a line. */
static void show_absent(const struct snapshot *snap, size_t index,
			struct pane *pane)
{
	const struct hook *hook = &snap->hooks[index];
	unsigned int alike = absent_alike(snap, hook, snap->nr_hooks);
	char name[NAME_LEN];

	if (absent_alike(snap, hook, index))
		return;
	snprintf(name, sizeof(name), "%u hooks", alike);
	show_hook(hook, alike > 1 ? name : hook->name, pane);
	pane_wrap(pane, STYLE_DIM, 37, hook->reason);
}

void text_hooks(const struct snapshot *snap, struct pane *pane)
{
	for (size_t i = 0; i < snap->nr_hooks; i++) {
		const struct hook *hook = &snap->hooks[i];

		if (hook->state == HOOK_ABSENT) {
			show_absent(snap, i, pane);
			continue;
		}
		show_hook(hook, hook->name, pane);
		pane_put(pane, STYLE_PLAIN, "%s", hook->target);
		pane_end(pane);
		if (!*hook->reason)
			continue;
		pane_put(pane, STYLE_PLAIN, "%26s", "");
		pane_wrap(pane, STYLE_DIM, 26, hook->reason);
	}
	if (!snap->nr_hooks)
		pane_line(pane, STYLE_DIM, "  nothing");
}

static void show_losses(const struct report *r)
{
	title(r, "LOSSES");
	if (!snapshot_loss_total(r->snap))
		pane_put(r->pane, STYLE_GOOD, "  none");
	pane_end(r->pane);
	for (size_t i = 0; i < r->snap->nr_losses; i++) {
		const struct loss *loss = &r->snap->losses[i];

		if (!loss->count)
			continue;
		pane_put(r->pane, STYLE_WARNING,
			 "  %" PRIu64 " %s: ", loss->count, loss->cause);
		pane_wrap(r->pane, STYLE_PLAIN, 4, loss->help);
	}
}

int text_report(const struct snapshot *snap, const struct text_options *options,
		struct pane *pane)
{
	const struct report report = {
		.snap = snap,
		.options = options,
		.pane = pane,
		.no_locks = snapshot_level_missing(snap, LEVEL_LOCKS),
		.scene = { .interval = snap,
			   .total = snap,
			   .symbols = options->symbols },
	};
	struct findings findings;
	int err;

	err = findings_evaluate(snap, &findings);
	if (err)
		return err;
	show_heading(&report);
	show_verdict(&report, &findings);
	err = show_pools(&report);
	show_lock_waits(&report);
	if (show_callers(&report))
		err = -ENOMEM;
	show_holds(&report);
	show_blocks(&report);
	show_mappings(&report);
	show_findings(&report, &findings);
	title(&report, "ATTACHED");
	pane_end(pane);
	text_hooks(snap, pane);
	show_losses(&report);
	findings_release(&findings);
	return err;
}
