/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_draw.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/level.h"
#include "model/wrong_unmaps.h"
#include "util/units.h"
#include "views/refusal_text.h"
#include "views/tui_actions.h"
#include "views/tui_frame.h"
#include "views/tui_layout.h"
#include "views/tui_pane.h"
#include "views/tui_table.h"
#include "views/values.h"

#define MORE_COLUMNS "\xc2\xbb"

/* More signs than this would be a picture, not a strip. */
#define MAX_STRIP 2048

/* Columns that a pool's figures have, so that its bar ends where others do. */
#define POOL_FIGURES 49

/* Lines of the trends below the overview's findings. */
#define MIN_TREND_LINES 3
#define MAX_TREND_LINES 8

/*
 * Tables
 */

static void draw_titles(const struct tui_state *state, struct canvas *canvas,
			const struct place *places, unsigned int count, int y)
{
	const struct tui_list *list = &state->lists[state->screen];
	const struct table_titles titles = {
		.style = STYLE_TITLE,
		.sorted = list->sort,
		.reverse = list->reverse,
	};

	table_draw_titles(&titles, tui_table(state->screen)->columns, places,
			  count, canvas, 0, y);
}

/* Which rows of how many, and whether there is more to the right. */
static void draw_extent(const struct tui_state *state, struct canvas *canvas,
			unsigned int left_out, int y)
{
	const struct tui_list *list = &state->lists[state->screen];
	size_t last = list->top + state->layout.table_lines;
	char text[96] = "", more[48] = "";

	if (last > state->nr_rows)
		last = state->nr_rows;
	if (left_out)
		snprintf(more, sizeof(more), "  " MORE_COLUMNS " %u column%s",
			 left_out, plural(left_out));
	if (state->nr_rows > state->layout.table_lines)
		snprintf(text, sizeof(text), "rows %zu\xe2\x80\x93%zu of %zu",
			 list->top + 1, last, state->nr_rows);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", more);
	canvas_put_right(canvas, canvas->width / 2, y, canvas->width / 2 - 1,
			 STYLE_DIM, text);
}

static void draw_table(const struct tui_state *state, struct canvas *canvas)
{
	const struct tui_table *table = tui_table(state->screen);
	const struct scene scene = tui_scene(state);
	const struct tui_list *list = &state->lists[state->screen];
	const struct tui_layout *l = &state->layout;
	struct place places[MAX_COLUMNS];
	unsigned int left_out, count;

	count = table_place(table->columns, canvas->width, places, &left_out);
	draw_extent(state, canvas, left_out, (int)l->titles - 1);
	draw_titles(state, canvas, places, count, (int)l->titles);
	for (size_t i = 0; i < l->table_lines; i++) {
		int y = (int)(l->table + i);

		if (list->top + i >= state->nr_rows)
			break;
		table_draw_row(&scene, &state->rows[list->top + i],
			       table->columns, places, count, canvas, 0, y);
		if (list->top + i == list->selected)
			canvas_select(canvas, y);
	}
	if (!state->nr_rows)
		canvas_put(canvas, 1, (int)l->table, canvas->width - 2,
			   STYLE_DIM,
			   state->hidden ? "nothing matches the filter; Esc "
					   "drops it"
					 : table->empty(state));
}

/*
 * The strip of all areas
 */

static unsigned int area_fill(const struct area *area)
{
	uint64_t used = counter_known(area->used) ? area->used : area->busy;

	if (used >= area->slots)
		return area->slots ? 1000 : 0;
	return (unsigned int)((double)used * 1000 / (double)area->slots);
}

static void draw_strip_cell(struct canvas *canvas, unsigned int x, int y,
			    unsigned int fill)
{
	canvas_level(canvas, x, y, fill_style(fill, 1000),
		     fill ? 1 + fill * 7 / 1000 : 0);
}

/* In the order of the pools; each cell is the fullest of its areas. */
static void draw_strip(const struct tui_state *state, struct canvas *canvas)
{
	const struct tui_layout *l = &state->layout;
	size_t columns = canvas->width - 2, rows = state->nr_rows;
	size_t cells = columns * l->strip_lines, each;
	uint16_t fills[MAX_STRIP] = { 0 };

	if (!l->strip_lines)
		return;
	if (cells > MAX_STRIP)
		cells = MAX_STRIP;
	each = (rows + cells - 1) / cells;
	for (size_t i = 0; i < rows; i++) {
		const struct row *row = &state->rows[i];
		unsigned int fill = area_fill(row->area);

		if (fill > fills[row->order / each])
			fills[row->order / each] = (uint16_t)fill;
	}
	for (size_t i = 0; i * each < rows; i++)
		draw_strip_cell(canvas, 1 + (unsigned int)(i % columns),
				(int)(l->strip + i / columns), fills[i]);
	if (each == 1) {
		canvas_put(canvas, 1, (int)l->strip - 1, columns, STYLE_DIM,
			   "all areas, in their order");
	} else {
		char text[80];

		snprintf(text, sizeof(text),
			 "all areas, in their order; each sign is the fullest "
			 "of %zu",
			 each);
		canvas_put(canvas, 1, (int)l->strip - 1, columns, STYLE_DIM,
			   text);
	}
}

/*
 * Above the table
 */

static void draw_verdict(const struct tui_state *state, struct pane *pane)
{
	char verdict[FINDING_TEXT_LEN];
	enum severity severity;
	int end = pane->line + 2, bottom = pane->bottom;

	severity =
		findings_verdict(state->model->interval, state->model->findings,
				 verdict, sizeof(verdict));
	pane->bottom = end;
	pane_wrap(pane, severity_style(severity), 0, verdict);
	if (pane->line > end)
		canvas_put(pane->canvas, pane->x + pane->width - 1, end - 1, 1,
			   severity_style(severity), "\xe2\x80\xa6");
	pane->line = end;
	pane->bottom = bottom;
}

static void pool_figures(const struct pool *pool, char *text, size_t len)
{
	char used[UNIT_TEXT_LEN] = UNKNOWN_TEXT, percent[UNIT_TEXT_LEN];
	char peak[UNIT_TEXT_LEN] = UNKNOWN_TEXT, slots[2 * UNIT_TEXT_LEN + 1];
	unsigned int run = 0;

	for (unsigned int i = 0; i < pool->nr_areas; i++)
		if (pool->areas[i].largest_free > run)
			run = pool->areas[i].largest_free;
	snprintf(percent, sizeof(percent), UNKNOWN_TEXT);
	if (counter_known(pool->used)) {
		format_count(used, sizeof(used), pool->used);
		format_count(peak, sizeof(peak), pool->used_peak);
		format_percent(percent, sizeof(percent), pool->used,
			       pool->slots);
	}
	snprintf(slots, sizeof(slots), "%s/%" PRIu64, used, pool->slots);
	snprintf(text, len, "%13s %4s  peak %-6s run %-3u  areas %u", slots,
		 percent, peak, run, pool->nr_areas);
}

static void draw_pool(const struct tui_state *state, struct pane *pane,
		      const struct pool *pool)
{
	unsigned int name = 14, figures, bar;
	uint64_t used = counter_known(pool->used) ? pool->used : 0;
	char text[160], label[NAME_LEN + 16];
	int y = pane_next(pane);

	if (pane->width > 78)
		name += (pane->width - 78) / 3 < 20 ? (pane->width - 78) / 3
						    : 20;
	pool_figures(pool, text, sizeof(text));
	figures = canvas_columns(text) > POOL_FIGURES ? canvas_columns(text)
						      : POOL_FIGURES;
	bar = pane->width > name + figures + 12
		      ? pane->width - name - figures - 2
		      : 10;
	snprintf(label, sizeof(label), "%s", pool->name);
	if (state->model->interval->nr_pools > 1)
		snprintf(label, sizeof(label), "%d %s", pool->id, pool->name);
	canvas_put(pane->canvas, pane->x, y, name, STYLE_TITLE, label);
	canvas_bar(pane->canvas, pane->x + name + 1, y, bar,
		   fill_style(used, pool->slots), used,
		   counter_known(pool->used) ? pool->used_peak : 0,
		   pool->slots);
	canvas_put(pane->canvas, pane->x + name + bar + 2, y,
		   pane->width - name - bar - 2, STYLE_PLAIN, text);
}

static void draw_pools(const struct tui_state *state, struct pane *pane,
		       unsigned int lines)
{
	const struct snapshot *snap = state->model->interval;
	size_t shown = snap->nr_pools;

	if (!snap->nr_pools)
		pane_line(pane, STYLE_ERROR, "no swiotlb pool");
	if (shown > lines)
		shown = lines - 1;
	for (size_t i = 0; i < shown; i++)
		draw_pool(state, pane, &snap->pools[i]);
	if (shown < snap->nr_pools)
		pane_line(pane, STYLE_DIM, "\xe2\x80\xa6 and %zu more pools",
			  snap->nr_pools - shown);
}

static void draw_areas_summary(const struct tui_state *state, struct pane *pane)
{
	const struct snapshot *snap = state->model->interval;
	uint64_t slots = 0, used = 0;
	char percent[UNIT_TEXT_LEN], bytes[UNIT_TEXT_LEN];
	size_t areas = 0;

	for (size_t i = 0; i < snap->nr_pools; i++) {
		areas += snap->pools[i].nr_areas;
		slots += snap->pools[i].slots;
		if (counter_known(snap->pools[i].used))
			used += snap->pools[i].used;
	}
	pane_line(pane, STYLE_PLAIN,
		  "%" PRIu64 " of %" PRIu64
		  " slots used (%s of %s) in %zu areas of %zu pools",
		  used, slots,
		  format_percent(percent, sizeof(percent), used, slots),
		  format_bytes(bytes, sizeof(bytes), slots * SLOT_BYTES), areas,
		  snap->nr_pools);
}

static void draw_blocks_summary(const struct tui_state *state,
				struct pane *pane)
{
	const struct block_totals *total = &state->model->total->blocks;
	const struct snapshot *snap = state->model->interval;

	if (!snapshot_blocks_known(snap))
		return;
	pane_totals_blocks(pane, snap);
	if (total->counted)
		pane_line(pane, STYLE_PLAIN,
			  "session   %" PRIu64 " allocated, %" PRIu64
			  " freed, %" PRIu64 " of %" PRIu64 " requests failed",
			  total->allocated, total->freed, total->failed,
			  total->requests + total->failed);
}

/* Problems come first, because a narrow screen cuts the end. */
static void draw_devices_summary(const struct tui_state *state,
				 struct pane *pane)
{
	const struct mapping_totals *m = &state->model->total->mappings;
	uint64_t wrong = wrong_unmaps_total(m);
	char unmaps[64] = "", refused[256];

	if (!m->counted)
		return;
	if (wrong)
		snprintf(unmaps, sizeof(unmaps), "%" PRIu64 " wrong unmap%s, ",
			 wrong, plural(wrong));
	pane_totals_mappings(pane, state->model->interval);
	pane_line(pane,
		  wrong || mappings_refused(m) ? STYLE_ERROR : STYLE_PLAIN,
		  "session   %sfailures: %s", unmaps,
		  failures_text(m, refused, sizeof(refused)));
}

static void draw_doctor_summary(const struct tui_state *state,
				struct pane *pane)
{
	const struct kernel_info *kernel = &state->model->interval->kernel;

	pane_line(pane, STYLE_PLAIN, "layout: %s",
		  *kernel->layout ? kernel->layout : UNKNOWN_TEXT);
	pane_line(pane, STYLE_PLAIN, "boot arguments: %s",
		  *kernel->boot_args ? kernel->boot_args
				     : "none about swiotlb");
	if (!state->model->overhead->bpf_known)
		pane_line(pane, STYLE_DIM,
			  "BPF cost: measured around m and c, or by sysctl "
			  "kernel.bpf_stats_enabled=1");
}

static void draw_summary(const struct tui_state *state, struct pane *pane)
{
	switch (state->screen) {
	case TUI_OVERVIEW:
		draw_verdict(state, pane);
		draw_pools(state, pane, state->layout.pool_lines);
		break;
	case TUI_AREAS:
		draw_areas_summary(state, pane);
		break;
	case TUI_LOCKS:
		pane_totals_waits(pane, state->model->interval);
		pane_session_waits(pane, state->model->total);
		pane_gone_pools(pane, state->model->total);
		break;
	case TUI_DEVICES:
		draw_devices_summary(state, pane);
		break;
	case TUI_BLOCKS:
		draw_blocks_summary(state, pane);
		break;
	case TUI_FINDINGS:
		draw_verdict(state, pane);
		break;
	default:
		draw_doctor_summary(state, pane);
	}
}

/*
 * Below the table
 */

static void draw_histogram(const struct tui_state *state, struct pane *pane)
{
	const struct row *row = tui_selected(state);
	const struct area *total;
	struct scene scene;

	if (!row)
		return;
	scene = tui_scene(state);
	total = scene_total_area(&scene, row->pool, row->area);
	pane_callers(pane, state, row->pool, row->area, 5);
	if (!(state->model->interval->levels & LEVEL_CALLERS)) {
		pane_line(pane, STYLE_DIM,
			  "press c to see which devices and code wait");
		pane_next(pane);
	}
	pane_line(pane, STYLE_TITLE, "WAITS OF POOL %s, AREA %u (SESSION)",
		  row->pool->name, row->area->index);
	if (!total->locks.contended)
		pane_line(pane, STYLE_DIM, "none");
	pane_histogram(pane, &total->locks.wait, false, TUI_MAX_BAR,
		       pane_left(pane));
}

/* Of the selected area, in the remaining lines. */
static void draw_trends(const struct tui_state *state, struct pane *pane)
{
	const struct row *row = tui_selected(state);
	unsigned int left = pane_left(pane);
	char title[TUI_TITLE_LEN];

	if (!row || left < MIN_TREND_LINES + 3)
		return;
	left -= 3;
	pane_title(pane, row_title(row, title, sizeof(title)));
	pane_trends(pane, state, row->pool, row->area,
		    left < MAX_TREND_LINES ? left : MAX_TREND_LINES);
}

static void draw_findings(const struct tui_state *state, struct pane *pane)
{
	const struct findings *findings = state->model->findings;
	char text[FINDING_TEXT_LEN];

	if (pane_left(pane) < 3 || !findings->count)
		return;
	pane_title(pane, "FINDINGS");
	for (size_t i = 0; i < findings->count && pane_left(pane); i++) {
		const struct finding *f = &findings->list[i];

		if (pane_left(pane) == 1 && i + 1 < findings->count) {
			pane_line(pane, STYLE_DIM,
				  "\xe2\x80\xa6 and %zu more: see 6",
				  findings->count - i);
			break;
		}
		pane_line(pane, severity_style(f->severity), "%s: %s",
			  f->rule->id,
			  finding_text(f, state->model->interval, text));
	}
}

static void draw_overview_rest(const struct tui_state *state, struct pane *pane)
{
	pane_totals(pane, state);
	draw_findings(state, pane);
	draw_trends(state, pane);
}

/* What Enter opens, as far as there is room. */
static void draw_preview(const struct tui_state *state, struct pane *pane)
{
	pane_detail(pane, state);
	if (pane->line > pane->bottom)
		canvas_put_right(pane->canvas, pane->x, pane->bottom - 1,
				 pane->width, STYLE_DIM,
				 " \xe2\x80\xa6 Enter shows all");
}

static void draw_below(const struct tui_state *state, struct canvas *canvas)
{
	const struct tui_layout *l = &state->layout;
	struct pane pane = {
		.canvas = canvas,
		.x = 1,
		.width = canvas->width - 2,
		.line = (int)l->below,
		.top = (int)l->below,
		.bottom = (int)(l->below + l->below_lines),
	};

	if (!l->below_lines)
		return;
	if (state->screen == TUI_LOCKS)
		draw_histogram(state, &pane);
	else if (state->screen == TUI_OVERVIEW)
		draw_overview_rest(state, &pane);
	else
		draw_preview(state, &pane);
}

/*
 * Help and details
 */

static void help_lines(struct pane *pane, const struct tui_state *state)
{
	pane_line(pane, STYLE_TITLE, "KEYS");
	for (size_t i = 0; i < tui_key_count; i++) {
		if (!tui_key_offered(state, &tui_keys[i]))
			continue;
		pane_cell(pane, STYLE_ACCENT, ALIGN_LEFT, 13,
			  tui_keys[i].label);
		pane_wrap(pane, STYLE_PLAIN, 14, tui_keys[i].help);
	}
	pane_wrap(pane, STYLE_PLAIN, 0,
		  "The mouse: the wheel moves; a click selects a row, opens "
		  "it, sorts by a title, shows a tab, presses a key below.");
	pane_title(pane, "READING IT");
	pane_wrap(pane, STYLE_PLAIN, 0,
		  "Figures are those of the last interval, peaks those since "
		  "the start or since r. A bar shows the slots used now, its "
		  "lighter part the peak. Trends show the last minute, the "
		  "newest on the right: used slots are linear, waits "
		  "logarithmic from 0.1% to 100% of a CPU. run is the longest "
		  "free run of slots, at most 128; no larger mapping fits. "
		  "waits/s is the number of waits for the area's lock per "
		  "second, wait their total time as a share of one CPU, p99 "
		  "and max their duration; total and max ever are those of the "
		  "session. failures and leaked count since the start, and "
		  "grown is by how many mappings a device has more than then.");
	(void)state;
}

static void scrolled(struct pane *pane, const struct tui_state *state)
{
	if (state->help)
		help_lines(pane, state);
	else
		pane_detail(pane, state);
}

unsigned int tui_scroll_lines(const struct tui_state *state)
{
	struct canvas nothing = { 0 };
	struct pane pane = {
		.canvas = &nothing,
		.width = state->width > 2 ? state->width - 2 : 1,
	};

	if (!state->model)
		return 0;
	scrolled(&pane, state);
	return (unsigned int)pane.line;
}

static void draw_scrolled(const struct tui_state *state, struct canvas *canvas)
{
	unsigned int top = state->help ? state->help_top : state->detail_top;
	unsigned int room = tui_scroll_room(state);
	struct pane pane = {
		.canvas = canvas,
		.x = 1,
		.width = canvas->width - 2,
		.line = 3 - (int)top,
		.top = 3,
		.bottom = (int)(3 + room),
	};
	unsigned int lines;
	char text[64];

	scrolled(&pane, state);
	lines = (unsigned int)(pane.line - 3 + (int)top);
	if (lines <= room)
		return;
	snprintf(text, sizeof(text), "lines %u\xe2\x80\x93%u of %u", top + 1,
		 top + room < lines ? top + room : lines, lines);
	canvas_put_right(canvas, 1, 2, canvas->width - 2, STYLE_DIM, text);
}

/*
 * Screens
 */

static void draw_small(struct canvas *canvas)
{
	char text[64];
	int y = canvas->height > 2 ? (int)canvas->height / 2 - 1 : 0;

	canvas_put(canvas, 0, y, canvas->width, STYLE_WARNING,
		   "swiotlb top needs");
	snprintf(text, sizeof(text), "%d\xc3\x97%d, this is %u\xc3\x97%u",
		 TUI_MIN_WIDTH, TUI_MIN_HEIGHT, canvas->width, canvas->height);
	canvas_put(canvas, 0, y + 1, canvas->width, STYLE_WARNING, text);
	canvas_put(canvas, 0, y + 2, canvas->width, STYLE_DIM, "q quits");
}

static void draw_screen(const struct tui_state *state, struct canvas *canvas)
{
	struct pane pane = {
		.canvas = canvas,
		.x = 1,
		.width = canvas->width - 2,
		.line = (int)state->layout.summary,
		.top = (int)state->layout.summary,
		.bottom = (int)state->layout.titles - 1,
	};

	draw_summary(state, &pane);
	draw_strip(state, canvas);
	draw_table(state, canvas);
	draw_below(state, canvas);
}

void tui_draw(const struct tui_state *state, struct canvas *canvas)
{
	canvas_clear(canvas);
	if (state->layout.small) {
		draw_small(canvas);
		return;
	}
	if (!state->model) {
		canvas_put(canvas, 1, 0, canvas->width - 1, STYLE_DIM,
			   "swiotlb top: measuring the first interval");
		return;
	}
	tui_draw_header(state, canvas);
	tui_draw_tabs(state, canvas);
	if (state->help || state->detail)
		draw_scrolled(state, canvas);
	else
		draw_screen(state, canvas);
	tui_draw_bottom(state, canvas);
}

/*
 * For logs
 */

static void draw_log_table(const struct tui_state *state, struct pane *pane)
{
	const struct scene scene = tui_scene(state);
	const struct column *columns = tui_table(state->screen)->columns;
	struct place places[MAX_COLUMNS];
	unsigned int left_out, count;

	count = table_place(columns, pane->width, places, &left_out);
	draw_titles(state, pane->canvas, places, count, pane_next(pane));
	for (size_t i = 0; i < state->nr_rows; i++)
		table_draw_row(&scene, &state->rows[i], columns, places, count,
			       pane->canvas, 0, pane_next(pane));
}

static void log_time(const struct tui_state *state, struct pane *pane)
{
	const struct window *window = &state->model->interval->window;
	uint64_t end_ns = window->start_ns + window->duration_ns;
	time_t seconds = (time_t)(end_ns / NS_PER_SEC);
	char text[64] = UNKNOWN_TEXT, interval[UNIT_TEXT_LEN];
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%FT%TZ", &tm);
	pane_line(pane, STYLE_TITLE, "%s, the last %s", text,
		  format_duration(interval, sizeof(interval),
				  window->duration_ns));
}

int tui_draw_log(const struct tui_state *state, struct canvas *canvas,
		 unsigned int width)
{
	unsigned int pools = (unsigned int)state->model->interval->nr_pools;
	unsigned int lines = (unsigned int)state->nr_rows + pools + 11;
	struct pane pane = { .canvas = canvas,
			     .x = 1,
			     .width = width - 2,
			     .bottom = (int)lines };
	char verdict[FINDING_TEXT_LEN];
	int err = canvas_resize(canvas, width, lines);

	if (err)
		return err;
	findings_verdict(state->model->interval, state->model->findings,
			 verdict, sizeof(verdict));
	log_time(state, &pane);
	pane_line(&pane, STYLE_PLAIN, "%s", verdict);
	draw_pools(state, &pane, pools + 1);
	draw_log_table(state, &pane);
	pane_totals(&pane, state);
	pane_gone_pools(&pane, state->model->interval);
	tui_draw_status(state, canvas, pane_next(&pane), true);
	pane_next(&pane);
	canvas->height = (unsigned int)pane.line;
	return 0;
}
