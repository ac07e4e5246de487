/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "model/audit.h"
#include "model/level.h"
#include "views/phrases.h"
#include "views/text_parts.h"
#include "views/values.h"

static void show_invariant(const struct report *r,
			   const struct audit_result *row)
{
	const struct audit_info *info = &audit_table[row->rule];
	char text[PHRASE_LEN];

	pane_put(r->pane, STYLE_PLAIN, "  ");
	pane_cell(r->pane, STYLE_PLAIN, ALIGN_LEFT, 10, info->name);
	if (row->known)
		snprintf(text, sizeof(text), "%" PRIu64, row->errors);
	else
		snprintf(text, sizeof(text), UNKNOWN_TEXT);
	pane_cell(r->pane,
		  row->errors  ? STYLE_ERROR
		  : row->known ? STYLE_GOOD
			       : STYLE_DIM,
		  ALIGN_RIGHT, 6, text);
	pane_put(r->pane, STYLE_PLAIN, "  ");
	if (!row->errors) {
		pane_wrap(r->pane, STYLE_DIM, 22,
			  row->known ? info->holds : row->reason);
		return;
	}
	pane_put(r->pane, STYLE_ERROR,
		 "%s: ", audit_place_text(r->snap, row, text, sizeof(text)));
	pane_wrap(r->pane, STYLE_PLAIN, 22, info->holds);
}

void show_audit(const struct report *r)
{
	const char *missing = snapshot_level_missing(r->snap, LEVEL_AUDIT);

	if (!(r->snap->levels & LEVEL_AUDIT))
		return;
	show_title(r, "AUDIT");
	if (missing)
		pane_put(r->pane, STYLE_WARNING, "  %s", missing);
	pane_end(r->pane);
	for (size_t i = 0; i < r->snap->nr_audit; i++)
		show_invariant(r, &r->snap->audit[i]);
}
