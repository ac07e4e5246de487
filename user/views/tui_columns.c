/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "model/level.h"
#include "model/metrics.h"
#include "views/tui_table.h"
#include "views/values.h"

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

static void set_duration(struct tui_cell *cell, bool known, uint64_t ns)
{
	set_number(cell, UNKNOWN_TEXT);
	if (known)
		format_duration(cell->text, sizeof(cell->text), ns);
}

/*
 * Columns of figures: the metric says what they are
 */

static struct subject subject_of(const struct tui_column *column,
				 const struct tui_state *state,
				 const struct tui_row *row)
{
	struct subject subject = {
		.snap = state->model->interval,
		.pool = row->pool,
		.area = row->area,
		.device = row->device,
	};

	if (!column->session)
		return subject;
	subject.snap = state->model->total;
	if (row->area)
		subject.area = tui_total_area(state, row->pool, row->area);
	if (row->device)
		subject.device = tui_total_device(state, row->device);
	return subject;
}

static uint64_t per_second(const struct snapshot *snap, uint64_t count)
{
	uint64_t ns = snap->window.duration_ns;

	return ns ? (uint64_t)((double)count * 1e9 / (double)ns) : 0;
}

static void format_figure(const struct tui_column *column,
			  const struct subject *subject,
			  const struct metric *metric, int64_t value,
			  struct tui_cell *cell)
{
	size_t len = sizeof(cell->text);
	uint64_t count = (uint64_t)value;
	int64_t whole = 0;

	switch (column->format) {
	case TUI_COUNT:
		set_count(cell, count);
		break;
	case TUI_SIGNED:
		snprintf(cell->text, len, "%" PRId64, value);
		break;
	case TUI_DURATION:
		/* No wait, no hold, no mapping takes no time. */
		if (value)
			format_duration(cell->text, len, count);
		break;
	case TUI_RATE:
		tui_format_rate(cell->text, len, subject->snap, count);
		break;
	case TUI_BYTE_RATE:
		format_bytes(cell->text, len, per_second(subject->snap, count));
		break;
	case TUI_CPU_SHARE:
		tui_format_share(cell->text, len,
				 tui_wait_share(subject->snap, count));
		break;
	case TUI_PERCENT:
		if (metric->whole && metric->whole(subject, &whole))
			format_percent(cell->text, len, count, (uint64_t)whole);
		break;
	}
}

const struct metric *tui_column_metric(const struct tui_column *column)
{
	return column->metric ? metric_find(column->metric) : NULL;
}

void tui_column_cell(const struct tui_column *column,
		     const struct metric *metric, const struct tui_state *state,
		     const struct tui_row *row, struct tui_cell *cell)
{
	struct subject subject;
	int64_t value;

	if (!metric) {
		column->get(state, row, cell);
		return;
	}
	subject = subject_of(column, state, row);
	set_number(cell, UNKNOWN_TEXT);
	if (!metric_value(metric, &subject, &value))
		return;
	format_figure(column, &subject, metric, value, cell);
	if (column->style)
		cell->style = column->style(state, value);
}

uint64_t tui_column_number(const struct tui_column *column,
			   const struct metric *metric,
			   const struct tui_state *state,
			   const struct tui_row *row)
{
	struct subject subject;
	int64_t value, whole = 0;

	if (!metric)
		return column->number ? column->number(state, row) : 0;
	subject = subject_of(column, state, row);
	if (!metric_value(metric, &subject, &value))
		return 0;
	if (column->format == TUI_PERCENT && metric->whole &&
	    metric->whole(&subject, &whole) && whole)
		return (uint64_t)((double)value * 1e9 / (double)whole);
	return column->least_first ? UINT64_MAX - (uint64_t)value
				   : (uint64_t)value;
}

static enum style error_style(const struct tui_state *state, int64_t count)
{
	(void)state;
	return count ? STYLE_ERROR : STYLE_PLAIN;
}

static enum style wait_style(const struct tui_state *state, int64_t count)
{
	(void)state;
	return count ? STYLE_WARNING : STYLE_PLAIN;
}

/* Red from 10 % of a CPU. */
static enum style share_style(const struct tui_state *state, int64_t ns)
{
	uint64_t ppm = tui_wait_share(state->model->interval, (uint64_t)ns);

	return ppm >= 100000 ? STYLE_ERROR
	       : ppm >= 1000 ? STYLE_WARNING
			     : STYLE_PLAIN;
}

static enum style run_style(const struct tui_state *state, int64_t slots)
{
	(void)state;
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

NUMBER(area_fill)
{
	(void)state;
	if (!row->area->slots)
		return 0;
	return (uint64_t)((double)used_of(row->area) * 1e9 /
			  (double)row->area->slots);
}

GET(get_area_used_of_slots)
{
	(void)state;
	cell->kind = TUI_NUMBER;
	cell->whole = row->area->slots;
	if (counter_known(row->area->used))
		cell->part = row->area->used;
	snprintf(cell->text, sizeof(cell->text), "%.20s/%" PRIu64,
		 SLOTS(row->area->used), row->area->slots);
}

NUMBER(area_used)
{
	(void)state;
	return used_of(row->area);
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
	set_count(cell, list_errors(row->area));
	cell->style = error_style(NULL, (int64_t)cell->part);
}

NUMBER(area_errors)
{
	(void)state;
	return list_errors(row->area);
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

/* clang-format off: tables are read in columns */
const struct tui_column tui_overview_columns[] = {
	OTHER("area", 6, 6, 0, get_area_label),
	TEXT("in use", 7, 25, 0, get_area_bar, .number = area_fill),
	OTHER("used/slots", 11, 2, 0, get_area_used_of_slots,
	      .number = area_used),
	FIGURE("peak", 5, 2, 0, TUI_COUNT, "area.used_peak"),
	FIGURE("run", 3, 1, 0, TUI_COUNT, "area.largest_free",
	       .style = run_style, .least_first = true),
	FIGURE("waits/s", 7, 1, 0, TUI_RATE, "lock.contended",
	       .style = wait_style),
	FIGURE("wait", 6, 2, 0, TUI_CPU_SHARE, "lock.wait.total",
	       .style = share_style),
	FIGURE("p99", 8, 0, 0, TUI_DURATION, "lock.wait.p99"),
	FIGURE("max", 8, 0, 0, TUI_DURATION, "lock.wait.max"),
	OTHER("wait 60s", 8, 22, 0, get_trend_wait),
	OTHER("used 60s", 12, 18, 1, get_trend_used),
	{ NULL },
};

const struct tui_column tui_area_columns[] = {
	TEXT("pool", 12, 20, 0, get_pool, .name = tui_row_pool),
	OTHER("area", 4, 0, 0, get_area_index),
	TEXT("in use", 10, 30, 0, get_area_bar, .number = area_fill),
	FIGURE("used", 6, 2, 0, TUI_COUNT, "area.used"),
	FIGURE("slots", 6, 2, 0, TUI_COUNT, "area.slots"),
	FIGURE("full", 4, 0, 0, TUI_PERCENT, "area.used"),
	FIGURE("peak", 6, 2, 0, TUI_COUNT, "area.used_peak"),
	FIGURE("run", 4, 0, 0, TUI_COUNT, "area.largest_free",
	       .style = run_style, .least_first = true),
	OTHER("blocks", 7, 2, 1, get_area_blocks, .number = area_blocks),
	OTHER("errors", 6, 0, 2, get_area_errors, .number = area_errors),
	FIGURE("drift", 6, 0, 4, TUI_SIGNED, "area.used_drift",
	       .style = error_style),
	OTHER("used 60s", 10, 50, 3, get_trend_used),
	{ NULL },
};

const struct tui_column tui_lock_columns[] = {
	TEXT("pool", 12, 20, 0, get_pool, .name = tui_row_pool),
	OTHER("area", 4, 0, 0, get_area_index),
	FIGURE("waits/s", 7, 1, 0, TUI_RATE, "lock.contended",
	       .style = wait_style),
	FIGURE("wait", 6, 2, 0, TUI_CPU_SHARE, "lock.wait.total",
	       .style = share_style),
	FIGURE("p50", 8, 0, 0, TUI_DURATION, "lock.wait.p50"),
	FIGURE("p90", 8, 0, 0, TUI_DURATION, "lock.wait.p90"),
	FIGURE("p99", 8, 0, 0, TUI_DURATION, "lock.wait.p99"),
	FIGURE("max", 8, 0, 0, TUI_DURATION, "lock.wait.max"),
	SESSION_FIGURE("total", 9, 4, 1, TUI_COUNT, "lock.contended"),
	SESSION_FIGURE("max ever", 8, 0, 3, TUI_DURATION, "lock.wait.max"),
	OTHER("wait 60s", 10, 50, 2, get_trend_wait),
	FIGURE("held", 6, 2, 4, TUI_CPU_SHARE, "lock.hold.total"),
	FIGURE("max held", 8, 0, 5, TUI_DURATION, "lock.hold.max"),
	{ NULL },
};
/* clang-format on */

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

/* Its waits are those of its maps and unmaps. */
GET(get_device_wait_max)
{
	const struct waits *waits = &row->device->waits;

	set_duration(cell,
		     !snapshot_level_missing(state->model->interval,
					     LEVEL_CALLERS) &&
			     waits->contended,
		     waits->max_ns);
}

NUMBER(device_wait_max)
{
	(void)state;
	return row->device->waits.max_ns;
}

/* clang-format off: tables are read in columns */
const struct tui_column tui_device_columns[] = {
	TEXT("device", 18, 22, 0, get_device, .name = device_name),
	FIGURE("maps/s", 7, 2, 0, TUI_RATE, "device.maps"),
	FIGURE("unmaps/s", 8, 2, 2, TUI_RATE, "device.unmaps"),
	FIGURE("bytes/s", 9, 2, 0, TUI_BYTE_RATE, "device.bytes"),
	SESSION_FIGURE("refused", 7, 3, 0, TUI_COUNT, "device.failures",
		       .style = error_style),
	FIGURE("live", 7, 2, 0, TUI_COUNT, "device.live"),
	FIGURE("slots", 6, 2, 0, TUI_COUNT, "device.live_slots"),
	FIGURE("grown", 6, 2, 2, TUI_COUNT, "device.grown"),
	FIGURE("leaked", 6, 2, 0, TUI_COUNT, "device.leaked",
	       .style = error_style),
	FIGURE("oldest", 8, 0, 1, TUI_DURATION, "device.oldest"),
	FIGURE("wait", 6, 2, 3, TUI_CPU_SHARE, "device.lock.wait.total",
	       .style = share_style),
	OTHER("max wait", 8, 0, 5, get_device_wait_max,
	      .number = device_wait_max),
	TEXT("pool", 12, 20, 4, get_pool, .name = tui_row_pool),
	{ NULL },
};
/* clang-format on */

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

/* clang-format off: tables are read in columns */
const struct tui_column tui_block_columns[] = {
	TEXT("device", 20, 20, 0, get_owner, .name = tui_row_owner),
	TEXT("from pool", 12, 20, 0, get_pool, .name = tui_row_pool),
	OTHER("area", 4, 0, 0, get_owner_area),
	OTHER("first", 6, 0, 0, get_owner_first),
	OTHER("blocks", 6, 0, 0, get_owner_blocks, .number = owner_blocks),
	OTHER("size", 8, 0, 0, get_owner_size, .number = owner_blocks),
	OTHER("age", 8, 0, 0, get_owner_age, .number = owner_age),
	TEXT("state", 6, 0, 0, get_owner_state, .number = owner_leaked),
	TEXT("taken by", 18, 40, 1, get_owner_code),
	{ NULL },
};
/* clang-format on */

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

/* clang-format off: tables are read in columns */
const struct tui_column tui_finding_columns[] = {
	TEXT("severity", 8, 0, 0, get_severity),
	TEXT("finding", 20, 4, 0, get_finding_id, .name = finding_id),
	TEXT("pool", 10, 14, 1, get_pool, .name = tui_row_pool),
	TEXT("what was seen", 30, 300, 0, get_finding_text),
	{ NULL },
};
/* clang-format on */

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

/* clang-format off: tables are read in columns */
const struct tui_column tui_doctor_columns[] = {
	TEXT("hook or loss", 22, 4, 0, get_hook, .name = tui_row_hook),
	TEXT("state", 10, 4, 0, get_hook_state),
	TEXT("attached to", 22, 12, 0, get_hook_target),
	TEXT("remark", 20, 250, 0, get_hook_reason),
	{ NULL },
};
/* clang-format on */
