/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_layout.h"

#include <string.h>

/* Lines of the header and the tabs, and of the footer and the keys. */
#define TOP_LINES    2
#define BOTTOM_LINES 2

/* Fewer are not worth a part below the table. */
#define MIN_BELOW 5

static unsigned int pool_lines(const struct tui_state *state)
{
	unsigned int most = state->height / 6;
	size_t pools = state->model ? state->model->interval->nr_pools : 0;

	/* At least one line, which says that there is no pool. */
	return !pools ? 1 : pools < most ? (unsigned int)pools : most;
}

static unsigned int summary_lines(const struct tui_state *state)
{
	switch (state->screen) {
	case TUI_OVERVIEW:
		return 2 + pool_lines(state);
	case TUI_AREAS:
		return 1;
	case TUI_LOCKS:
		return 2 + (state->model &&
			    snapshot_has_gone_pools(state->model->total));
	case TUI_DOCTOR:
		return 3;
	default:
		return 2;
	}
}

/* Rows that the table cannot show are at least in a strip of all areas. */
static unsigned int strip_lines(const struct tui_state *state,
				unsigned int room)
{
	unsigned int columns = state->width - 2, lines;

	if (state->screen != TUI_OVERVIEW && state->screen != TUI_AREAS)
		return 0;
	if (state->nr_rows <= room)
		return 0;
	lines = (unsigned int)((state->nr_rows + columns - 1) / columns);
	return lines < state->height / 12 ? lines : state->height / 12;
}

static void place_table(struct tui_state *state, unsigned int room)
{
	struct tui_layout *l = &state->layout;
	unsigned int rows = state->nr_rows ? (unsigned int)state->nr_rows : 1;
	/* There, the part below the table is worth more than further rows. */
	bool half = state->screen == TUI_LOCKS || state->screen == TUI_FINDINGS;
	unsigned int most = half ? room / 2 : room;

	l->table_lines = rows < most ? rows : most;
	if (room >= l->table_lines + 1 + MIN_BELOW) {
		l->below = l->table + l->table_lines + 1;
		l->below_lines = room - l->table_lines - 1;
	} else {
		l->table_lines = room;
	}
}

void tui_lay_out(struct tui_state *state)
{
	struct tui_layout *l = &state->layout;
	unsigned int line = TOP_LINES + summary_lines(state) + 1, room;

	memset(l, 0, sizeof(*l));
	l->small =
		state->width < TUI_MIN_WIDTH || state->height < TUI_MIN_HEIGHT;
	if (l->small)
		return;
	l->summary = TOP_LINES;
	l->pool_lines = pool_lines(state);
	room = state->height - BOTTOM_LINES - line - 1;
	l->strip_lines = strip_lines(state, room);
	if (l->strip_lines) {
		l->strip = line + 1; /* after its caption */
		line += l->strip_lines + 2;
		room -= l->strip_lines + 2;
	}
	l->titles = line;
	l->table = line + 1;
	place_table(state, room);
}

unsigned int tui_scroll_room(const struct tui_state *state)
{
	return state->height > 6 ? state->height - 6 : 1;
}
