/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_DRAW_H
#define VIEWS_TUI_DRAW_H

#include "views/canvas.h"
#include "views/tui_state.h"

/**
 * tui_draw() - a whole screen
 * @state: what to show
 * @canvas: as large as the state's screen; its cells are replaced
 */
void tui_draw(const struct tui_state *state, struct canvas *canvas);

/**
 * tui_draw_log() - the overview with every row, for a log
 * @state: its screen is the overview
 * @canvas: its height grows as needed
 * @width: columns
 *
 * Return: 0 or -ENOMEM.
 */
int tui_draw_log(const struct tui_state *state, struct canvas *canvas,
		 unsigned int width);

/** tui_scroll_lines() - lines of the help or the details, whichever is open */
unsigned int tui_scroll_lines(const struct tui_state *state);

#endif
