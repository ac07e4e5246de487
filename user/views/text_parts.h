/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TEXT_PARTS_H
#define VIEWS_TEXT_PARTS_H

/*
 * The parts of the report as text: text_CONCERN.c has those of a concern,
 * text_parts.c what they share, text.c their order. Long tables are cut; JSON
 * has all of them.
 */

#include "views/table.h"
#include "views/text.h"

/**
 * struct report - what every part of the report needs
 * @snap: what is shown
 * @options: how
 * @pane: where
 * @no_locks: why waits are unknown, NULL when they are known
 * @scene: the same, for tables
 */
struct report {
	const struct snapshot *snap;
	const struct text_options *options;
	struct pane *pane;
	const char *no_locks;
	struct scene scene;
};

/**
 * struct drawn_table - a table that is being drawn
 * @columns: its columns
 * @places: where they are
 * @count: how many fit
 */
struct drawn_table {
	const struct column *columns;
	struct place places[MAX_COLUMNS];
	unsigned int count;
};

/** show_title() - begin a section */
void show_title(const struct report *r, const char *name);

/** begin_table() - draw the titles of a table; @table is filled in */
void begin_table(const struct report *r, const struct column *columns,
		 struct drawn_table *table);

/** show_row() - draw one row of a table that was begun */
void show_row(const struct report *r, const struct drawn_table *table,
	      const struct row *row);

/** show_frames() - a stack, a line a function */
void show_frames(const struct report *r, const struct stack *stack);

/** show_stack() - the same, only with --stacks */
void show_stack(const struct report *r, const struct stack *stack);

/* The sections, in their order. Return: 0 or -ENOMEM, where there is a return.
 */
int show_pools(const struct report *r);
void show_lock_waits(const struct report *r);
int show_callers(const struct report *r);
void show_holds(const struct report *r);
void show_blocks(const struct report *r);
void show_mappings(const struct report *r);
void show_cost(const struct report *r);
void show_audit(const struct report *r);
void show_trace(const struct report *r);
void show_kernel_log(const struct report *r);

#endif
