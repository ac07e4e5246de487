/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_PANE_H
#define VIEWS_TUI_PANE_H

/* Parts of the monitor's screens that are no tables. */

#include "views/pane.h"
#include "views/tui_state.h"

/* Longer, and the eye does not find the figure that belongs to it. */
#define TUI_MAX_BAR 80

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

/** pane_gone_pools() - waits and holds of pools that are gone, if any: a line
 */
void pane_gone_pools(struct pane *pane, const struct snapshot *snap);

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
