/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "model/level.h"
#include "util/units.h"
#include "views/tui_table.h"

/*
 * Figures
 */

const struct area *tui_total_area(const struct tui_state *state,
				  const struct pool *pool,
				  const struct area *area)
{
	const struct snapshot *total = state->model->total;
	const struct snapshot *interval = state->model->interval;

	/* snapshot_delta() keeps the places of what it copies. */
	return &total->pools[pool - interval->pools].areas[area - pool->areas];
}

const struct device *tui_total_device(const struct tui_state *state,
				      const struct device *device)
{
	return &state->model->total
			->devices[device - state->model->interval->devices];
}

enum style tui_fill_style(uint64_t used, uint64_t slots)
{
	return used >= slots - slots / 10  ? STYLE_ERROR
	       : used >= slots - slots / 4 ? STYLE_WARNING
					   : STYLE_GOOD;
}

enum style tui_severity_style(enum severity severity)
{
	return severity == SEVERITY_ERROR     ? STYLE_ERROR
	       : severity == SEVERITY_WARNING ? STYLE_WARNING
					      : STYLE_GOOD;
}

enum style tui_trend_style(enum trend trend, unsigned int height,
			   unsigned int steps)
{
	if (trend == TREND_USED)
		return tui_fill_style(height, steps);
	/* Of three decades: red from 10 % of a CPU. */
	return height * 3 > steps * 2 ? STYLE_ERROR
	       : height > steps / 8   ? STYLE_WARNING
				      : STYLE_TREND;
}

uint64_t tui_refused(const struct mapping_totals *totals)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < FAILURE_CAUSES; i++)
		sum += totals->failures[i];
	return sum;
}

uint64_t tui_wait_share(const struct snapshot *interval, uint64_t ns)
{
	uint64_t duration = interval->window.duration_ns;
	uint64_t ppm;

	if (!duration)
		return 0;
	ppm = (uint64_t)((double)ns * 1e6 / (double)duration);
	/* What is there does not look like nothing. */
	return ns && !ppm ? 1 : ppm;
}

char *tui_format_rate(char *text, size_t len, const struct snapshot *interval,
		      uint64_t count)
{
	uint64_t duration = interval->window.duration_ns;
	double rate = duration ? (double)count * 1e9 / (double)duration : 0;

	if (!count || !duration)
		snprintf(text, len, "%s", duration ? "0" : UNKNOWN_TEXT);
	else if (rate < 10)
		snprintf(text, len, "%.1f", rate < 0.1 ? 0.1 : rate);
	else if (rate < 99999.5)
		snprintf(text, len, "%.0f", rate);
	else if (rate < 9999.5e3)
		snprintf(text, len, "%.0fk", rate / 1e3);
	else
		snprintf(text, len, "%.0fM", rate / 1e6);
	return text;
}

static char *format_short(char *text, size_t len, uint64_t count)
{
	if (count < 10000)
		return format_count(text, len, count);
	if (count < 9999500)
		snprintf(text, len, "%.0fk", (double)count / 1e3);
	else
		snprintf(text, len, "%.0fM", (double)count / 1e6);
	return text;
}

void tui_cell_fit(struct tui_cell *cell, unsigned int width)
{
	char part[UNIT_TEXT_LEN], whole[UNIT_TEXT_LEN];

	if (cell->kind != TUI_NUMBER || !cell->part ||
	    canvas_columns(cell->text) <= width)
		return;
	format_short(part, sizeof(part), cell->part);
	if (cell->whole)
		snprintf(cell->text, sizeof(cell->text), "%s/%s", part,
			 format_short(whole, sizeof(whole), cell->whole));
	else
		snprintf(cell->text, sizeof(cell->text), "%s", part);
}

char *tui_caller_name(const struct tui_state *state, const struct stack *stack,
		      const char *inner, char *text, size_t len)
{
	snprintf(text, len, "stack not recorded");
	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++) {
		symbols_name(state->model->symbols, stack->addr[i], text, len);
		if (!strstr(text, inner))
			break;
	}
	return text;
}

char *tui_format_share(char *text, size_t len, uint64_t ppm)
{
	if (!ppm)
		snprintf(text, len, "0%%");
	else if (ppm < 100)
		snprintf(text, len, "<0.01%%");
	else if (ppm < 99950)
		snprintf(text, len, "%.2f%%", (double)ppm / 1e4);
	else if (ppm < 999500)
		snprintf(text, len, "%.1f%%", (double)ppm / 1e4);
	else
		snprintf(text, len, "%.0f%%", (double)ppm / 1e4);
	return text;
}

char *tui_format_cost(char *text, size_t len, const struct tui_cost *cost)
{
	char cpu[UNIT_TEXT_LEN] = UNKNOWN_TEXT, bpf[UNIT_TEXT_LEN];

	if (cost->known)
		tui_format_share(cpu, sizeof(cpu), cost->cpu_ppm);
	if (cost->known && cost->bpf_known)
		snprintf(text, len, "tool %s CPU, BPF %s", cpu,
			 tui_format_share(bpf, sizeof(bpf), cost->bpf_ppm));
	else
		snprintf(text, len, "tool %s CPU, BPF unknown", cpu);
	return text;
}

/*
 * Filling cells
 */

static void set_text(struct tui_cell *cell, const char *text)
{
	cell->kind = TUI_TEXT;
	snprintf(cell->text, sizeof(cell->text), "%s", text);
}

static void set_number(struct tui_cell *cell, const char *text)
{
	cell->kind = TUI_NUMBER;
	snprintf(cell->text, sizeof(cell->text), "%s", text);
}

static void set_count(struct tui_cell *cell, uint64_t count)
{
	cell->kind = TUI_NUMBER;
	cell->part = count;
	format_count(cell->text, sizeof(cell->text), count);
}

static void set_slots(struct tui_cell *cell, uint64_t slots)
{
	if (counter_known(slots))
		set_count(cell, slots);
	else
		set_number(cell, UNKNOWN_TEXT);
}

static void set_duration(struct tui_cell *cell, bool known, uint64_t ns)
{
	set_number(cell, UNKNOWN_TEXT);
	if (known)
		format_duration(cell->text, sizeof(cell->text), ns);
}

static void set_alarm(struct tui_cell *cell, uint64_t count)
{
	set_count(cell, count);
	if (count)
		cell->style = STYLE_ERROR;
}

/*
 * Columns of areas
 */

#define GET(name)                                                              \
	static void name(const struct tui_state *state,                        \
			 const struct tui_row *row, struct tui_cell *cell)
#define NUMBER(name)                                                           \
	static uint64_t name(const struct tui_state *state,                    \
			     const struct tui_row *row)

GET(get_area_label)
{
	cell->kind = TUI_NUMBER;
	if (state->model->interval->nr_pools > 1)
		snprintf(cell->text, sizeof(cell->text), "%d:%u", row->pool->id,
			 row->area->index);
	else
		set_count(cell, row->area->index);
}

const char *tui_row_pool(const struct tui_row *row)
{
	return row->pool ? row->pool->name : UNKNOWN_TEXT;
}

GET(get_pool)
{
	(void)state;
	set_text(cell, tui_row_pool(row));
}

GET(get_area_index)
{
	(void)state;
	set_count(cell, row->area->index);
}

static uint64_t used_of(const struct area *area)
{
	return counter_known(area->used) ? area->used : area->busy;
}

GET(get_area_bar)
{
	(void)state;
	cell->kind = TUI_BAR;
	cell->part = used_of(row->area);
	cell->peak = counter_known(row->area->used) ? row->area->used_peak : 0;
	cell->whole = row->area->slots;
	cell->style = tui_fill_style(cell->part, cell->whole);
}

GET(get_area_used)
{
	(void)state;
	set_slots(cell, row->area->used);
}

GET(get_area_slots)
{
	(void)state;
	set_count(cell, row->area->slots);
}

GET(get_area_used_of_slots)
{
	struct tui_cell used = { 0 };

	get_area_used(state, row, &used);
	cell->kind = TUI_NUMBER;
	cell->part = used.part;
	cell->whole = row->area->slots;
	snprintf(cell->text, sizeof(cell->text), "%.20s/%" PRIu64, used.text,
		 row->area->slots);
}

GET(get_area_percent)
{
	(void)state;
	set_number(cell, UNKNOWN_TEXT);
	if (counter_known(row->area->used))
		format_percent(cell->text, sizeof(cell->text), row->area->used,
			       row->area->slots);
}

NUMBER(area_fill)
{
	(void)state;
	if (!row->area->slots)
		return 0;
	return (uint64_t)((double)used_of(row->area) * 1e9 /
			  (double)row->area->slots);
}

NUMBER(area_used)
{
	(void)state;
	return used_of(row->area);
}

NUMBER(area_slots)
{
	(void)state;
	return row->area->slots;
}

GET(get_area_peak)
{
	(void)state;
	if (counter_known(row->area->used))
		set_slots(cell, row->area->used_peak);
	else
		set_number(cell, UNKNOWN_TEXT);
}

NUMBER(area_peak)
{
	(void)state;
	return row->area->used_peak;
}

GET(get_area_run)
{
	(void)state;
	if (row->area->long_run) {
		set_number(cell, UNKNOWN_TEXT);
		return;
	}
	set_count(cell, row->area->largest_free);
	if (!row->area->largest_free)
		cell->style = STYLE_ERROR;
	else if (row->area->largest_free < SEGMENT_SLOTS)
		cell->style = STYLE_WARNING;
}

/* The shortest run is what one looks for. */
NUMBER(area_run)
{
	(void)state;
	return UINT64_MAX - row->area->largest_free;
}

GET(get_area_blocks)
{
	(void)state;
	if (!row->pool->blocks_known) {
		set_number(cell, UNKNOWN_TEXT);
		return;
	}
	cell->kind = TUI_NUMBER;
	cell->part = row->area->blocks.allocated;
	cell->whole = row->area->blocks.total;
	snprintf(cell->text, sizeof(cell->text), "%u/%u",
		 row->area->blocks.allocated, row->area->blocks.total);
	if (row->area->blocks.orphaned)
		cell->style = STYLE_ERROR;
}

NUMBER(area_blocks)
{
	(void)state;
	return row->area->blocks.allocated;
}

static uint64_t list_errors(const struct area *area)
{
	return (uint64_t)area->list_errors + area->blocks.list_errors +
	       area->blocks.unreclaimed;
}

GET(get_area_errors)
{
	(void)state;
	set_alarm(cell, list_errors(row->area));
}

NUMBER(area_errors)
{
	(void)state;
	return list_errors(row->area);
}

GET(get_area_drift)
{
	(void)state;
	set_number(cell, UNKNOWN_TEXT);
	if (!row->area->drift_known)
		return;
	snprintf(cell->text, sizeof(cell->text), "%" PRId64, row->area->drift);
	if (row->area->drift)
		cell->style = STYLE_ERROR;
}

static void set_spark(const struct tui_state *state, const struct tui_row *row,
		      struct tui_cell *cell, enum trend trend)
{
	cell->kind = TUI_SPARK;
	cell->trend = trend;
	cell->ring = history_ring(&state->history, row->pool, row->area->index);
}

GET(get_trend_used)
{
	set_spark(state, row, cell, TREND_USED);
}

GET(get_trend_wait)
{
	set_spark(state, row, cell, TREND_WAIT);
}

/*
 * Columns of waits; a device's are those of its maps and unmaps
 */

static const struct waits *waits_of(const struct tui_row *row)
{
	return row->area ? &row->area->locks : &row->device->waits;
}

static bool waits_known(const struct tui_state *state)
{
	return !snapshot_level_missing(state->model->interval, LEVEL_LOCKS);
}

static bool has_waits(const struct tui_state *state, const struct tui_row *row)
{
	return waits_known(state) && waits_of(row)->contended;
}

GET(get_wait_rate)
{
	set_number(cell, UNKNOWN_TEXT);
	if (waits_known(state))
		tui_format_rate(cell->text, sizeof(cell->text),
				state->model->interval,
				waits_of(row)->contended);
	if (waits_of(row)->contended)
		cell->style = STYLE_WARNING;
}

NUMBER(wait_count)
{
	(void)state;
	return waits_of(row)->contended;
}

static enum style share_style(uint64_t ppm)
{
	return ppm >= 100000 ? STYLE_ERROR
	       : ppm >= 1000 ? STYLE_WARNING
			     : STYLE_PLAIN;
}

GET(get_wait_share)
{
	uint64_t ppm =
		tui_wait_share(state->model->interval, waits_of(row)->total_ns);

	set_number(cell, UNKNOWN_TEXT);
	if (!waits_known(state))
		return;
	tui_format_share(cell->text, sizeof(cell->text), ppm);
	cell->style = share_style(ppm);
}

NUMBER(wait_total)
{
	(void)state;
	return waits_of(row)->total_ns;
}

static uint64_t quantile(const struct tui_row *row, unsigned int per_mille)
{
	const struct waits *waits = waits_of(row);

	return histogram_quantile(&waits->wait, per_mille, waits->max_ns);
}

GET(get_wait_p50)
{
	set_duration(cell, has_waits(state, row), quantile(row, 500));
}

GET(get_wait_p90)
{
	set_duration(cell, has_waits(state, row), quantile(row, 900));
}

GET(get_wait_p99)
{
	set_duration(cell, has_waits(state, row), quantile(row, 990));
}

GET(get_wait_max)
{
	set_duration(cell, has_waits(state, row), waits_of(row)->max_ns);
}

NUMBER(wait_p50)
{
	(void)state;
	return quantile(row, 500);
}

NUMBER(wait_p90)
{
	(void)state;
	return quantile(row, 900);
}

NUMBER(wait_p99)
{
	(void)state;
	return quantile(row, 990);
}

NUMBER(wait_max)
{
	(void)state;
	return waits_of(row)->max_ns;
}

GET(get_session_waits)
{
	set_number(cell, UNKNOWN_TEXT);
	if (waits_known(state))
		set_count(cell, tui_total_area(state, row->pool, row->area)
					->locks.contended);
}

NUMBER(session_waits)
{
	return tui_total_area(state, row->pool, row->area)->locks.contended;
}

GET(get_session_max)
{
	const struct waits *waits =
		&tui_total_area(state, row->pool, row->area)->locks;

	set_duration(cell, waits_known(state) && waits->contended,
		     waits->max_ns);
}

NUMBER(session_max)
{
	return tui_total_area(state, row->pool, row->area)->locks.max_ns;
}

GET(get_hold_share)
{
	const struct snapshot *snap = state->model->interval;

	set_number(cell, UNKNOWN_TEXT);
	if (!snapshot_level_missing(snap, LEVEL_HOLDS))
		tui_format_share(cell->text, sizeof(cell->text),
				 tui_wait_share(snap,
						row->area->holds.total_ns));
}

NUMBER(hold_total)
{
	(void)state;
	return row->area->holds.total_ns;
}

GET(get_hold_max)
{
	set_duration(cell,
		     !snapshot_level_missing(state->model->interval,
					     LEVEL_HOLDS) &&
			     row->area->holds.acquisitions,
		     row->area->holds.max_ns);
}

NUMBER(hold_max)
{
	(void)state;
	return row->area->holds.max_ns;
}

const struct tui_column tui_overview_columns[] = {
	{ "area", 6, 6, 0, true, get_area_label, NULL, NULL },
	{ "in use", 7, 25, 0, false, get_area_bar, area_fill, NULL },
	{ "used/slots", 11, 2, 0, true, get_area_used_of_slots, area_used,
	  NULL },
	{ "peak", 5, 2, 0, true, get_area_peak, area_peak, NULL },
	{ "run", 3, 1, 0, true, get_area_run, area_run, NULL },
	{ "waits/s", 7, 1, 0, true, get_wait_rate, wait_count, NULL },
	{ "wait", 6, 2, 0, true, get_wait_share, wait_total, NULL },
	{ "p99", 8, 0, 0, true, get_wait_p99, wait_p99, NULL },
	{ "max", 8, 0, 0, true, get_wait_max, wait_max, NULL },
	{ "wait 60s", 8, 22, 0, true, get_trend_wait, NULL, NULL },
	{ "used 60s", 12, 18, 1, true, get_trend_used, NULL, NULL },
	{ NULL },
};

const struct tui_column tui_area_columns[] = {
	{ "pool", 12, 20, 0, false, get_pool, NULL, tui_row_pool },
	{ "area", 4, 0, 0, true, get_area_index, NULL, NULL },
	{ "in use", 10, 30, 0, false, get_area_bar, area_fill, NULL },
	{ "used", 6, 2, 0, true, get_area_used, area_used, NULL },
	{ "slots", 6, 2, 0, true, get_area_slots, area_slots, NULL },
	{ "full", 4, 0, 0, true, get_area_percent, area_fill, NULL },
	{ "peak", 6, 2, 0, true, get_area_peak, area_peak, NULL },
	{ "run", 4, 0, 0, true, get_area_run, area_run, NULL },
	{ "blocks", 7, 2, 1, true, get_area_blocks, area_blocks, NULL },
	{ "errors", 6, 0, 2, true, get_area_errors, area_errors, NULL },
	{ "drift", 6, 0, 4, true, get_area_drift, NULL, NULL },
	{ "used 60s", 10, 50, 3, true, get_trend_used, NULL, NULL },
	{ NULL },
};

const struct tui_column tui_lock_columns[] = {
	{ "pool", 12, 20, 0, false, get_pool, NULL, tui_row_pool },
	{ "area", 4, 0, 0, true, get_area_index, NULL, NULL },
	{ "waits/s", 7, 1, 0, true, get_wait_rate, wait_count, NULL },
	{ "wait", 6, 2, 0, true, get_wait_share, wait_total, NULL },
	{ "p50", 8, 0, 0, true, get_wait_p50, wait_p50, NULL },
	{ "p90", 8, 0, 0, true, get_wait_p90, wait_p90, NULL },
	{ "p99", 8, 0, 0, true, get_wait_p99, wait_p99, NULL },
	{ "max", 8, 0, 0, true, get_wait_max, wait_max, NULL },
	{ "total", 9, 4, 1, true, get_session_waits, session_waits, NULL },
	{ "max ever", 8, 0, 3, true, get_session_max, session_max, NULL },
	{ "wait 60s", 10, 50, 2, true, get_trend_wait, NULL, NULL },
	{ "held", 6, 2, 4, true, get_hold_share, hold_total, NULL },
	{ "max held", 8, 0, 5, true, get_hold_max, hold_max, NULL },
	{ NULL },
};

/*
 * Columns of devices
 */

static const char *device_name(const struct tui_row *row)
{
	return row->device->name;
}

GET(get_device)
{
	(void)state;
	set_text(cell, row->device->name);
	if (row->device->gone) {
		snprintf(cell->text, sizeof(cell->text), "%s (gone)",
			 row->device->name);
		cell->style = STYLE_WARNING;
	}
}

GET(get_maps)
{
	cell->kind = TUI_NUMBER;
	tui_format_rate(cell->text, sizeof(cell->text), state->model->interval,
			row->device->totals.maps);
}

NUMBER(device_maps)
{
	(void)state;
	return row->device->totals.maps;
}

GET(get_unmaps)
{
	cell->kind = TUI_NUMBER;
	tui_format_rate(cell->text, sizeof(cell->text), state->model->interval,
			row->device->totals.unmaps);
}

NUMBER(device_unmaps)
{
	(void)state;
	return row->device->totals.unmaps;
}

static uint64_t per_second(const struct tui_state *state, uint64_t count)
{
	uint64_t ns = state->model->interval->window.duration_ns;

	return ns ? (uint64_t)((double)count * 1e9 / (double)ns) : 0;
}

GET(get_bytes)
{
	cell->kind = TUI_NUMBER;
	format_bytes(cell->text, sizeof(cell->text),
		     per_second(state, row->device->totals.bytes));
}

NUMBER(device_bytes)
{
	(void)state;
	return row->device->totals.bytes;
}

GET(get_refused)
{
	set_alarm(cell,
		  tui_refused(&tui_total_device(state, row->device)->totals));
}

NUMBER(device_refused)
{
	return tui_refused(&tui_total_device(state, row->device)->totals);
}

GET(get_live)
{
	(void)state;
	set_count(cell, row->device->totals.live);
}

NUMBER(device_live)
{
	(void)state;
	return row->device->totals.live;
}

GET(get_live_slots)
{
	(void)state;
	set_count(cell, row->device->totals.live_slots);
}

NUMBER(device_live_slots)
{
	(void)state;
	return row->device->totals.live_slots;
}

GET(get_grown)
{
	(void)state;
	set_count(cell, row->device->totals.grown);
}

NUMBER(device_grown)
{
	(void)state;
	return row->device->totals.grown;
}

GET(get_leaked)
{
	(void)state;
	set_alarm(cell, row->device->totals.leaked);
}

NUMBER(device_leaked)
{
	(void)state;
	return row->device->totals.leaked;
}

GET(get_oldest)
{
	uint64_t ns = row->device->totals.oldest_ns;

	(void)state;
	set_duration(cell, ns, ns);
}

NUMBER(device_oldest)
{
	(void)state;
	return row->device->totals.oldest_ns;
}

const struct tui_column tui_device_columns[] = {
	{ "device", 18, 22, 0, false, get_device, NULL, device_name },
	{ "maps/s", 7, 2, 0, true, get_maps, device_maps, NULL },
	{ "unmaps/s", 8, 2, 2, true, get_unmaps, device_unmaps, NULL },
	{ "bytes/s", 9, 2, 0, true, get_bytes, device_bytes, NULL },
	{ "refused", 7, 3, 0, true, get_refused, device_refused, NULL },
	{ "live", 7, 2, 0, true, get_live, device_live, NULL },
	{ "slots", 6, 2, 0, true, get_live_slots, device_live_slots, NULL },
	{ "grown", 6, 2, 2, true, get_grown, device_grown, NULL },
	{ "leaked", 6, 2, 0, true, get_leaked, device_leaked, NULL },
	{ "oldest", 8, 0, 1, true, get_oldest, device_oldest, NULL },
	{ "wait", 6, 2, 3, true, get_wait_share, wait_total, NULL },
	{ "max wait", 8, 0, 5, true, get_wait_max, wait_max, NULL },
	{ "pool", 12, 20, 4, false, get_pool, NULL, tui_row_pool },
	{ NULL },
};

/*
 * Columns of block owners
 */

const char *tui_row_owner(const struct tui_row *row)
{
	return *row->owner->device ? row->owner->device : "unknown";
}

GET(get_owner)
{
	(void)state;
	set_text(cell, tui_row_owner(row));
}

GET(get_owner_area)
{
	(void)state;
	set_count(cell, row->owner->area);
}

GET(get_owner_first)
{
	(void)state;
	set_count(cell, row->owner->first_block);
}

GET(get_owner_blocks)
{
	(void)state;
	set_count(cell, row->owner->blocks);
}

NUMBER(owner_blocks)
{
	(void)state;
	return row->owner->blocks;
}

GET(get_owner_size)
{
	(void)state;
	cell->kind = TUI_NUMBER;
	format_bytes(cell->text, sizeof(cell->text),
		     (uint64_t)row->owner->blocks * BLOCK_SLOTS * SLOT_BYTES);
}

GET(get_owner_age)
{
	(void)state;
	set_duration(cell, row->owner->age_known, row->owner->age_ns);
}

/* An unknown age is older than every known one. */
NUMBER(owner_age)
{
	(void)state;
	return row->owner->age_known ? row->owner->age_ns : UINT64_MAX;
}

GET(get_owner_state)
{
	(void)state;
	set_text(cell, row->owner->device_gone ? "leaked" : "live");
	cell->style = row->owner->device_gone ? STYLE_ERROR : STYLE_GOOD;
}

NUMBER(owner_leaked)
{
	(void)state;
	return row->owner->device_gone;
}

/* Below the functions that take blocks. */
GET(get_owner_code)
{
	cell->kind = TUI_TEXT;
	tui_caller_name(state, &row->owner->stack, "swiotlb_device_allocate",
			cell->text, sizeof(cell->text));
}

const struct tui_column tui_block_columns[] = {
	{ "device", 20, 20, 0, false, get_owner, NULL, tui_row_owner },
	{ "from pool", 12, 20, 0, false, get_pool, NULL, tui_row_pool },
	{ "area", 4, 0, 0, true, get_owner_area, NULL, NULL },
	{ "first", 6, 0, 0, true, get_owner_first, NULL, NULL },
	{ "blocks", 6, 0, 0, true, get_owner_blocks, owner_blocks, NULL },
	{ "size", 8, 0, 0, true, get_owner_size, owner_blocks, NULL },
	{ "age", 8, 0, 0, true, get_owner_age, owner_age, NULL },
	{ "state", 6, 0, 0, false, get_owner_state, owner_leaked, NULL },
	{ "taken by", 18, 40, 1, false, get_owner_code, NULL, NULL },
	{ NULL },
};

/*
 * Columns of findings
 */

GET(get_severity)
{
	enum severity severity = row->finding->severity;

	(void)state;
	set_text(cell, severity_name(severity));
	cell->style = tui_severity_style(severity);
}

static const char *finding_id(const struct tui_row *row)
{
	return row->finding->id;
}

GET(get_finding_id)
{
	(void)state;
	set_text(cell, row->finding->id);
}

GET(get_finding_text)
{
	(void)state;
	set_text(cell, row->finding->text);
}

const struct tui_column tui_finding_columns[] = {
	{ "severity", 8, 0, 0, false, get_severity, NULL, NULL },
	{ "finding", 20, 4, 0, false, get_finding_id, NULL, finding_id },
	{ "pool", 10, 14, 1, false, get_pool, NULL, tui_row_pool },
	{ "what was seen", 30, 300, 0, false, get_finding_text, NULL, NULL },
	{ NULL },
};

/*
 * Columns of hooks and losses
 */

const char *tui_row_hook(const struct tui_row *row)
{
	return row->hook ? row->hook->name : row->loss->cause;
}

GET(get_hook)
{
	(void)state;
	set_text(cell, tui_row_hook(row));
}

GET(get_hook_state)
{
	(void)state;
	if (row->loss) {
		snprintf(cell->text, sizeof(cell->text), "%" PRIu64 " lost",
			 row->loss->count);
		cell->style = row->loss->count ? STYLE_WARNING : STYLE_DIM;
		return;
	}
	set_text(cell, hook_state_name(row->hook->state));
	cell->style =
		row->hook->state == HOOK_ABSENT ? STYLE_WARNING : STYLE_GOOD;
}

GET(get_hook_target)
{
	(void)state;
	set_text(cell, row->hook ? row->hook->target : "");
}

GET(get_hook_reason)
{
	(void)state;
	set_text(cell, row->hook ? row->hook->reason : row->loss->help);
	cell->style = STYLE_DIM;
}

const struct tui_column tui_doctor_columns[] = {
	{ "hook or loss", 22, 4, 0, false, get_hook, NULL, tui_row_hook },
	{ "state", 10, 4, 0, false, get_hook_state, NULL, NULL },
	{ "attached to", 22, 12, 0, false, get_hook_target, NULL, NULL },
	{ "remark", 20, 250, 0, false, get_hook_reason, NULL, NULL },
	{ NULL },
};
