/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_FRAME_H
#define VIEWS_TUI_FRAME_H

/* What every screen has above and below: header, tabs, cost, keys. */

#include "views/canvas.h"
#include "views/tui_actions.h"

/** tui_draw_header() - the first line: kernel, filter, interval, time */
void tui_draw_header(const struct tui_state *state, struct canvas *canvas);

/** tui_draw_tabs() - the second line */
void tui_draw_tabs(const struct tui_state *state, struct canvas *canvas);

/**
 * tui_draw_status() - overhead, attached levels, lost events
 * @state: what to show
 * @canvas: where
 * @y: its line
 * @log: a log has no screen that says more
 */
void tui_draw_status(const struct tui_state *state, struct canvas *canvas,
		     int y, bool log);

/** tui_draw_bottom() - that, and the last line: keys or a prompt */
void tui_draw_bottom(const struct tui_state *state, struct canvas *canvas);

/** tui_key_at() - the key that the line of keys names at a place, or NULL */
const struct tui_key *tui_key_at(const struct tui_state *state, unsigned int x,
				 unsigned int y);

/** tui_tab_at() - the screen whose tab is at a column; TUI_SCREENS = none */
enum tui_screen tui_tab_at(const struct tui_state *state, unsigned int x);

#endif
