/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_pane.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "model/level.h"
#include "util/units.h"
#include "views/tui_table.h"

#define PANE_TEXT_LEN 1024

/* Longer, and the eye does not find the figure that belongs to it. */
#define MAX_BAR 80

int pane_next(struct pane *pane)
{
	int y = pane->line++;

	return y < pane->top || y >= pane->bottom ? -1 : y;
}

unsigned int pane_left(const struct pane *pane)
{
	return pane->line < pane->bottom
		       ? (unsigned int)(pane->bottom - pane->line)
		       : 0;
}

void pane_line(struct pane *pane, enum grid_style style, const char *format,
	       ...)
{
	char text[PANE_TEXT_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	grid_put(pane->grid, pane->x, pane_next(pane), pane->width, style,
		 text);
}

void pane_title(struct pane *pane, const char *title)
{
	if (pane->line > pane->top)
		pane_next(pane);
	pane_line(pane, GRID_TITLE, "%s", title);
}

/* Bytes of @text that fit into @columns, up to the end of a word. */
static size_t fitting(const char *text, unsigned int columns)
{
	size_t end = 0, word = 0;

	while (text[end]) {
		char part[PANE_TEXT_LEN];

		word = end + strspn(text + end, " ");
		word += strcspn(text + word, " ");
		snprintf(part, sizeof(part), "%.*s", (int)word, text);
		if (end && grid_columns(part) > columns)
			break;
		end = word;
	}
	return end;
}

void pane_wrap(struct pane *pane, enum grid_style style, unsigned int indent,
	       const char *text)
{
	char part[PANE_TEXT_LEN];
	unsigned int columns;

	if (pane->width <= indent)
		return;
	columns = pane->width - indent;
	while (*text) {
		size_t len = fitting(text, columns);

		snprintf(part, sizeof(part), "%.*s", (int)len, text);
		grid_put(pane->grid, pane->x + indent, pane_next(pane), columns,
			 style, part);
		text += len;
		text += strspn(text, " ");
	}
}

/*
 * Histograms
 */

static void bucket_label(unsigned int bucket, bool bytes, char *text,
			 size_t len)
{
	char value[UNIT_TEXT_LEN];

	if (bucket + 1 == HISTOGRAM_BUCKETS)
		snprintf(text, len, "more");
	else if (bytes)
		snprintf(text, len, "< %s",
			 format_bytes(value, sizeof(value), 2ull << bucket));
	else
		snprintf(text, len, "< %s",
			 format_duration(value, sizeof(value), 2ull << bucket));
}

static void bucket_line(struct pane *pane, const char *label, uint64_t count,
			uint64_t most, uint64_t total)
{
	int y = pane_next(pane);
	unsigned int bar = pane->width > 50 ? pane->width - 32 : 18;
	char text[UNIT_TEXT_LEN];

	if (bar > MAX_BAR)
		bar = MAX_BAR;
	grid_put_right(pane->grid, pane->x, y, 11, GRID_PLAIN, label);
	grid_bar(pane->grid, pane->x + 12, y, bar, GRID_WARNING, count, 0,
		 most);
	grid_put_right(pane->grid, pane->x + 13 + bar, y, 10, GRID_PLAIN,
		       format_count(text, sizeof(text), count));
	if (count)
		grid_put_right(pane->grid, pane->x + 24 + bar, y, 4, GRID_DIM,
			       format_percent(text, sizeof(text), count,
					      total));
}

void pane_histogram(struct pane *pane, const struct histogram *histogram,
		    bool bytes, unsigned int lines)
{
	struct histogram h = *histogram;
	unsigned int first = 0, last = HISTOGRAM_BUCKETS - 1;
	uint64_t total = histogram_total(&h), most = 0;
	char label[UNIT_TEXT_LEN + 2];

	if (!total || !lines)
		return;
	while (!h.count[first])
		first++;
	while (!h.count[last])
		last--;
	for (; last - first >= lines; first++)
		h.count[first + 1] += h.count[first];
	for (unsigned int i = first; i <= last; i++)
		if (h.count[i] > most)
			most = h.count[i];
	for (unsigned int i = first; i <= last; i++) {
		bucket_label(i, bytes, label, sizeof(label));
		bucket_line(pane, label, h.count[i], most, total);
	}
}

/*
 * Trends
 */

static void trend_line(const struct pane *pane, const struct tui_state *state,
		       const struct ring *ring, enum trend trend,
		       unsigned int x, unsigned int columns, int y,
		       unsigned int height, unsigned int line)
{
	unsigned int below = 8 * (height - 1 - line);

	for (unsigned int i = 0; i < columns; i++) {
		unsigned int level = history_height(
			&state->history, ring, trend, i, columns, 8 * height);

		/* What is known stands on the last line at least. */
		if (level != HISTORY_UNKNOWN && (level > below || !below))
			grid_level(pane->grid, x + i, y,
				   tui_trend_style(trend, level, 8 * height),
				   level - below);
	}
}

void pane_trends(struct pane *pane, const struct tui_state *state,
		 const struct pool *pool, const struct area *area,
		 unsigned int height)
{
	const struct ring *ring =
		history_ring(&state->history, pool, area->index);
	unsigned int half = pane->width > 3 ? (pane->width - 3) / 2 : 0;
	unsigned int columns = half < HISTORY_SECONDS ? half : HISTORY_SECONDS;
	unsigned int right = pane->x + columns + 3;
	int y = pane_next(pane);

	grid_put(pane->grid, pane->x, y, columns, GRID_TITLE,
		 "LAST MINUTE: SLOTS USED, 0 TO 100%");
	grid_put(pane->grid, right, y, columns, GRID_TITLE,
		 "WAITS, 0.1 TO 100% OF A CPU");
	for (unsigned int i = 0; i < height; i++) {
		y = pane_next(pane);
		if (y < 0 || !ring)
			continue;
		trend_line(pane, state, ring, TREND_USED, pane->x, columns, y,
			   height, i);
		trend_line(pane, state, ring, TREND_WAIT, right, columns, y,
			   height, i);
	}
}

/*
 * Sums
 */

static struct waits all_waits(const struct snapshot *snap)
{
	struct waits sum = { 0 };

	for (size_t i = 0; i < snap->nr_pools; i++)
		for (unsigned int j = 0; j < snap->pools[i].nr_areas; j++)
			waits_add(&sum, &snap->pools[i].areas[j].locks);
	return sum;
}

void pane_totals_waits(struct pane *pane, const struct snapshot *snap)
{
	const char *missing = snapshot_level_missing(snap, LEVEL_LOCKS);
	char rate[UNIT_TEXT_LEN], share[UNIT_TEXT_LEN], max[UNIT_TEXT_LEN];
	struct waits sum = all_waits(snap);

	if (missing)
		pane_line(pane, GRID_DIM, "waits     %s", missing);
	else if (!sum.contended)
		pane_line(pane, GRID_PLAIN, "waits     none");
	else
		pane_line(pane, GRID_WARNING,
			  "waits     %" PRIu64
			  " (%s/s), %s of a CPU, longest %s",
			  sum.contended,
			  tui_format_rate(rate, sizeof(rate), snap,
					  sum.contended),
			  tui_format_share(share, sizeof(share),
					   tui_wait_share(snap, sum.total_ns)),
			  format_duration(max, sizeof(max), sum.max_ns));
}

void pane_session_waits(struct pane *pane, const struct snapshot *snap)
{
	char total[UNIT_TEXT_LEN], max[UNIT_TEXT_LEN];
	struct waits sum = all_waits(snap);

	if (!snapshot_level_missing(snap, LEVEL_LOCKS))
		pane_line(pane, GRID_PLAIN,
			  "session   %" PRIu64 ", %s in sum, longest %s",
			  sum.contended,
			  format_duration(total, sizeof(total), sum.total_ns),
			  format_duration(max, sizeof(max), sum.max_ns));
}

void pane_totals_blocks(struct pane *pane, const struct snapshot *snap)
{
	const struct block_totals *b = &snap->blocks;

	if (!snapshot_blocks_known(snap))
		return;
	pane_line(pane,
		  b->leaked || b->unreclaimed || b->list_errors ? GRID_ERROR
								: GRID_PLAIN,
		  "blocks    %" PRIu64 " live, %" PRIu64 " leaked, %" PRIu64
		  " unreclaimed, %" PRIu64 " list errors",
		  b->live, b->leaked, b->unreclaimed, b->list_errors);
}

void pane_totals_mappings(struct pane *pane, const struct snapshot *snap)
{
	const struct mapping_totals *m = &snap->mappings;
	char rate[UNIT_TEXT_LEN];

	if (!m->counted)
		return;
	pane_line(pane, tui_refused(m) ? GRID_ERROR : GRID_PLAIN,
		  "mappings  %" PRIu64 " live in %" PRIu64
		  " slots, %s maps/s, %" PRIu64 " refused",
		  m->live, m->live_slots,
		  tui_format_rate(rate, sizeof(rate), snap, m->maps),
		  tui_refused(m));
}

void pane_totals(struct pane *pane, const struct tui_state *state)
{
	pane_totals_waits(pane, state->model->interval);
	pane_totals_blocks(pane, state->model->interval);
	pane_totals_mappings(pane, state->model->interval);
}
