/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/level.h"
#include "model/places.h"
#include "views/phrases.h"
#include "views/values.h"

const char *caller_name(const struct snapshot *snap, const struct stack *stack,
			const char *inner)
{
	const char *name = "stack not recorded";

	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++) {
		name = place_name(snap, stack->addr[i]);
		if (!strstr(name, inner))
			break;
	}
	return name;
}

/*
 * Styles of figures
 */

static enum style error_style(const struct scene *scene, int64_t count)
{
	(void)scene;
	return count ? STYLE_ERROR : STYLE_PLAIN;
}

static enum style wait_style(const struct scene *scene, int64_t count)
{
	(void)scene;
	return count ? STYLE_WARNING : STYLE_PLAIN;
}

/* Red from 10 % of a CPU. */
static enum style share_style(const struct scene *scene, int64_t ns)
{
	uint64_t ppm = wait_share(scene->interval, (uint64_t)ns);

	return ppm >= 100000 ? STYLE_ERROR
	       : ppm >= 1000 ? STYLE_WARNING
			     : STYLE_PLAIN;
}

static enum style run_style(const struct scene *scene, int64_t slots)
{
	(void)scene;
	return !slots		       ? STYLE_ERROR
	       : slots < SEGMENT_SLOTS ? STYLE_WARNING
				       : STYLE_PLAIN;
}

/* A figure of the last interval; one of the session; anything else. */
#define FIGURE(title_, width_, grow_, rank_, format_, metric_, ...)            \
	{                                                                      \
		.title = title_, .width = width_, .grow = grow_,               \
		.rank = rank_, .right = true, .format = format_,               \
		.metric = metric_, __VA_ARGS__                                 \
	}
#define SESSION_FIGURE(...) FIGURE(__VA_ARGS__, .session = true)
#define TEXT(title_, width_, grow_, rank_, get_, ...)                          \
	{                                                                      \
		.title = title_, .width = width_, .grow = grow_,               \
		.rank = rank_, .get = get_, __VA_ARGS__                        \
	}
#define OTHER(...) TEXT(__VA_ARGS__, .right = true)

/*
 * Columns of areas
 */

#define GET(name)                                                              \
	static void name(const struct scene *scene, const struct row *row,     \
			 struct content *cell)
#define NUMBER(name)                                                           \
	static uint64_t name(const struct scene *scene, const struct row *row)

GET(get_area_label)
{
	cell->kind = CONTENT_NUMBER;
	if (scene->interval->nr_pools > 1)
		snprintf(cell->text, sizeof(cell->text), "%d:%u", row->pool->id,
			 row->area->index);
	else
		content_count(cell, row->area->index);
}

const char *row_pool(const struct row *row)
{
	return row->pool ? row->pool->name : UNKNOWN_TEXT;
}

GET(get_pool)
{
	(void)scene;
	content_text(cell, row_pool(row));
}

GET(get_pool_kind)
{
	(void)scene;
	content_text(cell, pool_kind_name(row->pool->kind));
	if (!row->pool->stale)
		return;
	content_text(cell, "given back but still in place");
	cell->style = STYLE_WARNING;
}

GET(get_pool_parent)
{
	const struct pool *parent =
		snapshot_pool(scene->interval, row->pool->parent_id);

	content_text(cell, parent ? parent->name : UNKNOWN_TEXT);
}

GET(get_pool_areas)
{
	(void)scene;
	content_count(cell, row->pool->nr_areas);
}

/* Pools that are gone have only a sum. */
GET(get_area_index)
{
	(void)scene;
	if (row->pool)
		content_count(cell, row->area->index);
	else
		content_number(cell, UNKNOWN_TEXT);
}

static uint64_t used_of(const struct area *area)
{
	return counter_known(area->used) ? area->used : area->busy;
}

GET(get_area_bar)
{
	(void)scene;
	cell->kind = CONTENT_BAR;
	cell->part = used_of(row->area);
	cell->peak = counter_known(row->area->used) ? row->area->used_peak : 0;
	cell->whole = row->area->slots;
	cell->style = fill_style(cell->part, cell->whole);
}

NUMBER(area_fill)
{
	(void)scene;
	if (!row->area->slots)
		return 0;
	return (uint64_t)((double)used_of(row->area) * 1e9 /
			  (double)row->area->slots);
}

GET(get_area_used_of_slots)
{
	(void)scene;
	cell->kind = CONTENT_NUMBER;
	cell->whole = row->area->slots;
	if (counter_known(row->area->used))
		cell->part = row->area->used;
	snprintf(cell->text, sizeof(cell->text), "%.20s/%" PRIu64,
		 SLOTS(row->area->used), row->area->slots);
}

NUMBER(area_used)
{
	(void)scene;
	return used_of(row->area);
}

GET(get_area_blocks)
{
	(void)scene;
	if (!row->pool->blocks_known) {
		content_number(cell, UNKNOWN_TEXT);
		return;
	}
	cell->kind = CONTENT_NUMBER;
	cell->part = row->area->blocks.allocated;
	cell->whole = row->area->blocks.total;
	snprintf(cell->text, sizeof(cell->text), "%u/%u",
		 row->area->blocks.allocated, row->area->blocks.total);
	if (row->area->blocks.orphaned)
		cell->style = STYLE_ERROR;
}

NUMBER(area_blocks)
{
	(void)scene;
	return row->area->blocks.allocated;
}

static uint64_t list_errors(const struct area *area)
{
	return (uint64_t)area->list_errors + area->blocks.list_errors +
	       area->blocks.unreclaimed;
}

GET(get_area_errors)
{
	(void)scene;
	content_count(cell, list_errors(row->area));
	cell->style = error_style(NULL, (int64_t)cell->part);
}

NUMBER(area_errors)
{
	(void)scene;
	return list_errors(row->area);
}

static void set_spark(const struct scene *scene, const struct row *row,
		      struct content *cell, enum trend trend)
{
	cell->kind = CONTENT_SPARK;
	cell->trend = trend;
	cell->ring = history_ring(scene->history, row->pool, row->area->index);
}

GET(get_trend_used)
{
	set_spark(scene, row, cell, TREND_USED);
}

GET(get_trend_wait)
{
	set_spark(scene, row, cell, TREND_WAIT);
}

GET(get_hold_pool)
{
	(void)scene;
	content_text(cell, row->pool ? row->pool->name : "(gone)");
}

/* The CPU that held it longest in sum. */
GET(get_hold_cpu)
{
	const struct cpu_holds *busiest = NULL;

	(void)scene;
	for (unsigned int i = 0; i < row->area->nr_cpu_holds; i++) {
		const struct cpu_holds *cpu = &row->area->cpu_holds[i];

		if (cpu->holds.acquisitions &&
		    (!busiest || cpu->holds.total_ns > busiest->holds.total_ns))
			busiest = cpu;
	}
	if (busiest)
		content_count(cell, busiest->cpu);
	else
		content_number(cell, UNKNOWN_TEXT);
}

GET(get_hold_waiters)
{
	(void)scene;
	content_count(cell, row->area->holds.waiters);
}

/* clang-format off: tables are read in columns */
const struct column overview_columns[] = {
	OTHER("area", 6, 6, 0, get_area_label),
	TEXT("in use", 7, 25, 0, get_area_bar, .number = area_fill),
	OTHER("used/slots", 11, 2, 0, get_area_used_of_slots,
	      .number = area_used),
	FIGURE("peak", 5, 2, 0, FORMAT_COUNT, "area.used_peak"),
	FIGURE("run", 3, 1, 0, FORMAT_COUNT, "area.largest_free",
	       .style = run_style, .least_first = true),
	FIGURE("waits/s", 7, 1, 0, FORMAT_RATE, "lock.contended",
	       .style = wait_style),
	FIGURE("wait", 6, 2, 0, FORMAT_CPU_SHARE, "lock.wait.total",
	       .style = share_style),
	FIGURE("p99", 8, 0, 0, FORMAT_DURATION, "lock.wait.p99"),
	FIGURE("max", 8, 0, 0, FORMAT_DURATION, "lock.wait.max"),
	OTHER("wait 60s", 8, 22, 0, get_trend_wait),
	OTHER("used 60s", 12, 18, 1, get_trend_used),
	{ NULL },
};

const struct column area_columns[] = {
	TEXT("pool", 12, 20, 0, get_pool, .name = row_pool),
	OTHER("area", 4, 0, 0, get_area_index),
	TEXT("in use", 10, 30, 0, get_area_bar, .number = area_fill),
	FIGURE("used", 6, 2, 0, FORMAT_COUNT, "area.used"),
	FIGURE("slots", 6, 2, 0, FORMAT_COUNT, "area.slots"),
	FIGURE("full", 4, 0, 0, FORMAT_PERCENT, "area.used"),
	FIGURE("peak", 6, 2, 0, FORMAT_COUNT, "area.used_peak"),
	FIGURE("run", 4, 0, 0, FORMAT_COUNT, "area.largest_free",
	       .style = run_style, .least_first = true),
	OTHER("blocks", 7, 2, 1, get_area_blocks, .number = area_blocks),
	OTHER("errors", 6, 0, 2, get_area_errors, .number = area_errors),
	FIGURE("drift", 6, 0, 4, FORMAT_SIGNED, "area.used_drift",
	       .style = error_style),
	OTHER("used 60s", 10, 50, 3, get_trend_used),
	{ NULL },
};

const struct column lock_columns[] = {
	TEXT("pool", 12, 20, 0, get_pool, .name = row_pool),
	OTHER("area", 4, 0, 0, get_area_index),
	FIGURE("waits/s", 7, 1, 0, FORMAT_RATE, "lock.contended",
	       .style = wait_style),
	FIGURE("wait", 6, 2, 0, FORMAT_CPU_SHARE, "lock.wait.total",
	       .style = share_style),
	FIGURE("p50", 8, 0, 0, FORMAT_DURATION, "lock.wait.p50"),
	FIGURE("p90", 8, 0, 0, FORMAT_DURATION, "lock.wait.p90"),
	FIGURE("p99", 8, 0, 0, FORMAT_DURATION, "lock.wait.p99"),
	FIGURE("max", 8, 0, 0, FORMAT_DURATION, "lock.wait.max"),
	SESSION_FIGURE("total", 9, 4, 1, FORMAT_COUNT, "lock.contended"),
	SESSION_FIGURE("max ever", 8, 0, 3, FORMAT_DURATION, "lock.wait.max"),
	OTHER("wait 60s", 10, 50, 2, get_trend_wait),
	FIGURE("held", 6, 2, 4, FORMAT_CPU_SHARE, "lock.hold.total"),
	FIGURE("max held", 8, 0, 5, FORMAT_DURATION, "lock.hold.max"),
	{ NULL },
};

const struct column report_pool_columns[] = {
	TEXT("pool", 12, 20, 0, get_pool),
	TEXT("kind", 10, 0, 1, get_pool_kind),
	TEXT("from", 12, 20, 3, get_pool_parent),
	OTHER("areas", 5, 0, 0, get_pool_areas),
	FIGURE("slots", 8, 0, 0, FORMAT_COUNT, "pool.slots"),
	FIGURE("used", 8, 0, 0, FORMAT_COUNT, "pool.used"),
	FIGURE("full", 4, 0, 0, FORMAT_PERCENT, "pool.used"),
	FIGURE("peak", 8, 0, 0, FORMAT_COUNT, "pool.used_peak"),
	FIGURE("at peak", 7, 0, 0, FORMAT_PERCENT, "pool.used_peak"),
	FIGURE("peak since boot", 15, 0, 2, FORMAT_COUNT, "pool.used_hiwater"),
	FIGURE("run", 4, 0, 2, FORMAT_COUNT, "pool.largest_free",
	       .style = run_style),
	{ NULL },
};

const struct column report_area_columns[] = {
	OTHER("area", 4, 0, 0, get_area_index),
	TEXT("in use", 9, 23, 0, get_area_bar),
	FIGURE("used", 6, 0, 0, FORMAT_COUNT, "area.used"),
	FIGURE("peak", 6, 0, 3, FORMAT_COUNT, "area.used_peak"),
	FIGURE("run", 4, 0, 2, FORMAT_COUNT, "area.largest_free",
	       .style = run_style),
	FIGURE("waits", 9, 0, 0, FORMAT_COUNT, "lock.contended",
	       .style = wait_style),
	FIGURE("p99", 9, 0, 1, FORMAT_DURATION, "lock.wait.p99"),
	FIGURE("max", 9, 0, 0, FORMAT_DURATION, "lock.wait.max"),
	FIGURE("total", 9, 0, 4, FORMAT_DURATION, "lock.wait.total"),
	{ NULL },
};

const struct column report_hold_columns[] = {
	TEXT("pool", 20, 0, 0, get_hold_pool),
	OTHER("area", 4, 0, 0, get_area_index),
	FIGURE("times", 11, 0, 0, FORMAT_COUNT, "lock.acquisitions"),
	FIGURE("total", 9, 0, 0, FORMAT_DURATION, "lock.hold.total"),
	FIGURE("held", 6, 0, 4, FORMAT_CPU_SHARE, "lock.hold.total"),
	FIGURE("p99", 9, 0, 1, FORMAT_DURATION, "lock.hold.p99"),
	FIGURE("max", 9, 0, 0, FORMAT_DURATION, "lock.hold.max"),
	OTHER("most by", 8, 0, 3, get_hold_cpu),
	OTHER("waiters", 7, 0, 2, get_hold_waiters),
	{ NULL },
};
/* clang-format on */

/*
 * Columns of devices
 */

static const char *device_name(const struct row *row)
{
	return row->device->name;
}

GET(get_device)
{
	(void)scene;
	content_text(cell, row->device->name);
	if (row->device->gone) {
		snprintf(cell->text, sizeof(cell->text), "%s (gone)",
			 row->device->name);
		cell->style = STYLE_WARNING;
	}
}

/* Its waits are those of its maps and unmaps. */
GET(get_device_wait_max)
{
	const struct waits *waits = &row->device->waits;

	content_duration(cell,
			 !snapshot_level_missing(scene->interval,
						 LEVEL_CALLERS) &&
				 waits->contended,
			 waits->max_ns);
}

NUMBER(device_wait_max)
{
	(void)scene;
	return row->device->waits.max_ns;
}

/* clang-format off: tables are read in columns */
const struct column device_columns[] = {
	TEXT("device", 18, 22, 0, get_device, .name = device_name),
	FIGURE("maps/s", 7, 2, 0, FORMAT_RATE, "device.maps"),
	FIGURE("unmaps/s", 8, 2, 2, FORMAT_RATE, "device.unmaps"),
	FIGURE("bytes/s", 9, 2, 0, FORMAT_BYTE_RATE, "device.bytes"),
	SESSION_FIGURE("failures", 8, 2, 0, FORMAT_COUNT, "device.failures",
		       .style = error_style),
	FIGURE("live", 7, 2, 0, FORMAT_COUNT, "device.live"),
	FIGURE("slots", 6, 2, 0, FORMAT_COUNT, "device.live_slots"),
	FIGURE("grown", 6, 2, 2, FORMAT_COUNT, "device.grown"),
	FIGURE("leaked", 6, 2, 0, FORMAT_COUNT, "device.leaked",
	       .style = error_style),
	FIGURE("oldest", 8, 0, 1, FORMAT_DURATION, "device.oldest"),
	FIGURE("wait", 6, 2, 3, FORMAT_CPU_SHARE, "device.lock.wait.total",
	       .style = share_style),
	OTHER("max wait", 8, 0, 5, get_device_wait_max,
	      .number = device_wait_max),
	TEXT("pool", 12, 20, 4, get_pool, .name = row_pool),
	{ NULL },
};

const struct column report_device_columns[] = {
	TEXT("device", 20, 20, 0, get_device),
	FIGURE("maps", 11, 0, 0, FORMAT_COUNT, "device.maps"),
	FIGURE("unmaps", 11, 0, 2, FORMAT_COUNT, "device.unmaps"),
	FIGURE("bytes", 8, 0, 3, FORMAT_BYTES, "device.bytes"),
	FIGURE("failures", 8, 0, 0, FORMAT_COUNT, "device.failures",
	       .style = error_style),
	FIGURE("live", 7, 0, 0, FORMAT_COUNT, "device.live"),
	FIGURE("grown", 7, 0, 4, FORMAT_COUNT, "device.grown"),
	FIGURE("leaked", 7, 0, 0, FORMAT_COUNT, "device.leaked",
	       .style = error_style),
	FIGURE("oldest", 9, 0, 1, FORMAT_DURATION, "device.oldest"),
	{ NULL },
};

/* What bouncing costs, by device. */
const struct column cost_columns[] = {
	TEXT("device", 20, 20, 0, get_device),
	FIGURE("at map", 8, 0, 1, FORMAT_BYTES, "device.copies.at_map.bytes"),
	FIGURE("redundant", 9, 0, 2, FORMAT_BYTES,
	       "device.copies.redundant.bytes"),
	FIGURE("at sync", 8, 0, 4, FORMAT_BYTES, "device.copies.at_sync.bytes"),
	FIGURE("from", 8, 0, 1, FORMAT_BYTES,
	       "device.copies.from_device.bytes"),
	FIGURE("map", 6, 0, 3, FORMAT_CPU_SHARE, "device.copies.at_map.time",
	       .style = share_style),
	FIGURE("sync", 6, 0, 4, FORMAT_CPU_SHARE, "device.copies.at_sync.time",
	       .style = share_style),
	FIGURE("from", 6, 0, 3, FORMAT_CPU_SHARE,
	       "device.copies.from_device.time", .style = share_style),
	FIGURE("in all", 7, 0, 0, FORMAT_CPU_SHARE, "device.bounce",
	       .style = share_style),
	FIGURE("failures", 8, 0, 5, FORMAT_COUNT, "device.failures",
	       .style = error_style),
	{ NULL },
};
/* clang-format on */

/*
 * Columns of block owners
 */

const char *row_owner(const struct row *row)
{
	return *row->owner->device ? row->owner->device : "unknown";
}

GET(get_owner)
{
	(void)scene;
	content_text(cell, row_owner(row));
}

GET(get_owner_area)
{
	(void)scene;
	content_count(cell, row->owner->area);
}

GET(get_owner_first)
{
	(void)scene;
	content_count(cell, row->owner->first_block);
}

GET(get_owner_blocks)
{
	(void)scene;
	content_count(cell, row->owner->blocks);
}

NUMBER(owner_blocks)
{
	(void)scene;
	return row->owner->blocks;
}

GET(get_owner_size)
{
	(void)scene;
	cell->kind = CONTENT_NUMBER;
	format_bytes(cell->text, sizeof(cell->text),
		     (uint64_t)row->owner->blocks * BLOCK_SLOTS * SLOT_BYTES);
}

GET(get_owner_age)
{
	(void)scene;
	content_duration(cell, row->owner->age_known, row->owner->age_ns);
}

/* An unknown age is older than every known one. */
NUMBER(owner_age)
{
	(void)scene;
	return row->owner->age_known ? row->owner->age_ns : UINT64_MAX;
}

/* A block that was taken in a window that has ended, and is live, is leaked
 * too. */
static bool leaked(const struct scene *scene, const struct block_owner *owner)
{
	return owner->device_gone ||
	       (scene->interval->window.ended && owner->in_window);
}

GET(get_owner_state)
{
	bool leak = leaked(scene, row->owner);

	content_text(cell, leak ? "leaked" : "live");
	cell->style = leak ? STYLE_ERROR : STYLE_GOOD;
}

NUMBER(owner_leaked)
{
	return leaked(scene, row->owner);
}

/* Below the functions that take blocks. */
GET(get_owner_code)
{
	cell->kind = CONTENT_TEXT;
	snprintf(cell->text, sizeof(cell->text), "%s",
		 caller_name(scene->interval, &row->owner->stack,
			     "swiotlb_device_allocate"));
}

/* clang-format off: tables are read in columns */
const struct column block_columns[] = {
	TEXT("device", 20, 20, 0, get_owner, .name = row_owner),
	TEXT("from pool", 12, 20, 0, get_pool, .name = row_pool),
	OTHER("area", 4, 0, 0, get_owner_area),
	OTHER("first", 6, 0, 0, get_owner_first),
	OTHER("blocks", 6, 0, 0, get_owner_blocks, .number = owner_blocks),
	OTHER("size", 8, 0, 0, get_owner_size, .number = owner_blocks),
	OTHER("age", 8, 0, 0, get_owner_age, .number = owner_age),
	TEXT("state", 6, 0, 0, get_owner_state, .number = owner_leaked),
	TEXT("taken by", 18, 40, 1, get_owner_code),
	{ NULL },
};

const struct column report_block_columns[] = {
	TEXT("device", 20, 0, 0, get_owner),
	TEXT("from pool", 12, 0, 0, get_pool),
	OTHER("area", 4, 0, 0, get_owner_area),
	OTHER("first", 5, 0, 2, get_owner_first),
	OTHER("blocks", 6, 0, 0, get_owner_blocks),
	OTHER("size", 8, 0, 1, get_owner_size),
	OTHER("age", 8, 0, 0, get_owner_age),
	TEXT("state", 6, 0, 0, get_owner_state),
	{ NULL },
};
/* clang-format on */

/*
 * Columns of those who wait
 */

GET(get_caller)
{
	(void)scene;
	content_text(cell,
		     *row->caller->device ? row->caller->device : "unknown");
}

GET(get_caller_op)
{
	(void)scene;
	content_text(cell, wait_op_name(row->caller->op));
}

GET(get_caller_pool)
{
	(void)scene;
	content_text(cell, row->caller->pool_id < 0 ? "(gone)" : row_pool(row));
}

GET(get_caller_area)
{
	(void)scene;
	if (row->caller->pool_id < 0)
		content_number(cell, UNKNOWN_TEXT);
	else
		content_count(cell, row->caller->area);
}

GET(get_caller_waits)
{
	(void)scene;
	content_count(cell, row->caller->waits.contended);
}

GET(get_caller_total)
{
	(void)scene;
	content_duration(cell, true, row->caller->waits.total_ns);
}

GET(get_caller_share)
{
	const struct snapshot *snap = scene->interval;
	uint64_t all = 0;

	for (size_t i = 0; i < snap->nr_callers; i++)
		all += snap->callers[i].waits.total_ns;
	cell->kind = CONTENT_NUMBER;
	format_percent(cell->text, sizeof(cell->text),
		       row->caller->waits.total_ns, all);
}

GET(get_caller_max)
{
	(void)scene;
	content_duration(cell, true, row->caller->waits.max_ns);
}

/* clang-format off: tables are read in columns */
const struct column caller_columns[] = {
	TEXT("device", 20, 0, 0, get_caller),
	TEXT("in", 6, 0, 0, get_caller_op),
	TEXT("pool", 12, 0, 0, get_caller_pool),
	OTHER("area", 4, 0, 0, get_caller_area),
	OTHER("waits", 9, 0, 0, get_caller_waits),
	OTHER("total", 9, 0, 0, get_caller_total),
	OTHER("", 4, 0, 0, get_caller_share),
	OTHER("max", 9, 0, 0, get_caller_max),
	{ NULL },
};
/* clang-format on */

/*
 * Columns of devices that can bounce
 */

GET(get_bouncing)
{
	(void)scene;
	content_text(cell, row->bouncing->name);
}

GET(get_driver)
{
	const char *driver = row->bouncing->driver;

	(void)scene;
	content_text(cell, *driver ? driver : UNKNOWN_TEXT);
}

GET(get_bounce_reason)
{
	(void)scene;
	bounce_text(&row->bouncing->bounce, cell->text, sizeof(cell->text));
}

GET(get_reach)
{
	(void)scene;
	cell->kind = CONTENT_NUMBER;
	bounce_reach_text(&row->bouncing->bounce, cell->text,
			  sizeof(cell->text));
}

NUMBER(bouncing_reach)
{
	(void)scene;
	return bounce_reach(&row->bouncing->bounce);
}

NUMBER(largest_mapping_number)
{
	(void)scene;
	return bounce_max_mapping(&row->bouncing->bounce);
}

GET(get_largest_mapping)
{
	uint64_t most = largest_mapping_number(scene, row);

	content_number(cell, most ? BYTES(most) : UNKNOWN_TEXT);
}

/* clang-format off: tables are read in columns */
const struct column bouncing_columns[] = {
	TEXT("device", 18, 0, 0, get_bouncing),
	TEXT("driver", 11, 0, 0, get_driver),
	TEXT("bounces", 28, 0, 0, get_bounce_reason),
	OTHER("reaches", 8, 0, 0, get_reach, .number = bouncing_reach),
	OTHER("at most", 7, 0, 0, get_largest_mapping,
	      .number = largest_mapping_number),
	{ NULL },
};
/* clang-format on */

/*
 * Columns of findings
 */

GET(get_severity)
{
	enum severity severity = row->finding->severity;

	(void)scene;
	content_text(cell, severity_name(severity));
	cell->style = severity_style(severity);
}

static const char *finding_id(const struct row *row)
{
	return row->finding->rule->id;
}

GET(get_finding_id)
{
	(void)scene;
	content_text(cell, row->finding->rule->id);
}

GET(get_finding_text)
{
	char text[FINDING_TEXT_LEN];

	content_text(cell, finding_text(row->finding, scene->interval, text));
}

/* clang-format off: tables are read in columns */
const struct column finding_columns[] = {
	TEXT("severity", 8, 0, 0, get_severity),
	TEXT("finding", 20, 4, 0, get_finding_id, .name = finding_id),
	TEXT("pool", 10, 14, 1, get_pool, .name = row_pool),
	TEXT("what was seen", 30, 300, 0, get_finding_text),
	{ NULL },
};
/* clang-format on */

/*
 * Columns of hooks and losses
 */

const char *row_hook(const struct row *row)
{
	return row->hook ? row->hook->name : row->loss->cause;
}

GET(get_hook)
{
	(void)scene;
	content_text(cell, row_hook(row));
}

GET(get_hook_state)
{
	(void)scene;
	if (row->loss) {
		snprintf(cell->text, sizeof(cell->text), "%" PRIu64 " lost",
			 row->loss->count);
		cell->style = row->loss->count ? STYLE_WARNING : STYLE_DIM;
		return;
	}
	content_text(cell, hook_state_name(row->hook->state));
	cell->style =
		row->hook->state == HOOK_ABSENT ? STYLE_WARNING : STYLE_GOOD;
}

GET(get_hook_target)
{
	(void)scene;
	content_text(cell, row->hook ? row->hook->target : "");
}

GET(get_hook_reason)
{
	(void)scene;
	content_text(cell, row->hook ? row->hook->reason : row->loss->help);
	cell->style = STYLE_DIM;
}

/* clang-format off: tables are read in columns */
const struct column doctor_columns[] = {
	TEXT("hook or loss", 22, 4, 0, get_hook, .name = row_hook),
	TEXT("state", 10, 4, 0, get_hook_state),
	TEXT("attached to", 22, 12, 0, get_hook_target),
	TEXT("remark", 20, 250, 0, get_hook_reason),
	{ NULL },
};
/* clang-format on */
