/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_TABLE_H
#define VIEWS_TUI_TABLE_H

/* The tables of the monitor's screens: which rows there are, and in what order.
 */

#include "views/columns.h"
#include "views/tui_state.h"

/**
 * struct tui_table - what a screen lists
 * @columns: its columns, ended by one without title
 * @add: adds all rows; 0 or -ENOMEM
 * @empty: what to say when there is none
 * @sort: the column it is sorted by at first, -1 = as it comes
 */
struct tui_table {
	const struct column *columns;
	int (*add)(struct tui_state *state);
	const char *(*empty)(const struct tui_state *state);
	int sort;
};

/** tui_table() - that of a screen */
const struct tui_table *tui_table(enum tui_screen screen);

/**
 * tui_table_build() - the rows of the state's screen, filtered and sorted
 *
 * The selection follows its row; when that has gone it stays where it was.
 *
 * Return: 0, or -ENOMEM and some rows are missing.
 */
int tui_table_build(struct tui_state *state);

/** row_title() - what a row is, in a few words */
char *row_title(const struct row *row, char *text, size_t len);

#endif
