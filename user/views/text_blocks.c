/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text_parts.h"

#include <inttypes.h>

#include "model/level.h"
#include "views/columns.h"
#include "views/values.h"

#define MAX_OWNERS 32 /* JSON has all */

static void show_owner(const struct report *r, const struct drawn_table *table,
		       const struct block_owner *owner)
{
	show_row(r, table,
		 &(struct row){
			 .owner = owner,
			 .pool = snapshot_pool(r->snap, owner->pool_id) });
	show_stack(r, &owner->stack);
}

static void show_block_counts(const struct report *r)
{
	const struct block_totals *b = &r->snap->blocks;
	struct pane *pane = r->pane;

	pane_line(pane, STYLE_PLAIN,
		  "  %" PRIu64 " live (%s), %" PRIu64 " leaked, %" PRIu64
		  " unreclaimed, %" PRIu64 " list error%s",
		  b->live, BYTES(b->live * BLOCK_BYTES), b->leaked,
		  b->unreclaimed, b->list_errors, plural(b->list_errors));
	if (b->counted)
		pane_line(pane, STYLE_PLAIN,
			  "  in the window: %" PRIu64 " allocated, %" PRIu64
			  " freed, %" PRIu64 " of %" PRIu64
			  " device allocations failed",
			  b->allocated, b->freed, b->failed,
			  b->requests + b->failed);
	else
		pane_line(pane, STYLE_DIM, "  in the window: unknown (%s)",
			  snapshot_level_missing(r->snap, LEVEL_BLOCKS)
				  ? snapshot_level_missing(r->snap,
							   LEVEL_BLOCKS)
				  : "not counted");
}

void show_blocks(const struct report *r)
{
	size_t shown = r->snap->nr_owners;
	struct drawn_table table;

	show_title(r, "BLOCKS");
	if (!snapshot_blocks_known(r->snap)) {
		pane_line(r->pane, STYLE_DIM,
			  "  this kernel has no device blocks");
		return;
	}
	pane_end(r->pane);
	show_block_counts(r);
	if (!shown)
		return;
	if (shown > MAX_OWNERS)
		shown = MAX_OWNERS;
	begin_table(r, report_block_columns, &table);
	for (size_t i = 0; i < shown; i++)
		show_owner(r, &table, &r->snap->owners[i]);
	if (shown < r->snap->nr_owners)
		pane_line(r->pane, STYLE_DIM,
			  "  %zu more; --format json has "
			  "them all",
			  r->snap->nr_owners - shown);
}
