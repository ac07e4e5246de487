/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text_parts.h"

#include "model/places.h"

void show_title(const struct report *r, const char *name)
{
	pane_end(r->pane);
	pane_put(r->pane, STYLE_TITLE, "%s", name);
}

/* Tables begin in the third column: a space is in front of each column. */
#define TABLE_X 1

void begin_table(const struct report *r, const struct column *columns,
		 struct drawn_table *table)
{
	const struct table_titles titles = { STYLE_DIM, -1, false };
	unsigned int left_out;
	int y = pane_next(r->pane);

	table->columns = columns;
	table->count = table_place(columns, r->pane->width - TABLE_X,
				   table->places, &left_out);
	table_draw_titles(&titles, columns, table->places, table->count,
			  r->pane->canvas, TABLE_X, y);
	if (left_out)
		canvas_cut(r->pane->canvas, r->pane->width, y);
}

void show_row(const struct report *r, const struct drawn_table *table,
	      const struct row *row)
{
	table_draw_row(&r->scene, row, table->columns, table->places,
		       table->count, r->pane->canvas, TABLE_X,
		       pane_next(r->pane));
}

void show_frames(const struct report *r, const struct stack *stack)
{
	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++)
		pane_line(r->pane, STYLE_DIM, "        %s",
			  place_name(r->snap, stack->addr[i]));
	if (!stack->depth)
		pane_line(r->pane, STYLE_DIM, "        stack not recorded");
}

void show_stack(const struct report *r, const struct stack *stack)
{
	if (r->options->stacks)
		show_frames(r, stack);
}
