/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_ACTIONS_H
#define VIEWS_TUI_ACTIONS_H

/* What keys and clicks do to the state. */

#include "views/tui_state.h"

/** enum tui_key_where - what a key is for */
enum tui_key_where {
	KEY_ALWAYS,
	KEY_LIVE,
	KEY_REPLAY,
};

/**
 * struct tui_key - a row of the table of keys, from which help is made
 * @keys: what may be pressed, ended by 0
 * @label: how help names it
 * @help: what it does
 * @bar: a word for the line of keys; NULL = not there
 * @wide: that is where there is room only
 * @act: does it
 * @where: where there is such a key
 */
struct tui_key {
	uint32_t keys[8];
	const char *label;
	const char *help;
	const char *bar;
	bool wide;
	void (*act)(struct tui_state *state, uint32_t key);
	enum tui_key_where where;
};

extern const struct tui_key tui_keys[];
extern const size_t tui_key_count;

/** tui_key_offered() - there is such a key now */
bool tui_key_offered(const struct tui_state *state, const struct tui_key *key);

/** tui_move() - move the cursor, or what is scrolled, by so many lines */
void tui_move(struct tui_state *state, long by);

/** tui_show_screen() - switch to a screen; closes details and help */
void tui_show_screen(struct tui_state *state, enum tui_screen screen);

/** tui_open() - open the details of the row that the cursor is on */
void tui_open(struct tui_state *state);

/** tui_sort_by() - sort by a column, if it can be; once more: reversed */
void tui_sort_by(struct tui_state *state, int column);

/**
 * tui_change_level() - attach or detach the level in state->toggle
 *
 * When it is known what the levels cost without the change.
 */
void tui_change_level(struct tui_state *state);

#endif
