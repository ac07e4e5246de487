/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_LAYOUT_H
#define VIEWS_TUI_LAYOUT_H

/* Which lines of the screen its parts take. */

#include "views/tui_state.h"

/** tui_lay_out() - set the state's layout, by its screen, size and rows */
void tui_lay_out(struct tui_state *state);

/** tui_scroll_room() - lines of the help or the details that are seen at once
 */
unsigned int tui_scroll_room(const struct tui_state *state);

#endif
