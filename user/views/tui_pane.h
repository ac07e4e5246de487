/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_PANE_H
#define VIEWS_TUI_PANE_H

/*
 * Lines of text in a part of the screen, of which only some may be in sight.
 */

#include "model/histogram.h"
#include "views/tui_grid.h"
#include "views/tui_state.h"

/**
 * struct pane - a part of a grid
 * @grid: the grid; an empty one only counts lines
 * @x: its first column
 * @width: its columns
 * @line: where the next line goes; above @top it is out of sight
 * @top: its first line
 * @bottom: one below its last line
 */
struct pane {
	struct grid *grid;
	unsigned int x;
	unsigned int width;
	int line;
	int top;
	int bottom;
};

/** pane_next() - begin a line; its number, or -1 when it is out of sight */
int pane_next(struct pane *pane);

/** pane_left() - lines that are left, 0 when full */
unsigned int pane_left(const struct pane *pane);

/** pane_line() - a line, cut and marked when it is too wide */
void pane_line(struct pane *pane, enum grid_style style, const char *format,
	       ...) __attribute__((format(printf, 3, 4)));

/** pane_title() - an empty line and a heading; the first has no empty line */
void pane_title(struct pane *pane, const char *title);

/** pane_wrap() - text over as many lines as it takes */
void pane_wrap(struct pane *pane, enum grid_style style, unsigned int indent,
	       const char *text);

/**
 * pane_histogram() - a line for each bucket from the first to the last in use
 * @pane: the pane
 * @histogram: what of; nothing is drawn when it is empty
 * @bytes: its values are bytes, else ns
 * @lines: at most this many; lower buckets are then added up in one
 */
void pane_histogram(struct pane *pane, const struct histogram *histogram,
		    bool bytes, unsigned int lines);

/** pane_totals() - waits, blocks and mappings of the interval, a line each */
void pane_totals(struct pane *pane, const struct tui_state *state);

/** pane_totals_waits() - the line of waits alone */
void pane_totals_waits(struct pane *pane, const struct snapshot *snap);

/**
 * pane_session_waits() - those since the locks were last attached
 * @pane: the pane
 * @snap: the total; attaching callers starts it anew, so it gives no rates
 */
void pane_session_waits(struct pane *pane, const struct snapshot *snap);

/** pane_totals_blocks() - the line of blocks alone, if there are any */
void pane_totals_blocks(struct pane *pane, const struct snapshot *snap);

/** pane_totals_mappings() - the line of mappings alone, if they are counted */
void pane_totals_mappings(struct pane *pane, const struct snapshot *snap);

/**
 * pane_callers() - who waited for an area's lock in the session
 * @pane: the pane
 * @state: what of
 * @pool: the pool
 * @area: its area
 * @most: at most this many, those that waited longest; 0 = all, with stacks
 *
 * Nothing where that was not recorded.
 */
void pane_callers(struct pane *pane, const struct tui_state *state,
		  const struct pool *pool, const struct area *area,
		  unsigned int most);

/**
 * pane_trends() - the last minute of an area: slots used, and waits beside it
 * @pane: the pane
 * @state: what of
 * @pool: the pool
 * @area: its area
 * @height: lines of the pictures; a heading comes on top
 */
void pane_trends(struct pane *pane, const struct tui_state *state,
		 const struct pool *pool, const struct area *area,
		 unsigned int height);

/** pane_detail() - all that is known of the selected row */
void pane_detail(struct pane *pane, const struct tui_state *state);

#endif
