/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_pane.h"

#include <inttypes.h>
#include <string.h>

#include "model/level.h"
#include "views/tui_table.h"
#include "views/values.h"

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

		/* A known value is drawn on the last line at least. */
		if (level != HISTORY_UNKNOWN && (level > below || !below))
			canvas_level(pane->canvas, x + i, y,
				     trend_style(trend, level, 8 * height),
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

	canvas_put(pane->canvas, pane->x, y, columns, STYLE_TITLE,
		   "LAST MINUTE: SLOTS USED, 0 TO 100%");
	canvas_put(pane->canvas, right, y, columns, STYLE_TITLE,
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

/* Those of pools that are gone as well. */
static struct waits all_waits(const struct snapshot *snap)
{
	struct waits sum = snap->gone_waits;

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
		pane_line(pane, STYLE_DIM, "waits     %s", missing);
	else if (!sum.contended)
		pane_line(pane, STYLE_PLAIN, "waits     none");
	else
		pane_line(pane, STYLE_WARNING,
			  "waits     %" PRIu64 " (%s/s), %s of a CPU, max %s",
			  sum.contended,
			  format_rate(rate, sizeof(rate), snap, sum.contended),
			  format_share(share, sizeof(share),
				       wait_share(snap, sum.total_ns)),
			  format_duration(max, sizeof(max), sum.max_ns));
}

void pane_session_waits(struct pane *pane, const struct snapshot *snap)
{
	char total[UNIT_TEXT_LEN], max[UNIT_TEXT_LEN];
	struct waits sum = all_waits(snap);

	if (!snapshot_level_missing(snap, LEVEL_LOCKS))
		pane_line(pane, STYLE_PLAIN,
			  "session   %" PRIu64 ", total %s, max %s",
			  sum.contended,
			  format_duration(total, sizeof(total), sum.total_ns),
			  format_duration(max, sizeof(max), sum.max_ns));
}

void pane_gone_pools(struct pane *pane, const struct snapshot *snap)
{
	char total[UNIT_TEXT_LEN], max[UNIT_TEXT_LEN];
	char waits[128] = "", holds[128] = "";

	if (!snapshot_has_gone_pools(snap))
		return;
	if (!snapshot_level_missing(snap, LEVEL_LOCKS))
		snprintf(waits, sizeof(waits),
			 " %" PRIu64 " waits, total %s, max %s",
			 snap->gone_waits.contended,
			 format_duration(total, sizeof(total),
					 snap->gone_waits.total_ns),
			 format_duration(max, sizeof(max),
					 snap->gone_waits.max_ns));
	if (!snapshot_level_missing(snap, LEVEL_HOLDS))
		snprintf(holds, sizeof(holds), "%s %" PRIu64 " holds, max %s",
			 *waits ? ";" : "", snap->gone_holds.acquisitions,
			 format_duration(max, sizeof(max),
					 snap->gone_holds.max_ns));
	pane_line(pane, STYLE_PLAIN, "gone pools:%s%s", waits, holds);
}

void pane_totals_blocks(struct pane *pane, const struct snapshot *snap)
{
	const struct block_totals *b = &snap->blocks;

	if (!snapshot_blocks_known(snap))
		return;
	pane_line(pane,
		  b->leaked || b->unreclaimed || b->list_errors ? STYLE_ERROR
								: STYLE_PLAIN,
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
	pane_line(pane, mappings_refused(m) ? STYLE_ERROR : STYLE_PLAIN,
		  "mappings  %" PRIu64 " live in %" PRIu64
		  " slots, %s maps/s, %" PRIu64 " failures",
		  m->live, m->live_slots,
		  format_rate(rate, sizeof(rate), snap, m->maps),
		  mappings_refused(m));
}

void pane_totals(struct pane *pane, const struct tui_state *state)
{
	pane_totals_waits(pane, state->model->interval);
	pane_totals_blocks(pane, state->model->interval);
	pane_totals_mappings(pane, state->model->interval);
}
